// How dy is made ready to be slid over: as it comes, with the zeros of the stride between its values, with zeros around.
// Its values never change; they move apart. The picture stands at the last stage, a person may go back and watch.

const STAGES = ["given", "spread", "padded"]

/** The three stages as a control. makePrepare(stage) → {node, build(g), fit(), run()}; `stage` is the picture. */
function makePrepare(stage) {
  const p = { s: stage.parts, at: "padded", timers: [] }
  p.seg = segmented("dy", [], (id) => { halt(p); prepare(p, id) }, { named: true })
  p.node = el("div.prepare", {}, p.seg.node)
  return { node: p.node, build: (g) => buildStages(p, g), fit: () => layOut(p), stop: () => halt(p), run: () => runStages(p), ready: () => { halt(p); if (p.at !== "padded") prepare(p, "padded") } }
}

function halt(p) {
  p.timers.forEach(clearTimeout)
  p.timers = []
}

function buildStages(p, g) {
  halt(p)
  const apart = g.spread.some((s, a) => s > 1 && g.space[a] > 1), around = g.pads.some(([lo, hi]) => lo || hi)
  p.g = g
  p.stages = [["given", "given"], ...(apart ? [["spread", "dilated"]] : []), ...(around ? [["padded", "padded"]] : [])]
  p.last = p.stages.at(-1)[0]
  p.node.hidden = g.which !== "dx" || p.stages.length < 2
  p.at = "padded"
  p.s.node.removeAttribute("data-prepared")
  if (p.node.hidden) return
  p.seg.options(p.stages, p.last)
}

/** Where each value stands before it is moved: from its own place back to the one it comes with. */
function layOut(p) {
  const { s, g } = p
  if (!g || p.node.hidden || !s.size) return
  const { w, h } = s.size.x, [lo, left] = [g.pads[1][0], g.pads[2][0]]
  const back = (at, a) => at - Math.floor((at + g.cut[a]) / g.spread[a]) + Math.ceil(g.cut[a] / g.spread[a])
  s.x.cells.forEach((cell, i) => {
    const row = Math.floor(i / s.x.cols) - lo, col = (i % s.x.cols) - left
    cell.style.setProperty("--back", `${-back(col, 2) * w}px, ${-back(row, 1) * h}px`)
  })
  const count = (a) => Math.floor((g.span[a] - 1 + g.cut[a]) / g.spread[a]) - Math.ceil(g.cut[a] / g.spread[a]) + 1
  p.frames = { given: box(s.size.x, lo, left, count(1), count(2)), padded: box(s.size.x, lo, left, g.span[1], g.span[2]) }
  if (p.at === "given") place(s.edge, p.frames.given, 1.5)
}

function prepare(p, id) {
  const { s } = p
  p.at = id === p.last ? "padded" : id
  p.seg.set(id)
  if (p.at === "padded") s.node.removeAttribute("data-prepared")
  else s.node.dataset.prepared = p.at
  if (p.frames) place(s.edge, p.at === "given" ? p.frames.given : p.frames.padded, 1.5)
}

/** Show the stages one after the other: once, after a person has changed the stride or the padding. */
function runStages(p) {
  if (p.node.hidden || matchMedia("(prefers-reduced-motion: reduce)").matches) return
  halt(p)
  prepare(p, "given")
  p.timers = p.stages.slice(1).map(([id], i) => setTimeout(prepare, 500 + 650 * i, p, id))
}
