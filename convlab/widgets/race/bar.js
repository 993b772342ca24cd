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
  let shown = ""
  return {
    node: el("div.ask", {}, bar, line, refusal), title,
    waiting(on) {
      line.classList.toggle("late", on)
      line.toggleAttribute("hidden", !on && !line.classList.contains("on"))
    },
    update(scene) {
      say(name, scene.title)
      say(about, scene.subtitle)
      title.title = scene.title
      const own = works.update(scene)
      share.update(scene)
      const told = scene.problem && !own ? JSON.stringify([scene.answered, scene.problem]) : ""
      if (told !== shown) refusal.replaceChildren(...(told ? [refusalRow(scene.problem, (change) => { hide(); ui.ask(change) }, hide)] : []))
      shown = told // one that was put away stays away while news come
      light.className = SLOT[scene.slot.state] ?? "ok"
      say(slot, scene.slot.sentence)
      chip.title = scene.slot.sentence
      const busy = isBusy(scene)
      start.replaceChildren(startText(scene), ...(busy ? [keyCap("Esc")] : []))
      start.classList.toggle("stop", busy)
      start.setAttribute("aria-keyshortcuts", busy ? "Escape" : "r")
      start.title = busy ? "Stop (Esc)" : "Race (R)"
      const progress = progressOf(scene)
      line.classList.toggle("on", progress !== null)
      line.toggleAttribute("hidden", progress === null && !line.classList.contains("late"))
      line.setAttribute("aria-valuenow", String(Math.round(100 * (progress ?? 0))))
      done.style.width = `${100 * (progress ?? 0)}%`
    },
  }
}

const isOn = ({ state }) => state === "running" || state === "queued"
/** Whether something of this page is timed, or waits for the slot. */
const isBusy = (scene) => isOn(scene.race) || isOn(scene.sweep)
const progressOf = ({ race, sweep }) => ([race, sweep].find((one) => one.state === "running")?.progress ?? null)

function startText(scene) {
  if (isBusy(scene)) return [scene.race, scene.sweep].some((one) => one.state === "running") ? "Stop" : "Leave the queue"
  return scene.race.state === "empty" ? "Race" : "Race again"
}
