"""The page around every screen: bar, theme, projector, link, toast, size limit, and what happens without a server."""

import re

import pytest
from playwright.sync_api import expect

from convlab.dashboard.screens import screens
from tests.servers import running, start

CHOSEN = "document.documentElement.dataset.theme ?? null"
PAGE_COLOUR = "getComputedStyle(document.body).backgroundColor"
LIGHT, DARK = "rgb(246, 246, 243)", "rgb(13, 15, 19)"


@pytest.fixture(scope="module")
def plain():
    """Give the address of a server whose screens are all the smallest one there can be."""
    with running(plain=True) as server:
        yield server.base


@pytest.fixture
def step(page, plain):
    """Give a page that shows the plain screen."""
    page.goto(f"{plain}/step?v=1&mode=full")
    expect(page.locator("#plain")).to_be_visible()
    return page


def test_a_screen_gets_the_query_of_the_address_and_talks_to_python(step):
    assert step.locator("#query").text_content() == '{"v":"1","mode":"full"}'
    step.get_by_role("button", name="Ask").click()
    expect(step.locator("#answered")).to_have_text("1")


def test_a_screen_fills_the_page_below_the_bar_and_its_floor_sticks(step):
    bar, screen = step.locator(".topbar").bounding_box(), step.locator("#plain").bounding_box()
    assert screen["x"] == 0 and screen["width"] == 1280
    assert abs(screen["y"] - bar["height"]) < 1 and abs(bar["height"] + screen["height"] - 720) < 1
    step.locator("#tall").evaluate("tall => tall.style.height = '1500px'")
    floor = step.locator("#floor").bounding_box()
    assert abs(floor["y"] + floor["height"] - 720) < 1, "the floor has left the window"
    assert step.locator("#tall").bounding_box()["height"] == 1500
    assert step.locator("#main").evaluate("main => { main.scrollTop = 9999; return main.scrollTop }") > 800


def test_the_bar_marks_where_one_is_and_carries_the_state_to_the_other_screens(step):
    current = step.locator("nav.screens a[aria-current=page]")
    assert current.text_content() == "Step"
    other = step.locator("nav.screens a", has_text="Compare")
    assert other.get_attribute("href").endswith("/compare?v=1&mode=full")
    step.evaluate("convlab.setQuery('v=1&mode=same&step=3')")
    assert step.url.endswith("/step?v=1&mode=same&step=3")
    assert other.get_attribute("href").endswith("/compare?v=1&mode=same&step=3")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_screen_passes_axe(open_page, plain, axe, theme):
    page = open_page(color_scheme=theme)
    page.goto(f"{plain}/step")
    expect(page.locator("#plain")).to_be_visible()
    assert page.evaluate(PAGE_COLOUR) == {"light": LIGHT, "dark": DARK}[theme]
    assert axe(page) == []


def test_a_chosen_theme_stays_and_the_systems_own_is_not_kept(open_page, plain):
    page = open_page(color_scheme="light")
    page.goto(plain)
    page.get_by_role("button", name="Switch between light and dark").click()
    assert page.evaluate(PAGE_COLOUR) == DARK
    page.reload()
    assert page.evaluate(CHOSEN) == "dark" and page.evaluate(PAGE_COLOUR) == DARK
    page.get_by_role("button", name="Switch between light and dark").click()
    page.reload()
    assert page.evaluate(CHOSEN) is None and page.evaluate(PAGE_COLOUR) == LIGHT


def test_a_theme_in_the_address_holds_for_the_tab(page, plain):
    page.goto(f"{plain}/?theme=dark")
    assert page.evaluate(PAGE_COLOUR) == DARK
    page.goto(f"{plain}/step")
    assert page.evaluate(PAGE_COLOUR) == DARK
    assert "theme" not in page.locator("nav.screens a").first.get_attribute("href")
    assert page.evaluate("localStorage.getItem('theme')") is None


def test_the_first_paint_has_the_chosen_theme(page, plain):
    page.goto(f"{plain}/?theme=dark")
    page.route("**/static/**", lambda route: None)  # the screen's own scripts never come
    page.goto(f"{plain}/step", wait_until="commit")
    expect(page.locator(".topbar")).to_be_visible()
    assert page.evaluate(PAGE_COLOUR) == DARK


def test_projector_mode_makes_numbers_big_and_says_that_it_is_on(page, plain):
    page.goto(plain)
    size = "parseFloat(getComputedStyle(document.documentElement).getPropertyValue('--fs-3'))"
    before = page.evaluate(size)
    button = page.get_by_role("button", name="Projector mode")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    assert page.evaluate(size) > before
    page.reload()
    expect(button).to_have_attribute("aria-pressed", "true")


def test_the_copied_link_is_the_address_without_what_is_the_readers_own(open_page, plain):
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"{plain}/step?v=1&mode=full&theme=dark#main")
    page.get_by_role("button", name="Copy a link to exactly this").click()
    expect(page.locator("#toast")).to_contain_text("copied")
    assert page.evaluate("navigator.clipboard.readText()") == f"{plain}/step?v=1&mode=full"


def test_a_toast_is_text_and_its_action_runs_once_by_keyboard(page, plain):
    page.goto(plain)
    page.evaluate(
        "convlab.toast(['<img src=x onerror=alert(1)>', 'Stride 9 is not known.'],"
        " { label: 'Undo', run: () => { window.undone = (window.undone ?? 0) + 1 } })"
    )
    toast = page.locator("#toast")
    expect(toast).to_contain_text("<img src=x onerror=alert(1)> Stride 9 is not known.")
    assert toast.locator("img").count() == 0
    toast.get_by_role("button", name="Undo").press("Enter")
    expect(toast).to_be_hidden()
    assert page.evaluate("window.undone") == 1


def test_a_text_that_one_message_cannot_hold_is_told_beforehand(page, plain):
    page.goto(plain)
    limit = page.evaluate("convlab.maxMessageBytes")
    assert limit == 8 * 2**20
    assert page.evaluate("convlab.tooBig('1 2 3')") is None
    assert page.evaluate(f"convlab.tooBig('1 '.repeat({limit // 2 - 40_000}))") is None
    sentence = page.evaluate(f"convlab.tooBig('1 '.repeat({limit // 2}))")
    assert re.search(r"8\.0 MiB of text.*holds 8\.0 MiB.*Paste fewer", sentence)


def test_a_text_just_under_the_limit_arrives(step):
    room = step.evaluate("convlab.maxMessageBytes") - 64 * 1024 - 2
    step.evaluate(
        """(room) => { const root = Bokeh.documents[0].roots()[0]
          root.data.ask = { n: 5, text: "1".repeat(room) } }""",
        room,
    )
    expect(step.locator("#answered")).to_have_text("5", timeout=20_000)


def test_a_script_smuggled_into_the_page_does_not_run(step):
    step.evaluate(
        """() => { const s = document.createElement("div"); document.body.append(s)
          s.innerHTML = "<img src='data:,' onerror='window.smuggled = 1'>"
          const t = document.createElement("script"); t.textContent = "window.smuggled = 2"
          document.body.append(t) }"""
    )
    step.wait_for_timeout(300)
    assert step.evaluate("window.smuggled ?? null") is None
    assert any("Content Security Policy" in fault for fault in step.faults)
    step.faults.clear()


def test_a_query_is_shown_as_text(page, plain):
    page.goto(f"{plain}/step?v=%3Cscript%3Ewindow.bad=1%3C/script%3E")
    expect(page.locator("#query")).to_contain_text("<script>window.bad=1</script>")
    assert page.evaluate("window.bad ?? null") is None


def test_a_fault_in_a_screen_is_a_sentence_and_the_bar_stays(page, plain):
    page.goto(f"{plain}/step?fault=1")
    expect(page.get_by_role("alert").first).to_contain_text("Step could not be made")
    assert "ZeroDivisionError" not in page.content()
    page.get_by_role("link", name="Open it afresh").click()
    expect(page.locator("#query")).to_have_text("{}")
    expect(page.locator("nav.screens a").first).to_be_visible()


def test_a_page_that_does_not_exist_says_so(page, plain, axe):
    page.goto(f"{plain}/nowhere")
    expect(page.get_by_role("heading", name="No such page")).to_be_visible()
    assert axe(page) == []
    page.faults.clear()  # the browser reports the 404 itself


def test_a_dropped_connection_brings_the_page_back_with_the_state_of_the_address(open_page, plain):
    page = open_page()
    page.add_init_script(
        """const Socket = window.WebSocket
        window.WebSocket = class extends Socket { constructor(...a) { super(...a); window.socket = this } }"""
    )
    page.goto(f"{plain}/step?v=1&mode=full")
    expect(page.locator("#plain")).to_be_visible()
    page.evaluate("convlab.setQuery('v=1&mode=half')")
    page.evaluate("window.socket.close()")
    expect(page.locator("#query")).to_have_text('{"v":"1","mode":"half"}', timeout=15_000)
    expect(page.locator("#toast")).to_contain_text("The connection was lost")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("#answered")).to_have_text("1")


def test_a_page_says_that_the_server_is_gone_and_returns_with_its_state(open_page):
    server = start(plain=True)
    page = open_page()
    page.goto(f"{server.base}/step?v=1&mode=full")
    expect(page.locator("#plain")).to_be_visible()
    page.evaluate("convlab.setQuery('v=1&mode=same')")
    server.stop()
    expect(page.locator("#lost")).to_contain_text("does not answer")
    expect(page.locator("#plain")).to_be_visible()
    again = start(plain=True, port=server.port)
    try:
        assert again.port == server.port
        expect(page.locator("#query")).to_have_text('{"v":"1","mode":"same"}', timeout=15_000)
        expect(page.locator("#lost")).to_be_hidden()
        page.get_by_role("button", name="Ask").click()
        expect(page.locator("#answered")).to_have_text("1")
    finally:
        page.goto("about:blank")
        page.faults.clear()  # refused connections, while there was no server
        again.stop()


def test_beyond_loopback_the_printed_address_opens_a_screen_that_lives(open_page):
    with running("--host", "0.0.0.0", plain=True) as server:
        page, token = open_page(), server.address.rpartition("=")[2]
        base = f"http://127.0.0.1:{server.port}"
        page.goto(f"{base}/step")
        expect(page.get_by_role("heading", name="Not from here")).to_be_visible()
        page.faults.clear()  # the browser reports the 403 itself
        page.goto(f"{base}/step?token={token}&v=1")
        assert page.url == f"{base}/step?v=1"
        page.get_by_role("button", name="Ask").click()
        expect(page.locator("#answered")).to_have_text("1")
        page.goto("about:blank")


def test_everything_in_the_bar_is_reached_with_tab_in_reading_order(page, plain):
    page.goto(plain)
    names = []
    for _ in range(5 + len(screens())):
        page.keyboard.press("Tab")
        names.append(
            page.evaluate("(e => e.getAttribute('aria-label') ?? e.textContent)(document.activeElement)")
        )
    assert names == [
        "Skip to the picture",
        "convlab, home",
        *(screen.title for screen in screens()),
        "Projector mode",
        "Switch between light and dark",
        "Copy a link to exactly this",
    ]
