"""The checker: right answers in any style pass, wrong ones are named, and nothing that a person typed gets out raw."""

import json
import re
import shutil

import numpy as np
import pytest

import convlab as cl
from convlab import paths
from convlab.errors import SpecError
from convlab.workshop import Mistake, NotAttempted, checker, commands, diagnosis, find, lessons, reset, reveal
from tests import answers

FLIP, FULL = "02_flip", "01_slide_multiply_add"
SOLVED = "def convolution(image, filter):\n    from scipy.signal import convolve2d\n"
SOLVED += "    return convolve2d(image, filter, 'valid')\n"


@pytest.mark.parametrize("name", answers.RIGHT)
def test_a_right_answer_passes_however_it_is_written(name):
    verdict = cl.check(FLIP, answers.RIGHT[name])
    assert (verdict.status, verdict.mistake) == ("right", None), verdict


@pytest.mark.parametrize("name", answers.WRONG)
def test_a_wrong_answer_is_rejected_with_its_mistake(name):
    answer, mistake = answers.WRONG[name]
    verdict = cl.check(FLIP, answer)
    assert (verdict.status, verdict.mistake) == ("wrong", mistake), verdict
    catalogued = {one.name: one.sentence for one in find(FLIP).exercise.mistakes}
    if mistake in catalogued:
        assert verdict.sentence == catalogued[mistake]


@pytest.mark.parametrize("name", answers.FULL_RIGHT)
def test_a_right_full_table_passes_however_it_is_written(name):
    assert cl.check(FULL, answers.FULL_RIGHT[name]).status == "right"


@pytest.mark.parametrize("name", answers.FULL_WRONG)
def test_a_wrong_full_table_is_rejected_with_its_mistake(name):
    answer, mistake = answers.FULL_WRONG[name]
    assert cl.check(FULL, answer).mistake == mistake


def test_the_sentences_that_the_lessons_promise_are_the_ones_said():
    said = {
        name: cl.check(FLIP, answers.WRONG[name][0]).sentence
        for name in ("correlate2d", "[::-1]", "box sums")
    }
    assert said["correlate2d"].startswith("You correlated: the filter was not turned.")
    assert said["[::-1]"].startswith("Only one axis is turned")
    assert said["box sums"].startswith("It passes with ones: your test cannot tell.")


def test_the_asked_loop_is_told_its_first_fault_and_shown_its_second():
    verdict = cl.check(FLIP, answers.asked)
    assert verdict.mistake == "unflipped"
    assert any("raised ValueError" in note and "filter 2 × 3" in note for note in verdict.notes)
    assert any("only ones cannot tell" in note for note in verdict.notes)
    turned = cl.check(FLIP, lambda image, filter: answers.asked(image, filter[::-1, ::-1]))
    assert turned.mistake == "one size for the filter"


def test_the_visible_case_is_shown_with_both_tables():
    text = repr(cl.check(FLIP, answers.asked))
    for part in ("147 192", "303 348", "327 372", "483 528", "row 0, column 0: 147 expected, 303 found"):
        assert part in text


def test_verdicts_are_the_same_for_every_seed():
    flip, full = find(FLIP).exercise, find(FULL).exercise
    for seed in range(20):
        assert checker.judge(FLIP, flip, answers.RIGHT["fftconvolve"], seed).status == "right"
        assert checker.judge(FLIP, flip, answers.asked, seed).mistake == "unflipped"
        assert checker.judge(FULL, full, answers.FULL_WRONG["index -1"][0], seed).mistake == "wrapped"


def test_a_mistake_that_two_entries_explain_is_not_guessed():
    exercise = find(FLIP).exercise
    twice = (*exercise.mistakes, Mistake("again", "Said twice.", exercise.mistakes[0].ways))
    doubled = type(exercise)(**{**vars(exercise), "mistakes": twice})
    assert checker.judge(FLIP, exercise, answers.asked).mistake == "unflipped"
    assert checker.judge(FLIP, doubled, answers.WRONG["correlate2d"][0]).mistake is None


def test_two_cases_are_too_few_to_name_a_mistake():
    exercise = find(FLIP).exercise
    short = type(exercise)(
        **{**vars(exercise), "cases": lambda rng: [exercise.golden] * (diagnosis.ENOUGH - 2)}
    )
    enough = type(exercise)(
        **{**vars(exercise), "cases": lambda rng: [exercise.golden] * (diagnosis.ENOUGH - 1)}
    )
    assert checker.judge(FLIP, short, answers.asked).mistake is None
    assert checker.judge(FLIP, enough, answers.asked).mistake == "unflipped"


def test_an_answer_that_differs_by_more_than_rounding_fails():
    def nearly(image, filter):
        y = answers.RIGHT["four loops"](image, filter)
        y[-1, -1] += 1e-3
        return y

    assert cl.check(FLIP, nearly).status == "wrong"


def test_nan_is_no_right_answer():
    assert cl.check(FLIP, lambda x, w: answers.RIGHT["four loops"](x, w) * np.nan).status == "wrong"


@pytest.mark.parametrize("stub", [NotAttempted, NotAttempted("later"), NotImplementedError])
def test_a_stub_is_not_yet(stub):
    def convolution(image, filter):
        raise stub

    verdict = cl.check(FLIP, convolution)
    assert (verdict.status, verdict.mistake) == ("not yet", None)
    assert "scipy.signal.convolve2d" in verdict.sentence


def test_the_arrays_of_the_exercise_survive_an_answer_that_writes_into_them():
    def spoils(image, filter):
        image[:], filter[:] = 0, 0
        return image

    cl.check(FLIP, spoils)
    assert find(FLIP).exercise.golden.args[1].tolist() == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    assert cl.check(FLIP, answers.RIGHT["convolve2d"]).status == "right"


def test_only_the_visible_case_prints(capsys):
    def chatty(image, filter):
        print("looked at", image.shape)
        return answers.RIGHT["convolve2d"](image, filter)

    assert cl.check(FLIP, chatty).status == "right"
    assert capsys.readouterr().out == "looked at (4, 4)\n"


def test_what_a_person_typed_is_escaped_shortened_and_on_one_line():
    verdict = cl.check(FLIP, answers.WRONG["raises"][0])
    html = verdict._repr_html_()
    assert "<b>no</b>" not in html and "&lt;b&gt;no&lt;/b&gt;" in html
    assert "\x1b" not in repr(verdict) and len(verdict.sentence) < 400
    assert re.search(r"\(line \d+\)", verdict.sentence)


def test_an_interrupt_stops_the_check():
    def stopped(image, filter):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cl.check(FLIP, stopped)


@pytest.mark.parametrize("shape", [(3,), (0, 2), (), (1, 1, 2), (40, 40)])
def test_a_verdict_shows_itself_whatever_shape_came(shape):
    verdict = cl.check(FLIP, lambda image, filter: np.zeros(shape))
    assert verdict.mistake == "shape" or verdict.mistake is None
    assert "expected" in repr(verdict) and "expected" in verdict._repr_html_()


def test_the_table_for_a_notebook_marks_the_first_difference_without_colour():
    html = cl.check(FLIP, answers.asked)._repr_html_()
    assert html.count("font-weight:bold") == 2 and "color:" not in html.replace("currentColor", "")


def test_a_verdict_goes_into_json():
    plain = json.loads(json.dumps(cl.check(FLIP, answers.asked).as_dict()))
    assert plain["mistake"] == "unflipped" and plain["yours"] == [[303, 348], [483, 528]]


@pytest.mark.parametrize("name", ["02_flip", "02", "2", 2, "flip", " 02_flip/ "])
def test_a_lesson_is_found_by_name_number_or_topic(name):
    assert find(name).name == FLIP


@pytest.mark.parametrize("name", ["", "3x", "../lessons/02_flip", "02_fl", "99"])
def test_an_unknown_lesson_is_refused_with_the_list(name):
    with pytest.raises(SpecError, match="01_slide_multiply_add, 02_flip"):
        cl.check(name, answers.asked)


def test_a_new_lesson_costs_one_folder(tmp_path, monkeypatch):
    shutil.copytree(find(FLIP).folder, tmp_path / "03_once_more")
    (tmp_path / "notes").mkdir()
    monkeypatch.setattr(paths, "lessons", lambda: tmp_path)
    assert [lesson.name for lesson in lessons()] == ["03_once_more"]
    assert cl.check("once_more", answers.asked).mistake == "unflipped"
    assert cl.check(3, answers.asked).lesson == "03_once_more"


def test_hints_come_in_three_levels_and_begin_again():
    reset(FLIP)
    texts = [cl.hint(FLIP).text for _ in range(4)]
    assert texts[:3] == list(find(FLIP).exercise.hints) and texts[3] == texts[2]
    reset(FLIP)
    assert repr(cl.hint(FLIP)).startswith("The gap (1 of 3): ")
    reset("01")
    assert cl.hint(FULL).text == find(FULL).exercise.hints[0]


@pytest.mark.parametrize(
    ("guess", "truth", "said"),
    [
        (None, 54.0, "It is 54."),
        (54, 54.0, "You wrote 54, and so it is."),
        ([28, 2], (28, 2), "You wrote (28, 2), and so it is."),
        ("a", "D", "You wrote a; it is D."),
        ("many", 3, "You wrote many; it is 3."),
        ([[1, 2]], [[1, 3]], "You wrote [[1, 2]]; it is [[1, 3]]."),
    ],
)
def test_a_prediction_is_set_beside_the_truth(guess, truth, said):
    assert repr(reveal(guess, truth)) == said


def test_the_command_lists_every_lesson(capsys):
    assert commands.lesson() == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in listed] == [lesson.name for lesson in lessons()]


@pytest.mark.parametrize(
    ("text", "code", "status"),
    [
        (SOLVED, 0, "right"),
        (SOLVED.replace("valid", "full"), 1, "wrong"),
        ("", None, "defines no convolution"),
    ],
)
def test_the_command_checks_a_file_and_its_exit_says_so(tmp_path, capsys, text, code, status):
    file = tmp_path / "my answer.py"
    file.write_text(text, encoding="utf-8")
    if code is None:
        with pytest.raises(SpecError, match=status):
            commands.lesson("02", check=file)
    else:
        assert commands.lesson("02", check=file, as_json=True) == code
        assert json.loads(capsys.readouterr().out)["status"] == status


def test_the_command_reads_a_file_again_when_it_has_changed(tmp_path, capsys):
    file = tmp_path / "answer.py"
    file.write_text(SOLVED.replace("valid", "same"), encoding="utf-8")
    assert commands.lesson("02", check=file) == 1
    file.write_text(SOLVED + "# mended\n", encoding="utf-8")
    assert commands.lesson("02", check=file) == 0


@pytest.mark.parametrize("text", ["def convolution(:\n", "1 / 0\n", "import sys; sys.exit()\n"])
def test_a_file_that_does_not_run_is_a_sentence(tmp_path, text):
    file = tmp_path / "answer.py"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SpecError, match=r"Python stopped with \w+"):
        commands.lesson("02", check=file)


def test_the_command_gives_the_hint_that_was_asked_for(capsys):
    assert commands.lesson("flip", hint=2) == 0
    assert find(FLIP).exercise.hints[1] in capsys.readouterr().out
    with pytest.raises(SpecError, match="Asked for hint 4"):
        commands.lesson("flip", hint=4)
