// The arithmetic of a scene, and nothing of its picture: pure functions of plain data.
// Every spec is handled as three axes (depth, rows, columns); the missing ones have length 1.

/** What follows from a scene: sizes, windows, terms, sums.
 *
 *  A step is one output value (its place in C order of y); a term is one multiply-add of it, in the order of the window:
 *  channel, then depth, row, column. `flip` may differ from the scene's, to see the other convention.
 *
 *  A gradient is slid together from the same parts (gradients/geometry.js), so what differs there has a name here:
 *  `left(place, c)` and `right(place, c)` are the planes of both arrays that a step meets at its channel c; `fed` and
 *  `used` lead back from a plane to the places; positions of the left array stand `spread` apart, begin after `cut` and
 *  count `span`; `backwards` makes the last output first; `letters` and `words` are what it is called. */
function geometryOf(scene, flip = scene.flip) {
  const rank = scene.stride.length
  const three = (list, fill) => [...Array(3 - rank).fill(fill), ...list]
  const [images, channels, ...space] = scene.x.shape, [filters, reads, ...taps] = scene.w.shape
  const g = { rank, flip, images, channels, filters, reads, groups: scene.groups, perGroup: filters / scene.groups,
    space: three(space, 1), taps: three(taps, 1), out: three(scene.y.shape.slice(2), 1), stride: three(scene.stride, 1),
    dilation: three(scene.dilation, 1), pads: three(scene.pads, [0, 0]),
    x: Float64Array.from(scene.x.values, num), w: Float64Array.from(scene.w.values, num) }
  const group = (o) => Math.floor(o / g.perGroup)
  Object.assign(g, { span: g.space, spread: [1, 1, 1], cut: [0, 0, 0], backwards: false, wReads: reads, letters: LETTERS_OF_Y, words: WORDS_OF_Y, tapless: false, wLetters: [filters > 1 && "o", reads > 1 && "c"],
    several: { x: [images > 1, channels > 1], w: [filters > 1, channels > 1], y: [images > 1, filters > 1] },
    left: ([n, o], c) => [n, group(o) * reads + c], right: ([, o], c) => [o, c],
    fed: (n, channel) => Array.from({ length: g.perGroup }, (_, f) => [n, Math.floor(channel / reads) * g.perGroup + f, channel % reads]),
    used: (o, c) => Array.from({ length: images }, (_, n) => [n, o, c]) })
  return measured(g)
}

const LETTERS_OF_Y = { x: "x", w: "w", y: "y", image: "n", filter: "o", depth: "d", row: "i", column: "j", channel: "c", taps: ["t", "u", "v"] }
const WORDS_OF_Y = { x: "Input x", padded: "Padded input x", w: "Filter w", y: "Output y", image: "image", value: "output", keys: { x: "x", w: "w" }, colours: { x: "input", w: "filter", y: "output" }, axes: ["image", "filter", "depth of y"] }

/** Complete a geometry: what follows from its sizes. */
function measured(g) {
  g.extent = g.taps.map((k, a) => (k - 1) * g.dilation[a] + 1)
  g.padded = g.span.map((n, a) => n + g.pads[a][0] + g.pads[a][1])
  g.perPlane = g.taps[1] * g.taps[2]                   // terms that lie in one plane of x
  g.planes = g.reads * g.taps[0]                         // planes that one output value reads
  g.terms = g.planes * g.perPlane
  g.outPlane = g.out[1] * g.out[2]
  g.steps = g.images * g.filters * g.out[0] * g.outPlane
  g.total = g.steps * g.terms
  g.decimals = commonDecimals(g)
  g.sums = [new Map(), new Map()]
  return g
}

/** The power of ten that makes all of x and all of w whole numbers, if sums then stay exact; else null.
 *  With it 0.1 × 3 + 0.2 is 0.5 and not 0.50000000000000004: what a person can check by hand. */
function commonDecimals(g) {
  const places = (values) => {
    for (let d = 0; d <= 6; d++) {
      const unit = 10 ** d
      if (values.every((v) => Number.isFinite(v) && Math.round(v * unit) / unit === v)) return d
    }
    return null
  }
  const x = places(g.x), w = places(g.w)
  if (x === null || w === null) return null
  const top = (values, d) => values.reduce((most, v) => Math.max(most, Math.abs(v)), 0) * 10 ** d
  return top(g.x, x) * top(g.w, w) * g.terms < 2 ** 53 ? { x, w } : null
}

/** Where a step stands: [image, filter, depth, row, column]. */
function placeOf(g, step) {
  const [deep, high, wide] = g.out
  const j = step % wide, i = Math.floor(step / wide) % high, d = Math.floor(step / g.outPlane) % deep
  const o = Math.floor(step / (g.outPlane * deep)) % g.filters
  return [Math.floor(step / (g.outPlane * deep * g.filters)), o, d, i, j]
}

/** The step at [image, filter, depth, row, column]. */
function stepAt(g, [n, o, d, i, j]) {
  return (((n * g.filters + o) * g.out[0] + d) * g.out[1] + i) * g.out[2] + j
}

/** First position of x that the window of a step covers, per axis; negative stands on padding. */
function cornerOf(g, place) {
  return [0, 1, 2].map((a) => (g.backwards ? g.out[a] - 1 - place[2 + a] : place[2 + a]) * g.stride[a] - g.pads[a][0])
}

/** The parts of a term: channel that the filter reads, place in the window, and the tap as given that meets it. */
function termAt(g, k, flip = g.flip) {
  const [kd, kh, kw] = g.taps
  const v = k % kw, u = Math.floor(k / kw) % kh, t = Math.floor(k / g.perPlane) % kd, c = Math.floor(k / (g.perPlane * kd))
  return { c, t, u, v, given: flip ? [kd - 1 - t, kh - 1 - u, kw - 1 - v] : [t, u, v], plane: c * kd + t }
}

/** Place of a value in x, or −1 where none stands: on padding, or between values that stand apart. */
function xIndex(g, n, channel, position) {
  let place = n * g.channels + channel
  for (let a = 0; a < 3; a++) {
    const at = (position[a] + g.cut[a]) / g.spread[a]
    if (position[a] < 0 || position[a] >= g.span[a] || at >= g.space[a] || !Number.isInteger(at)) return -1
    place = place * g.space[a] + at
  }
  return place
}

/** What stands at a position without a value: "padding", or "between" two values that stand apart. */
function absence(g, position) {
  return position.every((p, a) => p >= 0 && p < g.span[a]) ? "between" : "padding"
}

/** Index of a value of x along each axis: where it stands without padding and without the zeros between. */
function indexAt(g, position) {
  return position.map((p, a) => (p + g.cut[a]) / g.spread[a])
}

function wIndex(g, o, c, [t, u, v]) {
  return (((o * g.wReads + c) * g.taps[0] + t) * g.taps[1] + u) * g.taps[2] + v
}

/** The plane and the index that a place in x, or in w, stands for: [first axis, second axis, [depth, row, column]]. */
function planeAndIndex(place, seconds, [D, H, W]) {
  const size = D * H * W, plane = Math.floor(place / size)
  return [Math.floor(plane / seconds), plane % seconds, [Math.floor(place / (H * W)) % D, Math.floor(place / W) % H, place % W]]
}

/** All terms of a step: x, w, product, running (sum up to and with it), xi (−1 on padding), wi; one array each.
 *  A term on padding adds nothing, whatever its weight, as the loops skip it. */
function termsOf(g, step, flip = g.flip) {
  const place = placeOf(g, step), corner = cornerOf(g, place)
  const [kd, kh, kw] = g.taps, [dd, dh, dw] = g.dilation, size = g.terms
  const r = { x: new Float64Array(size), w: new Float64Array(size), product: new Float64Array(size), running: new Float64Array(size),
    xi: new Int32Array(size), wi: new Int32Array(size), place, corner }
  const unit = g.decimals && [10 ** g.decimals.x, 10 ** g.decimals.w]
  let sum = 0, k = 0
  for (let c = 0; c < g.reads; c++) for (let t = 0, [n, channel] = g.left(place, c), [o, oc] = g.right(place, c); t < kd; t++) for (let u = 0; u < kh; u++) for (let v = 0; v < kw; v++, k++) {
    const xi = xIndex(g, n, channel, [corner[0] + t * dd, corner[1] + u * dh, corner[2] + v * dw])
    const wi = wIndex(g, o, oc, flip ? [kd - 1 - t, kh - 1 - u, kw - 1 - v] : [t, u, v])
    const a = xi < 0 ? 0 : g.x[xi], b = g.w[wi]
    r.xi[k] = xi
    r.wi[k] = wi
    r.x[k] = a
    r.w[k] = b
    const m = xi < 0 ? 0 : unit ? Math.round(a * unit[0]) * Math.round(b * unit[1]) : a * b
    sum += m
    r.product[k] = unit ? m / (unit[0] * unit[1]) : m
    r.running[k] = unit ? sum / (unit[0] * unit[1]) : sum
  }
  return r
}

/** The output value of a step; kept, because a scrub asks for many of them. */
function sumOf(g, step, flip = g.flip) {
  const kept = g.sums[flip ? 1 : 0]
  let sum = kept.get(step)
  if (sum === undefined) {
    const running = termsOf(g, step, flip).running
    sum = running.length ? running[running.length - 1] : 0
    kept.set(step, sum)
  }
  return sum
}

/** Where one input value goes: {step, wi, k} for each product that it enters, in C order of y. */
function scatterOf(g, xi) {
  const [n, channel, index] = planeAndIndex(xi, g.channels, g.space), [kd, kh, kw] = g.taps, found = []
  const at = index.map((p, a) => p * g.spread[a] - g.cut[a])
  if (at.some((p, a) => p < 0 || p >= g.span[a])) return found
  for (let t = 0; t < kd; t++) for (let u = 0; u < kh; u++) for (let v = 0; v < kw; v++) {
    const to = [t, u, v].map((r, a) => (at[a] - r * g.dilation[a] + g.pads[a][0]) / g.stride[a])
    if (to.some((r, a) => !Number.isInteger(r) || r < 0 || r >= g.out[a])) continue
    const given = g.flip ? [kd - 1 - t, kh - 1 - u, kw - 1 - v] : [t, u, v], here = to.map((r, a) => (g.backwards ? g.out[a] - 1 - r : r))
    for (const [image, filter, c] of g.fed(n, channel)) {
      const place = [image, filter, ...here]
      found.push({ step: stepAt(g, place), wi: wIndex(g, ...g.right(place, c), given), k: ((c * kd + t) * kh + u) * kw + v, xi })
    }
  }
  return found.sort((a, b) => a.step - b.step)
}

/** Where one weight is used: {step, xi (−1 on padding), k} for each of its products, in C order of y. */
function meetsOf(g, wi) {
  const [kd, kh, kw] = g.taps, [wo, wc, given] = planeAndIndex(wi, g.wReads, g.taps)
  const [t, u, v] = g.flip ? [kd - 1 - given[0], kh - 1 - given[1], kw - 1 - given[2]] : given, found = []
  for (const [image, filter, c] of g.used(wo, wc)) for (let d = 0; d < g.out[0]; d++) for (let p = 0; p < g.outPlane; p++) {
    const place = [image, filter, d, Math.floor(p / g.out[2]), p % g.out[2]], corner = cornerOf(g, place)
    const source = [t, u, v].map((r, a) => corner[a] + r * g.dilation[a])
    found.push({ step: stepAt(g, place), xi: xIndex(g, ...g.left(place, c), source), wi, k: ((c * kd + t) * kh + u) * kw + v })
  }
  return found.sort((a, b) => a.step - b.step)
}

/** Positions of the padded input along an axis that some window reads. */
function readAlong(g, axis) {
  const read = new Array(g.padded[axis]).fill(false)
  for (let o = 0; o < g.out[axis]; o++) for (let r = 0; r < g.taps[axis]; r++) read[o * g.stride[axis] + r * g.dilation[axis]] = true
  return read
}

/** How code writes an index: "y[1, 2]", with image, filter or channel only where there are several. */
function indexName(g, key, planes, at) {
  return `${g.letters[key]}[${[...planes.filter((_, i) => g.several[key][i]), ...at.slice(3 - g.rank)].map((v) => fmt(v)).join(", ")}]`
}

const yName = (g, step) => { const [n, o, ...at] = placeOf(g, step); return indexName(g, "y", [n, o], at) }

// ---- what a weight is called: the letter and the colour of its tap, unless a gradient slides something else
/** The name of the weight at a place of w, on the tile of its term. */
const weightName = (g, given) => (g.tapless ? given.slice(3 - g.rank).join(",") : tapName(given[1], given[2], g.taps[1], g.taps[2]))

/** Paint a node in the colour of a tap; where dy slides, in that of the weight which the step makes. */
function paint(node, g, given, step) {
  if (!g.tapless) return tapColour(node, given[1], given[2], g.taps[1], g.taps[2])
  const made = step % g.outPlane
  return tapColour(node, Math.floor(made / g.out[2]), made % g.out[2], g.out[1], g.out[2])
}
