// Implementations, an opened row: what it computes, what it asks for, what it takes, and an example that runs.

/** The details of a row. `ui.ask` runs its example; `scene` knows what that has shown. */
function detailOf(facts, scene, ui) {
  return el("div.inside", {}, el("div.half", {}, ...whatItIs(facts, scene, ui)), el("div.half", {}, ...tryIt(facts, scene, ui)))
}

const line = (name, ...kids) => (kids.flat().some((kid) => kid !== null && kid !== "") ? el("div.line", {}, el("dt", {}, name), el("dd", {}, ...kids)) : null)
const shown = (text) => el("code", {}, text)

/** The left half: the refusal if there is one, the spec, the call in its own words, restrictions, memory. */
function whatItIs(facts, scene, ui) {
  const reasons = new Map()
  for (const name of ["stride", "dilation", "groups", "gradient"]) if (facts[name].reason) reasons.set(facts[name].reason, [...(reasons.get(facts[name].reason) ?? []), name])
  const asks = [...facts.rules.map((rule) => el("li", {}, rule)), ...[...reasons].map(([reason, names]) => el("li", {}, el("b", {}, `${names.join(", ")}: `), reason))]
  return [
    el("p.says", {}, facts.says, el("small", {}, ` ${facts.call}; ${facts.source}.`)),
    facts.refusal ? refusedLayer(facts, ui) : null,
    el("dl", {}, line("computes", facts.spec ? shown(facts.spec) : null), line("in its words", facts.words ? shown(facts.words) : null),
      line("filter", facts.otherwise ? [facts.flips === "never" ? "left as given; " : "turned; ", shown(facts.otherwise), facts.flips === "never" ? " turns it" : " leaves it as given"] : null),
      line("asks for", asks.length ? el("ul", {}, ...asks) : "Nothing more: any shapes, strides and borders."), line("memory", ...memoryLines(facts))),
  ]
}

/** Why it does not compute the layer, and the button that changes the layer until it does. */
function refusedLayer(facts, ui) {
  const problem = { kind: "not by this backend", asked: "", found: facts.refusal.sentence, hint: "", try: facts.refusal.try }
  const row = refusalRow(problem, ui.ask)
  row.setAttribute("role", "note")
  return row
}

/** The formula, then every array with its shape and what it takes for this layer. */
function memoryLines(facts) {
  if (!facts.arrays.length) return [facts.memory === "none" ? "Nothing beside x, w and y." : facts.refusal ? facts.memory : `${facts.memory}: no formula tells.`]
  const rows = facts.arrays.map((part) => el("tr", {}, el("td", {}, part.name), el("td.n", {}, `${part.shape.join(" × ")} × ${part.itemsize} bytes`), el("td.n", {}, byteText(part.bytes))))
  const sum = facts.arrays.length > 1 ? [el("tr.sum", {}, el("td", { colspan: 2 }, "together"), el("td.n", {}, byteText(facts.bytes)))] : []
  return [facts.memory, el("table.parts", {}, el("tbody", {}, ...rows, ...sum))]
}

/** The right half: the example and its answer, the shell, where else it is, and where to look at it. */
function tryIt(facts, scene, ui) {
  const busy = scene.running === facts.id, out = scene.outputs[facts.id]
  const run = el("button.btn", { type: "button", "data-run": facts.id, onclick: () => ui.ask({ run: facts.id }) }, icon("play"), busy ? "Running…" : out ? "Run again" : "Run")
  const answer = el("div.answer", { "aria-live": "polite" }, ...(out ? outputOf(out) : []))
  return [
    el("div.example", {}, el("pre", { tabindex: "0", role: "region", "aria-label": `Example of ${facts.name}` }, el("code", {}, facts.example)), run),
    answer,
    el("dl", {}, line("shell", facts.command ? shown(facts.command) : null), line("here", el("span", {}, facts.here.sentence)), line("CPU", cpuOf(facts)), line("GPU", facts.gpu), line("look", ...linksOf(facts, scene, ui))),
  ]
}

/** What an example has shown, and beside it the real Theano's answer to the same arrays. */
function outputOf(out) {
  const took = el("small", {}, `${out.seconds < 0.0995 ? `${Math.max(1, Math.round(out.seconds * 1000))} ms` : `${out.seconds.toFixed(1)} s`} in a process of its own`)
  return [el("pre.out", {}, el("code", {}, out.shown)), took, out.live ? liveLine(out.live) : null].filter(Boolean)
}

function liveLine(live) {
  if (live.says) return el("p.live", {}, verdictChip("error", "the real Theano"), live.says)
  const equal = live.difference === 0, text = live.difference === null ? "Its answer has another shape." : `Largest difference ${fmt(live.difference, 8)}; ${live.ops.join(", ")} ran, compiled in ${live.compile_s.toFixed(2)} s.`
  return el("p.live", {}, verdictChip(equal ? "equal" : "rounding", `Theano ${live.version}, live`), text)
}

const cpuOf = ({ cpu }) => (cpu.name ? `${cpu.name}${cpu.says ? `: ${cpu.says}` : cpu.bytes === null || cpu.bytes === undefined ? "" : cpu.bytes ? `, itself ${byteText(cpu.bytes)} beside x, w and y` : ", nothing beside x, w and y"}` : cpu.says)

/** Links to Step and Compare with this layer, where it is small enough to draw; and to the axes of the volumes. */
function linksOf(facts, scene, ui) {
  const { picture } = scene.layer, links = []
  if (["conv3D", "conv3d2d"].includes(facts.id)) links.push(el("button.link", { type: "button", onclick: () => ui.volumes() }, "from one order of the axes to the other"))
  if (facts.refusal) return links
  const query = picture[facts.flips === "never" ? "never" : "always"]
  if (!query) return [...links, el("span.dim", {}, `${links.length ? "; " : ""}too large to draw: ${picture.says}`)]
  const steps = [["step", "step through this layer"], ["compare", "compare it"]].flatMap(([slug, text]) => [el("a", { href: `/${slug}?${query}` }, text), " "])
  return [...links, links.length ? " " : null, ...steps]
}
