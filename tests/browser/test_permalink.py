"""The address of the real dashboard holds the state: kept while working, back after a reload, told when it is bad."""

from playwright.sync_api import expect

from convlab.dashboard.state.query import from_query
from tests.browser.dashboard_page import DashboardStep


def test_what_is_changed_stands_in_the_address_and_comes_back(page, app):
    step = DashboardStep(page, app, "?preset=S000at")
    step.mode("same")
    step.address_holds(v=1, preset="S000at", mode="same")
    step.root.get_by_role("button", name="larger stride").click()
    step.address_holds(stride=2)
    step.root.get_by_role("switch", name="flip the filter").click()
    step.address_holds(flip=0)
    page.keyboard.press("End")
    step.address_holds(step=8, tap=8)
    shown = step.values("Output y")
    page.reload()
    again = DashboardStep(page, app, "?" + page.url.partition("?")[2])
    assert again.at == (8, 8) and again.values("Output y") == shown
    expect(again.root.get_by_role("heading", level=1)).to_contain_text("Cross-correlation")
    asked = from_query(again.query)
    assert (asked.question.mode, asked.question.stride, asked.question.flip) == ("same", (2, 2), False)


def test_numbers_that_were_typed_come_back(page, app):
    step = DashboardStep(page, app, "?preset=sobel")
    step.edit("filter w", "1 -2.5\nnan 1e3")
    step.page.wait_for_function("() => location.search.includes('w=2x2')")
    page.reload()
    step = DashboardStep(page, app, "?" + page.url.partition("?")[2])
    assert step.values("Filter w as given") == ["1", "−2.5", "NaN", "1000"]
    assert from_query(step.query).question.w[0, 0, 0].tolist() == [1, -2.5]


def test_stepping_changes_the_address_and_sends_nothing(page, app):
    step = DashboardStep(page, app, "?preset=S000at")
    step.stay()
    sent = len(step.sent)
    for _ in range(12):
        page.keyboard.press("ArrowRight")
    step.address_holds(step=1, tap=3)
    page.keyboard.press(" ")
    step.wait("Number(root.dataset.step) > 1")
    page.keyboard.press(" ")
    step.stay()
    assert len(step.sent) == sent


def test_the_links_to_other_screens_carry_the_state(page, app):
    step = DashboardStep(page, app, "?preset=S000at&columns=naive,theano")
    step.mode("half")
    step.address_holds(mode="half", columns="naive,theano")
    for link in page.locator("nav.screens a").all():
        href = link.get_attribute("href")
        assert "mode=half" in href and "preset=S000at" in href and "columns=naive" in href


BAD = {
    "?stride=99": "The address says stride=99: stride here goes from 1 to 8. It stays 1.",
    "?preset=nope": "The address says preset=nope",
    "?mode=%3Cimg%20src%3Dx%20onerror%3D%22window.evil%3D1%22%3E": "The address says mode=<img src=x onerror=",
    "?v=7": "The address says v=7: this convlab writes version 1.",
    "?colour=red": "The address says colour=red: this is not a key of the state.",
    "?step=999999": "The address says step=999999",
    "?x=5x5:1,2": "needs 25 values, 2 are given",
}


def test_a_bad_value_falls_back_and_is_told(page, app):
    for query, notice in BAD.items():
        step = DashboardStep(page, app, query)
        expect(page.get_by_role("status").filter(has_text=notice)).to_be_visible()
        assert step.values("Filter w as given") == [str(n) for n in range(1, 10)]
        assert page.evaluate("window.evil") is None and page.locator("img[src=x]").count() == 0
        step.address_holds(v=1, preset="S000at")
        assert set(step.query) <= {"v", "preset", "mode", "step", "tap"}


def test_an_address_of_two_thousand_characters_is_followed(page, app):
    values = ",".join(str((i * 37) % 1000) for i in range(256))
    step = DashboardStep(page, app, f"?v=1&preset=S000at&mode=same&x=16x16:{values}&step=255&tap=8")
    assert step.at == (255, 8) and step.values("Filter w as given")[0] == "1"
    assert from_query(step.query).question.x.ravel().tolist() == [(i * 37) % 1000 for i in range(256)]
