// What source 003 makes of the gradient at hand, beside what it is: the values that differ, or the error, and the mend.

const THEIRS = "as source 003 computes it", RIGHT = "as it is"

/** The card of a fault. makeFault({ask(change), loops()}) → {node, build(g, scene), show(now), words(scene)}. */
function makeFault({ ask, loops }) {
  const seg = segmented("its answer", [["1", "shown"], ["0", "hidden"]], (id) => ask({ theirs: id === "1" }))
  const f = { seg, title: el("span.strong"), pair: el("div.pair"), said: el("p.said"), sentence: el("p.mid"), fix: el("code.fix"), mend: el("div.mend"), node: el("section.panel.fault", { "aria-label": "Source 003's answer" }) }
  f.mend.append(el("span.lab", {}, "mended:"), f.fix)
  f.node.append(f.title, el("div.whose", {}, el("span.lab", {}, "its answer"), seg.node, el("button.btn.quiet", { type: "button", onclick: loops }, "Loops")), f.pair, f.said, f.sentence, f.mend)
  return { node: f.node, build: (g, scene) => buildFault(f, g, scene), show: (now) => f.node.hidden || showFault(f, now), words: faultWords }
}

/** The card in one line, for a projector: it has no room for the card, and its marks need their reason. */
function faultWords({ fault, theirs, which }) {
  if (!fault || !theirs || fault.barred) return ""
  const said = fault.error ? `${fault.error}.` : fault[which]?.said
  return said ? `Source 003: ${fault.title}. ${said}` : ""
}

function buildFault(f, g, scene) {
  const { fault } = scene
  f.node.hidden = !fault
  Object.assign(f, { g, scene, key: "" })
  if (!fault) return
  say(f.title, `Source 003: ${fault.title}`)
  f.seg.set(scene.theirs ? "1" : "0")
  const theirs = fault[scene.which], open = scene.theirs
  f.sides = []
  const side = (title, values, right) => {
    const own = numberGrid({ label: title, rows: g.out[1], cols: g.out[2], kind: "mini" })
    const chars = values.reduce((most, v) => Math.max(most, v === null ? 1 : fmt(num(v), 6).length), 1), wide = Math.max(24, Math.ceil(chars * 7.3 + 7))
    own.resize(wide, 24, 12)
    f.sides.push({ own, values, right })
    return el("figure", {}, el("figcaption", {}, title), own.node)
  }
  const all = scene.gradient.values
  f.pair.replaceChildren(...(!open || fault.barred ? [] : [
    fault.error ? el("figure.raised", {}, el("figcaption", {}, THEIRS), el("p.num", { role: "alert" }, fault.error)) : theirs ? side(THEIRS, theirs.values, false) : el("p.dim", {}, `It does not compute ${scene.which}.`),
    side(RIGHT, all, true)]))
  f.pair.hidden = !f.pair.children.length
  say(f.said, fault.barred ?? (!open ? "Hidden until you ask: which values will it get wrong?" : fault.error ? `It ends here, without any ${scene.which}.` : theirs?.said ?? ""))
  say(f.sentence, fault.sentence)
  say(f.fix, fault.fix)
  f.sentence.hidden = f.mend.hidden = !open
}

/** Show the plane of the gradient that the picture shows; a value that differs is marked, one that is missing is a dash. */
function showFault(f, { g, step, hidden }) {
  const start = step - (step % g.outPlane), key = `${start} ${hidden}`
  if (key === f.key) return
  f.key = key
  const theirs = f.scene.fault[f.scene.which]
  for (const { own, values, right } of f.sides) own.cells.forEach((cell, i) => {
    const value = values[start + i], wrong = !right && theirs.wrong[start + i], text = hidden ? "?" : value === null ? "—" : fmt(num(value), 6)
    own.text(i, text)
    cell.classList.toggle("wrong", wrong)
    cell.classList.toggle("missing", value === null)
    own.name(i, `${value === null ? "missing" : text}, row ${Math.floor(i / own.cols)}, column ${i % own.cols}${wrong && value !== null ? ", differs" : ""}`)
  })
}
