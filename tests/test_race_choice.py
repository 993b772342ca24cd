"""The controls of the Race screen: who is chosen and in which order, the menu of layers, the limits."""

from convlab.backends import CATALOGUE, get
from convlab.backends.peers import PEERS
from convlab.dashboard.state.race.course import Course
from convlab.dashboard.state.race.live import Live
from convlab.dashboard.state.race.scene import Shown, of_here, scene
from convlab.timing.admission import rates
from convlab.timing.races.result import Row
from convlab.timing.shapes import suites
from tests.race_stand_ins import shown


def test_before_and_while_it_runs_the_likely_fastest_stand_on_top_and_refusals_below():
    choice = scene(Shown(Course(), Live()))["choice"]
    names = [
        one["name"] for one in sorted(choice["names"], key=lambda one: one["place"] or 0) if one["chosen"]
    ]
    says = {one["name"]: one["says"] for one in choice["names"]}
    runs = [name for name in names if not says[name]]
    assert names[: len(runs)] == runs and len(runs) < len(names) == len(CATALOGUE)
    known = rates.known()
    seconds = [known.seconds(name, "float32", get(name).work(Course().spec)) for name in runs]
    assert seconds == sorted(seconds) and runs[0] != "numpy-loops"
    live = Live()
    live.begin(names)
    for name in CATALOGUE:  # a race tells of them as it gets to them
        live.hear(Row(name, state="refused" if says[name] else "waiting"), 0.0)
    assert [row["name"] for row in scene(shown(live))["race"]["rows"]] == names


def test_a_backend_that_this_machine_lacks_is_not_said_to_refuse(monkeypatch):
    monkeypatch.setattr(get("scipy-fft"), "unavailable", lambda: "There is no SciPy here.")
    choice = {one["name"]: one for one in scene(shown())["choice"]["names"]}
    assert (choice["scipy-fft"]["kind"], choice["scipy-fft"]["says"]) == (
        "not on this machine",
        "There is no SciPy here.",
    )
    assert choice["numpy-conv3d"]["kind"] == "not by this backend" and choice["numpy-loops"]["kind"] is None


def test_every_backend_says_below_its_name_what_it_is_in_few_words():
    notes = {one["name"]: one["note"] for one in scene(shown())["choice"]["names"] if not one["peer"]}
    assert all(notes.values()) and all(len(note) <= 25 for note in notes.values())


def test_the_limits_are_those_of_the_environment(monkeypatch):
    monkeypatch.setenv("CONVLAB_MAX_BYTES", "1 GiB")
    monkeypatch.setenv("CONVLAB_MAX_SECONDS", "7")
    limits = scene(of_here(shown()))["choice"]["limits"]
    assert limits["sentence"] == "One backend may take 7 s a call and 1.0 GiB; more is refused."


def test_the_menu_offers_every_workload_and_the_choice_every_backend():
    made = scene(shown())
    items = [item["id"] for group in made["workloads"] for item in group["items"]]
    assert items == [one.id for one in suites.workloads()] and made["workload"] == "source-004-1"
    assert [one["id"] for one in made["quick"]] == list(suites.USUAL)
    names = made["choice"]["names"]
    assert [one["name"] for one in names] == [*CATALOGUE, *PEERS] and made["choice"]["all"]
    assert [one["name"] for one in names if one["chosen"]] == list(CATALOGUE)
    assert {one["name"] for one in names if one["peer"]} == set(PEERS)
    some = scene(Shown(Course(names=("numpy-fft",))))["choice"]
    assert [one["name"] for one in some["names"] if one["chosen"]] == ["numpy-fft"] and not some["all"]


def test_the_controls_show_the_layer_as_it_may_be_typed_back():
    for one in suites.workloads()[::7]:
        layer = scene(Shown(Course(one.spec)))["layer"]
        change = {name: layer[name] for name in ("x", "w", "stride", "dilation", "groups", "dtype", "flip")}
        change |= {"padding": layer["padding"]} if layer["padding"] else {"mode": layer["mode"]}
        assert Course().changed(change).spec == one.spec
