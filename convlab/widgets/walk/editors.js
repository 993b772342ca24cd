// Typing numbers: into one cell, or a whole array at once; and the list of keys.

/** Let a person type into a cell of a grid. `commit(text)` gets what was typed; Esc leaves the cell as it was. */
function editCell(grid, i, name, value, commit) {
  const cell = grid.cells[i]
  const input = el("input.edit", { type: "text", value, "aria-label": `New value of ${name}`, autocomplete: "off", spellcheck: "false" })
  let over = false
  const close = (text) => {
    if (over) return
    over = true
    const inside = input.matches(":focus")
    input.remove()
    if (inside) grid.focus(i)
    if (text !== null && text.trim() !== value) commit(text.trim())
  }
  input.addEventListener("keydown", (event) => {
    event.stopPropagation()
    if (event.key === "Enter") { event.preventDefault(); close(input.value) }
    if (event.key === "Escape") { event.preventDefault(); close(null) }
  })
  input.addEventListener("blur", () => close(input.value))
  cell.append(input)
  input.focus({ preventScroll: true })
  input.select()
}

/** Values of an array as nested lists, one of them replaced: what the protocol takes for x and w. */
function nested({ shape, values }, place = -1, value = null) {
  const flat = values.map((v, i) => (i === place ? value : v))
  const fold = (axis, from, size) => {
    if (axis === shape.length) return flat[from]
    const step = size / shape[axis]
    return Array.from({ length: shape[axis] }, (_, k) => fold(axis + 1, from + k * step, step))
  }
  return fold(0, 0, flat.length)
}

/** A number as JSON can hold it. */
function plainNumber(value) {
  return Number.isFinite(value) ? value : Number.isNaN(value) ? "NaN" : value < 0 ? "-Infinity" : "Infinity"
}

/** An array as text a person can read and paste back: rows on lines, planes apart by an empty line; deep ones as lists. */
function arrayText(array) {
  const shape = array.shape.slice(), list = nested(array)
  const ones = shape.slice(0, -2).every((n) => n === 1)
  if (!ones) return JSON.stringify(list).replace(/"/g, "").replaceAll("]],[[", "]],\n\n[[").replaceAll("],[", "],\n [").replaceAll(",", ", ").replaceAll(",  ", ", ")
  let rows = list
  for (let axis = 0; axis < shape.length - 2; axis++) rows = rows[0]
  return rows.map((row) => row.join(" ")).join("\n")
}

const ARRAYS = { x: ["Input x", "images, channels, ...space"], w: ["Filter w", "filters, channels, ...taps"], dy: ["Upstream gradient dy", "images, filters, ...space of y"] }

/** The dialog for a whole array. makeArrayDialog({send(change) → n}) → {node, open(key, scene), answer(scene)}. */
function makeArrayDialog({ send }) {
  const title = el("h2"), hint = el("p.dim"), text = el("textarea", { rows: "10", spellcheck: "false", "aria-label": "Numbers" }), refusal = el("div.refusals")
  const form = el("form", { method: "dialog" }, title, hint, text, refusal, el("footer", {}, el("button.btn.quiet", { type: "button", onclick: () => node.close() }, "Cancel"), el("button.btn.primary", { type: "submit" }, "Apply")))
  const node = el("dialog.panel.arrays", { "aria-label": "Edit an array" }, form)
  let key = "x", pending = false
  const ask = (change) => { pending = true; send(change) }
  form.addEventListener("submit", (event) => {
    event.preventDefault()
    const over = window.convlab?.tooBig?.(text.value)
    if (over) return refusal.replaceChildren(el("p", { role: "alert" }, over))
    ask({ [key]: text.value })
  })
  return { node,
    open(which, scene) {
      key = which
      pending = false
      say(title, ARRAYS[which][0])
      say(hint, `Rows of numbers, or nested lists with shape (${ARRAYS[which][1]}).`)
      text.value = arrayText(scene[which])
      refusal.replaceChildren()
      node.showModal()
      text.focus()
      text.setSelectionRange(0, 0)
      text.scrollTop = 0
    },
    /** True when the answer belonged to this dialog: a no is shown in it and what was typed stays. */
    answer(scene) {
      if (!pending || !node.open) return false
      pending = false
      if (scene.problem) refusal.replaceChildren(refusalRow(scene.problem, ask))
      else node.close()
      return Boolean(scene.problem)
    } }
}

const KEYS = [[["←", "→"], "one tap back, on"], [["⇧", "← →"], "one output value back, on"], [["↑", "↓"], "one row of the output back, on"], [["Home", "End"], "first, last tap"],
  [["Space"], "play, pause"], [["F"], "turn the filter"], [["G"], "gather, scatter, weight"], [["H"], "hide numbers and predict"], [["P"], "send an impulse, take it back"], [["L"], "show or hide the loops"], [["Esc"], "release a pin"],
  [["↹", "← →"], "in a grid: another cell"], [["Enter"], "in x or w: edit the cell; in y: go there"], [["Space"], "in a grid: pin the cell"], [["?"], "this list"]]

/** The list of keys, with a switch for single letters (some people dictate, and speech is full of letters). */
function makeKeyList({ letters, keys = KEYS }) {
  const single = toggle("single letters are keys", (on) => { single.set(on); letters(on) })
  single.set(true)
  const node = el("dialog.panel.keylist", { "aria-label": "Keys" }, el("h2", {}, "Keys"),
    el("dl.keysheet", {}, ...keys.flatMap(([caps, words]) => [el("dt", {}, ...caps.map(keyCap)), el("dd", {}, words)])),
    el("footer", {}, single.node, el("button.btn", { type: "button", onclick: () => node.close() }, "Close")))
  return { node, open: () => node.showModal() }
}
