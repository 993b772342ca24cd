// Race, the table: rows stand in the order that Python gives and slide to it; they are never made anew.

const HEADS = [["The least time of one call; below it the median and the range of the middle half", "least", ", median ± IQR"], ["The largest error against the definition, and how large it may be", "error, bound"],
  ["Import, compiling and transfer are counted here and nowhere else", "first call"], ["Beside x, w and y: predicted, and below it measured at its peak", "memory", ", peak"]]

const ROOM = 46 // pixels that a label of the scale wants

/** → {node, update(scene), names()} */
function raceTable(ui) {
  const rows = new Map(), choice = choiceButton(ui), scale = el("span.scale", { "aria-hidden": "true" })
  const bound = el("span.bound", { "aria-hidden": "true" }, "|")
  const head = el("thead", {}, el("tr", {}, el("th", { scope: "col" }, choice.node), el("th", { scope: "col" }, el("span.sr", {}, "bar"), scale),
    ...HEADS.map(([full, short, more]) => el("th", { scope: "col", title: full }, short, more ? el("span.more", {}, more) : "", short.includes("bound") ? bound : ""))))
  const body = el("tbody"), table = el("table", {}, el("caption.sr", {}, "Time, error and memory of every backend"), head, body)
  const node = el("div.scroll", { tabindex: "0", role: "region", "aria-label": "Backends" }, table)
  return {
    node,
    update(scene) {
      const { race } = scene, shown = race.rows.length ? race.rows : askedRows(scene.choice)
      choice.update(scene)
      drawScale(scale, race.scale)
      const badges = badgesOf(shown), before = placesOf(rows)
      for (const name of [...rows.keys()]) if (!shown.some((facts) => facts.name === name)) { rows.get(name).node.remove(); rows.delete(name) }
      let last = null
      for (const facts of shown) {
        if (!rows.has(facts.name)) rows.set(facts.name, raceRow(facts.name, ui))
        const row = rows.get(facts.name)
        row.update(facts, race, badges.get(facts.name))
        stand(body, row.node, last)
        last = row.node
      }
      node.style.setProperty("--rows", shown.length)
      slide(rows, before)
    },
  }
}

/** Before any race: the rows that would run, the likely fastest first, and those that would not, with their sentence. */
function askedRows(choice) {
  const facts = ({ name, note, says, kind, hint }) => ({ name, note, state: says ? "refused" : "waiting", says, kind: kind ?? "not by this backend", hint: hint ?? "", try: null, flags: [], parts: [], said: {}, min_s: null, error: null })
  return choice.names.filter((one) => one.chosen).sort((a, b) => (a.place ?? 0) - (b.place ?? 0)).map(facts)
}

/** "fastest here" for one; where others tie with it, all of them are called a tie and drawn alike. */
function badgesOf(rows) {
  const best = rows.filter((row) => row.win || row.tie)
  return new Map(best.map((row) => [row.name, best.length > 1 ? "tie" : "fastest here"]))
}

function drawScale(box, scale) {
  const every = thinned(box.clientWidth, scale?.ticks.length ?? 0), key = JSON.stringify([scale ?? null, every])
  if (box.dataset.key === key) return
  box.dataset.key = key
  const place = scale ? logScale(scale.low_s, scale.high_s) : null
  box.replaceChildren(...shortLabels(scale?.ticks ?? [], every).map(({ s, label }) => el("span", { style: { left: `${100 * place.at(s)}%` } }, label)))
}

/** How many ticks go with one label, so that labels do not meet. */
function thinned(width, ticks) {
  return ticks > 5 || (width && width / (ticks - 1) < ROOM) ? 2 : 1
}

/** A unit stands where it begins: "1 ms", "10", "100", "1 s"; where there is little room every other tick is named. */
function shortLabels(ticks, every) {
  const unit = (tick) => tick?.label.split(" ")[1]
  const named = ticks.filter((_, n) => (ticks.length - 1 - n) % every === 0)
  return named.map((tick, n) => ({ s: tick.s, label: n && unit(named[n - 1]) === unit(tick) ? tick.label.split(" ")[0] : tick.label }))
}

/** Put a row behind another; one that stands there already is not touched, and one that holds the focus keeps it. */
function stand(body, node, last) {
  if ((last ? last.nextSibling : body.firstChild) === node) return
  const focused = node.getRootNode().activeElement, inside = node.contains(focused)
  body.insertBefore(node, last ? last.nextSibling : body.firstChild)
  if (inside) focused.focus({ preventScroll: true })
}

const placesOf = (rows) => new Map([...rows].map(([name, row]) => [name, row.node.offsetTop]))

/** Rows that have changed places slide there: the eye follows them. Without motion they are there at once. */
function slide(rows, before) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return
  for (const [name, { node }] of rows) {
    const from = before.get(name), by = from === undefined ? 0 : from - node.offsetTop
    if (by) node.animate([{ transform: `translateY(${by}px)` }, { transform: "none" }], { duration: 260, easing: "cubic-bezier(.2, .7, .2, 1)" })
  }
}
