"""The Compare screen in a browser: one cursor in all, the yardstick, edits, copies, the impulse, refusals."""

import ast
import re

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.compare_page import MAIN, at, chip, column, numbers


def cell(page, letter, row, col):
    return column(page, letter).locator(".gy .cell").nth(row * 7 + col)


def ringed(page):
    """Return the index of the cell that carries the frame, in every grid and map."""
    return page.eval_on_selector_all(
        f"{MAIN} .grid",
        "grids => grids.map(g => [...g.querySelectorAll('.cell')].findIndex(c => c.matches('.at')))",
    )


def test_three_answers_stand_side_by_side_with_their_verdicts(compare):
    page = compare()
    assert [chip(page, letter).text_content() for letter in "ABC"] == ["convention", "yardstick", "identical"]
    assert numbers(page, "A")[:4] == ["0", "9", "26", "50"] and numbers(page, "B") == numbers(page, "C")
    expect(
        page.get_by_label(re.compile(r"^B, (Theano semantics \(reference\)|nnet.conv2d, Theano 1.0.5)"))
    ).to_be_visible()
    expect(page.locator(".say")).to_contain_text("A does not turn the filter.")
    expect(page.locator(".proof")).to_contain_text("A(x, w[::-1, ::-1]) − B")


def test_one_cursor_follows_the_pointer_in_every_grid_and_map(compare):
    page = compare()
    cell(page, "A", 2, 4).hover()
    assert set(ringed(page)) == {2 * 7 + 4}
    assert page.locator(".orders .big").text_content() == "y[2, 4]"
    assert page.locator(".rows .s").all_text_contents() == ["456", "264", "264"]
    column(page, "C").locator(".gd .cell").nth(10).hover()
    assert set(ringed(page)) == {10}
    page.mouse.move(1200, 700)
    assert set(ringed(page)) == {3 * 7 + 3}


def test_a_click_pins_the_cursor_in_the_address_and_escape_lets_it_go(compare):
    page = compare()
    cell(page, "B", 1, 5).click()
    page.mouse.move(1200, 700)
    assert at(page) == "1,5" and page.url.endswith("&step=12")
    page.reload()
    expect(page.locator(MAIN)).to_have_attribute("data-at", "1,5")
    page.keyboard.press("Escape")
    assert at(page) == "3,3" and "step=" not in page.url


def test_the_arrow_keys_move_the_cursor_with_and_without_the_focus_in_a_grid(compare):
    page = compare()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    assert at(page) == "2,4"
    cell(page, "A", 2, 4).focus()
    page.keyboard.press("ArrowDown")
    assert at(page) == "3,4" and set(ringed(page)) == {3 * 7 + 4}
    expect(page.locator(f"{MAIN} > .sr")).to_contain_text("y[3, 4]: A 681, B 489, C 489")
    stops = page.locator(".gy [tabindex='0']")
    assert stops.count() == 3


def test_moving_the_cursor_sends_nothing_to_python(compare):
    page = compare()
    sent = []
    page.on("websocket", lambda socket: sent.append(socket))
    before = page.evaluate("document.querySelector('main').querySelectorAll('*').length")
    for place in range(20):
        cell(page, "A", place % 7, place // 3).hover()
    for key in ("ArrowLeft", "ArrowDown") * 5:
        page.keyboard.press(key)
    assert (
        sent == [] and page.evaluate("document.querySelector('main').querySelectorAll('*').length") == before
    )


@pytest.mark.parametrize("preset", ["S000at", "S000b", "S000bt", "even-same", "S000et", "S002c", "dilated"])
def test_the_terms_of_every_column_add_up_to_its_value(compare, preset):
    page = compare(f"preset={preset}")
    for key in ("", "ArrowUp", "ArrowLeft", "ArrowLeft"):
        if key:
            page.keyboard.press(key)
        rows = page.locator(".rows li").evaluate_all(
            "rows => rows.map(row => [row.querySelector('.s').textContent,"
            " [...row.querySelectorAll('.t')].map(term => { term.dispatchEvent(new Event('pointerenter'));"
            " return term.title.split('product ')[1] })])"
        )
        assert any(terms for _, terms in rows)
        for shown, terms in rows:
            if terms:
                assert sum(map(read, terms)) == pytest.approx(read(shown), rel=1e-4, abs=1e-3)


def read(text):
    """Return the number that the screen writes; its digits may be cut."""
    return float(text.replace("−", "-").replace("…", ""))


def test_pressing_a_letter_makes_it_the_yardstick(compare):
    page = compare()
    page.get_by_role("button", name="Measure against A").click()
    expect(chip(page, "A")).to_have_text("yardstick")
    expect(chip(page, "B")).to_have_text("convention")
    expect(page.locator(".say")).to_contain_text("B turns the filter.")
    assert "yardstick=naive-no-flip" in page.url
    expect(column(page, "A").locator(".judge")).to_be_visible()


def test_apply_mends_the_column_and_take_it_back_undoes_it(compare):
    page = compare()
    page.get_by_role("button", name="Apply to A").click()
    expect(chip(page, "A")).to_have_text("identical")
    assert numbers(page, "A") == numbers(page, "B") and "mended=naive-no-flip" in page.url
    page.get_by_role("button", name="Take it back from A").click()
    expect(chip(page, "A")).to_have_text("convention")


def test_copied_code_is_a_loop_that_agrees_in_python_and_java(compare):
    page = compare("preset=S001a")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy code").click()
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.locator(f"{MAIN} .toast")).to_have_text("Code in Python copied.")
    space = {}
    exec(page.evaluate("navigator.clipboard.readText()"), space)
    y = space["convolution"](np.arange(16.0).reshape(4, 4), np.arange(1.0, 10).reshape(3, 3))
    assert np.asarray(y).tolist() == [[147, 192], [327, 372]]
    page.get_by_role("button", name="Java", exact=True).click()
    expect(page.locator(".sheet pre:visible")).to_contain_text("double")


def test_golden_vectors_are_literals_that_another_program_can_hold(compare):
    page = compare("preset=S001a")
    page.get_by_role("button", name="Golden vectors").click()
    pane = page.locator(".sheet pre:visible")
    expect(pane).to_contain_text("147 192\n327 372")
    page.get_by_role("button", name="Python", exact=True).click()
    space = {}
    exec(pane.text_content(), space)
    assert space["y"].shape == (1, 1, 2, 2) and space["y"].ravel().tolist() == [147, 192, 327, 372]
    assert space["x"].dtype == np.int64
    page.get_by_role("button", name="Java", exact=True).click()
    java = re.search(r"double\[\]\[\]\[\]\[\] y = (.*);", pane.text_content())[1]
    assert ast.literal_eval(java.replace("{", "[").replace("}", "]")) == [[[[147, 192], [327, 372]]]]


def test_p_sends_an_impulse_and_the_outputs_spell_the_filter(compare):
    page = compare()
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Take the impulse away")).to_be_visible()
    assert [n for n in numbers(page, "B") if n != "0"] == list("123456789")
    assert [n for n in numbers(page, "A") if n != "0"] == list("987654321")
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Send an impulse")).to_be_visible()
    assert numbers(page, "A")[:3] == ["0", "9", "26"]


def test_a_blind_test_says_so_and_one_click_leads_to_a_telling_filter(compare):
    page = compare("preset=S000a")
    expect(page.locator(".sight .verdict")).to_have_text("blind")
    expect(page.locator(".sight")).to_contain_text("cannot tell")
    page.get_by_role("button", name="Use a telling filter").click()
    expect(page.locator(".sight .verdict")).to_have_text("8 of 8")
    expect(chip(page, "A")).to_have_text("convention")
    hits = page.locator(".turns li.hit").all_text_contents()
    assert hits == ["A", "BC"]


def test_a_column_is_added_replaced_and_removed_by_name(compare):
    page = compare()
    page.get_by_role("button", name="Add a column").click()
    page.locator(".pop.columns:visible").get_by_role("button", name="scipy-fft").click()
    expect(page.locator(f"{MAIN} .col")).to_have_count(4)
    expect(chip(page, "D")).to_contain_text("rounding")
    expect(page.get_by_role("button", name="Add a column")).to_be_disabled()
    column(page, "D").locator(".name").click()
    page.locator(".pop.columns:visible").get_by_role("button", name="correlate2d").click()
    expect(chip(page, "D")).to_have_text("convention")
    column(page, "A").locator(".name").click()
    page.get_by_role("button", name="Remove column A").click()
    expect(page.locator(f"{MAIN} .col")).to_have_count(3)
    expect(chip(page, "A")).to_have_text("yardstick")
    assert "columns=theano,scipy.signal.convolve2d,scipy.signal.correlate2d" in page.url


def test_an_error_is_shown_in_the_place_of_the_grid(compare):
    page = compare("preset=S000c")
    expect(chip(page, "A")).to_have_text(re.compile("error|refused"))
    expect(column(page, "A").locator(".refused")).to_contain_text("must have the same stack size")
    expect(column(page, "B").locator(".gy .cell").first).to_be_visible()
    expect(page.locator(".ask .refusal")).to_contain_text("x has 3 channels and each filter reads 1")


def test_a_larger_filter_in_valid_shows_who_refuses_and_who_swaps(compare):
    page = compare("preset=larger")
    expect(column(page, "A").locator(".refused")).to_contain_text("impossible output shape")
    expect(page.locator(".say")).to_contain_text("swaps the two")
    page.get_by_role("button", name="Use full").click()
    expect(column(page, "A").locator(".gy .cell")).to_have_count(49)


def test_four_axes_are_drawn_with_a_choice_of_image_and_channel_position(compare):
    page = compare("preset=S000b")
    scipy = column(page, "B")
    expect(chip(page, "B")).to_have_text("shape (2,5,7,7) not (2,1,7,7)")
    positions = scipy.get_by_role("group", name="channel position")
    home = positions.get_by_role("button", name="2, where the yardstick's answer sits")
    expect(home).to_have_attribute("aria-pressed", "true")
    assert numbers(page, "B") == numbers(page, "A")
    positions.get_by_role("button", name="0", exact=True).click()
    assert numbers(page, "B")[:3] == ["0", "1", "3"]
    column(page, "A").get_by_role("button", name="1", exact=True).click()
    pressed = scipy.get_by_role("group", name="image position").get_by_role("button", name="1", exact=True)
    expect(pressed).to_have_attribute("aria-pressed", "true")
    assert numbers(page, "A")[0] == "300"


def test_pasted_arrays_are_compared_and_a_bad_paste_is_told_and_loses_nothing(compare):
    page = compare()
    page.get_by_role("button", name="paste…").click()
    page.get_by_label("w, the filter").fill("0 1 0\n1 -4 1\n0 1 0")
    page.get_by_role("button", name="Compare these").click()
    expect(page.locator(".sight .verdict")).to_have_text("blind")
    before = numbers(page, "A")
    page.get_by_role("button", name="paste…").click()
    page.get_by_label("w, the filter").fill("1 2\n3")
    page.get_by_role("button", name="Compare these").click()
    expect(page.locator(".ask .refusal")).to_contain_text("row")
    assert numbers(page, "A") == before


def test_what_a_person_pastes_is_never_markup(compare):
    page = compare()
    page.get_by_role("button", name="paste…").click()
    page.get_by_label("x, the image").fill("<img src=x onerror=alert(1)>")
    page.get_by_role("button", name="Compare these").click()
    expect(page.locator(".ask .refusal")).to_contain_text("<img")
    assert page.locator(f"{MAIN} img").count() == 0


def test_mode_and_flip_belong_to_the_same_spec_bar(compare):
    page = compare()
    page.get_by_role("button", name="valid", exact=True).click()
    expect(column(page, "A").locator(".gy .cell")).to_have_count(9)
    page.get_by_role("switch", name="flip the filter").click()
    expect(page).to_have_url(re.compile("flip=0"))
    page.locator("nav.screens a", has_text="Step").click()
    expect(page).to_have_url(re.compile("/step.*mode=valid.*flip=0"))
    page.locator("nav.screens a", has_text="Compare").click()
    expect(page).to_have_url(re.compile("columns=naive-no-flip"))
