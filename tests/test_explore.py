"""`cl.explore` by itself, without a browser: what it shows, both hosts, both ways, and what it refuses."""

import json
import subprocess
import sys

import numpy as np
import pytest

import convlab as cl
from convlab.dashboard.state.contract import scene_problems
from convlab.errors import ConvLabError, Refused, SpecError, Unavailable
from convlab.widgets import explore as module
from convlab.widgets.explore import Explorer

RAMP = np.arange(25).reshape(5, 5)


@pytest.fixture(params=["anywidget", "panel"])
def host(request, monkeypatch):
    """Run a test with anywidget, and as if it were not installed."""
    if request.param == "panel":
        missing(monkeypatch, "anywidget")
    return request.param


def missing(monkeypatch, *names):
    """Let the import of some packages fail, as if they were not installed."""
    for name in names:
        monkeypatch.setitem(sys.modules, name, None)
    module.notebook_class.cache_clear()
    module.panel_class.cache_clear()


@pytest.fixture(autouse=True)
def fresh_classes():
    yield
    module.notebook_class.cache_clear()
    module.panel_class.cache_clear()


def test_it_shows_the_callers_own_arrays(host):
    shown = cl.explore(RAMP, np.ones((3, 3)), mode="full", stride=2)
    assert isinstance(shown, Explorer) and type(shown.widget).__module__ == "convlab.widgets.hosts"
    assert (host == "panel") == hasattr(shown.widget, "param")
    assert scene_problems(shown.scene) == []
    assert (shown.scene["mode"], shown.scene["stride"], shown.widget.host) == ("full", [2, 2], "notebook")
    y = cl.conv(RAMP, np.ones((3, 3)), mode="full", stride=2)
    for step in (0, 5, 15):
        shown.step = step
        assert shown.widget.step == step and shown.value == y.flat[step]


def test_a_change_in_the_picture_reaches_python(host):
    shown = cl.explore(RAMP, np.ones((3, 3)))
    shown.widget.step = 8
    assert (shown.step, shown.value) == (8, 162.0)
    shown.widget.ask = {"n": 1, "change": {"stride": "2"}}
    assert shown.scene["stride"] == [2, 2] and shown.scene["answered"] == 1
    assert shown.question.spec.stride == (2, 2) and (shown.step, shown.value) == (3, 162.0)
    shown.widget.ask = {"n": 2, "change": {"w_shape": "9x9"}}
    assert shown.scene["problem"]["kind"] == "over a limit" and shown.scene["stride"] == [2, 2]
    assert shown.scene["answered"] == 2


def test_a_change_in_python_reaches_the_picture(host):
    shown, other = (
        cl.explore(RAMP, np.ones((3, 3))),
        cl.explore(RAMP[:4], np.ones((2, 2)), padding=((1, 0), (0, 2))),
    )
    seen = []
    module.watch(shown.widget, "scene", seen.append)
    shown.change(mode="full", flip=False)
    assert shown.scene["operation"] == "Cross-correlation" and seen == [shown.scene]
    shown.scene = other.scene
    assert shown.question == other.question and seen[1]["pads"] == [[1, 0], [0, 2]]
    with pytest.raises(SpecError, match="stride"):
        shown.change(stride=0)
    assert shown.question == other.question and len(seen) == 2


def test_a_scene_comes_back_with_its_dtypes_and_with_nan():
    x = np.array([[1, np.nan], [np.inf, 4]], "float32")
    first = cl.explore(x, np.array([[True]]), flip=False)
    second = cl.explore()
    second.scene = json.loads(json.dumps(first.scene))
    assert second.question.x.dtype == np.float32 and second.question.w.dtype == bool
    assert np.array_equal(second.question.x, first.question.x, equal_nan=True)
    for wrong in ({}, None, {**first.scene, "x": {"shape": [1], "values": []}}):
        with pytest.raises(SpecError, match="Asked to show a scene"):
            second.scene = wrong


def test_a_step_that_is_none_is_refused_in_words():
    shown = cl.explore(RAMP, np.ones((3, 3)))
    for wrong in (9, -1, 1.5, "1", True, None):
        with pytest.raises(SpecError, match="Use 0 to 8"):
            shown.step = wrong
    shown.step = np.int64(8)
    assert shown.step == 8


def test_an_operand_that_is_not_given_is_a_ramp():
    assert cl.explore().scene["preset"] == "S000at"
    assert cl.explore(stride=2).scene["stride"] == [2, 2]
    assert cl.explore(RAMP).question.w[0, 0].tolist() == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    assert cl.explore([1, 2]).question.w[0, 0].tolist() == [1, 2]
    assert cl.explore(w=np.ones((2, 2))).question.x[0, 0].tolist() == (RAMP + 1).tolist()
    assert cl.explore(np.ones((1, 4, 5, 5)), groups=2).question.w.shape == (2, 2, 3, 3)
    assert cl.explore(w=np.ones((2, 1, 7)), groups=2).question.x.shape == (1, 2, 7)


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: cl.explore(np.ones((40, 5)), np.ones((3, 3))), Refused, "that fits, for example x[:16]."),
        (lambda: cl.explore(np.ones((9, 1, 5, 5)), np.ones((1, 1, 3, 3))), Refused, "for example x[:4]"),
        (lambda: cl.explore(RAMP, np.ones((6, 6))), SpecError, "Use full"),
        (lambda: cl.explore(np.ones((50, 50, 9)), np.ones((3, 3))), SpecError, "Image index last"),
        (lambda: cl.explore(np.ones((0, 1, 5, 5)), np.ones((1, 1, 3, 3))), SpecError, "Make every axis 1 or more"),
        (lambda: cl.explore(["a"], [1]), SpecError, "multiplies and adds numbers"),
        (lambda: cl.explore([1j], [1]), SpecError, "real numbers"),
        (lambda: cl.explore(RAMP, np.ones((3, 3)), strides=2), SpecError, "The options are mode"),
        (lambda: cl.explore(RAMP, np.ones((3, 3)), stride=9), Refused, "Use 8, the largest"),
        (lambda: cl.explore(RAMP, np.ones((3, 3)), mode="fulll"), SpecError, "The modes are"),
        (lambda: cl.explore(5), SpecError, "axes"),
        (lambda: cl.explore(w=5, groups="two"), SpecError, "axes"),
    ],
    ids=range(12),
)  # fmt: skip
def test_what_cannot_be_shown_is_refused_in_words(call, kind, words):
    with pytest.raises(kind) as caught:
        call()
    assert words in str(caught.value) and isinstance(caught.value, ConvLabError)


def test_where_a_notebook_shows_no_widgets_there_is_plain_text(host):
    shown = cl.explore(RAMP, np.ones((3, 3)), mode="same")
    shown.step = 12
    said = "Convolution of x 1 × 1 × 5 × 5 with w 1 × 1 × 3 × 3, same: step 12, y[0, 0, 2, 2] = 108"
    assert repr(shown) == said
    data, _ = shown._repr_mimebundle_()
    assert data["text/plain"] == said
    if host == "anywidget":
        assert "application/vnd.jupyter.widget-view+json" in data


def test_without_any_host_it_says_what_to_install(monkeypatch):
    missing(monkeypatch, "anywidget", "panel", "panel.custom")
    with pytest.raises(Unavailable, match="pip install anywidget"):
        cl.explore(RAMP, np.ones((3, 3)))


@pytest.mark.parametrize("absent", [(), ("anywidget",)], ids=["anywidget", "panel"])
def test_from_a_script_it_makes_no_server_and_no_noise(absent):
    script = f"""
import sys
for name in {absent!r}: sys.modules[name] = None
import numpy as np, convlab as cl, threading
shown = cl.explore(np.arange(9).reshape(3, 3), np.ones((2, 2)))
shown.step = 3
print(shown.value, threading.active_count(), 'panel' in sys.modules)
if 'panel' in sys.modules:
    import panel; assert not panel.state._servers
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert ran.stdout.split() == ["24.0", "1", str(bool(absent))] and ran.stderr == ""
