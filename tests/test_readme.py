"""What README says to type works, word for word."""

import re
import shlex
import warnings
from pathlib import Path

import numpy as np
import pytest

from convlab.cli import main
from convlab.theano import SpeedOnly

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.S)
LIVE = [block for block in BLOCKS if '"theano-corrmm"' in block]  # these need the real Theano
HERE = [block for block in BLOCKS if block not in LIVE]
COMMANDS = [
    line.partition("#")[0].split(maxsplit=3)[3:]
    for line in README.splitlines()
    if line.startswith("python -m convlab")
]


def run(blocks, scope):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SpeedOnly)  # README says that it warns
        for block in blocks:
            exec(block, scope)


def test_the_python_of_readme_runs_and_gives_what_it_says(capsys):
    scope = {}
    run(HERE, scope)
    assert [row.verdict for row in scope["found"].rows] == ["equal", "convention"]
    printed = capsys.readouterr().out
    assert "not turned" in printed and "Hand it w[::-1, ::-1] and all 9 values agree" in printed.replace(
        "\n    ", " "
    )
    assert "static double[][] convolution" in printed


def test_the_real_theano_of_readme_agrees_with_the_definition(theano, capsys):
    scope = {}
    run([*HERE, *LIVE], scope)
    corrmm, convop, everywhere = scope["found"].rows
    assert {corrmm.verdict, convop.verdict} <= {"equal", "rounding"} and everywhere.verdict == "shape"
    assert "nnet.conv2d (CorrMM)" in capsys.readouterr().out


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_the_commands_of_readme_run(words, tmp_path, monkeypatch, capsys, request):
    if any(word.startswith("theano-") for word in words):
        request.getfixturevalue("theano")
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", np.arange(25.0).reshape(5, 5))
    np.savetxt("w.csv", np.arange(1.0, 10).reshape(3, 3), delimiter=",")
    Path("my_answer.py").write_text("from scipy.signal import convolve2d\n\n\ndef convolution(image, filter):\n"
                                    "    return convolve2d(image, filter, 'valid')\n")  # fmt: skip
    assert main(shlex.split(" ".join(words))) == 0
    assert capsys.readouterr().out


def test_the_commands_were_found():
    assert len(HERE) >= 3 and len(LIVE) == 1 and len(COMMANDS) >= 4
