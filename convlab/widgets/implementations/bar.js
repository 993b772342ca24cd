// Implementations, the two lines above the table: which rows are shown, and the layer that they are held against.

Object.assign(ICONS, { lens: '<circle cx="7" cy="7" r="4.4"/><path d="m10.4 10.4 3.2 3.2"/>' })
const SHOWN = [["all", "all"], ["fits", "fit my layer"], ["runs", "run here"]]
const DOTS = { yes: "yes", part: "in part", no: "no" }

/** A dot for yes, part or no, with its word for those who do not see it. */
const dot = (value) => [el(`i.d.${value}`, { "aria-hidden": "true" }), el("span.sr", {}, DOTS[value])]

/** The first line: what the table says, which rows it shows. → {node, update(scene, view, counts), find} */
function filterBar(ui) {
  const facts = el("small"), show = segmented("Show", SHOWN, (value) => ui.look({ show: value }))
  const find = el("input", { type: "search", placeholder: "Find", "aria-label": "Find an implementation", "aria-keyshortcuts": "/", autocomplete: "off", spellcheck: "false", oninput: () => ui.look({ find: find.value }) })
  const keys = el("div.keyline", { "aria-hidden": "true" }, ...Object.entries(DOTS).map(([value, word]) => el("span", {}, el(`i.d.${value}`), word)))
  const volumes = el("button.btn.quiet", { type: "button", onclick: () => ui.volumes() }, "3-D axes")
  const size = el("div.size")
  const node = el("section.specbar", { "aria-label": "What is listed" }, el("h1", {}, "Who turns the filter", facts), show.node, volumes,
    el("div.end", {}, size, keys, el("label.find", {}, icon("lens"), find)))
  return {
    node,
    find,
    update(scene, view, counts) {
      show.set(view.show)
      if (find.value !== view.find) find.value = view.find
      say(facts, `${counts.all} implementations; ${counts.fits} compute this layer, ${counts.runs} run here`)
      const { y, mode, pads, macs } = scene.layer, zeros = mode === "padded" ? `zeros ${pads.map((pair) => pair.join(":")).join(", ")}; ` : ""
      size.replaceChildren(el("div", {}, "y ", el("b", {}, y.shape.join(" × "))), el("div.dim", {}, `${zeros}${largeText(macs)} multiply-adds`))
    },
  }
}

/** A large count in three digits: "861 million". */
function largeText(n) {
  const [unit, word] = [[1e12, " trillion"], [1e9, " billion"], [1e6, " million"]].find(([least]) => n >= least) ?? [1, ""]
  return unit === 1 ? String(n).replace(/\B(?=(\d{3})+$)/g, " ") : `${Number((n / unit).toPrecision(3))}${word}`
}

/** The second line: the reader's own layer. Shapes go to Python as they are typed: it has the words for a no. */
function layerBar(ui) {
  let scene = null
  const wanted = {} // asked for and not answered: the next press counts on from here
  const want = (change) => { Object.assign(wanted, change); ui.ask(change) }
  const name = el("button.source", { type: "button", title: "Choose a layer" })
  const menu = popover(name, "Layers", (panel) => {
    fillPresets(panel, scene, (id) => { menu.close(); ui.ask({ preset: id }) })
    panel.append(zerosForm(scene.layer, (text) => { menu.close(); ui.ask({ padding: text }) }))
  })
  const shapes = ["x", "w"].map((key) => shapeField(key, (text) => ui.ask({ [`${key}_shape`]: text })))
  const mode = segmented("mode", [], (value) => want({ mode: value }), { named: true })
  const stride = axisStepper("stride", (value) => want({ stride: value }), () => wanted.stride ?? scene.layer.stride)
  const dilation = axisStepper("dilation", (value) => want({ dilation: value }), () => wanted.dilation ?? scene.layer.dilation)
  const groups = stepper("groups", (value) => { groups.set(value); want({ groups: value }) }, { least: 1, most: 1e6 })
  const dtype = segmented("dtype", [], (value) => want({ dtype: value }))
  const node = el("section.layerbar", { "aria-label": "Your layer" }, name, ...shapes.map((field) => field.node), mode.node, stride.node, dilation.node,
    el("div.field", {}, el("span.lab", { "aria-hidden": "true" }, "groups"), groups.node), dtype.node, menu.panel, stride.panel, dilation.panel)
  return {
    node,
    update(next) {
      scene = next
      for (const key of Object.keys(wanted)) delete wanted[key]
      const { layer } = next, titles = new Map(next.presets.map((one) => [one.id, bareTitle(one)]))
      name.replaceChildren(el("span", {}, titles.get(next.preset) ?? "Your own layer"), icon("down"))
      shapes[0].set(layer.x.shape)
      shapes[1].set(layer.w.shape)
      choices(mode, next.modes.includes(layer.mode) ? next.modes : [...next.modes, layer.mode], layer.mode)
      stride.update()
      dilation.update()
      groups.set(layer.groups)
      choices(dtype, next.dtypes, layer.dtype)
    },
  }
}

/** Zeros in numbers, in place of a mode. */
function zerosForm({ pads }, ask) {
  const now = pads.map(([lo, hi]) => (lo === hi ? lo : `${lo}:${hi}`)).join(", ")
  const input = el("input", { type: "text", value: now, "aria-label": "zeros around x", autocomplete: "off", size: "12" })
  return el("form", { onsubmit: (event) => { event.preventDefault(); ask(input.value) } },
    el("span.lab", {}, "zeros around x, per axis, before:after"), input, el("button.btn", { type: "submit" }, "Use these zeros"))
}

/** Show what can be chosen; the same choices keep their buttons, and with them the focus. */
function choices(control, list, value) {
  const same = control.node.querySelectorAll("button").length === list.length
  if (same) control.set(value)
  else control.options(list, value)
}

/** A field for a shape; it asks when the reader leaves it or presses Enter, and shows again what holds. */
function shapeField(key, ask) {
  let held = ""
  const input = el("input", { type: "text", "aria-label": `shape of ${key}`, autocomplete: "off", spellcheck: "false",
    onchange: () => { if (input.value !== held) ask(input.value) },
    onkeydown: (event) => { if (event.key === "Escape") { input.value = held; event.stopPropagation() } } })
  const node = el("label.shape", {}, el("span.lab", {}, key), input)
  return { node, set(shape) { held = shape.join(" × "); input.value = held; input.style.width = `${Math.max(9, held.length) + 1.5}ch` } }
}
