// The arithmetic of a scene, and nothing of its picture: pure functions of plain data.
// Every spec is handled as three axes (depth, rows, columns); the missing ones have length 1.

/** What follows from a scene: sizes, windows, terms, sums.
 *
 *  A step is one output value (its place in C order of y); a term is one multiply-add of it, in the order of the window:
 *  channel, then depth, row, column. `flip` may differ from the scene's, to see the other convention. */
function geometryOf(scene, flip = scene.flip) {
  const rank = scene.stride.length
  const three = (list, fill) => [...Array(3 - rank).fill(fill), ...list]
  const [images, channels, ...space] = scene.x.shape, [filters, reads, ...taps] = scene.w.shape
  const g = { rank, flip, images, channels, filters, reads, groups: scene.groups, perGroup: filters / scene.groups,
    space: three(space, 1), taps: three(taps, 1), out: three(scene.y.shape.slice(2), 1), stride: three(scene.stride, 1),
    dilation: three(scene.dilation, 1), pads: three(scene.pads, [0, 0]),
    x: Float64Array.from(scene.x.values, num), w: Float64Array.from(scene.w.values, num) }
  g.extent = g.taps.map((k, a) => (k - 1) * g.dilation[a] + 1)
  g.padded = g.space.map((n, a) => n + g.pads[a][0] + g.pads[a][1])
  g.perPlane = g.taps[1] * g.taps[2]                   // terms that lie in one plane of x
  g.planes = reads * g.taps[0]                         // planes that one output value reads
  g.terms = g.planes * g.perPlane
  g.outPlane = g.out[1] * g.out[2]
  g.steps = images * filters * g.out[0] * g.outPlane
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
  return [0, 1, 2].map((a) => place[2 + a] * g.stride[a] - g.pads[a][0])
}

/** The parts of a term: channel that the filter reads, place in the window, and the tap as given that meets it. */
function termAt(g, k, flip = g.flip) {
  const [kd, kh, kw] = g.taps
  const v = k % kw, u = Math.floor(k / kw) % kh, t = Math.floor(k / g.perPlane) % kd, c = Math.floor(k / (g.perPlane * kd))
  return { c, t, u, v, given: flip ? [kd - 1 - t, kh - 1 - u, kw - 1 - v] : [t, u, v], plane: c * kd + t }
}

/** Place of a value in x, or −1 on padding. */
function xIndex(g, n, channel, [d, i, j]) {
  const [D, H, W] = g.space
  return d < 0 || i < 0 || j < 0 || d >= D || i >= H || j >= W ? -1 : (((n * g.channels + channel) * D + d) * H + i) * W + j
}

function wIndex(g, o, c, [t, u, v]) {
  return (((o * g.reads + c) * g.taps[0] + t) * g.taps[1] + u) * g.taps[2] + v
}

/** All terms of a step: x, w, product, running (sum up to and with it), xi (−1 on padding), wi; one array each.
 *  A term on padding adds nothing, whatever its weight, as the loops skip it. */
function termsOf(g, step, flip = g.flip) {
  const place = placeOf(g, step), corner = cornerOf(g, place), first = Math.floor(place[1] / g.perGroup) * g.reads
  const [kd, kh, kw] = g.taps, [dd, dh, dw] = g.dilation, size = g.terms
  const r = { x: new Float64Array(size), w: new Float64Array(size), product: new Float64Array(size), running: new Float64Array(size),
    xi: new Int32Array(size), wi: new Int32Array(size), place, corner, first }
  const unit = g.decimals && [10 ** g.decimals.x, 10 ** g.decimals.w]
  let sum = 0, k = 0
  for (let c = 0; c < g.reads; c++) for (let t = 0; t < kd; t++) for (let u = 0; u < kh; u++) for (let v = 0; v < kw; v++, k++) {
    const xi = xIndex(g, place[0], first + c, [corner[0] + t * dd, corner[1] + u * dh, corner[2] + v * dw])
    const wi = wIndex(g, place[1], c, flip ? [kd - 1 - t, kh - 1 - u, kw - 1 - v] : [t, u, v])
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
  const [D, H, W] = g.space
  const at = [Math.floor(xi / (H * W)) % D, Math.floor(xi / W) % H, xi % W]
  const channel = Math.floor(xi / (D * H * W)) % g.channels, n = Math.floor(xi / (D * H * W * g.channels))
  const group = Math.floor(channel / g.reads), c = channel % g.reads, [kd, kh, kw] = g.taps, found = []
  for (let t = 0; t < kd; t++) for (let u = 0; u < kh; u++) for (let v = 0; v < kw; v++) {
    const reach = [t, u, v].map((r, a) => at[a] - r * g.dilation[a] + g.pads[a][0])
    const to = reach.map((r, a) => r / g.stride[a])
    if (to.some((r, a) => !Number.isInteger(r) || r < 0 || r >= g.out[a])) continue
    const given = g.flip ? [kd - 1 - t, kh - 1 - u, kw - 1 - v] : [t, u, v]
    for (let f = 0; f < g.perGroup; f++) {
      const o = group * g.perGroup + f
      found.push({ step: stepAt(g, [n, o, ...to]), wi: wIndex(g, o, c, given), k: ((c * kd + t) * kh + u) * kw + v, xi })
    }
  }
  return found.sort((a, b) => a.step - b.step)
}

/** Where one weight is used: {step, xi (−1 on padding), k} for each of its products, in C order of y. */
function meetsOf(g, wi) {
  const [kd, kh, kw] = g.taps
  const given = [Math.floor(wi / g.perPlane) % kd, Math.floor(wi / kw) % kh, wi % kw]
  const c = Math.floor(wi / (g.perPlane * kd)) % g.reads, o = Math.floor(wi / g.terms)
  const [t, u, v] = g.flip ? [kd - 1 - given[0], kh - 1 - given[1], kw - 1 - given[2]] : given
  const first = Math.floor(o / g.perGroup) * g.reads, found = []
  for (let n = 0; n < g.images; n++) for (let d = 0; d < g.out[0]; d++) for (let p = 0; p < g.outPlane; p++) {
    const place = [n, o, d, Math.floor(p / g.out[2]), p % g.out[2]], corner = cornerOf(g, place)
    const source = [t, u, v].map((r, a) => corner[a] + r * g.dilation[a])
    found.push({ step: stepAt(g, place), xi: xIndex(g, n, first + c, source), wi, k: ((c * kd + t) * kh + u) * kw + v })
  }
  return found
}

/** Positions of the padded input along an axis that some window reads. */
function readAlong(g, axis) {
  const read = new Array(g.padded[axis]).fill(false)
  for (let o = 0; o < g.out[axis]; o++) for (let r = 0; r < g.taps[axis]; r++) read[o * g.stride[axis] + r * g.dilation[axis]] = true
  return read
}

/** How code writes an index: "y[1, 2]", with image, filter or channel only where there are several. */
function yName(g, step) {
  const [n, o, ...at] = placeOf(g, step)
  return `y[${[...(g.images > 1 ? [n] : []), ...(g.filters > 1 ? [o] : []), ...at.slice(3 - g.rank)].join(", ")}]`
}

function xName(g, n, channel, at) {
  return `x[${[...(g.images > 1 ? [n] : []), ...(g.channels > 1 ? [channel] : []), ...at.slice(3 - g.rank)].map((v) => fmt(v)).join(", ")}]`
}

function wName(g, o, c, given) {
  return `w[${[...(g.filters > 1 ? [o] : []), ...(g.channels > 1 ? [c] : []), ...given.slice(3 - g.rank)].join(", ")}]`
}
