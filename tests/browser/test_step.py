"""The Step screen computes and shows what Python computes, and does what keys and pointer ask."""

import numpy as np
import pytest

from convlab import presets
from convlab.dashboard.state.question import Question, question_of
from convlab.dashboard.state.step import menu, scene
from convlab.numerics import direct_bound
from convlab.trace import Trace
from tests.browser.step_page import StepPage

DRAW = np.random.default_rng(20)
MIXED = DRAW.integers(-9, 10, (2, 4, 7, 9)), DRAW.integers(-4, 5, (4, 2, 3, 2))


def drawn(x, w, **options):
    return Question(DRAW.integers(-9, 10, x), DRAW.integers(-5, 6, w), **options)


QUESTIONS = {
    "source 000": question_of("S000at"),
    "stride 2": question_of("S000et"),
    "two images of three channels": question_of("S000bt"),
    "cross-correlation": drawn((1, 1, 5, 5), (1, 1, 3, 3), flip=False),
    "groups, uneven stride, uneven zeros": Question(
        *MIXED, groups=2, stride=(2, 1), padding=((1, 0), (2, 1))
    ),
    "one axis": drawn((1, 2, 10), (3, 2, 3), mode="full"),
    "three axes": drawn((1, 2, 4, 5, 3), (2, 2, 2, 3, 2), mode="same"),
    "dilation": drawn((1, 1, 9, 8), (1, 1, 3, 2), dilation=(2, 3), mode="half"),
    "limits": drawn((1, 1, 16, 16), (1, 1, 7, 7), mode="full"),
    "decimals": Question(DRAW.integers(-30, 31, (5, 5)) / 10, DRAW.integers(-300, 301, (3, 3)) / 100),
    "floats": Question(DRAW.standard_normal((1, 3, 5, 5)), DRAW.standard_normal((2, 3, 3, 3)), mode="full"),
    "not a number": Question(
        np.array([[1, np.nan, 3], [2, 0, np.inf], [4, 5, 6]]), np.ones((2, 2)), mode="full"
    ),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_sum_of_the_browser_is_pythons_output(page, name):
    question = QUESTIONS[name]
    step = StepPage(page, question)
    ready, spec = question.operands, question.spec
    truth = Trace(ready.x, ready.w, spec).y
    made = np.array(
        step(f"Array.from({{length: {truth.size}}}, (_, i) => String(lab.sumOf(i)))"), float
    ).reshape(truth.shape)
    exact = np.all(ready.x == np.rint(ready.x)) and np.all(ready.w == np.rint(ready.w))
    bound = 0 if exact else direct_bound(ready.x, ready.w, spec, truth)
    same = (made == truth) | (np.isnan(made) & np.isnan(truth))
    with np.errstate(invalid="ignore"):  # infinity − infinity, where both are the same
        assert np.all(same | (np.abs(made - truth) <= bound))


def test_every_example_can_be_stepped_to_its_end(page):
    step = StepPage(page)
    for one in menu():
        question = question_of(one["id"])
        page.evaluate("(scene) => window.push('scene', scene)", scene(question))
        page.keyboard.press("End")
        count, last = int(np.prod(question.spec.y_shape)), float(scene(question)["y"]["values"][-1])
        assert (one["id"], *step.at[:2]) == (one["id"], count - 1, question.spec.terms - 1)
        assert step.at[2] == pytest.approx(last, rel=1e-6, abs=1e-6)
        assert page.locator(".source").inner_text() == presets.get(one["id"]).title


@pytest.mark.parametrize(
    "name", ["stride 2", "groups, uneven stride, uneven zeros", "three axes", "dilation"]
)
def test_running_sums_and_indices_follow_the_trace(page, name):
    question = QUESTIONS[name]
    step = StepPage(page, question)
    trace = Trace(question.operands.x, question.operands.w, question.spec)
    for at in (0, len(trace) // 2, len(trace) - 1):
        taps = trace[at].taps
        found = step(
            f"[...Array({len(taps)}).keys()].map((k) => (lab.go({at}, k), Number(root.dataset.sum)))"
        )
        assert found == [tap.running for tap in taps]


def test_what_is_not_made_yet_is_a_question_mark(page):
    step = StepPage(page, question_of("S000et"))
    step.go(6, 5)
    assert step.texts("Output y") == ["0", "4", "16", "12", "30", "174", "188", *"?????????"]
    assert step.at == (6, 5, 188.0)
    assert page.locator(".sum .was").inner_text() == "152 + 36 ="
    assert page.locator(".sum p").inner_text() == "without the flip: 142 so far"
    assert page.locator(".term.cur").inner_text().split() == ["188", "d", "9", "×", "4", "=", "36"]
    assert page.get_by_role("gridcell", name="9, row 1, column 4, meets tap d").count() == 1


def test_the_filter_as_used_is_the_given_one_turned(page):
    step = StepPage(page, question_of("S000at"))
    given = step.texts("Filter w as given")
    assert step.texts("Filter w as used") == given[::-1]
    page.get_by_role("switch", name="flip the filter").click()
    assert step.texts("Filter w as used") == given
    assert page.locator("h1").inner_text().startswith("Cross-correlation")
    step.settle()
    assert step.question.spec.flip is False
    assert page.locator(".code mark").inner_text() == "u,v"


def test_a_turn_shows_at_once_even_when_nobody_answers(page):
    step = StepPage(page, question_of("S000et"), answering=False)
    step.go(6)
    before = step.at[2]
    page.keyboard.press("f")
    assert (before, step.at[2]) == (264.0, 456.0)
    assert page.evaluate("window.asks") == [{"n": 1, "change": {"flip": False}}]


KEYS = [
    ("ArrowRight", (5, 4)), ("ArrowLeft", (5, 2)), ("Shift+ArrowRight", (6, 3)), ("Shift+ArrowLeft", (4, 3)),
    ("ArrowDown", (9, 3)), ("ArrowUp", (1, 3)), ("Home", (0, 0)), ("End", (15, 8)),
]  # fmt: skip


@pytest.mark.parametrize(("key", "at"), KEYS)
def test_keys_move_tap_value_and_row(page, key, at):
    step = StepPage(page, question_of("S000et"))
    step.go(5, 3)
    page.keyboard.press(key)
    assert step.at[:2] == at


def test_space_plays_and_pauses(page):
    step = StepPage(page, question_of("S000et"))
    page.get_by_label("Speed").select_option("30")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press(" ")
    page.wait_for_function("Number(window.host.firstChild.shadowRoot.lastElementChild.dataset.tap) >= 3")
    page.keyboard.press(" ")
    held = step.at
    page.wait_for_timeout(200)
    assert step.at == held
    assert page.get_by_role("button", name="Play").count() == 1


def test_letters_hide_look_send_an_impulse_and_list_the_keys(page):
    step = StepPage(page, question_of("S000at"))
    page.keyboard.press("g")
    assert page.get_by_role("button", name="scatter").get_attribute("aria-pressed") == "true"
    page.keyboard.press("Escape")
    assert page.get_by_role("button", name="gather").get_attribute("aria-pressed") == "true"
    page.keyboard.press("p")
    step.settle()
    assert step.question.x.sum() == 1
    told = page.get_by_role("button", name="Undo")
    assert told.is_visible()
    page.keyboard.press("p")
    step.settle()
    assert step.question.x.sum() == 300
    told.wait_for(state="hidden", timeout=2000)  # "one 1 among zeros" is no longer true
    page.keyboard.press("l")
    assert not page.get_by_text("The loops", exact=True).is_visible()
    page.keyboard.press("l")
    page.keyboard.press("?")
    assert page.get_by_role("dialog", name="Keys").is_visible()
    page.get_by_role("switch", name="single letters").click()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    assert page.get_by_role("button", name="gather").get_attribute("aria-pressed") == "true"


def test_stepping_playing_and_looking_ask_python_nothing(page):
    step = StepPage(page, question_of("S000bt"))
    for key in ("End", "ArrowLeft", "Shift+ArrowLeft", "ArrowUp", "g", "g", "g", "Home", " "):
        page.keyboard.press(key)
    page.locator(".plane").nth(1).click()
    page.get_by_role("button", name="n1").click()
    step.grid("Padded input x").nth(12).hover()
    page.wait_for_timeout(400)
    assert page.evaluate("window.asks.length") == 0


def test_planes_images_and_filters_are_chosen_and_summed(page):
    question = QUESTIONS["groups, uneven stride, uneven zeros"]
    step = StepPage(page, question)
    page.get_by_role("button", name="n1").click()
    page.get_by_role("button", name="o3").click()
    page.locator(".plane").nth(1).click()
    size = int(np.prod(question.spec.y_shape[2:]))
    assert step.at[:2] == (7 * size, 6)
    step.go(7 * size + 4)
    parts = [float(text.replace("−", "-")) for text in page.locator(".plane .num").all_inner_texts()]
    taps = Trace(question.operands.x, question.operands.w, question.spec)[7 * size + 4].taps
    assert parts == [sum(t.product for t in taps[:6]), sum(t.product for t in taps[6:])]


def test_a_new_scene_keeps_the_position_and_a_stale_one_is_ignored(page):
    step = StepPage(page, question_of("S000at"))
    step.go(9, 4)
    page.get_by_role("button", name="larger dilation").click()
    step.settle()
    assert step.question.spec.dilation == (2, 2)
    assert step.at[:2] == (9, 4)
    old = scene(question_of("S000d")) | {"answered": 0}
    page.evaluate("(old) => window.push('scene', old)", old)
    assert step("lab.scene().preset") == "S000at"


def test_the_address_holds_the_place_and_gives_it_back(page):
    step = StepPage(page, question_of("S000et"), query="?step=7&tap=2")
    assert step.at[:2] == (7, 2)
    page.keyboard.press("ArrowRight")
    page.wait_for_function("location.search.includes('tap=3')")
    assert page.evaluate("location.search") == "?" + scene(question_of("S000et"))["query"] + "&step=7&tap=3"
    assert page.evaluate("document.querySelector('nav.screens a').search") == page.evaluate("location.search")
