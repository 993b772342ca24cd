"""Lesson 12: its machines are only pretended and exact, each lie is named, and what the notebook says is so."""

import json
import re
from urllib.parse import parse_qsl, urlsplit

import pytest

import convlab as cl
from convlab.backends import CATALOGUE
from convlab.dashboard.state.race.address import from_address
from convlab.workshop import checker, diagnosis, find
from convlab.workshop.folders import load
from convlab.workshop.pretended import Machine, Setting, setting_of, told

NAME = "12_choosing_an_implementation"
LESSON = find(NAME)
EXERCISE = LESSON.exercise
LIES = (
    "unchecked",
    "one measurement",
    "too short",
    "first call",
    "data",
    "unfinished",
)  # as the catalogue has them


def text_of(kind=None):
    cells = json.loads((LESSON.folder / "lesson.ipynb").read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if kind in (None, cell["cell_type"]))


def settings():
    return [setting_of(case.args[0]) for case in (EXERCISE.golden, *EXERCISE.cases(None))]


def test_every_call_of_an_answer_gets_a_new_machine():
    case = EXERCISE.golden
    first, second = case.copies(), case.copies()
    assert first[0].__self__ is not second[0].__self__ and setting_of(first[0]) == setting_of(case.args[0])


def test_every_difficulty_stands_alone_often_enough_and_together():
    for mistake in EXERCISE.mistakes:
        if mistake.alone_when:
            alone = [one for one in settings() if mistake.alone_when(*told(one))]
            assert len(alone) >= diagnosis.ENOUGH, mistake.name
    assert any(len(one.difficulties) >= 5 for one in settings())
    assert sum(not one.difficulties for one in settings()) >= diagnosis.ENOUGH


# ---- the exercise ---------------------------------------------------------------------------------------------------


def mended(*done):
    """Return the timer of the exercise with some of its lies mended."""

    def time_call(make, call, is_right, clock):
        x = make() if "data" in done else None
        right = is_right(call(make()).result()) if "unchecked" in done else True
        if "first call" in done:
            call(make()).result()
        loops = 2000 if "too short" in done else 5
        found = []
        for _ in range(6 if "one measurement" in done else 1):
            began = clock()
            for _ in range(loops):
                promise = call(x or make())
            if "unfinished" in done:
                promise.result()
            found.append((clock() - began) / loops)
        return min(found), right

    return time_call


ORDERS = [LIES[:n] for n in range(6)] + [LIES[:n] + LIES[n + 1 :] for n in range(6)]


@pytest.mark.parametrize("done", ORDERS, ids=lambda done: ", ".join(done) or "nothing mended")
def test_the_best_hidden_lie_that_is_left_is_named(done):
    left = [lie for lie in LIES if lie not in done]
    if "unchecked" in done:
        left = [lie for lie in left if lie != "first call"]  # who checks before has called already
    verdict = checker.judge(NAME, EXERCISE, mended(*done))
    assert verdict.mistake == (left[0] if left else None), verdict
    assert verdict.status == ("wrong" if left else "right")


def test_the_exercise_as_it_stands_is_wrong_in_all_six_ways_and_true_on_a_quiet_machine():
    source = (LESSON.folder / "exercise.py").read_text(encoding="utf-8").partition("if __name__")[0]
    stub = "    raise NotAttempted  # take this line out, then mend what follows: six lies\n"
    assert source.count(stub) == 1
    names = {}
    exec(compile(source.replace(stub, ""), "exercise.py", "exec"), names)
    timer = names["time_call"]
    verdict = checker.judge(NAME, EXERCISE, timer)
    assert verdict.mistake == "unchecked" and any("quiet machine" in note for note in verdict.notes)
    for lie in LIES:
        mistake = next(one for one in EXERCISE.mistakes if one.name == lie)
        alone = [one for one in settings() if mistake.alone_when(*told(one))]
        lied = [
            timer(*Machine(one).functions) != pytest.approx((one.work_s, one.is_right), rel=0.03)
            for one in alone
        ]
        assert all(lied), lie
    seconds, right = timer(*Machine(Setting()).functions)
    assert (round(seconds, 5), right) == (2e-3, True)


def like_timeit(make, call, is_right, clock):
    """Fixed numbers: a thousand calls, five times."""
    x = make()
    right = is_right(call(x).result())
    found = []
    for _ in range(5):
        began = clock()
        for _ in range(1000):
            last = call(x)
        last.result()
        found.append(clock() - began)
    return min(found) / 1000, right


def waits_each_time(make, call, is_right, clock):
    """Wait for every call; blocks of a second."""
    x = make()
    right, loops, seconds = is_right(call(x).result()), 1, 0.0
    while seconds < 1:
        loops, began = loops * 2, clock()
        for _ in range(loops):
            call(x).result()
        seconds = clock() - began
    best = seconds
    for _ in range(9):
        began = clock()
        for _ in range(loops):
            call(x).result()
        best = min(best, clock() - began)
    return best / loops, bool(right)


RIGHT = {
    "like timeit": like_timeit,
    "waits each time": waits_each_time,
    "a list, and 1 for True": lambda *machine: [like_timeit(*machine)[0], int(like_timeit_is_right(machine))],
}


def like_timeit_is_right(machine):
    return machine[2](machine[1](machine[0]()).result())


WRONG = {
    "%timeit's mean": (
        lambda *machine: (one_by_one(*machine, lambda found: sum(found) / len(found)), None),
        "mean",
    ),
    "the first": (lambda *machine: (one_by_one(*machine, lambda found: found[0]), None), "one measurement"),
    "the worst": (lambda *machine: (one_by_one(*machine, max), None), "largest"),
    "a number": (lambda *machine: 2e-3, "wrong type"),
    "nothing": (lambda *machine: None, "returned nothing"),
    "a promise for an image": (lambda make, call, is_right, clock: call(1), "raised"),
    "two arguments": (lambda call, clock: (0, True), "not a function"),
    "guessed": (lambda *machine: (0.123, True), None),
}


def one_by_one(make, call, is_right, clock, keep, loops=1000):
    x, found = make(), []
    call(x).result()
    for _ in range(3):
        began = clock()
        for _ in range(loops):
            last = call(x)
        last.result()
        found.append((clock() - began) / loops)
    return keep(found)


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_answer_passes_however_it_is_written(name):
    verdict = checker.judge(NAME, EXERCISE, RIGHT[name])
    assert (verdict.status, verdict.mistake) == ("right", None), verdict


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_answer_is_rejected_with_its_mistake(name):
    answer, mistake = WRONG[name]

    def whole(make, call, is_right, clock):
        returned = answer(make, call, is_right, clock)
        if isinstance(returned, tuple) and returned[1] is None:
            return returned[0], setting_of(clock).is_right
        return returned

    verdict = checker.judge(NAME, EXERCISE, answer if mistake == "not a function" else whole)
    assert (verdict.status, verdict.mistake) == ("wrong", mistake), verdict
    assert json.loads(json.dumps(verdict.as_dict()))["mistake"] == mistake
    assert verdict.sentence in repr(verdict) and NAME in verdict._repr_html_()


def test_the_solution_times_a_real_call_by_a_real_clock():
    from concurrent.futures import ThreadPoolExecutor
    from time import perf_counter

    timer = load(LESSON.folder / "solution.py").time_call
    with ThreadPoolExecutor(1) as pool:
        seconds, right = timer(
            lambda: 7, lambda x: pool.submit(divmod, x, 2), lambda y: y == (3, 1), perf_counter
        )
    assert right is True and seconds > 0


# ---- the text -------------------------------------------------------------------------------------------------------


def test_the_numbers_in_the_text_are_true():
    text = text_of()
    tiny = cl.ConvSpec((1, 1, 5, 5), (1, 1, 3, 3))
    assert tiny.macs == 81 and tiny.y_shape[-2:] == (3, 3) and "81 multiply-adds" in text
    assert 31 * 31 == 961 and "a sum of 961 products" in text
    assert round(cl.ConvSpec((1, 3, 227, 227), (96, 3, 11, 11), stride=4).macs / 1e6) == 105
    assert "105 million multiply-adds" in text and "12 µs" in text
    hint = EXERCISE.hints[2]
    assert "3.85 ms" in hint and round(5 * 0.77, 9) == 3.85
    assert "770 ms" in hint and round(1000 * 0.77, 9) == 770
    assert re.search(r"budget_s=0\.2\)", text) and "for 0.2 s in all" in text


def test_the_backends_and_the_words_of_the_tuner_that_the_text_names_exist():
    text = text_of()
    for name in ("numpy-loops", "numpy-im2col", "scipy-rfft", "numba-rows", "numpy-fft"):
        assert f"`{name}`" in text or f'"{name}"' in text
        assert name in CATALOGUE
    for flag in ("optimizer_excluding=conv_gemm", "optimizer_including=cudnn"):
        assert flag in text and flag in cl.prefer.__doc__
    assert "Theano's conv_meta" in cl.autotune.__doc__


def test_the_links_to_the_race_screen_ask_for_something():
    links = re.findall(r"\]\((http[^)]*/race[^)]*)\)", text_of("markdown"))
    assert len(links) == 4
    for link in links:
        course, notices = from_address(dict(parse_qsl(urlsplit(link).query)))
        assert notices == () and course.spec.macs > 0
