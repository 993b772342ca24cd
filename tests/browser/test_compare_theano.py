"""The real Theano on the Compare screen: live, refusing, dying; and the recorded one where there is none."""

import pytest
from playwright.sync_api import expect

from tests.browser.compare_page import MAIN, chip, column, numbers, opened
from tests.servers import running

LIVE = 60_000


@pytest.fixture(scope="module")
def without_theano():
    """Give a dashboard on a machine where Theano is not set up."""
    with running(environment={"CONVLAB_THEANO_PYTHON": "/no/such/python"}.items()) as server:
        yield server.base


def foot(page, letter):
    return column(page, letter).locator(".theano")


def test_the_column_turns_live_and_a_stride_of_0_shows_how_theano_dies(theano, compare):
    page = compare("preset=S000at&x=5x5:3..27&columns=theano,scipy.signal.convolve2d")
    expect(column(page, "A").locator("small").first).to_have_text("Theano 1.0.5, live", timeout=LIVE)
    assert foot(page, "A").locator("dt").all_text_contents() == ["compile", "first", "steady", "error"]
    assert [text[-1:] for text in foot(page, "A").locator("dd").all_text_contents()] == ["s", "s", "s", "0"]
    assert numbers(page, "A") == numbers(page, "B") and chip(page, "B").text_content() == "identical"
    page.get_by_role("button", name="Add a column").click()
    panel = page.locator(".pop.columns:visible")
    assert panel.locator("h3").first.text_content() == "Theano 1.0.5, the real one"
    panel.get_by_role("button", name="subsample=(0, 1)").click()
    expect(chip(page, "C")).to_have_text("died, SIGFPE", timeout=LIVE)
    expect(column(page, "C").locator(".refused")).to_contain_text("Theano's process died of SIGFPE.")
    column(page, "C").locator(".name").click()
    page.locator(".pop.columns:visible").get_by_role("button", name="nnet.conv.conv2d").click()
    expect(column(page, "C").locator("small").first).to_have_text("Theano 1.0.5, live", timeout=LIVE)
    expect(chip(page, "C")).to_have_text("identical")


def test_without_theano_a_preset_shows_recorded_numbers_why_and_nothing_that_axe_finds(
    without_theano, open_page, axe
):
    page = opened(open_page(), without_theano)
    expect(column(page, "B").locator("small").first).to_have_text("recorded, Theano 1.0.5")
    expect(foot(page, "B").locator(".recorded")).to_contain_text("recorded, ")
    expect(foot(page, "B")).to_contain_text("no interpreter")
    assert numbers(page, "B") == numbers(page, "C") and axe(page) == []
    strip = page.locator(".orders").bounding_box()
    assert strip["x"] + strip["width"] <= page.viewport_size["width"]
    page.locator(f"{MAIN} .specbar").get_by_role("button", name="valid", exact=True).click()
    expect(foot(page, "B")).to_contain_text("Theano's semantics")
    expect(column(page, "B").locator("small").first).to_have_text("(reference)")


def test_what_source_001_prints_stands_beside_todays_numbers_with_the_reason(without_theano, open_page, axe):
    page = opened(open_page(color_scheme="dark"), without_theano, "preset=S001b")
    panel = page.get_by_label("What source 001 prints, mode valid")
    expect(panel).to_be_visible(timeout=LIVE)
    rows = panel.locator("tbody tr")
    expect(rows.nth(0)).to_contain_text("9.03687e-03")
    expect(rows.nth(1)).to_contain_text("1.55051e+04")
    expect(rows.nth(3)).to_contain_text("1.55051e+04")
    expect(panel).to_contain_text("SciPy's own")
    assert axe(page) == []
