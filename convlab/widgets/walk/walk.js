// The walk through a computation: where the reader stands, and every part drawn for that position. Step and Gradients
// walk alike. `app` holds the position (step, tap), the geometry g and the parts. Each screen has its own `adopt(app,
// scene)`, which takes a scene, and `tell(app)`, which says where the position rests.

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

function release(app) {
  app.player.stop()
  app.talk.stop()
  app.toast.stop()
  app.sizes.disconnect()
  for (const timer of Object.values(app.timers)) clearTimeout(timer)
  app.unlisten()
  app.screen.remove()
}

/** Where a fresh page starts: the address bar (dashboard), else the model. */
function startAt(app) {
  const query = app.host === "dashboard" ? new URLSearchParams(location.search) : new URLSearchParams()
  const whole = (key, otherwise) => (/^\d+$/.test(query.get(key) ?? "") ? Number(query.get(key)) : otherwise)
  const [step, tap] = app.cursor
  go(app, Math.min(whole(step, app.model.get("step") ?? 0), app.g.steps - 1), Math.min(whole(tap, app.host === "dashboard" ? 0 : app.g.terms - 1), app.g.terms - 1))
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

/** After a scrub: the position where it came to rest is drawn again, with motion and names. */
const rest = (app) => redraw(app, true)

function redraw(app, resting = false) {
  const started = performance.now()
  const { g, step, tap } = app
  const quick = !resting && started - app.moved < 60
  if (quick !== app.quick) app.screen.root.classList.toggle("quick", app.quick = quick)
  app.moved = started
  if (app.now?.quick && !quick) app.stage.parts.last = null  // cells that flew by have no names yet: draw all of them
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
  app.drawn?.(app.now)
  const { dataset } = app.screen.root
  dataset.step = step
  dataset.tap = tap
  dataset.sum = app.terms.running[tap]
  app.took = performance.now() - started
  if (!app.player.on()) later(app, "tell", 150, tell)
  later(app, "share", app.host === "dashboard" ? 300 : 150, share)
}

function travel(app, move) {
  if (app.spread?.on()) return app.spread.travel(move)
  const { g, step, tap } = app, row = g.out[2]
  const cells = { "cell-": -1, "cell+": 1, "row-": -row, "row+": row }[move]
  if (cells) return moveTo(app, Math.max(0, Math.min(g.steps - 1, step + cells)) * g.terms + tap)
  moveTo(app, { start: 0, end: g.total - 1, "tap-": step * g.terms + tap - 1, "tap+": step * g.terms + tap + 1 }[move])
}

function play(app) {
  if (app.spread?.on()) app.spread.restart(app.player.on())
  else if (!app.player.on() && app.step * app.g.terms + app.tap >= app.g.total - 1) moveTo(app, 0)
  app.hover = null
  app.player.toggle()
}

/** One beat of play; false when the end is reached. By cells the window shows its finished sum. */
function advance(app, { taps, cells }) {
  if (app.spread?.on()) return app.spread.advance(taps ?? cells)
  const { g, step, tap } = app
  if (taps) moveTo(app, step * g.terms + tap + taps)
  else moveTo(app, (tap === g.terms - 1 ? step + cells : step) * g.terms + g.terms - 1)
  return app.step * g.terms + app.tap < g.total - 1
}

function later(app, name, ms, act) {
  clearTimeout(app.timers[name])
  app.timers[name] = setTimeout(act, ms, app)
}

/** Keep the address (dashboard) or the model (notebook) at the position. */
function share(app) {
  if (!app.scene) return
  if (app.host !== "dashboard") { app.model.set("step", app.step); return app.model.save_changes() }
  if (!app.scene.query) return
  const [step, tap] = app.cursor, query = `${app.scene.query}&${step}=${app.step}&${tap}=${app.tap}`
  if (window.convlab?.setQuery) return window.convlab.setQuery(query)
  history.replaceState(history.state, "", `?${query}`)
  for (const link of document.querySelectorAll("nav.screens a")) link.search = query
}
