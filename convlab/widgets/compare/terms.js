// Compare, the bottom strip: one output value as each column adds it up, term by term in the order of the window.

const TERMS_DRAWN = 400

/** → {node, show()}; `show` follows the cursor. Boxes are made once: a column's taps keep their order. */
function termsStrip(scene, ui) {
  const big = el("div.big"), delta = el("p"), lines = scene.columns.map((_, k) => termsRow(scene, k, ui))
  const rows = el("ul.rows", {}, ...lines.map((line) => line.node)), reel = el("div.reel", {}, rows)
  const node = el("section.orders", { "aria-label": "The same output value, as each column adds it up" }, el("div.lead", {}, big, delta), reel)
  let widest = 0
  const show = () => {
    say(big, `y[${ui.shown().join(", ")}]`)
    sayAll(delta, deltas(scene, ui))
    const most = Math.max(1, ...lines.map((line) => line.show()))
    if (most === widest) return
    widest = most
    rows.style.setProperty("--terms", most)
    const wide = reel.scrollWidth > reel.clientWidth + 1
    for (const [key, value] of [["tabindex", "0"], ["role", "region"], ["aria-label", "All terms; scrolls sideways"]]) put(reel, key, wide ? value : null)
  }
  return { node, show }
}

/** Write several short texts, in elements that stay. */
function sayAll(box, texts) {
  while (box.childElementCount < texts.length) box.append(el("span"))
  while (box.childElementCount > texts.length) box.lastChild.remove()
  texts.forEach((text, n) => say(box.children[n], text))
}

/** How far each column is from the yardstick at the cursor. */
function deltas(scene, ui) {
  const judge = ui.value(scene.yardstick)
  if (judge === null) return [`outside ${LETTERS[scene.yardstick]}`]
  const others = scene.columns.map((_, k) => [k, ui.value(k)]).filter(([k, v]) => k !== scene.yardstick && v !== null)
  return others.map(([k, v]) => {
    const d = gap(v, judge)
    return `${LETTERS[k]} − ${LETTERS[scene.yardstick]} = ${d > 0 ? "+" : ""}${fmt(d)}`
  })
}

/** One column's line. → {node, show()}, which returns how many terms are drawn. */
function termsRow(scene, k, ui) {
  const column = scene.columns[k], many = scene.w.shape[1] > 1 || (column.reading?.kind === "all axes" && scene.w.shape[0] > 1)
  const none = el("span.none"), list = el("span.ts"), sum = el("span.s")
  const node = el("li", {}, el("span.id", {}, LETTERS[k]), list, sum)
  let boxes = null
  const show = () => {
    const value = ui.value(k), terms = value === null ? null : termsFor(scene, column, ui.index(k))?.slice(0, TERMS_DRAWN)
    say(sum, value === null ? "–" : fmt(value))
    const body = terms ? list : none
    if (node.children[1] !== body) node.children[1].replaceWith(body)
    if (!terms) { say(none, whyNoTerms(column, value)); return 0 }
    if (!boxes) { boxes = terms.map((t) => termBox(scene.w.shape, t, many)); list.append(...boxes.map((box) => box.node)) }
    terms.forEach((t, n) => boxes[n].show(t))
    return terms.length
  }
  return { node, show }
}

function termBox(shape, { tap, channel }, many) {
  const taps = shape.slice(2), at = unravel(taps, tap)
  const [row, col] = taps.length > 1 ? at.slice(-2) : [0, at[0]]
  const [rows, cols] = taps.length > 1 ? taps.slice(-2) : [1, taps[0]]
  const letter = tapName(row, col, rows, cols), text = el("span")
  const node = tapColour(el("span.t", {}, el("b", {}, letter, many ? el("sub", {}, String(channel)) : null), text), row, col, rows, cols)
  let shown = null
  node.addEventListener("pointerenter", () => { node.title = termSays(shown, letter, many) })
  const show = (t) => {
    shown = t
    say(text, `${cellText(t.x).text}×${cellText(t.w).text}`)
    if (node.classList.contains("void") !== t.pad) node.classList.toggle("void", t.pad)
  }
  return { node, show }
}

function termSays(t, letter, many) {
  const from = t.pad ? "padding" : `x[${t.from.join(", ")}] =`
  return `${from} ${fmt(t.x)}, tap ${letter}${many ? ` of channel ${t.channel}` : ""} = ${fmt(t.w)}, product ${fmt(t.x * t.w)}`
}

function whyNoTerms(column, value) {
  if (column.problem) return "gave no answer"
  if (value === null) return "has no value here"
  return "slides no window over x alone that is known here, so its terms are not listed"
}

/** For arrays without room for numbers: the norms that the sources print, and each error beside its bound. */
function normsTable(scene, ui) {
  const judge = LETTERS[scene.yardstick], where = el("th.n", { scope: "col" })
  const head = ["column", "‖y‖", `‖y − ${judge}‖`, "largest", "bound", "share of bound"].map((text, n) => el(n ? "th.n" : "th", { scope: "col" }, text))
  const values = scene.columns.map(() => el("td.n"))
  const rows = scene.columns.map((column, k) => el("tr", {}, el("th", { scope: "row" }, el("span.id", {}, LETTERS[k]), column.title), ...normCells(column, k === scene.yardstick), values[k]))
  const node = el("section.orders.norms", { "aria-label": "Norms, errors and bounds" },
    el("div.reel", { tabindex: "0", role: "region", "aria-label": "Norms; scrolls sideways" }, el("table", {}, el("thead", {}, el("tr", {}, ...head, where)), el("tbody", {}, ...rows))))
  const show = () => {
    say(where, `y[${ui.shown().join(", ")}]`)
    scene.columns.forEach((_, k) => { const v = ui.value(k); say(values[k], v === null ? "–" : fmt(v)) })
  }
  return { node, show }
}

function normCells({ norms, problem, facts, bound, share }, isJudge) {
  if (!norms) return [el("td", { colspan: "5" }, problem?.found ?? "")]
  const y = el("td.n", {}, norms.y.toPrecision(6))
  if (isJudge) return [y, el("td.mid", { colspan: "4" }, "the yardstick")]
  return [y, el("td.n", {}, magnitude(norms.gap)), el("td.n", {}, magnitude(facts.largest)), el("td.n", {}, bound === null ? "–" : magnitude(bound)), el("td.n", {}, share === null ? "–" : magnitude(share))]
}
