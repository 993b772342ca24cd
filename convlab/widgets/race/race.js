// Race: every backend on chosen shapes, with its time, its error and its price side by side.

function render({ model, el: element }) {
  const host = model.get("host") === "notebook" ? "notebook" : "dashboard"
  const { root, remove } = mount(element, host, "race")
  const view = { scene: null, exporting: 0, said: "" }
  const ui = {}
  const bar = raceBar(ui), headline = sayLine(ui), table = raceTable(ui), sweep = sweepFigure(ui), roof = roofStrip(ui), toast = toaster(root)
  const live = el("div.sr", { "aria-live": "polite" })
  const main = el("div.race", {}, headline.node, table.node, sweep.node, roof.node)
  root.append(bar.node, main, live)
  const talk = conversation(model, (scene) => take(scene), bar.waiting)
  // What moves while something runs comes by itself, over the last scene; a new scene always holds all of it.
  const hear = () => { if (view.scene && Object.keys(model.get("news") ?? {}).length) take({ ...view.scene, ...model.get("news"), exported: null, notices: [] }) }
  model.on("change:news", hear)

  function take(scene) {
    const last = view.scene
    view.scene = scene
    if (scene.notices?.length && scene.answered !== last?.answered) toast.show(scene.notices)
    if (view.exporting && scene.answered >= view.exporting) saved(scene)
    for (const part of [bar, headline, table, sweep, roof]) part.update(scene)
    Object.assign(root.dataset, { race: scene.race.state, sweep: scene.sweep.state })
    const news = last ? newsOf(last, scene) : ""
    if (news && news !== view.said) { view.said = news; say(live, news) }
    if (host === "dashboard" && scene.query && scene.query !== last?.query) window.convlab?.setQuery(scene.query)
  }

  /** The file that was asked for has come, or the sentence why not. */
  function saved(scene) {
    view.exporting = 0
    if (!scene.exported) return
    const { name, type, text } = scene.exported
    download(name, new Blob([text], { type }))
  }

  Object.assign(ui, {
    scene: () => view.scene,
    ask: (change) => talk.send(change),
    start() { talk.send(isBusy(view.scene) ? { stop: true } : { run: "race" }) },
    sweep() {
      const { sweep: now } = view.scene
      talk.send(isOn(now) ? { stop: true } : now.state === "done" ? { clear: "sweep", run: "sweep" } : { run: "sweep" })
    },
    export(what) { view.exporting = talk.send({ export: what }) },
    picture: () => savePicture(view.scene, root, [bar.title, main]),
    link: host === "dashboard" ? () => location.href : null,
    look: (name) => sweep.look(name),
    tell: (text) => say(live, text),
  })

  const keys = (event) => keyPressed(event, view, ui), target = host === "dashboard" ? window : root
  target.addEventListener("keydown", keys)
  root.__cl = { view, ui }
  if (model.get("scene")?.race) take(model.get("scene"))
  return () => {
    target.removeEventListener("keydown", keys)
    sweep.stop()
    roof.stop()
    talk.stop()
    model.off?.("change:news", hear)
    toast.stop()
    remove()
  }
}

/** R races, Esc stops; a text field and an open menu keep their keys. */
function keyPressed(event, view, ui) {
  const from = event.composedPath()[0]
  if (!view.scene || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || from.closest?.("[popover]") || from.matches?.("input, textarea, select")) return
  const busy = isBusy(view.scene)
  if (event.key === "Escape" && busy) ui.ask({ stop: true })
  else if (event.key.toLowerCase() === "r" && !busy) ui.start()
  else return
  event.preventDefault()
}

/** What a listener hears: a line for the row that has just finished, then the sentence of the race or the sweep. */
function newsOf(last, scene) {
  if (isOn(last.race) && !isOn(scene.race)) return scene.race.sentence
  if (isOn(last.sweep) && !isOn(scene.sweep)) return scene.sweep.sentence
  return scene.race.live && scene.race.live !== last.race.live ? scene.race.live : ""
}

/** The line above everything: who wins, by how much, whether all are right; at its end when, and on which machine. */
function sayLine(ui) {
  const sentence = el("p"), button = el("button.when", { type: "button", title: "The machine that timed this" })
  const menu = popover(button, "The machine that timed this", (panel) => {
    const { machine, when, versions, asked } = ui.scene().race
    panel.replaceChildren(el("h2", {}, "The machine that timed this"), asked ? el("p.about", {}, asked) : "", el("dl", {}, ...[["when", when], ...(machine ?? []), ["versions", versions]].filter(([, value]) => value).map(([label, value]) => term(label, value))))
  })
  menu.panel.classList.add("card")
  return { node: el("div.say", {}, sentence, button, menu.panel), update({ race, choice }) {
    const first = race.rows.filter((row) => row.win || row.tie).map((row) => row.name)
    sentence.replaceChildren(...withNames(race.sentence, race.rows.map((row) => row.name), first), ...(race.state === "empty" ? startLink(choice, ui) : []))
    const when = race.asked ? `measured earlier, ${race.when}` : race.when
    button.replaceChildren(el("span", {}, when), ...(race.versions ? [el("span", {}, `\u00a0· ${race.versions}`)] : [])) // where there is no room the versions wrap out of sight
    button.hidden = !race.when
  } }
}

/** Before any race: one link that runs it. */
function startLink({ names }, ui) {
  const able = names.filter((one) => one.chosen && !one.says).length
  return able ? [" ", el("button.link", { type: "button", onclick: () => ui.start() }, `Race ${count(able, "backend")}`), able > 1 ? "; the likely fastest stand on top." : "."] : []
}

/** A sentence whose names never break at a hyphen, with the first mention of the best in bold. */
function withNames(text, names, best) {
  if (!names.length) return [text]
  const longestFirst = [...names].sort((a, b) => b.length - a.length).map((name) => name.replaceAll(".", "\\.")), told = new Set()
  return text.split(new RegExp(`(${longestFirst.join("|")})`)).map((part) => {
    if (!names.includes(part)) return part
    const isFirst = best.includes(part) && !told.has(part)
    told.add(part)
    return el(isFirst ? "b" : "span", {}, part)
  })
}

export default { render }
