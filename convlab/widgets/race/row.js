// Race, one row of the table: a name, a bar, a time beside its error, what the first call and the memory took.

Object.assign(VERDICTS, { wrong: ["bad", "differ"], stopped: ["warn", "no"], lost: ["warn", "no"], "left out": ["info", "clock"] })
const EMPTY = "·"
const BOUND = 0.88 // where on its line the bound of the error stands

/** Whether a row has a time that can be drawn. */
const isTimed = (row) => row.min_s !== null && row.min_s !== undefined && row.state !== "wrong"

/** A row that knows how to follow its facts. → {node, name, update(facts, race), facts} */
function raceRow(name, ui) {
  const button = el("button.name", { type: "button", title: name }), small = el("small"), head = el("th", { scope: "row" }, button, small)
  const card = popover(button, name, (panel) => fillCard(panel, row.facts))
  card.panel.classList.add("card")
  head.append(card.panel)
  const node = el("tr", { "data-name": name, onpointerenter: () => ui.look(name), onpointerleave: () => ui.look(null), onfocusin: () => ui.look(name), onfocusout: () => ui.look(null) })
  const bar = barCell(), time = twoLines("t"), error = errorCell(), first = twoLines(), memory = twoLines()
  const row = { node, name, facts: null, drawn: "",
    update(facts, race, badge) {
      const now = JSON.stringify([facts, race.scale, race.state, badge])
      row.facts = facts
      if (now === row.drawn) return
      row.drawn = now
      button.replaceChildren(el("b", {}, name), ...(badge ? [el("span.badge", {}, badge)] : []))
      small.replaceChildren(...noteOf(facts))
      node.className = kindOfRow(facts, badge)
      if (isRefused(facts)) return node.replaceChildren(head, refusedCell(facts, ui))
      bar.update(facts, race)
      time.set(facts.said.min, isTimed(facts) ? medianText(facts) : "", facts.state === "pruned" ? facts.says : null)
      error.update(facts)
      first.set(facts.said.first, partsText(facts))
      memory.set(facts.said.workspace, peakText(facts.said.peak))
      const cells = [head, bar.node, time.node, error.node, first.node, memory.node]
      if (node.children.length !== cells.length) node.replaceChildren(...cells)
    } }
  return row
}

const isRefused = (facts) => facts.state === "refused" || facts.state === "lost" || facts.state === "wrong" || (facts.state === "pruned" && !isTimed(facts))

function kindOfRow(facts, badge) {
  if (isRefused(facts)) return `no ${{ wrong: "bad", lost: "bad", pruned: "out" }[facts.state] ?? ""}`
  return [badge ? "win" : "", facts.recorded ? "rec" : "", facts.state].filter(Boolean).join(" ")
}

/** Below the name: what qualifies the time, as words; then what the backend is, where two words leave it room. */
function noteOf(facts) {
  const note = facts.recorded ? `recorded: ${facts.recorded.where}, ${facts.recorded.when}` : facts.note
  const left = facts.state === "pruned" ? [el("em", { title: facts.says }, "left out")] : []
  return [...left, ...(facts.flags ?? []).map((flag) => el("em", { title: flag.why }, flag.word)), ...((facts.flags?.length ?? 0) + left.length < 2 ? [el("span", { title: note }, note)] : [])]
}

function medianText(facts) {
  if (facts.state === "pruned" || facts.loops * facts.blocks === 1) return "one call"
  return [facts.said.median, facts.said.spread].filter(Boolean).join(" ± ")
}

/** The part of the first call that took most, where it took more than half of it. */
function partsText(facts) {
  const [label, s] = [...(facts.parts ?? [])].sort((a, b) => b[1] - a[1])[0] ?? []
  return label && s > 0.5 * facts.first_call_s ? label : ""
}

const peakText = (peak) => (!peak ? "" : peak === "none" ? "none measured" : `${peak} peak`)

/** A cell of a number and, smaller, what goes with it. */
function twoLines(kind = "") {
  const main = el("span"), sub = el("small"), node = el(`td.n${kind ? `.${kind}` : ""}`, {}, main, sub)
  return { node, set(text, more, why = null) {
    say(main, text || EMPTY)
    say(sub, more || "")
    put(node, "title", why)
    node.classList.toggle("none", !text)
  } }
}

/** The bar ends at the least time; behind it, the quarter of the calls around the median. Below, what is being done now. */
function barCell() {
  const value = el("i.v"), whisker = el("i.wh"), quartiles = el("i.iqr"), grid = el("span.grid-lines"), done = el("i"), text = el("span"), track = el("span.track", { "aria-hidden": "true" }, done)
  const bar = el("div.bar", { "aria-hidden": "true" }, grid, value, whisker, quartiles), busy = el("div.busy", {}, track, text)
  let lines = ""
  const node = el("td.b", {}, bar, busy)
  return { node, update(facts, race) {
    const scale = race.scale && logScale(race.scale.low_s, race.scale.high_s), timed = scale && isTimed(facts)
    const percent = (s) => `${(100 * Math.max(0, Math.min(1, scale.at(s)))).toFixed(2)}%`
    if (scale && JSON.stringify(race.scale) !== lines) {
      lines = JSON.stringify(race.scale)
      grid.replaceChildren(...race.scale.ticks.map(({ s }) => el("s", { style: { left: percent(s) } })))
    }
    value.style.width = timed ? percent(facts.min_s) : "0"
    const hasSpread = timed && facts.q3_s !== null && facts.q3_s !== undefined && !facts.recorded
    whisker.hidden = quartiles.hidden = !hasSpread
    if (hasSpread) {
      const [low, q1, q3] = [facts.min_s, facts.q1_s, facts.q3_s].map((s) => 100 * Math.max(0, Math.min(1, scale.at(s))))
      Object.assign(whisker.style, { left: `${low}%`, width: `${q3 - low}%` })
      Object.assign(quartiles.style, { left: `${q1}%`, width: `max(2px, ${(q3 - q1).toFixed(2)}%)` })
    }
    busy.hidden = !facts.doing
    node.classList.toggle("bare", !timed) // then the words stand where the bar will
    const share = shareOf(facts.doing ?? "")
    track.hidden = share === null
    done.style.width = `${100 * (share ?? 0)}%`
    say(text, facts.doing ?? "")
  } }
}

/** How much of what is being done is done: "3 of 7 blocks"; null where that is not said. */
function shareOf(doing) {
  const [, done, all] = /^(\d+) of (\d+)/.exec(doing) ?? []
  return all ? done / all : null
}

/** The error as a dot on a logarithmic line that ends a little behind its bound. */
function errorCell() {
  const number = el("span"), dot = el("i"), line = el("span.err", { "aria-hidden": "true" }, el("s"), dot, el("u")), small = el("small")
  const node = el("td.n.e", {}, el("span.pair", {}, number, line), small)
  return { node, update(facts) {
    const known = facts.error !== null && facts.error !== undefined
    say(number, facts.said.error || EMPTY)
    line.hidden = !known || !facts.bound
    say(small, facts.checked === "sampled" ? `${(facts.said.share ?? "").replace(" of the bound", "")}, sampled` : facts.said.share || "")
    put(node, "title", facts.checked === "sampled" ? "A sample of the outputs was checked, first and last of every axis among them." : null)
    if (line.hidden) return
    dot.style.left = `${100 * Math.max(0, Math.min(1, BOUND * (facts.error_at ?? 0)))}%`
    dot.classList.toggle("zero", facts.error === 0)
    node.classList.toggle("none", false)
  } }
}

/** Why a row has no time: the kind of the no, its sentence, and the button that does what it suggests. */
function refusedCell(facts, ui) {
  const kind = facts.state === "refused" || facts.state === "pruned" ? (facts.kind ?? "over a limit") : facts.state
  const chip = facts.state === "pruned" ? verdictChip("left out") : verdictChip(kind, facts.kind === "stopped" ? "stopped" : kind)
  const sentence = [facts.says, facts.hint].filter(Boolean).join(" ")
  const act = facts.try ? el("button.btn.quiet.tool", { type: "button", onclick: () => ui.ask(facts.try.change) }, facts.try.label) : null
  return el("td", { colspan: 5 }, el("div", {}, chip, el("p", { title: sentence }, sentence), act ?? ""))
}
