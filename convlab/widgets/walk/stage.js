// The picture: padded input, filter as given and as used, output, the window that slides and the beams between them.
// `build` makes it for a scene, `fit` sizes it, `show` moves it; `show` touches only what changed and reads no layout.

const DIGITS = [7, 5, 4]                               // characters of a number in a cell, by room; never cut before the point

/** The picture of a scene. makeStage({turn}) → {node, build, fit, show, flipped, hold, parts}. */
function makeStage({ turn }) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg")
  svg.setAttribute("class", "beams")
  svg.setAttribute("aria-hidden", "true")
  svg.innerHTML = '<path class="a"/><path class="b"/><path class="edge a"/><path class="edge b"/>'
  const star = el("div.op", { "aria-hidden": "true" }), equals = el("div.op.two", { "aria-hidden": "true" }, "=")
  const turnText = el("span"), turnButton = el("button.turn", { type: "button", onclick: turn, title: "Turn the filter (F)" }, icon("turn"), turnText)
  const panes = { x: pane(), w: pane(), used: el("figure.pane.tight"), y: pane() }
  panes.y.node.classList.add("out")
  const legend = makeLegend()
  const filters = el("div.filters", {}, panes.w.node, turnButton, panes.used)
  const node = el("div.stage", {}, svg, panes.x.node, star, filters, equals, panes.y.node)
  panes.y.node.append(legend.node)
  const s = { node, svg, star, filters, turnButton, turnText, panes, legend, size: null, anchors: null, last: null }
  return { node, parts: s,
    build: (g, scene) => buildStage(s, g, scene),
    fit: (room) => fitStage(s, room),
    show: (now) => showStage(s, now),
    turned: (g, animate) => turnPlate(s, g, animate) }
}

function pane() {
  const about = el("span.about"), key = el("i.key"), title = el("b")
  const node = el("figure.pane", {}, el("figcaption", {}, key, title, about))
  return { node, about, call(text, colour) { say(title, text); key.style.background = `var(--${colour}-strong)` } }
}

function makeLegend() {
  const left = el("span"), image = el("span"), absent = el("span")
  const item = (kind, text) => el("li", {}, el(`i.sw.${kind}`), text)
  const padding = item("p", absent), unread = item("h", left)
  return { node: el("ul.legend", {}, item("x", image), padding, item("w", "window"), unread), left, padding, absent, image, unread }
}

// ---- build: the elements of a scene
function buildStage(s, g, scene) {
  const [, rows, cols] = g.padded, [, kh, kw] = g.taps, [, oh, ow] = g.out
  const numbers = (n, lo) => Array.from({ length: n }, (_, i) => fmt(i - lo))
  const positions = (a) => (g.spread[a] > 1 || g.cut[a] ? apart(g, a) : numbers(g.padded[a], g.pads[a][0]))
  const flat = g.rank === 1, { words } = g
  s.g = g
  for (const key of ["x", "w", "y"]) s.panes[key].call(words[key], words.colours[key])
  say(s.legend.image, words.image)
  say(s.legend.absent, words.absent ?? "padding, counts as 0")
  s.x = numberGrid({ label: words.padded, rows, cols, kind: "gx", rowTicks: positions(1).map((t) => (flat ? "" : t)), colTicks: positions(2) })
  s.given = numberGrid({ label: `${words.w} as given`, rows: kh, cols: kw, kind: "gw" })
  s.used = numberGrid({ label: `${words.w} as used`, rows: kh, cols: kw, kind: "gw" })
  s.used.node.classList.add("used")
  s.y = numberGrid({ label: words.y, rows: oh, cols: ow, kind: "gy", rowTicks: numbers(oh, 0).map((t) => (flat ? "" : t)), colTicks: numbers(ow, 0) })
  s.usedAbout = el("span")
  for (const [grid, host] of [[s.x, s.panes.x.node], [s.given, s.panes.w.node], [s.y, s.panes.y.node]]) {
    host.querySelector(".grid")?.remove()
    host.insertBefore(grid.node, host.children[1] ?? null)
  }
  s.panes.used.replaceChildren(s.used.node, el("figcaption", {}, s.usedAbout))
  s.plate = el("div.plate", { "aria-hidden": "true" }, el("i.win"))
  s.letters = Array.from({ length: g.perPlane }, () => el("span.l"))
  s.plate.append(...s.letters)
  s.edge = el("div.over.edge", { "aria-hidden": "true" })
  s.ring = el("div.over.ring", { "aria-hidden": "true" })
  s.ghost = el("div.over.ghost", { "aria-hidden": "true", hidden: true })
  s.x.node.append(s.ring, s.edge, s.ghost, s.plate)
  markUnread(s, g, scene)
  s.panes.x.about.textContent = g.words.about ?? `${g.space.slice(3 - g.rank).join(" × ")}${zerosText(g)}`
  s.panes.y.about.textContent = g.out.slice(3 - g.rank).join(" × ")
  s.panes.w.about.textContent = "as given"
  s.lengths = DIGITS.map((digits) => ({ digits, chars: charsOf(g, scene, digits) }))
  const top = (values) => values.reduce((most, v) => (Number.isFinite(num(v)) ? Math.max(most, Math.abs(num(v))) : most), 0)
  s.top = { x: top(scene.x.values), y: top(scene.y.values) }
  s.last = null
  s.xText = new Array(g.x.length)
  turnPlate(s, g, false)
}

/** Ticks of an axis whose values stand apart: their own index at each of them, nothing between. */
function apart(g, a) {
  return Array.from({ length: g.padded[a] }, (_, i) => {
    const p = i - g.pads[a][0], at = (p + g.cut[a]) / g.spread[a]
    return p >= 0 && p < g.span[a] && Number.isInteger(at) ? fmt(at) : ""
  })
}

/** Hatch what no window reads, and say so. */
function markUnread(s, g, scene) {
  const rows = readAlong(g, 1), cols = readAlong(g, 2)
  s.x.cells.forEach((cell, i) => {
    cell.classList.toggle("left", !rows[Math.floor(i / s.x.cols)] || !cols[i % s.x.cols])
  })
  const names = AXIS_NAMES[g.rank], rest = scene.remainder ?? []
  const same = rest.every((n) => n === rest[0])
  const last = (n, list) => (n === 1 ? `last ${list.map((name) => name.replace(/s$/, "")).join(", ")}` : `last ${n} ${list.join(", ")}`)
  const parts = same ? (rest[0] ? [last(rest[0], names.slice(-2))] : []) : rest.map((n, a) => n && last(n, [names[a]])).filter(Boolean)
  const skips = [1, 2].some((a) => readAlong(g, a).slice(0, (g.out[a] - 1) * g.stride[a] + g.extent[a]).includes(false))
  const zeros = parts.length && (scene.leftover ?? [1]).every((n) => n === 0) ? " (zeros only)" : ""
  say(s.legend.left, parts.length ? `leftover: ${parts.join(", ")}${zeros}` : skips ? "stepped over, never read" : "leftover: none")
  s.legend.padding.hidden = !g.pads.some(([lo, hi]) => lo || hi)
}

function zerosText(g) {
  const pads = g.pads.slice(3 - g.rank), all = pads.flat()
  if (all.every((n) => n === 0)) return ""
  if (all.every((n) => n === all[0])) return `, with ${g.rank > 1 ? `a ring of ${count(all[0], "zero")}` : `${count(all[0], "zero")} at both ends`}`
  return `, zeros ${pads.map(([lo, hi]) => `${lo} + ${hi}`).join(", ")}`
}

/** Longest number of each grid, in characters, when a number may have so many. */
function charsOf(g, scene, digits) {
  const longest = (values) => values.reduce((most, v) => Math.max(most, fmt(num(v), digits).length), 1)
  const y = g.total <= 300000 ? Array.from({ length: g.steps }, (_, i) => [sumOf(g, i, true), sumOf(g, i, false)]).flat() : scene.y.values
  return { x: longest(scene.x.values), w: longest(scene.w.values), y: longest(y) }
}

// ---- fit: sizes from the room
function fitStage(s, room) {
  const { g } = s, size = chooseSize(s, room), { stack } = size
  if (s.digits !== size.digits) s.xText = new Array(g.x.length)
  s.digits = size.digits
  s.size = size
  s.node.classList.toggle("stack", stack)
  s.legend.node.hidden = size.legend === false
  s.legend.node.classList.toggle("beside", size.legend === "beside")
  for (const [grid, one] of [[s.x, size.x], [s.given, size.w], [s.used, size.w], [s.y, size.y]]) {
    grid.resize(one.w, one.h, one.font)
    grid.node.classList.toggle("tiny", !one.shown)
    grid.node.classList.toggle("lettered", one.h >= 28 && one.shown && !(room.letterless && grid === s.x))
  }
  const [, dh, dw] = g.dilation, { w, h } = size.x
  s.letters.forEach((letter, k) => Object.assign(letter.style, { left: `${((k % g.taps[2]) * dw + 1) * w}px`, top: `${(Math.floor(k / g.taps[2]) * dh + 1) * h}px` }))
  place(s.plate, { left: 0, top: 0, width: ((g.taps[2] - 1) * dw + 1) * w, height: ((g.taps[1] - 1) * dh + 1) * h }, 0)
  place(s.ghost, { left: 0, top: 0, width: ((g.taps[2] - 1) * dw + 1) * w, height: ((g.taps[1] - 1) * dh + 1) * h }, 0)
  place(s.ring, box(size.x, 0, 0, s.x.rows, s.x.cols), 0)
  place(s.edge, box(size.x, g.pads[1][0], g.pads[2][0], g.span[1], g.span[2]), 1.5)
  s.filters.style.setProperty("--plate", `${g.taps[2] * size.w.w}px`)
  const middle = CAPTION + TICK + (g.words.single ? g.taps[1] * size.w.h * 0.5 : TURN + g.taps[1] * size.w.h * 1.5)
  s.star.style.setProperty("--mid", `${stack ? 0 : middle}px`)
  s.node.style.setProperty("--mid", s.star.style.getPropertyValue("--mid"))
  measure(s)
  const last = s.last
  s.last = null
  if (last) showStage(s, last)
}

/** The first arrangement that keeps the numbers of x and y legible: in a row, below each other, in a row with fewer decimals. */
function chooseSize(s, room) {
  const { g } = s, stacked = room.stack || g.rank === 1
  const fitted = (stack, { chars, digits }) => ({ digits, ...fitCells({ x: { rows: s.x.rows, cols: s.x.cols, chars: chars.x },
    w: { rows: g.taps[1], cols: g.taps[2], chars: chars.w, single: g.words.single }, y: { rows: s.y.rows, cols: s.y.cols, chars: chars.y }, items: [...s.legend.node.children].filter((item) => !item.hidden).length }, room, { ...room, stack, most: stack ? room.mostStacked : room.most }) })
  const [long, ...short] = s.lengths, ways = [() => fitted(stacked, long), () => fitted(true, long), ...short.map((one) => () => fitted(stacked, one))]
  let first = null
  for (const way of ways) {
    const size = way()
    if (size.x.shown && size.y.shown) return size
    first ??= size
  }
  return first
}

function place(node, at, out) {
  Object.assign(node.style, { left: `calc(var(--side) + ${at.left - out}px)`, top: `calc(var(--tick) + ${at.top - out}px)`, width: `${at.width + 2 * out}px`, height: `${at.height + 2 * out}px` })
}

/** The one place where layout is read: where the grids lie on the stage. */
function measure(s) {
  const stage = s.node.getBoundingClientRect()
  const rel = (node) => { const b = node.getBoundingClientRect(); return { node, left: b.left - stage.left, top: b.top - stage.top, width: b.width, height: b.height } }
  s.anchors = { x: rel(s.x.cells[0]), used: rel(s.used.node), y: rel(s.y.cells[0]) }
  const [x, w, y] = [s.panes.x.node, s.filters, s.panes.y.node].map(rel), room = (left, right) => `${Math.max(34, right.left - left.left - left.width - 12)}px`
  x.node.style.setProperty("--free", room(x, w))       // captions may run on into the gap behind their grid
  w.node.style.setProperty("--free", room(w, y))
}

// ---- the turn
/** Write the used filter in its order; with `animate` it starts from where it was and turns in its plane, digits upright. */
function turnPlate(s, g, animate) {
  s.g = g
  const [, kh, kw] = g.taps
  const given = (i) => (g.flip ? [kh - 1 - Math.floor(i / kw), kw - 1 - (i % kw)] : [Math.floor(i / kw), i % kw])
  s.given.cells.forEach((cell, i) => dress(cell, Math.floor(i / kw), i % kw, kh, kw, g.tapless))
  s.used.cells.forEach((cell, i) => dress(cell, ...given(i), kh, kw, g.tapless))
  s.node.classList.toggle("tapless", g.tapless)
  s.node.classList.toggle("single", Boolean(g.words.single))
  if (!g.tapless) s.letters.forEach((letter, i) => { tapColour(letter, ...given(i), kh, kw); letter.dataset.l = tapName(...given(i), kh, kw) })
  s.node.classList.toggle("flipped", g.flip)
  say(s.turnText, g.words.turn ?? (g.flip ? "turned 180°" : "left as it is"))
  say(s.star, g.flip ? "∗" : "⋆")
  if (!animate || matchMedia("(prefers-reduced-motion: reduce)").matches) return
  const turn = (node, from) => node.animate([{ transform: `rotate(${from}deg)` }, { transform: "rotate(0deg)" }], { duration: 420, easing: "cubic-bezier(.6, 0, .2, 1)" })
  turn(s.used.node, -180)
  s.used.cells.forEach((cell) => turn(cell.firstChild, 180))
}

function dress(cell, row, col, rows, cols, tapless) {
  if (tapless) return
  tapColour(cell, row, col, rows, cols)
  cell.firstChild.lastChild.dataset.l = tapName(row, col, rows, cols)
}
