"""The Gradients picture alone on a page: its module, a scene, and the same answers that the dashboard gives."""

import json

from convlab.dashboard.state.gradients import from_address
from convlab.dashboard.state.gradients_scene import answer, scene
from convlab.paths import assets
from convlab.widgets.bundle import module
from tests.browser.step_page import HTML, StepPage


class GradientsPage(StepPage):
    """A page with the picture of a state on it; `show` puts another one in its place, without loading again."""

    def __init__(self, page):
        self.page, self.state = page, from_address({})[0]
        page.expose_function("reply", self._reply)
        css = "".join(
            (assets() / name).read_text("utf-8") for name in ("tokens.css", "components.css", "page.css")
        )
        js = module("gradients").replace("export default { render }", "")
        text = HTML.format(css=css, js=js, scene=json.dumps(scene(self.state)), host="dashboard")
        page.route("http://127.0.0.1/**", lambda route: route.fulfill(body=text, content_type="text/html"))
        page.goto("http://127.0.0.1/gradients")
        page.wait_for_function("window.host?.__convlab !== undefined")

    def _reply(self, ask):
        self.state, made = answer(self.state, ask)
        return made

    def show(self, state, **other):
        """Put a state on the page, as the answer to whatever was asked last, and go to its first value."""
        self.state = state
        asked = self.page.evaluate("window.asks.at(-1)?.n ?? 0")
        made = scene(state, asked) | other
        self.page.evaluate("(scene) => window.push('scene', scene)", made)
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("Home")
        self.rest()
        return made

    def marked(self, kind):
        """Texts of the cells of the gradient that carry a class."""
        return [text.strip() for text in self.page.locator(f".gy .cell.{kind} .v").all_inner_texts()]
