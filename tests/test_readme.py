"""What README says to type works, word for word."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from convlab.cli import main

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.S)
COMMANDS = [
    line.partition("#")[0].split(maxsplit=3)[3:]
    for line in README.splitlines()
    if line.startswith("python -m convlab")
]


def test_the_python_of_readme_runs_and_gives_what_it_says(capsys):
    scope = {}
    for block in BLOCKS:
        exec(block, scope)
    assert [row.verdict for row in scope["found"].rows] == ["equal", "convention"]
    printed = capsys.readouterr().out
    assert "not turned" in printed and "Hand it w[::-1, ::-1] and all 9 values agree" in printed.replace(
        "\n    ", " "
    )
    assert "static double[][] convolution" in printed


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_the_commands_of_readme_run(words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", np.arange(25.0).reshape(5, 5))
    np.savetxt("w.csv", np.arange(1.0, 10).reshape(3, 3), delimiter=",")
    Path("my_answer.py").write_text("from scipy.signal import convolve2d\n\n\ndef convolution(image, filter):\n"
                                    "    return convolve2d(image, filter, 'valid')\n")  # fmt: skip
    assert main(shlex.split(" ".join(words))) == 0
    assert capsys.readouterr().out


def test_the_commands_were_found():
    assert len(BLOCKS) >= 2 and len(COMMANDS) >= 3
