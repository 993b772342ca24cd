"""The rules of style that a machine can hold: ruff, small files, small functions, examples that run."""

import ast
import doctest
import importlib
import subprocess
import sys

import pytest

from convlab import bootstrap
from convlab.paths import PACKAGE

LINES_OF_A_FILE = 300
LINES_OF_A_FUNCTION = 50
SKIPPED = {".venv", ".theano", ".git", "build", "dist", "__pycache__"}
FILES = sorted(
    path
    for path in bootstrap.ROOT.rglob("*.py")
    if not SKIPPED & set(path.relative_to(bootstrap.ROOT).parts) and path.is_file()
)
MODULES = [
    ".".join(path.relative_to(bootstrap.ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in FILES
    if path.is_relative_to(PACKAGE) and path.name != "__main__.py"
]


def name_of(path):
    return path.relative_to(bootstrap.ROOT).as_posix()


def own_lines(function):
    """Count the lines of a function without its docstring and the decorators above it."""
    first = function.body[0]
    described = isinstance(first, ast.Expr) and isinstance(getattr(first, "value", None), ast.Constant)
    docstring = first.end_lineno - first.lineno + 1 if described else 0
    return function.end_lineno - function.lineno + 1 - docstring


def ruff(*words):
    command = [sys.executable, "-m", "ruff", *words, "--no-cache", "."]
    return subprocess.run(command, cwd=bootstrap.ROOT, capture_output=True, text=True)


def test_ruff_finds_nothing_to_say():
    done = ruff("check", "--output-format", "concise")
    assert done.returncode == 0, done.stdout


def test_every_file_is_formatted():
    done = ruff("format", "--check")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_file_is_short_and_so_are_its_functions(path):
    text = path.read_text(encoding="utf-8")
    lines = len(text.splitlines())
    assert lines <= LINES_OF_A_FILE, f"{name_of(path)} has {lines} lines: split it"
    functions = [
        node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    long = {node.name: own_lines(node) for node in functions if own_lines(node) > LINES_OF_A_FUNCTION}
    assert not long, f"{name_of(path)}: split {long}"


@pytest.mark.parametrize("module", MODULES)
def test_every_example_in_a_docstring_runs(module, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = doctest.testmod(importlib.import_module(module), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0


@pytest.mark.parametrize("module", MODULES)
def test_public_names_have_type_hints(module):
    tree = ast.parse((bootstrap.ROOT / importlib.import_module(module).__file__).read_text(encoding="utf-8"))
    bare = [
        node.name
        for owner in (tree, *(node for node in tree.body if isinstance(node, ast.ClassDef)))
        for node in owner.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and not is_hinted(node)
    ]
    assert not bare, f"{module}: give type hints to {bare}"


def is_hinted(function):
    words = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    named = [word for word in words if word.arg not in ("self", "cls")]
    return function.returns is not None and all(word.annotation is not None for word in named)
