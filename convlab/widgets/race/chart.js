// Race, the chart of a sweep: time against one size, both on logarithmic axes, names at the ends of their lines.

// In letters of the plot, so that a projector's larger ones have their room.
const PAD = { left: 4.2, right: 8.4, top: 1.4, bottom: 2.2 }
const ROUND = "M-2.8 0a2.8 2.8 0 1 0 5.6 0a2.8 2.8 0 1 0-5.6 0", SQUARE = "M-2.6-2.6h5.2v5.2h-5.2z", RHOMB = "M0-3.6L3.6 0 0 3.6-3.6 0z", WEDGE = "M0-3.4L3.3 2.6h-6.6z"
// Colour, dash and mark: two of them are enough to tell any two lines apart.
const LINES = [["output", "", ROUND], ["filter", "", SQUARE], ["input", "2 3", ROUND], ["gradient", "6 3", RHOMB], ["ink", "9 3 2 3", WEDGE], ["minus", "", WEDGE],
  ["output", "6 3", SQUARE], ["filter", "2 3", RHOMB], ["input", "9 3 2 3", WEDGE], ["gradient", "", ROUND], ["ink", "", SQUARE], ["minus", "6 3", ROUND]]
const lineOf = (series) => LINES[(series.kind ?? 0) % LINES.length]

function svg(tag, props = {}, ...kids) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag)
  for (const [key, value] of Object.entries(props)) if (value !== null && value !== undefined) node.setAttribute(key, value)
  node.append(...kids.filter((kid) => kid !== null))
  return node
}

/** Where everything of a sweep stands in a plot of this size, with letters of `font` px; null while there is no point. */
function plotOf(sweep, width, height, font = 12) {
  const lines = [...sweep.series.map((one) => one.points.map(({ at, min_s: s }) => [at, s])), ...(sweep.overlay ?? []).map((one) => one.points.map(({ at, s }) => [at, s]))]
  const own = sweep.series.flatMap((one) => one.points.map(({ at }) => at)), points = lines.flat()
  if (!own.length || width < 120 || height < 90) return null
  const times = points.map(([, s]) => s), places = [...points.map(([at]) => at), ...(sweep.values ?? [])].filter((at) => at > 0)
  const y = logScale(Math.min(...times) / 1.35, Math.max(...times) * 1.35), least = Math.min(...places), most = Math.max(...places)
  const x = least === most ? logScale(least / 2, most * 2) : logScale(least, most)
  const [left, top, base] = [PAD.left * font, PAD.top * font, height - PAD.bottom * font]
  const right = width - Math.min(PAD.right * font, 14 + Math.max(...sweep.series.map((one) => textWidth(one.label, font))))
  return { sweep, width, height, font, left, right, top, base, x: (at) => left + x.at(at) * (right - left), y: (s) => base - y.at(s) * (base - top),
    low: y.low, high: y.high, places: [...new Set(places)].sort((a, b) => a - b) }
}

/** Draw a sweep. → the svg */
function drawChart(sweep, plot, label) {
  const { width, height } = plot
  return svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" },
    svg("g", { class: "axes" }, ...axisMarks(plot)),
    svg("g", { class: "overlay" }, ...(sweep.overlay ?? []).map((one) => overlayLine(one, plot))),
    ...sweep.series.filter((one) => one.points.length).map((one) => seriesLine(one, plot)),
    svg("g", { class: "crossings" }, ...(sweep.crossings ?? []).map((one) => crossingMark(one, sweep, plot))),
    svg("g", { class: "labels" }, ...labelsOf(sweep, plot).map(({ x, y, anchor, kind, text, name }) => textAt(x, y, text, { class: `lb ${kind}`, "text-anchor": anchor, "data-name": name }))))
}

const textAt = (x, y, text, props) => {
  const node = svg("text", { x: x.toFixed(1), y: y.toFixed(1), ...props })
  node.textContent = text
  return node
}

function axisMarks(plot) {
  const { width, left, right, base, font } = plot
  const across = timeTicks(plot.low, plot.high).flatMap(({ s, label }) => [svg("line", { class: "g", x1: left, x2: right, y1: plot.y(s).toFixed(1), y2: plot.y(s).toFixed(1) }), textAt(left - 7, plot.y(s) + 4, label, { class: "ax", "text-anchor": "end" })])
  let last = -Infinity
  const along = plot.places.map((at) => ({ at, x: plot.x(at) })).filter(({ at, x }) => {
    const half = textWidth(String(at), font) / 2 + 3
    if (x - half < last) return false
    last = x + half
    return x < width
  })
  const unit = [unitOf(plot.sweep), plot.sweep.axis].find((text) => textWidth(text, font) < plot.width - right - font) ?? ""
  return [...across, textAt(right + 1.1 * font, base + 1.6 * font, unit, { class: "ax unit" }), ...along.map(({ at, x }) => textAt(x, base + 1.6 * font, String(at), { class: "ax", "text-anchor": "middle" }))]
}

const pathOf = (points) => points.map(([x, y], n) => `${n ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("")

function seriesLine(series, plot) {
  const [colour, dash, mark] = lineOf(series), points = series.points.map(({ at, min_s: s }) => [plot.x(at), plot.y(s)])
  return svg("g", { class: `series c-${colour}`, "data-name": series.name }, svg("path", { class: "s", d: pathOf(points), "stroke-dasharray": dash || null }),
    ...points.map(([x, y]) => svg("path", { class: "p", d: mark, transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` })))
}

function overlayLine(one, plot) {
  const points = one.points.map(({ at, s }) => [plot.x(at), plot.y(s)])
  return svg("g", { class: "old" }, svg("path", { class: "s", d: pathOf(points) }), ...points.map(([x, y]) => svg("circle", { class: "p", cx: x.toFixed(1), cy: y.toFixed(1), r: 2 })))
}

/** The time of a series between its points: straight on logarithmic axes, as the crossing was found. */
function timeAt(series, at) {
  const after = series.points.findIndex((point) => point.at >= at), [a, b] = [series.points[Math.max(0, after - 1)], series.points[Math.max(0, after)]]
  if (after < 0) return null
  return a.at === b.at ? b.min_s : a.min_s * (b.min_s / a.min_s) ** (Math.log(at / a.at) / Math.log(b.at / a.at))
}

/** A ring where one line overtakes another, and its value where the axis is. */
function crossingMark({ at, a, said }, sweep, plot) {
  const series = sweep.series.find((one) => one.name === a), s = series && timeAt(series, at)
  if (!s) return null
  const x = plot.x(at).toFixed(1), { base } = plot
  return svg("g", { class: "cross" }, svg("line", { class: "x", x1: x, x2: x, y1: (plot.y(s) + 6).toFixed(1), y2: base }), svg("circle", { class: "xc", cx: x, cy: plot.y(s).toFixed(1), r: 5 }),
    textAt(Number(x), base + 0.6 * plot.font, said, { class: "xv", "text-anchor": "middle" }))
}

/** What source 004 called, in short: "scipy.ndimage.convolve, source 004" is "ndimage.convolve". */
const overlayName = ({ short, label }) => short ?? label.split(",")[0].split(".").slice(-2).join(".")

/** Names at the ends of their lines; those at the right edge stand in a column, the others beside their last point. */
function labelsOf(sweep, plot) {
  const all = [...sweep.series.filter((one) => one.points.length).map((one) => ({ text: one.label, name: one.name, kind: `c-${lineOf(one)[0]}`, ends: one.points.map(({ at, min_s: s }) => [plot.x(at), plot.y(s)]), size: plot.font })),
    ...(sweep.overlay ?? []).filter((one) => one.points.length).map((one) => ({ text: overlayName(one), name: null, kind: "oldl", ends: one.points.map(({ at, s }) => [plot.x(at), plot.y(s)]), size: plot.font - 1 }))]
  const taken = all.flatMap(({ ends }) => alongLine(ends))
  const isOut = ({ kind, ends, text }) => kind !== "oldl" && ends.at(-1)[0] > plot.right - 12 && textWidth(text, plot.font) < plot.width - plot.right + 12
  const outer = spread(all.filter(isOut).map((label) => ({ ...label, x: plot.right + 8, y: label.ends.at(-1)[1] + 4, anchor: "start" })), 1.15 * plot.font, plot.top, plot.base)
  taken.push(...outer.map(({ x, y, text }) => ({ x0: x, x1: x + textWidth(text, plot.font), y0: y - plot.font + 1, y1: y + 3 })))
  const inner = all.filter((label) => !isOut(label)).map((label) => beside(label, taken, plot))
  return [...outer, ...inner]
}

/** Small boxes along a line, closely enough that no name stands across it. */
function alongLine(points) {
  return points.flatMap(([x, y], n) => {
    const [px, py] = points[Math.max(0, n - 1)], steps = Math.max(1, Math.ceil(Math.hypot(x - px, y - py) / 8))
    return Array.from({ length: steps }, (_, k) => [px + ((x - px) * (k + 1)) / steps, py + ((y - py) * (k + 1)) / steps]).map(([ax, ay]) => ({ x0: ax - 3, x1: ax + 3, y0: ay - 3, y1: ay + 3 }))
  })
}

function beside(label, taken, plot) {
  const width = textWidth(label.text, label.size), places = [label.ends.at(-1), label.ends[0], ...label.ends.slice(1, -1)].flatMap(([x, y]) =>
    [[x + 8, y + 4], [x - width - 7, y + 4], [x - width / 2, y - 9], [x - width / 2, y + 17], [x - width, y - 9], [x - width, y + 17], [x, y - 9], [x, y + 17]])
  const boxes = places.map(([x, y]) => ({ x0: x, x1: x + width, y0: y - label.size + 1, y1: y + 3, x, y }))
  const box = freePlace(boxes, taken, { x0: plot.left, x1: plot.width, y0: 0, y1: plot.base })
  taken.push(box)
  return { ...label, x: box.x, y: box.y, anchor: "start" }
}
