"""A race as code to take along: the call in Python, the line for a terminal."""

from __future__ import annotations

import shlex

from convlab.dashboard.state.implementations.scene import spec_text
from convlab.dashboard.state.race.course import BUDGET_S, POINT, Course, sides
from convlab.spec import ConvSpec


def code_of(course: Course) -> dict[str, str]:
    """Return the Python and the command that run the same race.

    Examples
    --------
    >>> print(code_of(Course())["terminal"])
    python -m convlab race --workload source-004-1
    """
    return {
        "python": python(course),
        "terminal": terminal(course),
        "sweep_python": python(course, sweep=True),
        "sweep_terminal": terminal(course, sweep=True),
    }


def python(course: Course, sweep: bool = False) -> str:
    """Return the race, or the sweep, as Python that runs.

    Examples
    --------
    >>> print(python(Course(names=("numpy-fft",))))
    import convlab as cl
    spec = cl.ConvSpec((50, 1, 100, 100), (1, 1, 11, 11), flip=True)
    print(cl.race(spec, backends=['numpy-fft']))
    """
    words = [f"backends={list(course.names)}"] if course.names is not None else []
    words += [f"budget_s={_budget(course, sweep)}"] if course.budget_s != BUDGET_S else []
    along = [repr(course.axis), repr(list(course.values))] if sweep else []
    call = ", ".join(["spec", *along, *words])
    verb = "sweep" if sweep else "race"
    return f"import convlab as cl\nspec = cl.{spec_text(course.spec)}\nprint(cl.{verb}({call}))"


def terminal(course: Course, sweep: bool = False) -> str:
    """Return the race, or the sweep, as one line for a terminal.

    Examples
    --------
    >>> terminal(Course(ConvSpec((8, 3, 9, 9), (4, 3, 3, 3), "half", stride=2), budget_s=5.0))
    'python -m convlab race --x 8x3x9x9 --w 4x3x3x3 --mode half --stride 2 --budget 5'
    """
    words = ["python", "-m", "convlab", "race"]
    words += ["--workload", course.workload] if course.workload else shapes(course.spec)
    words += ["--backends", ",".join(course.names)] if course.names is not None else []
    words += ["--budget", _budget(course, sweep)] if course.budget_s != BUDGET_S else []
    words += ["--sweep", f"{course.axis}={','.join(map(str, course.values))}"] if sweep else []
    return shlex.join(words)


def shapes(spec: ConvSpec) -> list[str]:
    """Return a layer as the flags of the command line."""
    words = ["--x", "x".join(map(str, spec.x_shape)), "--w", "x".join(map(str, spec.w_shape))]
    if spec.padding is not None:
        words += ["--padding", sides(spec).replace(", ", ",")]
    elif spec.mode != "valid":
        words += ["--mode", spec.mode]
    for name in ("stride", "dilation"):
        value = getattr(spec, name)
        if set(value) != {1}:
            words += [f"--{name}", str(value[0]) if len(set(value)) == 1 else ",".join(map(str, value))]
    words += ["--groups", str(spec.groups)] if spec.groups > 1 else []
    words += ["--no-flip"] if not spec.flip else []
    return words + (["--dtype", spec.dtype] if spec.dtype != "float32" else [])


def _budget(course: Course, sweep: bool) -> str:
    return f"{course.budget_s * (POINT if sweep else 1):g}"
