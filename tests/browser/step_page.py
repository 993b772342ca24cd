"""The Step picture alone on a page: its module, a scene, and the same answers that the dashboard gives.

The page is served by the test itself. What the picture asks goes to `convlab.dashboard.state.step.answer`, so the
whole talk is real and only the wire is not.
"""

import json

from convlab.dashboard.state.question import question_of
from convlab.dashboard.state.step import answer, scene
from convlab.paths import assets
from convlab.widgets.bundle import module

ADDRESS = "http://127.0.0.1/step"
HTML = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Step · convlab</title>
<link rel="icon" href="data:,"><style>{css}</style></head><body>
<header class="topbar"><nav class="screens" aria-label="Screens"><a href="/step">Step</a></nav></header>
<main id="main" class="screen"><div id="host"></div></main><script type="module">
{js}
{{
const listeners = {{}}, store = {{ scene: {scene}, ask: {{}}, step: 0, host: "{host}" }}
const tell = (name) => (listeners["change:" + name] ?? []).forEach((f) => f())
window.asks = []
window.saved = []
window.push = (name, value) => {{ store[name] = value; tell(name) }}
const model = {{
  get: (name) => store[name],
  set(name, value) {{
    store[name] = value
    if (name === "step") window.saved.push(value)
    if (name !== "ask") return
    window.asks.push(value)
    window.reply?.(value).then((made) => window.push("scene", made))
  }},
  save_changes() {{}},
  on: (name, f) => (listeners[name] ??= []).push(f),
  off: (name, f) => {{ listeners[name] = (listeners[name] ?? []).filter((one) => one !== f) }},
}}
window.listeners = listeners
window.host = document.getElementById("host")
window.leave = render({{ model, el: window.host }})
}}
</script></body></html>"""


class StepPage:
    """A page with the picture of a question on it, and what a test wants to know of it."""

    def __init__(self, page, question=None, host="dashboard", query="", answering=True):
        self.page, self.question = page, question or question_of()
        if answering:
            page.expose_function("reply", self._reply)
        css = "".join(
            (assets() / name).read_text("utf-8") for name in ("tokens.css", "components.css", "page.css")
        )
        js = module("step", host).replace("export default { render }", "")
        text = HTML.format(
            css=css if host == "dashboard" else "", js=js, scene=json.dumps(scene(self.question)), host=host
        )
        page.route("http://127.0.0.1/**", lambda route: route.fulfill(body=text, content_type="text/html"))
        page.goto(ADDRESS + query)
        page.wait_for_function("window.host?.__convlab !== undefined")

    def _reply(self, ask):
        self.question, made = answer(self.question, ask)
        return made

    def __call__(self, script):
        """Return what an expression in JavaScript gives; `lab` is the picture's test hook, `root` its root."""
        head = "const lab = window.host.__convlab, root = window.host.firstChild.shadowRoot.lastElementChild;"
        return self.page.evaluate(f"() => {{ {head} return {script} }}")

    def go(self, step, tap=None):
        self(f"lab.go({step}, {'undefined' if tap is None else tap})")
        self.rest()

    def rest(self):
        """Wait until the picture rests: while positions fly by, cells keep their old names."""
        self.page.wait_for_function("!window.host.firstChild.shadowRoot.querySelector('.quick')")

    @property
    def at(self):
        """Step, tap and running sum, as the root shows them."""
        return tuple(self("[Number(root.dataset.step), Number(root.dataset.tap), Number(root.dataset.sum)]"))

    def grid(self, name):
        """The cells of a grid: "Padded input x", "Filter w as given", "Filter w as used", "Output y"."""
        return self.page.get_by_role("grid", name=name).get_by_role("gridcell")

    def texts(self, name):
        return [text.strip() for text in self.grid(name).locator(".v").all_inner_texts()]

    def settle(self):
        """Wait until every ask is answered."""
        self.page.wait_for_function(
            "(window.asks.at(-1)?.n ?? 0) <= (window.host.__convlab.scene().answered ?? 0)"
        )
