"""Source 001's own test: two right answers, the norm of what is left between them, and both norms as it prints them.

The source prints 9.03687e-03 between SciPy and Theano and calls it a discrepancy, and two norms, 1.55051e+04 and
1.55054e+04. Neither number is about convolution. Theano's variables were float64 and SciPy's loop summed in float32,
so the discrepancy is the rounding of SciPy's sums. And two arrays that are 9e-03 apart cannot have norms that are 0.3
apart: the norm of the float32 array was itself summed in float32, square after square.

What is left between two right answers depends on the version of SciPy, so nothing here holds it to a constant. What
holds is `Norms.relative` < 1e-6, and which side is the float32 one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from convlab import presets, reference
from convlab.errors import SpecError
from convlab.operands import prepare

PRESET = "S001b"
WHEN = "source 001, 2020"  # where and when the printed numbers are from


@dataclass(frozen=True, slots=True)
class Printed:
    """What source 001 prints for one border mode: SciPy is named first, Theano second.

    Attributes
    ----------
    discrepancy, scipy, theano : float
        The norm of the difference, and the norm of each answer.
    """

    discrepancy: float
    scipy: float
    theano: float


PRINTED = {
    "full": Printed(9.42469e-03, 1.65433e04, 1.65440e04),
    "valid": Printed(9.03687e-03, 1.55051e04, 1.55054e04),
}


@dataclass(frozen=True, slots=True)
class Norms:
    """Two answers to one question, as source 001 measures them, and what each of its numbers is made of.

    Attributes
    ----------
    discrepancy : float
        Euclidean norm of the difference of the two answers.
    scipy, theano : float
        Euclidean norm of each, summed in float64.
    running : float
        That of SciPy's answer once more, summed as a float32 running sum of squares.
    scipy_error, theano_error : float
        Euclidean norm of what each is away from the definition summed in float64.
    dtypes : (str, str)
        What SciPy and Theano answered in.
    printed : Printed or None
        What the source prints for the same question; None for a mode that it does not print.
    """

    discrepancy: float
    scipy: float
    theano: float
    running: float
    scipy_error: float
    theano_error: float
    dtypes: tuple[str, str]
    printed: Printed | None = None

    @property
    def relative(self) -> float:
        """The discrepancy as a part of the norm: below 1e-6 where both are right."""
        return self.discrepancy / self.theano

    @property
    def coarse(self) -> str:
        """Whose rounding the discrepancy is: "SciPy", "Theano" or "both"."""
        if self.scipy_error > 10 * self.theano_error:
            return "SciPy"
        return "Theano" if self.theano_error > 10 * self.scipy_error else "both"

    def __str__(self) -> str:
        """The numbers as the source prints them, and below them what they are made of."""
        then = self.printed
        rows = [
            ("", "printed, recorded", "here and now"),
            ("discrepancy", f"{then.discrepancy:.5e}" if then else "not printed", f"{self.discrepancy:.5e}"),
            (
                "norms, SciPy and Theano",
                f"{then.scipy:.5e}, {then.theano:.5e}" if then else "not printed",
                f"{self.scipy:.5e}, {self.theano:.5e}",
            ),
            ("SciPy's norm, summed in float32", "", f"{self.running:.5e}"),
            ("SciPy − definition", "", f"{self.scipy_error:.5e}"),
            ("Theano − definition", "", f"{self.theano_error:.5e}"),
        ]
        return "\n".join(f"{name:32}{old:26}{new}".rstrip() for name, old, new in rows)


def norm(y: np.ndarray) -> float:
    """Return the Euclidean norm of an array, summed in float64.

    Examples
    --------
    >>> norm(np.array([3, 4], "float32"))
    5.0
    """
    return float(np.sqrt(np.square(y, dtype=np.float64).sum()))


def running_norm(y: np.ndarray, dtype: str = "float32") -> float:
    """Return the Euclidean norm as one loop adds it up: square after square, each sum rounded to `dtype`.

    A sum that has grown to 2.4e8 takes squares in float32 only to the nearest 16, and most of them are smaller.

    Examples
    --------
    >>> y = np.full(30_000, 100.1, "float32")
    >>> round(norm(y), 1), round(running_norm(y), 1)
    (17337.8, 17336.7)
    """
    squares = np.square(y.ravel().astype(dtype))
    return float(np.sqrt(np.add.accumulate(squares, dtype=dtype)[-1]))


def measured(scipy: np.ndarray, theano: np.ndarray, truth: np.ndarray, mode: str = "") -> Norms:
    """Measure two answers as source 001 does, and each of them against the definition.

    Parameters
    ----------
    scipy, theano, truth : ndarray, of as many values
        SciPy's answer, Theano's, and the definition's in float64.
    mode : str
        "full" or "valid": then the printed numbers of that mode stand beside.

    Examples
    --------
    >>> found = measured(np.array([3.0, 4.5]), np.array([3.0, 4.0]), np.array([3.0, 4.0]))
    >>> found.discrepancy, found.theano, found.coarse
    (0.5, 5.0, 'SciPy')
    """
    flat = [np.ravel(y).astype(np.float64) for y in (scipy, theano, truth)]
    return Norms(
        discrepancy=norm(flat[0] - flat[1]),
        scipy=norm(flat[0]),
        theano=norm(flat[1]),
        running=running_norm(scipy),
        scipy_error=norm(flat[0] - flat[2]),
        theano_error=norm(flat[1] - flat[2]),
        dtypes=(scipy.dtype.name, theano.dtype.name),
        printed=PRINTED.get(mode),
    )


def source_001(mode: str = "valid", theano: np.ndarray | str = "reference") -> Norms:
    """Run source 001's test: a 500 × 500 image with a 32 × 32 filter, SciPy in float32 beside Theano in float64.

    Parameters
    ----------
    mode : {"full", "valid"}
    theano : str or ndarray
        A backend that stands for Theano, "theano-convop" being the real one's; or its answer in float64.

    Returns
    -------
    Norms

    Raises
    ------
    SpecError
        For a mode that the source does not print.
    Unavailable
        When that backend does not run here.

    Examples
    --------
    >>> found = source_001("valid")
    >>> found.coarse, found.relative < 1e-6, f"{found.running:.5e}"
    ('SciPy', True, '1.55051e+04')
    """
    if mode not in PRINTED:
        raise SpecError(
            f"Asked for source 001 in mode {mode!r}.",
            f"It prints {' and '.join(PRINTED)}.",
            "Use one of these; `measured` takes any two answers.",
        )
    x, w = operands()
    ready = prepare(x.astype(np.float64), w.astype(np.float64), mode=mode)
    truth = reference.judge(ready.x, ready.w, ready.spec)
    if isinstance(theano, str) and theano != "reference":
        from convlab.api import conv

        theano = conv(ready.x, ready.w, mode=mode, backend=theano)
    return measured(scipy_answer(mode), truth if isinstance(theano, str) else np.asarray(theano), truth, mode)


def operands() -> tuple[np.ndarray, np.ndarray]:
    """Return source 001's image and filter, in float32 as it draws them.

    Examples
    --------
    >>> [array.shape for array in operands()]
    [(500, 500), (32, 32)]
    """
    preset = presets.get(PRESET)
    return preset.x, preset.w


@lru_cache(maxsize=2)
def scipy_answer(mode: str) -> np.ndarray:
    """Return what SciPy's convolve2d answers to source 001's operands, in float32; read-only."""
    from scipy import signal

    y = signal.convolve2d(*operands(), mode)
    y.flags.writeable = False
    return y
