"""The figures of benchmarks/dashboard.py, with threefold slack for a busy machine."""

import pytest

from benchmarks import dashboard
from convlab.dashboard.screens import screens
from tests.servers import running

SLACK = 3
PATHS = [f"/{screen.slug}" for screen in screens()]


@pytest.fixture(scope="module")
def server():
    with running() as started:
        for path in PATHS:
            dashboard.crowd(started.base, path, 2)  # what is made once, at the first visit
        yield started


def test_a_second_start_answers_within_three_seconds():
    assert dashboard.start_seconds() < 3 * SLACK


@pytest.mark.parametrize("path", PATHS)
def test_thirty_pages_opened_at_once_are_all_up_in_three_seconds(server, path):
    assert dashboard.crowd(server.base, path, 30) < 3 * SLACK


@pytest.mark.parametrize("path", PATHS)
def test_a_session_takes_less_than_half_a_megabyte(server, path):
    assert dashboard.session_bytes(server.base, path, server.process.pid, 20) < 0.5 * 2**20 * SLACK
