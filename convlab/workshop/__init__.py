"""Exercises: a lesson's check names the mistake, its hints come in three levels.

A lesson is one folder, lessons/NN_topic, with lesson.ipynb, exercise.py, solution.py and checks.py; checks.py holds
an `Exercise` called EXERCISE, made of data. Nothing else has to be touched to add one.
"""

from convlab.workshop.checker import Hint, check, hint, reset
from convlab.workshop.exercise import Case, Exercise, Mistake, NotAttempted
from convlab.workshop.folders import Lesson, find, lessons
from convlab.workshop.prediction import reveal
from convlab.workshop.verdict import Verdict

__all__ = [
    "Case",
    "Exercise",
    "Hint",
    "Lesson",
    "Mistake",
    "NotAttempted",
    "Verdict",
    "check",
    "find",
    "hint",
    "lessons",
    "reset",
    "reveal",
]
