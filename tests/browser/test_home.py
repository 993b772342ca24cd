"""Home in a real browser: it shows computed numbers, leads to every screen, and reads well in every light."""

import numpy as np
import pytest
from playwright.sync_api import expect
from scipy import signal

from tests.browser.conftest import SIZES

X, W = np.arange(25).reshape(5, 5), np.arange(1, 10).reshape(3, 3)


def test_the_picture_shows_what_scipy_computes_with_and_without_the_turn(page, app):
    page.goto(app)
    shown = page.locator(".hero-art .big").all_text_contents()
    answers = signal.convolve2d(X, W, "valid")[0, 2], signal.correlate2d(X, W, "valid")[0, 2]
    assert shown == [str(answer) for answer in answers]
    assert str(answers[0]) in page.locator(".hero-art").get_attribute("aria-label")


def test_the_used_filters_are_each_others_turn_and_letters_stay_with_their_taps(page, app):
    page.goto(app)
    taps = page.locator(".hero-art .tap-n").all_text_contents()
    letters = page.locator(".hero-art .l").all_text_contents()
    assert taps[:9] == [str(v) for v in W[::-1, ::-1].ravel()] and taps[9:] == [str(v) for v in W.ravel()]
    assert dict(zip(letters[:9], taps[:9])) == dict(zip(letters[9:], taps[9:]))


def test_every_link_of_home_leads_to_a_page(page, app):
    page.goto(app)
    links = page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
    assert len(links) >= 4
    for link in sorted({link.partition("#")[0] for link in links}):
        assert page.request.get(link).status == 200, link


def test_there_is_a_door_for_every_screen_in_the_bar(page, app):
    page.goto(app)
    bar = page.eval_on_selector_all("nav.screens a", "all => all.map(a => a.pathname)")
    doors = page.eval_on_selector_all(".doors a", "all => all.map(a => a.pathname)")
    assert bar == doors != []


@pytest.fixture
def looked(page, app):
    """Give a function that looks at Home in a size, in a theme, on a projector, and returns the page."""

    def look(size, theme="light", projector=False):
        width, height = SIZES[size]
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=theme)
        if projector:
            page.locator("#projector").click()
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return page

    page.goto(app)
    return look


def fits(page):
    """Return whether nothing has to be scrolled, across or down."""
    return page.evaluate(
        "(({ scrollWidth, scrollHeight }) => scrollWidth <= innerWidth && scrollHeight <= innerHeight)"
        "(document.documentElement)"
    )


def test_home_fits_without_scrolling_and_passes_axe_in_every_look(looked, axe):
    for look in (("laptop",), ("tablet",), ("large", "dark"), ("laptop", "light", True)):
        page = looked(*look)
        assert (look, axe(page), fits(page)) == (look, [], True)
    assert page.locator("html[data-projector]").count() == 1


def test_home_has_room_for_the_screens_to_come(looked):
    for doors in (5, 6):
        for size in ("laptop", "large", "tablet"):
            page = looked(size)
            page.evaluate(
                "n => { const all = document.querySelector('.doors')\n"
                "while (all.children.length < n) all.append(all.firstElementChild.cloneNode(true)) }",
                doors,
            )
            assert (page.locator(".door").count(), size, fits(page)) == (doors, size, True)


def test_home_needs_no_session_and_no_script_of_bokeh(page, app):
    page.goto(app)
    assert not [url for url in page.asked if "/static/" in url or url.startswith("ws")]


def test_home_moves_nothing_when_motion_is_reduced(page, app):
    page.goto(app)
    door = page.locator(".door").first
    door.hover()
    expect(door).to_have_css("transform", "none")


def test_home_can_be_walked_with_the_keyboard(page, app):
    page.goto(app)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator(".acts a").first).to_be_focused()


def test_home_leads_to_the_window_of_its_own_picture(page, app):
    page.goto(app)
    answers = page.locator(".hero-art .big").all_text_contents()
    page.get_by_role("link", name="Step through it").click()
    root = page.locator(".screen-step")
    root.locator(".gx .cell.in").first.wait_for()
    assert root.locator(".gx .cell.in .v").all_text_contents() == [str(v) for v in X[:3, 2:].ravel()]
    for _ in range(W.size - 1 - int(root.get_attribute("data-tap"))):
        page.keyboard.press("ArrowRight")
    expect(root.locator(".sum .total")).to_have_text(answers[0])
    expect(root.locator(".sum p b")).to_have_text(answers[1])
