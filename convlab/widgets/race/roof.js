// Race, how close to the machine: useful rates on one line that ends at the matrix product measured here.

const LANES = ["up", "down", "up2", "down2"], INNER = { up2: "up", down2: "down" }

/** → {node, update(scene)} */
function roofStrip(ui) {
  let roof = null, winners = new Set(), drawn = ""
  const about = el("p"), strip = el("div.strip", { "aria-hidden": "true" }), sheet = el("div.sheet", { tabindex: "0", role: "region", "aria-label": "Rates", hidden: true })
  const twin = twinButton("Rates", () => { drawn = ""; draw() })
  const node = el("section.roof", { "aria-label": "How close to the machine" }, el("div.words", {}, el("header", {}, el("h2", {}, "How close to the machine"), twin.node), about), strip, sheet)

  function draw() {
    const asTable = twin.isOn()
    strip.hidden = asTable
    sheet.hidden = !asTable
    const key = JSON.stringify([roof, [...winners], strip.clientWidth, strip.clientHeight, asTable])
    if (key === drawn) return
    drawn = key
    if (asTable) return sheet.replaceChildren(roofTable(roof))
    strip.replaceChildren(...(strip.clientWidth > 100 ? stripMarks(roof, strip.clientWidth, winners) : []))
  }

  const watcher = new ResizeObserver(() => { if (roof) draw() })
  watcher.observe(strip)
  return { node, stop: () => watcher.disconnect(), update(scene) {
    roof = scene.race.roof ?? null
    winners = new Set(scene.race.rows.filter((row) => row.win || row.tie).map((row) => row.name))
    node.hidden = !roof
    if (!roof) return
    say(about, roof.sentence)
    draw()
  } }
}

/** The line, its ticks, the wall, and a dot with a name for every rate, in lanes above and below. */
function stripMarks(roof, width, winners) {
  const rates = [...roof.marks.map((mark) => mark.gflops), roof.gflops].filter((rate) => rate > 0), hasWall = roof.gflops > 0
  if (!rates.length) return [el("i.rule")]
  const least = Math.min(...rates, Math.max(...rates) / 10), scale = logScale(least / 1.25, Math.max(...rates) * 1.3), at = (rate) => scale.at(rate) * width
  const wallText = hasWall ? `${roof.label} ${bareRate(roof.said)}` : "", wallWidth = hasWall ? textWidth(wallText, 12) + 12 : 0, wall = hasWall ? at(roof.gflops) : width + 20
  const ticks = logTicks(scale.low, scale.high, 2).map((rate) => ({ rate, x: at(rate), width: textWidth(String(rate), 11) + 12 }))
  const labels = roof.marks.map((mark) => ({ mark, x: at(mark.gflops), first: winners.has(mark.name), width: textWidth(`${mark.name} ${bareRate(mark.said)}`, 12) + 12 }))
  for (const label of labels) label.shift = Math.max(0, label.width / 2 - label.x) - Math.max(0, label.x + label.width / 2 - width)
  const post = [wall - 5, wall + 5]
  const spans = { up: [post], down: [post], down2: [[wall - wallWidth, wall + 4], ...ticks.map((tick) => [tick.x - tick.width / 2, tick.x + tick.width / 2])] }
  intoLanes(labels.map((label) => Object.assign(label, { dot: label.x, x: label.x + label.shift })), LANES, spans, INNER)
  return [el("i.rule"), ...ticks.map(({ rate, x, width: w }) => el("i.tk", { style: { left: `${x}px` } }, x + w / 2 > wall - wallWidth ? "" : el("span", {}, String(rate)))),
    ...labels.map(({ mark, dot, shift, lane }) => el("i.dot", { class: `dot ${lane ?? ""}${mark.recorded ? " rec" : ""}${winners.has(mark.name) ? " win" : ""}`, style: { left: `${dot}px`, "--shift": `${shift}px` }, title: `${mark.name}: ${mark.said}` },
      lane === null ? "" : el("u"), lane === null ? "" : el("span", {}, `${mark.name} `, el("b", {}, bareRate(mark.said))))),
    hasWall ? el("i.wall", { style: { left: `${wall}px` } }, el("span", {}, wallText)) : ""]
}
