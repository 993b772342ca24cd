"""The Race picture alone on a page: its module, and scenes made by hand, so that no test waits for a clock.

What moves is pushed as `news`, as the dashboard does; what the picture asks is kept in `asks`.
"""

import json
from contextlib import contextmanager
from dataclasses import replace

from convlab.dashboard.state.race.course import Course
from convlab.dashboard.state.race.live import Live, Sweeping
from convlab.dashboard.state.race.scene import Shown, moving, scene
from convlab.paths import assets
from convlab.widgets.bundle import module
from tests.browser.conftest import foreign
from tests.race_stand_ins import ROWS, race, sweep, timed

ADDRESS = "http://127.0.0.1/race"
SHEETS = ("tokens.css", "components.css", "page.css")
HTML = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Race · convlab</title>
<link rel="icon" href="data:,"><style>{css} #host {{ display: contents }}</style></head><body>
<header class="topbar"><nav class="screens" aria-label="Screens"><a href="/race">Race</a></nav></header>
<main id="main" class="screen"><div id="host"></div></main><script type="module">
{js}
const listeners = {{}}, store = {{ scene: {scene}, news: {{}}, ask: {{}}, step: 0, host: "dashboard" }}
window.asks = []
window.push = (name, value) => {{ store[name] = value; (listeners["change:" + name] ?? []).forEach((f) => f()) }}
const model = {{
  get: (name) => store[name],
  set(name, value) {{ store[name] = value }},
  save_changes() {{ window.asks.push(store.ask) }},
  on: (name, f) => (listeners[name] ??= []).push(f),
  off: (name, f) => {{ listeners[name] = (listeners[name] ?? []).filter((one) => one !== f) }},
}}
window.listeners = listeners
window.leave = render({{ model, el: document.getElementById("host") }})
</script></body></html>"""


def shown(live=None, swept=True, **more):
    """Return what a page shows: a finished race of hand-made rows, and a finished sweep."""
    if live is None:
        live = Live()
        live.end(race())
    kept = sweep((3, 5, 11, 31)) if swept else None
    return Shown(
        Course(), live, Sweeping.of(kept, (3, 5, 11, 31) if swept else ()), roof=(210.0, 14.0), **more
    )


ROOT = "document.querySelector('#host > .convlab').shadowRoot.querySelector('.screen-race')"


class RacePage:
    """A page with the picture on it, and what a test wants to know of it."""

    def __init__(self, page, first):
        self.page, self.scene = page, first
        css = "".join((assets() / name).read_text("utf-8") for name in SHEETS)
        js = module("race").replace("export default { render }", "")
        text = HTML.format(css=css, js=js, scene=json.dumps(first))
        page.route("http://127.0.0.1/**", lambda route: route.fulfill(body=text, content_type="text/html"))
        page.goto(ADDRESS)
        page.locator(".screen-race").wait_for()

    def show(self, made):
        """Let Python send a whole scene."""
        asks = self.asks
        self.scene = made | {"answered": max(made["answered"], asks[-1]["n"] if asks else 0)}
        made = self.scene
        self.page.evaluate("made => { window.push('scene', made); window.push('news', {}) }", made)

    def news(self, live, *parts, **more):
        """Let Python send the parts that have moved."""
        told = moving(shown(live), parts or ("slot", "race"))
        self.page.evaluate("told => window.push('news', told)", told | more)

    def answer(self, **more):
        """Answer the last ask with the scene that stands, changed in some keys."""
        self.show(self.scene | more)

    @property
    def asks(self):
        return self.page.evaluate("window.asks")

    @property
    def last(self):
        """What was asked last."""
        return self.asks[-1]["change"]

    def row(self, name):
        return self.page.locator(f'tr[data-name="{name}"]')

    def names(self):
        return self.page.locator(".scroll tbody tr").evaluate_all("all => all.map((row) => row.dataset.name)")

    def bar(self, name):
        """Return where the bar of a row ends, in parts of its scale."""
        return self.row(name).locator(".v").evaluate("bar => parseFloat(bar.style.width)") / 100

    def heard(self):
        """Return what a screen reader was told last."""
        return self.page.locator('.screen-race > .sr[aria-live="polite"]').text_content()

    def crossed(self):
        """Return the names of rates that the stem of another one goes through."""
        return self.page.locator(".dot u").evaluate_all(
            """all => all.flatMap((stem) => {
              const a = stem.getBoundingClientRect(), strip = stem.closest(".strip")
              return [...strip.querySelectorAll(".dot span")].filter((name) => {
                const b = name.getBoundingClientRect(), across = a.x > b.x && a.x < b.right
                return name.parentNode !== stem.parentNode && across && a.y < b.bottom - 2 && a.bottom > b.y + 2
              }).map((name) => name.textContent)
            })"""
        )

    def overlaps(self, selector):
        """Return the texts of those pairs that stand on each other."""
        boxes = self.page.locator(selector).evaluate_all(
            """all => all.map((one) => {
              const box = one.getBoundingClientRect()
              return [one.textContent, box.x, box.y, box.right, box.bottom]
            })"""
        )
        pairs = [(a, b) for n, a in enumerate(boxes) for b in boxes[:n]]
        return [
            (a[0], b[0])
            for a, b in pairs
            if min(a[3], b[3]) - max(a[1], b[1]) > 1 and min(a[4], b[4]) - max(a[2], b[2]) > 3
        ]


@contextmanager
def opened(browser):
    """Give one page for a whole module: no request may leave the machine, and no script in it may fail."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 720},
        reduced_motion="reduce",
        permissions=["clipboard-read", "clipboard-write"],
    )
    context.set_default_timeout(8000)
    page = context.new_page()
    page.asked, page.faults = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("console", lambda said: said.type == "error" and page.faults.append(said.text))
    yield RacePage(page, scene(shown()))
    assert [address for address in foreign(page.asked) if not address.startswith("blob:")] == []
    assert page.faults == []
    page.unroute_all(behavior="ignoreErrors")
    context.close()


def going(name, seconds, **more):
    """Return a row that is being timed."""
    return replace(timed(name, seconds), state="timing", **more)


def running(*rows, progress=0.5):
    """Return a race in the middle."""
    live = Live("running")
    for row in rows:
        live.hear(row, progress)
    return live


PROBLEM = {
    "kind": "over a limit",
    "asked": "Asked for 100000 images.",
    "found": "x alone takes 57.6 GiB; the limit is 2.0 GiB.",
    "hint": "Use at most 3475.",
    "try": {"label": "Use 3475 images", "change": {"x": "3475x1x100x100"}},
}


def many():
    """Return a race of more rows than a table of ten, and a sweep of more lines than a chart likes."""
    live = Live()
    extra = [timed(f"numba-extra{n}", 0.003 * 1.3**n) for n in range(9)]
    live.end(race((*ROWS, *extra)))
    return live


def crowded(made):
    """Return a scene whose sweep has nine lines that end close to each other, two of them early."""
    model = made["sweep"]["series"][0]
    lines = [
        {
            "name": f"numba-extra{n}",
            "label": f"numba-extra{n}",
            "kind": n,
            "points": [
                one | {"min_s": one["min_s"] * 1.04**n} for one in model["points"][: 2 if n in (3, 6) else 4]
            ],
        }
        for n in range(9)
    ]
    return made | {"sweep": made["sweep"] | {"series": lines, "crossings": []}}
