// What a person does on the Step screen: turn, look, point, pin, edit, predict; keys and pointer.

/** Turn the filter at once, from local data; Python's answer brings the code and the title of the other convention. */
function flip(app) {
  if (app.flip) return app.flip()
  const on = !app.g.flip
  app.scene = { ...app.scene, flip: on, operation: on ? "Convolution" : "Cross-correlation" }
  app.g = geometryOf(app.scene)
  app.stage.turned(app.g, true)
  app.bar.update(app.scene)
  app.tour.build(app.g, app.scene)
  app.revealed.clear()
  redraw(app)
  app.talk.send({ flip: on })
  say(app.live, `now ${app.scene.operation.toLowerCase()}`)
}

/** Put an impulse in the place of the input (of dy, where gradients are shown); a second time puts it back. */
function impulse(app) {
  const { scene } = app
  const key = app.impulse?.key ?? "x"
  if (app.kept) { const back = app.kept; app.kept = null; app.toast.hide(); return app.talk.send({ [key]: nested(back) }) }
  const [, , ...space] = scene[key].shape
  const size = space.reduce((a, b) => a * b, 1), middle = space.reduce((at, n) => at * n + (n >> 1), 0)
  app.kept = scene[key]
  app.talk.send({ [key]: nested({ shape: scene[key].shape, values: scene[key].values.map((_, i) => (i % size === middle ? 1 : 0)) }) })
  app.toast.show(app.impulse?.words(app) ?? "One 1 among zeros: the output now shows the filter itself.", { label: "Undo", run: () => app.kept && impulse(app) })
}

/** Hide the numbers that follow, or show them again. */
function hide(app, on = !app.hidden) {
  app.hidden = on
  app.revealed.clear()
  app.screen.root.toggleAttribute("data-hidden", on)
  app.formula.fit(app.formula.node.clientWidth, { hidden: on, wide: app.whole.clientWidth > 900 })
  redraw(app)
  if (on) app.predict.focus()
}

/** Show the loops and the tour, or give their room to the picture. */
function showLoops(app, on) {
  app.body.classList.toggle("alone", !on)
  app.loops.hidden = on
  ;(on ? app.code.node.querySelector(".hide") : app.loops).focus({ preventScroll: true })
}

// ---- points of view: "scatter" and "weight" are the left and the right array, but what scatters is always dy
const sideOf = (app, kind) => (app.g.words.mirrored && kind !== "gather" ? { scatter: "weight", weight: "scatter" }[kind] : kind)

function look(app, kind) {
  app.kind = kind
  app.pinned = null
  app.spread?.turn(kind === "scatter")
  app.transport.kind(kind)
  showSubject(app)
  later(app, "tell", 60, tell)
}

function pin(app, subject) {
  const same = app.pinned && app.pinned.kind === subject.kind && app.pinned.xi === subject.xi && app.pinned.wi === subject.wi
  app.pinned = same ? null : subject
  app.kind = same ? "gather" : sideOf(app, subject.kind)
  app.hover = null
  app.spread?.turn(false)
  app.transport.kind(app.kind)
  showSubject(app)
  later(app, "tell", 60, tell)
}

/** What is looked at now: under the pointer, pinned, or the current tap's input or weight. */
function showSubject(app) {
  const { terms, tap } = app.now, current = app.spread?.on() ? app.spread.subject() : { scatter: { kind: "scatter", xi: terms.xi[tap] }, weight: { kind: "weight", wi: terms.wi[tap] } }[sideOf(app, app.kind)]
  const subject = (app.player.on() ? null : app.hover) ?? app.pinned ?? current ?? null
  app.subject = subject && subject.xi !== -1 ? subject : null
  app.stage.node.classList.toggle("pinned", Boolean(app.pinned))
  if (app.subject) app.views.draw(app.subject, app.now)
  else app.views.clear()
}

function visit(app, stop) {
  app.player.stop()
  look(app, "gather")
  go(app, stop.step, stop.tap)
  if (stop.scatter !== undefined) pin(app, { kind: "scatter", xi: stop.scatter })
}

/** The subject that a cell of the picture stands for, with its grid and place. */
function cellAt(app, event) {
  const s = app.stage.parts, i = cellOf(event)
  if (i === null) return null
  const node = event.target.closest(".grid")
  if (node === s.x.node) return { grid: s.x, side: "x", i, key: app.g.words.keys.x, place: s.xIndex[i], subject: s.xIndex[i] < 0 ? null : { kind: "scatter", xi: s.xIndex[i] } }
  if (node === s.y.node) return { grid: s.y, i, key: "y", subject: { kind: "gather", step: app.step - (app.step % app.g.outPlane) + i } }
  const which = node === s.used.node ? "used" : "given"
  return { grid: s[which], side: "given", i, key: app.g.words.keys.w, place: s.wIndex[which][i], subject: { kind: "weight", wi: s.wIndex[which][i] } }
}

function choose(app, cell) {
  if (cell.key === "y") return go(app, cell.subject.step, app.g.terms - 1)
  if (cell.subject) pin(app, cell.subject)
}

/** Edit a cell of x or w in place: shown at once, then asked of Python, who may refuse it. */
function edit(app, { grid, side, i, key, place }) {
  if (key === "y" || place < 0) return
  const array = app.scene[key], name = `${key} at place ${place}`
  editCell(grid, i, name, fmt(num(array.values[place]), 24), (text) => {
    const value = typed(text)
    const change = { [key]: nested(array, place, value === null ? text : plainNumber(value)) }
    if (value !== null) {
      const values = array.values.map((v, k) => (k === place ? plainNumber(value) : v))
      adopt(app, { ...app.scene, problem: null, notices: [], [key]: { shape: array.shape, values } })
      app.stage.parts[side].focus(i)
    }
    app.talk.send(change)
  })
}

// ---- pointer and keys
function listen(app) {
  const { node } = app.stage, { root } = app.screen
  const point = (cell) => { app.hover = cell?.subject ?? null; if (app.now) { showSubject(app); if (app.hover) later(app, "tell", 400, tell) } }
  node.addEventListener("pointerover", (event) => { if (event.pointerType !== "touch") point(cellAt(app, event)) })
  node.addEventListener("pointerleave", () => point(null))
  node.addEventListener("click", (event) => { const cell = cellAt(app, event); if (cell && !event.target.closest("input")) choose(app, cell) })
  node.addEventListener("dblclick", (event) => { const cell = cellAt(app, event); if (cell) edit(app, cell) })
  node.addEventListener("keydown", (event) => {
    const cell = cellAt(app, event)
    if (!cell || event.target.closest("input") || event.defaultPrevented) return
    if (event.key !== "Enter" && event.key !== " ") return
    event.preventDefault()
    if (event.key === "Enter" && cell.key !== "y") edit(app, cell)
    else choose(app, cell)
  })
  const onKey = (event) => keyPressed(app, event)
  const onStep = () => { const step = app.model.get("step"); if (app.host !== "dashboard" && app.g && step !== app.step) go(app, step, app.g.terms - 1) }
  const target = app.host === "dashboard" ? window : root
  target.addEventListener("keydown", onKey)
  app.model.on("change:step", onStep)
  app.unlisten = () => { target.removeEventListener("keydown", onKey); app.model.off?.("change:step", onStep) }
}

const MOVES = { ArrowLeft: "tap-", ArrowRight: "tap+", ArrowUp: "row-", ArrowDown: "row+", Home: "start", End: "end" }
const LETTERS = { f: flip, h: (app) => hide(app), p: impulse, l: (app) => showLoops(app, !app.loops.hidden), g: (app) => look(app, { gather: "scatter", scatter: "weight", weight: "gather" }[app.kind]), "?": (app) => app.keys.open() }

/** Keys of the whole screen. Fields, lists, dialogs and menus keep theirs; a button keeps Space. */
function keyPressed(app, event) {
  const target = event.composedPath()[0]
  if (!app.g || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return
  if (target.closest?.("dialog, [popover], select, textarea, [contenteditable], input:not([type=range])")) return
  const move = MOVES[event.key], shifted = { ArrowLeft: "cell-", ArrowRight: "cell+", ArrowUp: "row-", ArrowDown: "row+" }[event.key]
  const act = move ? () => { app.player.stop(); travel(app, (event.shiftKey && shifted) || move) }
    : event.key === " " && !target.closest?.("button, a") ? () => play(app)
    : event.key === "Escape" ? () => { app.bar.problem(null); look(app, "gather") }
    : app.letters && LETTERS[event.key.toLowerCase()] ? () => LETTERS[event.key.toLowerCase()](app) : null
  if (!act) return
  event.preventDefault()
  if (app.host === "notebook") event.stopPropagation()
  act()
}
