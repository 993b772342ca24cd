"""A race is told in a sentence, a table of text, a table for a notebook, CSV and JSON; all of them say the same."""

import csv
import io
import json
from dataclasses import fields, replace
from math import inf

import pytest

import convlab as cl
from convlab.errors import SpecError
from convlab.spec import ConvSpec
from convlab.timing import words
from convlab.timing.races import show
from convlab.timing.races.result import Race, Row
from tests.specs import SPECS

SPEC = ConvSpec((50, 1, 100, 100), (1, 1, 11, 11))


def timed(name, seconds, iqr=0.0, **more):
    usual = {
        "state": "timed", "min_s": seconds, "median_s": seconds, "q1_s": seconds, "q3_s": seconds + iqr, "loops": 1,
        "blocks": 9, "error": 2e-7, "bound": 4e-6, "share": 0.05, "checked": "full", "first_call_s": 0.5, "gflops": 3.0,
    }  # fmt: skip
    return Row(name, **usual | more)


WRONG = Row(
    "wrong-one", state="wrong", error=inf, bound=1e-6, share=inf, checked="full", says="y[0] is <b>nan</b>."
)
REFUSED = Row(
    "refused-one", state="refused", kind="over a limit", says="It takes 9 GiB.", hint="Use 4 images.",
    change={"x_shape": (4, 1, 100, 100)},
)  # fmt: skip
LOST = Row("lost-one", state="lost", kind="stopped", says="Its process died.")
FULL = Race(
    SPEC, (timed("b", 4.2e-3), timed("a", 1e-3, flags=("noisy",), parts={"compile": 0.4}), timed("c", 31e-3),
           WRONG, REFUSED, LOST),
    {"cpu": "a <processor>", "blas": ["openblas", "mkl"], "threads": {"OMP": "2"}, "governor": None},
    "2026-01-02T03:04:05+00:00", 2.0, 7,
)  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([timed("a", 1e-3), timed("b", 4.2e-3), timed("c", 31e-3)],
         "a is fastest here: 4.2× ahead of b, 31× ahead of the last. All 3 answers lie within the rounding bound."),
        ([timed("a", 1e-3)], "a is the only one that was timed: 1.00 ms. Its answer lies within the rounding bound."),
        ([timed("b", 1.03e-3), timed("a", 1e-3), timed("c", 3e-3)],
         "a and b tie, 3.0× ahead of c. All 3 answers lie within the rounding bound."),
        ([timed("a", 1e-3), timed("b", 1.04e-3, 3e-4)], "a and b tie. Both answers lie within the rounding bound."),
        ([timed("a", 1e-3, checked="sampled"), timed("b", 2e-3)],
         "a is fastest here: 2.0× ahead of b. Both answers lie within the rounding bound, as far as a sample tells."),
        ([timed("a", 1e-3), timed("b", 2e-3), WRONG],
         "a is fastest here: 2.0× ahead of b. The other 2 answers lie within the rounding bound. wrong-one is wrong, "
         "and cannot win."),
        ([timed("a", 1e-3, flags=("unreliable",)), timed("b", 2e-3)],
         "a is fastest here: roughly 2.0× ahead of b. Both answers lie within the rounding bound."),
        ([timed("a", 1e-3, flags=("noisy",)), timed("b", 2e-3), timed("c", 3e-3, flags=("disturbed",))],
         "a is fastest here: 2.0× ahead of b, 3.0× ahead of the last. All 3 answers lie within the rounding bound."),
        ([timed("a", 1e-3), timed("b", 1.01e-3), timed("c", 2e-3, flags=("disturbed",))],
         "a and b tie, roughly 2.0× ahead of c. All 3 answers lie within the rounding bound."),
        ([timed("a", 1e-3), timed("b", 2e-3), timed("c", 3e-3, is_exact=True)],
         "a is fastest here: 2.0× ahead of b, 3.0× ahead of the last. The fastest that is exact on whole numbers is c, "
         "3.0× behind. All 3 answers lie within the rounding bound."),
        ([timed("a", 1e-3), timed("b", 1.01e-3, is_exact=True)],
         "a and b tie. The fastest that is exact on whole numbers is b. Both answers lie within the rounding bound."),
        ([timed("a", 1e-3, is_exact=True), timed("b", 2e-3)],
         "a is fastest here: 2.0× ahead of b. Both answers lie within the rounding bound."),
        ([REFUSED], "No backend was timed here."),
    ],
)  # fmt: skip
def test_the_sentence_says_who_won_by_how_much_and_whether_it_is_right(rows, sentence):
    assert Race(SPEC, tuple(rows)).sentence == sentence


def test_the_fastest_right_row_wins_and_rows_that_cannot_be_told_apart_tie():
    race = Race(SPEC, (timed("b", 1.03e-3), replace(WRONG, min_s=1e-9), timed("a", 1e-3), timed("c", 2e-3)))
    assert (
        race.winner.name == "a"
        and race.ties == ("b",)
        and [row.name for row in race.ranked] == ["a", "b", "c"]
    )
    assert Race(SPEC, (REFUSED,)).winner is None and Race(SPEC, ()).ties == ()


def test_json_gives_back_the_same_race_and_is_strict():
    text = FULL.to_json()
    json.loads(text, parse_constant=pytest.fail)  # no Infinity, which few readers know
    again = Race.from_json(text)
    assert again.rows[1].flags == ("noisy",) and again.rows[3].share == inf
    assert again.rows[4].change == {"x_shape": (4, 1, 100, 100)} and again.to_json() == text
    assert again.rows == FULL.rows and (again.spec, again.machine, again.when, again.seed) == (
        SPEC, FULL.machine, FULL.when, 7,
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"kind": "sweep", "version": 1}', FULL.to_json().replace('"version": 1', '"version": 2'),
     FULL.to_json().replace('"lost"', '"gone"'), FULL.to_json().replace('"min_s"', '"most_s"')],
    ids=range(7),
)  # fmt: skip
def test_what_is_no_race_is_refused_in_a_sentence(text):
    with pytest.raises(SpecError, match="Asked to read a race from JSON"):
        Race.from_json(text)


def test_csv_has_a_line_for_each_row_and_a_name_for_each_column():
    lines = list(csv.DictReader(io.StringIO(FULL.to_csv())))
    assert [line["name"] for line in lines] == [row.name for row in FULL.rows]
    assert set(lines[0]) == {field.name for field in fields(Row)} | {"iqr_s", "spec", "when"}
    assert float(lines[1]["min_s"]) == 1e-3 and lines[1]["flags"] == "noisy" and lines[4]["min_s"] == ""
    assert json.loads(lines[4]["change"]) == {"x_shape": [4, 1, 100, 100]} and lines[0]["spec"] == str(SPEC)


def test_a_table_of_text_ranks_the_times_and_says_why_there_are_none():
    text = str(FULL)
    assert text == repr(FULL) and FULL.sentence.split(".")[0] in text and "GFLOP/s" in text
    assert text.index("\na ") < text.index("\nb ") < text.index("\nc ") < text.index("refused-one: ")
    assert (
        "fastest here, noisy" in text
        and "It takes 9 GiB. Use 4 images." in text
        and "wrong-one: wrong; y[0]" in text
    )
    assert max(map(len, text.splitlines())) < 140


def test_where_nobody_was_timed_there_is_no_table_of_times():
    text = str(Race(SPEC, (REFUSED, LOST, replace(REFUSED, name="another-one"))))
    assert text.count("It takes 9 GiB.") == 1 and "\nrefused-one, another-one: It takes" in text
    assert "GFLOP/s" not in text and "lost-one: lost; Its process died." in text


def test_a_notebook_shows_a_table_in_which_nothing_is_taken_for_markup():
    html = FULL._repr_html_()
    assert html.count("<tr>") == 1 + len(FULL.rows) and "<b>a</b>" in html and "fastest here, noisy" in html
    assert "<b>nan</b>" not in html and "&lt;b&gt;nan&lt;/b&gt;" in html and "a &lt;processor&gt;" in html
    assert "openblas; mkl" in html and "OMP=2" in html and "governor" not in html
    assert "<table" in cl.compare([1.0, 2.0], [1.0], against=["numpy-im2col"])._repr_html_()


def test_a_row_that_took_part_shows_its_error_beside_its_time():
    shown = dict(
        zip(show.HEADS, show.cells(timed("a", 1.234e-3, workspace_bytes=1 << 20, peak_bytes=3 << 19)))
    )
    assert shown["least"] == "1.23 ms" and shown["error / bound"] == "2.0e−7 / 4.0e−6"
    assert (shown["workspace"], shown["peak"]) == ("1.0 MiB", "1.5 MiB")
    assert show.cells(timed("a", 1.0, checked="sampled"))[5].endswith("sampled")


@pytest.mark.parametrize("spec", SPECS[::7], ids=str)
def test_a_spec_travels_through_json_unchanged(spec):
    assert words.spec_in(json.loads(json.dumps(words.spec_out(spec)))) == spec


def test_words_that_are_no_spec_are_refused():
    with pytest.raises(SpecError, match="A spec has x_shape"):
        words.spec_in({"x_shape": [1, 1, 5], "w_shape": [1, 1, 3], "colour": "red"})


@pytest.mark.parametrize(
    ("bad", "says"),
    [({"spec": "x"}, "not a question"), ({"backends": ["nothing"]}, "The catalogue has"),
     ({"backends": []}, "no names"), ({"backends": 5}, "no names"), ({"limits": 3}, "not Limits"),
     *(({"seed": value}, "whole number from 0") for value in (-1, "a", True)),
     *(({"budget_s": value}, "seconds above 0") for value in (0, float("nan"), True))],
)  # fmt: skip
def test_a_race_that_cannot_be_asked_is_refused_before_any_worker_starts(bad, says, monkeypatch):
    from convlab.timing.races import racing

    monkeypatch.setattr(racing, "run", lambda *_: pytest.fail("it ran"))
    with pytest.raises(SpecError, match=says):
        cl.race(**{"spec": SPEC, **bad})


def test_names_that_can_be_read_only_once_are_all_raced(monkeypatch):
    from convlab.timing.races import racing

    monkeypatch.setattr(racing, "contest", lambda spec, names, **_: names)
    monkeypatch.setattr(racing, "run", lambda steps, *_: steps)
    assert cl.race(SPEC, backends=iter(["numpy-loops", "numpy-fft"])) == ("numpy-loops", "numpy-fft")
    assert cl.race(SPEC, backends="numpy-fft") == ("numpy-fft",) and cl.race(SPEC) is None


def test_real_backends_race_in_real_workers():
    news = []
    race = cl.race(ConvSpec((2, 1, 30, 30), (1, 1, 3, 3)), backends=["numpy-im2col", "numpy-loops", "numba-c01b"],
                   budget_s=0.1, report=news.append)  # fmt: skip
    fast, slow, refused = race.rows
    assert (
        fast.state == "timed" and slow.state in ("timed", "pruned") and refused.kind == "not by this backend"
    )
    assert (
        race.winner is fast and 0 < fast.min_s <= fast.median_s and fast.share < 1 and fast.first_call_s > 0
    )
    assert race.machine["blas"] and race.machine["threads"]["OPENBLAS_NUM_THREADS"] and news[-1].progress == 1
    assert str(race).count("\n") > 4 and Race.from_json(race.to_json()).rows == race.rows


def test_one_call_has_no_spread_and_names_stay_whole_at_the_end_of_a_line():
    once = timed("numpy-once", 2e-3, state="pruned", blocks=1, says="One call took 2.00 ms.")
    assert [show.cells(replace(once, loops=loops))[2] for loops in (1, 8)] == ["one call", "one block"]
    assert show.cells(timed("numpy-often", 2e-3))[2] == "2.00 ms ± 0.0 %"
    for pad in range(60, 100):
        lost = replace(LOST, says="x" * pad + " numpy-im2col does this one.")
        assert "numpy-im2col does" in " ".join(str(Race(SPEC, (lost,))).split())


def test_of_those_left_behind_the_ones_with_a_time_stand_first():
    never, later, sooner = (
        Row("a", state="pruned"),
        timed("b", 2.0, state="pruned"),
        timed("c", 1.0, state="pruned"),
    )
    assert [row.name for row in show.ordered([never, later, sooner, timed("d", 9.0)])] == ["d", "c", "b", "a"]
