// The same numbers the other way: not each value of the gradient gathered from a window, but each value of dy spread over
// the gradient, one after the other, until all are in.

/** The walk through dy. makeSpread(app) → {on, turn(on), travel(move), advance(n), restart(playing), subject(), show(now), build()}. */
function makeSpread(app) {
  const v = { on: false, at: 0, sums: null, upTo: -1 }
  return { on: () => v.on, at: () => v.at,
    turn(on) {
      if (on === v.on) return
      v.on = on
      app.player.stop()
      app.stage.node.classList.toggle("spreading", on)
      app.formula.node.classList.toggle("spreading", on)
      app.transport.build(on ? walkOf(app.g) : app.g, on ? "value of dy" : "cell")
      app.stage.parts.last = null
      if (on) spreadTo(app, v, valueAt(app))
      else redraw(app)
    },
    build() { v.sums = null; v.upTo = -1; if (v.on) { app.transport.build(walkOf(app.g), "value of dy"); v.at = Math.min(v.at, dyOf(app.g).length - 1) } },
    travel: (move) => spreadTo(app, v, stepOf(app, v, move)),
    scrub: (position) => spreadTo(app, v, position),
    restart: (playing) => { if (!playing && v.at >= dyOf(app.g).length - 1) spreadTo(app, v, 0) },
    advance: (n) => { spreadTo(app, v, v.at + n); return v.at < dyOf(app.g).length - 1 },
    subject: () => (app.g.which === "dx" ? { kind: "scatter", xi: v.at } : { kind: "weight", wi: v.at }),
    show: (now) => v.on && showSpread(app, v, now) }
}

const dyOf = (g) => (g.which === "dx" ? g.x : g.w)

/** What a transport needs to walk through the values of dy: one tap each. */
const walkOf = (g) => ({ steps: dyOf(g).length, terms: 1, total: dyOf(g).length })

/** The products that one value of dy enters. */
const productsOf = (g, m) => (g.which === "dx" ? scatterOf(g, m) : meetsOf(g, m))

function stepOf(app, v, move) {
  const last = dyOf(app.g).length - 1, row = app.g.which === "dx" ? app.g.space[2] : app.g.taps[2]
  return { start: 0, end: last, "tap-": v.at - 1, "tap+": v.at + 1, "cell-": v.at - 1, "cell+": v.at + 1, "row-": v.at - row, "row+": v.at + row }[move]
}

/** The value of dy that the window stands on, or the nearest before it that is one. */
function valueAt(app) {
  const { terms, tap } = app.now, list = app.g.which === "dx" ? terms.xi : terms.wi
  if (list[tap] >= 0) return list[tap]
  return Math.max(0, ...list)
}

/** Go to a value of dy; the planes that are shown are those that it feeds. */
function spreadTo(app, v, to) {
  const { g } = app
  v.at = Math.max(0, Math.min(dyOf(g).length - 1, to))
  const list = productsOf(g, v.at), plane = (step) => step - (step % g.outPlane)
  const here = list.find((one) => one.step === app.step) ?? list.find((one) => plane(one.step) === plane(app.step)) ?? list[0]
  if (here) {
    app.step = plane(here.step) + (app.step % g.outPlane)
    app.tap = here.k
  }
  redraw(app)
}

/** All sums after the values of dy up to and with `at`; kept, and carried on where it moves forward. */
function sumsUpTo(g, v) {
  if (!v.sums || v.upTo > v.at) { v.sums = new Float64Array(g.steps); v.touched = new Uint8Array(g.steps); v.upTo = -1 }
  const unit = g.decimals && [10 ** g.decimals.x, 10 ** g.decimals.w]
  for (let m = v.upTo + 1; m <= v.at; m++) for (const one of productsOf(g, m)) {
    if (one.xi < 0) continue
    v.sums[one.step] += unit ? Math.round(g.x[one.xi] * unit[0]) * Math.round(g.w[one.wi] * unit[1]) : g.x[one.xi] * g.w[one.wi]
    v.touched[one.step] = 1
  }
  v.upTo = v.at
  return (step) => (unit ? v.sums[step] / (unit[0] * unit[1]) : v.sums[step])
}

function showSpread(app, v, now) {
  const { g, step, hidden } = now, { parts: s } = app.stage, f = app.formula.parts, sum = sumsUpTo(g, v), start = step - (step % g.outPlane)
  s.y.cells.forEach((cell, i) => {
    cell.classList.toggle("done", v.touched[start + i] === 1)
    s.y.text(i, hidden ? "?" : fmt(sum(start + i), s.digits))
    s.y.name(i, `${hidden ? "?" : fmt(sum(start + i))}, ${g.rank > 1 ? `row ${Math.floor(i / s.y.cols)}, ` : ""}column ${i % s.y.cols}, so far`)
  })
  s.last = null                                        // every cell holds something else when the window comes back
  const all = v.at === dyOf(g).length - 1, gathered = sumOf(g, step), so = sum(step)
  app.transport.show({ g: walkOf(g), step: v.at, tap: 0, name: app.views.words(app.spread.subject(), g)[0] })
  if (hidden) return
  say(f.was, `${yName(g, step)} so far`)
  say(f.sum, fmt(so, 11))
  say(f.otherLabel, `after ${v.at + 1} of ${dyOf(g).length}; gathered `)
  say(f.otherValue, fmt(gathered, 9))
  say(f.otherTail, !all ? "" : so === gathered || (Number.isNaN(so) && Number.isNaN(gathered)) ? ": the same" : ": the same but for rounding")
  app.screen.root.dataset.spread = so
}
