// The Step screen: holds the position and the point of view, and tells each part what to show.
// Stepping, turning, hovering and playing happen here alone; Python is asked only for another convolution.

function render({ model, el: element }) {
  const host = model.get("host") || "dashboard"
  const screen = mount(element, host, "step")
  const app = { model, host, screen, cursor: ["step", "tap"], step: 0, tap: 0, kind: "gather", pinned: null, hover: null, hidden: false, revealed: new Set(), letters: true, timers: {}, took: 0, moved: 0, quick: false }
  assemble(app)
  listen(app)
  const first = model.get("scene")
  if (first?.x) { adopt(app, first); startAt(app) }
  const gone = () => release(app)
  element.__convlab = { go: (step, tap) => go(app, step, tap ?? app.g.terms - 1), play: () => app.player.toggle(), scene: () => app.scene, sumOf: (step, flip) => sumOf(app.g, step, flip), took: () => app.took }
  return gone
}

// ---- parts
function assemble(app) {
  const { screen } = app
  app.bar = specBar({ ask: (change) => app.talk.send(change), flip: () => flip(app), tools: [["Edit the input x", () => app.arrays.open("x", app.scene)], ["Edit the filter w", () => app.arrays.open("w", app.scene)], ["Send an impulse (P)", () => impulse(app)], ["Hide numbers, predict (H)", () => hide(app)], ["All keys (?)", () => app.keys.open()]] })
  app.stage = makeStage({ turn: () => flip(app) })
  app.planes = makePlanes({ go: (step, tap) => go(app, step, tap) })
  app.formula = makeFormula({ go: (step, tap) => go(app, step, tap) })
  app.code = makeCode({ hide: () => showLoops(app, false) })
  app.tour = makeTour({ visit: (stop) => visit(app, stop) })
  app.views = makeViews(app.stage, app.formula, (step, tap) => go(app, step, tap))
  app.predict = makePredict(app.formula.guess, { reveal: (step) => { app.revealed.add(step); if (app.tap !== app.g.terms - 1) go(app, app.step, app.g.terms - 1); redraw(app) } })
  app.player = makePlayer({ speed: () => app.transport.speed(), advance: (by) => advance(app, by), changed: (on) => { app.transport.playing(on); app.stage.node.classList.toggle("playing", on); if (!on) later(app, "tell", 0, tell) } })
  app.keys = makeKeyList({ letters: (on) => { app.letters = on } })
  app.transport = makeTransport({ go: (move) => travel(app, move), scrub: (position) => moveTo(app, position), play: () => play(app), view: (kind) => look(app, kind), keys: () => app.keys.open() })
  app.talk = conversation(app.model, (scene) => adopt(app, scene), (on) => app.bar.waiting(on))
  app.arrays = makeArrayDialog({ send: (change) => app.talk.send(change) })
  app.live = el("div.sr", { "aria-live": "polite" })
  app.facts = el("p.facts")
  app.picture = el("div.picture", {}, app.planes.node, app.stage.node, app.facts)
  app.loops = el("button.btn.loops", { type: "button", hidden: true, title: "Show the loops and the tour (L)", onclick: () => showLoops(app, true) }, icon("tapBack"), "Loops")
  app.body = el("div.body", {}, app.picture, el("div.side", {}, el("div.desk", {}, app.code.node, app.tour.node)), app.loops, app.formula.node)
  app.whole = el("div.whole", {}, app.bar.node, app.body, app.transport.node, app.live)
  screen.root.append(app.whole, app.arrays.node, app.keys.node)
  app.toast = toaster(screen.root)
  app.sizes = new ResizeObserver(() => fit(app))
  app.sizes.observe(app.picture)
  app.sizes.observe(app.formula.node)
}

// ---- a scene arrives
/** Take a scene. What is the same stays as it is; a turned filter turns; anything else is built anew. */
function adopt(app, scene) {
  const inDialog = app.arrays.answer(scene)
  app.bar.problem(inDialog ? null : scene.problem)
  if (scene.notices?.length && scene.answered !== app.told) { app.told = scene.answered; app.toast.show(scene.notices) }
  const shape = JSON.stringify([scene.x, scene.w, scene.pads, scene.stride, scene.dilation, scene.groups])
  const same = shape === app.shape, turned = same && scene.flip !== app.g.flip
  app.scene = scene
  app.shape = shape
  if (scene.x.values.some((v) => v !== 0 && v !== 1)) app.kept = null
  app.bar.update(scene)
  app.code.build(scene)
  say(app.facts, [scene.dtype?.sentence, scene.spread].filter(Boolean).join(" "))
  app.facts.hidden = !app.facts.textContent
  if (same && !turned) { app.tour.build(app.g, scene); app.code.show(app.now); return later(app, "share", 60, share) }
  app.g = geometryOf(scene)
  app.hover = null
  if (turned) app.stage.turned(app.g, true)
  else rebuild(app)
  app.tour.build(app.g, scene)
  moveTo(app, Math.min(app.step, app.g.steps - 1) * app.g.terms + Math.min(app.tap, app.g.terms - 1), true)
}

function rebuild(app) {
  app.player.stop()
  app.pinned = null
  app.views.clear()
  app.stage.build(app.g, app.scene)
  app.planes.build(app.g)
  ;(app.planes.node.hidden ? app.picture : app.planes.node).append(app.facts)  // beside the tabs they cost no height
  app.formula.build(app.g)
  app.transport.build(app.g)
  app.planes.node.style.setProperty("--digits", app.formula.parts.chars.sum + 1)
  app.revealed.clear()
  app.screen.root.toggleAttribute("data-tall", app.g.padded[1] > 22)
  fit(app)
}

/** What happened, for a screen reader, once the position rests. */
function tell(app) {
  const { g, terms, tap, step, hidden } = app.now, { given } = termAt(g, tap)
  if (app.subject && app.subject.kind !== "gather") return say(app.live, app.views.words(app.subject, g).join(" "))
  const sum = hidden ? "" : `, sum ${fmt(terms.running[tap])}`
  say(app.live, `${yName(g, step)}, tap ${tapName(given[1], given[2], g.taps[1], g.taps[2])}: ${fmt(terms.x[tap], 7)} times ${fmt(terms.w[tap], 7)}${terms.xi[tap] < 0 ? " on padding" : ""}${sum}`)
}

export default { render }
