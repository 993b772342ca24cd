"""The Gradients picture alone on a page: its module, a scene, and the same answers that the dashboard gives."""

import json

import numpy as np

from convlab.dashboard.state.gradients.backward import Backward, backward_of, from_address
from convlab.dashboard.state.gradients.scene import answer, scene
from convlab.dashboard.state.question import Question
from convlab.paths import assets
from convlab.widgets.bundle import module
from tests.browser.step_page import HTML, StepPage

DRAW = np.random.default_rng(30)
START = from_address({})[0]


def drawn(x, w, **options):
    return Backward(Question(DRAW.integers(-9, 10, x), DRAW.integers(-5, 6, w), **options))


STATES = {
    "the start": START,
    "source 003": backward_of("S003a"),
    "full with stride 2": backward_of("S000et"),
    "a rest that is never read": backward_of("S000e6"),
    "groups, uneven stride, uneven zeros": drawn(
        (2, 4, 7, 9), (4, 2, 3, 2), groups=2, stride=(2, 1), padding=((1, 0), (2, 1))
    ),
    "each channel by itself": drawn((2, 3, 6, 5), (3, 1, 2, 2), groups=3, stride=3, flip=False),
    "one axis": drawn((1, 2, 10), (3, 2, 3), mode="half", stride=4, dilation=2),
    "three axes": drawn((1, 2, 4, 5, 3), (2, 2, 2, 3, 2), mode="same", stride=(1, 2, 1)),
    "more padding than the filter reaches": drawn(
        (1, 1, 5, 4), (1, 1, 2, 3), padding=4, flip=False, stride=2
    ),
    "dy beyond all inputs": drawn((1, 1, 1), (1, 1, 1), padding=((5, 0),), stride=8),
    "floats": Backward(
        Question(DRAW.standard_normal((2, 2, 5, 5)), DRAW.standard_normal((2, 2, 3, 3)), stride=2)
    ),
}


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
        # The room is measured once the page is laid out; what follows from it is drawn before anything is read.
        self.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        self.rest()
        return made

    def marked(self, kind):
        """Texts of the cells of the gradient that carry a class."""
        return [text.strip() for text in self.page.locator(f".gy .cell.{kind} .v").all_inner_texts()]
