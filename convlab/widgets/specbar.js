// The spec bar: the computed name first, then what can be changed, then what follows from it.

/** The spec bar of a screen.
 *
 *  specBar({ask, tools, flip}) → {node, update(scene), problem(problem or null), waiting(on)}
 *  `ask(change)` takes a change of the protocol; `flip(on)` may take the switch instead (a screen that turns the filter
 *  at once); `tools` is a list of [text, f] for the menu "more". `node` also holds the refusal row and the waiting line. */
function specBar({ ask, flip = (on) => ask({ flip: on }), tools = [] }) {
  const wanted = {}                                    // asked for and not answered: the next press counts on from here
  let scene = null
  const want = (change) => { Object.assign(wanted, change); ask(change) }
  const name = el("span", {}), source = el("button.source", { type: "button", title: "Choose an example" })
  const presets = popover(source, "Examples", (panel) => fillPresets(panel, scene, (id) => { presets.close(); ask({ preset: id }) }))
  const mode = segmented("mode", [], (value) => want({ mode: value }), { named: true })
  const stride = axisStepper("stride", (value) => want({ stride: value }), () => wanted.stride ?? scene.stride)
  const dilation = axisStepper("dilation", (value) => want({ dilation: value }), () => wanted.dilation ?? scene.dilation)
  const turn = toggle("flip the filter", flip)
  const moreButton = el("button.btn.quiet.icon", { type: "button", "aria-label": "More: padding, groups, editing", title: "Padding, groups, editing" }, icon("more"))
  const more = popover(moreButton, "More", (panel) => fillMore(panel, scene, (change) => want(change), tools, () => more.close()))
  const size = el("div.size"), line = el("div.wait", { "aria-hidden": "true" }), refusal = el("div.refusals")
  const bar = el("section.specbar", { "aria-label": "What is computed" },
    el("h1", {}, name, el("small", {}, source)), mode.node, stride.node, dilation.node, turn.node, moreButton, el("div.end", {}, size),
    presets.panel, stride.panel, dilation.panel, more.panel)
  return {
    node: el("div.ask", {}, bar, line, refusal),
    waiting: (on) => line.classList.toggle("on", on),
    problem: (problem) => refusal.replaceChildren(...(problem ? [refusalRow(problem, ask, () => refusal.replaceChildren())] : [])),
    update(next) {
      scene = next
      for (const key of Object.keys(wanted)) delete wanted[key]
      say(name, next.operation)
      source.replaceChildren(el("span", {}, next.source || "choose an example"), icon("down"))
      const modes = next.modes ?? ["valid", "same", "half", "full"]
      mode.options(modes.includes(next.mode) ? modes : [...modes, next.mode], next.mode)
      stride.update(next)
      dilation.update(next)
      turn.set(next.flip)
      size.replaceChildren(...sizeLines(next))
      size.title = `${next.macs} multiply-adds`
    },
  }
}

const AXIS_NAMES = { 1: ["columns"], 2: ["rows", "columns"], 3: ["depth", "rows", "columns"] }

/** Output size with its numbers filled in: one line when all axes agree, else one line per axis; then the cost. */
function sizeLines(scene) {
  const rows = scene.size, same = rows.every((row) => row.y === rows[0].y && row.formula === rows[0].formula)
  const lines = (same ? rows.slice(0, 1) : rows).map((row) =>
    el("div", {}, same ? "" : el("span.dim", {}, `${row.axis} `), el("b", {}, String(row.y)), ` = ${row.formula}`))
  const cost = el("div.cost.dim", {}, `${count(scene.macs, "multiply-add").replace(/\B(?=(\d{3})+\b)/g, " ")}`)
  return [el("div", { class: lines.length > 1 ? "many" : null }, ...lines), cost]
}

/** A stepper for one number per axis: − and + change all of them, the value opens one stepper per axis. */
function axisStepper(label, change, current) {
  const least = 1
  const out = el("button.axes", { type: "button" })
  const all = (step) => {
    const next = current().map((value) => Math.max(least, value + step))
    show(next)
    change(next)
  }
  const less = el("button", { type: "button", "aria-label": `smaller ${label}`, onclick: () => all(-1) }, "−")
  const more = el("button", { type: "button", "aria-label": `larger ${label}`, onclick: () => all(1) }, "+")
  const { panel } = popover(out, `${label} per axis`, (box) => {
    const names = AXIS_NAMES[current().length]
    box.replaceChildren(el("h2", {}, `${label} per axis`), ...names.map((name, axis) => {
      const one = stepper(`${label} of ${name}`, (value) => {
        const next = current().map((old, i) => (i === axis ? value : old))
        one.set(value)
        show(next)
        change(next)
      }, { least })
      one.set(current()[axis])
      return el("div.line", {}, el("span.lab", {}, name), one.node)
    }))
  })
  const show = (values) => {
    const same = values.every((value) => value === values[0])
    const text = same ? String(values[0]) : values.join(", ")
    say(out, text)
    out.setAttribute("aria-label", `${label} ${text}, change per axis`)
    less.toggleAttribute("disabled", values.every((value) => value <= least))
  }
  const node = el("div.field", {}, el("span.lab", { "aria-hidden": "true" }, label),
    el("span.stepper", { role: "group", "aria-label": label }, less, out, more))
  return { node, panel, update: () => { show(current()); out.toggleAttribute("disabled", current().length < 2) } }
}

/** A title below the heading of its group: "source 000, filter of ones" says its source once. */
const bareTitle = ({ group, title }) => (title.toLowerCase().startsWith(`${group.toLowerCase()}, `) ? title.slice(group.length + 2) : title)

/** The examples, grouped by where they come from. */
function fillPresets(panel, scene, choose) {
  const groups = new Map()
  for (const one of scene.presets ?? []) groups.set(one.group, [...(groups.get(one.group) ?? []), one])
  const lists = [...groups].map(([group, list]) => el("section", { style: { "break-inside": "avoid", "padding-bottom": "10px" } }, el("h2", {}, group), el("ul", {}, ...list.map((one) =>
    el("li", {}, el("button", { type: "button", "aria-current": one.id === scene.preset ? "true" : null, onclick: () => choose(one.id) }, bareTitle(one)))))))
  panel.classList.add("examples")
  panel.replaceChildren(lists.length ? el("div", { style: { columns: "3 210px" } }, ...lists) : el("p.dim", {}, "No examples here."))
}

/** Shapes of x and w as text. Those of the spatial axes are enough; one image and one filter show no more. */
function shapesForm(scene, want) {
  const bare = [scene.x, scene.w].every(({ shape }) => shape[0] === 1 && shape[1] === 1)
  const fields = [["x", "x_shape"], ["w", "w_shape"]].map(([name, key]) => {
    const now = scene[name].shape.slice(bare ? 2 : 0).join(" × ")
    return { key, now, name, input: el("input", { type: "text", value: now, "aria-label": `shape of ${name}`, autocomplete: "off", spellcheck: "false", style: { width: "132px" } }) }
  })
  return el("form", { onsubmit: (event) => {
    event.preventDefault()
    const changed = fields.filter(({ input, now }) => input.value !== now)
    if (changed.length) want(Object.fromEntries(changed.map(({ key, input }) => [key, input.value])))
  } }, el("h2", {}, "Shapes"), ...fields.map(({ name, input }) => el("div.line", {}, el("span.lab", {}, name), input)),
  el("button.btn", { type: "submit" }, "Use these shapes"))
}

/** Padding per side, groups, and the tools of the screen. Values go to Python as they were typed: it has the words for a no. */
function fillMore(panel, scene, want, tools, close) {
  const sides = scene.pads.map((pair) => pair.map((zeros) => el("input", { type: "text", inputmode: "numeric", size: "2", value: zeros })))
  const names = AXIS_NAMES[scene.pads.length]
  const whole = (text) => (/^\s*\d+\s*$/.test(text) ? Number(text) : text)
  const rows = sides.map(([lo, hi], axis) => {
    lo.setAttribute("aria-label", `zeros before, ${names[axis]}`)
    hi.setAttribute("aria-label", `zeros after, ${names[axis]}`)
    return el("div.line", {}, el("span.lab", {}, names[axis]), lo, hi)
  })
  const form = el("form", { onsubmit: (event) => {
    event.preventDefault()
    want({ padding: sides.map((pair) => pair.map((input) => whole(input.value))) })
    close()
  } }, el("h2", {}, "Zeros before and after"), ...rows, el("button.btn", { type: "submit" }, "Use these zeros"))
  let held = scene.groups
  const groups = stepper("groups", (value) => { held = value; groups.set(value); want({ groups: value }) }, { least: 1, most: Math.max(scene.x.shape[1], held) })
  groups.set(held)
  panel.classList.add("more")
  panel.replaceChildren(form, shapesForm(scene, (change) => { want(change); close() }), el("div.line", {}, el("span.lab", {}, "groups"), groups.node),
    ...tools.map(([text, act]) => el("button.btn.quiet", { type: "button", onclick: () => { close(); act() } }, text)))
}
