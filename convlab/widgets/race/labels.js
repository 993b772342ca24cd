// Race, the names in a chart: at the ends of their lines, off all lines, and tied to their end where they had to move.

/** What source 004 called, in short: "scipy.ndimage.convolve, source 004" is "ndimage.convolve". */
const overlayName = ({ label }) => label.split(",")[0].split(".").slice(-2).join(".")

const NAME = 20 // what it costs to cover another name, in lines

/** Names at the ends of their lines. Those that end where most do stand in a column, the others beside their line. */
function labelsOf(sweep, plot) {
  const own = sweep.series.filter((one) => one.points.length).map((one) => ({ text: one.label, name: one.name, kind: `c-${lineOf(one)[0]}${plot.quiet.has(one.name) ? " quiet" : ""}`, ends: one.points.map(({ at, min_s: s }) => [plot.x(at), plot.y(s)]), size: plot.font }))
  const printed = (sweep.overlay ?? []).filter((one) => one.points.length).sort((a, b) => b.points.at(-1).s - a.points.at(-1).s)
  const old = printed.map((one, n) => ({ text: `${n ? "" : "source 004: "}${overlayName(one)}`, name: null, kind: "oldl", ends: one.points.map(({ at, s }) => [plot.x(at), plot.y(s)]), size: plot.font - 1 }))
  const edge = Math.max(...own.map(({ ends }) => ends.at(-1)[0])), last = ({ ends, text }) => ends.at(-1)[0] > edge - 2 && edge + 8 + textWidth(text, plot.font) < plot.width + 8
  const outer = spread(own.filter(last).map((label) => ({ ...label, x: edge + 8, y: label.ends.at(-1)[1] + 4, from: label.ends.at(-1) })), 1.15 * plot.font, plot.top, plot.base)
  const taken = [...own, ...old].flatMap(({ ends, name }) => alongLine(ends, name === null || plot.quiet.has(name) ? 1 : 4))
  taken.push(...outer.map(({ x, y, text, size }) => labelBox(x, y, textWidth(text, size), size)))
  const inner = [...own.filter((label) => !last(label)).sort((a, b) => plot.quiet.has(a.name) - plot.quiet.has(b.name)), ...old]
  return [...outer, ...inner.map((label) => beside(label, taken, plot)).filter((label) => label !== null)]
}

const labelBox = (x, y, width, size) => ({ x0: x, x1: x + width, y0: y - size + 1, y1: y + 3, x, y, weight: NAME })

/** Small boxes along a line, closely enough that no name stands across it unseen. */
function alongLine(points, weight) {
  return points.flatMap(([x, y], n) => {
    const [px, py] = points[Math.max(0, n - 1)], steps = Math.max(1, Math.ceil(Math.hypot(x - px, y - py) / 8))
    return Array.from({ length: steps }, (_, k) => [px + ((x - px) * (k + 1)) / steps, py + ((y - py) * (k + 1)) / steps]).map(([ax, ay]) => ({ x0: ax - 3, x1: ax + 3, y0: ay - 3, y1: ay + 3, weight }))
  })
}

/** A place for a name near its last point, else near another one of its points; none where it would cover a name. */
function beside(label, taken, plot) {
  const { size, ends } = label, width = textWidth(label.text, size)
  const places = [ends.at(-1), ends[0], ...ends.slice(1, -1)].flatMap(([x, y]) =>
    [[x + 8, y + 4], [x - width - 7, y + 4], [x - width / 2, y - 9], [x - width / 2, y + 17], [x - width, y - 9], [x - width, y + 17], [x, y - 9], [x, y + 17]])
  const box = freePlace(places.map(([x, y]) => labelBox(x, y, width, size)), taken, { x0: plot.left, x1: plot.width, y0: 0, y1: plot.base })
  if (touched(box, taken) >= NAME) return null
  taken.push(box)
  return { ...label, x: box.x, y: box.y }
}

/** The name, and a thread to the end of its line where it stands off it. */
function labelMark({ x, y, kind, text, name, from }) {
  const thread = from && Math.abs(y - 4 - from[1]) > 6 ? [svg("path", { class: `thread ${kind}`, "data-name": name, d: `M${(from[0] + 3).toFixed(1)} ${from[1].toFixed(1)}L${(x - 1).toFixed(1)} ${(y - 4).toFixed(1)}` })] : []
  return [...thread, textAt(x, y, text, { class: `lb ${kind}`, "data-name": name })]
}
