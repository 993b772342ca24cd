// Predict before you look: a typed value is right, or it is the value of a known slip, named.

/** The value that a slip gives in place of the output value of a step.
 *  `turn`: which axes are turned; `shift`: the window moved, in positions of x; `stride`, `dilation`: other ones. */
function slip(g, step, { turn = [g.flip, g.flip, g.flip], shift = [0, 0, 0], stride = g.stride, dilation = g.dilation, swap = false, only = null }) {
  const place = placeOf(g, step), from = cornerOf({ ...g, stride }, place)
  const corner = from.map((p, a) => p + shift[a])
  let sum = 0
  for (let k = 0; k < g.terms; k++) {
    const { c, t, u, v } = termAt(g, k, false)
    if (only !== null && c !== only) continue
    const xi = xIndex(g, ...g.left(place, c), [corner[0] + t * dilation[0], corner[1] + u * dilation[1], corner[2] + v * dilation[2]])
    const given = [t, u, v].map((r, a) => (turn[a] ? g.taps[a] - 1 - r : r))
    if (xi >= 0) sum += g.x[xi] * g.w[wIndex(g, ...g.right(place, c), swap ? [given[0], given[2], given[1]] : given)]
  }
  return sum
}

/** Judge a guess: {kind, word, sentence}; kind "ok", "convention" (a known slip) or "different". */
function judgeGuess(g, step, guess) {
  const truth = sumOf(g, step), name = yName(g, step)
  const near = (a) => a === guess || (Number.isNaN(a) && Number.isNaN(guess)) || Math.abs(a - guess) <= 1e-9 * Math.max(1, Math.abs(a))
  if (near(truth)) return { kind: "ok", word: "right", sentence: `${name} = ${fmt(truth)}.` }
  const said = fmt(guess), [, kh, kw] = g.taps, terms = termsOf(g, step)
  const letter = (k) => weightName(g, termAt(g, k).given)
  const slips = [
    ...slipsOfGradient(g, step),
    ...(g.tapless ? [] : slipsOfTurn(g, step, letter(0))),
    ...(g.stride.some((s) => s > 1) ? [[slip(g, step, { stride: [1, 1, 1] }), ...(g.words.slips?.stride ?? ["stride forgotten", "is the value with stride 1."])]] : []),
    ...(g.dilation.some((d) => d > 1) ? [[slip(g, step, { dilation: [1, 1, 1] }), ...(g.words.slips?.dilation ?? ["dilation forgotten", "is the value with dilation 1: the taps stand apart."])]] : []),
    ...(g.reads > 1 ? Array.from({ length: g.reads }, (_, c) => [slip(g, step, { only: c }), `one ${g.words.summed ?? "channel"} only`, `is the sum over ${g.words.summed ?? "channel"} ${c} alone; add the other ${g.reads - 1}.`]) : []),
    ...[...terms.running].slice(0, -1).map((sum, k) => [sum, "not finished", `is the sum after tap ${letter(k)}; ${count(g.terms - 1 - k, "term")} ${k === g.terms - 2 ? "is" : "are"} left.`]),
    ...neighbours(g, step),
    ...[[0, 0, 1], [0, 0, -1], [0, 1, 0], [0, -1, 0]].filter((d) => g.rank > 1 || d[1] === 0).map((shift) => [slip(g, step, { shift }), "one off", `is the window one ${shift[2] ? "column" : "row"} ${shift[1] + shift[2] > 0 ? "on" : "back"}: count the padding again.`]),
    ...(g.rank > 1 && kh === kw ? [[slip(g, step, { swap: true }), "rows and columns swapped", "is the value with the filter's rows and columns swapped."]] : []),
    [-truth, "sign", "has the right size and the wrong sign."],
  ]
  const found = slips.find(([value]) => near(value))
  if (found) return { kind: "convention", word: found[1], sentence: `${said} ${found[2]}` }
  return { kind: "different", word: "not this", sentence: `${said} is no slip that is known here. Go tap by tap from ${letter(0)}: ${fmt(terms.x[0], 7)} × ${fmt(terms.w[0], 7)}.` }
}

/** Slips of convention: not turned (or turned), only one axis turned. */
function slipsOfTurn(g, step, start) {
  const f = g.flip, list = [[sumOf(g, step, !f), f ? "not turned" : "turned", f ? `is the value without the turn. Start from tap ${start}.` : `is the value with the filter turned. Here it is left as it is: start from tap ${start}.`]]
  if (g.rank > 1) {
    list.push([slip(g, step, { turn: [f, f, !f] }), f ? "rows turned only" : "columns turned", f ? "is the value with only the order of the rows turned; the columns turn too." : "is the value with the order of the columns turned."],
      [slip(g, step, { turn: [f, !f, f] }), f ? "columns turned only" : "rows turned", f ? "is the value with only the order of the columns turned; the rows turn too." : "is the value with the order of the rows turned."])
  }
  return list
}

/** Slips of a gradient: dy without its zeros between, and the tap at the opposite place. */
function slipsOfGradient(g, step) {
  if (g.tapless) {
    const mirror = placeOf(g, step).map((at, a) => (a < 2 ? at : g.out[a - 2] - 1 - at))
    return [[sumOf(g, stepAt(g, mirror)), "turned", "is the value of the tap at the opposite place: dw comes out as w goes in."]]
  }
  if (g.spread.every((s) => s === 1)) return []
  return [[slip({ ...g, spread: [1, 1, 1], span: g.space }, step, {}), "stride forgotten", "is the value with the values of dy side by side: zeros stand between them."]]
}

/** Output values beside the one asked for. */
function neighbours(g, step) {
  const place = placeOf(g, step), list = []
  for (const [axis, by] of [[4, 1], [4, -1], [3, 1], [3, -1]]) {
    const next = [...place]
    next[axis] += by
    if (next[axis] < 0 || next[axis] >= g.out[axis - 2]) continue
    const at = stepAt(g, next)
    list.push([sumOf(g, at), "another cell", `is ${yName(g, at)}, one ${axis === 4 ? "column" : "row"} ${by > 0 ? "on" : "back"}.`])
  }
  return list
}

/** The form that stands in the place of the sum while numbers are hidden. makePredict({reveal(step)}) → {show(now), focus} */
function makePredict(host, { reveal }) {
  const name = el("span.num.strong"), input = el("input.guess", { type: "text", autocomplete: "off", "aria-label": "Your value" })
  const check = el("button.btn.primary", { type: "submit" }, "Check"), give = el("button.btn.quiet", { type: "button", onclick: () => done(now.step, true) }, "Show it")
  const verdict = el("p.verdictline", { role: "status" }), form = el("form", {}, name, input, check, give)
  let now = null, asked = null
  const done = (step, shown) => {
    if (shown) verdict.replaceChildren(`${yName(now.g, step)} = ${fmt(sumOf(now.g, step))}.`)
    reveal(step)
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault()
    const value = typed(input.value)
    if (value === null) return verdict.replaceChildren(verdictChip("different", "no number"), " Type one number, for example −3 or 0.5.")
    const { g, step } = now, said = judgeGuess(g, step, value)
    verdict.replaceChildren(verdictChip(said.kind, said.word), ` ${said.sentence}`)
    if (said.kind === "ok") done(step, false)
  })
  // A field keeps all keys: Escape leaves it for its button, from where the arrows walk on and H shows the numbers again.
  input.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.preventDefault(); check.focus({ preventScroll: true }) } })
  host.replaceChildren(form, verdict)
  return { focus: () => input.focus({ preventScroll: true }),
    show(next) {
      now = next
      const key = `${next.step} ${next.g.flip}`
      if (key === asked) return
      asked = key
      say(name, `${yName(next.g, next.step)} =`)
      input.value = ""
      verdict.replaceChildren()
    } }
}
