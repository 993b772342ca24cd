// The floor of the screen: buttons, the scrub bar with one segment per output value, speed, where, point of view, keys.

const SPEEDS = [["1", "1 tap / s"], ["2.5", "2.5 taps / s"], ["8", "8 taps / s"], ["30", "30 taps / s"], ["cells", "3 cells / s"]]

/** The transport. makeTransport({go(move), scrub(position), play(), view(kind), keys()}) → {node, build, show, playing, kind, speed()}. */
function makeTransport({ go, scrub, play, view, keys, views = ["gather", "scatter", "weight"] }) {
  const button = (label, glyph, move) => el("button.btn.quiet.icon", { type: "button", "aria-label": label, title: label, onclick: () => go(move) }, icon(glyph))
  const playText = el("span", {}, "Play"), playIcon = el("span.glyph", {}, icon("play"))
  const playButton = el("button.btn.primary.play", { type: "button", onclick: play }, playIcon, playText)
  const made = el("i.made"), part = el("i.part"), thumb = el("span.thumbs", {}, el("i"))
  const track = el("div.track", { "aria-hidden": "true" }, made, part)
  const range = el("input", { type: "range", min: 0, max: 1, value: 0, "aria-label": "Position in the whole computation", oninput: () => scrub(Number(range.value)) })
  const speed = el("select.speed", { "aria-label": "Speed" }, ...SPEEDS.map(([id, text]) => el("option", { value: id, selected: id === "2.5" }, text)))
  const cell = el("b"), cells = el("span"), tap = el("b"), taps = el("span"), noun = el("span"), termNoun = el("span"), second = el("span.pair", {}, " · ", termNoun, " ", tap, taps)
  const seg = segmented("Point of view", views, view)
  seg.set("gather")
  const cap = (key, word) => [keyCap(key), el("span", {}, word)]
  const node = el("section.transport", { "aria-label": "Transport" }, el("div.floor", {},
    el("div.keys", {}, button("To the start", "start", "start"), button("One output value back", "cellBack", "cell-"), button("One tap back", "tapBack", "tap-"),
      playButton, button("One tap on", "tapOn", "tap+"), button("One output value on", "cellOn", "cell+")),
    el("div.scrub", {}, track, thumb, range), speed,
    el("span.where", {}, el("span.pair", {}, noun, " ", cell, cells), second), seg.node,
    el("div.legendkeys", {}, keyCap("←"), ...cap("→", "tap"), ...cap("⇧", "cell"), ...cap("F", "flip"),
      el("button.keysbutton", { type: "button", "aria-label": "All keys", title: "All keys (?)", onclick: keys }, keyCap("?")))))
  return { node, range,
    speed: () => (speed.value === "cells" ? { cells: 3 } : { taps: Number(speed.value) }),
    kind: (kind) => seg.set(kind),
    views: (list, kind) => seg.options(list, kind),
    playing(on) {
      say(playText, on ? "Pause" : "Play")
      playIcon.replaceChildren(icon(on ? "pause" : "play"))
    },
    build(g, word = "cell") {
      say(noun, word)
      say(termNoun, g.tapless ? "term" : "tap")
      second.hidden = word !== "cell"
      range.max = Math.max(0, g.total - 1)
      track.style.setProperty("--count", g.steps)
      track.classList.toggle("narrow", g.steps > 25)
      track.classList.toggle("fine", g.steps > 64)
      say(cells, ` of ${g.steps}`)
      say(taps, ` of ${g.terms}`)
    },
    show({ g, step, tap: k, name }) {
      const position = step * g.terms + k
      if (Number(range.value) !== position) range.value = position
      range.setAttribute("aria-valuetext", name ?? `${yName(g, step)}, tap ${k + 1} of ${g.terms}`)
      made.style.transform = `scaleX(${step / g.steps})`
      part.style.transform = `translateX(${(step / g.steps) * 100}%) scaleX(${(k + 1) / g.total})`
      thumb.style.transform = `translateX(${((position + 1) / g.total) * 100}%)`
      say(cell, String(step + 1))
      say(tap, String(k + 1))
    } }
}

/** Play by frames: calls `advance(taps or cells)` when the time is there; `done()` ends it. → {toggle, stop, on} */
function makePlayer({ speed, advance, changed }) {
  let frame = 0, last = 0
  const stop = () => { if (!frame) return; cancelAnimationFrame(frame); frame = 0; changed(false) }
  const tick = (now) => {
    const { taps, cells } = speed(), every = 1000 / (taps ?? cells)
    if (now - last >= every) {
      const due = Math.min(8, Math.floor((now - last) / every))
      last = now - last > 8 * every ? now : last + due * every
      if (!advance(taps ? { taps: due } : { cells: due })) return stop()
    }
    frame = requestAnimationFrame(tick)
  }
  const start = () => { last = performance.now(); frame = requestAnimationFrame(tick); changed(true) }
  return { stop, on: () => frame !== 0, toggle: () => (frame ? stop() : start()) }
}
