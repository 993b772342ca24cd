"""What every screen owes its reader, whatever it shows; a new row in the top bar is held to it by itself."""

import pytest
from playwright.sync_api import expect

from convlab.dashboard.screens import screens

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


LOOKS = [
    ("laptop", "light"),
    ("laptop", "dark"),
    ("large", "light"),
    ("tablet", "dark"),
]  # each size, each theme


@pytest.mark.parametrize("size, theme", LOOKS)
@pytest.mark.parametrize("slug", SLUGS)
def test_a_screen_passes_axe_and_never_scrolls_sideways(show, axe, slug, size, theme):
    page = show(slug, size, color_scheme=theme)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.getElementById('main').scrollWidth <= innerWidth")


@pytest.mark.parametrize("slug", SLUGS)
def test_a_screen_passes_axe_on_a_projector(show, axe, slug):
    assert axe(show(slug, query="?projector")) == []


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
