"""How soon a screen is there, with threefold slack on the figures of benchmarks/dashboard.py."""

import pytest

from benchmarks.dashboard import page_seconds
from convlab.dashboard.screens import screens
from tests.browser.conftest import foreign

SLACK = 3
PATHS = ["/", *(f"/{screen.slug}" for screen in screens())]


def ready(path):
    """Return what must be seen before a screen counts as there."""
    return ".hero-art" if path == "/" else "main h1"


@pytest.mark.parametrize("path", PATHS)
def test_a_first_page_load_takes_less_than_a_second_and_a_half(browser, app, path):
    page_seconds(browser, app + path, ready(path), times=1)  # what the server makes once
    assert page_seconds(browser, app + path, ready(path), times=3) < 1.5 * SLACK


@pytest.mark.parametrize("path", PATHS)
def test_a_page_comes_up_even_when_every_other_machine_is_silent(open_page, app, path):
    page = open_page()
    # Requests to anywhere else are neither answered nor refused, as in a class room behind a black hole.
    page.route("**/*", lambda route: None if foreign([route.request.url]) else route.continue_())
    page.goto(app + path)
    page.locator(ready(path)).first.wait_for(timeout=5000 * SLACK)
