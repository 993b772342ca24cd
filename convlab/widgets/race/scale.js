// Race, places on paper: logarithmic scales, their ticks, and labels that keep out of each other's way.

const UNITS = [[1, " s"], [1e-3, " ms"], [1e-6, " µs"], [1e-9, " ns"]]

/** A logarithmic scale from `low` to `high`: at(value) is 0..1, and back(place) the value there. */
function logScale(low, high) {
  const span = Math.log(high / low) || 1
  return { low, high, at: (value) => Math.log(value / low) / span, back: (place) => low * Math.exp(place * span) }
}

/** Round ticks inside low..high: the powers of ten, with 2 and 5 between them when those alone are too few. */
function logTicks(low, high, least = 3) {
  const powers = []
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) powers.push(power)
  const inside = (steps) => powers.flatMap((power) => steps.map((step) => Number(`${step}e${power}`))).filter((value) => value >= low * 0.999 && value <= high * 1.001)
  return [[1], [1, 3], [1, 2, 5]].map(inside).find((ticks) => ticks.length >= least) ?? inside([1, 2, 5])
}

/** Ticks of time as a person reads them up an axis: "1 ms", "10", "100", "1 s"; the unit stands where it begins. */
function timeTicks(low, high) {
  const unitOf = (s) => UNITS.find(([size]) => s >= size * 0.9999) ?? UNITS.at(-1)
  let last = null
  return logTicks(low, high).map((s) => {
    const [size, word] = unitOf(s), text = String(Number((s / size).toPrecision(3)))
    const label = word === last ? text : text + word
    last = word
    return { s, label }
  })
}

const areApart = (a, b) => a.x1 <= b.x0 || b.x1 <= a.x0 || a.y1 <= b.y0 || b.y1 <= a.y0

/** Push labels that stand in one column apart: those that would touch become a stack around where they wanted to be.
 *  Each is {y, ...}; `gap` is from one to the next. */
function spread(labels, gap, top, bottom) {
  const stacks = []
  for (const label of [...labels].sort((a, b) => a.y - b.y)) {
    stacks.push({ all: [label], wanted: label.y })
    while (stacks.length) {
      const last = stacks.at(-1), before = stacks.at(-2), height = (last.all.length - 1) * gap
      last.first = Math.max(top, Math.min(bottom - height, last.wanted - height / 2))
      if (!before || before.first + before.all.length * gap <= last.first) break
      const all = [...before.all, ...last.all]
      stacks.splice(-2, 2, { all, wanted: (before.wanted * before.all.length + last.wanted * last.all.length) / all.length })
    }
  }
  for (const { all, first } of stacks) all.forEach((label, n) => { label.y = first + n * gap })
  return labels
}

/** How much of what is taken a box would cover. */
const touched = (box, taken) => taken.reduce((sum, other) => sum + (areApart(box, other) ? 0 : other.weight), 0)

/** The first of some places for a box that touches nothing that is taken; else the one where it matters least. */
function freePlace(places, taken, bounds) {
  const cost = (box) => touched(box, taken) + (box.x0 < bounds.x0 || box.x1 > bounds.x1 || box.y0 < bounds.y0 || box.y1 > bounds.y1 ? 1000 : 0)
  let best = places[0], least = Infinity
  for (const place of places) {
    const now = cost(place)
    if (now < least) [best, least] = [place, now]
    if (!now) break
  }
  return best
}

/** Put labels along a line into lanes, so that neighbours do not overlap: each {x, width, dot} gets .lane, or null for
 *  none; those that are `first` choose before all others. `taken` holds spans [from, to] per lane that are in use already,
 *  `inner` the lane that the stem of another one passes on its way to its dot. */
function intoLanes(labels, lanes, taken = {}, inner = {}) {
  const ends = Object.fromEntries(lanes.map((lane) => [lane, [...(taken[lane] ?? [])]]))
  const isFree = (lane, from, to) => !ends[lane] || ends[lane].every(([a, b]) => to < a || from > b)
  for (const label of [...labels].sort((a, b) => Boolean(b.first) - Boolean(a.first) || a.x - b.x)) {
    const from = label.x - label.width / 2, to = label.x + label.width / 2, stem = [label.dot - 3, label.dot + 3]
    label.lane = lanes.find((lane) => isFree(lane, from, to) && isFree(inner[lane], ...stem)) ?? null
    if (label.lane === null) continue
    ends[label.lane].push([from, to])
    ends[inner[label.lane]]?.push(stem)
  }
  return labels
}

/** How wide a text is drawn, by its letters: near enough to keep labels apart without asking the layout. */
const textWidth = (text, size = 12) => [...text].reduce((sum, letter) => sum + (/[ilj.,:|'’ftr1I]/.test(letter) ? 0.36 : /[mwMW]/.test(letter) ? 0.86 : 0.56), 0) * size
