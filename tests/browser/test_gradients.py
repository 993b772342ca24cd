"""The Gradients screen computes and shows what Python computes: one page, many states."""

import numpy as np
import pytest

from convlab.dashboard.state.gradients.backward import backward_of
from convlab.dashboard.state.gradients.scene import gradient
from convlab.numerics import unit_roundoff
from tests.browser.conftest import foreign
from tests.browser.gradients_page import START, STATES, GradientsPage


@pytest.fixture(scope="module")
def lab(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
    page = context.new_page()
    page.asked, page.faults = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("console", lambda said: said.type == "error" and page.faults.append(said.text))
    yield GradientsPage(page)
    context.close()
    assert (foreign(page.asked), page.faults) == ([], [])


@pytest.mark.parametrize("which", ["dx", "dw"])
@pytest.mark.parametrize("name", STATES)
def test_every_sum_of_the_browser_is_pythons_gradient_gathered_or_scattered(lab, name, which):
    state = STATES[name].changed({"which": which})
    lab.show(state)
    truth = gradient(state).ravel()
    exact = all(np.array_equal(a, np.rint(a)) for a in (state.question.x, state.question.w, state.dy))
    size = np.abs(state.dy).max() * max(np.abs(state.question.x).max(), np.abs(state.question.w).max())
    bound = 0 if exact else 4 * state.terms * unit_roundoff("float64") * size
    gathered = np.array(lab(f"Array.from({{length: {truth.size}}}, (_, i) => lab.sumOf(i))"), float)
    assert np.all(np.abs(gathered - truth) <= bound)
    assert np.all(np.abs(np.array(lab("lab.scattered()"), float) - truth) <= bound)
    lab.page.keyboard.press("End")
    assert lab.at == (truth.size - 1, state.terms - 1, pytest.approx(truth[-1], abs=1e-9))


def test_dy_stands_apart_and_what_stands_between_is_called_absent(lab):
    lab.show(START)
    cells = lab.grid("dy, spread and padded")
    names = [cell.get_attribute("aria-label").partition(", meets")[0] for cell in cells.all()]
    assert len(names) == 49 and names[16] == "1, row 0, column 0" and names[18] == "2, row 0, column 1"
    assert sum("a zero between" in name for name in names) == 5
    assert sum("padding" in name for name in names) == 40
    assert lab.page.locator(".gx .hole").count() == 5
    lab.go(12, 4)
    now = " ".join(lab.page.locator(".code .at").inner_text().split())
    assert now == "if p%2 or q%2: continue a zero: skip"
    assert lab.texts("Filter w as used") == lab.texts("Filter w as given")[::-1]
    assert (
        lab.page.locator(".head .is").inner_text()
        == "Full cross-correlation of dy, dilated by 2, with w turned by 180°."
    )
    assert lab.page.locator("h1").inner_text().startswith("Gradient of the input")


def test_each_value_has_its_tick_and_a_wrong_one_shows(lab):
    made = lab.show(START)
    lab.go(24)
    assert lab.page.locator(".gy .done .fd.ok:visible").count() == 24
    assert lab.page.locator(".sum p").inner_text() == "finite difference: 36 ✓"
    assert "finite difference 5, the same" in lab.grid("Gradient dx").nth(2).get_attribute("aria-label")
    assert lab.grid("Gradient dx").nth(2).get_attribute("title") == "finite difference 5, the same"
    ticks = {**made["ticks"], "ok": [False, *made["ticks"]["ok"][1:]]}
    lab.show(START.changed({"dilation": 1}), ticks=ticks, answered=made["answered"] + 1)
    lab.page.keyboard.press("End")
    assert lab.page.locator(".gy .fd.no:visible").count() == 1
    assert "1 of 25 finite differences disagree." in lab.page.locator(".facts").inner_text()


def test_what_is_never_read_is_hatched_and_zero(lab):
    lab.show(STATES["a rest that is never read"])
    assert lab.marked("left") == ["?"] * 11
    lab.go(35)
    assert lab.marked("left") == ["0"] * 11
    assert (
        lab.page.locator(".facts")
        .inner_text()
        .startswith("Hatched: 11 of 36 inputs, which no window of the forward pass reads.")
    )
    assert "never read" in lab.grid("Gradient dx").nth(5).get_attribute("aria-label")


def test_source_003s_answer_stands_beside_the_right_one(lab):
    lab.show(backward_of("S003c"))
    card = lab.page.get_by_role("region", name="Source 003's answer")
    assert " ".join(lab.texts("as source 003 computes it")) == "12 16 20 — 32 36 40 — 52 56 60 — — — — —"
    assert lab.texts("as it is")[-4:] == ["72", "76", "80", "84"]
    assert card.locator(".wrong").count() == lab.page.locator(".gy .wrong").count() == 7
    assert "padding:padding + H" in card.locator(".fix").inner_text()
    card.get_by_role("button", name="hidden").click()
    lab.settle()
    assert lab.page.locator(".wrong").count() == 0 and not lab.state.theirs
    assert card.locator(".pair").is_hidden() and "which values" in card.locator(".said").inner_text()
    assert lab.page.locator(".aloud").text_content() == ""
    card.get_by_role("button", name="Loops").click()
    assert lab.page.get_by_text("The loops", exact=True).is_visible() and not card.is_visible()
    lab.page.get_by_role("button", name="Source 003's answer").click()
    lab.show(backward_of("S003d"))
    assert (
        card.get_by_role("alert").inner_text()
        == "IndexError: index 2 is out of bounds for axis 3 with size 2"
    )
    spoken = lab.page.locator(".aloud")
    assert spoken.text_content().startswith("Source 003: no zeros for the stride. IndexError: index 2")
    assert not spoken.is_visible()
    lab.page.evaluate("document.documentElement.toggleAttribute('data-projector')")
    assert spoken.is_visible() and not card.is_visible()  # marks on a wall need their reason in words
    lead, terms = (lab.page.locator(name).bounding_box() for name in (".lead .big", ".formula .strip"))
    assert lead["x"] + lead["width"] <= terms["x"]
    lab.page.evaluate("document.documentElement.toggleAttribute('data-projector')")
    lab.show(backward_of("S003f"))
    assert card.locator(".said").inner_text() == "30 of 32 values of dx differ."
    lab.show(backward_of("S003f").changed({"flip": True}))
    assert "never turns the filter" in card.inner_text() and card.locator(".cell").count() == 0


def test_scatter_spreads_one_value_of_dy_after_the_other(lab):
    lab.show(START)
    lab.go(12)
    lab.page.keyboard.press("g")
    lab.page.keyboard.press("Home")
    assert lab.page.locator(".where").inner_text().startswith("value of dy 1 of 4")
    assert lab.texts("Gradient dx")[:3] == ["1", "2", "3"] and lab.texts("Gradient dx")[12] == "9"
    assert lab.page.locator(".gy .fed").count() == 9
    lab.page.keyboard.press("ArrowRight")
    assert lab.texts("Gradient dx")[12] == "23"
    assert lab.page.locator(".sum").inner_text().split("\n")[-1] == "after 2 of 4; gathered 36"
    lab.page.keyboard.press("End")
    assert lab.texts("Gradient dx") == [f"{v:g}" for v in gradient(START).ravel()]
    assert lab.page.locator(".sum").inner_text().split("\n")[-1] == "after 4 of 4; gathered 36: the same"
    lab.page.keyboard.press("Escape")
    assert lab.texts("Gradient dx")[13:] == ["?"] * 12 and lab.at[0] == 12
    lab.show(START.changed({"which": "dw"}))
    lab.page.keyboard.press("g")
    lab.page.keyboard.press("Home")
    assert lab.texts("Gradient dw") == ["0", "1", "2", "5", "6", "7", "10", "11", "12"]
    lab.page.keyboard.press("Escape")


def test_a_guess_is_judged_and_a_slip_of_gradients_is_named(lab):
    lab.show(START)
    lab.go(12)
    lab.page.keyboard.press("h")
    assert set(lab.texts("Gradient dx")) == {"?"} and lab.page.locator(".fd:visible").count() == 0
    guess, verdict = lab.page.get_by_label("Your value"), lab.page.locator(".verdictline .verdict")
    side_by_side = (np.pad(START.dy[0, 0], 2)[2:5, 2:5] * START.question.w[0, 0, ::-1, ::-1]).sum()
    for text, word in (
        (f"{side_by_side:g}", "stride forgotten"),
        ("-1", "not this"),
        ("a lot", "no number"),
        ("36", "right"),
    ):
        guess.fill(text)
        guess.press("Enter")
        if word != "right":
            assert verdict.inner_text() == word
    guess.press("Escape")  # a field keeps its keys, and lets a hand on the keyboard out
    lab.page.keyboard.press("ArrowRight")
    assert lab.at[:2] == (13, 0)
    lab.page.keyboard.press("ArrowLeft")
    assert lab.texts("Gradient dx")[12] == "36"
    lab.page.get_by_role("button", name="gather").focus()
    lab.page.keyboard.press("h")
    assert not lab("root.hasAttribute('data-hidden')")


def test_dy_is_typed_into_its_cell_and_what_is_no_number_is_refused(lab):
    lab.show(START)
    asked = lab.page.evaluate("window.asks.length")
    for text in ("−7", "seven"):
        lab.grid("dy, spread and padded").nth(16).dblclick()
        lab.page.get_by_label("New value of dy at place 0").fill(text)
        lab.page.keyboard.press("Enter")
        lab.settle()
    assert (
        lab.state.dy.ravel().tolist() == [-7, 2, 3, 4]
        and lab.page.evaluate("window.asks.length") == asked + 2
    )
    assert "seven" in lab.page.get_by_role("alert").inner_text()
    assert lab.texts("dy, spread and padded")[16] == "−7"
    lab.page.keyboard.press("Escape")
    assert lab.page.get_by_role("alert").count() == 0
    lab.page.get_by_role("button", name="More: padding, groups, editing").click()
    lab.page.get_by_role("button", name="Edit dy").click()
    for text in ("1 2 3", ""):
        lab.page.get_by_label("Numbers").fill(text)
        lab.page.get_by_role("button", name="Apply").click()
        lab.settle()
        assert lab.page.get_by_role("dialog").get_by_role("alert").count() == 1
    lab.page.get_by_label("Numbers").fill("1 0\n0 1")
    lab.page.get_by_role("button", name="Apply").click()
    lab.settle()
    assert lab.state.dy.ravel().tolist() == [1, 0, 0, 1]


def test_dy_can_be_watched_as_it_is_made_ready(lab):
    lab.show(START)
    lab.page.get_by_role("button", name="given", exact=True).click()
    stage = lab.page.locator(".stage")
    assert stage.get_attribute("data-prepared") == "given" and not lab.page.locator(".plate").is_visible()
    corner = [lab.grid("dy, spread and padded").nth(i).bounding_box() for i in (16, 18)]
    assert corner[1]["x"] - corner[0]["x"] == pytest.approx(corner[0]["width"], abs=1)
    lab.page.get_by_role("button", name="dilated", exact=True).click()
    corner = [lab.grid("dy, spread and padded").nth(i).bounding_box() for i in (16, 18)]
    assert corner[1]["x"] - corner[0]["x"] == pytest.approx(2 * corner[0]["width"], abs=1)
    lab.page.keyboard.press("ArrowRight")
    assert stage.get_attribute("data-prepared") is None and lab.at[:2] == (0, 1)


def test_stepping_asks_python_nothing_and_controls_ask_once(lab):
    lab.show(backward_of("S003a"))
    before = lab.page.evaluate("window.asks.length")
    for key in (
        "End",
        "ArrowLeft",
        "Shift+ArrowLeft",
        "ArrowUp",
        "g",
        "ArrowRight",
        "g",
        "g",
        "Home",
        " ",
        " ",
        "l",
        "l",
    ):
        lab.page.keyboard.press(key)
    lab.page.get_by_role("button", name="n1").click()
    lab.page.locator(".plane").nth(1).click()
    assert lab.page.evaluate("window.asks.length") == before
    for act, change in (
        (lambda: lab.page.keyboard.press("f"), {"flip": True}),
        (lambda: lab.page.get_by_role("button", name="dw", exact=True).click(), {"which": "dw"}),
        (lambda: lab.page.get_by_role("button", name="larger stride").click(), {"stride": [2, 2]}),
    ):
        act()
        lab.settle()
        assert lab.page.evaluate("window.asks.at(-1).change") == change
    assert lab.state.which == "dw" and "turned" in lab.page.locator(".head .is").inner_text()
    lab.page.wait_for_function(f"location.search.startsWith('?{lab.state.query}&cell=')")


def test_the_tour_leads_from_the_zeros_to_the_other_way_round(lab):
    lab.show(STATES["a rest that is never read"])
    words = []
    for _ in range(5):
        words.append(lab.page.locator(".tour p").inner_text())
        lab.page.locator(".tour .btn").last.click()
    assert len(set(words)) == 5 and "zeros of the stride" in words[0] and "never read" in words[4]
    assert "grow by 1, and the sum of dy · y grows by" in words[2] and "the tick" in words[2]
    assert lab.page.get_by_text("The other way round").count() == 0
    lab.show(START.changed({"stride": 3}))  # dy is one value: there is nothing between
    assert "zeros of the stride" not in lab.page.locator(".tour p").inner_text()
    assert lab.page.locator(".legend .p").locator("..").inner_text() == "zeros around"


def test_faults_ticks_and_scatter_pass_axe_in_light_and_in_dark(lab, axe):
    lab.show(backward_of("S003c"))
    lab.page.keyboard.press("End")
    assert axe(lab.page) == []
    lab.page.evaluate("document.documentElement.dataset.theme = 'dark'")
    lab.show(START.changed({"which": "dw"}))
    lab.page.keyboard.press("g")
    assert axe(lab.page) == []


def test_the_question_is_kept_from_screen_to_screen(app, open_page):
    page = open_page()
    page.goto(f"{app}/step?v=1&preset=S000et&mode=valid&step=2&tap=5")
    page.get_by_role("grid", name="Output y").wait_for()
    page.wait_for_function(
        "document.querySelector('nav.screens a[href*=gradients]').search.includes('mode=valid')"
    )
    page.get_by_role("link", name="Gradients").click()
    page.get_by_role("grid", name="Gradient dx").wait_for()
    root = page.locator(".screen-gradients")
    assert "with w as it is" in root.locator(".head .is").inner_text()
    sent = []
    page.get_by_role("button", name="dw", exact=True).click()
    page.get_by_role("grid", name="Gradient dw").wait_for()
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    page.keyboard.press("End")
    page.wait_for_function("() => location.search.includes('cell=8') && location.search.includes('which=dw')")
    page.reload()
    page.get_by_role("grid", name="Gradient dw").wait_for()
    assert root.get_attribute("data-step") == "8" and root.get_attribute("data-sum") is not None
    page.wait_for_timeout(300)
    sent.clear()
    for key in ("ArrowLeft", "g", "ArrowLeft", "Escape"):
        page.keyboard.press(key)
    page.wait_for_timeout(300)
    assert sent == []
    href = page.get_by_role("link", name="Step").get_attribute("href")
    assert "mode=valid" in href and "which=dw" in href
