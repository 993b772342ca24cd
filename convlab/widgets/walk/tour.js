// Six stops made for the scene at hand: each a position and a sentence.

/** The tour card; `stopsOf(g, scene)` writes its stops. makeTour({visit(stop), stopsOf}) → {node, build(g, scene)}. */
function makeTour({ visit, stopsOf = tourStops }) {
  const text = el("p"), dots = el("span.dots", { "aria-hidden": "true" }), spoken = el("span.sr")
  const back = el("button.btn.quiet", { type: "button" }, "Back"), next = el("button.btn", { type: "button" }, "Next stop")
  const node = el("aside.panel.tour", { "aria-label": "Guided tour" }, text, el("footer", {}, dots, spoken, back, next))
  let stops = [], at = 0
  const draw = () => {
    text.replaceChildren(...stops[at].words)
    dots.replaceChildren(...stops.map((_, i) => el("i", { class: i <= at ? "on" : null })))
    say(spoken, `Tour, stop ${at + 1} of ${stops.length}`)
    back.toggleAttribute("disabled", at === 0)
    say(next, at === stops.length - 1 ? "From the start" : "Next stop")
  }
  const move = (to) => { at = to; draw(); visit(stops[at]) }
  back.addEventListener("click", () => move(Math.max(0, at - 1)))
  next.addEventListener("click", () => move((at + 1) % stops.length))
  return { node, build(g, scene) { stops = stopsOf(g, scene); at = Math.min(at, stops.length - 1); draw() } }
}

/** The six stops of a scene: {step, tap, words, view}. Words in plum are taps. */
function tourStops(g, scene) {
  const [kh, kw] = g.taps.slice(1), em = (word) => el("em", {}, word), named = (u, v) => em(tapName(u, v, kh, kw))
  const last = g.terms - 1, mid = middleStep(g), first = named(0, 0), final = named(kh - 1, kw - 1)
  return [
    { step: 0, tap: 0, words: [`${sizeWords(g, scene)} Each is ${g.terms === 1 ? "one value of x times one weight" : `one window of x times one filter: ${g.terms} products, added up`}. What is not made yet is a question mark.`] },
    edgeStop(g),
    { step: mid, tap: 0, words: g.perPlane === 1 ? [g.taps[0] > 1 ? "One tap a plane: the turn only reverses the order of the planes." : "One tap a plane: turning it changes nothing."] : g.flip
      ? ["Each tap keeps its letter and colour. After the turn the window meets ", final, " first and ", first, " last: that, and nothing else, is the flip."]
      : ["Left as it is, the window meets ", first, " first and ", final, " last. Turn the filter and watch the letters: the products change, the inputs do not."] },
    { step: mid, tap: last, words: sumWords(g, mid) },
    pathStop(g, scene, mid),
    scatterStop(g, mid),
  ]
}

/** How many values y holds, and how they lie: "y holds 54 values: 3 × 3 for each of 2 images and 3 filters." */
function sizeWords(g, scene) {
  const size = scene.y.shape.slice(2).join(" × "), each = [[g.images, "image"], [g.filters, "filter"]].filter(([n]) => n > 1).map(([n, noun]) => count(n, noun))
  return `y holds ${count(g.steps, "value")}${each.length ? `: ${size} for each of ${each.join(" and ")}` : g.rank > 1 ? ` (${size})` : ""}.`
}

/** A step whose window stands inside x as far as possible: the middle one. */
function middleStep(g) {
  return stepAt(g, [0, 0, ...g.out.map((n) => Math.floor((n - 1) / 2))])
}

function edgeStop(g) {
  if (!g.pads.some(([lo, hi]) => lo || hi)) {
    return { step: 0, tap: g.terms - 1, words: [g.perPlane * g.taps[0] === 1 ? "One tap a plane: the window is a single cell, and y has a value for each place where it stands."
      : "No padding: the window never leaves the image, so y is smaller than x along every axis with more than one tap."] }
  }
  const outsideOf = (step) => termsOf(g, step).xi.reduce((n, xi) => n + (xi < 0 ? 1 : 0), 0)
  const step = [0, g.steps - 1].find(outsideOf) ?? 0, outside = outsideOf(step), one = outside === 1
  return { step, tap: g.terms - 1, words: [outside ? `Here the window hangs over the edge of x: ${outside} of its ${count(g.terms, "place")} ${one ? "is" : "are"} padding and ${one ? "counts" : "count"} as 0. The loops skip ${one ? "it" : "them"}; the terms keep ${one ? "it" : "them"}, underlined with dashes.`
    : "There are zeros around x, but no window reaches them."] }
}

function sumWords(g, step) {
  const made = sumOf(g, step), other = sumOf(g, step, !g.flip)
  const name = yName(g, step), names = g.flip ? "without the turn" : "with the turn"
  return made === other
    ? [`${name} = ${fmt(made)}, and ${names} it is the same: this filter or this image cannot tell the two apart here.`]
    : [`${name} = ${fmt(made)}. The same window ${names} gives ${fmt(other)}: two operations, often under one name.`]
}

/** What is special about the way: channels, stride, dilation, or the plain neighbour. */
function pathStop(g, scene, mid) {
  const rest = scene.remainder ?? [], strides = g.stride.some((s) => s > 1)
  const next = Math.min(g.steps - 1, mid + 1), axis = g.out[2] > 1 ? 2 : 1
  if (g.outPlane === 1 && g.planes === 1) return { step: mid, tap: 0, words: ["The filter fits in one place only: each plane of y is a single value."] }
  if (g.planes > 1) return { step: mid, tap: g.perPlane, words: [`The sum does not stop at one plane: it runs over ${count(g.planes, "plane")} of x, each with its own plane of the filter. Their partial sums stand in the row above.`] }
  if (strides) {
    const left = rest.some((n) => n) ? ` What is hatched is left over: no window reaches it.` : " Nothing is left over here."
    return { step: next, tap: 0, words: [`Stride ${evenly(scene.stride)}: the next window starts ${count(g.stride[axis], AXIS_NAMES[3][axis].replace(/s$/, ""))} on, and the values between are never made.${left}`] }
  }
  if (g.dilation.some((d) => d > 1)) return { step: mid, tap: 0, words: [`Dilation ${evenly(scene.dilation)}: the taps stand apart, and what lies between them is not read by this window.`] }
  return { step: next, tap: 0, words: [nextWords(g, axis)] }
}

/** What two neighbouring windows have in common, for stride 1 and dilation 1. */
function nextWords(g, axis) {
  const name = axis === 2 ? "column" : "row", shared = g.perPlane - g.perPlane / g.taps[axis]
  if (!shared) return `One ${name} on: other inputs, the same weights.`
  return `One ${name} on, the window shares ${shared} of its ${g.perPlane} places with the one before, but each of them meets another tap.`
}

function scatterStop(g, mid) {
  const terms = termsOf(g, mid), fed = Array.from(terms.xi, (xi) => (xi < 0 ? 0 : scatterOf(g, xi).length)), most = Math.max(...fed)
  const k = fed.indexOf(most), xi = Math.max(0, terms.xi[k])
  return { step: mid, tap: k, scatter: xi, words: [`The same work seen from one input value: ${fmt(g.x[xi])} goes to ${count(most, "output")}${most > 1 ? ", each time with a weight of its own" : ""}. Gather reads windows, scatter writes them; the sums are the same.`] }
}

/** One number when all axes agree, else all of them. */
function evenly(list) {
  return list.every((one) => one === list[0]) ? String(list[0]) : list.join(", ")
}
