"""Points of view, typing into cells, whole arrays, and predicting."""

import numpy as np
import pytest

from convlab.dashboard.state.question import Question, question_of
from convlab.trace import Trace
from tests.browser.step_page import StepPage

DRAW = np.random.default_rng(7)
LAYER = Question(
    DRAW.integers(-9, 10, (2, 4, 6, 5)),
    DRAW.integers(-4, 5, (4, 2, 3, 2)),
    groups=2,
    stride=(2, 1),
    padding=((1, 0), (2, 1)),
)


def trace_of(question):
    return Trace(question.operands.x, question.operands.w, question.spec)


def outlined(step, grid, mark):
    """Places of the cells of a grid that carry a mark."""
    return step.grid(grid).evaluate_all(
        f"(cells) => cells.flatMap((c, i) => c.classList.contains('{mark}') ? [i] : [])"
    )


@pytest.mark.parametrize("place", [0, 7, 14, 29])
def test_a_pinned_input_shows_every_output_that_it_feeds(page, place):
    step, (lo, left) = StepPage(page, LAYER), (1, 2)
    row, column = divmod(place, 5)
    wide = 5 + left + 1
    step.grid("Padded input x").nth((row + lo) * wide + column + left).click()
    fed = trace_of(LAYER).scatter((0, 0, row, column))
    y_wide = LAYER.spec.y_shape[-1]
    assert outlined(step, "Output y", "fed") == sorted({i * y_wide + j for (n, o, i, j), _ in fed if o == 0})
    assert outlined(step, "Padded input x", "sub") == [(row + lo) * wide + column + left]
    products = page.locator(".seen .term")
    assert products.count() == len(fed)
    assert page.locator(".lead").get_attribute("data-note") == (
        f"feeds {len(fed)} outputs" if len(fed) != 1 else "feeds 1 output"
    )
    x, w = LAYER.operands.x[0, 0, row, column], LAYER.operands.w
    written = [f"{x:.0f} × {w[index]:.0f}".replace("-", "−") for _, index in fed]
    assert products.locator(".x").all_inner_texts() == written
    assert products.locator(".t").all_inner_texts() == ["abcdef"[u * 2 + v] for _, (_, _, u, v) in fed]


def test_a_pinned_weight_shows_all_inputs_that_it_meets(page):
    step = StepPage(page, LAYER)
    step.grid("Filter w as given").nth(3).click()
    met = trace_of(LAYER).meets((0, 0, 1, 1))
    inside = {(1 + i) * 8 + 2 + j for (n, *_), at in met if at and n == 0 for _, _, i, j in [at]}
    assert outlined(step, "Padded input x", "met") == sorted(inside)
    assert outlined(step, "Filter w as given", "sub") == [3]
    assert outlined(step, "Filter w as used", "sub") == [2]
    outside = sum(at is None for _, at in met)
    assert (
        page.locator(".lead")
        .get_attribute("data-note")
        .startswith(f"tap d is in {len(met)} outputs, {outside} times on padding")
    )


def test_escape_and_a_second_click_release_a_pin(page):
    step = StepPage(page, question_of("S000et"))
    cell = step.grid("Padded input x").nth(40)
    for release in (lambda: page.keyboard.press("Escape"), cell.click):
        cell.click()
        page.mouse.move(5, 700)
        assert outlined(step, "Padded input x", "sub") == [40]
        release()
        page.mouse.move(5, 700)
        assert outlined(step, "Padded input x", "sub") == []
        assert page.get_by_role("button", name="gather").get_attribute("aria-pressed") == "true"


def test_pointing_shows_and_leaving_takes_back(page):
    step = StepPage(page, question_of("S000et"))
    step.grid("Padded input x").nth(40).hover()
    assert outlined(step, "Output y", "fed") != []
    page.mouse.move(640, 700)
    assert outlined(step, "Output y", "fed") == []
    step.grid("Output y").nth(9).hover()
    assert page.locator(".ghost").is_visible()
    step.grid("Output y").nth(9).click()
    assert step.at[:2] == (9, 8)


def test_scatter_follows_the_tap_when_nothing_is_pinned(page):
    step = StepPage(page, question_of("S000et"))
    step.go(6, 5)
    page.get_by_role("button", name="scatter").click()
    assert outlined(step, "Padded input x", "sub") == [3 * 9 + 6]
    page.keyboard.press("ArrowRight")
    assert outlined(step, "Padded input x", "sub") == [4 * 9 + 4]


# ---- typing
def test_a_typed_cell_counts_at_once_and_is_asked_of_python(page):
    step = StepPage(page, question_of("S000at"))
    cell = step.grid("Filter w as given").nth(0)
    cell.dblclick()
    page.keyboard.type("−2")
    page.keyboard.press("Enter")
    assert step.texts("Filter w as used")[8] == "−2"
    step.settle()
    assert step.question.w[0, 0, 0, 0] == -2
    truth = trace_of(step.question).y.ravel()
    assert step(f"Array.from({{length: {truth.size}}}, (_, i) => lab.sumOf(i))") == truth.tolist()


def test_enter_edits_escape_leaves_and_fractions_are_numbers(page):
    step = StepPage(page, question_of("S000at"))
    step.grid("Padded input x").nth(30).focus()
    page.keyboard.press("Enter")
    page.keyboard.type("99")
    page.keyboard.press("Escape")
    assert page.evaluate("window.asks.length") == 0
    page.keyboard.press("Enter")
    page.keyboard.type("1/16")
    page.keyboard.press("Enter")
    step.settle()
    assert step.question.x[0, 0, 1, 1] == 1 / 16
    cell = step.grid("Padded input x").nth(30)
    assert cell.inner_text().split()[0] in (
        "0.0625",
        "0.06…",
    )  # decimals are cut before y would lose its numbers
    assert cell.get_attribute("aria-label").startswith("0.0625, ")


def test_a_refused_value_is_a_row_and_the_picture_stays(page):
    step = StepPage(page, question_of("S000at"))
    before = step.texts("Padded input x")
    step.grid("Padded input x").nth(30).dblclick()
    page.keyboard.type("seven")
    page.keyboard.press("Enter")
    page.locator(".refusal").wait_for()
    assert "seven" in page.locator(".refusal p").inner_text()
    assert step.texts("Padded input x") == before
    page.get_by_role("button", name="Put this away").click()
    assert page.locator(".refusal").count() == 0


def test_a_refusal_offers_what_to_try_and_does_it(page):
    step = StepPage(page, question_of("S000at"))
    page.evaluate("window.push('scene', {...window.host.__convlab.scene(), answered: 1})")
    page.get_by_role("button", name="valid").click()
    step.settle()
    for _ in range(2):
        page.get_by_role("button", name="larger dilation").click()
        step.settle()
    row = page.locator(".refusal")
    assert row.locator(".verdict").inner_text() == "no such convolution"
    row.get_by_role("button").first.click()
    step.settle()
    assert row.count() == 0


def test_a_refused_text_stays_in_its_dialog(page):
    step = StepPage(page, question_of("S000at"))
    page.get_by_role("button", name="More:").click()
    page.get_by_role("button", name="Edit the input x").click()
    text = page.locator("textarea")
    assert text.input_value().splitlines()[1] == "5 6 7 8 9"
    text.fill("1 2 3\n4 5")
    page.get_by_role("button", name="Apply").click()
    page.locator("dialog .refusal").wait_for()
    assert text.input_value() == "1 2 3\n4 5"
    text.fill("1 2 3 4\n5 6 7 8\n0 0 1 1")
    page.get_by_role("button", name="Apply").click()
    step.settle()
    assert step.question.x.shape == (1, 1, 3, 4)
    assert page.locator("dialog[open]").count() == 0
    assert step.grid("Padded input x").count() == (3 + 4) * (4 + 4)


def test_an_array_of_channels_comes_back_from_its_dialog_as_it_went_in(page):
    step = StepPage(page, question_of("S000bt"))
    before = step.question.x.copy()
    page.get_by_role("button", name="More:").click()
    page.get_by_role("button", name="Edit the input x").click()
    page.get_by_role("button", name="Apply").click()
    step.settle()
    assert np.array_equal(step.question.x, before)
    assert page.locator("dialog[open]").count() == 0


def test_zeros_strides_per_axis_groups_and_examples_are_asked(page):
    step = StepPage(page, question_of("S000at"))
    page.get_by_role("button", name="stride 1, change per axis").click()
    page.get_by_role("button", name="larger stride of rows").click()
    step.settle()
    assert step.question.spec.stride == (2, 1)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="More:").click()
    page.get_by_label("zeros before, rows").fill("3")
    page.get_by_role("button", name="Use these zeros").click()
    step.settle()
    assert step.question.spec.pads == ((3, 2), (2, 2))
    page.locator(".source").click()
    page.get_by_role("button", name="Sobel, edges across").click()
    step.settle()
    assert step.question.preset == "sobel"


# ---- predict
@pytest.mark.parametrize(
    ("guess", "word"),
    [
        ("264", "right"),
        ("456", "not turned"),
        ("188", "not finished"),
        ("−264", "sign"),
        ("174", "another cell"),
        ("3", "not this"),
        ("x", "no number"),
    ],
)
def test_a_guess_is_told_what_it_is(page, guess, word):
    step = StepPage(page, question_of("S000et"))
    step.go(6, 2)
    page.keyboard.press("h")
    assert "264" not in step.texts("Output y")
    assert not page.locator(".sum .total").is_visible()
    page.get_by_label("Your value").fill(guess)
    page.get_by_role("button", name="Check").click()
    said = page.locator(".verdictline")
    assert said.inner_text().strip().startswith(word)
    assert ("264" in step.texts("Output y")) == (word == "right")


# ---- the tour
@pytest.mark.parametrize("identifier", ["S000a", "S000et", "S000bt", "dilated", "depthwise"])
def test_six_stops_lead_through_any_scene_and_back(page, identifier):
    step = StepPage(page, question_of(identifier))
    seen, places = [], []
    for stop in range(6):
        assert page.get_by_text(f"Tour, stop {stop + 1} of 6").count() == 1
        seen.append(page.locator(".tour p").inner_text())
        places.append(step.at[:2])
        page.get_by_role("button", name="Next stop" if stop < 5 else "From the start").click()
    assert len(set(seen)) == 6
    assert len(set(places)) > 2
    assert step.at[:2] == (0, 0)
    assert page.get_by_role("button", name="Back", exact=True).is_disabled()
