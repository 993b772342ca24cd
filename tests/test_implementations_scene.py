"""The state of the Implementations screen: the layer, its address, the scene, and examples that run elsewhere."""

import asyncio
import json
import time
from urllib.parse import parse_qsl

import pytest

from convlab.dashboard.state.implementations import layer as layers
from convlab.dashboard.state.implementations import run as running
from convlab.dashboard.state.implementations.listing import Listing, follow, from_address
from convlab.dashboard.state.implementations.scene import scene
from convlab.dashboard.state.query import from_query, to_query
from convlab.dashboard.state.question import question_of
from convlab.implementations import ROWS
from convlab.implementations.refusing import refusal
from convlab.spec import ConvSpec

KEYS = {
    "version", "kind", "answered", "layer", "rows", "borders", "swap", "presets", "preset", "modes", "dtypes", "view",
    "outputs", "running", "query", "problem", "notices",
}  # fmt: skip
ROW = {
    "id", "name", "about", "call", "says", "flips", "otherwise", "x_axes", "w_axes", "borders", "stride", "dilation",
    "groups", "gradient", "rules", "memory", "source", "example", "here", "cpu", "gpu", "refusal", "bytes", "arrays",
    "spec", "words", "command",
}  # fmt: skip


def asked(query):
    return from_address(dict(parse_qsl(query.lstrip("?"), keep_blank_values=True)))


def test_a_scene_holds_what_the_browser_reads_and_nothing_else():
    made = scene(Listing())
    assert json.loads(json.dumps(made)) == made
    assert set(made) == KEYS and (made["version"], made["kind"]) == (1, "implementations")
    for row, one in zip(made["rows"], ROWS, strict=True):
        assert set(row) == ROW and row["id"] == one.id
        assert (row["refusal"] is None) == (refusal(one, Listing().spec) is None)
        assert row["bytes"] is None or row["bytes"] == sum(part["bytes"] for part in row["arrays"])
    assert len(json.dumps(made)) < 64 * 1024


def test_the_layer_of_the_mock_takes_the_memory_of_the_mock():
    found = {row["id"]: row["bytes"] for row in scene(Listing())["rows"]}
    assert round(found["GpuCorrMM"] / 2**20, 1) == 6.4 and round(found["conv2d_fft"] / 2**20) == 119


def test_the_spec_of_a_row_is_python_that_makes_what_it_computes():
    for layer in ("resnet", "alexnet1", "mobilenet", "wavenet", "c3d", "S002b"):
        told = Listing().changed({"preset": layer})
        for row, one in zip(scene(told)["rows"], ROWS, strict=True):
            if row["spec"]:
                assert eval(row["spec"], {"ConvSpec": ConvSpec}) == one.computes(told.spec)


def test_a_scene_is_quick_enough_for_the_event_loop():
    specs = [
        Listing().changed({"x_shape": [8, 6, 32, n], "w_shape": [12, 6, 5, 4], "stride": 2})
        for n in (33, 35, 37)
    ]
    scene(specs.pop())
    spent = []
    for told in specs:
        began = time.thread_time()
        scene(told)
        spent.append(time.thread_time() - began)
    assert min(spent) < 0.02


@pytest.mark.parametrize(
    "query, spec",
    [
        ("", "x(8, 64, 56, 56) w(64, 64, 3, 3) valid float32"),
        ("mode=full&stride=2,1", "x(8, 64, 56, 56) w(64, 64, 3, 3) full stride=(2, 1) float32"),
        ("layer=8x3x9x9*4x3x3x3&stride=2&dtype=float64", "x(8, 3, 9, 9) w(4, 3, 3, 3) valid stride=(2, 2) float64"),
        ("layer=8x32x99*32x32x2&padding=4:0&dilation=4",
         "x(8, 32, 99) w(32, 32, 2) ((4, 0),) dilation=(4,) float32"),
        ("preset=S002b", "x(2, 3, 6, 6, 4) w(4, 3, 3, 3, 2) valid stride=(2, 2, 1) float32"),
        ("preset=S000at&mode=full&stride=2", "x(1, 1, 5, 5) w(1, 1, 3, 3) full stride=(2, 2) float32"),
        ("mode=valid&x=1x4x5x5:0..99&w=4x2x3x3:0..71&groups=2", "x(1, 4, 5, 5) w(4, 2, 3, 3) valid groups=2 float32"),
    ],
)  # fmt: skip
def test_an_address_leads_to_a_layer_and_the_layer_back_to_an_address(query, spec):
    told, _, notices = asked(query)
    assert str(told.spec) == spec and notices == ()
    again = asked(told.query)
    assert again[0].spec == told.spec and again[2] == () and again[0].query == told.query


def test_the_view_and_the_axes_stand_in_the_address():
    told, view, notices = asked("show=fits&find=fft&open=conv3D&order=01234&turned=rt")
    assert view == {"show": "fits", "find": "fft", "open": "conv3D"} and notices == ()
    assert told.axes.order == (0, 1, 2, 3, 4) and told.axes.turned == ("row", "time")
    assert "order=01234" in told.query and "turned=rt" in told.query


@pytest.mark.parametrize(
    "query, said",
    [
        ("show=mine", "It shows all."), ("open=conv9d", "None is open."), ("order=00000", "It stays as it was."),
        ("turned=xyz", "It stays as it was."), ("layer=8x3", "That is not two shapes".lower()),
        ("layer=1x1x5x5*1x1x9x9", "the output would have"), ("stride=0", "stride here goes from 1"),
        ("dtype=int8", "the dtypes are"), ("nonsense=1", "this is not a key of the state"),
        ("layer=999999999x1x5x5*1x1x3x3", "here goes from 1 to 1000000"),
    ],
)  # fmt: skip
def test_what_cannot_be_followed_falls_back_with_a_notice(query, said):
    told, view, notices = asked(query)
    assert len(notices) == 1 and said in notices[0]
    assert told.spec == Listing().spec and view["show"] == "all"


def test_other_screens_and_this_one_carry_each_others_keys():
    told, _, _ = asked("v=1&preset=S000at&mode=full&step=3&columns=naive,theano&layer=8x3x9x9*4x3x3x3")
    assert told.carried["columns"] == "naive,theano" and "preset=S000at" in told.query
    there = from_query(dict(parse_qsl(f"{told.query}&show=fits&open=conv3D")))
    assert there.notices == () and there.question.preset == "S000at"
    back = to_query(there.question, there.extras | there.backward)
    assert asked(back)[0].spec == told.spec and asked(back)[1]["open"] == "conv3D"


def test_a_refused_ask_leaves_the_layer_and_offers_a_way_out():
    number, told, no = follow(Listing(), {"n": 4, "change": {"x_shape": "8x5x56x56"}})
    assert (number, told) == (4, Listing()) and no["kind"] == "no such convolution"
    assert told.changed(no["try"]["change"]).spec.w_shape == (64, 5, 3, 3)
    for change in (
        {"x_shape": "7"},
        {"stride": "x"},
        {"odd": 1},
        {"run": "nothing"},
        {"dtype": "int8"},
        None,
        {"fit": 3},
    ):
        assert follow(Listing(), {"n": 1, "change": change})[2] is not None


def test_a_layer_follows_to_another_number_of_axes():
    told = Listing().changed({"stride": 2}).changed({"x_shape": "8,3,9,9,9", "w_shape": "4,3,3,3,3"})
    assert told.spec.stride == (2, 2, 2) and told.spec.y_shape == (8, 4, 4, 4, 4)


def test_every_row_can_be_made_to_fit_by_its_button():
    for layer in ("resnet", "S002b", "wavenet"):
        told = Listing().changed({"preset": layer})
        for n, one in enumerate(ROWS):
            row = scene(told.changed({"open": one.id}))["rows"][n]
            if row["refusal"]:
                assert row["refusal"]["try"]["label"].startswith("Use ")
                assert refusal(one, told.changed(row["refusal"]["try"]["change"]).spec) is None


def test_a_small_layer_has_its_pictures_and_a_large_one_says_why_not():
    small = scene(asked("preset=S000e")[0])["layer"]["picture"]
    question = from_query(dict(parse_qsl(small["never"]))).question
    assert question.spec.flip is False and question.spec.x_shape == question_of("S000e").spec.x_shape
    assert "4 images" in scene(Listing())["layer"]["picture"]["says"]


def test_the_menu_names_each_layer_once():
    specs = [Listing().changed({"preset": one["id"]}).spec for one in layers.menu()]
    assert len(set(specs)) == len(specs) > 10
    assert all(layers.name_of(spec) == one["id"] for spec, one in zip(specs, layers.menu(), strict=True))


def test_an_example_runs_beside_the_loop_and_is_kept(monkeypatch):
    monkeypatch.setattr(running, "_kept", {})
    monkeypatch.setattr(running, "theano_lacks", lambda: "not asked here")

    async def life():
        longest, began = 0.0, time.monotonic()
        task = asyncio.create_task(running.ran("signal.convolve2d"))
        while not task.done():
            before = time.thread_time()  # what the loop spends, whatever else the machine does
            await asyncio.sleep(0)
            longest = max(longest, time.thread_time() - before)
            assert time.monotonic() < began + 60
        return await task, longest, await running.ran("signal.convolve2d")

    told, longest, again = asyncio.run(life())
    assert "[174., 219., 264.]" in told["shown"] and told["live"] is None and again is told
    assert longest < 0.02


def test_a_class_that_presses_run_at_once_starts_one_process(monkeypatch):
    monkeypatch.setattr(running, "_kept", {})
    monkeypatch.setattr(running, "theano_lacks", lambda: "not asked here")
    started = []

    async def pretend(one):
        started.append(one.id)
        await asyncio.sleep(0.05)
        return {"shown": "1", "seconds": 0.0, "arrays": {}}

    monkeypatch.setattr(running, "_in_a_process", pretend)

    async def press():
        return await asyncio.gather(*(running.ran("conv3D") for _ in range(30)))

    answers = asyncio.run(press())
    assert started == ["conv3D"] and all(answer is answers[0] for answer in answers)


def test_an_example_is_run_again_once_the_real_theano_has_come(monkeypatch):
    monkeypatch.setattr(running, "_kept", {"conv3d2d": {"live": None}, "conv3D": {"live": None}})
    monkeypatch.setattr(running, "theano_lacks", lambda: "It is being set up.")
    assert running.is_kept("conv3d2d") and not running.is_kept("nnet.conv2d")
    monkeypatch.setattr(running, "theano_lacks", lambda: None)
    assert not running.is_kept("conv3d2d") and running.is_kept("conv3D")


def test_an_example_that_fails_is_a_refusal_with_its_last_words(monkeypatch):
    monkeypatch.setattr(running, "_kept", {})
    broken = next(row for row in ROWS if row.id == "conv3D")
    monkeypatch.setattr(
        running,
        "get",
        lambda id_: type("Row", (), {"id": "no such row", "name": broken.name, "live": None})(),
    )
    with pytest.raises(running.Refused, match="no such row"):
        asyncio.run(running.ran("conv3D"))
