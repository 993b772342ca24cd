// The Step screen: holds the position and the point of view, and tells each part what to show.
// Stepping, turning, hovering and playing happen here alone; Python is asked only for another convolution.

function render({ model, el: element }) {
  const host = model.get("host") || "dashboard"
  const screen = mount(element, host, "step")
  const app = { model, host, screen, step: 0, tap: 0, kind: "gather", pinned: null, hover: null, hidden: false, revealed: new Set(), letters: true, timers: {}, took: 0, moved: 0, quick: false }
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

function release(app) {
  app.player.stop()
  app.talk.stop()
  app.toast.stop()
  app.sizes.disconnect()
  for (const timer of Object.values(app.timers)) clearTimeout(timer)
  app.unlisten()
  app.screen.remove()
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

/** Where a fresh page starts: the address bar (dashboard), else the model. */
function startAt(app) {
  const query = app.host === "dashboard" ? new URLSearchParams(location.search) : new URLSearchParams()
  const whole = (key, otherwise) => (/^\d+$/.test(query.get(key) ?? "") ? Number(query.get(key)) : otherwise)
  go(app, Math.min(whole("step", app.model.get("step") ?? 0), app.g.steps - 1), Math.min(whole("tap", app.host === "dashboard" ? 0 : app.g.terms - 1), app.g.terms - 1))
}

/** Measure the room once and size everything from it; called when the room changes, never on a step. */
function fit(app) {
  if (!app.g || !app.picture.clientWidth) return
  const width = app.whole.clientWidth, wide = width > 900, projector = app.screen.root.hasAttribute("data-projector")
  const tabs = [...app.picture.children].reduce((sum, node) => sum + (node === app.stage.node || node.hidden ? 0 : node.offsetHeight + 8), 0)
  const key = [width, app.picture.clientWidth, app.picture.clientHeight, tabs, projector, app.shape.length, app.g.steps].join()
  const most = projector ? 84 : wide ? Math.max(48, Math.min(68, innerWidth * 0.035)) | 0 : 44
  app.formula.fit(app.formula.node.clientWidth, { hidden: app.hidden, wide })
  if (key === app.room && app.stage.parts.size && app.stage.parts.x === app.fitted) return
  app.room = key
  app.fitted = app.stage.parts.x
  app.stage.fit({ width: app.picture.clientWidth, height: wide ? app.picture.clientHeight - tabs : 1e6, stack: width < 600, letterless: projector,
    most, mostStacked: wide ? most * 1.25 | 0 : most, least: projector ? 24 : 11, share: projector ? 0.46 : 0.41 })
  if (app.now) redraw(app)
}

// ---- the position
function moveTo(app, position, force = false) {
  const { g } = app, at = Math.max(0, Math.min(g.total - 1, position)), step = Math.floor(at / g.terms), tap = at - step * g.terms
  if (!force && step === app.step && tap === app.tap) return
  app.step = step
  app.tap = tap
  redraw(app)
}

const go = (app, step, tap) => moveTo(app, step * app.g.terms + tap)

/** After a scrub: the position where it came to rest is drawn whole, with motion and names again. */
function rest(app) {
  app.stage.parts.last = null
  redraw(app, true)
}

function redraw(app, resting = false) {
  const started = performance.now()
  const { g, step, tap } = app
  const quick = !resting && started - app.moved < 60
  if (quick !== app.quick) app.screen.root.classList.toggle("quick", app.quick = quick)
  app.moved = started
  if (quick) later(app, "rest", 160, rest)
  if (app.now?.step !== step || app.now.g !== g) { app.terms = termsOf(g, step); app.other = termsOf(g, step, !g.flip) }
  app.now = { g, step, tap, terms: app.terms, other: app.other, hidden: app.hidden, revealed: app.revealed, quick }
  if (!app.stage.parts.size) return                    // a notebook renders before the picture is in the page: fit draws it
  app.stage.show(app.now)
  app.planes.show(app.now)
  app.formula.show(app.now)
  app.code.show(app.now)
  app.transport.show(app.now)
  if (app.hidden) app.predict.show(app.now)
  showSubject(app)
  const { dataset } = app.screen.root
  dataset.step = step
  dataset.tap = tap
  dataset.sum = app.terms.running[tap]
  app.took = performance.now() - started
  if (!app.player.on()) later(app, "tell", 150, tell)
  later(app, "share", app.host === "dashboard" ? 300 : 150, share)
}

function travel(app, move) {
  const { g, step, tap } = app, row = g.out[2]
  const cells = { "cell-": -1, "cell+": 1, "row-": -row, "row+": row }[move]
  if (cells) return moveTo(app, Math.max(0, Math.min(g.steps - 1, step + cells)) * g.terms + tap)
  moveTo(app, { start: 0, end: g.total - 1, "tap-": step * g.terms + tap - 1, "tap+": step * g.terms + tap + 1 }[move])
}

function play(app) {
  if (!app.player.on() && app.step * app.g.terms + app.tap >= app.g.total - 1) moveTo(app, 0)
  app.hover = null
  app.player.toggle()
}

/** One beat of play; false when the end is reached. By cells the window shows its finished sum. */
function advance(app, { taps, cells }) {
  const { g, step, tap } = app
  if (taps) moveTo(app, step * g.terms + tap + taps)
  else moveTo(app, (tap === g.terms - 1 ? step + cells : step) * g.terms + g.terms - 1)
  return app.step * g.terms + app.tap < g.total - 1
}

function later(app, name, ms, act) {
  clearTimeout(app.timers[name])
  app.timers[name] = setTimeout(act, ms, app)
}

/** What happened, for a screen reader, once the position rests. */
function tell(app) {
  const { g, terms, tap, step, hidden } = app.now, { given } = termAt(g, tap)
  if (app.subject && app.subject.kind !== "gather") return say(app.live, app.views.words(app.subject, g).join(" "))
  const sum = hidden ? "" : `, sum ${fmt(terms.running[tap])}`
  say(app.live, `${yName(g, step)}, tap ${tapName(given[1], given[2], g.taps[1], g.taps[2])}: ${fmt(terms.x[tap], 7)} times ${fmt(terms.w[tap], 7)}${terms.xi[tap] < 0 ? " on padding" : ""}${sum}`)
}

/** Keep the address (dashboard) or the model (notebook) at the position. */
function share(app) {
  if (!app.scene) return
  if (app.host !== "dashboard") { app.model.set("step", app.step); return app.model.save_changes() }
  if (!app.scene.query) return
  const query = `${app.scene.query}&step=${app.step}&tap=${app.tap}`
  if (window.convlab?.setQuery) return window.convlab.setQuery(query)
  history.replaceState(history.state, "", `?${query}`)
  for (const link of document.querySelectorAll("nav.screens a")) link.search = query
}

export default { render }
