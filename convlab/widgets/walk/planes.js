// The axes that a flat picture cannot show: image n, filter o, depth of y, and the planes c (and depth) that are summed.

/** Tabs for the axes beyond two. makePlanes({go}) → {node, build(g), show(now)}; `go(step, tap)` moves there. */
function makePlanes({ go }) {
  const node = el("div.planes")
  const p = { node, segments: [], sums: [], buttons: [] }
  return { node, build: (g) => buildPlanes(p, g, go), show: (now) => showPlanes(p, now) }
}

function buildPlanes(p, g, go) {
  const { words: { axes: names }, letters } = g
  const axes = [[names[0], g.images, 0, letters.image], [names[1], g.filters, 1, letters.filter], [names[2], g.out[0], 2, letters.depth]].filter(([, size]) => size > 1)
  Object.assign(p, { g, last: null, segments: [], buttons: [], sums: [] })
  p.segments = axes.map(([label, size, axis, letter]) => {
    const seg = segmented(label, Array.from({ length: size }, (_, i) => [i, `${letter}${i}`]), (i) => {
      const place = [...p.last.terms.place]
      place[axis] = Number(i)
      go(stepAt(p.g, place), p.last.tap)
    }, { named: true })
    return { axis, seg }
  })
  const list = []
  if (g.planes > 1) {
    for (let k = 0; k < g.planes; k++) {
      const sum = el("span"), thumb = el("span.thumb", { "aria-hidden": "true" })
      const button = el("button.plane", { type: "button", "aria-pressed": "false", onclick: () => go(p.last.step, k * p.g.perPlane) }, thumb, el("span.name", {}, planeName(g, k)), el("span.num", {}, sum))
      p.buttons.push(button)
      p.sums.push(sum)
      if (k) list.push(el("span.plus", { "aria-hidden": "true" }, "+"))
      list.push(button)
    }
    p.total = el("span")
    list.push(el("span.plus", { "aria-hidden": "true" }, "="), el("b.num.plane-total", {}, p.total))
  }
  p.node.classList.toggle("many", p.buttons.length > 5)
  p.node.hidden = !axes.length && !list.length
  p.node.replaceChildren(...p.segments.map(({ seg }) => seg.node),
    ...(list.length ? [el("div.sums", { role: "group", "aria-label": "Planes that are summed" }, el("span.lab", { "aria-hidden": "true" }, "sum over"), ...list)] : []))
}

/** "c0", and the depth of the window where there is one: "c0 t1". */
function planeName(g, k) {
  const c = Math.floor(k / g.taps[0]), t = k % g.taps[0]
  return [g.reads > 1 ? `${g.letters.channel}${c}` : "", g.taps[0] > 1 ? `${g.letters.taps[0]}${t}` : ""].filter(Boolean).join(" ")
}

function showPlanes(p, now) {
  if (p.node.hidden) return
  const { g, step, tap, terms, hidden } = now, fresh = p.last?.g !== g || p.last.step !== step || p.last.hidden !== hidden
  const plane = Math.floor(tap / g.perPlane)
  if (fresh) for (const { axis, seg } of p.segments) seg.set(terms.place[axis])
  if (p.buttons.length) {
    p.buttons.forEach((button, k) => {
      const pressed = String(k === plane)
      if (button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed)
      if (fresh || k === plane || k === p.plane) {
        const end = k < plane ? (k + 1) * g.perPlane - 1 : k === plane ? tap : -1
        say(p.sums[k], end < 0 || hidden ? "?" : fmt(partial(g, terms, k * g.perPlane, end)))
      }
    })
    say(p.total, hidden ? "?" : fmt(terms.running[tap]))
    const key = thumbKey(g, terms)
    if (p.thumbs !== key || p.last?.g !== g) { p.thumbs = key; p.buttons.forEach((button, k) => drawThumb(button.firstChild, g, terms, k)) }
  }
  p.plane = plane
  p.last = { g, step, tap, terms, hidden }
}

/** The sum of terms first..last alone. */
function partial(g, terms, first, last) {
  const before = first ? terms.running[first - 1] : 0
  if (!g.decimals) return first ? terms.product.slice(first, last + 1).reduce((a, b) => a + b, 0) : terms.running[last]
  const unit = 10 ** (g.decimals.x + g.decimals.w)
  return Math.round((terms.running[last] - before) * unit) / unit
}

const thumbKey = (g, terms) => `${g.left(terms.place, 0)} ${terms.corner[0]}`

/** A plane of x as a small picture: five tints of the input colour, the window as a frame. */
function drawThumb(host, g, terms, k) {
  const [, rows, cols] = g.span, c = Math.floor(k / g.taps[0]), [n, channel] = g.left(terms.place, c), depth = terms.corner[0] + (k % g.taps[0]) * g.dilation[0]
  const at = (i) => { const xi = xIndex(g, n, channel, [depth, Math.floor(i / cols), i % cols]); return xi < 0 ? 0 : g.x[xi] }
  const values = Array.from({ length: rows * cols }, (_, i) => at(i)).map((v) => (Number.isFinite(v) ? v : 0))
  const low = Math.min(...values), span = Math.max(...values) - low || 1
  const levels = ["", "", "", "", ""]
  values.forEach((v, i) => { levels[Math.min(4, Math.floor(((v - low) / span) * 5))] += `M${i % cols} ${Math.floor(i / cols)}h1v1h-1z` })
  host.innerHTML = `<svg viewBox="0 0 ${cols} ${rows}" preserveAspectRatio="none">${levels.map((d, i) => `<path d="${d}" fill-opacity="${0.15 + i * 0.2}"/>`).join("")}</svg>`
}
