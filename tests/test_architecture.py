"""The house has floors: a room imports from the floors below it, and some guests stay in their room."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "convlab"
FLOORS = (  # from the ground up; a room may import from lower floors and from itself
    ("errors", "paths"),
    ("arguments", "atomic", "files", "memory", "needs", "steps", "typed"),
    ("installer",),
    ("bootstrap",),
    ("pipes",),
    ("spec",),
    ("dialects", "operands", "codegen", "presets"),
    ("reference",),
    ("gradients",),
    ("phases",),
    ("numerics", "faults"),
    ("backends",),
    ("trace", "theano"),
    ("api",),
    ("compare",),
    ("timing",),
    ("implementations",),
    ("workshop", "dashboard.state"),
    ("widgets",),
    ("dashboard",),
    ("doctor", "door"),
    ("cli",),
    ("__main__",),
)
HEIGHT = {room: height for height, rooms in enumerate(FLOORS) for room in rooms}
GUESTS = {  # a library, and the only rooms that may import it at all
    "panel": ("dashboard", "widgets"),
    "bokeh": ("dashboard", "widgets"),
    "tornado": ("dashboard",),
    "param": ("dashboard", "widgets"),
    "anywidget": ("widgets",),
    "traitlets": ("widgets",),
    "numba": ("backends",),
    "llvmlite": ("backends",),
    "scipy": ("backends", "compare", "dialects"),
    "cupy": ("backends",),
    "torch": ("backends",),
    "cv2": ("backends",),
    "jax": ("backends",),
    "pyfftw": ("backends",),
    "skimage": ("backends",),
    "rich": ("cli",),
}
LAZY = (
    "numba",
    "llvmlite",
    "scipy",
    "anywidget",
    "traitlets",
    "cupy",
    "torch",
    "cv2",
    "jax",
    "pyfftw",
    "skimage",
)  # never at the top of a file
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "_data" not in path.parts)


def room_of(name):
    """Return the room of a module such as ("dashboard", "state", "query"), or None for the package itself."""
    if name[:2] == ("dashboard", "state"):
        return "dashboard.state"
    return name[0] if name else None


def own_name(path):
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts


def imports(path):
    """Yield (module as a tuple, whether at the top of the file) for every import of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = set(ast.walk(ast.Module([n for n in tree.body if isinstance(n, (ast.Import, ast.ImportFrom))], [])))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield tuple(alias.name.split(".")), node in top
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield (*node.module.split("."), alias.name), node in top


def ids(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_a_room_imports_from_the_floors_below_it(path):
    room = room_of(own_name(path))
    if room is None:
        return  # the public face imports by name, when it is asked
    assert room in HEIGHT, f"{room} stands on no floor: give it one in FLOORS"
    for module, _ in imports(path):
        if module[0] == "convlab" and len(module) > 1:
            other = room_of(module[1:]) if room_of(module[1:]) in HEIGHT else module[1]
            allowed = other == room or other not in HEIGHT or HEIGHT[other] < HEIGHT[room]
            assert allowed, f"{room} (floor {HEIGHT[room]}) imports {other} (floor {HEIGHT[other]})"


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_guests_stay_in_their_rooms(path):
    room = room_of(own_name(path)) or "the public face"
    for module, at_top in imports(path):
        name = module[0]
        if name in GUESTS:
            assert room.split(".")[0] in GUESTS[name], f"{room} imports {name}; only {GUESTS[name]} may"
            assert not (at_top and name in LAZY), (
                f"{name} is imported at the top of {path.name}; do it inside"
            )
    if room == "dashboard.state":
        assert not {m[0] for m, _ in imports(path)} & {"panel", "bokeh", "tornado"}, "state has no view"


def test_backends_import_neither_each_other_nor_the_judge():
    shared = {"backend", "library", "limits", "taps", "ring", "compiled", "formula", "work", "threads"}
    shared |= {"preference", "tiles"}  # no backends: what "auto" is told, and what they are built of
    shared |= {"admit"}  # two backends ask the catalogue for the convolutions inside them
    for path in (PACKAGE / "backends").glob("*.py"):
        if path.stem in ("__init__", "backend", "rules"):  # they know the backends; no backend knows another
            continue
        for module, _ in imports(path):
            if module[:2] == ("convlab", "backends"):
                assert len(module) > 2 and module[2] in shared, f"{path.name} imports {'.'.join(module)}"
            assert module[:2] != ("convlab", "reference"), f"{path.name} imports its judge"
            assert module != ("convlab", "reference")


def test_relative_imports_and_stars_are_not_used():
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert not node.level and all(alias.name != "*" for alias in node.names), ids(path)


def loaded_after(code):
    """Return which of the heavy libraries a fresh interpreter has loaded after some code."""
    watch = ["panel", "bokeh", "param", "numba", "scipy", "cupy", "torch", "numpy", "tornado"]
    script = f"{code}\nimport sys\nprint(*[name for name in {watch} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(done.stdout.split())


def test_importing_convlab_loads_nothing_but_the_standard_library():
    assert loaded_after("import convlab") == set()


def test_making_every_backend_loads_only_numpy():
    code = "import convlab as cl; from convlab.backends import CATALOGUE, get; [get(n) for n in CATALOGUE]"
    assert loaded_after(code) == {"numpy"}


def test_the_engine_computes_without_the_screens():
    code = "import convlab as cl; cl.conv([[1., 2.], [3., 4.]], [[1.]]); cl.trace([1., 2.], [1.]).scene()"
    assert not loaded_after(code) & {"panel", "bokeh", "param", "tornado"}
