"""The Race picture in a real browser: a chart that can be read, tables, files, room for it, and axe."""

import csv
import io
import re

import pytest
from playwright.sync_api import expect

from convlab.timing.races.result import Row
from tests.browser.race_page import PROBLEM, ROOT, crowded, going, many, opened, running, scene, shown
from tests.race_stand_ins import ROWS

DRAWN = f"""async () => {{
  const seen = [], pens = CanvasRenderingContext2D.prototype, real = pens.fillText
  pens.fillText = function (text, ...at) {{ seen.push([text, at[1]]); return real.call(this, text, ...at) }}
  await {ROOT}.__cl.ui.picture()
  pens.fillText = real
  return seen
}}"""


@pytest.fixture(scope="module")
def race(browser):
    """Give one page for the whole module; each test shows the scene that it needs."""
    with opened(browser) as page:
        yield page


def test_the_chart_marks_the_crossing_and_its_names_stand_free(race):
    race.show(scene(shown()))
    sweep = race.scene["sweep"]
    leading = [one["said"] for one in sweep["crossings"] if one["leads"]]
    assert leading and race.page.locator(".xv").all_text_contents() == leading
    assert race.page.locator(".chart > p b").all_text_contents() == leading
    ring, ends = race.page.locator(".xc").bounding_box(), race.page.locator(".series").count()
    assert ends == len(sweep["series"]) == 2 and ring is not None
    assert race.overlaps(".labels .lb") == []
    dashes = race.page.locator(".series").evaluate_all(
        "all => all.map((one) => one.getAttribute('class') + one.querySelector('.p').getAttribute('d'))"
    )
    assert len(set(dashes)) == len(dashes), "two lines have the same colour and the same mark"
    assert race.page.locator(".old").count() == len(sweep["overlay"]) > 0
    assert sum("source 004: " in text for text in race.page.locator(".lb.oldl").all_text_contents()) == 1


def test_the_chart_is_read_by_pointer_and_by_keys(race):
    race.show(scene(shown()))
    plot, card = race.page.locator(".plot"), race.page.locator(".reading")
    plot.focus()
    race.page.keyboard.press("End")
    expect(card).to_contain_text("K = 31")
    fastest = min(
        (p["min_s"], s["label"], p["said"])
        for s in race.scene["sweep"]["series"]
        for p in s["points"]
        if p["at"] == 31
    )
    assert race.heard().startswith(f"K = 31: {fastest[1]} {fastest[2]}")
    race.page.keyboard.press("ArrowDown")
    assert "2 of" in race.heard()
    race.page.keyboard.press("ArrowLeft")
    expect(card).to_contain_text("K = 11")
    before = len(race.asks)
    race.page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    assert len(race.asks) == before
    box = plot.bounding_box()
    race.page.mouse.move(box["x"] + 60, box["y"] + 120)
    expect(card).to_contain_text("K = 3")
    expect(race.page.locator(".series.bright")).to_have_count(1)
    race.page.mouse.move(2, 2)
    expect(card).to_be_hidden()
    race.show(crowded(scene(shown())))
    plot.focus()
    for key in ("Home", *["ArrowDown"] * 8):
        race.page.keyboard.press(key)
    expect(card.locator(".here th")).to_have_text("numba-extra8")
    expect(card).to_contain_text("2 slower")
    assert card.locator("tr:not(.oldl, .head)").count() == 7  # the six fastest, and the one that is read
    assert card.bounding_box()["height"] < plot.bounding_box()["height"]


def test_every_chart_has_its_table(race):
    race.show(scene(shown()))
    race.page.get_by_role("button", name="Sweep as a table").click()
    rows = race.page.locator(".chart .twin tbody tr").evaluate_all(
        "all => all.map((row) => [...row.cells].map((cell) => cell.textContent))"
    )
    by_size = {cells[0]: cells[1:] for cells in rows}
    for at in (3, 5, 11, 31):
        said = [next(p["said"] for p in s["points"] if p["at"] == at) for s in race.scene["sweep"]["series"]]
        assert by_size[str(at)][: len(said)] == said
    race.page.get_by_role("button", name="Sweep as a table").click()
    expect(race.page.locator(".paper svg")).to_be_visible()
    race.page.get_by_role("button", name="Rates as a table").click()
    rates = race.page.locator(".roof .twin tbody tr").evaluate_all("all => all.map((row) => row.textContent)")
    assert rates[0] == "matrix product here210100 %" and len(rates) == 1 + len(
        race.scene["race"]["roof"]["marks"]
    )
    race.page.get_by_role("button", name="Rates as a table").click()


def test_a_sweep_that_is_empty_runs_by_one_link_and_a_part_goes_on(race):
    race.show(scene(shown(swept=False)))
    race.page.locator(".empty .link").click()
    assert race.last == {"run": "sweep"}
    race.answer(sweep=race.scene["sweep"] | {"state": "running"})
    expect(race.page.locator(".empty")).to_have_text("The first point is being timed.")
    race.answer(sweep=race.scene["sweep"] | {"state": "empty"})
    race.page.get_by_role("button", name="N: ").click()
    assert race.last == {"axis": "N"}
    race.answer()
    field = race.page.get_by_role("textbox", name=re.compile("Sizes of the sweep"))
    field.fill("3, 5 and 900")
    field.press("Enter")
    assert race.last == {"axis": "K", "values": "3, 5 and 900"}
    race.answer(problem=PROBLEM)
    expect(field).to_have_value("3, 5 and 900")
    race.show(scene(shown()) | {"answered": race.asks[-1]["n"]})
    race.page.get_by_role("button", name="Sweep again").click()
    assert race.last == {"clear": "sweep", "run": "sweep"}
    race.answer(sweep=race.scene["sweep"] | {"state": "partial"})
    expect(race.page.get_by_role("button", name="Clear")).to_be_visible()
    race.page.get_by_role("button", name="Go on").click()
    assert race.last == {"run": "sweep"}
    race.answer()


def test_files_texts_and_the_picture_leave_the_screen_without_a_server(race):
    race.show(scene(shown()))
    page, opened = race.page, race.page.get_by_role("button", name="Export")
    opened.click()
    page.locator(".share").get_by_role("button", name="CSV").first.click()
    assert race.last == {"export": "csv"}
    with page.expect_download() as given:
        race.answer(
            exported={"name": "race.csv", "type": "text/csv", "text": "name,min_s\nnumba-direct,0.0023\n"}
        )
    assert given.value.suggested_filename == "race.csv"
    assert list(csv.reader(io.StringIO(given.value.path().read_text())))[1] == ["numba-direct", "0.0023"]
    opened.click()
    with page.expect_download() as given:
        page.get_by_role("button", name="Picture (PNG)").click()
    data = given.value.path().read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n" and int.from_bytes(data[16:20]) > 2 * 1200
    opened.click()
    page.get_by_role("button", name="Copy: Python").click()
    expect(page.get_by_role("button", name="Copy: Python")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == race.scene["code"]["python"]
    page.get_by_role("button", name="Copy: Link to exactly this").click()
    page.wait_for_function("async () => (await navigator.clipboard.readText()).startsWith('http')")
    page.keyboard.press("Escape")


def test_the_picture_holds_what_the_screen_shows(race):
    race.show(scene(shown(many())))
    drawn = race.page.evaluate(DRAWN)
    words, height = " ".join(word for word, _ in drawn), dict(reversed(drawn))
    lowest = max(height[row["name"]] for row in race.scene["race"]["rows"])
    assert lowest < height["How"], "rows that must be scrolled to are drawn over the rates"
    assert all(row["said"]["min"] in words for row in race.scene["race"]["rows"]) and "Export" not in words
    versions = race.page.locator(".when span").last
    assert race.scene["race"]["versions"].split()[0] in words
    race.page.set_viewport_size({"width": 900, "height": 900})
    assert versions.evaluate("one => one.offsetTop >= one.parentNode.offsetTop + one.parentNode.offsetHeight")
    drawn = race.page.evaluate(DRAWN)
    assert race.scene["race"]["versions"].split()[0] not in [word for word, _ in drawn], (
        "what is out of sight"
    )
    race.page.set_viewport_size({"width": 1280, "height": 720})


def test_ten_rows_stand_on_a_laptop_and_nothing_is_pushed_sideways(race):
    live = many()
    live.rows = dict(list(live.rows.items())[:10])
    race.show(scene(shown(live)))
    assert len(race.names()) == 10
    fits = "list => list.scrollHeight <= list.clientHeight + 1"
    assert race.page.locator(".scroll").evaluate(fits), "ten rows must be scrolled"
    assert race.page.evaluate(
        "document.getElementById('main').scrollHeight <= document.getElementById('main').clientHeight"
    )
    race.show(crowded(scene(shown(many()))))
    for width, height in ((1280, 720), (820, 1180), (1920, 1080)):
        race.page.set_viewport_size({"width": width, "height": height})
        assert race.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        race.page.wait_for_function(
            f"{ROOT}.querySelector('.paper svg').clientWidth === {ROOT}.querySelector('.plot').clientWidth"
        )
        assert race.overlaps(".strip span") == [], f"names of rates stand on each other at {width}"
        assert race.crossed() == [], f"the stem of one rate goes through the name of another at {width}"
        assert race.overlaps(".labels .lb") == []
        least = race.page.locator(".screen-race :is(small, span, b, th, td, p, text):visible").evaluate_all(
            """all => Math.min(...all.filter((one) => one.textContent.trim())
                 .map((one) => parseFloat(getComputedStyle(one).fontSize)))"""
        )
        assert least >= 11
    race.page.set_viewport_size({"width": 1280, "height": 720})


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_any_state(race, axe, theme):
    race.page.emulate_media(color_scheme=theme)
    expect(race.page.locator(".screen-race")).to_have_attribute("data-dark", str(theme == "dark").lower())
    race.show(scene(shown()) | {"problem": PROBLEM})
    assert axe(race.page) == []
    race.page.get_by_role("button", name="yours…").click()
    race.page.evaluate("document.documentElement.toggleAttribute('data-projector', true)")
    race.show(
        scene(
            shown(
                running(
                    ROWS[0],
                    going("numpy-im2col", 0.005),
                    Row("scipy-oa", "cpu", "scipy", "waiting"),
                ),
                swept=False,
            )
        )
    )
    assert axe(race.page) == []
    race.page.keyboard.press("Escape")
    race.page.evaluate("document.documentElement.toggleAttribute('data-projector', false)")


def test_a_screen_that_is_taken_away_leaves_no_listener(race):
    race.page.evaluate("window.leave()")
    assert race.page.evaluate("Object.values(window.listeners).flat().length") == 0
    assert race.page.locator(".screen-race").count() == 0
