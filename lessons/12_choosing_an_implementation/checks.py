"""Lesson 12: what is asked, and the ways of being wrong about it."""

from math import ceil
from statistics import fmean, median

from convlab.workshop import Case, Exercise, Mistake
from convlab.workshop.pretended import Machine, Setting, setting_of, told

SETTINGS = {  # what is added to a quiet machine
    "all": [
        {"work_s": 3e-3, "first_s": 0.5, "make_s": 0.011, "check_s": 0.007, "launch_s": 2e-5, "slow": (2.5, 1.5, 1)},
        {"work_s": 8e-4, "first_s": 0.9, "make_s": 0.002, "step_s": 1e-3, "slow": (1.5, 1), "is_right": False},
    ],
    "nothing": [{}, {"work_s": 0.013}, {"work_s": 4.7e-4}],
    "first call": [{"first_s": 0.4}, {"work_s": 5e-3, "first_s": 0.65}, {"work_s": 6e-4, "first_s": 1.3}],
    "data": [{"make_s": 0.006}, {"work_s": 3e-3, "make_s": 0.02}, {"work_s": 7e-3, "make_s": 0.009}],
    "check": [{"check_s": 0.005}, {"work_s": 3e-3, "check_s": 0.03}, {"work_s": 8e-3, "check_s": 0.011}],
    "elsewhere": [
        {"launch_s": 1e-5},
        {"work_s": 5e-3, "launch_s": 2e-5},
        {"work_s": 0.04, "launch_s": 4e-5},
    ],
    "coarse clock": [
        {"work_s": 7.7e-4, "step_s": 1e-3},
        {"work_s": 5.7e-4, "step_s": 1e-3},
        {"work_s": 2.9e-3, "step_s": 0.015625},  # 64 steps in a second, as Windows has them
    ],
    "others": [
        {"slow": (2.5, 1.5, 1)},
        {"work_s": 6e-3, "slow": (1.5, 2.5, 1)},
        {"work_s": 9e-4, "slow": (1.5, 1, 2.5)},
    ],
    "wrong answer": [{"is_right": False}, {"work_s": 4e-3, "is_right": False}, {"work_s": 7e-4, "is_right": False}],
}  # fmt: skip
ENOUGH = 50  # steps of the clock in a block, so that it is known within the tolerance
TOLERANCE = 0.03  # of the seconds: what is left of a coarse clock, and of what it takes to begin
FEW = (1, 2, 3, 4, 5, 7, 10, 20)  # how many calls people time
MANY = (*FEW, 50, 100, 1000)


def case(setting, expected=None):
    """Return a case; the functions of its machine are made anew for every call."""
    return Case(told(setting), expected, lambda: Machine(setting).functions)


def cases(rng):
    """Take all difficulties at once, then none, then one at a time; nothing has to be drawn."""
    for setting in (Setting(**one) for settings in SETTINGS.values() for one in settings):
        yield case(setting)


def definition(make, call, is_right, clock):
    """Return the seconds that the setting gives to the work, and whether the answer is right."""
    return setting_of(call).work_s, setting_of(call).is_right


def only(*names):
    """Return what tells whether a machine adds exactly these difficulties."""
    return lambda make, call, *rest: setting_of(call).difficulties == set(names)


def timer(
    *,
    warm=True,
    data=0,
    check=0,
    wait=True,
    loops=None,
    blocks=7,
    keep=min,
    idle=0,
    then=lambda seconds: seconds,
):
    """Return a timer that lies as it is told, about the seconds alone.

    Parameters
    ----------
    warm : bool or None
        Call once before the clock starts; None does where the first call takes longer.
    data, check : int
        How often operands are drawn, and the answer checked, in a block: 0, 1, or -1 for every call.
    wait : bool
    loops : int, optional
        Calls in a block; as many as the clock needs, if left out.
    blocks : int
    keep : callable of (list of float) -> float
    idle : int
        How often the clock is read before, as by someone who first looks how long a block has to be.
    then : callable of (float) -> float
        What is done with the seconds in the end.
    """

    def answer(make, call, is_right, clock):
        setting = setting_of(clock)  # it may look, so that it lies about one thing only
        count = loops or ceil(ENOUGH * setting.step_s / setting.work_s)
        x, calls_s = make(), []
        if warm or (warm is None and setting.first_s):
            call(x).result()
        for _ in range(idle):
            clock()
        for _ in range(blocks):
            began = clock()
            for n in range(count):
                promise = call(make() if data == -1 or (data and not n) else x)
                if check == -1 or (check and n == count - 1):
                    is_right(promise.result())
            if wait:
                promise.result()
            calls_s.append((clock() - began) / count)
        return then(keep(calls_s)), None

    return answer


def changed(change):
    """Return the right timer, with its seconds changed in the end."""
    return timer(blocks=3, then=change)


def says(word):
    """Return the answer that knows the seconds and says something else about the answer."""
    return lambda make, call, is_right, clock: (None, word(is_right, call(make())))


def first(calls_s):
    """Take the first."""
    return calls_s[0]


PHASES = range(0, 6, 2)  # with which measurement the others begin to disturb
OF_THE_TIMER = (  # in the order of how well they hide
    Mistake(
        "unchecked",
        "A wrong answer got its time, and was called right. Nothing is easier than to be fast and wrong: "
        "hand the result to is_right before you time anything.",
        (says(lambda is_right, promise: True),),
        alone_when=only("wrong answer"),
    ),
    Mistake(
        "one measurement",
        "You measured once. Others use the machine too, and whatever disturbs makes a time longer, never shorter: "
        "measure several times, and keep the least.",
        tuple(timer(blocks=1, keep=first, idle=idle) for idle in PHASES),
        alone_when=only("others"),
    ),
    Mistake(
        "mean",
        "You took the mean of your measurements. It holds every disturbance, in parts. "
        "Nothing makes a machine faster than it is: keep the least.",
        tuple(timer(blocks=n, keep=fmean, idle=idle) for n in (2, 3, 4, 5, 7, 8, 10) for idle in PHASES),
        alone_when=only("others"),
    ),
    Mistake(
        "median",
        "You took the median. That is right as long as most measurements are undisturbed, and here most are not: "
        "keep the least.",
        tuple(timer(blocks=n, keep=median, idle=idle) for n in (3, 4) for idle in PHASES),
        alone_when=only("others"),
    ),
    Mistake(
        "largest",
        "You kept the longest time: that is the worst disturbance, not the work.",
        (timer(blocks=3, keep=max), timer(blocks=7, keep=max)),
        alone_when=only("others"),
    ),
    Mistake(
        "too short",
        "Your blocks are too short for this clock. It moves in steps, and a block of a few steps is known to a few "
        "steps: call so often that a block takes a thousand of them, and divide.",
        tuple(
            timer(loops=n, blocks=blocks, warm=warm)
            for n in FEW
            for blocks in (7, 1)
            for warm in (True, None)
        ),
        alone_when=only("coarse clock"),
    ),
    Mistake(
        "first call",
        "The first call is in it. It imports, compiles and plans: that is worth knowing, but apart. "
        "Call once before the clock starts.",
        tuple(timer(warm=False, loops=n, blocks=1) for n in MANY),
        alone_when=only("first call"),
    ),
    Mistake(
        "data",
        "You timed the drawing of operands too. Draw them once, before the clock starts, and use them in every call.",
        (timer(data=-1, blocks=3), *(timer(data=1, loops=n, blocks=3) for n in FEW)),
        alone_when=only("data"),
    ),
    Mistake(
        "check",
        "You timed the check too. Check once, before the clock starts.",
        (timer(check=-1, blocks=3), *(timer(check=1, loops=n, blocks=3) for n in FEW)),
        alone_when=only("check"),
    ),
    Mistake(
        "unfinished",
        "You stopped the clock when the call came back, and the work had only begun. "
        "Wait for the result of the last call, inside the block.",
        (timer(wait=False, blocks=3),),
        alone_when=only("elsewhere"),
    ),
)

OF_THE_NUMBER = (
    Mistake(
        "not divided",
        "You returned the time of all calls. Asked for is one: divide by how many there were.",
        tuple(changed(lambda seconds, n=n: seconds * n) for n in MANY[1:-1]),
    ),
    Mistake(
        "a thousand times",
        "Your time is a thousand times too long. Either these are milliseconds, and seconds were asked for; "
        "or it is the time of a thousand calls, and nobody has divided.",
        (changed(lambda seconds: seconds * 1e3),),
    ),
    Mistake(
        "divided twice",
        "You divided by the number of calls twice, or by the number of blocks as well. "
        "The least of several blocks belongs to one block.",
        tuple(changed(lambda seconds, n=n: seconds / n) for n in FEW[1:]),
    ),
    Mistake(
        "rate",
        "You returned calls per second. Asked for are seconds per call.",
        (changed(lambda seconds: 1 / seconds),),
    ),
    Mistake(
        "unit",
        "You changed the unit, to microseconds or nanoseconds. The clock tells seconds, and seconds were asked for.",
        (changed(lambda seconds: seconds * 1e6), changed(lambda seconds: seconds * 1e9)),
    ),
    Mistake(
        "sign",
        "Your time is negative: it is the second reading of the clock minus the first.",
        (changed(lambda seconds: -seconds),),
    ),
    Mistake(
        "next to nothing",
        "You found next to nothing. Look at what is called between your two readings of the clock, and at how often "
        "you divide.",
        (
            lambda make, call, is_right, clock: (0.0, None),
            *(changed(lambda seconds, n=n: seconds / n) for n in (50, 1000)),
        ),
    ),
)

OF_THE_ANSWER = (
    Mistake(
        "promise checked",
        "You handed is_right a promise. It wants the answer: what result() returns.",
        (says(lambda is_right, promise: is_right(promise)),),
    ),
    Mistake(
        "turned round",
        "You called right answers wrong and wrong ones right.",
        (says(lambda is_right, promise: not is_right(promise.result())),),
    ),
    Mistake(
        "changed places",
        "Seconds and right have changed places. Return the seconds first.",
        (lambda make, call, is_right, clock: (is_right(call(make()).result()), setting_of(clock).work_s),),
    ),
)  # fmt: skip

EXERCISE = Exercise(
    function="time_call",
    question="Mend the timer: return the seconds of one convolution that runs well, and whether its answer is right.",
    definition=definition,
    golden=case(Setting(work_s=2e-3, first_s=0.4, make_s=0.006, launch_s=1e-5), expected=[2e-3, True]),
    cases=cases,
    bound=lambda truth, *machine: (TOLERANCE * truth[0], 0.0),
    mistakes=(*OF_THE_TIMER, *OF_THE_NUMBER, *OF_THE_ANSWER),
    hints=(
        "What happens between the two readings of the clock? Everything that is not the work of a call has to go "
        "somewhere else. And what would one measurement know of the others who use the machine?",
        "Before the clock starts: draw, call once, wait, check. Between its readings: calls only, and a wait for the "
        "last. A clock with steps of 1 ms knows a block of 5 ms to a fifth. And of several blocks the least has been "
        "disturbed least; the mean was disturbed on average.",
        "Work of 0.77 ms under a clock with steps of 1 ms: five calls take 3.85 ms, and the clock says 3 or 4. A "
        "thousand take 770 ms, and it says 770: divided by 1000, that is 0.77 ms. How many it takes, doubling finds "
        "out: 1, 2, 4, ... until a block is long enough.",
    ),
    shape_rule="Seconds are one number, and so is right: True or False.",
    praise="It draws, warms up and checks before the clock starts, waits for the work, makes blocks that the clock can "
    "see, and keeps the least: such a time can be believed.",
    plain=only(),
    blind=(only(), "On a quiet machine, where nothing takes time but the work, it tells the truth."),
    returns=("seconds", "right"),
)
