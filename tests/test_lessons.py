"""Every lesson keeps its promises, and is found by being there: a new folder is tested without a new line here."""

import ast
import json
import os
import re
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest

from convlab import paths
from convlab.dashboard import addresses, screens
from convlab.dashboard.state import query
from convlab.workshop import Case, checker, lessons
from convlab.workshop.folders import load
from tests.filled import FILLED

LESSONS = lessons()
MISTAKES = [(lesson, mistake) for lesson in LESSONS for mistake in lesson.exercise.mistakes]
ROOT = paths.PACKAGE.parent
MOST_CELLS, MOST_LINES = 25, 12

by_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)


def notebook(lesson) -> dict:
    return json.loads((lesson.folder / "lesson.ipynb").read_text(encoding="utf-8"))


def code(lesson) -> list[str]:
    return ["".join(cell["source"]) for cell in notebook(lesson)["cells"] if cell["cell_type"] == "code"]


def function(source: str, name: str) -> str:
    """Return a function's source as its syntax tree, so that comments and layout do not matter."""
    found = [node for node in ast.walk(ast.parse(source)) if getattr(node, "name", None) == name]
    assert len(found) == 1, f"{len(found)} functions called {name}"
    body = found[0].body
    return ast.dump(ast.Module(body[1:] if ast.get_docstring(found[0]) else body, []))


def whole(exercise, way):
    """Return a wrong way that gives every thing that the function returns, also those that it does not spoil."""

    def answer(*args):
        returned = way(*args)
        if not exercise.returns:
            return returned
        truths = exercise.truths(Case(args))
        return tuple(truth if one is None else one for one, truth in zip(returned, truths, strict=True))

    return answer


def test_the_lessons_are_there_and_no_number_is_given_twice():
    names = [lesson.name for lesson in LESSONS]
    assert {lesson.number for lesson in LESSONS} >= {"01", "02", "04", "05", "09", "12", "13"}
    assert (
        len({lesson.number for lesson in LESSONS}) == len({lesson.topic for lesson in LESSONS}) == len(names)
    )


def test_every_folder_beside_the_lessons_is_a_lesson():
    folders = {
        one.name for one in paths.lessons().iterdir() if one.is_dir() and not one.name.startswith("__")
    }
    assert folders == {lesson.name for lesson in LESSONS}


@by_lesson
def test_a_lesson_holds_its_four_files(lesson):
    assert {"lesson.ipynb", "exercise.py", "solution.py", "checks.py"} <= {
        one.name for one in lesson.folder.iterdir()
    }


@by_lesson
@pytest.mark.parametrize(("file", "status"), [("exercise.py", "not yet"), ("solution.py", "right")])
def test_a_stub_is_not_yet_and_a_solution_is_right(lesson, file, status):
    answer = getattr(load(lesson.folder / file), lesson.exercise.function)
    for seed in range(3):
        assert checker.judge(lesson.name, lesson.exercise, answer, seed).status == status


@by_lesson
def test_the_golden_case_says_what_the_definition_says(lesson):
    golden = lesson.exercise.golden
    expected = lesson.exercise.parts(golden.expected)
    assert all(map(np.array_equal, lesson.exercise.truths(golden), expected))


@pytest.mark.parametrize(
    ("lesson", "mistake"), MISTAKES, ids=[f"{lesson.number} {mistake.name}" for lesson, mistake in MISTAKES]
)
def test_a_catalogued_wrong_answer_is_rejected_with_its_own_sentence(lesson, mistake):
    assert mistake.ways
    for way in mistake.ways:
        verdict = checker.judge(lesson.name, lesson.exercise, whole(lesson.exercise, way))
        assert (verdict.status, verdict.mistake, verdict.sentence) == (
            "wrong",
            mistake.name,
            mistake.sentence,
        )


@by_lesson
def test_sixteen_mistakes_or_more_have_names_and_sentences_of_their_own(lesson):
    mistakes = lesson.exercise.mistakes
    assert len(mistakes) >= 16
    assert len({one.name for one in mistakes}) == len({one.sentence for one in mistakes}) == len(mistakes)


@pytest.mark.parametrize("lesson", LESSONS[:2], ids=lambda lesson: lesson.name)
def test_the_cases_of_one_image_and_one_filter_are_telling(lesson):
    """Square and other images, odd, even and uneven filters, whole and broken numbers, none too large to show."""
    cases = [lesson.exercise.golden, *lesson.exercise.cases(np.random.default_rng(5))]
    images, filters = zip(*(case.args for case in cases))
    assert {image.dtype.kind for image in images} == set("iuf")
    assert {one.shape[0] == one.shape[1] for one in images} == {
        one.shape[0] == one.shape[1] for one in filters
    }
    assert {size % 2 for one in filters for size in one.shape} == {0, 1}
    assert max(max(one.shape) for one in images) <= 12


@by_lesson
def test_there_are_three_hints_and_none_holds_the_solution(lesson):
    solution = (lesson.folder / "solution.py").read_text(encoding="utf-8")
    lines = [line.strip() for line in solution.splitlines() if "=" in line or "return" in line]
    assert len(lesson.exercise.hints) == len(set(lesson.exercise.hints)) == 3
    assert not [line for line in lines for hint in lesson.exercise.hints if line in hint]


@by_lesson
def test_a_notebook_is_thin_and_carries_no_outputs(lesson):
    cells = notebook(lesson)["cells"]
    assert len(cells) <= MOST_CELLS
    assert max(len(source.splitlines()) for source in code(lesson)) <= MOST_LINES
    ran = [
        cell for cell in cells if cell["cell_type"] == "code" and (cell["outputs"] or cell["execution_count"])
    ]
    assert not ran and len({cell["id"] for cell in cells}) == len(cells)


@by_lesson
def test_a_notebook_has_the_steps_of_a_lesson(lesson):
    text = "\n".join("".join(cell["source"]) for cell in notebook(lesson)["cells"])
    steps = (
        "**Goal.**",
        "## Predict",
        "## Run",
        "## Explain",
        "## Exercise",
        "## In practice",
        "Take it further",
    )
    assert [step for step in steps if step not in text] == []
    assert re.search(r"\*\*Further reading\.\*\* Source 00\d", text)
    assert (
        "cl.explore(" in text and f'cl.check("{lesson.name}"' in text and f'cl.hint("{lesson.name}")' in text
    )


@by_lesson
def test_the_stub_in_the_notebook_is_the_one_in_exercise_py(lesson):
    name = lesson.exercise.function
    cells = [source for source in code(lesson) if f"def {name}(" in source]
    assert len(cells) == 1
    exercise = (lesson.folder / "exercise.py").read_text(encoding="utf-8")
    assert function(cells[0], name) == function(exercise, name)


@pytest.fixture(scope="module")
def kernel():
    """Start one kernel for all notebooks: its start and its imports take longer than any lesson."""
    from jupyter_client import KernelManager

    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(env={**os.environ, "PYTHONPATH": path})
    yield manager
    manager.shutdown_kernel(now=True)


def executed(lesson, kernel, change=lambda source: source) -> list[str]:
    """Run a notebook from top to bottom in an empty namespace, and return what its cells showed, as text."""
    import nbformat
    from nbclient import NotebookClient

    book = nbformat.read(Path(lesson.folder / "lesson.ipynb"), as_version=4)
    nbformat.validate(book)
    for cell in book.cells:
        if cell.cell_type == "code":
            cell.source = change(cell.source)
    book.cells.insert(0, nbformat.v4.new_code_cell("%reset -f"))  # names of another notebook
    NotebookClient(book, km=kernel, timeout=300, startup_timeout=120).execute()
    shown = [output for cell in book.cells if cell.cell_type == "code" for output in cell.outputs]
    return [output.get("text") or output.get("data", {}).get("text/plain", "") for output in shown]


@by_lesson
def test_a_notebook_runs_from_top_to_bottom_with_nothing_filled_in(lesson, kernel):
    shown = "\n".join(executed(lesson, kernel))
    assert f"{lesson.name}: not yet" in shown
    assert "It is " in shown and "You wrote" not in shown


@pytest.mark.parametrize("name", FILLED)
def test_a_notebook_answers_predictions_and_names_the_mistake_of_what_was_written(name, kernel):
    lesson, (written, said) = next(one for one in LESSONS if one.name == name), FILLED[name]
    source = "\n".join(code(lesson))
    assert [old for old in written if old not in source] == []

    def fill(source):
        for old, new in written.items():
            source = source.replace(old, new)
        return source

    shown = "\n".join(executed(lesson, kernel, fill))
    assert [part for part in said if part not in shown] == []


@by_lesson
def test_links_of_a_notebook_lead_somewhere(lesson):
    text = "\n".join("".join(cell["source"]) for cell in notebook(lesson)["cells"])
    for link in re.findall(r"\]\(([^)]+)\)", text):
        address = urlsplit(link)
        if not address.scheme:
            assert (lesson.folder / link).is_file(), link
            continue
        assert (address.hostname, address.port) == ("127.0.0.1", addresses.PORT), link
        assert address.path.strip("/") in {row.slug for row in screens.ROWS}, link
        assert query.from_query(dict(parse_qsl(address.query))).notices == (), link
