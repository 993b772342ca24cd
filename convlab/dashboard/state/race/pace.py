"""How often a page is told: at once after a pause, else as soon as enough time has passed, and never twice for one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context

LEAST_S = (
    0.2  # between two messages: five a second are smooth enough, and cost the timed process next to nothing
)


class Pace:
    """Calls `act` no more often than every `least_s` seconds; what is asked in between is done once, at the end.

    Parameters
    ----------
    act : callable
    least_s : float
    """

    def __init__(self, act: Callable[[], None], least_s: float = LEAST_S) -> None:
        self.act, self.least_s = act, least_s
        self._last, self._timer, self._closed = float("-inf"), None, False

    def ask(self) -> None:
        """Have it called soon. The call has no context of whoever asks."""
        if self._timer is not None or self._closed:
            return
        loop = asyncio.get_running_loop()
        due = max(0.0, self._last + self.least_s - loop.time())
        self._timer = loop.call_later(due, self._go, context=Context())

    def close(self) -> None:
        """Forget what was asked, and take no more."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None

    def _go(self) -> None:
        self._timer, self._last = None, asyncio.get_running_loop().time()
        self.act()
