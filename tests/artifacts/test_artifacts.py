"""An artifact scores as the reward that it was made of, bit for bit, and without the spec and the language."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from jax import export

import rewardlang
from rewardlang.backend.device import Device
from rewardlang.backend.executor import Executor
from rewardlang.backend.host_values import HostValue
from rewardlang.cli import main
from tests.artifacts.specs import EMBED, GROUPS, MEMORY, SPECS, columns

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rewardlang import Reward, Scores

NAMES = tuple(SPECS)
UNEXPORTED = (MEMORY, "systems.dr_irl:advantage")
"""State has shapes of its own; two axes and a group have too many."""


@cache
def reward(name: str) -> Reward:
    spec, options = SPECS[name]
    return rewardlang.load(spec, **options) if "\n" not in spec else rewardlang.compile(spec, **options)


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    folder = tmp_path_factory.mktemp("artifacts")

    def path(name: str) -> Path:
        place = folder / name.replace(":", ".").replace("/", ".")
        if not place.exists():
            rewardlang.save_artifact(reward(name), place)
        return place

    return path


def loaded(name: str, place: Path) -> Reward:
    return rewardlang.load_artifact(place, models={"embed": EMBED} if reward(name).models else None)


def called(run: Reward, name: str, **options: Any) -> Scores:
    given = columns(name, run)
    lanes = len(next(iter(given.values())))
    group = [row // 2 for row in range(lanes)] if name in GROUPS else None
    state = run.initial_state(lanes) if name == MEMORY else None
    return run(given, group=group, on_invalid="missing", state=state, **options)


def bits(array: Any) -> bytes:
    """The numbers of an array, masked ones left out, and where they are masked."""
    masked = np.ma.asanyarray(array)
    return np.ma.getmaskarray(masked).tobytes() + masked.filled(0).tobytes()


def assert_same(ours: Scores, theirs: Scores) -> None:
    assert bits(ours.total) == bits(theirs.total)
    assert ours.reasons == theirs.reasons
    assert list(ours.terms) == list(theirs.terms)
    for path, term in theirs.terms.items():
        for part in ("raw", "weight", "contribution", "active", "present"):
            assert bits(getattr(ours.terms[path], part)) == bits(getattr(term, part)), (path, part)


@pytest.mark.parametrize("name", NAMES)
def test_an_artifact_scores_as_its_reward(name: str, saved: Callable[[str], Path]) -> None:
    ours, theirs = loaded(name, saved(name)), reward(name)
    assert (ours.name, ours.fingerprint, ours.range, repr(ours)) == (
        theirs.name, theirs.fingerprint, theirs.range, repr(theirs),
    )  # fmt: skip
    assert {**ours.inputs} == {**theirs.inputs}
    assert {**ours.params} == {**theirs.params}
    assert_same(called(ours, name), called(theirs, name))


@pytest.mark.parametrize("name", ["examples/rec.rwd", "examples/walk.rwd:episode"])
def test_params_are_set_at_the_call(name: str, saved: Callable[[str], Path]) -> None:
    ours, theirs = loaded(name, saved(name)), reward(name)
    params = {key: (spec.low + spec.default) / 2 for key, spec in theirs.params.items()}
    assert_same(called(ours, name, params=params), called(theirs, name, params=params))
    with pytest.raises(rewardlang.CallError, match="has no param `weigth`"):
        called(ours, name, params={"weigth": 1})


def test_a_row_is_explained_without_the_spec(saved: Callable[[str], Path]) -> None:
    name = "examples/rec.rwd"
    ours, theirs = loaded(name, saved(name)), reward(name)
    assert ours.explain(columns(name, ours), 1) == theirs.explain(columns(name, ours), 1)


@pytest.mark.parametrize("name", ["examples/rec.rwd", "examples/shop.rwd"])
def test_neither_language_nor_parser_is_imported(name: str, saved: Callable[[str], Path]) -> None:
    program = f"""
import sys
class Refused:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "lark" or name in ("rewardlang.syntax", "rewardlang.check", "rewardlang.lower"):
            raise ImportError(name)
sys.meta_path.insert(0, Refused())
import json
import rewardlang
reward = rewardlang.load_artifact({str(saved(name))!r})
scores = reward(json.load(sys.stdin), on_invalid="missing")
print(json.dumps(scores.tolist()))
"""
    given = json.dumps(columns(name, reward(name)))
    run = subprocess.run([sys.executable, "-c", program], input=given, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == called(reward(name), name).tolist()


def test_the_command_writes_what_python_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, name = str(tmp_path / "rec"), "examples/rec.rwd"
    assert main(["export", "jax", name, "-o", out]) == 0
    assert reward(name).fingerprint in capsys.readouterr().err
    assert_same(called(rewardlang.load_artifact(out), name), called(reward(name), name))
    assert main(["export", "jax", name, "-o", out]) == 2
    assert "`--force`, or `replace=True`, replaces it" in capsys.readouterr().err
    assert main(["export", "jax", name, "-o", out, "--force"]) == 0
    assert main(["export", "jax", name, "-o", out, "--force", "--missing", "0"]) == 2
    assert "takes no `--missing`" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["rec"]


@pytest.mark.parametrize("name", [n for n in NAMES if n not in UNEXPORTED])
def test_the_programs_are_what_scores(name: str, saved: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    run = loaded(name, saved(name))
    monkeypatch.setattr(Device, "scores", lambda *_, **__: pytest.fail("the device function is traced"))
    monkeypatch.setattr(Executor, "_decide", lambda *_: HostValue(np.ones(1, bool), uniform=True))
    assert bits(called(run, name).total) == bits(called(run, name).total)


@pytest.mark.parametrize("name", UNEXPORTED)
def test_what_has_no_program_is_compiled_from_its_plan(name: str, saved: Callable[[str], Path]) -> None:
    assert {file.suffix for file in saved(name).iterdir()} == {".json"}


def test_a_program_is_for_three_platforms_and_any_number_of_samples(saved: Callable[[str], Path]) -> None:
    program = export.deserialize(bytearray((saved("examples/rec.rwd") / "device.all.any.stablehlo").read_bytes()))
    assert program.platforms == ("cpu", "cuda", "tpu")
    assert str(program.in_avals[-1].shape[-1]) == "samples"


def test_a_program_that_jax_cannot_read_is_one_clear_error(tmp_path: Path, saved: Callable[[str], Path]) -> None:
    place = shutil.copytree(saved("examples/rec.rwd"), tmp_path / "old")
    name, data = "device.all.any.stablehlo", b"\x00" * 64
    (place / name).write_bytes(data)
    rewritten(place, lambda m: {**m, "files": {**m["files"], name: sha256(data).hexdigest()}}, "manifest.json")
    with pytest.raises(rewardlang.CallError, match=r"the program `all.any` cannot be read .* export the reward anew"):
        rewardlang.load_artifact(place)


def test_an_artifact_names_no_place_of_the_machine_that_wrote_it(saved: Callable[[str], Path]) -> None:
    for file in saved("examples/walk.rwd:episode").iterdir():
        assert b".py" not in file.read_bytes()
        assert os.fsencode(os.getcwd()) not in file.read_bytes()  # noqa: PTH109 - bytes


def test_the_same_reward_gives_the_same_bytes(tmp_path: Path, saved: Callable[[str], Path]) -> None:
    name = "examples/rec.rwd"
    rewardlang.save_artifact(reward(name), tmp_path / "again")
    for file in saved(name).iterdir():
        assert file.read_bytes() == (tmp_path / "again" / file.name).read_bytes()


# --- what is wrong ----------------------------------------------------------------------------------------------------


def rewritten(place: Path, change: Callable[[Any], Any], file: str = "plan.json") -> None:
    """Change a file of an artifact, and its digest with it."""
    data = json.dumps(change(json.loads((place / file).read_text()))).encode()
    (place / file).write_bytes(data)
    if file != "manifest.json":
        rewritten(place, lambda m: {**m, "files": {**m["files"], file: sha256(data).hexdigest()}}, "manifest.json")


def node(**changes: Any) -> Callable[[Any], Any]:
    """A change of the first call."""

    def change(plan: Any) -> Any:
        first = next(n for n in plan["nodes"] if n["op"] == "call")
        first.update(changes)
        return plan

    return change


BROKEN: dict[str, tuple[str, Callable[[Any], Any], str]] = {
    "format": ("manifest.json", lambda m: {**m, "format": 99}, "the artifact has the format 99"),
    "manifest without files": ("manifest.json", lambda m: {**m, "files": {}}, "manifest.json names no plan.json"),
    "file elsewhere": (
        "manifest.json",
        lambda m: {**m, "files": {**m["files"], "../x": ""}},
        "names `../x`, which is no file of",
    ),
    "unknown entry": ("manifest.json", lambda m: {**m, "more": 1}, "unknown field `more`"),
    "fingerprint": ("manifest.json", lambda m: {**m, "fingerprint": "0"}, "have two fingerprints"),
    "name": ("manifest.json", lambda m: {**m, "reward": "other"}, "does not belong to `other`"),
    "format of the plan": ("plan.json", lambda p: {**p, "format": 2}, "plan.json: it has the format 2"),
    "unknown operation": ("plan.json", node(op="jump"), "Invalid value 'jump'"),
    "unknown builtin": ("plan.json", node(builtin="fly"), r"node %1: .* no builtin `fly` \(Between\)"),
    "version of a builtin": ("plan.json", node(version=99), "node %1: the builtin `between` had the meaning 99"),
    "arity": ("plan.json", node(arguments=[]), "takes 1 arguments, not 0"),
    "options": ("plan.json", node(options={}), "the options of between are"),
    "value": ("plan.json", node(options={"open": {"a": 1}}), "node %1: no value has the form"),
    "forward": ("plan.json", node(arguments=[2]), "node %1: argument %2 does not come before it|axis"),
    "element": ("plan.json", node(type={"element": "flute"}), "node %1: there is no element `flute`"),
    "range": ("plan.json", node(type={"element": "int", "range": ["1e9", "2"]}), "`1e9` is no end of a range"),
    "axis": ("plan.json", node(type={"element": "text", "axes": [7]}), "there is no axis 7"),
    "undeclared field": ("plan.json", lambda p: {**p, "inputs": []}, "node %0: nothing declares `completion`"),
    "twice": ("plan.json", lambda p: {**p, "nodes": [*p["nodes"], p["nodes"][0]]}, "is node %0 again"),
    "output": ("plan.json", lambda p: {**p, "total": 10_000}, "the output %10000 is no node"),
    "no object": ("plan.json", lambda _: [], "plan.json: it cannot be read"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_artifact_is_one_clear_error(case: str, tmp_path: Path, saved: Callable[[str], Path]) -> None:
    file, change, message = BROKEN[case]
    place = shutil.copytree(saved("examples/rec.rwd"), tmp_path / "broken")
    rewritten(place, change, file)
    with pytest.raises(rewardlang.CallError, match=message) as caught:
        rewardlang.load_artifact(place)
    assert str(place) in str(caught.value)


@pytest.mark.parametrize("name", ["plan.json", "interface.json", "manifest.json"])
@pytest.mark.parametrize("change", ["cut", "bit", "gone"])
def test_a_damaged_file_is_noticed(name: str, change: str, tmp_path: Path, saved: Callable[[str], Path]) -> None:
    place = shutil.copytree(saved("examples/rec.rwd"), tmp_path / "damaged")
    data = (place / name).read_bytes()
    if change == "gone":
        (place / name).unlink()
    else:
        (place / name).write_bytes(data[:-9] if change == "cut" else bytes((data[0] ^ 1, *data[1:])))
    with pytest.raises(rewardlang.CallError, match=r"not as it was written|cannot be read"):
        rewardlang.load_artifact(place)


def test_what_the_caller_expects_is_checked(tmp_path: Path, saved: Callable[[str], Path]) -> None:
    name = "examples/rec.rwd"
    assert rewardlang.load_artifact(saved(name), fingerprint=reward(name).fingerprint).name == "rec"
    for place, options, message in (
        (saved(name), {"fingerprint": "f" * 32}, "has the fingerprint"),
        (saved(name), {"models": {"judge": len}}, "asks no model `judge`"),
        (saved("examples/relevance.rwd"), {}, "the model `embed` has no backend: pass"),
        (tmp_path / "none", {}, "there is no artifact"),
    ):
        with pytest.raises(rewardlang.CallError, match=message):
            rewardlang.load_artifact(place, **options)  # type: ignore[arg-type]


def test_nothing_else_is_overwritten(tmp_path: Path) -> None:
    run = reward("examples/rec.rwd")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for place, message in (
        ("mine", "exists, and is no artifact"), ("file", "exists, and is no artifact"), ("no/where", "there is no folder"),
    ):  # fmt: skip
        with pytest.raises(rewardlang.CallError, match=message):
            rewardlang.save_artifact(run, tmp_path / place, replace=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "mine"]


def test_a_folder_that_cannot_be_written_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, place = reward("examples/rec.rwd"), tmp_path / "rec"
    rewardlang.save_artifact(run, place)
    before = {file.name: file.read_bytes() for file in place.iterdir()}

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        rewardlang.save_artifact(run, place, replace=True)
    assert {file.name: file.read_bytes() for file in place.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["rec"]
    monkeypatch.undo()
    monkeypatch.setattr("tempfile.mkdtemp", full)
    with pytest.raises(rewardlang.CallError, match="cannot be made: no space left"):
        rewardlang.save_artifact(run, tmp_path / "other")
