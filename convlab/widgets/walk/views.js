// Points of view beside the window: scatter (one input, all outputs it feeds), weight (one tap, all it meets),
// and the ghost of another output's window. A subject is {kind, xi | wi | step}.

const MOST_SEEN = 64                                   // products listed in the strip; the picture shows all of them

/** Show a subject over the picture and its products in the strip. makeViews(stage, formula, go) → {draw, clear, words}. */
function makeViews(stage, formula, go) {
  const v = { s: stage.parts, f: formula.parts, go, touched: [], key: "" }
  return { draw: (subject, now) => drawSubject(v, subject, now), clear: () => clearSubject(v), words: (subject, g) => subjectWords(subject, g) }
}

function clearSubject(v) {
  if (!v.key) return
  v.key = ""
  for (const node of v.touched) {
    node.classList.remove("sub", "met", "fed")
    if (node.closest(".gy")) { node.classList.remove("tap"); delete node.firstChild.lastChild.dataset.l }
  }
  v.touched = []
  v.s.ghost.hidden = true
  v.s.node.classList.remove("viewing")
  v.f.node.classList.remove("viewing")
  v.f.seen.hidden = true
}

function drawSubject(v, subject, now) {
  const key = `${subject.kind} ${subject.xi ?? subject.wi ?? subject.step} ${v.s.at.xPlane} ${v.s.at.wPlane} ${v.s.at.yPlane} ${now.g.flip}`
  if (v.key === key && v.g === now.g) return
  clearSubject(v)
  Object.assign(v, { key, g: now.g })
  if (subject.kind === "gather") return drawGhost(v, subject.step, now)
  v.s.node.classList.add("viewing")
  const { g } = now, list = subject.kind === "scatter" ? scatterOf(g, subject.xi) : meetsOf(g, subject.wi)
  const touch = (node, mark) => { if (node) { node.classList.add(mark); v.touched.push(node) } }
  const start = now.step - (now.step % g.outPlane), used = new Set(list.map((one) => one.wi)), read = new Set(list.map((one) => one.xi))
  v.s.xIndex.forEach((xi, i) => { if (xi >= 0 && read.has(xi)) touch(v.s.x.cells[i], subject.kind === "scatter" ? "sub" : "met") })
  for (const key of ["given", "used"]) v.s.wIndex[key].forEach((wi, i) => { if (used.has(wi)) touch(v.s[key].cells[i], subject.kind === "weight" ? "sub" : "met") })
  for (const one of list) {
    const i = one.step - start
    if (i < 0 || i >= g.outPlane) continue
    const { given } = termAt(g, one.k)
    touch(v.s.y.cells[i], "fed")
    paint(v.s.y.cells[i], g, given, one.step)
    if (subject.kind === "scatter" && !g.tapless) v.s.y.cells[i].firstChild.lastChild.dataset.l = weightName(g, given)
  }
  listProducts(v, subject, list, now)
}

/** The window of another output value, dashed; the play position stays. */
function drawGhost(v, step, now) {
  const { g } = now, corner = cornerOf(g, placeOf(g, step)), { w, h } = v.s.size.x
  v.s.ghost.hidden = false
  v.s.ghost.style.transform = `translate(${(corner[2] + g.pads[2][0]) * w}px, ${(corner[1] + g.pads[1][0]) * h}px)`
}

/** The products of a subject in the strip: one term per output value. */
function listProducts(v, subject, list, now) {
  const { g } = now, f = v.f, shown = list.slice(0, MOST_SEEN)
  const value = (one) => (one.xi < 0 ? 0 : g.x[one.xi] * g.w[one.wi])
  const low = Math.min(0, ...shown.map(value).filter(Number.isFinite)), high = Math.max(0, ...shown.map(value).filter(Number.isFinite)), span = high - low || 1
  const at = (x) => (Number.isFinite(x) ? ((x - low) / span) * 100 : 50)
  f.seen.replaceChildren(...shown.map((one) => {
    const t = termNode(() => v.go(one.step, one.k)), { given } = termAt(g, one.k), product = value(one)
    dressTerm(t, subject.kind === "scatter" ? weightName(g, given) : fmt(one.xi < 0 ? 0 : g.x[one.xi], 4), given, g, one.step)
    say(t.x, one.xi < 0 ? `padding × ${fmt(g.w[one.wi], 7)}` : `${fmt(g.x[one.xi], 7)} × ${fmt(g.w[one.wi], 7)}`)
    say(t.b, `= ${fmt(product, 8)}`)
    say(t.acc, yName(g, one.step))
    raise(t, at(0), at(product))
    t.node.classList.toggle("void", one.xi < 0)
    t.node.classList.add("past")
    t.join.hidden = true
    return t.node
  }))
  f.seen.style.setProperty("--n", shown.length)
  const longest = (selector) => Math.max(1, ...Array.from(f.seen.querySelectorAll(selector), (node) => node.textContent.length))
  f.seen.dataset.density = densityOf(f, shown.length, longest(".x"), longest("b") - 2)
  f.seen.hidden = false
  f.node.classList.add("viewing")
  const [title, text] = subjectWords(subject, g)
  f.lead.dataset.view = title
  f.lead.dataset.note = list.length > shown.length ? `${text}; the first ${shown.length} are listed` : text
}

/** A subject in words: ["x[1, 4] = 9", "feeds 4 outputs"]. */
function subjectWords(subject, g) {
  const { value } = g.words
  if (subject.kind === "scatter") {
    const [n, channel, at] = planeAndIndex(subject.xi, g.channels, g.space), many = scatterOf(g, subject.xi).length
    return [`${indexName(g, "x", [n, channel], at)} = ${fmt(g.x[subject.xi], 7)}`, many ? `feeds ${count(many, value)}` : "is never read"]
  }
  const [o, c, given] = planeAndIndex(subject.wi, g.wReads, g.taps)
  const list = meetsOf(g, subject.wi), outside = list.filter((one) => one.xi < 0).length
  const name = g.tapless ? "" : `tap ${weightName(g, given)} `
  return [`${indexName(g, "w", [o, c], given)} = ${fmt(g.w[subject.wi], 7)}`, `${name}is in ${count(list.length, value)}${outside ? `, ${outside} times on ${g.words.nothing ?? "padding"}` : ""}`]
}
