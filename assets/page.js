// The page around a screen: theme, projector, link, toast, the notice when the server is gone.
// It runs before anything is painted, so the page never shows the wrong theme; the rest waits for the document.
// Widgets use window.convlab: toast, setQuery, tooBig, maxMessageBytes.
(() => {
  "use strict"
  const root = document.documentElement
  const asked = new URLSearchParams(location.search)
  const OURS = ["theme", "projector", "token"]         // keys of the address that belong to the page, not to the state

  // ---- what is remembered; a browser may forbid it, and then nothing is
  const remember = (store, key, value) => {
    try {
      if (value === undefined) return window[store].getItem(key)
      if (value === null) window[store].removeItem(key)
      else window[store].setItem(key, value)
    } catch { /* private mode: the page works, it only forgets */ }
    return null
  }

  // ---- theme: asked for in the address (this tab), else chosen (this browser), else the system's
  const system = matchMedia("(prefers-color-scheme: dark)")
  const isTheme = (name) => name === "light" || name === "dark"
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches)

  const applyTheme = () => {
    const name = remember("sessionStorage", "theme") ?? remember("localStorage", "theme")
    if (isTheme(name)) root.dataset.theme = name
    else delete root.dataset.theme
  }

  const turnTheme = () => {
    const dark = !isDark()
    remember("sessionStorage", "theme", null)
    remember("localStorage", "theme", dark === system.matches ? null : dark ? "dark" : "light")
    root.dataset.theme = dark ? "dark" : "light"
    forgetInAddress("theme")
  }

  const forgetInAddress = (key) => {
    const url = new URL(location.href)
    url.searchParams.delete(key)
    history.replaceState(history.state, "", url)
  }

  if (isTheme(asked.get("theme"))) remember("sessionStorage", "theme", asked.get("theme"))
  applyTheme()
  addEventListener("storage", (event) => { if (event.key === "theme") applyTheme() })

  // ---- projector: big numbers, for this tab
  if (asked.has("projector")) remember("sessionStorage", "projector", "on")
  root.toggleAttribute("data-projector", remember("sessionStorage", "projector") === "on")

  const turnProjector = (button) => {
    const on = root.toggleAttribute("data-projector")
    remember("sessionStorage", "projector", on ? "on" : null)
    button.setAttribute("aria-pressed", on)
    forgetInAddress("projector")
    dispatchEvent(new Event("resize"))                 // pictures that measure themselves measure again
  }

  // ---- the address holds the state; the links to the other screens carry it along
  const setQuery = (query) => {
    const text = String(query).replace(/^\?/, "")
    history.replaceState(history.state, "", text ? `?${text}` : location.pathname)
    carry(text)
  }

  const carry = (text) => {
    const state = new URLSearchParams(text)
    OURS.forEach((key) => state.delete(key))
    for (const link of document.querySelectorAll("nav.screens a")) link.search = state.toString()
  }

  const copyLink = async () => {
    const url = new URL(location.href)
    OURS.forEach((key) => url.searchParams.delete(key))
    url.hash = ""
    const done = await copy(url.href)
    toast(done ? "Link to exactly this copied." : "The browser does not allow copying here. The link stands in the address bar.")
  }

  const copy = async (text) => {
    try { await navigator.clipboard.writeText(text); return true } catch { /* not a secure page: the old way */ }
    const field = Object.assign(document.createElement("textarea"), { value: text })
    const before = document.activeElement
    document.body.append(field)
    field.select()
    const done = document.execCommand("copy")
    field.remove()
    before?.focus()
    return done
  }

  // ---- toast: one line, one action, bottom centre; it waits while a reader points at it or stands in it
  let ending = 0
  const toast = (sentences, action = null) => {
    const box = document.getElementById("toast")
    const text = document.createElement("span")
    text.textContent = [sentences].flat().join(" ")
    box.hidden = false
    box.replaceChildren(text, ...(action ? [button(action.label, () => { box.hidden = true; action.run() })] : []))
    const leave = (ms) => { clearTimeout(ending); ending = setTimeout(() => { box.hidden = true }, ms) }
    const enough = Math.max(action ? 9000 : 5000, 70 * text.textContent.length)
    box.onpointerenter = box.onfocusin = () => clearTimeout(ending)
    box.onpointerleave = box.onfocusout = () => leave(enough)
    box.onkeydown = (event) => { if (event.key === "Escape") box.hidden = true }
    leave(enough)
  }

  const button = (label, run) => {
    const made = document.createElement("button")
    Object.assign(made, { type: "button", textContent: label, onclick: run })
    return made
  }

  // ---- the size that one message may have, told before it bites
  const maxMessageBytes = Number(root.dataset.maxMessageBytes)
  const ENVELOPE = 64 * 1024                           // room for the rest of the message around a pasted text
  const tooBig = (text) => {
    const bytes = new TextEncoder().encode(JSON.stringify(text)).length
    if (bytes + ENVELOPE <= maxMessageBytes) return null
    const mib = (n) => (n / 2 ** 20).toFixed(1)
    return `Asked to take in ${mib(bytes)} MiB of text. One message to the server holds ${mib(maxMessageBytes)} MiB. Paste fewer rows.`
  }

  // ---- the server gone: say so, keep the picture, and come back with the state of the address when it does.
  // Bokeh takes a lost socket up again by itself, but with a document that no picture on the page belongs to:
  // so the page is loaded anew in either case.
  const RETURNED = "returned"
  let leaving = false                                  // this page is being left: its socket may close
  let gone = false

  const notice = (sentence, label) => {
    const box = document.getElementById("lost")
    const text = document.createElement("span")
    text.textContent = sentence
    box.hidden = false
    box.replaceChildren(text, button(label, () => location.reload()))
  }

  const comeBack = () => {
    if (leaving) return
    remember("sessionStorage", RETURNED, "yes")
    // A server that drops every page as soon as it has loaded is not asked more than once in 5 s.
    setTimeout(() => location.reload(), performance.now() < 5000 ? 5000 : 0)
  }

  const lost = () => {
    if (gone) return
    gone = true
    const look = () => fetch("/alive", { cache: "no-store" }).then(comeBack, () => setTimeout(look, 1000))
    setTimeout(() => {
      if (leaving) return
      notice("The server does not answer. This page comes back by itself when it does; its state is in the address.", "Try now")
      look()
    }, 400)
  }

  const watch = (started) => {
    const late = performance.now() - started > 10000
    const model = window.Bokeh?.documents?.[0]
    if (model) {
      model.on_event("connection_lost", lost)
      model.on_event("client_reconnected", comeBack)
      if (!gone) document.getElementById("lost").hidden = true
      document.getElementById("main").classList.remove("loading")
      return
    }
    if (late) notice("This screen has not arrived yet.", "Load it again")
    setTimeout(watch, late ? 1000 : 60, started)
  }

  addEventListener("pagehide", () => { leaving = true })
  addEventListener("pageshow", (event) => { if (event.persisted && document.querySelector(".root")) location.reload() })

  // ---- once the document is there
  addEventListener("DOMContentLoaded", () => {
    const on = (id, act) => { const it = document.getElementById(id); it.onclick = () => act(it) }
    on("theme", turnTheme)
    on("projector", turnProjector)
    on("copy-link", copyLink)
    document.getElementById("projector").setAttribute("aria-pressed", root.hasAttribute("data-projector"))
    carry(location.search)
    if (document.querySelector(".root")) watch(performance.now())
    if (remember("sessionStorage", RETURNED)) toast("The connection was lost. This is the state in the address.")
    remember("sessionStorage", RETURNED, null)
  })

  window.convlab = Object.freeze({ toast, setQuery, tooBig, maxMessageBytes })
})()
