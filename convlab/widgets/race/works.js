// Race, what can be raced: the four usual workloads, a menu of all of them, and the reader's own shapes.

const MANY = 15 // a longer group is folded

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

/** A text as it is searched: "3 × 3", "3 x 3" and "3x3" are one word. */
const plainly = (text) => text.toLowerCase().replaceAll("×", "x").replace(/(\d)\s*x\s*(?=\d)/g, "$1x")

/** All workloads by group, with a field to find one; long groups are folded until they are asked for. */
function fillWorkloads(panel, scene, choose) {
  panel.classList.add("works")
  const groups = scene.workloads.map(({ group, items }) => ({ items: items.map((one) => ({ one, text: plainly(`${group} ${one.title} ${one.note ?? ""} ${one.id}`), node: workloadItem(one, scene.workload, choose) })), group }))
  const lists = groups.map(({ group, items }) => {
    const list = el("ul", {}, ...items.map(({ node }) => node))
    return items.length > MANY ? el("details", { open: items.some(({ one }) => one.id === scene.workload) }, el("summary", {}, el("b", {}, group), ` ${items.length} layers`), list) : el("section", {}, el("h2", {}, group), list)
  })
  const none = el("p.dim", { hidden: true }, "No workload here is called so. “yours…” takes any shapes.")
  const find = el("input", { type: "text", placeholder: "Find a layer", "aria-label": "Find a layer", autocomplete: "off", spellcheck: "false", oninput: () => {
    const words = plainly(find.value).split(/\s+/).filter(Boolean)
    groups.forEach(({ items }, n) => {
      for (const { text, node } of items) node.hidden = !words.every((word) => text.includes(word))
      lists[n].hidden = items.every(({ node }) => node.hidden)
      if (lists[n].matches("details") && words.length) lists[n].open = true
    })
    none.hidden = lists.some((list) => !list.hidden)
  } })
  panel.replaceChildren(find, el("div.columns", {}, ...lists.filter((list) => !list.matches("details"))), ...lists.filter((list) => list.matches("details")), none)
}

const workloadItem = (one, now, choose) => el("li", {}, el("button", { type: "button", "aria-current": one.id === now ? "true" : null, onclick: () => choose(one.id) }, el("b", {}, one.title), one.note ? el("small", {}, one.note) : ""))
