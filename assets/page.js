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
  let leaving = 0
  const toast = (sentences, action = null) => {
    const box = document.getElementById("toast")
    const text = document.createElement("span")
    text.textContent = [sentences].flat().join(" ")
    box.hidden = false
    box.replaceChildren(text, ...(action ? [button(action.label, () => { box.hidden = true; action.run() })] : []))
    const leave = (ms) => { clearTimeout(leaving); leaving = setTimeout(() => { box.hidden = true }, ms) }
    const enough = Math.max(action ? 9000 : 5000, 70 * text.textContent.length)
    box.onpointerenter = box.onfocusin = () => clearTimeout(leaving)
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

  // ---- the server gone: say so, keep the picture, and come back when it does
  let away = null                                      // the timer of the next try, while the connection is lost
  const say = (sentence, label, run) => {
    const box = document.getElementById("lost")
    const text = document.createElement("span")
    text.textContent = sentence
    box.hidden = false
    box.replaceChildren(text, button(label, run))
  }

  const lost = (reconnect) => {
    if (away !== null) return
    const look = async () => {
      try { await fetch("/alive", { cache: "no-store" }) } catch { away = setTimeout(look, 1000); return }
      reconnect()                                      // the same server and a live session: the socket is taken up again
      away = setTimeout(() => location.reload(), 1500) // otherwise the address brings everything back
    }
    away = setTimeout(() => {
      say("The server does not answer. This page comes back by itself when it does; your place is in the address.", "Try now", () => location.reload())
      look()
    }, 400)
  }

  const found = () => {
    clearTimeout(away)
    away = null
    document.getElementById("lost").hidden = true
  }

  const watch = (started) => {
    const model = window.Bokeh?.documents?.[0]
    const late = performance.now() - started
    if (model) {
      model.on_event("connection_lost", (_, event) => lost(() => event.reconnect()))
      model.on_event("client_reconnected", found)
    } else {
      if (late > 10000) say("This screen has not arrived yet.", "Load it again", () => location.reload())
      setTimeout(watch, late > 10000 ? 1000 : 60, started)
      return
    }
    found()
  }

  // ---- once the document is there
  addEventListener("DOMContentLoaded", () => {
    const on = (id, act) => { const it = document.getElementById(id); it.onclick = () => act(it) }
    on("theme", turnTheme)
    on("projector", turnProjector)
    on("copy-link", copyLink)
    document.getElementById("projector").setAttribute("aria-pressed", root.hasAttribute("data-projector"))
    carry(location.search)
    if (document.querySelector(".root")) watch(performance.now())
  })

  window.convlab = Object.freeze({ toast, setQuery, tooBig, maxMessageBytes })
})()
