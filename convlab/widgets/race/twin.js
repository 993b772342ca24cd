// Race, every chart as a table: the same numbers, for those who read rather than look.

/** A sweep as a table: a row for each size, a column for each line; why there is no time, where there is none. */
function sweepTable(sweep) {
  const overlay = sweep.overlay ?? [], refused = new Map((sweep.refused ?? []).map((one) => [`${one.name} ${one.at}`, one.says]))
  const sizes = [...new Set([...(sweep.values ?? []), ...sweep.series.flatMap((one) => one.points.map((point) => point.at)), ...overlay.flatMap((one) => one.points.map((point) => point.at))])].sort((a, b) => a - b)
  const cell = (series, at) => {
    const point = series.points.find((one) => one.at === at), no = refused.get(`${series.name} ${at}`) ?? refused.get(`null ${at}`)
    if (point) return el("td.n", {}, point.said, ...(point.flags ?? []).map((flag) => el("em", { title: flag.why }, ` ${flag.word ?? flag}`)))
    return el("td.n.none", { title: no ?? null }, no ? "no" : "·", no ? el("span.sr", {}, `: ${no}`) : "")
  }
  return [el("table.twin", {}, el("caption.sr", {}, `${sweep.title}: time by ${unitOf(sweep)}`),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, sweep.axis), ...sweep.series.map((one) => el("th", { scope: "col", title: one.name }, one.label)), ...overlay.map((one) => el("th.dim", { scope: "col" }, one.label)))),
    el("tbody", {}, ...sizes.map((at) => el("tr", {}, el("th", { scope: "row" }, String(at)), ...sweep.series.map((one) => cell(one, at)), ...overlay.map((one) => cell(one, at)))))), ...neverTimed(sweep)]
}

/** Those that have no line at all, each with its first reason. */
function neverTimed(sweep) {
  const lines = new Set(sweep.series.map((one) => one.name)), why = new Map()
  for (const { name, says } of sweep.refused ?? []) if (name !== null && !lines.has(name) && !why.has(name)) why.set(name, says)
  return why.size ? [el("ul.never", {}, ...[...why].map(([name, says]) => el("li", {}, el("b", {}, name), ` ${says}`)))] : []
}

/** The rates as a table, and what they are held against. */
function roofTable(roof) {
  const marks = [...roof.marks].sort((a, b) => b.gflops - a.gflops)
  const row = (name, said, share) => el("tr", {}, el("th", { scope: "row" }, name), el("td.n", {}, bareRate(said)), el("td.n", {}, share))
  return el("table.twin", {}, el("caption.sr", {}, "Useful billions of operations a second"), el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "backend"), el("th", { scope: "col" }, "GFLOP/s"), el("th", { scope: "col" }, "of the matrix product"))),
    el("tbody", {}, ...(roof.gflops ? [row(roof.label, roof.said, "100 %")] : []), ...marks.map((mark) => row(mark.recorded ? `${mark.name} (recorded)` : mark.name, mark.said, mark.recorded || !roof.gflops ? "·" : `${Number(((100 * mark.gflops) / roof.gflops).toPrecision(2))} %`))))
}

/** A rate without its unit, which the head of its column or line says. */
const bareRate = (said) => said.replace(" GFLOP/s", "")

/** A button that shows a picture as a table and back. → {node, isOn()} */
function twinButton(name, change) {
  const node = el("button.btn.quiet.small.tool", { type: "button", "aria-pressed": "false", onclick: () => { set(!isOn()); change() } }, "as a table")
  const isOn = () => node.getAttribute("aria-pressed") === "true"
  const set = (on) => node.setAttribute("aria-pressed", String(on))
  node.setAttribute("aria-label", `${name} as a table`)
  return { node, isOn }
}
