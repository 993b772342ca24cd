"""What a person types into the real Step screen: one clear sentence when it cannot be, and nothing lost."""

import pytest
from playwright.sync_api import expect

from tests.browser.dashboard_page import DashboardStep

EVIL = '<img src=x onerror="window.evil=1"><script>window.evil=1</script>'


@pytest.fixture
def step(page, app):
    yield DashboardStep(page, app, "?preset=sobel")
    assert page.evaluate("window.evil") is None
    assert page.locator("img, .screen-step script").count() == 0


SHAPES = {
    "": "without any value",
    "0x5": "1 or more",
    "-3x5": "1 or more",
    "1e9x1e9": "not a whole number",
    "99999999999999999999": "Use 16, the nearest that fits",
    "40x5": "Use 16 × 5, the nearest that fits",
    "3.5": "not a whole number",
    "True": "not a whole number",
    "３": "Its digits are not 0 to 9",
    "3x6x6": "x has 4 axes here",
    "1x3x6x6": "x has 3 channels and each filter reads 1",
    "1": "The filter reaches over 2",
    "5" * 300: "300 characters",
    EVIL: "not a whole number",
}


def refusal(step):
    """The refusal that is shown, in the dialog or under the spec bar."""
    return step.root.locator(".refusal").filter(visible=True)


BAD = {
    "": "without any value",
    "[[1, 2], [3]]": "Row 1 holds 2 and row 2 holds 1.",
    "1 two 3": "Asked to read “two” in w. That is text, not a number.",
    "1+2j": "complex number",
    "1e999": "more than float64 holds",
    "None": "no number but an object",
    "[1 ... 9]": "Paste w.tolist() instead.",
    "１ ２": "Its digits are not 0 to 9.",
    "1 " * 400: "A screen shows 7 taps along an axis. Use 1 × 7",
    "1 2 3 4 5 6 7": "The filter reaches over 7 columns, the input with its zeros has 6",
    EVIL: "That is text, not a number.",
    "1 " * 40_000: "A text may have 65536.",
}


def test_an_array_that_cannot_be_gets_one_sentence_and_nothing_is_lost(step):
    before = [step.values(name) for name in ("Filter w as given", "Output y")]
    step.edit("filter w", "1 2\n3")
    for text, sentence in BAD.items():
        step.root.get_by_label("Numbers").fill(text)
        step.root.get_by_role("button", name="Apply").click()
        expect(refusal(step).filter(has_text=sentence)).to_be_visible()
        expect(refusal(step)).to_have_count(1)
        assert step.root.get_by_label("Numbers").input_value() == text  # what was typed is there to be mended
    step.page.keyboard.press("Escape")
    assert [step.values(name) for name in ("Filter w as given", "Output y")] == before
    assert "w=" not in step.page.url


def test_a_refusal_has_a_button_that_does_what_it_says(step):
    larger = step.root.get_by_role("button", name="larger dilation")
    larger.click()
    step.address_holds(dilation=2)
    larger.click()
    expect(refusal(step)).to_contain_text("The filter reaches over 7 rows, the input with its zeros has 6")
    refusal(step).get_by_role("button", name="Use full").click()
    step.address_holds(mode="full", dilation=3)
    expect(refusal(step)).to_have_count(0)


def test_a_cell_takes_numbers_and_refuses_words(step):
    cell = step.page.get_by_role("grid", name="Filter w as given").get_by_role("gridcell").first
    for typed, shown in (("7", "7"), ("-2.5", "−2.5"), ("nan", "NaN"), ("inf", "∞")):
        cell.dblclick()
        step.root.locator("input.edit").fill(typed)
        step.page.keyboard.press("Enter")
        expect(cell.locator(".v")).to_have_text(shown)
        step.page.wait_for_function("() => location.search.includes('w=3x3')")
    cell.dblclick()
    step.root.locator("input.edit").fill('<img src=x onerror="window.evil=1">')
    step.page.keyboard.press("Enter")
    expect(refusal(step)).to_contain_text("text, not a number")
    expect(cell.locator(".v")).to_have_text("∞")


def test_zeros_around_x_are_whole_and_few(step):
    before = step.values("Output y")
    for typed, sentence in {
        "99": "Use 16, the most.",
        "-1": "0 or more",
        "x": "whole number",
        EVIL: "“<img",
    }.items():
        step.root.get_by_role("button", name="More: padding, groups, editing").click()
        step.root.get_by_label("zeros before, rows").fill(typed)
        step.root.get_by_role("button", name="Use these zeros").click()
        expect(refusal(step).filter(has_text=sentence)).to_be_visible()
    assert step.values("Output y") == before


def test_shapes_are_typed_and_what_cannot_be_is_told(step):
    def shapes(**typed):
        step.root.get_by_role("button", name="More: padding, groups, editing").click()
        for name, text in typed.items():
            step.root.get_by_label(f"shape of {name}").fill(text)
        step.root.get_by_role("button", name="Use these shapes").click()

    shapes(x="4x5", w="2 × 2")
    step.page.wait_for_function("() => location.search.includes('x=4x5')")
    assert len(step.values("Output y")) == 3 * 4
    before = step.values("Output y")
    for text, sentence in SHAPES.items():
        shapes(x=text)
        expect(refusal(step).filter(has_text=sentence)).to_be_visible()
        assert step.values("Output y") == before
    shapes(w="5x5")
    refusal(step).get_by_role("button", name="Use full").click()
    step.address_holds(mode="full")
    assert len(step.values("Filter w as given")) == 25


def test_more_stride_than_there_is_room_for_is_told(step):
    larger = step.root.get_by_role("button", name="larger stride")
    for stride in range(2, 9):
        larger.click()
        step.address_holds(stride=stride)
    larger.click()
    expect(refusal(step)).to_contain_text("stride here goes from 1 to 8")
    step.address_holds(stride=8)


def test_the_screen_says_what_happens_to_true_to_integers_and_to_nan(step):
    body = step.root
    step.edit("filter w", "True False")
    expect(body.get_by_text("True and False are computed as 1 and 0 in float64")).to_be_visible()
    step.edit("filter w", "1 2")
    expect(body.get_by_text("Integers are computed in float64")).to_be_visible()
    step.edit("filter w", "1 nan")
    expect(body.get_by_text("1 NaN in w reaches")).to_be_visible()
