// Race, the card of a row: every number that stands behind its bar, with what it means.

/** Fill the card that opens under a name. */
function fillCard(panel, facts) {
  const { said } = facts
  panel.replaceChildren(
    el("h2", {}, facts.name), el("p.about", {}, facts.recorded ? `recorded on ${facts.recorded.where}, ${facts.recorded.when}` : facts.note),
    facts.says && facts.state !== "timed" ? el("p.says", {}, [facts.says, facts.hint].filter(Boolean).join(" ")) : "",
    el("dl", {}, ...(isTimed(facts) ? timeLines(facts) : []), ...answerLines(facts), ...costLines(facts), term("rate", said.gflops ? `${said.gflops}, counting useful operations` : null)),
    ...(facts.flags?.length ? [el("ul.flags", {}, ...facts.flags.map((flag) => el("li", {}, el("em", {}, flag.word), ` ${flag.why}`)))] : []))
}

const term = (name, ...kids) => (kids.some((kid) => kid) ? el("div.line", {}, el("dt", {}, name), el("dd", {}, ...kids.filter(Boolean))) : "")

function timeLines(facts) {
  const { said } = facts, calls = facts.loops * facts.blocks
  const how = !calls ? null : calls === 1 ? "one call" : `${count(facts.blocks, "block")} of ${count(facts.loops, "call")}`
  return [term("least", el("b", {}, said.min), how ? el("small", {}, ` of ${how}`) : null), term("median", said.median && calls !== 1 ? [said.median, said.spread].filter(Boolean).join(" ± ") : null)]
}

/** Is it right: how far from the definition, and how far it may be. */
function answerLines(facts) {
  if (facts.error === null || facts.error === undefined) return []
  const share = facts.share ?? (facts.bound ? facts.error / facts.bound : 0), inside = share <= 1
  const verdict = facts.error === 0 ? ["equal", "identical"] : inside ? ["rounding", `rounding, ${facts.said.share || "inside the bound"}`] : ["different", "outside the bound"]
  return [term("answer", verdictChip(...verdict)), term("integers", facts.exact ? "exact, bit for bit" : "rounded, like all numbers"), term("error", facts.said.error, facts.said.bound ? el("small", {}, ` of at most ${facts.said.bound}`) : null),
    term("checked", facts.checked === "sampled" ? "a sample of the outputs, first and last of every axis among them" : facts.checked === "full" ? "every output" : null)]
}

function costLines(facts) {
  const { said } = facts, parts = (facts.parts ?? []).filter(([, s]) => s > 0)
  return [term("first call", said.first, parts.length ? partsBar(parts) : null), term("memory", said.workspace ? `${said.workspace} predicted` : null, said.peak ? el("small", {}, `${said.workspace ? ", " : ""}${said.peak} measured at its peak`) : null)]
}

/** What the first call was spent on, as one bar cut in pieces. */
function partsBar(parts) {
  const all = parts.reduce((sum, [, s]) => sum + s, 0)
  return el("span.parts", {}, el("span.cut", { "aria-hidden": "true" }, ...parts.map(([, s]) => el("i", { style: { width: `${(100 * s) / all}%` } }))),
    ...parts.map(([label, , said]) => el("small", {}, `${label} ${said}`)))
}
