"""Find lessons: every folder lessons/NN_topic with a checks.py is one, and nothing else has to know of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from convlab import paths
from convlab.workshop.exercise import Exercise, LessonError

NAME = re.compile(r"(\d\d)_([a-z0-9_]+)")


@dataclass(frozen=True, slots=True)
class Lesson:
    """One lesson: a folder that holds lesson.ipynb, exercise.py, solution.py and checks.py.

    Attributes
    ----------
    folder : pathlib.Path
    """

    folder: Path

    @property
    def name(self) -> str:
        """The folder's name, such as ``02_flip``."""
        return self.folder.name

    @property
    def number(self) -> str:
        """The two digits that the name begins with."""
        return self.name[:2]

    @property
    def topic(self) -> str:
        """The name without its number."""
        return self.name[3:]

    @property
    def exercise(self) -> Exercise:
        """The exercise that the lesson's checks.py declares as EXERCISE."""
        return load(self.folder / "checks.py").EXERCISE


def lessons() -> list[Lesson]:
    """Return every lesson, in the order of their numbers.

    Examples
    --------
    >>> [lesson.name for lesson in lessons()][:2]
    ['01_slide_multiply_add', '02_flip']
    """
    folders = sorted(paths.lessons().iterdir())
    return [Lesson(one) for one in folders if NAME.fullmatch(one.name) and (one / "checks.py").is_file()]


def find(lesson: str | int) -> Lesson:
    """Return the lesson that a person means by a folder name, a number or a topic.

    Raises
    ------
    LessonError
        When there is no such lesson; the sentence lists those that there are.

    Examples
    --------
    >>> {find(name).name for name in ("02_flip", "02", 2, "flip")}
    {'02_flip'}
    """
    asked = str(lesson).strip().strip("/")
    number = asked.zfill(2) if asked.isdecimal() else asked
    for one in lessons():
        if asked in (one.name, one.topic) or number == one.number:
            return one
    raise LessonError(
        f"Asked for lesson {asked!r}.",
        f"The lessons are {', '.join(one.name for one in lessons()) or 'none'}.",
        "Give one of these names, its number, or its topic.",
    )


@lru_cache(maxsize=64)
def _loaded(file: Path, changed: int) -> ModuleType:
    name = f"convlab_lesson_{file.parent.name}_{file.stem}"
    spec = spec_from_file_location(name, file, loader=SourceFileLoader(name, str(file)))
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def load(file: Path) -> ModuleType:
    """Return a Python file as a module, read again when it has changed.

    Raises
    ------
    LessonError
        When there is no such file, or when it does not run; the sentence repeats Python's own words.
    """
    file = Path(file).resolve()
    if not file.is_file():
        raise LessonError(f"Asked to read {file}.", "There is no such file.", "Check the path.")
    if file.suffix == ".ipynb":
        raise LessonError(
            f"Asked to read {file} as Python.",
            "It is a notebook.",
            "Call convlab.check in one of its own cells.",
        )
    try:
        return _loaded(file, file.stat().st_mtime_ns)
    except (Exception, SystemExit) as error:
        raise LessonError(
            f"Asked to read {file}.",
            f"Python stopped with {type(error).__name__}: {error}.",
            "Mend that first; nothing was checked.",
        ) from error
