// Race, what leaves the screen: files made in the browser, texts for the clipboard, and the menu that offers both.

Object.assign(ICONS, { share: '<path d="M8 10V2.5M5 5l3-2.8L11 5M3 9v3.5a1 1 0 0 0 1 1h8a1 1 0 0 0 1-1V9"/>' })

/** Give a file to the reader: nothing is asked of any server. */
function download(name, blob) {
  const link = el("a", { href: URL.createObjectURL(blob), download: name })
  link.click()
  setTimeout(URL.revokeObjectURL, 10_000, link.href)
}

/** The button Export and its menu. → {node, update(scene), exported(scene)} */
function shareMenu(ui) {
  let scene = null
  const button = el("button.btn", { type: "button" }, icon("share"), "Export")
  const menu = popover(button, "Export", (panel) => fillShare(panel, scene, ui, () => menu.close()))
  menu.panel.classList.add("share")
  return { node: el("span.field", {}, button, menu.panel), update(next) { scene = next } }
}

function fillShare(panel, scene, ui, close) {
  const hasRace = scene.race.state !== "empty", hasSweep = scene.sweep.series.some((one) => one.points.length)
  const file = (text, act, on) => el("button.btn", { type: "button", disabled: !on, onclick: () => { close(); act() } }, text)
  const ask = (what) => () => ui.export(what)
  panel.replaceChildren(
    el("h2", {}, "This race"), el("div.acts", {}, file("CSV", ask("csv"), hasRace), file("JSON", ask("json"), hasRace), file("Picture (PNG)", ui.picture, hasRace || hasSweep)),
    el("h2", {}, "The sweep"), el("div.acts", {}, file("CSV", ask("sweep.csv"), hasSweep), file("JSON", ask("sweep.json"), hasSweep)),
    ...copyable("Python", scene.code.python, ui), ...copyable("Terminal", scene.code.terminal, ui),
    ...(ui.link ? copyable("Link to exactly this", ui.link(), ui) : []))
}

/** A text that can be copied: its name, the button, and the text itself. */
function copyable(name, text, ui) {
  const pane = el("pre", { tabindex: "0", role: "region", "aria-label": name }, el("code", {}, text))
  const button = el("button.btn.quiet", { type: "button", "aria-label": `Copy: ${name}`, onclick: async () => {
    const done = await copyText(text, pane)
    say(button, done ? "Copied" : "Selected: press Ctrl+C")
    ui.tell(done ? `${name}: copied.` : `${name}: selected, press Control C.`)
  } }, "Copy")
  return [el("header", {}, el("h2", {}, name), button), pane]
}

/** Save what is on the screen as a picture, twice as fine as the screen. */
async function savePicture(scene, root, parts) {
  const canvas = picture(root, parts)
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"))
  const name = (scene.workload ?? "race").replace(/[^\w.-]+/g, "-")
  download(`${name}.png`, blob)
}
