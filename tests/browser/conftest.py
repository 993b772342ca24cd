"""Fixtures of the browser tests: a Chromium without network, the dashboard as a person starts it, and axe.

Every page fails its test when it asks anything of another machine, and when a script fails in it. Without a
browser the tests are skipped with the reason; CONVLAB_REQUIRE_BROWSER=1 turns that into a failure.
"""

import os
import shutil
from urllib.parse import urlsplit

import pytest

from tests.servers import running

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1",
]
LOCAL = {"localhost", "127.0.0.1", ""}  # "" is the host of data: and blob:
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SIZES = {"laptop": (1280, 720), "large": (1920, 1080), "tablet": (820, 1180)}


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


def chromium():
    """Return the installed browser, or None for the one that playwright brings."""
    # The shell is the same engine without a window around it: a page costs it a third less.
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CONVLAB_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


def no_browser(reason):
    if os.environ.get("CONVLAB_REQUIRE_BROWSER") == "1":
        pytest.fail(f"A browser is required here: {reason}", pytrace=False)
    pytest.skip(f"no browser: {reason}")


@pytest.fixture(scope="module")
def browser():
    """Give a Chromium that can reach this machine only.

    One per module, not per session: while playwright is on, nothing else in this thread can run an event loop.
    """
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError as error:
        no_browser(str(error))
    with sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        except Error as error:
            no_browser(str(error).splitlines()[0])
        yield started
        started.close()


@pytest.fixture
def open_page(browser):
    """Give a function that opens a page: ``open_page(size="tablet", color_scheme="dark", ...)``.

    When the test is over, each page must have asked this machine only, and no script in it may have failed.
    A test that expects a failure empties ``page.faults``.
    """
    contexts, pages = [], []

    def open_(size="laptop", *, motion="reduce", **options):
        width, height = SIZES[size] if isinstance(size, str) else size
        options = {"viewport": {"width": width, "height": height}, "reduced_motion": motion, **options}
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.asked, page.faults = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("websocket", lambda socket: page.asked.append(socket.url))
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on("console", lambda said: said.type == "error" and page.faults.append(said.text))
        pages.append(page)
        return page

    yield open_
    for page in pages:
        page.unroute_all(behavior="ignoreErrors")
    for context in contexts:
        context.close()
    for page in pages:
        assert foreign(page.asked) == []
        assert page.faults == []


def foreign(addresses):
    """Return those addresses that leave this machine."""
    return sorted({address for address in addresses if (urlsplit(address).hostname or "") not in LOCAL})


@pytest.fixture
def page(open_page):
    """Give one page: light, 1280 x 720, reduced motion."""
    return open_page()


@pytest.fixture(scope="session")
def app():
    """Give the address of the real dashboard, served by a process of its own."""
    with running() as server:
        yield server.base


@pytest.fixture
def compare(app, open_page):
    """Give a function that opens Compare at a query, on a page of its own."""
    from tests.browser.compare_page import opened

    def open_(query="preset=S000at", **options):
        return opened(open_page(**options), app, query)

    return open_


@pytest.fixture(scope="session")
def axe():
    """Give a function that returns what axe-core finds wrong with a page (WCAG A and AA), shadow roots too."""
    from axe_playwright_python.sync_playwright import Axe

    def violations(page):
        # Asked for violations only, axe need not write down the thousands of cells that pass: a third of the time.
        options = {"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"]}
        found = Axe().run(page, options=options).response["violations"]
        return [
            (rule["id"], node["html"][:160], node.get("failureSummary", ""))
            for rule in found
            for node in rule["nodes"]
        ]

    return violations
