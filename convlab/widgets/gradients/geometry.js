// A gradient as a window that slides: the geometry of `geometry.js` with other planes, letters and words.

/** What follows from a Gradients scene. For dx the filter slides over dy, whose values stand a stride apart; for dw the
 *  values of dy slide over x, also a stride apart. A step is one value of the gradient, in C order. */
function gradientGeometry(scene) {
  const { picture: p } = scene, rank = p.out.length, three = (list, fill) => [...Array(3 - rank).fill(fill), ...list]
  const { x: { shape: [images, channels, ...space] }, w: { shape: [filters, reads, ...taps] }, dy: { shape: [, , ...made] } } = scene
  const sizes = { images, channels, filters, reads, perGroup: filters / scene.groups, space: three(space, 1), taps: three(taps, 1), made: three(made, 1) }
  const values = (key) => Float64Array.from(scene[key].values, num)
  const common = { rank, groups: scene.groups, flip: p.turned, backwards: p.backwards, out: three(p.out, 1), stride: three(p.stride, 1), dilation: three(p.dilation, 1),
    pads: three(p.pads, [0, 0]), span: three(p.span, 1), spread: three(p.spread, 1), cut: three(p.cut, 0), x: values(p.left), w: values(p.right) }
  const g = { ...common, ...(scene.which === "dx" ? inputGradient(sizes, scene) : filterGradient(sizes, scene)), which: scene.which }
  return measured(g)
}

/** dx: dy holds the filters as its channels, and is gathered once per channel of x. */
function inputGradient({ images, channels, filters, reads, perGroup, taps, made }, scene) {
  const group = (c) => Math.floor(c / reads)
  const { picture: p } = scene, whole = p.span.map((n, a) => n + p.pads[a][0] + p.pads[a][1]), size = scene.dy.shape.slice(2)
  const met = p.span.map((n, a) => Math.max(0, Math.floor((n - 1 + p.cut[a]) / p.spread[a]) - Math.ceil(p.cut[a] / p.spread[a]) + 1))
  const cut = String(met) === String(size) ? "" : `, cut to the ${met.join(" × ")} that met x`, absent = [p.spread.some((s, a) => s > 1 && met[a] > 1) && "between", p.pads.flat().some((n) => n) && "around"].filter(Boolean)
  const about = size.join(" × ") + cut + (String(whole) === String(met) ? "" : `, with zeros ${whole.join(" × ")}`)
  return { images, filters: channels, channels: filters, reads: perGroup, perGroup: reads, space: made, taps, wReads: reads, tapless: false,
    left: ([n, c], o) => [n, group(c) * perGroup + o], right: ([, c], o) => [group(c) * perGroup + o, c % reads],
    fed: (n, o) => Array.from({ length: reads }, (_, c) => [n, Math.floor(o / perGroup) * reads + c, o % perGroup]),
    used: (o, c) => Array.from({ length: images }, (_, n) => [n, Math.floor(o / perGroup) * reads + c, o % perGroup]),
    several: { x: [images > 1, filters > 1], w: [filters > 1, channels > 1], y: [images > 1, channels > 1] }, wLetters: [filters > 1 && "o", reads > 1 && "c"],
    letters: { x: "dy", w: "w", y: "dx", image: "n", filter: "c", depth: "d", row: "i", column: "j", channel: "o", taps: ["t", "u", "v"] },
    words: { x: "Upstream gradient dy", padded: "dy, spread and padded", w: "Filter w", y: "Gradient dx", image: "dy", value: "value", absent: `zeros ${absent.join(" and ")}`, about, keys: { x: "dy", w: "w" }, colours: { x: "gradient", w: "filter", y: "gradient" }, axes: ["image", "channel", "depth of dx"], summed: "filter", nothing: "a zero", slips: {} } }
}

/** dw: what is summed are the images; each filter has a dy of its own, and each channel of the group an x. */
function filterGradient({ images, channels, filters, reads, perGroup, space, made }, scene) {
  const group = (o) => Math.floor(o / perGroup), apart = scene.stride.some((s) => s > 1)
  return { images: filters, filters: reads, channels, reads: images, perGroup: 1, space, taps: made, wReads: filters, tapless: true,
    left: ([o, c], n) => [n, group(o) * reads + c], right: ([o], n) => [n, o],
    fed: (n, channel) => Array.from({ length: perGroup }, (_, f) => [Math.floor(channel / reads) * perGroup + f, channel % reads, n]),
    used: (n, o) => Array.from({ length: reads }, (_, c) => [o, c, n]),
    several: { x: [images > 1, channels > 1], w: [images > 1, filters > 1], y: [filters > 1, channels > 1] }, wLetters: [images > 1 && "n", filters > 1 && "o"],
    letters: { x: "x", w: "dy", y: "dw", image: "o", filter: "c", depth: "t", row: "u", column: "v", channel: "n", taps: ["d", "i", "j"] },
    words: { x: "Input x", padded: "Padded input x", w: "Upstream gradient dy", y: "Gradient dw", image: "image", value: "value", mirrored: true, single: true,
      used: apart ? `slides over x, its values ${evenly(scene.stride)} apart` : "slides over x", keys: { x: "x", w: "dy" },
      colours: { x: "input", w: "gradient", y: "gradient" }, axes: ["filter", "channel", "depth of dw"], summed: "image",
      slips: { dilation: ["stride forgotten", "is the value with the values of dy side by side; they stand a stride apart."], stride: ["dilation forgotten", "is the value with the taps side by side."] } } }
}

/** The arrays that the parts of the picture are built from, under the names that they have there. */
function arraysOf(scene) {
  const { left, right } = scene.picture, unread = scene.which === "dw" ? { remainder: scene.remainder, leftover: scene.leftover } : { remainder: [], leftover: [] }
  return { x: scene[left], w: scene[right], y: scene.gradient, ...unread }
}

/** Whether no window of the forward pass reads an input: the place in its plane of space, by a step of dx. */
function isUnread(g, scene, step) {
  return g.which === "dx" && scene.unread.cells[step % (g.out[0] * g.outPlane)]
}
