"""The public face keeps its contract: every landed name has its signature, and no name comes before its work."""

import inspect

import pytest

import convlab as cl
from tests.takers import GENERAL

OPTIONS = ("mode", "stride", "dilation", "groups", "flip", "padding")
SIGNATURES = {  # positional names, then keyword-only names with the defaults that users rely on
    "conv": (("x", "w"), (*OPTIONS, "backend", "out")),
    "backends": (("spec",), ()),
    "trace": (("x", "w"), "same"),
    "corr": (("x", "w"), "same"),
    "plan": (("spec", "w"), ("backend",)),
    "gradients": (("x", "w", "dy"), (*OPTIONS, "backend")),
    "compare": (("x", "w"), "same"),
    "autotune": (("spec",), ("exact", "verbose")),
    "race": (("spec",), ("backends", "budget_s", "report", "limits", "seed", "held")),
    "sweep": (("spec", "axis", "values"), ("backends", "budget_s", "resume", "report", "limits")),
    "explore": (("x", "w"), "same"),
    "check": (("lesson", "function"), ()),
    "hint": (("lesson",), ()),
    "prefer": (("order", "include", "exclude", "require"), ()),
}
LATER = ("detect", "gpu")
LAYER = "border_mode=valid subsample=1 filter_flip=True filter_dilation=1 num_groups=1"
SHAPES = "input_shape=None filter_shape=None"
OLD = "image_shape=None filter_shape=None border_mode=valid"
THEANO = {  # names, order and defaults of Theano 1.0.5, and of 0.8.2 for what that no longer has
    "conv2d": f"input filters {SHAPES} {LAYER} unshared=False",
    "conv3d": f"input filters {SHAPES} {LAYER}",
    "conv2d_grad_wrt_inputs": f"output_grad filters input_shape filter_shape=None {LAYER} unshared=False",
    "conv2d_grad_wrt_weights": f"input output_grad filter_shape input_shape=None {LAYER} unshared=False",
    "conv2d_transpose": (
        f"input filters output_shape filter_shape=None {LAYER} unshared=False".replace(
            "subsample", "input_dilation"
        )
    ),
    "separable_conv2d": (
        "input depthwise_filters pointwise_filters num_channels input_shape=None depthwise_filter_shape=None "
        f"pointwise_filter_shape=None {LAYER.removesuffix(' num_groups=1')}"
    ),
    "causal_conv1d": (
        f"input filters filter_shape input_shape=None {LAYER.removeprefix('border_mode=valid ')} unshared=False"
    ),
    "conv3d2d": "signals filters signals_shape=None filters_shape=None border_mode=valid",
    "conv3D": "V W b d",
    "legacy_conv2d": f"input filters {OLD} subsample=1",
    "signal_conv2d": f"input filters {OLD} subsample=1",
    "conv2d_fft": f"input filters {OLD} pad_last_dim=False",
    "conv3d_fft": f"input filters {OLD} pad_last_dim=False",
}


def parameters(function):
    rows = inspect.signature(function).parameters.values()
    positional = tuple(p.name for p in rows if p.kind is p.POSITIONAL_OR_KEYWORD)
    keyword = {p.name: p.default for p in rows if p.kind is p.KEYWORD_ONLY}
    return positional, keyword, any(p.kind is p.VAR_KEYWORD for p in rows)


@pytest.mark.parametrize("name", SIGNATURES)
def test_a_verb_has_its_signature(name):
    positional, keyword, takes_rest = parameters(getattr(cl, name))
    wanted, options = SIGNATURES[name]
    assert positional == wanted
    if options == "same":
        assert takes_rest or set(OPTIONS) - {"flip"} <= set(keyword)
    else:
        assert tuple(keyword) == options


def test_the_options_have_the_defaults_of_the_contract():
    defaults = {"mode": "valid", "stride": 1, "dilation": 1, "groups": 1, "flip": True, "padding": None}
    _, keyword, _ = parameters(cl.conv)
    assert keyword == {**defaults, "backend": "auto", "out": None}
    spec = {
        f.name: f.default
        for f in inspect.signature(cl.ConvSpec).parameters.values()
        if f.default is not f.empty
    }
    assert spec == {**defaults, "dtype": "float32"}


def test_a_spec_tells_its_output_size_work_padding_and_leftover():
    spec = cl.ConvSpec((1, 1, 6, 6), (1, 1, 3, 3), stride=2)
    assert (spec.y_shape, spec.macs, spec.pads, spec.leftover) == ((1, 1, 2, 2), 36, ((0, 0), (0, 0)), (1, 1))


def test_a_backend_row_has_the_fields_of_the_contract():
    fields = [
        "name",
        "device",
        "family",
        "says",
        "flips",
        "layout",
        "workspace_bytes",
        "is_exact",
        "counterpart",
        "gradients",
    ]
    for row in cl.backends(cl.ConvSpec((1, 1, 5, 5), (1, 1, 3, 3))):
        assert all(hasattr(row, field) for field in fields)
        if row.name in GENERAL:
            assert row.says is None and row.gradients is None and row.workspace_bytes >= 0


@pytest.mark.parametrize("name", THEANO)
def test_a_word_of_theano_has_theanos_arguments_in_theanos_order_with_its_defaults(name):
    rows = inspect.signature(getattr(cl.theano, name)).parameters.values()
    written = []
    for p in (p for p in rows if p.kind is p.POSITIONAL_OR_KEYWORD):
        default = p.default[0] if isinstance(p.default, tuple) else p.default
        written.append(p.name if default is p.empty else f"{p.name}={default}")
    assert " ".join(written) == THEANO[name]


def test_theanos_words_are_a_module_too():
    import convlab.theano

    assert convlab.theano is cl.theano and set(THEANO) <= set(cl.theano.__all__)


@pytest.mark.parametrize("name", LATER)
def test_a_name_does_not_exist_before_its_work(name):
    assert name not in cl.__all__
    with pytest.raises(AttributeError, match="conv"):
        getattr(cl, name)


@pytest.mark.parametrize("name", ["trace", "compare", "backends", "gradients"])
def test_a_verb_stays_a_verb_after_its_file_was_imported(name):
    import importlib

    importlib.import_module(f"convlab.{name}")
    assert callable(getattr(cl, name)) and not inspect.ismodule(getattr(cl, name))
