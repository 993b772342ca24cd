"""A machine that is only pretended: its time passes when something is done, so a timer can be judged to the digit.

Lesson 12 hands four functions of it to a timer: ``make()`` draws operands, ``call(x)`` begins a convolution and
returns a promise, ``is_right(y)`` checks the result of one, and ``clock()`` tells the time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from convlab.timing.words import duration

READ_NS = 1000  # what it takes to read the clock
NS = 1e9


@dataclass(frozen=True)
class Setting:
    """What happens on a pretended machine.

    Attributes
    ----------
    work_s : float
        Seconds of one convolution: what a timer should find.
    first_s : float
        Seconds that the first call takes on top, to compile.
    make_s, check_s : float
        Seconds to draw operands, and to check an answer.
    launch_s : float
        When it is not 0, a call returns after so many seconds, and the work goes on elsewhere.
    step_s : float
        By how much the clock moves at once.
    slow : tuple of float
        How many times as long everything takes during one measurement after another, since others use the machine
        too; then it begins again. A measurement lasts from one reading of the clock to the next but one.
    is_right : bool
        Whether the answer is right.
    """

    work_s: float = 2e-3
    first_s: float = 0.0
    make_s: float = 0.0
    check_s: float = 0.0
    launch_s: float = 0.0
    step_s: float = 1e-6
    slow: tuple[float, ...] = (1.0,)
    is_right: bool = True

    @property
    def difficulties(self) -> frozenset[str]:
        """What makes it harder than a quiet machine on which nothing takes time but the work.

        Examples
        --------
        >>> sorted(Setting(first_s=0.4, is_right=False).difficulties)
        ['first call', 'wrong answer']
        """
        there = {
            "first call": self.first_s > 0, "data": self.make_s > 0, "check": self.check_s > 0,
            "elsewhere": self.launch_s > 0, "coarse clock": self.step_s >= self.work_s,
            "others": set(self.slow) != {1.0}, "wrong answer": not self.is_right,
        }  # fmt: skip
        return frozenset(name for name, is_there in there.items() if is_there)


class Told(NamedTuple):
    """One of the four functions, in words; it knows the setting, for the definition."""

    setting: Setting
    words: str

    def __str__(self) -> str:
        return self.words


def told(setting: Setting) -> tuple[Told, Told, Told, Told]:
    """Return what a learner reads in place of make, call, is_right and clock.

    Examples
    --------
    >>> [str(one) for one in told(Setting(first_s=0.4))]
    ['<at once>', '<402 ms, then 2.00 ms each>', '<at once, True>', '<steps of 1.00 µs>']
    """
    work = duration(setting.work_s)
    call = f"{duration(setting.first_s + setting.work_s)}, then {work} each" if setting.first_s else work
    call += f", back after {duration(setting.launch_s)}" * (setting.launch_s > 0)
    if set(setting.slow) != {1.0}:
        call += f"; others slow it down {', '.join(f'{one:g}' for one in setting.slow)} times"
    words = (_takes(setting.make_s), call, f"{_takes(setting.check_s)}, {setting.is_right}")
    return tuple(Told(setting, f"<{one}>") for one in (*words, f"steps of {duration(setting.step_s)}"))


def setting_of(function: Callable | Told) -> Setting:
    """Return the setting of a pretended function, or of its words.

    Examples
    --------
    >>> make, call, is_right, clock = Machine(Setting(work_s=0.25)).functions
    >>> setting_of(call) == setting_of(told(Setting(work_s=0.25))[1])
    True
    """
    return function.setting if isinstance(function, Told) else function.__self__.setting


def _takes(seconds: float) -> str:
    return duration(seconds) if seconds else "at once"


class Promise:
    """What a call returns: the result is there when `result` has returned, as with `concurrent.futures`."""

    def __init__(self, machine: Machine, ready_ns: int) -> None:
        self._machine, self._ready_ns = machine, ready_ns

    def result(self) -> Answer:
        """Wait until the work is done, and return its answer."""
        self._machine.now_ns = max(self._machine.now_ns, self._ready_ns)
        return Answer(self._machine)


class Operands:
    """What a call takes."""


@dataclass(frozen=True, eq=False)
class Answer:
    """What is computed."""

    machine: Machine


class Machine:
    """A pretended machine in a setting, at the time 0.

    Examples
    --------
    >>> make, call, is_right, clock = Machine(Setting(work_s=0.25)).functions
    >>> began, y = clock(), call(make()).result()
    >>> round(clock() - began, 3), is_right(y)
    (0.25, True)
    """

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.now_ns = self._busy_ns = self._reads = self._calls = 0

    @property
    def functions(self) -> tuple[Callable, Callable, Callable, Callable]:
        """The functions make, call, is_right and clock."""
        return self._make, self._call, self._is_right, self._clock

    def _takes_ns(self, seconds: float) -> int:
        slow = self.setting.slow[(self._reads - 1) // 2 % len(self.setting.slow)] if self._reads else 1.0
        return round(seconds * NS * slow)

    def _make(self) -> Operands:
        self.now_ns += self._takes_ns(self.setting.make_s)
        return Operands()

    def _call(self, x: Operands) -> Promise:
        if not isinstance(x, Operands):
            raise TypeError(f"call takes what make() returned, not {type(x).__name__}")
        setting, self._calls = self.setting, self._calls + 1
        if self._calls == 1:
            self.now_ns += self._takes_ns(setting.first_s)
        self.now_ns += self._takes_ns(setting.launch_s)
        self._busy_ns = max(self._busy_ns, self.now_ns) + self._takes_ns(setting.work_s)
        if not setting.launch_s:
            self.now_ns = self._busy_ns
        return Promise(self, self._busy_ns)

    def _is_right(self, y: Answer) -> bool:
        self.now_ns += self._takes_ns(self.setting.check_s)
        return isinstance(y, Answer) and self.setting.is_right  # a promise is no answer

    def _clock(self) -> float:
        self.now_ns += READ_NS
        self._reads += 1
        step_ns = round(self.setting.step_s * NS)
        return self.now_ns // step_ns * step_ns / NS
