// The loops beside the picture: the current line marked, live values at the right, the line of the flip in plum.

const LANGUAGES = [["python", "Python"], ["java", "Java"], ["c", "C"]]
const KEYWORDS = /\b(for|in|range|if|int|double)\b/g

/** The code pane. makeCode({hide()}) → {node, build(scene), show(now)}. */
function makeCode({ hide }) {
  const c = { language: "python", lines: [], list: el("ol", { role: "list" }) }
  const pick = (id) => { c.language = id; seg.set(id); writeCode(c); if (c.now) showCode(c, c.now) }
  const seg = segmented("language", LANGUAGES, pick)
  seg.set("python")
  const node = el("section.panel.code", { "aria-label": "The loops, live" }, el("header", {}, el("span.strong", {}, "The loops"), seg.node, el("button.btn.quiet.icon.hide", { type: "button", "aria-label": "Hide the loops and the tour", title: "Hide the loops: more room for the picture (L)", onclick: hide }, icon("tapOn"))), el("div.scroll", { tabindex: "0", role: "group", "aria-label": "Source of the loops" }, c.list))
  return { node, build: (scene) => { c.code = scene.code; c.now = null; c.factors = 5 + factorLength(scene[scene.picture?.left ?? "x"]) + factorLength(scene[scene.picture?.right ?? "w"]); node.hidden = !scene.code; writeCode(c) }, show: (now) => showCode(c, now) }
}

/** Length of the longest number of an array, as the pane writes it. */
function factorLength({ values }) {
  return values.reduce((most, v) => Math.max(most, fmt(num(v), 5).length), 1)
}

function writeCode(c) {
  const lines = c.code?.[c.language] ?? []
  const lengths = (step) => lines.map((line) => line.text.length + line.indent * step + (line.role === "add" ? c.factors : 9))
  const step = Math.max(0, ...lengths(2)) > 46 ? 1 : 2
  c.lines = lines.map((line) => {
    const value = el("var"), text = el("span", { style: { "padding-left": `${line.indent * step}ch` } }, ...markedCode(line))
    return { role: line.role, value, node: el(`li${line.text.length + line.indent * step > 40 ? ".long" : ""}`, {}, text, value) }
  })
  const longest = Math.max(0, ...lengths(step))
  c.list.style.setProperty("--longest", Math.min(56, longest))
  c.list.closest(".body")?.classList.toggle("deep", longest > 47)  // deep loops get a wider pane
  c.list.style.setProperty("--lines", lines.length)
  c.list.replaceChildren(...c.lines.map((line) => line.node))
  c.at = null
}

/** The text of a line: keywords quiet, the part that a flip changes marked. */
function markedCode({ text, mark }) {
  const dim = (part) => part.split(KEYWORDS).map((piece, i) => (i % 2 ? el("span.kw", {}, piece) : piece))
  if (!mark) return dim(text)
  return [...dim(text.slice(0, mark[0])), el("mark", {}, text.slice(...mark)), ...dim(text.slice(mark[1]))]
}

/** Write the live values; only those of the lines that changed are touched. */
function showCode(c, now) {
  c.now = now
  const { g, tap, terms, hidden } = now, part = termAt(g, tap), padded = terms.xi[tap] < 0
  const [n, o, d, i, j] = terms.place, source = [part.t, part.u, part.v].map((r, a) => terms.corner[a] + r * g.dilation[a])
  const between = source.some((p, a) => (p + g.cut[a]) % g.spread[a] !== 0)
  const { letters } = g, taps = [part.t, part.u, part.v].slice(3 - g.rank), tapLetters = letters.taps.slice(3 - g.rank)
  const sum = hidden ? "?" : fmt(terms.running[tap])
  const values = { image: `${letters.image} = ${n}`, filter: `${letters.filter} = ${o}`, depth: `${letters.depth} = ${d}`, row: `${letters.row} = ${i}`, column: `${letters.column} = ${j}`, zero: `s = ${sum}`, channel: `${letters.channel} = ${part.c}`,
    index: source.slice(3 - g.rank).map((v, a) => fmt(v + g.cut[a + 3 - g.rank])).join(", "), hole: between ? "a zero: skip" : "", inside: between ? "" : padded ? "outside: 0" : "inside", add: padded ? "skip" : `${fmt(terms.x[tap], 5)} × ${fmt(terms.w[tap], 5)}`,
    store: tap === g.terms - 1 ? sum : "" }
  taps.forEach((value, axis) => { values[`tap${axis}`] = `${tapLetters[axis]} = ${value}` })
  const at = between ? "hole" : padded && c.lines.some((line) => line.role === "inside") ? "inside" : "add"
  for (const line of c.lines) {
    say(line.value, values[line.role] ?? "")
    if (c.at !== at) {
      line.node.classList.toggle("at", line.role === at)
      put(line.node, "aria-current", line.role === at ? "true" : null)
    }
  }
  c.at = at
}
