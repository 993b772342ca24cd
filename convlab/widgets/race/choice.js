// Race, who runs and for how long: a menu in the head of the table.

const BUDGETS = [0.5, 1, 2, 5, 10] // seconds

/** The button over the names: how many of them race; its menu chooses. → {node, update(scene)} */
function choiceButton(ui) {
  let scene = null
  const words = el("span"), button = el("button.choose", { type: "button", title: "Choose the backends that race" }, words, icon("down"))
  const menu = popover(button, "Backends that race", (panel) => fillChoice(panel, scene, ui))
  menu.panel.classList.add("choice")
  return { node: el("span.field", {}, button, menu.panel), update(next) {
    const before = scene
    scene = next
    const chosen = next.choice.names.filter((one) => one.chosen), listed = next.choice.names.filter((one) => one.chosen || !one.peer)
    say(words, `${chosen.length} of ${count(listed.length, "backend")}`)
    const moved = next.problem || JSON.stringify(before?.choice) !== JSON.stringify(next.choice) // a refused tick goes back
    if (menu.panel.matches(":popover-open") && moved) refillChoice(menu.panel, next, ui)
  } }
}

function fillChoice(panel, scene, ui) {
  const { choice } = scene, own = choice.names.filter((one) => !one.peer), peers = choice.names.filter((one) => one.peer), chosen = () => [...panel.querySelectorAll("input:checked")].map((box) => box.value)
  const few = el("p.fine", { hidden: true, role: "status" }, "None is chosen yet: those of before stay until one is.")
  const ask = (names) => {
    few.hidden = names?.length !== 0
    if (few.hidden) return ui.ask({ backends: names })
    for (const box of panel.querySelectorAll("input:checked")) box.checked = false
  }
  const boxes = (names) => el("ul", {}, ...names.map((one) => el("li", {}, el("label", {}, el("input", { type: "checkbox", value: one.name, checked: one.chosen, onchange: () => ask(chosen()) }),
    el("span", {}, el("b", {}, one.name), el("small", {}, one.says ?? one.note))))))
  const set = (text, names) => el("button.btn.quiet", { type: "button", "data-set": text, onclick: () => ask(names) }, text)
  const budget = segmented("seconds for each race", budgetsOf(choice).map((s) => [s, `${s} s`]), (s) => ui.ask({ budget_s: s }), { named: true })
  budget.set(choice.budget_s)
  panel.replaceChildren(
    el("header", {}, el("h2", {}, "Backends that race"), set("all", null), set("those that can", own.filter((one) => !one.says).map((one) => one.name)), set("none", [])),
    boxes(own), ...(peers.length ? [el("h2", {}, "Library functions, called as they are"), boxes(peers)] : []), few, el("div.line", {}, budget.node), choice.limits?.sentence ? el("p.fine", {}, choice.limits.sentence) : "")
}

/** The seconds that are offered: round ones, and the one that holds. */
const budgetsOf = ({ budget, budget_s: now }) => [...new Set([...BUDGETS.filter((s) => s >= (budget?.least ?? 0) && s <= (budget?.most ?? Infinity)), now])].sort((a, b) => a - b)

/** The menu follows what was answered while it is open; the focus stays where it was in it. */
function refillChoice(panel, scene, ui) {
  const focused = panel.getRootNode().activeElement, key = focused?.value || focused?.dataset?.set
  fillChoice(panel, scene, ui)
  const again = [...panel.querySelectorAll("input, [data-set], [data-value]")].find((one) => key && (one.value === key || one.dataset.set === key))
  again?.focus({ preventScroll: true })
}
