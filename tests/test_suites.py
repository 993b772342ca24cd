"""Shapes with a name: they exist, they are what their sources state, and a file of one's own reads or is refused."""

import pytest

from convlab.backends import CATALOGUE, get
from convlab.errors import SpecError
from convlab.implementations.layers import LAYERS
from convlab.spec import ConvSpec
from convlab.timing.shapes import suites
from convlab.timing.shapes.titles import subtitle, title

EVERY = [workload for name in suites.SUITES for workload in suites.suite(name).workloads]


def test_every_workload_has_an_id_of_its_own_a_title_and_a_group():
    assert len({one.id for one in EVERY}) == len(EVERY) > 180
    assert all(one.title and one.group and suites.get(one.id) == one for one in EVERY)


@pytest.mark.parametrize("name", suites.SUITES)
def test_a_suite_says_where_its_sizes_come_from(name):
    assert len(suites.suite(name).source) > 40 and suites.suite(name).source.endswith(".")


def test_the_output_is_as_large_as_the_source_states():
    stated = [one for one in EVERY if one.printed]
    assert len(stated) >= 6 + 5 + 90 and all(one.printed == one.spec.y_shape for one in stated)


def test_source_004_has_its_six_rows_with_the_times_that_it_prints():
    rows = suites.suite("seed004").workloads
    sizes = [(row.spec.x_shape[2], row.spec.x_shape[0], row.spec.w_shape[2]) for row in rows]
    assert sizes == [
        (100, 50, 11), (1000, 50, 11), (100, 5, 11), (100, 500, 11), (100, 50, 5), (100, 50, 31)
    ]  # fmt: skip
    printed = [tuple(seconds for _, seconds in row.recorded) for row in rows]
    assert printed == [
        (0.909, 0.116, 0.0549), (111, 16.5, 5.66), (0.0907, 0.0267, 0.0057), (9.75, 0.888, 0.727),
        (0.217, 0.1, 0.0114), (4.39, 0.22, 0.56),
    ]  # fmt: skip
    assert all(row.spec.dtype == "float32" and row.spec.mode == "valid" for row in rows)


def test_deepbench_and_convnet_benchmarks_are_whole():
    assert len(suites.suite("deepbench").workloads) == 90
    layers = suites.suite("convnet-benchmarks").workloads
    assert [round(2 * one.spec.macs / 1e9, 1) for one in layers] == [124.2, 532.7, 195.7, 20.6, 41.1]
    assert dict(layers[0].recorded)["Theano CorrMM"] == 0.091
    assert all(dict(one.recorded) for one in suites.suite("deepbench").workloads)


def test_the_forty_that_judge_auto_are_a_fair_spread():
    forty = [one.spec for one in suites.suite("auto40").workloads]
    assert len(set(forty)) == 40
    assert {spec.rank for spec in forty} == {1, 2, 3} and {spec.mode for spec in forty} >= {
        "valid",
        "full",
        "same",
        "half",
    }
    kinds = {
        "float64": sum(spec.dtype == "float64" for spec in forty),
        "strided": sum(set(spec.stride) != {1} for spec in forty),
        "dilated": sum(set(spec.dilation) != {1} for spec in forty),
        "grouped": sum(spec.groups > 1 for spec in forty),
        "1 x 1": sum(set(spec.taps) == {1} for spec in forty),
        "thin": sum(spec.x_shape[1] == spec.w_shape[0] == 1 for spec in forty),
        "many channels": sum(spec.x_shape[1] >= 64 for spec in forty),
        "tiny": sum(spec.macs < 100_000 for spec in forty),
    }
    assert all(count >= 3 for count in kinds.values()), kinds
    assert max(spec.macs for spec in forty) < 1e9  # a good backend does that many in well under a second


def test_every_one_of_the_forty_has_backends_to_choose_from():
    here = [get(name) for name in CATALOGUE if get(name).unavailable() is None]
    for one in suites.suite("auto40").workloads:
        assert sum(backend.supports(one.spec) is None for backend in here) >= 3, one.id


def test_the_layers_of_implementations_are_those_of_the_menu():
    menu = {one.id: one.spec for one in suites.workloads()}
    assert len(LAYERS) == 9 and all(menu[layer.id] == layer.spec for layer in LAYERS)


def test_the_usual_ones_and_every_group_are_in_the_menu():
    assert all(suites.get(id_) in suites.workloads() for id_ in suites.USUAL)
    groups = suites.groups()
    assert {"LeNet", "AlexNet", "VGG", "ResNet", "MobileNet", "DeepBench"} <= set(groups)
    assert sum(map(len, groups.values())) == len(suites.workloads())


def test_a_spec_finds_its_name_again():
    for one in suites.workloads():
        assert suites.named(one.spec).spec == one.spec
    assert suites.named(ConvSpec((1, 1, 7), (1, 1, 3))) is None


@pytest.mark.parametrize(
    "id_, near", [("alexnet", "alexnet1"), ("sorce-004-1", "source-004-1"), ("", "resnet")]
)
def test_an_unknown_workload_is_answered_with_those_that_are_near(id_, near):
    with pytest.raises(SpecError, match=near):
        suites.get(id_)
    with pytest.raises(SpecError, match="seed004"):
        suites.suite(id_)


HEAD = "id,title,group,x,w,options,y,note\n"


def test_a_file_of_ones_own_reads(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(f"# Mine.\n{HEAD}a,A,G,2x4x9x9,6x2x3x1,stride=1,2 groups=2,,\n", encoding="utf-8")
    with pytest.raises(SpecError, match="Line 3"):  # a comma in a cell needs quotes
        suites.read(path)
    path.write_text(
        f'# Mine.\n{HEAD}a,A,G,2x4x9x9,6x2x3x1,"stride=1,2 groups=2 padding=1:0,2",,\n', encoding="utf-8"
    )
    (one,) = suites.read(path).workloads
    assert one.spec == ConvSpec((2, 4, 9, 9), (6, 2, 3, 1), stride=(1, 2), groups=2, padding=((1, 0), (2, 2)))
    assert suites.read(path).source == "Mine."


@pytest.mark.parametrize(
    "text, says",
    [
        (f"{HEAD}a,A,G,2x4,6x2x3x1,,,\n", "Line 2"),
        (f"{HEAD}a,A,G,1x1x5x5,1x1x9x9,,,\n", "reaches over 9 rows"),
        (f"{HEAD}a,A,G,1x1x5x5,1x1xax9,,,\n", "Line 2"),
        (f"{HEAD}a,A,G,1x1x5x5,1x1x3x3,speed=9,,\n", "speed=9"),
        ("some,other\n1,2\n", "It is not id,title"),
        ("", "It holds none"),
    ],
)
def test_a_file_that_is_none_says_in_which_line(tmp_path, text, says):
    path = tmp_path / "mine.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        suites.read(path)
    assert says in str(caught.value) and str(path) in str(caught.value)


@pytest.mark.parametrize("path", ["nowhere.csv", "."])
def test_a_file_that_is_not_there_is_a_sentence(path, tmp_path):
    with pytest.raises(SpecError, match=r"Asked for the shapes in"):
        suites.read(tmp_path / path)


@pytest.mark.parametrize("one", EVERY[:60], ids=lambda one: one.id)
def test_a_title_fits_a_line_and_a_subtitle_tells_the_work(one):
    assert len(title(one.spec)) <= 75 and "multiply-add" in subtitle(one.spec)
