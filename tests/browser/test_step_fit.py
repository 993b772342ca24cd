"""What the Step screen does with its room: nothing is cut, nothing overlaps, nothing is smaller than it must be."""

from itertools import pairwise

import numpy as np
import pytest

from convlab.dashboard.state.question import Question, question_of
from convlab.dashboard.state.step import menu, scene
from tests.browser.step_page import StepPage

BOXES = "(s) => [...root.querySelectorAll(s)].filter((e) => e.checkVisibility()).map((e) => e.getBoundingClientRect())"
LONG = Question(np.arange(25).reshape(5, 5) / 7, np.full((3, 3), 1 / 9), mode="full")


def examples():
    return [one["id"] for one in menu()]


def shown(step, identifier):
    made = scene(question_of(identifier))
    step.page.evaluate("(scene) => window.push('scene', scene)", made)
    step.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 30)))")
    count = int(np.prod(made["y"]["shape"]))
    step.go(count // 2)


def test_no_example_has_a_caption_that_is_cut_or_a_line_of_code_that_runs_out(page):
    step, cut = StepPage(page), {}
    for identifier in examples():
        shown(step, identifier)
        found = step(
            """[...root.querySelectorAll('figcaption, .about, .source span, .code .scroll')]
              .filter((e) => e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1)
              .map((e) => e.textContent.slice(0, 40))"""
        )
        if found:
            cut[identifier] = found
    assert cut == {}


def test_the_beams_reach_the_cell_that_is_made(page):
    step = StepPage(page)
    for identifier in ("S000at", "S002b", "S002c", "S003a", "depthwise"):
        shown(step, identifier)
        stage, cell = step(f"['.stage', '.gy .cur'].map((s) => ({BOXES})(s)[0])")
        ends = step("(() => { const b = root.querySelector('.beams .b').getBBox(); return b.x + b.width })()")
        assert ends == pytest.approx(cell["left"] - stage["left"], abs=2), identifier


def test_one_axis_leaves_its_legend_and_its_facts_in_sight(page):
    step = StepPage(page)
    for identifier in ("tf-same", "torch-same", "matlab-even"):
        shown(step, identifier)
        legend, facts, output = step(f"['.legend', '.facts', '.gy'].map((s) => ({BOXES})(s)[0])")
        top = step(f"({BOXES})('.formula')[0].top")
        assert max(legend["bottom"], facts["bottom"], output["bottom"]) <= top, identifier
        inside = step(f"({BOXES})('.gx')[0].right")
        assert legend["left"] >= inside or legend["top"] >= output["bottom"], identifier


def test_three_axes_have_cells_in_which_letters_stand(page):
    step = StepPage(page)
    for identifier in ("S002b", "S002c"):
        shown(step, identifier)
        assert step("root.querySelector('.gw').classList.contains('lettered')"), identifier


def test_long_decimals_are_cut_behind_the_point_before_a_grid_loses_its_numbers(page):
    step = StepPage(page, LONG)
    step.go(24)
    assert step("root.querySelectorAll('.tiny').length") == 0
    assert step.texts("Filter w as given")[0] in ("0.11…", "0.1…")
    whole = [text.split(".")[0] for text in step.texts("Output y") if text != "?"]
    assert [int(text) for text in whole] == [int(v) for v in scene(LONG)["y"]["values"][:25]]


@pytest.mark.parametrize("value", [123456.789012, 12345678, 1234567.25])
def test_a_number_that_is_cut_keeps_its_size(page, value):
    step = StepPage(page, Question(np.full((3, 3), value), np.ones((1, 1)), mode="valid"))
    text = step.texts("Padded input x")[0]
    assert text.rstrip("…").rstrip(".").split(".")[0] == str(int(value))


def test_products_of_a_point_of_view_do_not_run_into_each_other(page):
    step = StepPage(page, question_of("S000at"))
    step.grid("Padded input x").nth((3 + 2) * 9 + 4 + 2).click()
    assert page.locator(".seen .term").count() == 9
    boxes = step(f"({BOXES})('.seen .eq .t, .seen .eq .prod')")
    boxes = sorted(boxes, key=lambda box: box["left"])
    assert all(a["right"] <= b["left"] + 0.5 for a, b in pairwise(boxes))


def test_a_falling_sum_has_room_for_its_number(page):
    step = StepPage(page, question_of("three-channels"))
    step.go(4)
    ends = step(
        "[...root.querySelectorAll('.terms:not(.seen) .term')].map((t) => ['.acc', '.eq'].map((s) => t.querySelector(s)"
        ".getBoundingClientRect())).map(([acc, eq]) => [acc.bottom, eq.top])"
    )
    assert len(ends) == 9 and all(number <= below for number, below in ends)


@pytest.mark.parametrize("size", [(1280, 720), (853, 480), (600, 420)])
def test_a_panel_ends_inside_the_window_and_scrolls(open_page, size):
    page = open_page(size)
    StepPage(page, question_of("S000at"))
    for name in ("More:", "source 000, filter 1 to 9"):
        page.get_by_role("button", name=name).first.click()
        box = page.locator(".pop:popover-open").bounding_box()
        assert box["y"] + box["height"] <= size[1] and box["x"] + box["width"] <= size[0]
        page.keyboard.press("Escape")


def test_the_list_of_examples_says_each_source_once(page):
    StepPage(page, question_of("S000at"))
    page.locator(".source").click()
    section = page.locator(".pop.examples section").filter(has=page.get_by_role("heading", name="Source 000"))
    assert section.get_by_role("button", name="filter 1 to 9", exact=True).count() == 1
    assert "source 000" not in section.inner_text()


def test_a_refusal_in_the_dialog_brings_its_way_out(page):
    step = StepPage(page, question_of("S000at"))
    page.get_by_role("button", name="More:").click()
    page.get_by_role("button", name="Edit the filter w").click()
    page.get_by_label("Numbers").fill("\n".join(["1 2 3 4 5 6 7 8"] * 8))
    page.get_by_role("button", name="Apply").click()
    step.settle()
    page.locator("dialog .refusal").get_by_role("button", name="Use ").click()
    step.settle()
    assert page.locator("dialog[open]").count() == 0
    assert step.question.w.shape == (1, 1, 7, 7)


def test_a_notebook_of_common_width_shows_every_product(open_page):
    step = StepPage(open_page((940, 800)), question_of("S001a"), host="notebook")
    step.go(0)
    assert step("root.querySelector('.formula').dataset.density") == "two"
    boxes = sorted(step(f"({BOXES})('.terms .eq')"), key=lambda box: box["left"])
    assert len(boxes) == 9 and all(a["right"] <= b["left"] + 0.5 for a, b in pairwise(boxes))


def test_in_a_narrow_notebook_the_parts_stand_below_each_other_and_the_terms_above_the_transport(open_page):
    step = StepPage(open_page((846, 900)), question_of("S000at"), host="notebook")
    step.go(2)
    parts = [step(f"({BOXES})('{name}')")[0] for name in (".stage", ".formula", ".side")]
    assert all(above["bottom"] <= below["top"] for above, below in pairwise(parts))
    terms, transport = (step(f"({BOXES})('{name}')")[0] for name in (".strip", ".transport"))
    assert terms["bottom"] <= min(parts[1]["bottom"] + 1, transport["top"])
