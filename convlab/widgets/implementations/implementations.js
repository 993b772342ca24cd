// Implementations: the facts of every implementation, held against the reader's layer.

const HEAD = 36 // of the table, which sticks

function render({ model, el: element }) {
  const host = model.get("host") === "notebook" ? "notebook" : "dashboard"
  const { root, remove } = mount(element, host, "implementations")
  const view = { scene: null, show: "all", find: "", open: "" }
  const ui = {}
  const filters = filterBar(ui), layer = layerBar(ui), table = makeTable(ui), swap = makeSwap(ui), toast = toaster(root)
  const wait = el("div.wait", { "aria-hidden": "true" }), refusal = el("div.refusals"), live = el("div.sr", { "aria-live": "polite" })
  const scroll = el("div.scroll", { tabindex: "0", role: "region", "aria-label": "Implementations" }, table.node, swap.node)
  root.append(el("div.bars", {}, filters.node, layer.node, wait, refusal), scroll, live)
  const waiting = (on) => wait.classList.toggle("on", on)
  const talk = conversation(model, take, waiting)

  function take(scene) {
    const first = !view.scene
    if (scene.notices?.length) toast.show(scene.notices)
    refusal.replaceChildren(...(scene.problem ? [refusalRow(scene.problem, ui.ask, () => refusal.replaceChildren())] : []))
    if (first && scene.view) Object.assign(view, scene.view)
    view.scene = scene
    draw()
    waiting(Boolean(scene.running))
    if (first && view.open) reveal(table.row(view.open).node)
  }

  /** The rows are made anew; the focus goes back to where it was in them. */
  function draw() {
    const focused = root.getRootNode().activeElement, id = focused?.closest("tr.one")?.dataset.id, run = focused?.dataset?.run
    table.fill(view.scene)
    layer.update(view.scene)
    swap.update(view.scene.swap)
    opened()
    filtered()
    if (id) table.row(id).button.focus({ preventScroll: true })
    else if (run) root.querySelector("[data-run]")?.focus({ preventScroll: true })
  }

  function filtered() {
    const counts = table.filter(view)
    filters.update(view.scene, view, counts)
    root.dataset.shown = counts.shown
    address()
    return counts
  }

  /** Scroll the list alone, as little as shows a row and what it opened; the page around it stays. */
  function reveal(row) {
    const top = row.offsetTop - HEAD, bottom = row.offsetTop + row.offsetHeight + row.nextSibling.offsetHeight
    if (scroll.scrollTop > top || bottom - top > scroll.clientHeight) scroll.scrollTop = top
    else scroll.scrollTop = Math.max(scroll.scrollTop, bottom - scroll.clientHeight)
  }

  const opened = () => table.open(view.open, (facts) => detailOf(facts, view.scene, ui))

  function address() {
    const said = Object.entries({ show: view.show === "all" ? "" : view.show, find: view.find.trim(), open: view.open })
    const text = said.filter(([, value]) => value).map(([key, value]) => `&${key}=${encodeURIComponent(value)}`).join("")
    if (host === "dashboard") window.convlab?.setQuery(view.scene.query + text)
  }

  Object.assign(ui, {
    ask: (change) => talk.send(change),
    look(change) {
      Object.assign(view, change)
      const { shown } = filtered()
      say(live, count(shown, "implementation"))
    },
    toggle(id) {
      view.open = view.open === id ? "" : id
      opened()
      address()
      if (!view.open) return
      reveal(table.row(id).node)
      if (table.row(id).facts.refusal) talk.send({ open: id })
    },
    volumes() { scroll.scrollTop = swap.node.offsetTop - 12; swap.node.focus({ preventScroll: true }) },
  })

  const keys = (event) => keyPressed(event, { view, ui, table, find: filters.find })
  const target = host === "dashboard" ? window : root
  target.addEventListener("keydown", keys)
  root.__cl = { view, ui }
  if (model.get("scene")?.rows) take(model.get("scene"))
  return () => {
    target.removeEventListener("keydown", keys)
    talk.stop()
    toast.stop()
    remove()
  }
}

/** Arrows walk through the rows, Esc closes the open one, / goes to Find. A text field keeps its keys. */
function keyPressed(event, { view, ui, table, find }) {
  const from = event.composedPath()[0]
  if (!view.scene || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || from.closest?.("[popover]")) return
  if (from.matches?.("input, textarea, select")) {
    if (event.key === "ArrowDown" && from === find) { table.buttons()[0]?.focus(); event.preventDefault() }
    return
  }
  const buttons = table.buttons(), place = buttons.indexOf(from), step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (step && place >= 0) buttons[place + step]?.focus()
  else if (event.key === "Escape" && view.open) { const { button } = table.row(view.open); ui.toggle(view.open); button.focus() }
  else if (event.key === "/") find.focus()
  else return
  event.preventDefault()
}

export default { render }
