// The Gradients screen: dx or dw, built like the forward pass. Everything is derived here from x, w and dy; Python is
// asked only for another question, and gives the loops, the ticks and the fault with it.

function render({ model, el: element }) {
  const host = model.get("host") || "dashboard"
  const screen = mount(element, host, "step.screen-gradients")
  const app = { model, host, screen, cursor: ["cell", "term"], step: 0, tap: 0, kind: "gather", pinned: null, hover: null, hidden: false, revealed: new Set(), letters: true, timers: {}, took: 0, moved: 0, quick: false,
    flip: () => app.talk.send({ flip: !app.scene.flip }), drawn: (now) => drawn(app, now), asides: "fault",
    impulse: { key: "dy", words: ({ g }) => `One 1 in dy: ${g.letters.y} now shows ${g.which === "dx" ? "the filter itself, where that window stood" : "the window of x that made this one value of y"}.` } }
  assemble(app)
  listen(app)
  const first = model.get("scene")
  if (first?.x) { adopt(app, first); startAt(app) }
  element.__convlab = { go: (step, tap) => go(app, step, tap ?? app.g.terms - 1), play: () => app.player.toggle(), scene: () => app.scene, sumOf: (step) => sumOf(app.g, step), scattered: () => scatteredSums(app.g), took: () => app.took, spreadTo: (m) => app.spread.scrub(m) }
  return () => { app.prepare.stop(); release(app) }
}

// ---- parts
function assemble(app) {
  const { screen } = app, ask = (change) => app.talk.send(change), open = (key) => () => app.arrays.open(key, app.scene)
  app.bar = specBar({ ask, flip: () => flip(app), tools: [["Edit dy", open("dy")], ["Edit the input x", open("x")], ["Edit the filter w", open("w")], ["Send an impulse as dy (P)", () => impulse(app)], ["Hide numbers, predict (H)", () => hide(app)], ["All keys (?)", () => app.keys.open()]] })
  app.which = segmented("Gradient of", [["dx", "dx"], ["dw", "dw"]], (which) => ask({ which }))
  app.stage = makeStage({ turn: () => flip(app) })
  app.differs = el("li", { hidden: true }, el("i.sw.t"), "source 003 differs")
  app.stage.parts.legend.node.append(app.differs)
  app.prepare = makePrepare(app.stage)
  app.sentence = el("p.is")
  app.head = el("div.head", {}, app.which.node, app.sentence, app.prepare.node)
  app.planes = makePlanes({ go: (step, tap) => go(app, step, tap) })
  app.formula = makeFormula({ go: (step, tap) => go(app, step, tap), note: (now) => noteOf(app, now) })
  app.code = makeCode({ hide: () => showLoops(app, false) })
  app.tour = makeTour({ visit: (stop) => visitStop(app, stop), stopsOf: gradientStops })
  app.fault = makeFault({ ask, loops: () => showAside(app, "loops") })
  app.back = el("button.btn.quiet.backto", { type: "button", hidden: true, onclick: () => showAside(app, "fault") }, "Source 003's answer")
  app.views = makeViews(app.stage, app.formula, (step, tap) => go(app, step, tap))
  app.predict = makePredict(app.formula.guess, { reveal: (step) => { app.revealed.add(step); if (app.tap !== app.g.terms - 1) go(app, app.step, app.g.terms - 1); redraw(app) } })
  app.player = makePlayer({ speed: () => app.transport.speed(), advance: (by) => advance(app, by), changed: (on) => { app.transport.playing(on); app.stage.node.classList.toggle("playing", on); if (!on) later(app, "tell", 0, tell) } })
  app.keys = makeKeyList({ letters: (on) => { app.letters = on }, keys: KEYS.map(([caps, words]) => [caps, { "turn the filter": "turn the filter of the forward pass", "in x or w: edit the cell; in y: go there": "in dy, x or w: edit the cell; in the gradient: go there", "one row of the output back, on": "one row of the gradient back, on", "one output value back, on": "one value of the gradient back, on", "gather, scatter, weight": "gather, scatter, third view" }[words] ?? words]) })
  app.transport = makeTransport({ go: (move) => travel(app, move), scrub: (at) => (app.spread.on() ? app.spread.scrub(at) : moveTo(app, at)), play: () => { app.prepare.ready(); play(app) }, view: (kind) => look(app, kind), keys: () => app.keys.open() })
  app.spread = makeSpread(app)
  app.talk = conversation(app.model, (scene) => adopt(app, scene), (on) => app.bar.waiting(on))
  app.arrays = makeArrayDialog({ send: ask })
  app.live = el("div.sr", { "aria-live": "polite" })
  app.aloud = el("span.aloud")
  app.stands = el("span")
  app.facts = el("p.facts", {}, app.aloud, app.stands)
  app.picture = el("div.picture", {}, app.head, app.planes.node, app.stage.node, app.facts)
  app.loops = el("button.btn.loops", { type: "button", hidden: true, title: "Show the loops and the tour (L)", onclick: () => showLoops(app, true) }, icon("tapBack"), "Loops")
  app.desk = el("div.desk", {}, app.code.node, app.tour.node, app.back, app.fault.node)
  app.body = el("div.body", {}, app.picture, el("div.side", {}, app.desk), app.loops, app.formula.node)
  app.whole = el("div.whole", {}, app.bar.node, app.body, app.transport.node, app.live)
  screen.root.append(app.whole, app.arrays.node, app.keys.node)
  app.toast = toaster(screen.root)
  app.sizes = new ResizeObserver(() => fit(app))
  app.sizes.observe(app.picture)
  app.sizes.observe(app.formula.node)
  app.stage.parts.told = (step) => toldOf(app, step)
}

// ---- a scene arrives
function adopt(app, scene) {
  const inDialog = app.arrays.answer(scene), before = app.scene
  app.bar.problem(inDialog ? null : scene.problem)
  if (scene.notices?.length && scene.answered !== app.told) { app.told = scene.answered; app.toast.show(scene.notices) }
  const shape = JSON.stringify([scene.which, scene.x, scene.w, scene.dy, scene.pads, scene.stride, scene.dilation, scene.groups])
  const same = shape === app.shape && scene.flip === app.g.forward, turned = shape === app.shape && !same && scene.which === "dx"
  app.scene = scene
  app.shape = shape
  if (scene.dy.values.some((v) => v !== 0 && v !== 1)) app.kept = null
  app.bar.update(scene)
  app.which.set(scene.which)
  say(app.sentence, scene.sentence)
  app.code.build(scene)
  say(app.aloud, app.fault.words(scene))
  say(app.stands, [scene.which === "dx" || scene.remainder.some((n) => n) ? scene.unread.sentence : null, ticksWords(scene), scene.dtype?.sentence].filter(Boolean).join(" "))
  app.facts.hidden = !app.facts.textContent
  app.differs.hidden = !(scene.theirs && scene.fault?.[scene.which]?.wrong.includes(true))
  if (!same) {
    app.g = gradientGeometry(scene)
    app.g.forward = scene.flip
    app.hover = null
    if (turned) app.stage.turned(app.g, true)
    else rebuild(app)
  }
  app.tour.build(app.g, scene)
  app.fault.build(app.g, scene)
  showAside(app, app.asides)
  app.plane = null
  fit(app)
  moveTo(app, Math.min(app.step, app.g.steps - 1) * app.g.terms + Math.min(app.tap, app.g.terms - 1), true)
  if (before && before.which === scene.which && String([before.stride, before.pads]) !== String([scene.stride, scene.pads])) app.prepare.run()
}

function rebuild(app) {
  const { g } = app, { parts } = app.stage
  app.player.stop()
  app.pinned = null
  app.views.clear()
  app.stage.build(g, arraysOf(app.scene))
  parts.legend.unread.hidden = g.which === "dx" && !app.scene.unread.sentence
  if (g.which === "dx") say(parts.legend.left, "never read: gradient 0")
  if (g.which === "dx") parts.legend.padding.hidden = g.words.absent === "zeros "
  app.marks = parts.y.cells.map((cell) => { const mark = el("i.fd", { "aria-hidden": "true" }); cell.append(mark); return mark })
  if (g.tapless) parts.y.cells.forEach((cell, i) => {
    const row = Math.floor(i / g.out[2]), col = i % g.out[2]
    cell.append(tapColour(el("i.of", { "aria-hidden": "true", "data-l": tapName(row, col, g.out[1], g.out[2]) }), row, col, g.out[1], g.out[2]))
  })
  app.screen.root.dataset.which = g.which
  app.planes.build(g)
  app.formula.build(g)
  app.transport.build(g)
  app.transport.views([["gather", "gather"], ["scatter", "scatter"], ["weight", g.tapless ? "input" : "weight"]], app.kind)
  app.spread.build()
  app.prepare.build(g)
  app.planes.node.style.setProperty("--digits", app.formula.parts.chars.sum + 1)
  app.revealed.clear()
  app.screen.root.toggleAttribute("data-tall", g.padded[1] > 22)
}

/** Show the loops and the tour, or source 003's answer in their place. */
function showAside(app, which) {
  app.asides = which
  const fault = Boolean(app.scene.fault), card = fault && which === "fault"
  app.fault.node.hidden = !card
  app.code.node.hidden = app.tour.node.hidden = card
  app.back.hidden = !fault || card
}

// ---- what stands beside a value: whether it is read at all, its tick, whether source 003 has it
/** Draw what is no part of Step. Ticks and unread inputs do not change with the position: they are marked once a plane. */
function drawn(app, now) {
  const { g, step } = now, { parts: s } = app.stage, start = step - (step % g.outPlane), { ticks, fault, theirs, which } = app.scene
  app.spread.show(now)
  app.fault.show(now)
  const stood = `${step} ${now.tap}`
  if (app.stood !== stood) { app.stood = stood; app.prepare.ready() }
  if (s.size && app.laid !== s.size) { app.laid = s.size; app.prepare.fit() }
  const key = `${start} ${app.scene.answered} ${app.hidden}`
  if (key === app.plane) return
  app.plane = key
  const beside = theirs && fault && !app.hidden ? fault[which] : null
  s.y.cells.forEach((cell, i) => {
    const ok = ticks.ok[start + i], mark = app.marks[i]
    mark.className = ok === null || app.hidden ? "fd none" : ok ? "fd ok" : "fd no"
    if (ok !== null && mark.dataset.ok !== String(ok)) { mark.dataset.ok = ok; mark.replaceChildren(icon(ok ? "ok" : "close")) }
    cell.title = app.hidden ? "" : toldOf(app, start + i).replace(/^, /, "")
    cell.classList.toggle("left", Boolean(isUnread(g, app.scene, start + i)))
    cell.classList.toggle("wrong", Boolean(beside?.wrong[start + i]))
  })
}

/** The finite difference beside a value, in words. */
function toldOf(app, step) {
  const { values, ok } = app.scene.ticks, value = values[step]
  const zero = isUnread(app.g, app.scene, step) ? ", never read by the forward pass" : ""
  return value === null ? zero : `, finite difference ${fmt(value)}, ${ok[step] ? "the same" : "another"}${zero}`
}

/** The line below the sum: the finite difference once the value is made, before that the sum without the turn. */
function noteOf(app, { g, step, tap, other }) {
  const { values, ok } = app.scene.ticks
  if (tap === g.terms - 1) return values[step] === null ? ["no finite difference ", "", "was taken here"] : ["finite difference: ", fmt(values[step], 9), ok[step] ? " ✓" : " ✗"]
  if (g.tapless) return ["tap ", tapName(...placeOf(g, step).slice(3), g.out[1], g.out[2]), " of w"]
  return [g.flip ? "without the turn: " : "with the turn: ", fmt(other.running[tap], 9), " so far"]
}

function ticksWords({ ticks, gradient }) {
  const all = gradient.values.length, wrong = ticks.ok.filter((ok) => ok === false).length
  if (wrong) return `${wrong} of ${ticks.taken} finite differences disagree.`
  return ticks.taken === all ? "" : `Finite differences were taken for ${ticks.taken} of ${count(all, "value")}.`
}

/** All values of the gradient by spreading dy: the second way, as a whole. */
function scatteredSums(g) {
  const v = { at: dyOf(g).length - 1, sums: null, upTo: -1 }, sum = sumsUpTo(g, v)
  return Array.from({ length: g.steps }, (_, step) => sum(step))
}

// ---- the tour, and what a screen reader hears
function visitStop(app, stop) {
  app.player.stop()
  look(app, stop.spread ? "scatter" : "gather")
  if (stop.spread) return app.spread.scrub(dyOf(app.g).length - 1)
  go(app, stop.step, stop.tap)
  if (stop.prepare) app.prepare.run()
}

function tell(app) {
  const { g, terms, tap, step, hidden } = app.now, { given } = termAt(g, tap)
  if (app.spread.on()) return say(app.live, `${app.views.words(app.spread.subject(), g).join(" ")}, value ${app.spread.at() + 1} of ${dyOf(g).length}`)
  if (app.subject && app.subject.kind !== "gather") return say(app.live, app.views.words(app.subject, g).join(" "))
  const sum = hidden ? "" : `, sum ${fmt(terms.running[tap])}`, done = tap === g.terms - 1 && !hidden ? toldOf(app, step) : ""
  say(app.live, `${yName(g, step)}, ${g.tapless ? "dy" : "tap"} ${weightName(g, given)}: ${fmt(terms.x[tap], 7)} times ${fmt(terms.w[tap], 7)}${terms.xi[tap] < 0 ? " on a zero" : ""}${sum}${done}`)
}

export default { render }
