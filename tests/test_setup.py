"""pyproject.toml, requirements.lock and environment.yml say the same, and the running environment agrees."""

import ast
import re
import sys
import tomllib
from importlib import metadata
from itertools import chain, product

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from convlab import bootstrap, needs
from convlab.backends import peers
from convlab.backends.theano_worker import environment
from tests import lock

PROJECT = tomllib.loads(needs.PYPROJECT.read_text(encoding="utf-8"))["project"]
BUILD = tomllib.loads(needs.PYPROJECT.read_text(encoding="utf-8"))["build-system"]
UNLOCKED = "peers"  # what convlab is timed against: ranges only, installed by those who want to
EXTRAS = tuple(name for name in PROJECT["optional-dependencies"] if name != UNLOCKED)
LOCK = bootstrap.LOCK.read_text(encoding="utf-8")
THEANO_LOCK = environment.LOCK.read_text(encoding="utf-8")
CONDA = yaml.safe_load((bootstrap.ROOT / "environment.yml").read_text(encoding="utf-8"))
OPTIONAL = PROJECT["optional-dependencies"]
WRITTEN = [*PROJECT["dependencies"], *BUILD["requires"], *chain(*(OPTIONAL[extra] for extra in EXTRAS))]


def locked(text):
    """Give (requirement, hashes) for every entry of a lock."""
    joined = text.replace("\\\n", " ")
    for line in joined.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            requirement, *hashes = line.split("--hash=")
            yield Requirement(requirement.strip()), [text.strip() for text in hashes]


def versions(text):
    """Return {name: versions} of a lock."""
    pinned = {}
    for requirement, _ in locked(text):
        (spec,) = requirement.specifier
        pinned.setdefault(canonicalize_name(requirement.name), []).append(spec.version)
    return pinned


def conda_ranges():
    """Give {name: range} of environment.yml."""
    split = (re.fullmatch(r"([a-z][a-z0-9-]*) ([^ ]+)", line) for line in CONDA["dependencies"])
    return {match[1]: match[2] for match in split}


@pytest.mark.parametrize("text", [*WRITTEN, *OPTIONAL[UNLOCKED]])
def test_every_range_is_read_as_packaging_reads_it(text):
    ours, theirs = needs.parse(text), Requirement(text)
    assert (ours.name, SpecifierSet(ours.range)) == (theirs.name, theirs.specifier)


def imported(folder):
    """Return the packages of other people that the files of a folder import, wherever in a file they do."""
    found = set()
    for path in (bootstrap.ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - {"convlab", "tests", "benchmarks"}


@pytest.mark.parametrize(
    ("folder", "extras"), [("convlab", ("notebook", "cluster")), ("tests", EXTRAS), ("benchmarks", EXTRAS)]
)
def test_every_package_that_is_imported_is_asked_for(folder, extras):
    distributions = metadata.packages_distributions()
    asked = {canonicalize_name(need.name) for need in needs.wanted(extras)}
    asked.add("traitlets")  # the language of anywidget, and never without it
    asked |= {"torch", "cv2", "jax", "pyfftw", "skimage"}  # of the extra that is not installed here
    asked.add("theano")  # lives in an environment of its own, with a lock of its own
    missing = {
        name
        for name in imported(folder)
        if not asked & set(map(canonicalize_name, distributions.get(name, [name])))
    }
    assert not missing


def test_versions_are_compared_as_packaging_compares_them():
    early = ["0.9", "1", "1.0", "1.8.9", "1.9.4rc1", "1.9.4", "1.9.4.post1", "1.9.12"]
    late = ["1.10a1", "1.10.0.dev3", "1.10", "2.0rc1", "2", "2.0.1", "10.0", "10.0+local"]
    ranges = [
        sign + bound for sign in (">=", "<=", "<", ">", "==", "!=") for bound in ("1.0", "1.9.4", "1.10", "2")
    ]
    wrong = [
        (range_, version)
        for range_, version in product(ranges, early + late)
        if needs.allows(range_, version) != SpecifierSet(range_).contains(Version(version), prereleases=True)
    ]
    assert not wrong


def test_a_form_that_is_not_known_is_refused_with_a_sentence():
    for text in ("numpy~=2.0", "numpy @ file:///numpy.whl", "numpy>=2; python_version<'3.12'", ">=2"):
        with pytest.raises(ValueError, match=r"Asked for the package .* Its form is not known"):
            needs.parse(text)


def test_the_metadata_of_an_installed_convlab_is_read_like_pyproject(monkeypatch, tmp_path):
    in_checkout = needs.wanted(EXTRAS)
    written = [*PROJECT["dependencies"]]
    for extra in EXTRAS:
        written += [f"{text}; extra == '{extra}'" for text in PROJECT["optional-dependencies"][extra]]
    monkeypatch.setattr(metadata, "requires", lambda name: written)
    monkeypatch.setattr(needs, "PYPROJECT", tmp_path / "absent.toml")
    assert needs.wanted(EXTRAS) == in_checkout
    assert not any(need.extra for need in needs.wanted())


def test_the_running_environment_meets_every_range():
    assert [str(lack) for lack in needs.lacking(EXTRAS)] == []
    assert all(
        Requirement(text).specifier.contains(metadata.version(needs.parse(text).name)) for text in WRITTEN
    )


def test_what_is_too_old_or_absent_is_named_with_what_was_found(monkeypatch):
    versions = {"numpy": "1.26.4", "scipy": "1.14"}
    monkeypatch.setattr(needs, "_installed", versions.get)
    said = [str(lack) for lack in needs.lacking()]
    assert said[0] == "numpy>=2.0,<3 (1.26.4)"
    assert "panel>=1.9.4,<1.10 (absent)" in said
    assert not any(text.startswith("scipy") for text in said)


def test_environment_yml_holds_only_what_conda_knows_and_every_range_parses():
    assert set(CONDA) == {"name", "channels", "dependencies"}
    assert CONDA["channels"] == ["conda-forge"]
    assert all(SpecifierSet(range_) for range_ in conda_ranges().values())


def test_environment_yml_has_the_ranges_of_pyproject():
    conda = conda_ranges()
    assert conda.pop("python") == PROJECT["requires-python"]
    ours = {canonicalize_name(need.name): need.range for need in needs.wanted(EXTRAS)}
    base = {canonicalize_name(need.name) for need in needs.wanted(("notebook",))}
    assert base <= set(conda)
    assert conda == {name: ours[name] for name in conda}


@pytest.mark.parametrize("text", [LOCK, THEANO_LOCK], ids=["requirements.lock", "theano.lock"])
def test_every_locked_package_has_a_hash_and_one_exact_version(text):
    for requirement, hashes in locked(text):
        assert [spec.operator for spec in requirement.specifier] == ["=="], requirement
        assert hashes, requirement
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", text) for text in hashes), requirement


def test_the_lock_meets_every_range_and_holds_the_build_backend_and_uv():
    pinned = versions(LOCK)
    for text in (*WRITTEN, "editables", "uv"):
        wish = Requirement(text)
        assert all(version in wish.specifier for version in pinned[canonicalize_name(wish.name)]), text


def test_the_libraries_that_convlab_is_timed_against_have_ranges_and_are_in_no_lock():
    asked = {
        canonicalize_name(needs.parse(text).name): needs.parse(text).range for text in OPTIONAL[UNLOCKED]
    }
    installs = {peers.get(name).install for name in peers.EVERY} - {"scipy"}
    assert set(asked) == set(map(canonicalize_name, installs)) and all(
        "<" in range_ for range_ in asked.values()
    )
    assert not set(asked) & (set(versions(LOCK)) | set(versions(THEANO_LOCK)) | set(conda_ranges()))


def test_the_lock_of_theano_holds_one_version_of_each_for_all_its_pythons():
    lines = environment.LOCK.with_suffix(".in").read_text(encoding="utf-8").splitlines()
    wishes = [Requirement(line.partition("#")[0]) for line in lines]
    pinned = versions(THEANO_LOCK)
    assert set(pinned) == {wish.name for wish in wishes}
    assert all(len(pinned[wish.name]) == 1 and pinned[wish.name][0] in wish.specifier for wish in wishes)
    assert not any(requirement.marker for requirement, _ in locked(THEANO_LOCK))


@pytest.mark.parametrize("text", [LOCK, THEANO_LOCK], ids=["requirements.lock", "theano.lock"])
def test_a_lock_names_no_index_no_folder_and_no_machine(text):
    assert not re.search(r"://|file:|^\s*-(?!-hash=)|/home|/tmp|/root|\\Users", text, re.MULTILINE)


@pytest.mark.parametrize("text", [LOCK, THEANO_LOCK], ids=["requirements.lock", "theano.lock"])
def test_a_lock_says_how_to_make_it_again(text):
    assert "python -m tests.lock" in text.splitlines()[1]


@pytest.mark.parametrize("what", lock.WHAT, ids=lambda what: what[0].rpartition("/")[2])
def test_a_lock_is_made_with_hashes_and_without_an_index(what):
    assert {"--generate-hashes", "--universal", "--no-emit-index-url"} <= set(lock.command(*what))
