// The formula strip: the terms of one output value and the sum that they build, as numbers and as a waterfall.
// Texts and heights are written once per output value and plane; a tap only moves two classes.
// `note(now)` may give the line below the sum as [label, number, tail]; without it, that of the other convention.

/** The strip. makeFormula({go}) → {node, build, fit, show, view}; `view(items)` shows other products in its place. */
function makeFormula({ go, note = null }) {
  const f = { note, big: el("div.big"), under: el("p"), terms: el("div.terms"), was: el("div.was"), sum: el("div.big.total"), other: el("p"), guess: el("div.guessing") }
  f.detail = el("div.detail.num")
  f.lead = el("div.lead", {}, f.big, f.under)
  f.end = el("div.sum", {}, f.was, f.sum, f.other)
  f.seen = el("div.terms.seen", { hidden: true })
  f.node = el("section.formula", { "aria-label": "The terms of this output value" },
    el("div.band", {}, f.lead, el("div.strip", {}, f.terms, f.seen, f.detail), f.end, f.guess))
  return { node: f.node, guess: f.guess, parts: f,
    build: (g) => buildFormula(f, g, go),
    fit: (width, { hidden, wide }) => { Object.assign(f, { hidden, wide }); fitFormula(f, width) },
    show: (now) => showFormula(f, now) }
}

/** One term: its bar in the waterfall, its letter, its factors, its product. */
function termNode(click) {
  const t = { bar: el("i.bar"), join: el("i.join"), acc: el("span.acc.num"), tile: el("span.t"), x: el("span.x"), b: el("b") }
  t.node = el("button.term", { type: "button", tabindex: "-1", onclick: click }, el("span.fall", {}, t.bar, t.join, t.acc), el("span.eq", {}, t.tile, el("span.prod", {}, t.x, " ", t.b)))
  return t
}

function buildFormula(f, g, go) {
  f.last = null
  f.g = g
  f.items = Array.from({ length: g.perPlane }, (_, k) => termNode(() => go(f.last.step, Math.floor(f.last.tap / g.perPlane) * g.perPlane + k)))
  f.terms.replaceChildren(...f.items.map((t) => t.node))
  f.terms.style.setProperty("--n", g.perPlane)
  const size = (values) => values.reduce((most, v) => Math.max(most, fmt(v, 7).length), 1)
  const top = (values) => values.reduce((most, v) => (Number.isFinite(v) ? Math.max(most, Math.abs(v)) : most), 0)
  f.chars = { factors: size(g.x) + size(g.w) + 3, product: Math.min(9, fmt(top(g.x) * top(g.w), 7).length + (g.x.some((v) => v < 0) || g.w.some((v) => v < 0) ? 1 : 0)) }
  f.chars.sum = Math.max(3, ...Array.from({ length: Math.min(g.steps, 400) }, (_, i) => fmt(sumOf(g, i), 11).length))
}

/** How much each term can say: all on one line, on two lines, or its bar and letter alone. */
function fitFormula(f, width) {
  if (!f.g) return
  const end = f.hidden ? 400 : Math.max(width > 1300 ? 190 : 150, f.chars.sum * 20 + 8, (f.chars.sum + f.chars.product + 5) * 9)
  const room = f.wide ? width - 120 - end - 24 : width
  f.node.style.setProperty("--sum-width", `${end}px`)
  const tight = f.wide && width < 1052                 // as in step.css: letters closer, digits smaller
  Object.assign(f, { room, digit: width > 1300 ? 9.1 : tight ? 7 : 7.7, tile: tight ? 22 : 26 })
  f.node.dataset.density = densityOf(f, f.g.perPlane, f.chars.factors, f.chars.product)
}

/** What n terms can say in the room of the strip, from the lengths of their factors and products in characters. */
function densityOf({ room, digit, tile }, n, factors, product) {
  const each = Math.min(150, room / n)
  return each >= (factors + product + 3) * digit + 34 ? "full" : each >= Math.max(factors, product + 2) * digit + tile ? "two" : "bars"
}

function showFormula(f, now) {
  const { g, step, tap, terms, other, hidden } = now
  const plane = Math.floor(tap / g.perPlane), k = tap % g.perPlane, first = plane * g.perPlane
  const fresh = f.last?.g !== g || f.last.step !== step || f.last.plane !== plane
  if (fresh) fillTerms(f, g, terms, first)
  if (fresh || f.last.k !== k) {
    const from = fresh ? 0 : Math.min(k, f.last.k), to = fresh ? g.perPlane - 1 : Math.max(k, f.last.k)
    for (let z = from; z <= to; z++) {
      const list = f.items[z].node.classList
      list.toggle("past", z < k)
      list.toggle("cur", z === k)
      list.toggle("next", z > k)
    }
  }
  showSum(f, now, plane, k, fresh)
  f.last = { g, step, tap, plane, k, hidden }
}

/** Write factors, products, sums and heights of the terms of one plane. */
function fillTerms(f, g, terms, first) {
  const start = first ? terms.running[first - 1] : 0, step = stepAt(g, terms.place)
  const fall = waterfall(terms.running.subarray(first, first + g.perPlane), start)
  const sums = [start, ...terms.running.subarray(first, first + g.perPlane)]
  f.node.classList.toggle("falls", sums.some((sum, k) => sum < sums[k - 1]))  // a falling bar has its sum below it
  f.terms.style.setProperty("--zero", `${fall.at(Math.max(fall.low, Math.min(fall.high, 0)))}%`)
  f.terms.classList.toggle("grounded", fall.low < 0 && fall.high >= 0)
  f.items.forEach((t, z) => {
    const k = first + z, from = fall.at(z ? terms.running[k - 1] : start), to = fall.at(terms.running[k]), { given } = termAt(g, k)
    dressTerm(t, weightName(g, given), given, g, step)
    t.node.classList.toggle("void", terms.xi[k] < 0)
    say(t.x, `${fmt(terms.x[k], 7)} × ${fmt(terms.w[k], 7)}`)
    say(t.b, `= ${fmt(terms.product[k], 8)}`)
    say(t.acc, fmt(terms.running[k], 8))
    raise(t, from, to)
  })
}

function dressTerm(t, letter, given, g, step) {
  say(t.tile, letter)
  const colour = g.tapless ? step : letter
  if (t.colour !== colour) { t.colour = colour; paint(t.node, g, given, step) }
}

/** A bar from one height to another, in per cent; it hangs where the sum falls. */
function raise(t, from, to) {
  const low = Math.min(from, to), high = Math.max(from, to)
  t.node.classList.toggle("neg", to < from)
  t.bar.style.bottom = `${low}%`
  t.bar.style.height = `${high - low}%`
  t.join.style.bottom = `${to}%`
  t.acc.style.bottom = to < from ? `calc(${low}% - 18px)` : `calc(${high}% + 2px)`
}

/** Left: which value, which term. Right: old sum + product = new sum, and the other convention's sum so far. */
function showSum(f, now, plane, k, fresh) {
  const { g, step, tap, terms, other, hidden } = now, { given } = termAt(g, tap)
  const letter = weightName(g, given), before = tap ? terms.running[tap - 1] : 0
  if (fresh) say(f.big, `${yName(g, step)} =`)
  const where = g.planes > 1 ? `, ${planeName(g, plane)}` : ""
  say(f.under, `term ${tap + 1} of ${g.terms}, ${g.tapless ? `${g.letters.w}[${given.slice(3 - g.rank).join(", ")}]` : `tap ${letter}`}${where}`)
  if (f.node.dataset.density === "bars") {
    const share = g.perPlane > 1 ? (k / (g.perPlane - 1)) * 100 : 50
    say(f.detail, `${letter}  ${fmt(terms.x[tap], 7)} × ${fmt(terms.w[tap], 7)}${hidden ? "" : ` = ${fmt(terms.product[tap], 9)}`}`)
    f.detail.style.left = `${share}%`
    f.detail.style.transform = `translateX(${-share}%)`
  }
  if (hidden) return
  say(f.was, `${plus(before, terms.product[tap], 9)} =`)
  say(f.sum, fmt(terms.running[tap], 11))
  const note = f.note?.(now) ?? [g.flip ? "without the flip: " : "with the flip: ", fmt(other.running[tap], 9), " so far"]
  if (!f.otherValue) f.other.replaceChildren(f.otherLabel = el("span"), f.otherValue = el("b"), f.otherTail = el("span"))
  say(f.otherLabel, note[0])
  say(f.otherValue, note[1])
  say(f.otherTail, note[2])
}
