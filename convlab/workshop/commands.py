"""The lesson command: list the lessons, show one, check a file, give a hint."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from convlab.workshop import checker, folders
from convlab.workshop.exercise import LessonError
from convlab.workshop.folders import Lesson
from convlab.workshop.verdict import Verdict


def lesson(
    id: str | None = None, *, check: Path | str | None = None, hint: int = 0, as_json: bool = False
) -> int:
    """Run ``python -m convlab lesson [id] [--check FILE] [--hint LEVEL]`` and print what it says.

    Parameters
    ----------
    id : str, optional
        Folder name, number or topic; without it the lessons are listed.
    check : path, optional
        The Python file that holds the answer.
    hint : int
        Which hint to give, 1 to 3; 0 for none.
    as_json : bool
        Print one JSON object instead of text.

    Returns
    -------
    int
        0 for yes and for anything that was only shown, 1 when the checked answer is not right yet.

    Raises
    ------
    LessonError
        When there is no such lesson, hint or file, when the file does not run, or when it lacks the function.
    """
    if id is None:
        if check or hint:
            raise LessonError(
                "Asked for a check or a hint.", "No lesson was named.", "Name one: lesson 02 --hint."
            )
        names = [one.name for one in folders.lessons()]
        return _print({"lessons": names}, "\n".join(map(_line, folders.lessons())), as_json)
    found = folders.find(id)
    if check:
        verdict = _checked(found, Path(check))
        _print(verdict.as_dict(), repr(verdict), as_json)
        return 0 if verdict.status == "right" else 1
    if hint:
        said = checker.nth_hint(found, int(hint))
        return _print({"lesson": found.name, "level": said.level, "hint": said.text}, repr(said), as_json)
    about = {"lesson": found.name, "question": found.exercise.question, "folder": str(found.folder)}
    return _print(about, _shown(found), as_json)


def _checked(found: Lesson, file: Path) -> Verdict:
    name = found.exercise.function
    answer = getattr(folders.load(file), name, None)
    if answer is None:
        raise LessonError(
            f"Asked to check {file} for lesson {found.name}.",
            f"It defines no {name}.",
            f"Call your function {name}, as in {found.folder / 'exercise.py'}.",
        )
    return checker.judge(found.name, found.exercise, answer)


def _line(found: Lesson) -> str:
    return f"{found.name:24} {found.exercise.question}"


def _shown(found: Lesson) -> str:
    return "\n".join(
        [
            f"{found.name}: {found.exercise.question}",
            f"  notebook  {found.folder / 'lesson.ipynb'}",
            f"  exercise  {found.folder / 'exercise.py'}",
            f"  check     python -m convlab lesson {found.number} --check exercise.py",
            f"  hint      python -m convlab lesson {found.number} --hint",
        ]
    )


def _print(data: dict, text: str, as_json: bool) -> int:
    print(json.dumps(data, ensure_ascii=False) if as_json else text, file=sys.stdout)
    return 0
