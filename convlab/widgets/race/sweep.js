// Race, the sweep: one size grows and every backend is timed at each; the chart shows where one overtakes another.

/** → {node, update(scene), look(name), redraw()} */
function sweepFigure(ui) {
  let scene = null, drawn = "", draft = null
  const title = el("h2"), about = el("p"), axes = segmented("Size that grows", [], (axis) => ui.ask({ axis }))
  const twin = twinButton("Sweep", () => { drawn = ""; draw() }), plotBox = el("div.plot"), paper = el("div.paper"), sheet = el("div.sheet", { tabindex: "0", role: "region", "aria-label": "Times of the sweep", hidden: true })
  plotBox.append(paper)
  const reading = reader(plotBox, ui)
  const input = el("input", { type: "text", autocomplete: "off", spellcheck: "false", maxlength: "200", oninput: () => { draft = input.value }, onchange: () => wanted(),
    onkeydown: (event) => { if (event.key === "Escape" && draft !== null) { draft = null; input.value = scene.sweep.text; event.stopPropagation() } } })
  const label = el("span.lab"), start = el("button.btn", { type: "button", onclick: () => ui.sweep() }), clear = el("button.btn.quiet", { type: "button", onclick: () => ui.ask({ clear: "sweep" }) }, "Clear")
  const line = el("i"), progress = el("div.progress", { "aria-hidden": "true" }, line)
  const node = el("figure.chart", {}, el("header", {}, title, el("div.tool", {}, axes.node)), about, plotBox, sheet, progress,
    el("div.acts.tool", {}, el("label.values", {}, label, input), start, clear, el("span.gap"), twin.node))

  /** Ask for the values that were typed, when they are others than those that hold. */
  function wanted() {
    if (draft !== null && draft !== scene.sweep.text) ui.ask({ axis: scene.sweep.axis, values: draft })
    else draft = null
  }

  function draw() {
    const { sweep } = scene, width = plotBox.clientWidth, height = plotBox.clientHeight, font = parseFloat(getComputedStyle(plotBox).fontSize), asTable = twin.isOn()
    plotBox.hidden = asTable
    sheet.hidden = !asTable
    if (asTable) return sheet.replaceChildren(...sweepTable(sweep))
    const key = JSON.stringify([sweep.series, sweep.overlay, sweep.crossings, sweep.values, sweep.text, sweep.state === "running", isOn(sweep), width, height, font])
    if (key === drawn) return
    drawn = key
    const plot = plotOf(sweep, width, height, font)
    const focusable = { tabindex: plot ? "0" : null, role: plot ? "application" : null, "aria-roledescription": plot ? "chart" : null, "aria-label": plot ? `${sweep.title}. ${sweep.sentence} Left and right choose a size, up and down a line.` : null }
    for (const [name, value] of Object.entries(focusable)) put(plotBox, name, value)
    paper.replaceChildren(plot ? drawChart(sweep, plot) : emptyPlot(sweep, ui))
    reading.show(sweep, plot)
  }

  const watcher = new ResizeObserver(() => { if (scene) draw() })
  watcher.observe(plotBox)
  return {
    node,
    stop: () => watcher.disconnect(),
    look(name) { highlight(paper, name) },
    update(next) {
      const before = scene
      scene = next
      const { sweep } = next
      say(title, sweep.title)
      about.replaceChildren(...markedSentence(sweep))
      fillAxes(axes, sweep)
      say(label, `${sweep.axis} =`)
      input.setAttribute("aria-label", `Sizes of the sweep, ${unitOf(sweep)}`)
      const taken = draft !== null && !next.problem && before && next.answered !== before.answered
      if (taken || (before && before.sweep.axis !== sweep.axis)) draft = null
      if (draft === null && input.value !== sweep.text) input.value = sweep.text
      say(start, { running: "Stop", queued: "Stop", partial: "Go on", done: "Sweep again" }[sweep.state] ?? "Sweep")
      put(start, "disabled", !isOn(sweep) && isBusy(next))
      clear.hidden = sweep.state !== "partial"
      progress.classList.toggle("on", isOn(sweep))
      line.style.width = `${100 * (sweep.progress ?? 0)}%`
      draw()
    },
  }
}

/** What the sizes of a sweep count: "taps a side". */
const unitOf = (sweep) => { const axis = sweep.axes.find(({ id }) => id === sweep.axis); return axis?.why || axis?.title || sweep.axis }

/** The axes that can be swept, by their letters; their names are the words of a screen reader. */
function fillAxes(control, sweep) {
  const list = sweep.axes.map(({ id, title }) => [id, id]), shown = [...control.node.querySelectorAll("button")]
  if (shown.map((one) => one.dataset.value).join() !== sweep.axes.map(({ id }) => id).join()) control.options(list, sweep.axis)
  control.set(sweep.axis)
  sweep.axes.forEach(({ id, title, why }, n) => {
    const button = control.node.children[n]
    put(button, "title", why ? `${title}: ${why}` : title)
    put(button, "aria-label", `${id}: ${title}`)
  })
}

/** The sentence of a sweep with the values of its crossings in the colour of their marks. */
function markedSentence({ sentence, crossings }) {
  const values = leading(crossings).map(({ said }) => said)
  if (!values.length) return [sentence]
  const found = new RegExp(`(?<![\\d.])(${values.map((text) => text.replace(".", "\\.")).join("|")})(?![\\d]|\\.\\d)`)
  return sentence.split(found).map((text) => (values.includes(text) ? el("b.num", {}, text) : text))
}

/** The plot before there is anything in it: its outline, one sentence, one link that fills it. */
function emptyPlot(sweep, ui) {
  if (isOn(sweep)) return el("div.empty", {}, el("p", {}, sweep.state === "running" ? "The first point is being timed." : "It begins when the timing slot is free."))
  return el("div.empty", {}, el("p", {}, "Nothing is swept yet. ", el("button.link", { type: "button", onclick: () => ui.sweep() }, `Time ${sweep.axis} = ${sweep.text}`), "."))
}

/** Bring one line to the front of the reader's eye; null for none. */
function highlight(box, name) {
  const lines = [...box.querySelectorAll("[data-name]")], isThere = lines.some((one) => one.dataset.name === name)
  for (const one of lines) {
    one.classList.toggle("dimmed", isThere && one.dataset.name !== name)
    one.classList.toggle("bright", isThere && one.dataset.name === name)
  }
}
