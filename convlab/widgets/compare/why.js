// Compare, the panels beside the picture: why a column differs, and whether this test could have told.

/** Why column `k` differs from the yardstick, with the computed proof and what can be done about it. */
function whyPanel(scene, k, ui) {
  const others = scene.columns.map((_, n) => n).filter((n) => n !== scene.yardstick || scene.no)
  const head = el("h2", {}, "Why")
  if (others.length > 1) {
    const pick = segmented("column to explain", others.map((n) => [String(n), LETTERS[n]]), (n) => ui.explain(Number(n)))
    pick.set(k)
    head.append(pick.node)
  }
  const column = scene.columns[k]
  if (!column) return el("section.panel", {}, head, el("p.say", {}, scene.busy ? "The answers are on their way." : "One column cannot differ from itself. Add another one."))
  const say = el("p.say", {}, el("em", { class: `tone-${column.chip}` }, column.cause), " ", column.sentence)
  const proof = column.proof ? el("div.proof", {}, el("span", {}, column.proof.claim), el("b", {}, column.proof.result)) : null
  const notes = column.notes.map((note) => el("p.fine", {}, note))
  return el("section.panel", { "aria-live": "polite" }, head, say, proof, ...notes, actions(scene, k, ui))
}

function actions(scene, k, ui) {
  const { mend, code } = scene.columns[k], kids = []
  if (mend) kids.push(el(mend.on ? "button.btn" : "button.btn.primary", { type: "button", "aria-pressed": String(mend.on), title: mend.does, onclick: () => ui.ask({ mend: k, on: !mend.on }) }, mend.on ? `Take it back from ${LETTERS[k]}` : `Apply to ${LETTERS[k]}`))
  if (Object.keys(code).length) kids.push(...sheet("Copy code", `A loop that agrees with ${LETTERS[scene.yardstick]}`, Object.entries(code).map(([name, text]) => [LANGUAGE[name] ?? name, () => text]), ui))
  if (scene.columns[scene.yardstick].y) kids.push(...sheet("Golden vectors", `x, w and y of ${LETTERS[scene.yardstick]}, to test another program with`, goldenTexts(scene), ui))
  return kids.length ? el("div.acts", {}, ...kids) : null
}

const LANGUAGE = { python: "Python", java: "Java", c: "C" }

/** A button that opens a sheet with text in several languages and copies the one that is shown. */
function sheet(label, title, texts, ui) {
  const opener = el("button.btn", { type: "button" }, label)
  const pane = el("pre", { tabindex: "0" }), copy = el("button.btn.primary", { type: "button" }, "Copy")
  let shown = 0
  const tabs = segmented("language", texts.map(([name], n) => [String(n), name]), (n) => show(Number(n)))
  const show = (n) => { shown = n; tabs.set(n); pane.textContent = texts[n][1](); put(pane, "aria-label", `${title}, ${texts[n][0]}`) }
  copy.addEventListener("click", async () => ui.toast(await copyText(texts[shown][1](), pane) ? `${label === "Copy code" ? "Code" : label} in ${texts[shown][0]} copied.` : "The browser does not allow copying here. The text is selected: press Ctrl+C."))
  const pop = popover(opener, title, (panel) => {
    panel.classList.add("sheet")
    show(shown)
    panel.replaceChildren(el("header", {}, el("h3", {}, title), tabs.node, copy), pane)
  })
  return [opener, pop.panel]
}

// ---- golden vectors: x, w and y as literals
function goldenTexts(scene) {
  const arrays = () => [["x", scene.x], ["w", scene.w], ["y", scene.columns[scene.yardstick].y]]
  const head = `${scene.columns[scene.yardstick].title}, ${scene.call}`
  const nested = ({ shape, values }, open, close, one) => {
    const level = (axis, from, size) => (axis === shape.length ? one(num(values[from])) : open + Array.from({ length: shape[axis] }, (_, n) => level(axis + 1, from + n * size / shape[axis], size / shape[axis])).join(", ") + close)
    return level(0, 0, values.length)
  }
  const word = (nan, inf) => (v) => (Number.isNaN(v) ? nan : Number.isFinite(v) ? String(v) : `${v < 0 ? "-" : ""}${inf}`)
  const java = (v) => (Number.isNaN(v) ? "Double.NaN" : Number.isFinite(v) ? String(v) : `Double.${v < 0 ? "NEGATIVE" : "POSITIVE"}_INFINITY`)
  return [
    ["Text", () => [head, ...arrays().map(([name, a]) => `${name} ${shapeText(a.shape)}\n${rowsOfText(a)}`)].join("\n\n")],
    ["Python", () => [`import numpy as np\n\n# ${head}`, ...arrays().map(([name, a]) => `${name} = np.array(${nested(a, "[", "]", word("np.nan", "np.inf"))}, dtype=${JSON.stringify(scene.dtypes[name])})`)].join("\n")],
    ["Java", () => [`// ${head}`, ...arrays().map(([name, a]) => `double${"[]".repeat(a.shape.length)} ${name} = ${nested(a, "{", "}", java)};`)].join("\n")],
  ]
}

function rowsOfText({ shape, values }) {
  const cols = shape.at(-1), rows = []
  for (let n = 0; n < values.length; n += cols) rows.push(values.slice(n, n + cols).map((v) => String(num(v))).join(" "))
  return rows.join("\n")
}

// ---- can this test see a wrong orientation?
/** The eight ways to lay the filter down, which of them look alike here, and which column uses which. */
function sightPanel(scene, ui) {
  const { sight } = scene
  if (!sight) return null
  const lone = sight.of === 1, tone = lone ? "info" : sight.seen === sight.of ? "ok" : sight.seen === 1 ? "blind" : "convention"
  const chip = verdictChip(tone, lone ? "nothing to turn" : sight.seen === 1 ? "blind" : `${sight.seen} of ${sight.of}`)
  const glyphs = sight.turns.map((turn) => el(turn.hit ? "li.hit" : "li", { title: turn.name, "aria-label": `${turn.name}${turn.hit ? `, as in ${[...turn.hit].join(" and ")}` : ""}` }, glyph(turn.taps, sight.plane), el("span", {}, turn.hit || " ")))
  return el("section.panel.sight", { "aria-label": "Can this test see a wrong orientation?" },
    el("h2", {}, icon(tone === "blind" ? "blind" : "eye"), "Can this test see a wrong orientation?", chip),
    el("ul.turns", { "aria-label": "The orientations of the filter", style: { "--count": Math.max(8, glyphs.length) } }, ...glyphs),
    el("p.fine", {}, sight.sentence), ...sight.warnings.map((warning) => el("p.fine.warning", {}, warning)),
    sight.telling ? el("div.acts", {}, el("button.btn", { type: "button", onclick: () => ui.ask(sight.telling.change) }, sight.telling.label)) : null)
}

/** A filter as coloured squares: every tap keeps its colour wherever the turn puts it. */
function glyph(taps, [rows, cols]) {
  const node = el("div.m", { "aria-hidden": "true", style: { "--cols": cols } })
  for (const tap of taps) node.append(tapColour(el("i"), Math.floor(tap / cols), tap % cols, rows, cols))
  return node
}
