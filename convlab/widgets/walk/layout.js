// How large the cells are. Pure functions: sizes in pixels from counts of cells, lengths of numbers and the room there is.

const DIGIT = 0.605                                    // width of a digit of --font-num, in ems
const LEAST_FONT = 11, CAPTION = 28, TICK = 16, SIDE = 22, GAP = 28, TURN = 34, BELOW = 62, BESIDE = 250, LEAST_PANE = 104

/** Width of a cell that holds `chars` digits at `font` px beside a height of `height`. */
function cellWidth(height, chars, font) {
  return Math.max(height, Math.ceil(chars * DIGIT * font + (font > 12 ? 9 : 6)))
}

/** Cell sizes of one grid: {w, h, font, shown}; numbers are hidden where they could not be read. */
function cellsFor(height, chars, { widen = true, share = 0.41, least = LEAST_FONT } = {}) {
  const font = Math.max(least, Math.min(height * share, 30))
  const legible = height >= font + 2
  const w = widen && legible ? cellWidth(height, chars, font) : height
  return { w, h: height, font, shown: legible && w >= chars * DIGIT * font + 2 }
}

/** Cell sizes of the three grids for a room of width x height px.
 *
 *  `need`: {x: {rows, cols, chars}, w: ..., y: ...}; `stack`: grids below each other (one spatial axis, narrow rooms).
 *  The largest cells that fit win; long outputs give up their digits before the input gives up its own. */
function fitCells(need, room, { stack = false, most = 48, least = LEAST_FONT, share = 0.41 } = {}) {
  const width = stack ? stackWidth : rowWidth, height = stack ? stackHeight : rowHeight
  const passes = [{ from: most, to: 16, x: true, y: true, legend: true }, { from: most, to: 13, x: true, y: true }, { from: most, to: 13, x: true, y: false }, { from: 30, to: 6, x: false, y: false }]
  for (const pass of passes) {
    let best = null
    for (let c = pass.from; c >= pass.to; c--) {
      for (const grow of [1.36, 1.2, 1.1, 1, 0.9, 0.8]) {
        if (grow < 1 && c * grow < (pass.y ? 13 : 8)) break
        const size = sizesOf(need, c, grow, pass, least, share), wide = width(need, size)
        const legend = pass.legend && (stack && room.width - wide >= BESIDE ? "beside" : true), tall = height({ ...need, legend }, size)
        if (wide > room.width || tall > room.height) continue
        const score = c + 0.7 * Math.min(c * 1.1, size.y.h)
        if (!best || score > best.score) best = { ...size, stack, score, legend: legend ?? false, width: wide, height: tall }
        break
      }
    }
    if (best) return best
  }
  const size = sizesOf(need, 6, 1, { x: false, y: false }, least, share)
  return { ...size, stack, width: width(need, size), height: height(need, size) }
}

function sizesOf(need, c, grow, widen, least, share) {
  return { x: cellsFor(c, need.x.chars, { widen: widen.x, least, share }), w: cellsFor(c, need.w.chars, { widen: widen.x, least, share }),
    y: cellsFor(Math.round(c * grow), need.y.chars, { widen: widen.y, least, share: share * Math.min(1, 1.15 / grow) }) }
}

function rowWidth(need, size) {
  return SIDE + need.x.cols * size.x.w + GAP + Math.max(need.w.cols * size.w.w, LEAST_PANE) + GAP + SIDE + Math.max(need.y.cols * size.y.w, LEAST_PANE)
}

function rowHeight(need, size) {
  const filters = CAPTION + TICK + (need.w.single ? need.w.rows * size.w.h + 26 : 2 * need.w.rows * size.w.h + TURN + 26)
  return Math.max(CAPTION + TICK + need.x.rows * size.x.h, filters, CAPTION + TICK + need.y.rows * size.y.h + (need.legend ? legendHeight(need.items ?? 4, SIDE + need.y.cols * size.y.w) : 0)) + 6
}

/** The legend lies below the output: two entries a line where there is room for two. */
const legendHeight = (items, width) => Math.ceil(items / (width < 244 ? 1 : 2)) * 23 + 14

function stackWidth(need, size) {
  return SIDE + Math.max(need.x.cols * size.x.w, 2 * need.w.cols * size.w.w + 140, need.y.cols * size.y.w) + 8
}

function stackHeight(need, size) {
  return 3 * CAPTION + 2 * TICK + 2 * 26 + need.x.rows * size.x.h + need.w.rows * size.w.h + need.y.rows * size.y.h + 12 + (need.legend === true ? BELOW : 0)
}

/** Where a window stands, in px from the top left cell: {left, top, width, height}. */
function box(size, row, col, rows, cols) {
  return { left: col * size.w, top: row * size.h, width: cols * size.w, height: rows * size.h }
}

/** Heights of the waterfall: for each running sum its bar from `before` to `after`, in per cent of the strip.
 *  The scale holds 0 when the first sum starts there, else it is cut to what happens in this plane. */
function waterfall(running, start) {
  let low = start, high = start
  for (const sum of running) if (Number.isFinite(sum)) { low = Math.min(low, sum); high = Math.max(high, sum) }
  const span = high - low || 1
  return { low, high, at: (sum) => (Number.isFinite(sum) ? ((sum - low) / span) * 100 : 50) }
}
