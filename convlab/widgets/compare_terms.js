// Compare, the bottom strip: one output value as each column adds it up, term by term in the order of the window.

const TERMS_DRAWN = 400

/** → {node, show()}; `show` follows the cursor. */
function termsStrip(scene, ui) {
  const big = el("div.big"), delta = el("p"), rows = el("ul.rows"), reel = el("div.reel", {}, rows)
  const node = el("section.orders", { "aria-label": "The same output value, as each column adds it up" }, el("div.lead", {}, big, delta), reel)
  const show = () => {
    say(big, `y[${ui.shown().join(", ")}]`)
    delta.replaceChildren(...deltas(scene, ui))
    rows.replaceChildren(...scene.columns.map((_, k) => termsRow(scene, k, ui)))
    rows.style.setProperty("--terms", Math.max(1, ...[...rows.querySelectorAll(".ts")].map((row) => row.childElementCount)))
    const wide = reel.scrollWidth > reel.clientWidth + 1
    for (const [key, value] of [["tabindex", "0"], ["role", "region"], ["aria-label", "All terms; scrolls sideways"]]) put(reel, key, wide ? value : null)
  }
  return { node, show }
}

/** How far each column is from the yardstick at the cursor. */
function deltas(scene, ui) {
  const judge = ui.value(scene.yardstick)
  if (judge === null) return [`outside ${LETTERS[scene.yardstick]}`]
  const others = scene.columns.map((_, k) => [k, ui.value(k)]).filter(([k, v]) => k !== scene.yardstick && v !== null)
  return others.map(([k, v]) => {
    const d = gap(v, judge)
    return el("span", {}, `${LETTERS[k]} − ${LETTERS[scene.yardstick]} = ${d > 0 ? "+" : ""}${fmt(d)}`)
  })
}

function termsRow(scene, k, ui) {
  const column = scene.columns[k], value = ui.value(k)
  const id = el("span.id", {}, LETTERS[k]), sum = el("span.s", {}, value === null ? "–" : fmt(value))
  const terms = value === null ? null : termsFor(scene, column, ui.index(k))
  if (!terms) return el("li", {}, id, el("span.none", {}, whyNoTerms(column, value)), sum)
  const many = scene.w.shape[1] > 1 || (column.reading.kind === "all axes" && scene.w.shape[0] > 1)
  return el("li", {}, id, el("span.ts", {}, ...terms.slice(0, TERMS_DRAWN).map((t) => termBox(scene.w.shape, t, many))), sum)
}

function termBox(shape, t, many) {
  const taps = shape.slice(2), at = unravel(taps, t.tap)
  const [row, col] = taps.length > 1 ? at.slice(-2) : [0, at[0]]
  const [rows, cols] = taps.length > 1 ? taps.slice(-2) : [1, taps[0]]
  const letter = tapName(row, col, rows, cols)
  const from = t.pad ? "padding" : `x[${t.from.join(", ")}] =`
  const box = el(t.pad ? "span.t.void" : "span.t", { title: `${from} ${fmt(t.x)}, tap ${letter}${many ? ` of channel ${t.channel}` : ""} = ${fmt(t.w)}, product ${fmt(t.x * t.w)}` },
    el("b", {}, letter, many ? el("sub", {}, String(t.channel)) : null), `${cellText(t.x).text}×${cellText(t.w).text}`)
  return tapColour(box, row, col, rows, cols)
}

function whyNoTerms(column, value) {
  if (column.problem) return "gave no answer"
  if (value === null) return "has no value here"
  return "follows no reading of x and w that is known here, so its terms cannot be listed"
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
