// A grid of numbers that a keyboard and a screen reader can read; and what connects a screen with its hosts.

/** A grid of numbers: role grid > row > gridcell, one tab stop, arrow keys inside.
 *
 *  numberGrid({label, rows, cols, rowTicks, colTicks, kind}) → {node, cells, rows, cols, text(i, t), name(i, t),
 *  resize(width, height, font), ticks(isRowOn, isColOn), focus(i)}; `kind` is a class for the style sheet; ticks are
 *  lists of texts or null. A cell has data-i (its place in C order), a .v for the number and a .l for the tap letter. */
function numberGrid({ label, rows, cols, rowTicks = null, colTicks = null, kind = "" }) {
  const node = el(`div.grid${kind ? `.${kind}` : ""}`, { role: "grid", "aria-label": label })
  const top = colTicks ? colTicks.map((text) => el("span.tick", { "aria-hidden": "true" }, text)) : []
  const side = rowTicks ? rowTicks.map((text) => el("span.tick", { "aria-hidden": "true" }, text)) : []
  if (colTicks) node.append(...(rowTicks ? [el("span", { "aria-hidden": "true" })] : []), ...top)
  const cells = []
  for (let i = 0; i < rows; i++) {
    const row = el("div", { role: "row" })
    for (let j = 0; j < cols; j++) cells.push(gridCell(i * cols + j))
    row.append(...cells.slice(-cols))
    if (rowTicks) node.append(side[i])
    node.append(row)
  }
  const grid = { node, cells, rows, cols,
    text: (i, text) => say(cells[i].firstChild.firstChild, text),
    name: (i, text) => cells[i].setAttribute("aria-label", text),
    resize(width, height, font) {
      Object.entries({ "--cw": width, "--c": height, "--cell-num": font }).forEach(([key, px]) => node.style.setProperty(key, `${px}px`))
      node.style.gridTemplateColumns = `${rowTicks ? "var(--side) " : ""}repeat(${cols}, var(--cw))`
      node.style.gridTemplateRows = colTicks ? "var(--tick)" : ""
      const every = Math.ceil((Math.max(1, ...top.map((tick) => tick.textContent.length)) * 6.8 + 3) / width), other = Math.ceil(11 / height)
      top.forEach((tick, j) => tick.classList.toggle("mute", j % every !== 0))
      side.forEach((tick, i) => tick.classList.toggle("mute", i % other !== 0))
      grid.small(Math.min(width, height) < 24)
    },
    ticks(isRowOn, isColOn) {
      side.forEach((tick, i) => tick.classList.toggle("on", isRowOn(i)))
      top.forEach((tick, j) => tick.classList.toggle("on", isColOn(j)))
    },
    focus(i) { grid.stand(i); cells[i]?.focus({ preventScroll: true }) } }
  tabStop(grid)
  return grid
}

/** One tab stop: the cell last visited. Cells too small to be a target of their own leave the stop to their grid,
 *  which hands the focus on to that cell. */
function tabStop(grid) {
  const { node, cells } = grid
  let at = 0, small = false
  grid.stand = (i, inside = true) => {
    if (cells[at]) cells[at].tabIndex = -1
    at = i
    if (cells[at]) cells[at].tabIndex = small ? -1 : 0
    if (small) node.tabIndex = inside ? -1 : 0
    else node.removeAttribute("tabindex")
  }
  grid.small = (on) => { small = on; grid.stand(at, node.contains(node.getRootNode().activeElement)) }
  node.addEventListener("keydown", (event) => walk(event, grid))
  node.addEventListener("focusin", (event) => (event.target === node ? grid.focus(at) : grid.stand(cellOf(event) ?? at)))
  node.addEventListener("focusout", () => grid.stand(at, false))
  grid.stand(0, false)
}

function gridCell(i) {
  return el("div.cell", { role: "gridcell", tabindex: "-1", "data-i": i },
    el("span.up", {}, el("span.v"), el("span.l", { "aria-hidden": "true" })))
}

/** The place of the cell that an event is about, or null. */
function cellOf(event) {
  const cell = event.target.closest?.(".cell")
  return cell ? Number(cell.dataset.i) : null
}

/** Plain arrow keys, Home and End move the focus inside a grid; with Shift they mean what they mean elsewhere. */
function walk(event, grid) {
  const at = cellOf(event)
  if (at === null || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return
  const col = at % grid.cols, row = (at - col) / grid.cols
  const to = { ArrowLeft: [row, col - 1], ArrowRight: [row, col + 1], ArrowUp: [row - 1, col], ArrowDown: [row + 1, col],
    Home: [row, 0], End: [row, grid.cols - 1] }[event.key]
  if (!to) return
  event.preventDefault()
  const next = [Math.max(0, Math.min(grid.rows - 1, to[0])), Math.max(0, Math.min(grid.cols - 1, to[1]))]
  grid.focus(next[0] * grid.cols + next[1])
}

/** Attach a screen to its host: a shadow root with the style sheet, theme and projector mirrored onto `root`.
 *  → {root, host, onLayout(f), remove()}; append the screen to `root`. */
function mount(element, host, name) {
  // JupyterLab reads keys before a widget does ("d d" deletes a cell); this attribute keeps its hands off ours.
  const shell = el("div.convlab", { "data-host": host, "data-lm-suppress-shortcuts": host === "notebook" ? "true" : null })
  const shadow = shell.attachShadow({ mode: "open" })
  const root = el(`div.screen-${name}`, { "data-host": host })
  shadow.append(el("style", {}, CSS), root)
  element.append(shell)
  const page = document.documentElement
  const system = matchMedia("(prefers-color-scheme: dark)")
  const mirror = () => {
    const jupyter = document.body.dataset.jpThemeLight
    const dark = host === "notebook" && jupyter !== undefined ? jupyter === "false" : page.dataset.theme ? page.dataset.theme === "dark" : system.matches
    if (host === "notebook") shell.dataset.theme = dark ? "dark" : "light"
    root.dataset.dark = String(dark)
    root.toggleAttribute("data-projector", page.hasAttribute("data-projector"))
  }
  const observer = new MutationObserver(mirror)
  observer.observe(page, { attributes: true, attributeFilter: ["data-theme", "data-projector"] })
  observer.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] })
  system.addEventListener("change", mirror)
  mirror()
  return { root, shell, remove() { observer.disconnect(); system.removeEventListener("change", mirror); shell.remove() } }
}

/** The talk with Python: `send(change)` asks; `answer(scene)` is called for each scene that is not stale.
 *  `waiting(true)` is called when an answer takes longer than 300 ms, `waiting(false)` when it is there. */
function conversation(model, answer, waiting = () => {}) {
  let asked = Math.max(model.get("ask")?.n ?? 0, model.get("scene")?.answered ?? 0), timer = 0
  const listen = () => {
    const scene = model.get("scene")
    if (!scene || (scene.answered ?? 0) < asked) return
    clearTimeout(timer)
    waiting(false)
    answer(scene)
  }
  model.on("change:scene", listen)
  return {
    send(change) {
      asked += 1
      model.set("ask", { n: asked, change })
      model.save_changes()
      clearTimeout(timer)
      timer = setTimeout(waiting, 300, true)
      return asked
    },
    stop() { clearTimeout(timer); model.off?.("change:scene", listen) },
  }
}

/** A toast inside the screen: one line, one action; it leaves by itself, and waits under a pointer or the focus. */
function toaster(root) {
  const box = el("div.toast", { role: "status", hidden: true })
  let timer = 0
  const leave = (ms) => { clearTimeout(timer); timer = setTimeout(() => { box.hidden = true }, ms) }
  const show = (sentences, action = null) => {
    const text = [sentences].flat().join(" ")
    box.replaceChildren(el("span", {}, text))
    if (action) box.append(el("button", { type: "button", onclick: () => { box.hidden = true; action.run() } }, action.label))
    box.hidden = false
    leave(Math.max(action ? 9000 : 5000, 70 * text.length))
  }
  for (const name of ["pointerenter", "focusin"]) box.addEventListener(name, () => clearTimeout(timer))
  for (const name of ["pointerleave", "focusout"]) box.addEventListener(name, () => leave(5000))
  root.append(box)
  return { show, hide: () => leave(0), stop: () => clearTimeout(timer) }
}
