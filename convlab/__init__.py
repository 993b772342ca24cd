"""convlab: one convolution, many definitions, many ways to compute it.

The public face. A name is imported when it is first used, so that `import convlab` is quick and needs nothing
but the standard library.
"""

import sys
from importlib import import_module
from types import ModuleType

__version__ = "0.1.0"

_HOME = {
    "ConvSpec": "convlab.spec",
    "conv": "convlab.api",
    "corr": "convlab.api",
    "plan": "convlab.api",
    "gradients": "convlab.api",
    "trace": "convlab.api",
    "backends": "convlab.api",
    "prefer": "convlab.api",
    "compare": "convlab.compare",
    "race": "convlab.timing.races.racing",
    "autotune": "convlab.timing.tuning.autotune",
    "sweep": "convlab.timing.sweeps.sweep",
    "check": "convlab.workshop",
    "hint": "convlab.workshop",
    "explore": "convlab.widgets.explore",
}
_MODULES = {"theano": "convlab.theano"}
__all__ = sorted([*_HOME, *_MODULES])


class _Face(ModuleType):
    """The module itself, with one rule: a file never takes the place of the verb that has its name.

    `trace`, `compare`, `gradients` and `backends` are verbs that share their names with files, and importing such a
    file would otherwise bind the file to the name.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


def __getattr__(name: str) -> object:
    if name in _HOME:
        found = getattr(import_module(_HOME[name]), name)
    elif name in _MODULES:
        found = import_module(_MODULES[name])
    else:
        raise AttributeError(f"module 'convlab' has no attribute {name!r}; it has {', '.join(__all__)}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


sys.modules[__name__].__class__ = _Face
