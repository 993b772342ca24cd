"""The smallest screen there can be: it shows the query it was opened with, and answers a press of its button.

Tests of the page and of the server use it, so that they say something of these and not of a real screen.
"""

import param
from panel.custom import AnyWidgetComponent

MODULE = """
export default { render({ model, el }) {
  el.innerHTML = `<div id="plain" style="min-height: 100%; display: flex; flex-direction: column">
    <h1>Plain</h1> <p id="query"></p> <p id="answered"></p> <p><button id="ask">Ask</button></p>
    <div id="tall"></div>
    <p id="floor" style="position: sticky; bottom: 0; margin: auto 0 0">floor</p> </div>`
  const find = (id) => el.querySelector("#" + id)
  const show = () => {
    find("query").textContent = JSON.stringify(model.get("scene").query)
    find("answered").textContent = model.get("scene").answered
    find("plain").dataset.answered = model.get("scene").answered
  }
  let n = 0
  find("ask").onclick = () => { model.set("ask", { n: ++n }); model.save_changes() }
  model.on("change:scene", show)
  show()
  return () => model.off("change:scene", show)
} }
"""


class Plain(AnyWidgetComponent):
    _esm = MODULE
    scene = param.Dict(default={})
    ask = param.Dict(default={})

    def answer(self, event):
        self.scene = {**self.scene, "answered": event.new["n"]}


def build(query):
    if "fault" in query:
        raise ZeroDivisionError("a fault on purpose")
    made = Plain(scene={"query": query, "answered": 0}, sizing_mode="stretch_both")
    made.param.watch(made.answer, "ask")
    return made
