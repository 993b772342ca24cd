// Implementations, the table: one row per implementation, grouped by who turns the filter.

Object.assign(VERDICTS, { live: ["ok", "ok"], twin: ["info", "half"], documented: ["info", "book"], "no GPU": ["warn", "no"] })
Object.assign(ICONS, { book: '<path d="M8 4.2C6.6 3.2 4.6 3 2.5 3.2v9.3c2.1-.2 4.1 0 5.5 1 1.4-1 3.4-1.2 5.5-1V3.2C11.4 3 9.4 3.2 8 4.2zM8 4.2v9.3"/>' })
const BANDS = [["always", "turn the filter", "convolution"], ["never", "leave it as given", "cross-correlation"]]
const HEADS = ["implementation", "filter", "x axes", "w axes", "border", "stride", "dilation", "groups", "gradient", "extra memory", "here"]
const ORDERS = { always: "ihgfedcba", never: "abcdefghi" }
const SPACE = "DHWTdhwt"

/** The filter as a 3 x 3 picture: as it is used, so that a turned one shows its last tap first. */
const turnGlyph = (turn) => el("span.m", { "aria-hidden": "true" }, ...[...ORDERS[turn]].map((tap) => el("i", { style: { background: `var(--tap-${tap})` } })))

/** How an implementation reads the filter: one picture, or both where an argument decides. */
function turnCell(flips) {
  const words = { always: "turned", never: "as given", either: "turned, unless an argument says no" }
  return [...(flips === "either" ? ["always", "never"] : [flips]).map(turnGlyph), el("span.sr", {}, words[flips])]
}

/** An order of axes as tiles; space is blue, channels are plum. */
function axesTiles(axes) {
  if (!axes) return el("span.ax", {}, "any")
  return el("span.axes", { role: "img", "aria-label": [...axes].join(" ") }, ...[...axes].map((axis) =>
    el("i", { "aria-hidden": "true", class: axis === "C" ? "ch" : SPACE.includes(axis) ? "sp" : null }, axis)))
}

/** Bytes in three digits: "none", "6.4 MiB", "119 MiB". */
function byteText(bytes) {
  if (bytes === 0) return "none"
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"], power = Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** power
  return `${value < 9.95 && power ? value.toFixed(1) : Math.round(value)} ${units[power]}`
}

/** → {node, fill(scene), filter(view) → counts, row(id), button(id)} */
function makeTable(ui) {
  const head = el("thead", {}, el("tr", {}, ...HEADS.map((name, n) => el("th", { scope: "col", class: n > 4 && n < 9 ? "c" : n === 10 ? "h" : n === 9 ? "mem" : null }, name))))
  const bodies = BANDS.map(([turn, text, operation]) => ({ turn, node: el("tbody"), band: el("tr.band", {}, el("th", { scope: "rowgroup", colspan: HEADS.length }, turnGlyph(turn), el("b", {}, text), el("span", {}, operation))) }))
  const table = el("table", {}, el("caption.sr", {}, "Implementations by what they do to the filter"), head, ...bodies.map((body) => body.node))
  const none = el("p.none", { hidden: true })
  let rows = new Map()
  return {
    node: el("div.list", {}, table, none),
    row: (id) => rows.get(id),
    buttons: () => [...rows.values()].filter((row) => !row.node.hidden).map((row) => row.button),
    fill(scene) {
      const most = Math.max(1, ...scene.rows.map((row) => row.bytes ?? 0))
      rows = new Map(scene.rows.map((facts) => [facts.id, { facts, ...tableRow(facts, scene, most, ui) }]))
      for (const { turn, node, band } of bodies) {
        const own = [...rows.values()].filter(({ facts }) => (facts.flips === "never") === (turn === "never"))
        node.replaceChildren(band, ...own.flatMap((row) => [row.node, row.detail]))
      }
    },
    filter({ show, find }) {
      const words = find.toLowerCase().split(/\s+/).filter(Boolean)
      for (const row of rows.values()) {
        const { facts } = row, text = `${facts.name} ${facts.about} ${facts.call} ${facts.says} ${facts.here.kind} ${facts.cpu.name ?? ""}`.toLowerCase()
        const shown = words.every((word) => text.includes(word)) && (show !== "fits" || !facts.refusal) && (show !== "runs" || runsHere(facts))
        row.node.hidden = !shown
        row.detail.hidden = !shown || !row.isOpen
      }
      for (const { node, band } of bodies) band.hidden = ![...node.querySelectorAll("tr.one")].some((row) => !row.hidden)
      const all = [...rows.values()], left = all.filter((row) => !row.node.hidden).length
      none.hidden = left > 0
      say(none, words.length ? `No implementation here is called “${find}”, or says it of itself.` : "None of them computes this layer. Choose another layer above.")
      return { all: all.length, shown: left, fits: all.filter((row) => !row.facts.refusal).length, runs: all.filter((row) => runsHere(row.facts)).length }
    },
    open(id, fill) {
      for (const row of rows.values()) {
        row.isOpen = row.facts.id === id
        row.button.setAttribute("aria-expanded", String(row.isOpen))
        row.node.classList.toggle("open", row.isOpen)
        row.detail.hidden = !row.isOpen || row.node.hidden
        row.cell.replaceChildren(...(row.isOpen ? [fill(row.facts)] : []))
      }
    },
  }
}

const runsHere = (facts) => facts.here.kind === "live" || facts.here.kind === "twin"

/** The row of an implementation and, below it, the place of its details. */
function tableRow(facts, scene, most, ui) {
  const place = `detail-${facts.id.replaceAll(".", "-")}`
  const button = el("button", { type: "button", "aria-expanded": "false", "aria-controls": place }, el("b", {}, facts.name), " ", el("small", {}, facts.about))
  const cell = el("td", { colspan: HEADS.length, id: place }), detail = el("tr.detail", { hidden: true }, cell)
  const answer = (name) => el("td.c", { title: facts[name].reason || null }, ...dot(facts[name].value))
  const node = el(`tr.one${facts.refusal ? ".refused" : ""}`, { "data-id": facts.id, onclick: (event) => { if (!getSelection()?.toString() || event.target.closest("button")) ui.toggle(facts.id) } },
    el("th", { scope: "row" }, button), el("td.o", {}, ...turnCell(facts.flips)), el("td", {}, axesTiles(facts.x_axes)), el("td", {}, axesTiles(facts.w_axes)),
    el("td", {}, el("span.bord", {}, ...scene.borders.map((border) => el("i", facts.borders.includes(border) ? { class: "on" } : { "aria-hidden": "true" }, border)))),
    ...["stride", "dilation", "groups", "gradient"].map(answer), el("td.mem", {}, ...memoryCell(facts, most)), el("td.h", { title: facts.here.sentence }, verdictChip(facts.here.kind)))
  return { node, detail, cell, button, isOpen: false }
}

/** What it takes beside x, w and y: the formula, and for this layer a bar on one scale for all. */
function memoryCell(facts, most) {
  const text = el("span.formula", {}, facts.memory)
  if (facts.refusal) return [text, el("em", { title: facts.refusal.sentence }, "not this layer")]
  if (!facts.bytes) return [text]
  return [text, el("span.mb", { "aria-hidden": "true" }, el("i", { style: { width: `${(100 * facts.bytes) / most}%` } })), el("b", {}, byteText(facts.bytes))]
}
