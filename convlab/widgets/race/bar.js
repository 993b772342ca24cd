// Race, the first line: what is raced, where it can be changed, whether the timing slot is free, and the start.

const SLOT = { free: "ok", running: "now", waiting: "warn", busy: "warn" }

/** → {node, update(scene)} */
function raceBar(ui) {
  const name = el("span"), about = el("small"), title = el("h1", {}, name, about)
  const works = workloadChoice(ui), share = shareMenu(ui)
  const light = el("i"), slot = el("span"), chip = el("span.chip", {}, light, slot)
  const start = el("button.btn.primary", { type: "button", onclick: () => ui.start() })
  const done = el("i"), line = el("div.wait", { role: "progressbar", "aria-label": "Progress", "aria-valuemin": "0", "aria-valuemax": "100" }, done), refusal = el("div.refusals")
  const bar = el("section.specbar", { "aria-label": "What is raced" }, title, works.node, el("div.end", {}, chip, share.node, start))
  const hide = () => refusal.replaceChildren()
  return {
    node: el("div.ask", {}, bar, line, refusal), title,
    waiting: (on) => line.classList.toggle("late", on),
    update(scene) {
      say(name, scene.title)
      say(about, scene.subtitle)
      title.title = scene.title
      const own = works.update(scene)
      share.update(scene)
      refusal.replaceChildren(...(scene.problem && !own ? [refusalRow(scene.problem, (change) => { hide(); ui.ask(change) }, hide)] : []))
      light.className = SLOT[scene.slot.state] ?? "ok"
      say(slot, scene.slot.sentence)
      chip.title = scene.slot.sentence
      const busy = isBusy(scene)
      start.replaceChildren(startText(scene), ...(busy ? [keyCap("Esc")] : []))
      start.classList.toggle("stop", busy)
      start.setAttribute("aria-keyshortcuts", busy ? "Escape" : "r")
      start.title = busy ? "Stop (Esc)" : "Race (R)"
      const share_ = progressOf(scene)
      line.classList.toggle("on", share_ !== null)
      line.toggleAttribute("hidden", share_ === null && !line.classList.contains("late"))
      line.setAttribute("aria-valuenow", String(Math.round(100 * (share_ ?? 0))))
      done.style.width = `${100 * (share_ ?? 0)}%`
    },
  }
}

const isRacing = (scene) => scene.race.state === "running"
const isSweeping = (scene) => scene.sweep.state === "running"
/** Whether something of this session is timed, or waits for the slot. */
const isBusy = (scene) => isRacing(scene) || isSweeping(scene) || scene.slot.state === "waiting" || scene.slot.state === "running"
const progressOf = (scene) => (isRacing(scene) ? scene.race.progress : isSweeping(scene) ? scene.sweep.progress : null)

function startText(scene) {
  if (scene.slot.state === "waiting") return "Leave the queue"
  if (isBusy(scene)) return "Stop"
  return scene.race.state === "empty" ? "Race" : "Race again"
}

/** The four usual workloads, a menu of all of them, and the reader's own. */
function workloadChoice(ui) {
  let scene = null, quick = []
  const few = el("span.few"), words = el("span", {}, "more"), more = el("button", { type: "button", "data-more": "", "aria-pressed": "false" }, words, icon("down"))
  const menu = popover(more, "Workloads", (panel) => fillWorkloads(panel, scene, (id) => { menu.close(); ui.ask({ workload: id }) }))
  const own = shapesMenu(ui)
  const node = el("div.seg", { role: "group", "aria-label": "Workload" }, few, more, own.button)
  return { node: el("div.field", {}, node, menu.panel, own.panel), update(next) {
    scene = next
    const now = usual(next)
    if (JSON.stringify(now) !== JSON.stringify(quick)) {
      quick = now
      few.replaceChildren(...now.map(({ id, text, title }) => el("button", { type: "button", "data-value": id, title, onclick: () => ui.ask({ workload: id }) }, text)))
    }
    for (const one of few.children) one.setAttribute("aria-pressed", String(one.dataset.value === next.workload))
    const other = next.workload !== null && !now.some((one) => one.id === next.workload)
    const item = other ? next.workloads.flatMap((group) => group.items).find((one) => one.id === next.workload) : null
    more.setAttribute("aria-pressed", String(other))
    say(words, item ? item.title : "more")
    own.button.setAttribute("aria-pressed", String(next.workload === null))
    return own.answered(next)
  } }
}

/** The workloads that have a button of their own. */
function usual({ quick, workloads }) {
  const titles = new Map(workloads.flatMap(({ items }) => items.map((one) => [one.id, one.title])))
  return quick.map(({ id, title }) => ({ id, text: title, title: titles.get(id) ?? title }))
}

function fillWorkloads(panel, scene, choose) {
  panel.classList.add("works")
  const lists = scene.workloads.map(({ group, items }) => el("section", {}, el("h2", {}, group), el("ul", {}, ...items.map((one) =>
    el("li", {}, el("button", { type: "button", "aria-current": one.id === scene.workload ? "true" : null, onclick: () => choose(one.id) }, el("b", {}, one.title), one.note ? el("small", {}, one.note) : ""))))))
  panel.replaceChildren(el("div.columns", {}, ...lists))
}
