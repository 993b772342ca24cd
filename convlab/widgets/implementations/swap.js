// conv3D and conv3d2d: the same convolution in two orders of the axes. The reader puts the tiles in order.

const TILE = 92, GAP = 56
const KINDS = { batch: "", out: "", channel: "ch", row: "sp", column: "sp", time: "sp" }

/** → {node, update(swap)} */
function makeSwap(ui) {
  let swap = null, held = null
  const input = el("figure"), filter = el("figure"), verdict = el("div.verdictline", { role: "status" }), code = el("pre", { tabindex: "0", role: "region", "aria-label": "The swap in Python" })
  const right = el("button.btn", { type: "button", onclick: () => ui.ask({ order: "03412", turned: "rct" }) }, "Put them right")
  const start = el("button.btn.quiet", { type: "button", onclick: () => ui.ask({ order: "01234", turned: "" }) }, "Start from conv3D's order")
  const turns = el("div.turns", { role: "group", "aria-label": "Turn the filter along" })
  const node = el("section.swap.panel", { "aria-labelledby": "swap-title", tabindex: "-1" },
    el("header", {}, el("h2", { id: "swap-title" }, "From conv3D to conv3d2d"), el("p", {}, "One convolution, two orders of the axes, and one of the two turns the filter. Move the tiles of x with the mouse, or with ← and →; those of w follow.")),
    el("div.pair", {}, input, filter), el("div.result", {}, el("div.line", {}, el("span.lab", {}, "turn w along"), turns), verdict, code, el("div.acts", {}, right, start)))

  /** Put the axis at one place to another place; the others close up. */
  function move(from, to) {
    if (to < 0 || to > 4 || from === to) return
    const order = [...swap.order], [axis] = order.splice(from, 1)
    order.splice(to, 0, axis)
    held = null
    ui.ask({ order: order.join("") })
  }

  function tile(name, place, size) {
    const axis = swap.order[place]
    return el("button.tile", { type: "button", draggable: "true", "data-axis": axis, "aria-pressed": String(held === place), class: `tile ${KINDS[name]}`,
      "aria-label": `${name}, place ${place + 1} of 5${name === swap.to[place] ? ", right" : ""}; left and right arrows move it`,
      onclick: () => { if (held === null) { held = place; draw(axis) } else if (held === place) { held = null; draw(axis) } else move(held, place) },
      onkeydown: (event) => { const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key]; if (step) { event.preventDefault(); move(place, place + step) } },
      ondragstart: (event) => { held = place; event.dataTransfer.setData("text/plain", name) },
      ondragover: (event) => event.preventDefault(),
      ondrop: (event) => { event.preventDefault(); if (held !== null) move(held, place) } }, name, el("small", {}, String(size)))
  }

  function draw(focus = null) {
    const named = (axes, first) => axes.map((name) => (name === "batch" ? first : name))
    picture(input, "V of conv3D", "x of conv3d2d", named(swap.from, "batch"), swap.shapes[0], (place) => tile(swap.from[swap.order[place]], place, swap.shapes[0][swap.order[place]]))
    picture(filter, "W of conv3D", "w of conv3d2d", named(swap.from, "out"), swap.shapes[1], (place) => {
      const name = named(swap.from, "out")[swap.order[place]]
      return el("span.tile", { class: `tile ${KINDS[name]}${swap.turned.includes(name) ? " turned" : ""}` }, name, el("small", {}, `${swap.shapes[1][swap.order[place]]}${swap.turned.includes(name) ? ", turned" : ""}`))
    })
    if (focus !== null) input.querySelector(`[data-axis="${focus}"]`)?.focus()
  }

  /** One array: its axes as conv3D reads them, lines to where they stand now, and what conv3d2d reads there. */
  function picture(figure, above, below, names, shape, made) {
    const x = (n) => n * TILE + TILE / 2
    const lines = swap.order.map((axis, place) => `<path class="${KINDS[names[axis]] || "no"}${swap.from[axis] === swap.to[place] ? " right" : ""}" d="M${x(axis)} 0C${x(axis)} ${GAP / 2} ${x(place)} ${GAP / 2} ${x(place)} ${GAP}"/>`)
    const box = document.createElement("template")
    box.innerHTML = `<svg viewBox="0 0 ${5 * TILE} ${GAP}" aria-hidden="true">${lines.join("")}</svg>`
    const reads = swap.to.map((name, place) => {
      const same = swap.from[swap.order[place]] === name
      return el("span.reads", { class: same ? "reads same" : "reads" }, same ? icon("ok") : "", name === "batch" ? names[0] : name)
    })
    figure.replaceChildren(el("figcaption", {}, el("b", {}, above)), el("div.tiles", {}, ...names.map((name, n) => el("span.tile", { class: `tile ${KINDS[name]}` }, name, el("small", {}, String(shape[n]))))), box.content.firstChild,
      el("div.tiles", {}, ...names.map((_, place) => made(place))), el("div.tiles", {}, ...reads), el("figcaption", {}, el("b", {}, below), " reads its axes so"))
  }

  return {
    node,
    update(next) {
      const focus = node.getRootNode().activeElement?.dataset?.axis ?? null
      const turned = node.getRootNode().activeElement?.dataset?.turn ?? null
      swap = next
      draw(focus)
      turns.replaceChildren(...next.turnable.map((name) => el("button.btn", { type: "button", "data-turn": name, "aria-pressed": String(next.turned.includes(name)), onclick: () => ui.ask({ turned: next.turnable.filter((one) => (one === name) !== next.turned.includes(one)) }) }, icon(next.turned.includes(name) ? "ok" : "turn"), name)))
      if (turned !== null) turns.querySelector(`[data-turn="${turned}"]`)?.focus()
      verdict.replaceChildren(verdictChip(next.right ? "equal" : next.fits ? "shape" : "different", next.right ? "equal" : next.fits ? "does not fit" : "different"), el("span", {}, sentenceOf(next)))
      node.dataset.right = String(next.right)
      code.replaceChildren(el("code", {}, next.code.join("\n")))
      right.hidden = next.right && next.order.join("") === "03412"
    },
  }
}

/** What a run of both has shown. */
function sentenceOf({ fits, difference, sums, right, order, from, to }) {
  if (fits) return `conv3d2d refuses: ${fits}`
  const named = order.every((axis, place) => from[axis] === to[place])
  if (right && !named) return `Both ran: every value agrees, though the names do not. What conv3d2d calls time may be any axis of space, as long as x and w agree.`
  if (right) return `Both ran: every value agrees, the largest difference is 0, both sum to ${fmt(sums[0])}.`
  if (difference === null) return `Both ran, to other shapes: they sum to ${fmt(sums[0])} and ${fmt(sums[1])}.`
  return `Both ran: the largest difference is ${fmt(difference)}; they sum to ${fmt(sums[0])} and ${fmt(sums[1])}.`
}
