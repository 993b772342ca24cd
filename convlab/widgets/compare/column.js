// Compare, one column: its letter, its name, its verdict, its numbers, and how they differ from the yardstick's.

const LETTERS = "ABCD"

/** Build column `k`. `ui` is what compare.js shares with its parts. → {node, mark(place), focus(place), scroller} */
function columnOf(scene, k, ui) {
  const column = scene.columns[k]
  const node = el(column.theano ? "section.col.real" : "section.col", { "aria-label": `${LETTERS[k]}, ${column.label}` }, headOf(scene, k, ui))
  if (column.problem) {
    node.append(refusedColumn(column))
    return { node, mark() {}, focus() {} }
  }
  if (!column.shape) {
    node.append(el("div.refused.busy", {}, el("p", {}, scene.waits)))
    return { node, mark() {}, focus() {} }
  }
  return column.heat ? drawHeat(scene, k, ui, node) : drawNumbers(scene, k, ui, node)
}

function headOf(scene, k, ui) {
  const column = scene.columns[k], judge = k === scene.yardstick
  const letter = el("button.id", { type: "button", "aria-pressed": String(judge), disabled: !column.shape,
    title: judge ? "The others are measured against this column" : `Measure the others against ${LETTERS[k]}`,
    "aria-label": judge ? `${LETTERS[k]} is the yardstick` : `Measure against ${LETTERS[k]}`, onclick: () => judge || ui.ask({ yardstick: k }) }, LETTERS[k])
  const name = el("button.name", { type: "button", title: "Replace or remove this column" }, el("b", {}, column.title, icon("down")), el("small", {}, column.sub))
  const chip = verdictChip(column.chip, column.word)
  const why = judge ? chip : el("button.ask", { type: "button", "aria-label": `${column.word}: why?`, onclick: () => ui.explain(k) }, chip)
  return el("header", {}, letter, el("h2", {}, name), ui.chooser(k, name), why, selectors(scene, k, ui))
}

/** For every axis before the drawn two that holds more than one: which of them is shown. */
function selectors(scene, k, ui) {
  const { shape } = scene.columns[k]
  const rows = shape ? planeOf(shape).lead.map((size, axis) => (size > 1 ? selector(scene.columns[k], k, axis, size, ui) : null)).filter(Boolean) : []
  return rows.length ? el("div.axes", {}, ...rows) : null
}

function selector(column, k, axis, size, ui) {
  const chosen = ui.lead(k)[axis], name = column.axes[axis], home = column.home?.[axis] ?? null
  const turn = (n) => ui.turnTo(k, axis, n)
  if (size > 8) {
    const step = stepper(name, turn, { least: 0, most: size - 1 })
    step.set(chosen)
    return el("div.field", {}, el("span.lab", { "aria-hidden": "true" }, name), step.node)
  }
  const { node } = segmented(name, Array.from({ length: size }, (_, n) => [String(n), String(n)]), (n) => turn(Number(n)), { named: true })
  for (const button of node.querySelectorAll("button")) {
    const n = Number(button.dataset.value)
    button.setAttribute("aria-pressed", String(n === chosen))
    if (n === home) Object.assign(button, { className: "home", title: "The yardstick's answer sits here" }).setAttribute("aria-label", `${n}, where the yardstick's answer sits`)
  }
  return node
}

function drawNumbers(scene, k, ui, node) {
  const { y, title } = scene.columns[k], lead = ui.lead(k)
  const pick = (kind, i, j) => ui.pick(kind, k, i, j)
  const grid = answerGrid({ ...planeOf(y.shape), name: title, label: `Output of ${LETTERS[k]}, ${title}`, top: ui.fit.top, fit: ui.fit, pick,
    value: (i, j) => valueAt(y, cellIndex(y.shape, lead, i, j)) })
  const scroller = el("div.scroller", {}, grid.node)
  const below = k === scene.yardstick ? { node: judgeCard(scene.columns[k]) } : differenceOf(scene, k, ui, pick)
  node.append(scroller, el("div.below", {}, below.node, k === scene.yardstick ? null : theanoFoot(scene.columns[k])))
  return { node, scroller, focus: grid.focus, mark: (place) => { grid.mark(place); below.mark?.(place) } }
}

function differenceOf(scene, k, ui, pick) {
  const column = scene.columns[k], judge = scene.columns[scene.yardstick]
  if (!judge.y) return { node: noteCard("Nothing to measure against.", "The yardstick gave no answer. Press another letter.") }
  const plane = planeGap(column.y, ui.lead(k), judge.y, ui.lead(scene.yardstick))
  if (!plane) return { node: noteCard(`${shapeText(column.y.shape)} against ${shapeText(judge.y.shape)}`, "Arrays of different sizes have no difference, cell by cell.") }
  const same = column.y.shape.join() === judge.y.shape.join()
  const facts = same ? wholeGap(column.y, judge.y) : plane
  const map = differenceMap(plane, { fit: ui.fit, pick, label: `${LETTERS[k]} − ${LETTERS[scene.yardstick]}: ${factsText(facts)}` })
  return { mark: map.mark, node: el("div.diff", {}, el("div.scroller", {}, map.node), statsOf(facts, column, same)) }
}

/** Three facts beside a map: how far, how many, and where first or how much of the bound. */
function statsOf(facts, column, same) {
  const pair = (big, small) => el("p", {}, el("b", {}, big), small)
  if (!facts.differ) {
    const equal = [pair("0", same ? "everywhere" : "in this plane"), pair(`0 of ${facts.size}`, "values differ")]
    return el("div.stats", {}, ...equal, same ? pair("bit equal", column.exact ? "integers" : "all bits") : null)
  }
  const small = magnitude(facts.largest)
  const scale = el("div.scale", { title: `This map goes from −${small} to +${small}`, "aria-hidden": "true" }, el("span", {}, "−"), el("i"), el("span", {}, `+ ${small}`))
  return el("div.stats", {}, pair(small, facts.at ? `at most, [${place(facts.at)}]` : "at most"),
    pair(`${facts.differ} of ${facts.size}`, same ? "values differ" : "differ in this plane"),
    column.share !== null && column.chip === "rounding" ? pair(`${magnitude(column.share)} of bound`, `which is ${magnitude(column.bound)}`) : pair(`[${place(facts.first)}]`, "first"), scale)
}

const place = (index) => (index.length > 3 && index[0] + index[1] === 0 ? index.slice(2) : index).join(",\u00a0")
const factsText = (facts) => (facts.differ ? `${facts.differ} of ${facts.size} values differ, by ${magnitude(facts.largest)} at most` : `no difference in ${facts.size} values`)

/** A size in two or three digits: it is an estimate, not an answer. */
function magnitude(v) {
  if (!Number.isFinite(v)) return "∞"
  if (Number.isInteger(v) && v < 1e6) return String(v)
  const text = v >= 1e4 || v < 1e-3 ? v.toExponential(1) : String(Number(v.toPrecision(2)))
  return text.replace("e+", "e").replaceAll("-", "−")
}

const noteCard = (title, text) => el("div.judge", {}, el("p", {}, el("b", {}, title)), el("p", {}, text))

function judgeCard(column) {
  return el("div.judge", {}, el("p", {}, el("b", {}, "The others are measured against this column."), column.theano ? null : " Press another letter to change that."),
    column.about ? el("p.about", {}, column.about) : null, theanoFoot(column))
}

/** A refusal in the place of the numbers: what was called, what it said, what to try. */
function refusedColumn({ problem, theano }) {
  return el("div.refused", {}, el("p.call", {}, problem.asked), el("p.said", {}, problem.found), problem.hint ? el("p.hint", {}, problem.hint) : null, theanoFoot({ theano }))
}

function drawHeat(scene, k, ui, node) {
  const column = scene.columns[k], pick = (kind, i, j) => ui.pick(kind, k, i, j)
  const canvas = heatCanvas({ heat: column.heat, width: ui.fit.width, colours: ui.colours.answer, stop: true, pick,
    label: `Output of ${LETTERS[k]}, ${column.title}, ${shapeText(column.shape)}, every ${column.heat.block}th value drawn. The arrow keys move the cursor.` })
  node.append(canvas.node)
  if (!column.map) {
    node.append(el("div.below", {}, judgeCard(column)))
    return { ...canvas, node }
  }
  const map = heatCanvas({ heat: column.map, width: Math.round(ui.fit.width * CELL.map), colours: ui.colours.difference, signed: true, pick,
    label: `${LETTERS[k]} − ${LETTERS[scene.yardstick]}: ${factsText(column.facts)}` })
  node.append(el("div.below", {}, el("div.diff", {}, map.node, statsOf(column.facts, column, true)), theanoFoot(column)))
  return { node, focus: canvas.focus, mark: (at) => { canvas.mark(at); map.mark(at) } }
}
