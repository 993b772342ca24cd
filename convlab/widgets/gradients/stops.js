// Stops of the tour through a gradient, made for the scene at hand: each a position and a sentence.

/** The stops of a gradient: {step, tap, words, prepare, spread}. */
function gradientStops(g, scene) {
  const mid = middleStep(g), name = yName(g, mid), made = fmt(sumOf(g, mid))
  const first = g.which === "dx" ? inputStops(g, scene, mid) : filterStops(g, scene, mid)
  const empty = termsOf(g, mid).xi.reduce((n, at) => n + (at < 0 ? 1 : 0), 0)
  const absent = empty ? ` ${empty} of them ${empty === 1 ? "meets" : "meet"} no value and ${empty === 1 ? "adds" : "add"} 0.` : ""
  return [...first, { step: mid, tap: g.terms - 1, words: [`${name} = ${made}: ${count(g.terms, "product")}, added up.${absent} Let ${name.slice(1)} grow by 1, and the sum of dy · y grows by ${made}${scene.ticks.ok[mid] ? ": the tick says that this was tried" : ""}.`] },
    { step: mid, tap: g.terms - 1, spread: true, words: [g.which === "dx" ? "The other way round: every value of dy is spread over dx by the weights of its own window. No zeros are needed, and the sums are the same."
      : "The other way round: every value of dy adds its own window of x to dw, all taps at once. The sums are the same."] },
    ...lastStop(g, scene)]
}

function inputStops(g, scene, mid) {
  const apart = g.spread.some((s, a) => s > 1 && g.space[a] > 1), around = g.pads.some(([lo, hi]) => lo || hi), em = (word) => el("em", {}, word), [kh, kw] = g.taps.slice(1)
  const made = [apart && `between its values stand the zeros of the stride`, around && `around them the zeros that let a window stand on every input`].filter(Boolean)
  return [{ step: 0, tap: 0, prepare: true, words: [`dy has one value for each value of y. ${made.length ? `To be slid over, ${made.join(", and ")}.` : "It is slid over as it comes."}`] },
    { step: mid, tap: 0, words: g.perPlane === 1 ? ["One tap a plane: turning it changes nothing."] : g.flip
      ? ["The forward pass leaves w as it is, so here it is turned: the tap that carried an input into y carries dy back to it. The window begins with ", em(tapName(kh - 1, kw - 1, kh, kw)), " and ends with ", em(tapName(0, 0, kh, kw)), "."]
      : ["The forward pass turns w, so here it is left as it is: the tap that carried an input into y carries dy back to it. The window begins with ", em(tapName(0, 0, kh, kw)), " and ends with ", em(tapName(kh - 1, kw - 1, kh, kw)), "."] }]
}

function filterStops(g, scene, mid) {
  const apart = g.dilation.some((d, a) => d > 1 && g.taps[a] > 1)
  return [{ step: 0, tap: 0, words: [`dw has one value for each tap of w. dy is what slides over x${apart ? ", its values as far apart as the windows of the forward pass" : ""}.`] },
    { step: mid, tap: 0, words: [`Tap ${tapName(...placeOf(g, mid).slice(3), g.out[1], g.out[2])} met one value of x for each value of y: the window shows which.${g.backwards ? " The forward pass turns w, so dw is made from its last tap to its first." : ""}`] }]
}

/** What no window reads moves nothing; else: what the gradient is for. */
function lastStop(g, scene) {
  const { cells, sentence } = scene.unread
  if (g.which === "dx" && sentence) return [{ step: cells.indexOf(true), tap: g.terms - 1, words: [`Hatched inputs were never read. However they change, y stays as it is, so their gradient is 0: every tap here meets a zero.`] }]
  if (g.which === "dw" && sentence) return [{ step: g.steps - 1, tap: 0, words: ["What is hatched was never read by the forward pass, and no value of dy meets it here."] }]
  return []
}
