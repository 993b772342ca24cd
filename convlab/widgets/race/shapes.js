// Race, shapes of one's own: what is typed goes to Python as it is typed, and stays in its field until it is taken.

const MODES = ["valid", "same", "half", "full"], DTYPES = ["float32", "float64"]
const FIELDS = [["x", "images, channels, space", "50x1x100x100"], ["w", "filters, channels, taps", "1x1x11x11"]]
const NUMBERS = [["stride", "stride"], ["dilation", "dilation"], ["padding", "zeros around x"], ["groups", "groups"]]

/** The form behind "yours…". `form.answered(scene)` tells it what became of its ask. → {button, panel, fill, answered(scene)} */
function shapesMenu(ui) {
  const button = el("button", { type: "button", "data-own": "", "aria-pressed": "false" }, "yours…")
  const draft = {} // typed and not taken yet: it comes back when the panel opens again
  let scene = null, asked = 0, problem = null
  const menu = popover(button, "Your own shapes", (panel) => fill(panel))
  menu.panel.classList.add("own")
  const no = el("div.own-no", { "aria-live": "assertive" })

  function fill(panel) {
    const { layer } = scene
    const field = (key, label, hint, size) => {
      const now = textOf(layer[key]), input = el("input", { type: "text", name: key, autocomplete: "off", spellcheck: "false", maxlength: "200", placeholder: hint, size, oninput: () => { draft[key] = input.value } })
      input.value = draft[key] ?? now
      return el("label.own-field", {}, el("span.lab", {}, label), input)
    }
    const pick = (key, list) => {
      const control = segmented(key, list, (value) => { draft[key] = value; control.set(value) })
      control.set(draft[key] ?? layer[key])
      return el("div.line", {}, el("span.lab", { "aria-hidden": "true" }, key), control.node)
    }
    const flip = el("input", { type: "checkbox", onchange: () => { draft.flip = flip.checked } })
    flip.checked = draft.flip ?? layer.flip
    const form = el("form", { onsubmit: (event) => { event.preventDefault(); send() } },
      ...FIELDS.map(([key, label, hint]) => field(key, `${key}: ${label}`, hint, 26)),
      pick("mode", scene.modes ?? MODES), pick("dtype", scene.dtypes ?? DTYPES),
      el("div.four", {}, ...NUMBERS.map(([key, label]) => field(key, label, "", 5))),
      el("label.line", {}, flip, el("span", {}, "turn the filter (convolution); otherwise cross-correlation")),
      no, el("div.acts", {}, el("button.btn.primary", { type: "submit" }, "Use these"), el("span.dim.small", {}, layer.y ? `y is now ${layer.y}` : "")))
    panel.replaceChildren(el("h2", {}, "Your own shapes"), form)
    showNo()
  }

  function send() {
    const change = Object.fromEntries(Object.entries(draft).filter(([key, value]) => value !== undefined && value !== (key === "flip" ? scene.layer.flip : textOf(scene.layer[key]))))
    if (!Object.keys(change).length) return menu.close()
    asked = ui.ask(change)
  }

  function showNo() {
    no.replaceChildren(...(problem ? [refusalRow(problem, (change) => { clear(); asked = ui.ask(change) })] : []))
  }

  function clear() {
    problem = null
    for (const key of Object.keys(draft)) delete draft[key]
  }

  return { button, panel: menu.panel,
    /** Whether the form itself shows the problem of a scene: it was the one who asked. */
    answered(next) {
      scene = next
      if (!asked || next.answered < asked) return Boolean(problem && next.problem)
      asked = 0
      const mine = next.problem
      if (!mine) clear()
      problem = mine
      if (!mine) menu.close()
      else if (menu.panel.matches(":popover-open")) showNo()
      else return false
      return Boolean(mine)
    } }
}

const textOf = (value) => (Array.isArray(value) ? value.join(", ") : value === null || value === undefined ? "" : String(value))
