// Race, the chart of a sweep: time against one size, both on logarithmic axes, names at the ends of their lines.

// In letters of the plot, so that a projector's larger ones have their room.
const PAD = { left: 4.2, right: 8.4, top: 1.4, bottom: 2.2 }
const MANY_LINES = 6
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

const inOrder = (values) => [...new Set(values)].sort((a, b) => a - b)

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
  return { sweep, quiet: quietOnes(sweep), width, height, font, left, right, top, base, x: (at) => left + x.at(at) * (right - left), y: (s) => base - y.at(s) * (base - top),
    low: y.low, high: y.high, places: inOrder(places), known: inOrder(points.map(([at]) => at)) }
}

/** Among many lines, those that are never the fastest step back; a pointer or the focus brings each forward. */
function quietOnes({ series }) {
  if (series.length <= MANY_LINES) return new Set()
  const sizes = new Set(series.flatMap((one) => one.points.map(({ at }) => at)))
  const best = [...sizes].map((at) => series.filter((one) => pointAt(one, at)).reduce((a, b) => (pointAt(b, at).min_s < pointAt(a, at).min_s ? b : a)).name)
  return new Set(series.map((one) => one.name).filter((name) => !best.includes(name)))
}

const pointAt = (series, at) => series.points.find((point) => point.at === at)

/** Draw a sweep. → the svg */
function drawChart(sweep, plot, label) {
  const { width, height } = plot
  return svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" },
    svg("g", { class: "axes" }, ...axisMarks(plot)),
    svg("g", { class: "overlay" }, ...(sweep.overlay ?? []).map((one) => overlayLine(one, plot))),
    ...sweep.series.filter((one) => one.points.length).map((one) => seriesLine(one, plot)),
    svg("g", { class: "crossings" }, ...leading(sweep.crossings).map((one) => crossingMark(one, sweep, plot))),
    svg("g", { class: "labels" }, ...labelsOf(sweep, plot).flatMap(labelMark)))
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
  return svg("g", { class: `series c-${colour}${plot.quiet.has(series.name) ? " quiet" : ""}`, "data-name": series.name }, svg("path", { class: "s", d: pathOf(points), "stroke-dasharray": dash || null }),
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

/** The crossings after which another one is fastest: only those are marked. */
const leading = (crossings) => (crossings ?? []).filter((one) => one.leads !== false)

/** A ring where one line overtakes another, and its value where the axis is. */
function crossingMark({ at, a, said }, sweep, plot) {
  const series = sweep.series.find((one) => one.name === a), s = series && timeAt(series, at)
  if (!s) return null
  const x = plot.x(at).toFixed(1), { base } = plot
  return svg("g", { class: "cross" }, svg("line", { class: "x", x1: x, x2: x, y1: (plot.y(s) + 6).toFixed(1), y2: base }), svg("circle", { class: "xc", cx: x, cy: plot.y(s).toFixed(1), r: 5 }),
    textAt(Number(x), base + 0.6 * plot.font, said, { class: "xv", "text-anchor": "middle" }))
}
