// Compare, the real Theano: what stands under its column, and source 001's own numbers beside today's.

VERDICTS.died = ["bad", "no"]

/** Its times apart from each other with the error beside them; or why it is not the real one that is shown. */
function theanoFoot({ theano }) {
  if (!theano) return null
  const waits = theano.status === "waiting"
  const { status, whence, times, off, bound, says, label } = theano, recorded = whence === "recorded"
  const cell = (text, what, title) => el("div", { title }, el("dt", {}, what), el("dd", {}, text))
  const cells = times.map(({ text, what }) => cell(text, what, TIME_SAYS[what]))
  if (waits) cells.push(cell("?", "error", "The real Theano has not answered yet"))
  else if (times.length) cells.push(off === null ? cell("–", "error", "It answers another question than the definition") : cell(off ? magnitude(num(off)) : "0", "error", `largest distance from the definition; the bound is ${magnitude(num(bound))}`))
  return el("div.theano", { class: `theano is-${whence || status.replace(" ", "-")}`, role: "status" },
    cells.length ? el("dl", {}, ...cells) : null,
    recorded ? el("p", {}, icon("clock"), el("span.recorded", {}, label)) : null,
    says ? el("p", {}, says) : null)
}

const TIME_SAYS = {
  compile: "Theano made and compiled C++ for this kind of call, once",
  first: "the first computation, without the compilation",
  steady: "the least of the calls after it",
}

/** The lines that source 001 prints, what they are here, and what they are made of. */
function printedPanel({ printed }) {
  if (!printed) return null
  const { title, then, now, rows, says } = printed
  const head = el("tr", {}, el("td"), el("th.n", { scope: "col" }, el("span.recorded", {}, "recorded")), el("th.n", { scope: "col" }, "here and now"))
  const lines = rows.map((row) => el("tr", {}, el("th", { scope: "row" }, row.what), el("td.n", {}, row.then || "–"), el("td.n", {}, row.now)))
  return el("section.panel.printed", { "aria-label": title }, el("h2", {}, title), el("table", {}, el("thead", {}, head), el("tbody", {}, ...lines)),
    ...says.map((text) => el("p.fine", {}, text)), el("p.fine", {}, `Recorded: ${then}. Here: ${now}.`))
}
