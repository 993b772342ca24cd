// Compare, the arithmetic: which value of which array stands where, and of which terms it is the sum.

const flatIndex = (shape, at) => at.reduce((n, i, axis) => n * shape[axis] + i, 0)
const isInside = (shape, at) => at.every((i, axis) => i >= 0 && i < shape[axis])
const valueAt = (array, at) => num(array.values[flatIndex(array.shape, at)])
const shapeText = (shape) => `(${shape.join(", ")})`

/** The last two axes of y are drawn, the ones before them are chosen; a signal is one row. */
function planeOf(shape) {
  const drawn = shape.length > 3 ? 2 : 1
  return { rows: drawn === 2 ? shape.at(-2) : 1, cols: shape.at(-1), lead: shape.slice(0, -drawn) }
}
const cellIndex = (shape, lead, i, j) => (shape.length > 3 ? [...lead, i, j] : [...lead, j])
const cellPlace = (index) => (index.length > 3 ? index.slice(-2) : [0, index.at(-1)])

function unravel(shape, n) {
  const at = []
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    at[axis] = n % shape[axis]
    n = Math.floor(n / shape[axis])
  }
  return at
}

/** a - b, where equal, both NaN and the same infinity count as no difference. */
const gap = (a, b) => (a === b || (Number.isNaN(a) && Number.isNaN(b)) ? 0 : a - b)

/** The difference of the planes that two columns show; null when the planes have not the same size. */
function planeGap(a, leadA, b, leadB) {
  const p = planeOf(a.shape), q = planeOf(b.shape)
  if (p.rows !== q.rows || p.cols !== q.cols) return null
  const values = []
  for (let i = 0; i < p.rows; i++) {
    for (let j = 0; j < p.cols; j++) values.push(gap(valueAt(a, cellIndex(a.shape, leadA, i, j)), valueAt(b, cellIndex(b.shape, leadB, i, j))))
  }
  return { rows: p.rows, cols: p.cols, values, ...gapFacts(values, [p.rows, p.cols]) }
}

const wholeGap = (a, b) => gapFacts(a.values.map((v, n) => gap(num(v), num(b.values[n]))), a.shape)

/** How many differ, the first, the largest and where it is; a NaN against a number counts as infinitely far. */
function gapFacts(values, shape) {
  const facts = { differ: 0, size: values.length, largest: 0, at: null, first: null }
  values.forEach((v, n) => {
    if (v === 0) return
    const size = Number.isFinite(v) ? Math.abs(v) : Infinity
    facts.differ += 1
    facts.first ??= unravel(shape, n)
    if (size > facts.largest) Object.assign(facts, { largest: size, at: unravel(shape, n) })
  })
  return facts
}

/** The magnitude that a full tint stands for: the largest finite one of all the columns. */
function largestOf(arrays) {
  let top = 0
  for (const array of arrays) for (const v of array.values) {
    const size = Math.abs(num(v))
    if (Number.isFinite(size) && size > top) top = size
  }
  return top
}

/** The products that make one value of a column, in the order of its window; null when no reading of it is known.
 *
 *  `column.reading` says how the column goes through x and w: where its window starts on each axis for the first
 *  value (`start`), which tap meets each place of the window (`taps`, places and taps both in C order), its stride
 *  and dilation, whether it reads the channels backwards, and what it reads beyond the border. */
function termsFor(scene, column, at) {
  const how = column.reading
  if (!how || scene.big) return null
  return how.kind === "all axes" ? termsOverAllAxes(scene, how, at) : termsOfLayer(scene, how, at)
}

function termsOfLayer({ x, w, groups }, how, at) {
  const taps = w.shape.slice(2), space = x.shape.slice(2), reads = w.shape[1], terms = []
  const [n, o, ...place] = at
  const first = Math.floor(o / (w.shape[0] / groups)) * reads
  for (let c = 0; c < reads; c++) {
    how.taps.forEach((tap, p) => {
      const inside = unravel(taps, p)
      const from = place.map((a, axis) => beyond(a * how.stride[axis] + how.start[axis] + inside[axis] * how.dilation[axis], space[axis], how.border))
      terms.push(oneTerm(x, [n, first + c, ...from], w, [o, how.channels ? reads - 1 - c : c, ...unravel(taps, tap)], tap))
    })
  }
  return terms
}

/** The position that is read in place of one beyond the border; itself where there are only zeros. */
function beyond(p, n, border) {
  const turn = (size) => ((p % size) + size) % size
  if (border === "wrap") return turn(n)
  if (border === "nearest") return Math.max(0, Math.min(n - 1, p))
  if (border === "reflect") return Math.min(turn(2 * n), 2 * n - 1 - turn(2 * n))
  if (border === "mirror") return Math.min(turn(Math.max(1, 2 * n - 2)), Math.max(1, 2 * n - 2) - turn(Math.max(1, 2 * n - 2)))
  return p
}

/** SciPy's N-dimensional functions slide along every axis: a value sums over images and channels as well. */
function termsOverAllAxes({ x, w }, how, at) {
  const plane = w.shape.slice(2).reduce((a, b) => a * b, 1)
  return how.taps.map((tap, p) => {
    const inside = unravel(w.shape, p)
    return oneTerm(x, at.map((a, axis) => a + how.start[axis] + inside[axis]), w, unravel(w.shape, tap), tap % plane)
  })
}

function oneTerm(x, from, w, weight, tap) {
  const pad = !isInside(x.shape, from)
  return { from, tap, pad, x: pad ? 0 : valueAt(x, from), w: valueAt(w, weight), channel: weight[1], filter: weight[0] }
}

const termSum = (terms) => terms.reduce((sum, t) => (t.pad ? sum : sum + t.x * t.w), 0)
