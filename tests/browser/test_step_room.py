"""Room, reach and speed of the Step screen: sizes, keyboard, assistive technology, motion, milliseconds."""

import numpy as np
import pytest

from convlab.dashboard.state.question import Question, question_of
from convlab.dashboard.state.step import scene
from tests.browser.step_page import StepPage

LARGE = Question(
    np.arange(432).reshape(1, 3, 12, 12) % 19 - 9, np.arange(75).reshape(1, 3, 5, 5) % 7 - 3, mode="full"
)
WIDE = Question(np.arange(10), np.array([1, -2, 3]), mode="full")
DEEP = Question(np.arange(48).reshape(1, 1, 3, 4, 4), np.ones((2, 1, 2, 2, 2)), mode="same")


def shown(page, question):
    page.evaluate("(scene) => window.push('scene', scene)", scene(question))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(open_page, axe, scheme):
    page = open_page(color_scheme=scheme)
    step = StepPage(page, question_of("S000et"))
    small = (question_of("S000et"), question_of("S000bt"), WIDE, DEEP)
    for question in (*small, LARGE) if scheme == "light" else small[:2]:  # the dark adds colours, no shapes
        shown(page, question)
        step.go(5, 1)
        assert axe(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_what_opens(open_page, axe, scheme):
    page = open_page(color_scheme=scheme)
    step = StepPage(page, question_of("S000et"))
    for open_it in ("h", "?"):
        page.keyboard.press(open_it)
        assert axe(page) == []
        page.keyboard.press("Escape")
    for name in ("More:", "stride 2, change"):
        page.get_by_role("button", name=name).click()
        assert axe(page) == []
        page.keyboard.press("Escape")
    step.grid("Padded input x").nth(40).click()
    assert axe(page) == []


@pytest.mark.parametrize(
    "question", [question_of("S000at"), LARGE, WIDE, DEEP], ids=["flat", "large", "one axis", "three axes"]
)
@pytest.mark.parametrize("size", ["laptop", "large"])
def test_picture_terms_and_transport_fit_without_scrolling(open_page, size, question):
    page = open_page(size)
    step = StepPage(page, question)
    step.go(3, 1)
    height = page.viewport_size["height"]
    edge = "(s) => root.querySelector(s).getBoundingClientRect()"
    ends = step(f"['.gx', '.gy', '.used', '.formula', '.transport'].map({edge}).map((box) => box.bottom)")
    formula = step(f"({edge})('.formula').top")
    assert max(ends[:3]) <= formula and max(ends) <= height
    assert step(f"({edge})('.gy').right") <= step(f"({edge})('.side').left")
    assert page.evaluate("document.documentElement.scrollHeight") <= height


def test_a_tablet_keeps_three_grids_in_a_row_and_a_phone_stacks_them(open_page):
    boxes = "['.gx', '.used', '.gy'].map((s) => root.querySelector(s).getBoundingClientRect())"
    places = f"{boxes}.map((box) => [box.left, box.top])"
    tablet = StepPage(open_page("tablet"), question_of("S000et"))(places)
    assert tablet[0][0] < tablet[1][0] < tablet[2][0]
    phone = StepPage(open_page((420, 800)), question_of("S000et"))(places)
    assert phone[0][1] < phone[1][1] < phone[2][1]


def test_targets_are_44_px_under_a_finger(open_page):
    page = open_page("tablet", has_touch=True, is_mobile=True)
    step = StepPage(page, question_of("S000bt"))
    assert page.evaluate("matchMedia('(pointer: coarse)').matches")
    small = step(
        """[...root.querySelectorAll('button:not(.term), input[type=range], select')].filter((b) => b.checkVisibility())
          .map((b) => [b.textContent || b.ariaLabel, b.getBoundingClientRect().height]).filter(([, h]) => h < 44)"""
    )
    assert small == []


def test_each_grid_is_one_stop_of_the_tab_key_and_arrows_walk_inside(page):
    step = StepPage(page, question_of("S000et"))
    assert step(
        "[...root.querySelectorAll('.grid')].map((g) => g.querySelectorAll('.cell[tabindex=\"0\"]').length)"
    ) == [1, 1, 1, 1]
    at = step.at
    step.grid("Padded input x").nth(0).focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
    assert step("root.getRootNode().activeElement.dataset.i") == "10"
    assert (
        step("root.getRootNode().activeElement.getAttribute('aria-label')")
        == "0, padding, row −1, column −1, meets tap e"
    )
    assert step.at == at
    page.keyboard.press("Tab")
    assert (
        step("root.getRootNode().activeElement.closest('[role=grid]').getAttribute('aria-label')")
        == "Filter w as given"
    )


def test_the_tab_key_goes_through_the_screen_and_out(page):
    step = StepPage(page, question_of("S000et"))
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        where = step("root.getRootNode().activeElement?.outerHTML.slice(0, 200) ?? null")
        if where is None and seen:
            break
        seen.add(where)
    else:
        pytest.fail("the focus never leaves the screen")
    assert len(seen) > 25


def test_small_cells_leave_the_tab_stop_to_their_grid_and_are_no_trap(page):
    step = StepPage(page, LARGE)
    active = "root.getRootNode().activeElement"
    page.locator(".plane").last.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    assert step(f"{active}.dataset.i") == "20"
    page.keyboard.press("Tab")
    assert step(f"{active}.closest('[role=grid]').getAttribute('aria-label')") == "Filter w as given"
    page.keyboard.press("Shift+Tab")
    assert step(f"{active}.dataset.i") == "20"
    page.keyboard.press("Shift+Tab")
    assert step(f"{active}.className") == "plane"


def test_the_live_region_says_where_the_tap_stands(page):
    step = StepPage(page, question_of("S000et"))
    step.go(6, 5)
    page.wait_for_function(
        "window.host.firstChild.shadowRoot.querySelector('[aria-live]').textContent.startsWith('y[1, 2]')"
    )
    assert step("root.querySelector('[aria-live]').textContent") == "y[1, 2], tap d: 9 times 4, sum 188"


def test_names_are_whole_again_at_the_first_position_that_does_not_fly_by(page):
    step = StepPage(page, question_of("S003a"))
    names = step("""(() => {
      lab.go(1, 0)
      lab.go(60, 0)  // another image, at once: its cells wait for their names
      const since = performance.now()
      while (performance.now() - since < 80);
      lab.go(60, 1)
      const cells = [...root.querySelectorAll('.gx .cell')]
      return cells.map((cell) => [cell.querySelector('.v').textContent, cell.ariaLabel]) })()""")
    assert len(names) == 36 and all(name.startswith(f"{text},") for text, name in names)


@pytest.mark.parametrize(("motion", "moves"), [("reduce", False), ("no-preference", True)])
def test_the_plate_turns_only_where_motion_is_welcome(open_page, motion, moves):
    page = open_page(motion=motion)
    step = StepPage(page, question_of("S000et"))
    page.wait_for_timeout(300)
    page.keyboard.press("f")
    assert step("root.querySelector('.used').getAnimations().length > 0") == moves
    duration = step("getComputedStyle(root.querySelector('.plate')).transitionDuration")
    assert (duration != "0s") == moves


def test_a_step_costs_less_than_a_millisecond_of_script(page):
    step = StepPage(page, LARGE)
    step("lab.go(100, 0)")
    costs = step(
        """[...Array(400).keys()].map((k) => {
          const at = 7500 + k, from = performance.now()
          lab.go(Math.floor(at / 75), at % 75)
          return performance.now() - from
        })"""
    )
    assert np.median(costs) < 3  # 1 ms, with threefold slack for a busy machine


def test_a_step_reads_no_layout(page):
    step = StepPage(page, LARGE)
    reads = step("""(() => { let reads = 0
      for (const [type, name] of [[Element, 'getBoundingClientRect'], [Element, 'getClientRects']]) {
        const real = type.prototype[name]; type.prototype[name] = function () { reads++; return real.call(this) } }
      for (const name of ['offsetWidth', 'offsetHeight', 'offsetTop', 'offsetLeft']) {
        const real = Object.getOwnPropertyDescriptor(HTMLElement.prototype, name)
        Object.defineProperty(HTMLElement.prototype, name, { get() { reads++; return real.get.call(this) } }) }
      for (const name of ['clientWidth', 'clientHeight']) {
        const real = Object.getOwnPropertyDescriptor(Element.prototype, name)
        Object.defineProperty(Element.prototype, name, { get() { reads++; return real.get.call(this) } }) }
      for (let i = 0; i < 200; i++) lab.go(i, i % 75)
      return reads })()""")
    assert reads == 0


def test_leaving_takes_everything_along(page):
    step = StepPage(page, question_of("S000et"))
    step("lab.play()")
    page.evaluate("window.gone = window.host.firstChild.shadowRoot.lastElementChild")
    page.evaluate("window.leave()")
    at = page.evaluate("window.gone.dataset.step + ' ' + window.gone.dataset.tap")
    assert page.evaluate("[window.host.children.length, Object.values(window.listeners).flat().length]") == [
        0,
        0,
    ]
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(400)
    assert page.evaluate("window.gone.dataset.step + ' ' + window.gone.dataset.tap") == at


def test_a_notebook_gets_its_own_tokens_and_shares_the_step_both_ways(page):
    step = StepPage(page, question_of("S000et"), host="notebook")
    assert step("getComputedStyle(root).getPropertyValue('--input-strong')").strip() == "#136795"
    step.go(7)
    page.wait_for_function("window.saved.at(-1) === 7")
    page.evaluate("window.push('step', 3)")
    assert step.at[0] == 3
    assert page.evaluate("location.search") == ""
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("ArrowRight")
    assert step.at[0] == 3  # keys belong to the notebook until the picture has the focus
