// Parts that every screen shares. Files are joined into one module in the order of order.py: no imports, no exports
// but the last file's `render`. `CSS` (the style sheets, as text) is put in front by bundle.py.

/** Make an element: el("button.btn.quiet", {type: "button", onclick: f, "aria-label": "..."}, "text", child, ...).
 *  A property that is a function becomes a listener, `style` takes an object (custom properties too), `hidden` and
 *  other booleans become bare attributes, null and undefined are left out. */
function el(tag, props = {}, ...kids) {
  const [name, ...classes] = tag.split(".")
  const node = document.createElement(name || "div")
  if (classes.length) node.className = classes.join(" ")
  for (const [key, value] of Object.entries(props)) put(node, key, value)
  node.append(...kids.flat().filter((kid) => kid !== null && kid !== undefined))
  return node
}

/** Set one property of an element, by the rules of `el`. */
function put(node, key, value) {
  if (value === null || value === undefined || value === false) node.removeAttribute(key)
  else if (typeof value === "function") node.addEventListener(key.slice(2), value)
  else if (key === "style") for (const [name, one] of Object.entries(value)) node.style.setProperty(name, one)
  else node.setAttribute(key, value === true ? "" : value)
}

/** Change a text only when it differs, and in its text node: a new node would cost a style recalculation. */
function say(node, text) {
  const only = node.firstChild
  if (only?.nodeType !== Node.TEXT_NODE || only.nextSibling) node.textContent = text
  else if (only.data !== text) only.data = text
}

// ---- icons: 16 x 16, a line or (class f) a filled shape
const ICONS = {
  start: '<path d="M3.5 3.5v9"/><path class="f" d="M12.5 3.5v9L5.5 8z"/>',
  cellBack: '<path class="f" d="M8 3.8v8.4L2.2 8zM14 3.8v8.4L8.2 8z"/>',
  cellOn: '<path class="f" d="M8 3.8v8.4L13.8 8zM2 3.8v8.4L7.8 8z"/>',
  tapBack: '<path d="M10 3.5 5.5 8l4.5 4.5"/>',
  tapOn: '<path d="M6 3.5 10.5 8 6 12.5"/>',
  play: '<path class="f" d="M4.5 2.8v10.4L13 8z"/>',
  pause: '<path class="f" d="M4 3h3v10H4zM9 3h3v10H9z"/>',
  turn: '<path d="M2.6 8a5.4 5.4 0 0 1 9.4-3.6M13.4 8A5.4 5.4 0 0 1 4 11.6"/><path d="M12.4 1.8v2.8H9.6M3.6 14.2v-2.8h2.8"/>',
  half: '<path d="M2.6 8a5.4 5.4 0 0 1 9.4-3.6M12.4 1.8v2.8H9.6"/>',
  ok: '<path d="M3 8.5 6.4 12 13 4.6"/>',
  no: '<circle cx="8" cy="8" r="5.6"/><path d="m4.2 11.8 7.6-7.6"/>',
  clock: '<circle cx="8" cy="8" r="5.6"/><path d="M8 4.8V8l2.2 1.6"/>',
  judge: '<path d="M8 2.5v11M4.5 13.5h7M3 4.5h10M3 4.5 1.4 9h3.2zM13 4.5 11.4 9h3.2z"/>',
  blind: '<path d="M2.5 2.5l11 11M6.2 4A6.6 6.6 0 0 1 8 3.7c4 0 6.5 4.3 6.5 4.3a11 11 0 0 1-1.9 2.4M4 5.2A11 11 0 0 0 1.5 8S4 12.3 8 12.3a6.4 6.4 0 0 0 2.6-.6"/>',
  differ: '<path d="M3 6h10M3 10h10M10.5 3l-5 10"/>',
  down: '<path d="M4 6.2 8 10.2l4-4"/>',
  close: '<path d="m4.5 4.5 7 7M11.5 4.5l-7 7"/>',
  more: '<circle class="f" cx="3.5" cy="8" r="1.2"/><circle class="f" cx="8" cy="8" r="1.2"/><circle class="f" cx="12.5" cy="8" r="1.2"/>',
  pin: '<path d="M5.5 2.5h5M6.5 2.5v5L4.5 10h7l-2-2.5v-5M8 10v4"/>',
  pen: '<path d="M3 13l.6-2.8L10.8 3 13 5.2 5.8 12.4z"/>',
}

/** An icon by name; decoration only, so hidden from assistive technology. */
function icon(name) {
  const box = document.createElement("template")
  box.innerHTML = `<svg class="ic" viewBox="0 0 16 16" aria-hidden="true">${ICONS[name]}</svg>`
  return box.content.firstChild
}

// ---- numbers
/** A number of a scene: JSON has no NaN and no infinity, they come as text. */
function num(value) {
  return typeof value === "number" ? value : Number(value)
}

/** Write a number: U+2212 for minus, exact and short when it has a short form, else its first digits and "…".
 *  Digits are cut, never rounded, and only behind the point: what is shown is always the beginning of the true
 *  expansion, and its size is the true one. */
function fmt(value, room = 9) {
  if (Number.isNaN(value)) return "NaN"
  if (!Number.isFinite(value)) return value < 0 ? "−∞" : "∞"
  const size = Math.abs(value)
  let text = String(size)
  if (text.length > room) {
    const [digits, power] = (size >= 1e-4 && size < 1e9 ? text : size.toExponential()).split("e")
    const tail = power ? `e${power.replace("+", "")}` : ""
    const whole = digits.includes(".") ? digits.indexOf(".") + 1 : digits.length, keep = Math.max(3, room - 1 - tail.length, whole)
    const cut = digits.length + tail.length > room && keep < digits.length ? `${digits.slice(0, keep)}…` : digits
    text = cut + tail
  }
  return (value < 0 ? "−" : "") + text.replace("e+", "e").replace("e-", "e−")
}

/** Write a sum of two numbers as a person would: "188 − 24", not "188 + −24". */
function plus(a, b, room) {
  return b < 0 ? `${fmt(a, room)} − ${fmt(-b, room)}` : `${fmt(a, room)} + ${fmt(b, room)}`
}

/** Read a number that a person typed: "−3", "1/16", "2,5", "nan", "inf"; null when it is none. */
function typed(text) {
  const plain = text.trim().replaceAll("−", "-").replace(/^([+-]?\d+),(\d+)$/, "$1.$2")
  const part = /^([+-]?\d+(?:\.\d+)?)\s*\/\s*(\d+(?:\.\d+)?)$/.exec(plain)
  if (part) return Number(part[1]) / Number(part[2])
  const word = /^([+-]?)(?:inf|infinity|∞)$/i.exec(plain)
  if (word) return word[1] === "-" ? -Infinity : Infinity
  if (/^nan$/i.test(plain)) return NaN
  return plain !== "" && Number.isFinite(Number(plain)) ? Number(plain) : null
}

/** A count with its noun: "1 row", "3 rows". */
function count(n, noun) {
  return `${n} ${noun}${n === 1 ? "" : "s"}`
}

// ---- taps: a letter and a colour that never leave their tap
/** The letter of a tap in its plane of rows x cols: a..z row by row; above 26 taps row letter and column, "c4". */
function tapName(row, col, rows, cols) {
  const letter = (i) => String.fromCharCode(97 + i)
  return rows * cols <= 26 ? letter(row * cols + col) : `${letter(row)}${col + 1}`
}

/** Give an element the colour of a tap (hue by column, lightness by row); its CSS then uses var(--tap). */
function tapColour(node, row, col, rows, cols) {
  node.classList.add("tap")
  node.style.setProperty("--u", cols > 1 ? col / (cols - 1) : 0.5)
  node.style.setProperty("--v", rows > 1 ? row / (rows - 1) : 0.5)
  return node
}

// ---- controls
/** A segmented control. `choose(value)` is called on a click. → {node, set(value), options(list, value)} */
function segmented(label, options, choose, { named = false } = {}) {
  const node = el("div.seg", { role: "group", "aria-label": label })
  const set = (value) => {
    for (const one of node.children) one.setAttribute("aria-pressed", String(one.dataset.value === String(value)))
  }
  const fill = (list, value) => {
    node.replaceChildren(...list.map((one) => {
      const [id, text] = Array.isArray(one) ? one : [one, one]
      return el("button", { type: "button", "data-value": id, "aria-pressed": "false", onclick: () => choose(id) }, text)
    }))
    set(value)
  }
  fill(options, null)
  return { node: named ? el("div.field", {}, el("span.lab", { "aria-hidden": "true" }, label), node) : node, set, options: fill }
}

/** A stepper of whole numbers. `change(value)` is called with the wanted value. → {node, set(value), bounds} */
function stepper(label, change, { least = 1, most = 99 } = {}) {
  let value = least
  const out = el("output", { "aria-label": label })
  const less = el("button", { type: "button", "aria-label": `smaller ${label}`, onclick: () => change(value - 1) }, "−")
  const more = el("button", { type: "button", "aria-label": `larger ${label}`, onclick: () => change(value + 1) }, "+")
  const set = (next) => {
    value = next
    say(out, String(next))
    less.toggleAttribute("disabled", next <= least)
    more.toggleAttribute("disabled", next >= most)
  }
  return { node: el("span.stepper", {}, less, out, more), set }
}

/** A switch with its words. → {node, set(on)} */
function toggle(label, change) {
  const node = el("button.switch", { type: "button", role: "switch", "aria-checked": "false",
    onclick: () => change(node.getAttribute("aria-checked") !== "true") }, el("i"), label)
  return { node, set: (on) => node.setAttribute("aria-checked", String(on)) }
}

/** A key cap, always beside the word of what it does. */
function keyCap(key) {
  return el("kbd", {}, key)
}

// ---- the clipboard
/** Copy a text; where the page may not, select it in `pane` and try the old way. → whether it is copied */
async function copyText(text, pane) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch { /* not a secure page, or not allowed */ }
  getSelection().selectAllChildren(pane)
  try { return document.execCommand("copy") } catch { return false }
}

// ---- verdicts and refusals: a glyph, a word, a colour
const VERDICTS = { ok: ["ok", "ok"], equal: ["ok", "ok"], rounding: ["ok", "ok"], convention: ["warn", "half"], shape: ["bad", "no"],
  different: ["bad", "differ"], error: ["bad", "no"], yardstick: ["info", "judge"], recorded: ["info", "clock"], blind: ["bad", "blind"],
  "no such convolution": ["bad", "no"], "not by this backend": ["info", "no"], "not on this machine": ["info", "no"], "over a limit": ["warn", "clock"] }

/** A chip for a verdict or a kind of refusal; `kind` is a key of VERDICTS. */
function verdictChip(kind, text = kind) {
  const [state, glyph] = VERDICTS[kind] ?? ["info", "judge"]
  return el(`span.verdict.is-${state}`, {}, icon(glyph), text)
}

/** A problem of a scene as one row: its kind, one sentence, one button that does the "try", one that puts it away. */
function refusalRow(problem, act, dismiss = null) {
  const row = el("div.refusal", { role: "alert" }, verdictChip(problem.kind), el("p", {}, [problem.asked, problem.found, problem.hint].filter(Boolean).join(" ")))
  if (problem.try) row.append(el("button.btn.quiet", { type: "button", onclick: () => act(problem.try.change) }, problem.try.label))
  if (dismiss) row.append(el("button.btn.quiet.icon", { type: "button", "aria-label": "Put this away", title: "Put this away (Esc)", onclick: dismiss }, icon("close")))
  return row
}

/** A popover under a button: native, so Esc, a click elsewhere and the return of focus come with it.
 *  It keeps inside the window and scrolls. → {button, panel, close()}; append both to the page; `fill(panel)` runs each time it opens. */
function popover(button, label, fill) {
  const panel = el("div.pop.panel", { popover: "auto", role: "dialog", "aria-label": label })
  button.setAttribute("aria-haspopup", "dialog")
  button.setAttribute("aria-expanded", "false")
  // At once, not on the "toggle" that follows later: by then a person may be typing in another field already.
  button.addEventListener("click", () => {
    panel.togglePopover({ source: button })
    if (panel.matches(":popover-open")) settle()
  })
  let held = false // the focus: in a shadow tree the browser does not give it back by itself
  const holds = () => panel.contains(panel.getRootNode().activeElement)
  panel.addEventListener("beforetoggle", (event) => {
    const isOpening = event.newState === "open"
    button.setAttribute("aria-expanded", String(isOpening))
    held = !isOpening && holds()
    if (isOpening) fill?.(panel)
  })
  panel.addEventListener("toggle", () => { if (held && (holds() || !panel.getRootNode().activeElement)) button.focus({ preventScroll: true }) })
  const settle = () => {
    const under = button.getBoundingClientRect()
    const left = Math.max(8, Math.min(under.left, innerWidth - panel.offsetWidth - 8))
    Object.assign(panel.style, { left: `${left}px`, top: `${under.bottom + 6}px`, maxHeight: `${Math.max(160, innerHeight - under.bottom - 14)}px` })
    panel.querySelector("[aria-current], button, input")?.focus({ preventScroll: false })
  }
  return { button, panel, close: () => panel.matches(":popover-open") && panel.hidePopover() }
}
