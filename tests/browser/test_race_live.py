"""Race on the real server, by keyboard alone: a race of two backends, a sweep of two points, and both come back."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from convlab.timing.shapes import suites

TINY = next(one.id for one in suites.groups()["Tiny"])
OPENED = f"/race?race={TINY}&on=numpy-im2col,scipy-direct&budget=0.2&sweep=K:2,3&bad=1"
ENOUGH = 60_000  # milliseconds: the workers start on a machine that others use too


@pytest.fixture(scope="module")
def page(browser, app):
    """Give one page for the whole module: each test begins where the one before left it."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
    page = context.new_page()
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("console", lambda said: said.type == "error" and page.faults.append(said.text))
    page.goto(app + OPENED)
    page.locator(".screen-race").wait_for()
    yield page
    assert page.faults == []
    context.close()


def timed(page):
    return page.locator("tbody tr").filter(has=page.locator("td.t:not(.none)"))


def test_a_race_is_run_by_its_key_and_says_who_wins_and_whether_all_are_right(page):
    expect(page.locator(".toast:visible")).to_contain_text("bad=1")
    expect(page.locator(".choose")).to_contain_text("2 of")
    page.keyboard.press("r")
    expect(page.locator(".screen-race")).to_have_attribute("data-race", "done", timeout=ENOUGH)
    expect(timed(page)).to_have_count(2)
    expect(page.locator(".say p")).to_contain_text(re.compile("is fastest here|tie"))
    expect(page.locator(".say p")).to_contain_text("within the rounding bound")
    shares = page.locator("td.e small").all_text_contents()
    assert len(shares) == 2 and all("of the bound" in text for text in shares)
    assert page.locator(".badge").count() >= 1


def test_a_sweep_is_started_from_its_empty_chart_and_read_by_keys(page):
    page.locator(".empty .link").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".screen-race")).to_have_attribute("data-sweep", "done", timeout=ENOUGH)
    assert page.locator(".series").count() == 2
    page.locator(".plot").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".reading")).to_contain_text("K = 2")
    page.keyboard.press("Escape")
    expect(page.locator(".reading")).to_be_hidden()


def test_a_file_of_the_race_is_handed_out(page):
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as given:
        page.locator(".share").get_by_role("button", name="JSON").first.click()
    assert TINY in given.value.suggested_filename and "numpy-im2col" in given.value.path().read_text()


def test_the_address_brings_back_what_was_asked_and_what_was_measured(page):
    query = {key: values[-1] for key, values in parse_qs(urlsplit(page.url).query).items()}
    assert query["race"] == TINY and query["sweep"] == "K:2,3" and "bad" not in query
    said = page.locator(".say p").inner_text()
    page.reload()
    expect(page.locator(".say p")).to_have_text(said)
    expect(page.locator(".when")).to_contain_text("measured earlier")
    expect(page.locator(".series")).to_have_count(2)


def test_a_shape_that_cannot_be_is_refused_beside_the_race_that_stays(page):
    said = page.locator(".say p").inner_text()
    page.get_by_role("button", name="yours…").click()
    field = page.get_by_role("textbox", name="w: filters, channels, taps")
    field.fill("1x7x3x3")
    field.press("Enter")
    expect(page.locator(".own .refusal")).to_contain_text("no such convolution")
    expect(page.locator(".say p")).to_have_text(said)
    expect(timed(page)).to_have_count(2)
    page.keyboard.press("Escape")
