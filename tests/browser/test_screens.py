"""What every screen owes its reader, whatever it shows; a new row in the top bar is held to it by itself."""

import pytest
from playwright.sync_api import expect

from convlab.dashboard.screens import screens
from tests.browser.conftest import SIZES

SLUGS = [screen.slug for screen in screens()]


@pytest.fixture
def show(open_page, app):
    """Give a function that opens a screen and waits until it has drawn itself."""

    def shown(slug, size="laptop", query="", **options):
        page = open_page(size, **options)
        page.goto(f"{app}/{slug}{query}")
        expect(page.locator("main h1").first).to_be_visible(timeout=20_000)
        return page

    return shown


LOOKS = [("laptop", "light"), ("tablet", "light"), ("large", "dark")]  # each size, each theme
SETTLED = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
SIDEWAYS = "[document.documentElement, document.all.main].some((e) => e.scrollWidth > innerWidth)"


@pytest.mark.parametrize("slug", SLUGS)
def test_a_screen_passes_axe_and_never_scrolls_sideways_in_any_look(show, axe, slug):
    page, found = show(slug), {}  # one page: a tablet is turned, an evening falls, the projector is a button
    for size, theme in LOOKS:
        width, height = SIZES[size]
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=theme)
        page.evaluate(SETTLED)
        found[size, theme] = (axe(page), page.evaluate(SIDEWAYS))
    page.set_viewport_size(dict(zip(("width", "height"), SIZES["laptop"], strict=True)))
    page.emulate_media(color_scheme="light")
    page.locator("#projector").click()
    page.evaluate(SETTLED)
    assert page.locator("html[data-projector]").count() == 1
    found["projector"] = (axe(page), page.evaluate(SIDEWAYS))
    assert found == dict.fromkeys([*LOOKS, "projector"], ([], False))


@pytest.mark.parametrize("slug", SLUGS)
def test_a_hostile_address_is_shown_as_text_and_the_screen_still_comes(show, slug):
    attack = "%22%3E%3Cimg%20src=x%20onerror=window.bad=1%3E"
    page = show(
        slug, query=f"?v={attack}&mode={attack}&preset={attack}&x={attack}&stride={attack}&{attack}=1"
    )
    page.wait_for_timeout(300)
    assert page.evaluate("window.bad ?? null") is None
    assert page.locator("img[src=x]").count() == 0


@pytest.mark.parametrize("slug", SLUGS)
def test_the_focus_is_seen_wherever_tab_leads(show, slug):
    page = show(slug)
    hidden = []
    for _ in range(25):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => { let e = document.activeElement
              while (e.shadowRoot?.activeElement) e = e.shadowRoot.activeElement
              const s = getComputedStyle(e), r = e.getBoundingClientRect()
              const ring = s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== "none"
              return [ring && r.width > 0 && r.height > 0, e.outerHTML.slice(0, 120)] }"""
        )
        if not seen[0]:
            hidden.append(seen[1])
    assert hidden == []
