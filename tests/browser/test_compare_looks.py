"""How Compare looks and feels: names for every control, axe, every size, speed, heat maps of what is large."""

from itertools import pairwise

import pytest
from playwright.sync_api import expect

from tests.browser.compare_page import MAIN, at, chip, column, numbers


def test_h_shows_numbers_where_they_have_no_room_and_the_grids_scroll_as_one(compare):
    page = compare("preset=S000at&mode=full&x=16x16:0..255")
    assert numbers(page, "A")[0] == ""
    page.keyboard.press("h")
    assert numbers(page, "A")[:2] == ["0", "1"] or numbers(page, "A")[0] == "0"
    first, last = (column(page, letter).locator(".scroller").first for letter in "AC")
    first.evaluate("box => { box.scrollLeft = 60 }")
    page.wait_for_function("box => box.scrollLeft === 60", arg=last.element_handle())


def test_a_large_example_waits_without_stopping_the_server_and_then_draws_heat_maps(compare, app, open_page):
    page = compare("preset=S001b")
    other = open_page()
    other.goto(f"{app}/compare?preset=S001a")
    expect(other.locator(".say")).to_contain_text("does not turn")
    expect(page.locator(f"{MAIN} canvas").first).to_be_visible(timeout=60_000)
    expect(chip(page, "B")).to_contain_text("rounding")
    expect(page.locator(".norms")).to_contain_text("15505.4")
    picture = column(page, "A").locator(".canvas")
    picture.hover(position={"x": 1, "y": 1})
    assert at(page) == "0,0"
    page.mouse.move(5, 400)
    page.keyboard.press("ArrowDown")
    expect(page.locator(".norms thead th").last).to_contain_text("y[")


def test_every_control_has_a_name_and_every_action_works_by_keyboard(compare):
    page = compare()
    page.get_by_role("button", name="Measure against C").focus()
    page.keyboard.press("Enter")
    expect(chip(page, "C")).to_have_text("yardstick")
    page.get_by_role("button", name="Golden vectors").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".sheet pre:visible")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".sheet pre:visible")).to_have_count(0)
    column(page, "A").locator(".ask").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".say")).to_contain_text("A")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("query", ["preset=S000at", "preset=S000b", "preset=S000c", "preset=even-same"])
def test_axe_finds_nothing(compare, axe, scheme, query):
    page = compare(query, color_scheme=scheme)
    assert axe(page) == []


def test_axe_finds_nothing_in_the_open_panels(compare, axe):
    page = compare()
    for name in ("Add a column", "paste…", "Golden vectors", "Copy code"):
        page.get_by_role("button", name=name).click()
        assert axe(page) == []
        page.keyboard.press("Escape")


@pytest.mark.parametrize("size", ["laptop", "large", "tablet"])
@pytest.mark.parametrize(
    "query", ["preset=S000at", "preset=even-same", "mode=full&x=16x16:0..255&w=7x7:1..49"]
)
def test_nothing_is_cut_off_or_pushed_sideways(compare, size, query):
    page = compare(query, size=size)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    boxes = [box.bounding_box() for box in page.locator(f"{MAIN} .col").all()]
    for left, right in pairwise(boxes):
        assert left["x"] + left["width"] <= right["x"] + 1
    if query == "preset=S000at":
        sizes = page.locator(".gy .v").evaluate_all(
            "all => all.map(v => parseFloat(getComputedStyle(v).fontSize))"
        )
        assert min(sizes) >= 11
        floor = page.locator(".orders").bounding_box()
        assert floor["y"] + floor["height"] <= page.viewport_size["height"]


def test_two_hundred_moves_of_the_cursor_are_quick(compare):
    page = compare("preset=S000at&mode=full&x=16x16:0..255&w=5x5:1..25")
    spent = page.locator(MAIN).evaluate(
        """(root) => {
          const { ui } = root.__cl, start = performance.now()
          for (let n = 0; n < 200; n++) ui.pick("hover", 0, n % 18, (n * 7) % 18)
          return (performance.now() - start) / 200
        }"""
    )
    assert spent < 3, f"{spent:.2f} ms a move"
