// Compare, the second line of the spec bar: the inputs, the columns that can be added, the impulse.

VERDICTS.busy = ["info", "clock"]
Object.assign(ICONS, {
  cross: '<path d="M8 3.2v9.6M3.2 8h9.6"/>',
  eye: '<path d="M1.5 8S4 3.6 8 3.6 14.5 8 14.5 8 12 12.4 8 12.4 1.5 8 1.5 8z"/><circle cx="8" cy="8" r="2"/>',
})

/** → {node, update(scene)} */
function compareBar(ui) {
  let scene = null
  const inputs = segmented("inputs", [], (id) => ui.ask({ preset: id }), { named: true })
  const paste = el("button.btn.quiet", { type: "button" }, "paste…")
  const draft = {} // what was typed and refused: it comes back when the panel opens again
  const pasting = popover(paste, "Paste arrays", (panel) => fillPaste(panel, scene, ui, draft, () => pasting.close()))
  const add = el("button.btn.add", { type: "button" }, icon("cross"), "Add a column")
  const adding = popover(add, "Columns to add", (panel) => fillColumns(panel, scene, ui, null, () => adding.close()))
  const note = el("p.note")
  const text = el("span", {}, "Send an impulse")
  const impulse = el("button.btn.impulse", { type: "button", "aria-keyshortcuts": "p", title: "Ask the columns: which convention are you?", onclick: () => ui.ask({ impulse: !scene.impulse }) }, text, keyCap("P"))
  const numbers = el("button.btn.quiet", { type: "button", "aria-keyshortcuts": "h", "aria-pressed": "false", onclick: () => ui.toggleNumbers() }, "numbers", keyCap("H"))
  const node = el("section.comparebar", { "aria-label": "What is compared" }, inputs.node, paste, pasting.panel, add, adding.panel, note, el("div.end", {}, numbers, impulse))
  return {
    node,
    numbers: (on) => { numbers.hidden = on === null; numbers.setAttribute("aria-pressed", String(on)) },
    update(next) {
      scene = next
      delete draft.x
      delete draft.w
      inputs.options(next.quick, next.preset)
      put(add, "disabled", next.columns.length >= 4)
      add.title = next.columns.length >= 4 ? "Four columns is the most; replace one by its name" : ""
      say(text, next.impulse ? "Take the impulse away" : "Send an impulse")
      impulse.setAttribute("aria-pressed", String(next.impulse))
      say(note, next.note)
    },
  }
}

/** What a column can be; for column `k` also: take it away. */
function fillColumns(panel, scene, ui, k, close) {
  panel.classList.add("columns")
  const here = new Set(scene.columns.map((column) => column.name)), names = scene.columns.map((column) => column.name)
  const choose = (name) => { close(); ui.ask({ columns: k === null ? [...names, name] : names.map((old, n) => (n === k ? name : old)) }) }
  const groups = new Map()
  for (const one of scene.catalogue) groups.set(one.group, [...(groups.get(one.group) ?? []), one])
  const lists = [...groups].map(([group, list]) => el("section", {}, el("h3", {}, group), el("ul", {}, ...list.map((one) => el("li", {},
    el("button", { type: "button", disabled: here.has(one.name), "aria-current": k !== null && names[k] === one.name ? "true" : null, onclick: () => choose(one.name) }, el("b", {}, one.title), el("small", { title: one.says ?? "" }, one.says ?? one.sub)))))))
  const away = k === null || names.length < 2 ? null : el("button.btn.away", { type: "button", onclick: () => { close(); ui.ask({ columns: names.filter((_, n) => n !== k) }) } }, `Remove column ${LETTERS[k]}`)
  panel.replaceChildren(el("header", {}, el("h2", {}, k === null ? "Add a column" : `In place of ${LETTERS[k]}`), away), ...lists)
}

/** x and w as text. What a person types goes to Python as it is: it has the words for a no. */
function fillPaste(panel, scene, ui, draft, close) {
  panel.classList.add("paste")
  const field = (name, array, hint) => {
    const area = el("textarea", { rows: "5", spellcheck: "false", autocomplete: "off" })
    area.value = array && array.values.length <= 400 ? bareText(array) : ""
    area.placeholder = hint
    return [el("label", {}, el("span", {}, name), area), area]
  }
  const [xLabel, x] = field("x, the image", scene.x, "rows of numbers, or nested brackets"), [wLabel, w] = field("w, the filter", scene.w, "1 2 3\n4 5 6\n7 8 9")
  const before = [x.value, w.value]
  x.value = draft.x ?? x.value
  w.value = draft.w ?? w.value
  const form = el("form", { onsubmit: (event) => {
    event.preventDefault()
    const change = {}
    if (x.value !== before[0]) change.x = x.value
    if (w.value !== before[1]) change.w = w.value
    Object.assign(draft, change)
    close()
    if (Object.keys(change).length) ui.ask(change)
  } }, el("div.two", {}, xLabel, wLabel), el("p.fine", {}, "Rows of numbers, nested brackets, or what NumPy prints. Four axes are (image, channel, row, column)."),
  el("div.acts", {}, el("button.btn.primary", { type: "submit" }, "Compare these")))
  panel.replaceChildren(el("h2", {}, "Your own arrays"), form)
}

/** An array as a person writes it: rows of numbers when it is one plane, nested brackets when it is more. */
function bareText({ shape, values }) {
  const lone = shape.slice(0, -2).every((size) => size === 1), cols = shape.at(-1)
  if (lone && shape.length > 3) return rowsOfText({ shape, values })
  const level = (axis, from, size) => (axis === shape.length ? String(num(values[from])) : `[${Array.from({ length: shape[axis] }, (_, n) => level(axis + 1, from + (n * size) / shape[axis], size / shape[axis])).join(", ")}]`)
  return lone && shape.length === 3 ? values.slice(0, cols).map((v) => String(num(v))).join(" ") : level(0, 0, values.length)
}
