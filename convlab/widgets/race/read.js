// Race, reading a chart: the pointer or the arrow keys choose one size, and a card lists every time there.

const SHOWN = 6 // of the fastest at a size; the one that is pointed at comes to them

/** Make a plot readable. `plotBox` takes the focus; `ui.tell` speaks. → {show(sweep, plot), clear()} */
function reader(plotBox, ui) {
  const guide = el("i.guide", { hidden: true }), ring = el("i.ring", { hidden: true }), card = el("div.reading.panel", { hidden: true, "aria-hidden": "true" })
  plotBox.append(guide, ring, card)
  let sweep = null, plot = null, column = null, row = 0, byKey = false

  /** All times at one size, the fastest first, then what source 004 printed. */
  function linesAt(at) {
    const timed = sweep.series.flatMap((one) => one.points.filter((point) => point.at === at).map((point) => ({ name: one.name, label: one.label, kind: `c-${lineOf(one)[0]}`, s: point.min_s, said: point.said, flags: point.flags ?? [] })))
    const old = (sweep.overlay ?? []).flatMap((one) => one.points.filter((point) => point.at === at).map((point) => ({ name: null, label: overlayName(one), kind: "oldl", s: point.s, said: point.said, flags: [] })))
    return [...timed.sort((a, b) => a.s - b.s), ...old.sort((a, b) => a.s - b.s)]
  }

  function draw() {
    const isOn = column !== null && plot !== null
    for (const node of [guide, ring, card]) node.hidden = !isOn
    ui.look(isOn ? (linesAt(column)[row]?.name ?? null) : null)
    if (!isOn) return
    const lines = linesAt(column), here = lines[row], x = plot.x(column)
    guide.style.left = `${x}px`
    ring.hidden = !here
    if (!ring.hidden) Object.assign(ring.style, { left: `${x}px`, top: `${plot.y(here.s)}px` })
    const isOld = (line) => line.kind === "oldl", own = lines.filter((line) => !isOld(line)), near = own.filter((line, n) => n < SHOWN || line === here)
    const more = own.length - near.length, rows = (list) => list.map((line) => readLine(line, line === here))
    const old = lines.some(isOld) ? [el("tr.head", {}, el("th", { colspan: 3 }, "source 004 printed")), ...rows(lines.filter(isOld))] : []
    const rest = more ? [el("tr.head", {}, el("th", { colspan: 3 }, `${more} slower`))] : []
    card.replaceChildren(el("b", {}, `${sweep.axis} = ${column}`), el("table", {}, el("tbody", {}, ...rows(near), ...rest, ...old)), missing(sweep, column))
    const left = x > plot.width / 2
    Object.assign(card.style, left ? { left: "", right: `${plot.width - x + 12}px` } : { left: `${x + 12}px`, right: "" })
  }

  function speak() {
    const lines = linesAt(column), here = lines[row]
    if (here) ui.tell(`${sweep.axis} = ${column}: ${here.kind === "oldl" ? "source 004, " : ""}${here.label} ${here.said}${here.flags.length ? `, ${here.flags.map(wordOf).join(", ")}` : ""}; ${row + 1} of ${lines.length}`)
  }

  function clear() {
    column = null
    draw()
  }

  plotBox.addEventListener("pointermove", (event) => {
    if (!plot || event.target.closest(".reading")) return
    byKey = false
    const box = plotBox.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top
    if (x > plot.right + 30 || x < plot.left - 20) return clear()
    column = plot.known.reduce((best, at) => (Math.abs(plot.x(at) - x) < Math.abs(plot.x(best) - x) ? at : best))
    const gaps = linesAt(column).map((line) => Math.abs(plot.y(line.s) - y))
    row = Math.max(0, gaps.indexOf(Math.min(...gaps)))
    draw()
  })
  plotBox.addEventListener("pointerleave", () => { if (!byKey) clear() })
  plotBox.addEventListener("focusout", clear)
  plotBox.addEventListener("keydown", (event) => {
    if (!plot || event.target !== plotBox || event.ctrlKey || event.altKey || event.metaKey) return
    const to = readAt(event.key, column, row, plot.known, column === null ? 0 : linesAt(column).length)
    if (!to) return
    event.preventDefault()
    byKey = to.column !== null;
    ({ column, row } = to)
    if (column !== null) row = Math.min(row, Math.max(0, linesAt(column).length - 1))
    draw()
    if (column !== null) speak()
  })
  return { clear, show(next, at) {
    sweep = next
    plot = at
    if (column !== null && !plot?.known.includes(column)) column = null
    draw()
  } }
}

const wordOf = (flag) => flag?.word ?? flag

function readLine(line, isHere) {
  return el("tr", { class: `${line.kind}${isHere ? " here" : ""}` }, el("th", { scope: "row" }, line.label), el("td", {}, line.said), el("td", {}, line.flags.length ? el("em", {}, wordOf(line.flags[0])) : ""))
}

/** How many have no time at a size; why not stands in the table. */
function missing(sweep, at) {
  const no = (sweep.refused ?? []).filter((one) => one.at === at), [none] = no.filter((one) => one.name === null)
  return none ? el("p", {}, none.says) : no.length ? el("p.dim", {}, `${count(no.length, "other")} not timed: the table says why`) : ""
}

/** Where a key leads from a column and a row of the chart; null for a key that means nothing here. */
function readAt(key, column, row, places, rows) {
  const at = places.indexOf(column), last = places.length - 1
  if (key === "Escape") return column === null ? null : { column: null, row: 0 }
  if (key === "Home") return { column: places[0], row }
  if (key === "End") return { column: places[last], row }
  if (key === "ArrowRight") return { column: places[Math.min(last, at + 1)], row }
  if (key === "ArrowLeft") return { column: places[at < 0 ? last : Math.max(0, at - 1)], row }
  if (key === "ArrowDown") return { column: column ?? places[0], row: column === null ? 0 : Math.min(rows - 1, row + 1) }
  if (key === "ArrowUp") return { column: column ?? places[0], row: column === null ? 0 : Math.max(0, row - 1) }
  return null
}
