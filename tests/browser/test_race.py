"""The Race picture in a real browser: rows that fill, menus, and a no that keeps what is there."""

import re
from math import log

import pytest
from playwright.sync_api import expect

from convlab.dashboard.state.race.course import Course
from convlab.dashboard.state.race.live import Live
from convlab.dashboard.state.race.scene import Shown
from convlab.timing.races.result import Row
from tests.browser.race_page import PROBLEM, ROOT, going, opened, running, scene, shown
from tests.race_stand_ins import ROWS, timed
from tests.race_stand_ins import race as raced


@pytest.fixture(scope="module")
def race(browser):
    """Give one page for the whole module; each test shows the scene that it needs."""
    with opened(browser) as page:
        yield page


def test_a_finished_race_says_who_wins_whether_it_is_right_and_what_it_took(race):
    made = scene(shown())
    race.show(made)
    assert race.names() == [row["name"] for row in made["race"]["rows"]]
    expect(race.page.locator(".say p")).to_contain_text("numba-direct is fastest here")
    assert race.page.locator(".say b").all_text_contents() == ["numba-direct"]
    won = race.row("numba-direct")
    expect(won.locator(".badge")).to_have_text("fastest here")
    assert won.locator("td.n > span").all_inner_texts()[0] == "2.30 ms"
    expect(won.locator("td.t small")).to_have_text("2.35 ms ± 46.0 µs")
    assert (
        won.locator("td.n").nth(2).inner_text().split("\n") == ["6.90 ms", "compile"]
        or "6.90 ms" in won.inner_text()
    )
    expect(won.locator("td.n").last).to_contain_text("2.0 MiB peak")
    scale = made["race"]["scale"]
    for row in made["race"]["rows"]:
        if row["state"] == "timed":
            there = log(row["min_s"] / scale["low_s"]) / log(scale["high_s"] / scale["low_s"])
            assert race.bar(row["name"]) == pytest.approx(there, abs=1e-3)
    expect(race.row("scipy-fft").locator("th em")).to_have_text("noisy")
    expect(race.row("numpy-im2col").locator("td.e small")).to_contain_text("sampled")
    dot, bound = (race.row("scipy-fft").locator(f".err {tag}").bounding_box()["x"] for tag in ("i", "u"))
    assert dot < bound


def test_rows_that_have_no_time_say_why_and_their_button_asks_for_what_fits(race):
    race.show(scene(shown()))
    expect(race.row("numba-legacy").locator(".verdict")).to_have_text("wrong")
    expect(race.row("scipy-oa").locator(".verdict")).to_have_text("stopped")
    expect(race.row("numpy-loops").locator(".verdict")).to_have_text("left out")
    refused = race.row("numba-c01b")
    expect(refused.locator(".verdict")).to_have_text("not by this backend")
    expect(refused).to_contain_text("It takes filters by the 16. Use 16 filters.")
    refused.get_by_role("button", name="Use w 16 × 1 × 11 × 11").click()
    assert race.last == {"w": "16x1x11x11"}
    assert race.page.locator("tr.no .bar").count() == 0 and race.page.locator("tr.win").count() == 1
    race.answer()


def test_ties_are_drawn_alike_and_recorded_rows_are_hatched_and_never_ranked(race):
    made = scene(shown())
    by_name = {row["name"]: row for row in made["race"]["rows"]}
    by_name["numba-direct"].update(win=False, tie=True)
    by_name["numpy-im2col"].update(tie=True)
    by_name["scipy-fft"].update(recorded={"where": "machine R", "when": "Nov 2026"})
    race.show(made)
    assert race.page.locator(".badge").all_text_contents() == ["tie", "tie"]
    colour, other, kept = (
        race.row(name)
        .locator(".v")
        .evaluate("bar => [getComputedStyle(bar).backgroundColor, getComputedStyle(bar).backgroundImage]")
        for name in ("numba-direct", "numpy-im2col", "scipy-fft")
    )
    assert colour == other != kept and "repeating-linear-gradient" in kept[1]
    expect(race.row("scipy-fft")).to_contain_text("recorded: machine R, Nov 2026")


def test_a_race_fills_row_by_row_and_is_told_once_for_each(race):
    race.show(scene(shown(running(), swept=False)))
    race.page.evaluate(
        f"""() => {{
          window.told = []
          const live = {ROOT}.querySelector(':scope > [aria-live=polite]')
          const how = {{ childList: true, characterData: true, subtree: true }}
          new MutationObserver(() => window.told.push(live.textContent)).observe(live, how)
        }}"""
    )
    waiting, busy = (
        Row("scipy-fft", "cpu", "scipy", "waiting"),
        going("numpy-im2col", 0.0051, blocks=3),
    )
    race.news(running(waiting, busy, progress=0.25))
    expect(race.row("numpy-im2col").locator(".busy")).to_have_text("3 of 7 blocks")
    assert race.row("numpy-im2col").locator(".track i").evaluate("bar => bar.style.width").startswith("42.85")
    expect(race.page.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "25")
    expect(race.page.get_by_role("button", name="Stop")).to_be_visible()
    button = race.row("numpy-im2col").get_by_role("button")
    button.focus()
    for blocks in (4, 5):
        race.news(running(waiting, going("numpy-im2col", 0.005, blocks=blocks)))
    done = running(waiting, timed("numpy-im2col", 0.005))
    race.news(done)
    race.news(done)
    expect(race.row("numpy-im2col").locator(".busy")).to_be_hidden()
    expect(button).to_be_focused()
    race.news(shown().live)
    expect(button).to_be_focused()
    expect(race.page.get_by_role("button", name="Race again")).to_be_visible()
    assert race.names()[0] == "numba-direct"
    told = race.page.evaluate("window.told")
    assert len(told) == 2 and told[0].startswith("numpy-im2col: 5.00 ms") and "fastest here" in told[1]


def test_keys_start_and_stop_but_a_field_keeps_its_own(race):
    race.show(scene(shown(swept=False)))
    race.page.locator(".say").click()
    before = len(race.asks)
    race.page.keyboard.press("r")
    assert race.last == {"run": "race"}
    race.answer(**{"race": scene(shown(running()))["race"]})
    race.page.keyboard.press("Escape")
    assert race.last == {"stop": True}
    race.answer(**{"race": scene(shown())["race"]})
    field = race.page.get_by_role("textbox", name=re.compile("Sizes of the sweep"))
    field.focus()
    race.page.keyboard.type("r")
    assert len(race.asks) == before + 2
    race.page.keyboard.press("Escape")
    assert field.input_value() == race.scene["sweep"]["text"]


def test_a_refused_shape_loses_nothing_of_what_is_there_or_was_typed(race):
    race.show(scene(shown()))
    rows, chart = race.names(), race.page.locator(".paper svg").inner_html()
    race.page.get_by_role("button", name="yours…").click()
    field = race.page.get_by_role("textbox", name="x: images, channels, space")
    field.fill("100000x1x100x100")
    race.page.get_by_role("textbox", name="stride").fill("2")
    field.press("Enter")
    assert race.last == {"x": "100000x1x100x100", "stride": "2"}
    race.answer(problem=PROBLEM)
    inside = race.page.locator(".own .refusal")
    expect(inside).to_contain_text("x alone takes 57.6 GiB")
    expect(field).to_have_value("100000x1x100x100")
    assert race.names() == rows and race.page.locator(".paper svg").inner_html() == chart
    expect(race.page.locator(".ask > .refusals .refusal")).to_have_count(0)
    race.page.keyboard.press("Escape")
    race.page.get_by_role("button", name="yours…").click()
    expect(field).to_have_value("100000x1x100x100")
    inside.get_by_role("button", name="Use 3475 images").click()
    assert race.last == {"x": "3475x1x100x100"}
    race.answer(problem=None)
    expect(race.page.locator(".own")).to_be_hidden()


def test_a_refusal_that_was_put_away_stays_away_while_news_come(race):
    race.show(scene(shown(running())))
    race.show(race.scene | {"problem": PROBLEM})
    refusal = race.page.locator(".ask > .refusals .refusal")
    expect(refusal).to_contain_text("over a limit")
    refusal.get_by_role("button", name="Put this away").click()
    race.news(running(ROWS[0]))
    expect(refusal).to_have_count(0)


def test_workloads_are_found_by_words_and_chosen(race):
    race.show(scene(shown()))
    quick = race.page.locator(".few button")
    assert [one["title"] for one in race.scene["quick"]] == quick.all_text_contents()
    expect(quick.first).to_have_attribute("aria-pressed", "true")
    race.page.get_by_role("button", name="more").click()
    race.page.get_by_role("textbox", name="Find a layer").fill("deepbench 5 x 20")  # a size is one word
    texts = race.page.locator(".works li:visible button").all_text_contents()
    assert texts and all("5 × 20" in text for text in texts)
    race.page.get_by_role("textbox", name="Find a layer").fill("deepbench 7 x 7 832")
    found = race.page.locator(".works li:visible button")
    assert 0 < found.count() < 12 and all("832" in text for text in found.all_text_contents())
    id_ = next(
        one["id"]
        for group in race.scene["workloads"]
        for one in group["items"]
        if one["title"] == found.first.locator("b").inner_text()
    )
    found.first.click()
    assert race.last == {"workload": id_}
    race.answer()


def test_backends_are_chosen_in_a_menu_that_keeps_its_place(race):
    race.show(scene(shown()))
    head = race.page.locator(".choose")
    own = [one for one in race.scene["choice"]["names"] if not one.get("peer")]
    expect(head).to_have_text(f"{len(own)} of {len(own)} backends")
    head.click()
    box = race.page.get_by_role("checkbox", name=re.compile("^numpy-loops"))
    box.uncheck()
    assert "numpy-loops" not in race.last["backends"] and "numpy-im2col" in race.last["backends"]
    names = [one | {"chosen": one["name"] != "numpy-loops"} for one in race.scene["choice"]["names"]]
    race.answer(choice=race.scene["choice"] | {"names": names, "all": False})
    expect(race.page.get_by_role("checkbox", name=re.compile("^numpy-loops"))).to_be_focused()
    box.check()
    race.answer(problem=PROBLEM)
    expect(box).not_to_be_checked()  # what was refused is taken back where it was asked
    race.page.locator(".choice").get_by_role("button", name="all", exact=True).click()
    assert race.last == {"backends": None}
    race.page.locator(".choice").get_by_role("button", name="5 s", exact=True).click()
    assert race.last == {"budget_s": 5}
    race.answer()
    asked, none = len(race.asks), race.page.locator(".choice").get_by_role("button", name="none", exact=True)
    none.click()
    assert race.page.locator(".choice input:checked").count() == 0 and len(race.asks) == asked
    expect(race.page.locator(".choice").get_by_role("status")).to_contain_text("until one is")
    box.check()
    assert race.last == {"backends": ["numpy-loops"]}
    race.answer()
    race.page.keyboard.press("Escape")
    expect(head).to_be_focused()


def test_before_a_race_the_likely_fastest_stand_on_top_and_no_refusal_between_those_that_run(race):
    made = scene(Shown(Course(), Live()))
    race.show(made)
    chosen = [one for one in made["choice"]["names"] if one["chosen"]]
    assert race.names() == [one["name"] for one in sorted(chosen, key=lambda one: one["place"])]
    kinds = [bool(one["says"]) for one in sorted(chosen, key=lambda one: one["place"])]
    assert kinds == sorted(kinds) and race.row(race.names()[-1]).locator(".verdict").count() == 1
    expect(race.page.locator(".say p")).to_contain_text(
        f"Race {kinds.count(False)} backends; the likely fastest"
    )


def test_no_name_breaks_at_its_hyphen_and_the_winners_is_whole_beside_its_badge(race):
    rows = timed("numba-winograd-f2", 1e-3), timed("numba-tiles", 2e-3, is_exact=True)
    live = Live()
    live.end(raced(rows))
    race.show(scene(shown(live)))
    expect(race.page.locator(".say p")).to_contain_text("exact on whole numbers is numba-tiles, 2.0× behind")
    lines = "each => [...each.querySelectorAll('b, span')].map((one) => one.getClientRects().length)"
    assert race.page.locator(".say p").evaluate(lines) == [1, 1, 1]
    name = race.row("numba-winograd-f2").locator(".name b")
    assert name.evaluate("one => one.scrollWidth <= one.clientWidth")


def test_the_card_of_a_row_tells_all_that_stands_behind_its_bar(race):
    race.show(scene(shown()))
    race.row("numba-direct").get_by_role("button").click()
    card = race.page.locator(".card:popover-open")
    for text in (
        "2.30 ms of 9 blocks of 3 calls",
        "rounding, 5 % of the bound",
        "every output",
        "compile 520 ms",
        "2.0 MiB measured",
        "GFLOP/s",
    ):
        expect(card).to_contain_text(text)
    race.page.keyboard.press("Escape")
    race.page.locator(".when").click()
    expect(race.page.locator(".card:popover-open")).to_contain_text("a processor")
    race.page.keyboard.press("Escape")


def test_a_place_in_the_queue_is_told_and_can_be_left(race):
    live = shown().live
    live.queue()
    slot = {"state": "waiting", "ahead": 2, "wait_s": 14.0, "sentence": "2 ahead, about 14 s"}
    race.show(scene(shown(live, slot=slot)))
    expect(race.page.locator(".chip")).to_have_text("2 ahead, about 14 s")
    race.page.get_by_role("button", name="Leave the queue").click()
    assert race.last == {"stop": True}
    race.answer()
