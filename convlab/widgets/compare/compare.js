// Compare: up to four answers to one call, under one cursor.

function render({ model, el: element }) {
  const host = model.get("host") === "notebook" ? "notebook" : "dashboard"
  const { root, remove } = mount(element, host, "compare")
  const view = { scene: null, at: null, hover: null, pinned: false, picks: [], why: 0, forced: null, parts: [], strip: null }
  const ui = { ...cursorOf(view), lead: (k) => leadOf(view, k) }
  const bar = specBar({ ask: (change) => ui.ask(change) }), second = compareBar(ui), toast = toaster(root)
  const stage = el("div.stage"), aside = el("aside.why", { "aria-label": "Why they differ" })
  const floor = el("div.floor"), live = el("div.sr", { "aria-live": "polite" })
  const main = el("div.compare", {}, stage, floor, aside)
  root.append(bar.node, second.node, main, live)
  const opened = host === "dashboard" ? new URLSearchParams(location.search) : null
  const talk = conversation(model, take, bar.waiting)

  function take(scene) {
    const last = view.scene, open = last && scene.answered === last.answered && !last.busy ? root.querySelector(":popover-open") : null
    if (open) return open.addEventListener("toggle", () => take(model.get("scene")), { once: true }) // what came by itself waits
    if (scene.notices?.length) toast.show(scene.notices)
    bar.problem(scene.problem ?? scene.no)
    if (scene.problem && last && !last.busy) return bar.update(last)
    view.scene = scene
    if (!last || shapesOf(last) !== shapesOf(scene)) {
      const at = restored(scene, last)
      Object.assign(view, { pinned: at !== null, hover: null, picks: (!scene.busy && linked("look", (text) => picksFrom(text, scene))) || [], at })
    }
    if (scene.big && view.at) view.at.lead = view.at.lead.map((_, axis) => scene.plane[axis] ?? 0)
    if (!view.pinned) view.at = restingPlace(scene)
    if (!last || !scene.columns[view.why] || (view.why === scene.yardstick && !scene.no) || scene.columns[view.why].chip === "equal") view.why = scene.explained
    if (!scene.busy) view.why = linked("why", (letter) => whyOf(scene, letter)) ?? view.why
    bar.update(scene)
    if (!scene.size.length) bar.node.querySelector(".size").replaceChildren(el("span.dim", {}, "no output by the definition"))
    bar.waiting(scene.busy)
    second.update(scene)
    draw()
    address()
  }

  /** What a key of the address says when the screen opens; nothing later, and nothing in a notebook. */
  function linked(key, read) {
    const text = opened?.get(key)
    if (!text) return null
    opened.delete(key)
    return read(text)
  }

  /** The place that the address names, once; else none. */
  function restored(scene, last) {
    const shape = scene.columns[reference(scene)]?.shape, step = model.get("step")
    if ((last && !last.busy) || scene.big || !shape || !(step > 0) || step >= shape.reduce((a, b) => a * b, 1)) return null
    const index = unravel(shape, step)
    return { lead: index.slice(0, planeOf(shape).lead.length), place: cellPlace(index) }
  }

  const draw = () => keepFocus(main, drawn)

  function drawn() {
    Object.assign(ui, { fit: fitted(), colours: view.scene.big ? canvasColours(root) : null })
    build()
    const over = host === "dashboard" && main.clientWidth > 900 ? stage.getBoundingClientRect().bottom + floor.offsetHeight + 12 - innerHeight : 0
    const least = ui.fit.numbers ? ui.fit.readable : CELL.smallest
    if (over < 1 || view.scene.big || ui.fit.cell <= least) return
    ui.fit.cell = Math.max(least, ui.fit.cell - over / (ui.fit.rows * (1 + CELL.map)) - 0.1)
    build()
  }

  function build() {
    const { scene } = view
    second.numbers(scene.big || (ui.fit.fits && view.forced !== false) ? null : ui.fit.numbers)
    root.classList.toggle("narrow", ui.fit.width < 238)
    for (const [name, value] of [["--columns", scene.columns.length], ["--cell", `${ui.fit.cell}px`], ["--col", `${ui.fit.width}px`]]) root.style.setProperty(name, value)
    view.parts = scene.columns.map((_, k) => columnOf(scene, k, ui))
    stage.replaceChildren(...view.parts.map((part) => part.node))
    scrollTogether(view.parts.map((part) => part.scroller).filter(Boolean))
    view.strip = scene.big ? normsTable(scene, ui) : termsStrip(scene, ui)
    floor.replaceChildren(view.strip.node)
    explain()
    point()
    main.classList.toggle("tall", aside.offsetHeight > stage.offsetHeight + 24)
  }

  const explain = () => keepFocus(main, () => aside.replaceChildren(...[whyPanel(view.scene, view.why, ui), printedPanel(view.scene), sightPanel(view.scene, ui)].filter(Boolean)))

  /** Everything that follows the cursor; Python hears nothing of it. */
  function point() {
    view.parts.forEach((part, k) => part.mark(ui.inPlane(k)))
    view.strip.show()
    root.dataset.at = ui.shown().join(",")
  }

  /** How large a cell may be so that all columns, their maps and the strip stand on one screen. */
  function fitted() {
    const { scene } = view, n = scene.columns.length, wide = main.clientWidth > 900, projector = root.hasAttribute("data-projector")
    const style = getComputedStyle(main), between = parseFloat(style.columnGap) || 24
    const aside = wide && !projector ? Math.max(280, Math.min(420, main.clientWidth * 0.295)) + between : 0
    const width = Math.max(120, Math.floor((main.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - aside - (n - 1) * between) / n))
    const planes = scene.columns.filter((c) => c.shape).map((c) => planeOf(c.shape))
    const biggest = (key) => Math.max(1, ...planes.map((plane) => plane[key]))
    const top = largestOf(scene.columns.filter((c) => c.y).map((c) => c.y))
    const longest = (digits) => scene.columns.filter((c) => c.y).reduce((most, c) => c.y.values.reduce((m, v) => Math.max(m, cellText(num(v), top, digits).text.length), most), 1)
    const choosing = planes.some((plane) => plane.lead.some((size) => size > 1)) ? 32 : 0
    const heads = width < 238 ? 30 : 0
    const room = (host === "dashboard" ? innerHeight : 760) - main.getBoundingClientRect().top - 106 - choosing - heads - 30 * n
    const rows = biggest("rows"), picture = Math.max(150, (room - 60) / (1 + CELL.map))
    const fit = cellSize({ rows, cols: biggest("cols"), longest, width, height: wide ? Math.max(200, room) : 1200, below: projector ? 0 : 126, forced: view.forced, like: projector ? PROJECTOR : CELL })
    return { ...fit, rows, top, width: scene.big ? Math.min(width, wide ? picture : 420) : width }
  }

  function address() {
    const { scene } = view, shape = scene.columns[reference(scene)]?.shape, at = ui.index(reference(scene))
    const step = view.pinned && at && !scene.big ? flatIndex(shape, at) : 0
    const look = picksText(view.picks), why = view.why === scene.explained || !scene.columns[view.why] ? "" : LETTERS[view.why]
    const said = Object.entries({ step, why, look }).filter(([, value]) => value).map(([key, value]) => `&${key}=${value}`)
    if (host === "dashboard" && scene.query && !scene.busy) window.convlab?.setQuery(scene.query + said.join(""))
  }

  function tell() {
    const values = view.scene.columns.map((_, k) => (ui.value(k) === null ? null : `${LETTERS[k]} ${fmt(ui.value(k))}`))
    say(live, `y[${ui.shown().join(", ")}]: ${values.filter(Boolean).join(", ")}`)
  }

  function moveTo(place) {
    Object.assign(view, { hover: null, pinned: true, at: { ...view.at, place } })
    address()
    point()
    tell()
  }

  Object.assign(ui, {
    ask: (change) => talk.send(change),
    toast: (text) => toast.show(text),
    explain(k) { view.why = k; explain(); address() },
    chooser(k, button) {
      const pop = popover(button, `Column ${LETTERS[k]}`, (panel) => fillColumns(panel, view.scene, ui, k, pop.close))
      return pop.panel
    },
    toggleNumbers() { view.forced = !ui.fit.numbers; draw() },
    turnTo(k, axis, n) {
      if (view.scene.big) return talk.send({ plane: ui.lead(k).map((old, a) => (a === axis ? n : old)) })
      turnLead(view, k, axis, n)
      view.pinned = true
      address()
      draw()
    },
    pick(kind, k, i, j) {
      if (kind === "pin" || (kind === "focus" && !view.pointer)) return moveTo([i, j])
      view.hover = kind === "hover" ? [i, j] : null
      point()
    },
  })

  const keys = keyboard(view, ui, { moveTo, release() { Object.assign(view, { pinned: false, hover: null, at: restingPlace(view.scene) }); address(); point() } })
  const target = host === "dashboard" ? window : root
  target.addEventListener("keydown", keys)
  const pointer = (event) => { view.pointer = event.type === "pointerdown" }
  for (const type of ["pointerdown", "pointerup", "keydown"]) root.addEventListener(type, pointer)
  let width = 0
  const resized = new ResizeObserver(() => {
    if (!view.scene || Math.abs(main.clientWidth - width) < 2) return
    width = main.clientWidth
    draw()
  })
  resized.observe(main)
  const painted = new MutationObserver(() => { if (view.scene) draw() })
  painted.observe(root, { attributes: true, attributeFilter: ["data-dark", "data-projector"] })
  root.__cl = { view, ui }
  if (model.get("scene")?.columns) take(model.get("scene"))
  return () => {
    target.removeEventListener("keydown", keys)
    for (const watcher of [resized, painted]) watcher.disconnect()
    talk.stop()
    toast.stop()
    remove()
  }
}

/** The column that a letter means, where there is something to explain about it. */
function whyOf(scene, letter) {
  const k = LETTERS.indexOf(letter)
  return scene.columns[k] && (k !== scene.yardstick || scene.no) ? k : null
}

/** The keys of the screen; arrows inside a grid belong to the grid, and a text field keeps all of them. */
function keyboard(view, ui, { moveTo, release }) {
  const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }
  const letters = { p: () => ui.ask({ impulse: !view.scene.impulse }), h: ui.toggleNumbers }
  return (event) => {
    const from = event.composedPath()[0]
    if (!view.scene || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || from.matches?.("input, textarea, select")) return
    const move = moves[event.key]
    if (move) {
      const size = ui.planeSize(reference(view.scene))
      if (!size || from.closest?.("[role=grid], .reel, .scroller, pre, [popover], [role=region]")) return
      const [i, j] = ui.place()
      moveTo([Math.max(0, Math.min(size.rows - 1, i + move[0])), Math.max(0, Math.min(size.cols - 1, j + move[1]))])
    } else if (event.key === "Escape" && view.pinned && !from.closest?.("[popover]")) release()
    else if (letters[event.key.toLowerCase()] && !from.closest?.("[popover]")) letters[event.key.toLowerCase()]()
    else return
    event.preventDefault()
  }
}

export default { render }
