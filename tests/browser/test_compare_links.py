"""What of the Compare screen a link holds, and what a refused paste keeps."""

import pytest
from playwright.sync_api import expect

from tests.browser.compare_page import MAIN, at, column, numbers


def again(page):
    """Open the address of a page anew, as someone does who was sent it."""
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    page.locator(f"{MAIN}[data-at] .col").first.wait_for()
    return page


def test_the_column_that_is_explained_stands_in_the_address(compare):
    page = compare()
    page.get_by_role("group", name="column to explain").get_by_role("button", name="C").click()
    assert page.url.endswith("&why=C")
    expect(again(page).locator(".say")).to_contain_text("All 49 values agree")
    page.get_by_role("group", name="column to explain").get_by_role("button", name="A").click()
    assert "why=" not in page.url


@pytest.mark.parametrize("why", ["B", "D", "x", "AA"])
def test_a_column_that_cannot_be_explained_is_passed_over(compare, why):
    page = compare(f"preset=S000at&why={why}")
    expect(page.locator(".say")).to_contain_text("A does not turn the filter")


def test_the_image_and_the_channel_position_stand_in_the_address(compare):
    page = compare("preset=S000b")
    page.get_by_role("group", name="channel position").get_by_role("button", name="4").click()
    page.get_by_role("group", name="image", exact=True).get_by_role("button", name="1").click()
    shown = numbers(page, "A"), numbers(page, "B")
    assert "look=B1.4" in page.url and f"step={49 + 24}" in page.url
    again(page)
    assert at(page) == "1,0,3,3" and (numbers(page, "A"), numbers(page, "B")) == shown
    assert (
        page.get_by_role("group", name="channel position").locator("[aria-pressed=true]").inner_text() == "4"
    )


@pytest.mark.parametrize("look", ["B1.9", "D1.0", "B7.1", "nonsense"])
def test_a_look_at_an_axis_that_is_not_there_is_passed_over(compare, look):
    page = compare(f"preset=S000b&look={look}")
    assert (
        page.get_by_role("group", name="channel position").locator("[aria-pressed=true]").inner_text() == "2"
    )


def test_every_image_of_a_large_example_can_be_seen(compare):
    page = compare("preset=S004a&plane=48,0")
    page.locator(f"{MAIN} .canvas").first.wait_for(timeout=60_000)
    assert at(page).startswith("48,0,")
    before = page.locator(".norms td").last.inner_text()
    column(page, "A").locator(".axes .stepper button").last.click()
    expect(page.locator(MAIN)).to_have_attribute("data-at", "49,0,44,44", timeout=60_000)
    assert "plane=49,0" in page.url and page.locator(".norms td").last.inner_text() != before


def test_a_plane_that_is_not_there_is_told(compare):
    page = compare("preset=S004a&plane=50,0")
    expect(page.locator(f"{MAIN} .toast")).to_contain_text("The address says plane=50,0")


def test_a_refused_paste_is_still_there_to_be_mended(compare):
    page = compare()
    page.get_by_role("button", name="paste…").click()
    page.get_by_label("x, the image").fill("1 2 3\n4 5 six")
    page.get_by_role("button", name="Compare these").click()
    expect(page.locator(".refusal")).to_contain_text("six")
    page.get_by_role("button", name="paste…").click()
    expect(page.get_by_label("x, the image")).to_have_value("1 2 3\n4 5 six")
    page.get_by_label("x, the image").fill("1 2 3\n4 5 6\n7 8 10")
    page.get_by_role("button", name="Compare these").click()
    expect(page.locator(".size")).to_contain_text("5 = 3 + 2")
    page.get_by_role("button", name="paste…").click()
    expect(page.get_by_label("x, the image")).to_have_value("1 2 3\n4 5 6\n7 8 10")


@pytest.mark.parametrize("query, group, name", [
    ("preset=S000b", "channel position", "3"),
    ("preset=S000b", "image", "1"),
    ("preset=S000at", "column to explain", "C"),
])  # fmt: skip
def test_the_focus_stays_on_the_button_that_was_pressed(compare, query, group, name):
    page = compare(query)
    button = page.get_by_role("group", name=group, exact=True).get_by_role("button", name=name)
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(button).to_be_focused()


def test_the_focus_stays_on_the_letter_of_the_new_yardstick(compare):
    page = compare()
    page.get_by_role("button", name="Measure against C").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="C is the yardstick")).to_be_focused()


def test_a_filter_of_one_tap_has_nothing_to_turn(compare):
    page = compare("preset=S000d")
    expect(page.locator(".sight")).to_contain_text("nothing to turn")
    expect(page.locator(".sight .verdict")).not_to_contain_text("blind")


def test_the_projector_keeps_every_row_of_the_strip_inside_the_window(compare):
    page = compare()
    page.get_by_role("button", name="Projector mode").click()
    page.wait_for_timeout(200)
    boxes = page.locator(".orders li").evaluate_all(
        "rows => rows.map(row => row.getBoundingClientRect().bottom)"
    )
    assert len(boxes) == 3 and max(boxes) <= 720
