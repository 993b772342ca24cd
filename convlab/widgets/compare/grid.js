// Compare, the pictures: numbers on a tint, a difference map, and a heat map where numbers have no room.

const CELL = { most: 60, font: 11, glyph: 0.605, edge: 5, smallest: 5, map: 0.6, sign: 13 }
const PROJECTOR = { ...CELL, most: 84, font: 24 }

/** A value as it fits into a cell: rounded to what can be read beside values of size `top`; `near` when a whole number
 *  stands for one that is not quite whole. The exact value stands in the label and, under the cursor, in the strip. */
function cellText(v, top = Math.abs(v), digits = 4) {
  if (!Number.isFinite(v)) return { text: fmt(v), near: false }
  const grain = top > 0 ? 10 ** (Math.floor(Math.log10(top)) - 5) : 1
  const even = Number.isInteger(v) ? v : Math.round(v / grain) * grain, size = Math.abs(even)
  const text = Number.isInteger(v) && size < 1e7 ? String(v) : size >= 1e7 || (size > 0 && size < 1e-3) ? even.toExponential(1) : String(Number(even.toPrecision(Math.max(digits, Math.ceil(Math.log10(size + 1))))))
  return { text: text.replace("e+", "e").replaceAll("-", "−"), near: !Number.isInteger(v) && /^−?\d+$/.test(text) }
}

/** How large a cell is: as the room allows, readable if it can be at all, never above the size of the design.
 *  `longest(digits)` is the length of the longest number; where they have no room, fewer digits may have. */
function cellSize({ rows, cols, longest, width, height, below, forced, like = CELL }) {
  const across = (width - 3) / cols, down = Math.min(height / (rows * (1 + like.map)), (height - below) / rows)
  const need = (digits) => Math.max(24, longest(digits) * like.font * like.glyph + like.edge)
  const digits = [4, 3, 2].find((n) => need(n) <= across) ?? 3, readable = need(digits)
  const size = Math.min(Math.max(like.most, readable), across, Math.max(down, readable))
  const numbers = forced ?? size >= readable
  const cell = numbers ? Math.max(readable, size) : Math.min(across, Math.max(like.smallest, Math.min(down, readable)))
  return { cell: Math.max(like.smallest, Math.floor(cell * 4) / 4), numbers, readable, digits, longest: longest(digits), font: like.font, fits: size >= readable }
}

/** The numbers of one column. `pick(kind, i, j)` hears hover, focus and pin. → {node, mark(place), focus(place)} */
function answerGrid({ rows, cols, label, name, value, top, fit, pick }) {
  const grid = numberGrid({ label, rows, cols, kind: fit.numbers ? "gy" : "gy.heat" })
  grid.cells.forEach((cell, n) => {
    const i = Math.floor(n / cols), j = n % cols, v = value(i, j)
    const { text, near } = cellText(v, top, fit.digits)
    if (fit.numbers) grid.text(n, text)
    cell.classList.toggle("near", near && fit.numbers)
    grid.name(n, `${fmt(v)}, ${name}, row ${i}, column ${j}`)
    cell.classList.toggle("odd", !Number.isFinite(v))
    cell.style.setProperty("--m", top && Number.isFinite(v) ? (Math.abs(v) / top).toFixed(3) : "0")
  })
  const size = fit.numbers ? Math.min(fit.cell * 0.365, (fit.cell - CELL.edge + 1) / (CELL.glyph * fit.longest)) : 8
  grid.resize(fit.cell, fit.cell, Math.max(fit.font, size))
  listenToCells(grid.node, grid.cells, cols, pick)
  const mark = marker(grid.cells, cols)
  return { node: grid.node, mark, focus: (place) => grid.focus(place[0] * cols + place[1]) }
}

/** Signs on orange and blue, symmetric about nothing: a picture for the eye, its facts stand beside it in words. */
function differenceMap({ rows, cols, values, largest }, { label, fit, pick }) {
  const fits = Math.min(fit.cell * CELL.map, (fit.width - 84) / cols)
  const side = Math.max(CELL.smallest * CELL.map, Math.floor(fits * 4) / 4), signs = side >= CELL.sign
  const cells = values.map((v) => {
    const share = v === 0 ? 0 : Number.isFinite(v) && largest < Infinity ? 0.25 + 0.75 * Math.abs(v) / largest : 1
    return el(v === 0 ? "div.cell.z" : "div.cell", { style: { "--m": share.toFixed(3), "--d": v < 0 ? "var(--minus-mid)" : "var(--plus-mid)" } },
      signs ? el("span", {}, v > 0 ? "+" : v < 0 ? "−" : v === 0 ? "·" : "?") : null)
  })
  const node = el(signs ? "div.grid.gd" : "div.grid.gd.heat", { role: "img", "aria-label": label,
    style: { "--c": `${side}px`, "grid-template-columns": `repeat(${cols}, ${side}px)` } }, ...cells)
  listenToCells(node, cells, cols, pick)
  return { node, mark: marker(cells, cols) }
}

function listenToCells(node, cells, cols, pick) {
  const where = new Map(cells.map((cell, n) => [cell, [Math.floor(n / cols), n % cols]]))
  const on = (type, kind) => node.addEventListener(type, (event) => {
    const place = where.get(event.target.closest?.(".cell"))
    if (place) pick(kind, ...place)
  })
  on("pointerover", "hover")
  on("focusin", "focus")
  on("click", "pin")
  node.addEventListener("pointerleave", () => pick("leave"))
}

/** Moves the cursor's frame from cell to cell; it touches two cells, whatever the size of the grid. */
function marker(cells, cols) {
  let last = null
  return (place) => {
    const next = place ? cells[place[0] * cols + place[1]] ?? null : null
    if (next === last) return
    last?.classList.remove("at")
    next?.classList.add("at")
    last = next
  }
}

/** A picture of values that have no room as numbers: one pixel for each block of them.
 *  To the keyboard it is one thing, in which the arrow keys move the cursor. → {node, mark(place), focus()} */
function heatCanvas({ heat, width, label, signed, colours, pick, stop }) {
  const [rows, cols] = heat.shape, cell = width / cols
  const canvas = el("canvas", { width: cols, height: rows, "aria-hidden": "true" })
  const frame = el("i.frame.here", { "aria-hidden": "true" })
  const node = el("div.canvas", { role: stop ? "application" : "img", tabindex: stop ? "0" : null, "aria-label": label,
    style: { width: `${width}px`, height: `${cell * rows}px` } }, canvas, frame)
  paint(canvas, heat, signed, colours)
  const to = (p, size, n) => Math.max(0, Math.min(n - 1, Math.floor((p / size) * n)))
  const place = (event) => {
    const box = node.getBoundingClientRect()
    return [to(event.clientY - box.top, box.height, rows), to(event.clientX - box.left, box.width, cols)]
  }
  node.addEventListener("pointermove", (event) => pick("hover", ...place(event)))
  node.addEventListener("click", (event) => pick("pin", ...place(event)))
  node.addEventListener("pointerleave", () => pick("leave"))
  const side = Math.max(cell, 8)
  const mark = (at) => {
    frame.hidden = !at
    if (at) Object.assign(frame.style, { width: `${side}px`, height: `${side}px`, left: `${(at[1] + 0.5) * cell - side / 2}px`, top: `${(at[0] + 0.5) * cell - side / 2}px` })
  }
  return { node, mark, focus: () => node.focus() }
}

/** One pixel per value, from the colour of nothing to that of the largest magnitude; the root keeps the small ones visible. */
function paint(canvas, heat, signed, { zero, up, down }) {
  const context = canvas.getContext("2d"), image = context.createImageData(heat.shape[1], heat.shape[0])
  const top = largestOf([heat]) || 1
  heat.values.forEach((raw, n) => {
    const v = num(raw), share = v === 0 ? 0 : Number.isFinite(v) ? Math.sqrt(Math.abs(v) / top) : 1
    const to = signed && v < 0 ? down : up
    for (let k = 0; k < 3; k++) image.data[4 * n + k] = zero[k] + (to[k] - zero[k]) * share
    image.data[4 * n + 3] = 255
  })
  context.putImageData(image, 0, 0)
}

/** The colours that a canvas needs, as the theme has them now. */
function canvasColours(root) {
  const probe = el("canvas", { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true })
  const style = getComputedStyle(root)
  const read = (name) => {
    probe.fillStyle = style.getPropertyValue(name).trim() || "gray"
    probe.fillRect(0, 0, 1, 1)
    return [...probe.getImageData(0, 0, 1, 1).data]
  }
  return {
    answer: { zero: read("--surface"), up: read("--output-strong"), down: read("--output-strong") },
    difference: { zero: read("--zero-fill"), up: read("--plus-strong"), down: read("--minus-strong") },
  }
}
