// One position of the picture. Compares with the last one drawn and touches only what differs.

/** Draw a position on a built stage. `now`: {g, step, tap, terms (termsOf the step), hidden, revealed (Set of steps), quick}.
 *  While positions fly by (quick) cells get no new names for a screen reader: the position where they rest gives them. */
function showStage(s, now) {
  const { g, step, tap, terms } = now
  const part = termAt(g, tap), { place, corner } = terms, left = g.left(place, part.c), right = g.right(place, part.c)
  const depth = corner[0] + part.t * g.dilation[0]
  const at = { now, part, depth, row: corner[1] + g.pads[1][0], col: corner[2] + g.pads[2][0],
    xPlane: `${left} ${depth}`, wPlane: `${right} ${part.given[0]}`, yPlane: `${place[0]} ${place[1]} ${place[2]}` }
  const last = s.last?.g === g && s.last.hidden === now.hidden ? s.at : null
  s.named = !now.quick
  if (last?.xPlane !== at.xPlane) fillInput(s, g, left, depth)
  if (last?.wPlane !== at.wPlane) fillFilter(s, g, right, part)
  const moved = !last || last.row !== at.row || last.col !== at.col || last.xPlane !== at.xPlane
  if (moved) moveWindow(s, at, last)
  markTap(s, at)
  fillOutput(s, at, last)
  if (moved || last.now.step !== step) drawBeams(s, at)
  s.last = { g, step, tap, terms, hidden: now.hidden, revealed: now.revealed }
  s.at = at
}

function fillInput(s, g, [n, channel], depth) {
  const [lo, left] = [g.pads[1][0], g.pads[2][0]]
  s.xIndex = new Int32Array(s.x.cells.length)
  s.xName = new Array(s.x.cells.length)
  s.x.cells.forEach((cell, i) => {
    const row = Math.floor(i / s.x.cols) - lo, col = (i % s.x.cols) - left
    const at = [depth, row, col], xi = xIndex(g, n, channel, at), own = xi < 0 ? at : indexAt(g, at)
    const text = xi < 0 ? "0" : (s.xText[xi] ??= fmt(g.x[xi], s.digits))
    s.xIndex[i] = xi
    s.x.text(i, text)
    if (s.named) s.x.name(i, s.xName[i] = `${xi < 0 ? text : fmt(g.x[xi], DIGITS[0])}, ${xi < 0 ? `${ABSENT[absence(g, at)]}, ` : ""}${g.rank > 1 ? `row ${fmt(own[1])}, ` : ""}column ${fmt(own[2])}`)
    cell.classList.toggle("pad", xi < 0)
    cell.classList.toggle("hole", xi < 0 && absence(g, at) === "between")
    if (!s.size.x.shown) cell.style.setProperty("--heat", xi < 0 ? 0 : Math.min(1, Math.abs(g.x[xi]) / (s.top.x || 1)) || 0)
  })
}

const ABSENT = { padding: "padding", between: "a zero between" }

function fillFilter(s, g, [o, c], part) {
  const [, kh, kw] = g.taps
  s.wIndex = { given: [], used: [] }
  for (let i = 0; i < g.perPlane; i++) {
    const u = Math.floor(i / kw), v = i % kw, turned = g.flip ? [kh - 1 - u, kw - 1 - v] : [u, v]
    for (const [grid, key, [row, col]] of [[s.given, "given", [u, v]], [s.used, "used", turned]]) {
      const wi = wIndex(g, o, c, [part.given[0], row, col])
      s.wIndex[key].push(wi)
      grid.text(i, fmt(g.w[wi], s.digits))
      grid.name(i, `${fmt(g.w[wi])}, ${g.rank > 1 ? `row ${u}, ` : ""}column ${v}${g.tapless ? "" : `, tap ${tapName(row, col, kh, kw)}`}`)
    }
  }
  const names = []
  if (g.wLetters[0]) names.push(`${g.wLetters[0]}${o}`)
  if (g.wLetters[1]) names.push(`${g.wLetters[1]}${c}`)
  const deep = g.taps[0] > 1
  say(s.panes.w.about, ["as given,", ...names, deep ? `${g.letters.taps[0]}${part.given[0]}` : ""].filter(Boolean).join(" ").replace(/,$/, ""))
  say(s.usedAbout, deep ? `as used, at ${g.letters.taps[0]}${part.t} of the window` : g.words.used ?? "as used")
}

/** Slide the window: one plate with its letters moves; the cells under it are marked and named anew. */
function moveWindow(s, at, last) {
  const { g } = at.now, [, kh, kw] = g.taps, [, dh, dw] = g.dilation, { w, h } = s.size.x
  s.plate.style.transform = `translate(${at.col * w}px, ${at.row * h}px)`
  for (const i of s.window ?? []) {
    s.x.cells[i]?.classList.remove("in")
    if (s.named && last && last.xPlane === at.xPlane) s.x.name(i, s.xName[i])
  }
  s.window = []
  for (let k = 0; k < g.perPlane; k++) {
    const u = Math.floor(k / kw), v = k % kw, i = (at.row + u * dh) * s.x.cols + at.col + v * dw
    s.window.push(i)
    s.x.cells[i].classList.add("in")
    if (s.named) s.x.name(i, `${s.xName[i]}, meets ${g.tapless ? `${g.letters.w} ${u}, ${v}` : `tap ${g.flip ? tapName(kh - 1 - u, kw - 1 - v, kh, kw) : tapName(u, v, kh, kw)}`}`)
  }
  s.x.ticks((r) => r >= at.row && r < at.row + kh * dh && (r - at.row) % dh === 0, (c) => c >= at.col && c < at.col + kw * dw && (c - at.col) % dw === 0)
}

/** Mark the tap that is being added: in the input, in both filters, in the plate of letters. */
function markTap(s, at) {
  const { g } = at.now, { u, v, given } = at.part, [, kh, kw] = g.taps
  const k = u * kw + v, cell = s.x.cells[s.window[k]]
  const marks = [cell, s.used.cells[k], s.given.cells[given[1] * kw + given[2]], s.letters[k]]
  s.marked?.forEach((node, i) => { if (node !== marks[i]) node.classList.remove("cur") })
  marks.forEach((node) => node.classList.add("cur"))
  paint(cell, g, given, at.now.step)
  s.marked = marks
}

/** Fill the output: values made so far, the running sum, and "?" for what is not made yet. */
function fillOutput(s, at, last) {
  const { g, step, tap, terms, hidden, revealed } = at.now
  const start = step - (step % g.outPlane), here = step - start, size = g.outPlane
  const whole = !last || last.yPlane !== at.yPlane
  const before = whole ? null : last.now.step - start
  const from = whole ? 0 : Math.min(before, here), to = whole ? size - 1 : Math.max(before, here)
  for (let i = from; i <= to; i++) {
    const cell = s.y.cells[i], done = i < here, current = i === here
    const known = done ? sumOf(g, start + i) : terms.running[tap]
    const secret = hidden && !(revealed.has(start + i) && (done || tap === g.terms - 1))
    const text = (done || current) && !secret ? fmt(known, s.digits) : "?"
    s.y.text(i, text)
    if (s.named) s.y.name(i, `${text === "?" ? text : fmt(known, DIGITS[0])}, ${g.rank > 1 ? `row ${Math.floor(i / s.y.cols)}, ` : ""}column ${i % s.y.cols}, ${done ? "done" : current ? "so far" : "not made yet"}${done && !secret ? (s.told?.(start + i) ?? "") : ""}`)
    cell.classList.toggle("done", done)
    cell.classList.toggle("cur", current)
    if (!s.size.y.shown) cell.style.setProperty("--heat", done && !secret ? Math.min(1, Math.abs(known) / (s.top.y || 1)) || 0 : 0)
  }
  s.y.cells[here].style.setProperty("--part", (tap + 1) / g.terms)
  if (whole || before !== here) s.y.ticks((r) => r === Math.floor(here / s.y.cols), (c) => c === here % s.y.cols)
}

/** Two quiet wedges: window → filter as used → output. */
function drawBeams(s, at) {
  const { g, step } = at.now, { x, used, y } = s.anchors, { w, h } = s.size.x, here = step % g.outPlane
  const rows = (g.taps[1] - 1) * g.dilation[1] + 1, cols = (g.taps[2] - 1) * g.dilation[2] + 1
  const win = { left: x.left + at.col * w - 2, right: x.left + (at.col + cols) * w + 2, top: x.top + at.row * h - 2, bottom: x.top + (at.row + rows) * h + 2 }
  const plate = { left: used.left - 3, right: used.left + used.width + 3, top: used.top - 3, bottom: used.top + used.height + 3 }
  const made = { left: y.left + (here % s.y.cols) * s.size.y.w, top: y.top + Math.floor(here / s.y.cols) * s.size.y.h }
  made.right = made.left + s.size.y.w
  made.bottom = made.top + s.size.y.h
  const edge = s.size.stack
    ? (a, b) => [`${a.left} ${a.bottom}`, `${b.left} ${b.top}`, `${b.right} ${b.top}`, `${a.right} ${a.bottom}`]
    : (a, b) => [`${a.right} ${a.top}`, `${b.left} ${b.top}`, `${b.left} ${b.bottom}`, `${a.right} ${a.bottom}`]
  const [fillA, fillB, lineA, lineB] = s.svg.children
  for (const [from, to, fill, line] of [[win, plate, fillA, lineA], [plate, made, fillB, lineB]]) {
    const [a, b, c, d] = edge(from, to)
    fill.setAttribute("d", `M${a}L${b}L${c}L${d}Z`)
    line.setAttribute("d", `M${a}L${b}M${c}L${d}`)
  }
}
