"""What a spec alone may name of networks: heads that come with rewardlang, and checkpoints in its own folder."""

from __future__ import annotations

import builtins
import io
import os
import pickle
from typing import TYPE_CHECKING, Any, NoReturn

import jax
import jax.numpy as jnp
import numpy as np
import orbax.checkpoint as ocp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rewardlang
from rewardlang.diagnostics import CallError
from rewardlang.models.checkpoints import read_weights, save_weights
from rewardlang.models.heads import Linear
from rewardlang.models.safetensors import read_tensors, write_tensors
from tests.models.test_flax import K, X, mlp, numbers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


NAMED = (
    'model critic(x: vec[3], k: float) -> float = flax("{module}", "{checkpoint}")\n'
    "reward r(x: vec[3], k: float) -> float {{ critic(x, k) }}\n"
)


def spec_in(folder: Path, module: str, checkpoint: str) -> Path:
    path = folder / "spec.rwd"
    path.write_text(NAMED.format(module=module, checkpoint=checkpoint))
    return path


def linear() -> Any:
    return Linear().init(jax.random.key(3), jnp.ones((1, 3)), jnp.ones(1))


@pytest.mark.parametrize("form", ["safetensors", "orbax"])
@pytest.mark.parametrize("module", ["linear", "mlp"])
def test_a_spec_names_a_head_and_its_checkpoint(module: str, form: str, tmp_path: Path) -> None:
    head, weights = (Linear(), linear()) if module == "linear" else mlp(5, 4)
    name = "critic.safetensors" if form == "safetensors" else "critic"
    if form == "safetensors":
        save_weights(tmp_path / name, weights)
    else:
        with ocp.StandardCheckpointer() as keeper:
            keeper.save(tmp_path / name, weights)
    reward = rewardlang.load(spec_in(tmp_path, module, name))
    wanted = head.apply(weights, jnp.asarray(X), jnp.asarray(K))
    assert numbers(reward(x=X, k=K)) == pytest.approx(np.asarray(wanted), abs=1e-5)


def _link(folder: Path) -> None:
    (folder / "link.safetensors").symlink_to(folder.parent / "outside.safetensors")


def _inside(folder: Path) -> None:
    (folder / "deep").mkdir()
    (folder / "deep" / "manifest.ocdbt").symlink_to(folder.parent / "outside.safetensors")


OUTSIDE: dict[str, tuple[str, Callable[[Path], None] | None]] = {
    "above": ("../outside.safetensors", None),
    "absolute": ("/etc/passwd", None),
    "a link": ("link.safetensors", _link),
    "a link in a folder": ("deep", _inside),
    "the folder itself": (".", None),
    "NUL": ("a\\u{0}b", None),
}


@pytest.mark.parametrize(("name", "make"), OUTSIDE.values(), ids=OUTSIDE)
def test_a_stranger_opens_no_file_outside_its_folder(
    name: str, make: Callable[[Path], None] | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_weights(tmp_path / "outside.safetensors", linear())
    folder = tmp_path / "spec"
    folder.mkdir()
    if make is not None:
        make(folder)
    path = spec_in(folder, "linear", name)
    opened: list[str] = []

    def watching(function: Callable[..., Any]) -> Callable[..., Any]:
        def watched(file: Any, *arguments: Any, **options: Any) -> Any:
            opened.append(os.fspath(file) if not isinstance(file, int) else "")
            return function(file, *arguments, **options)

        return watched

    monkeypatch.setattr(builtins, "open", watching(builtins.open))
    monkeypatch.setattr(io, "open", watching(io.open))
    monkeypatch.setattr(os, "open", watching(os.open))
    with pytest.raises(CallError, match="lies outside the spec's folder"):
        rewardlang.load(path)
    assert opened
    assert not [file for file in opened if "outside" in str(file) or "passwd" in str(file)]


def test_a_spec_that_is_no_file_names_no_checkpoint() -> None:
    with pytest.raises(CallError, match="its spec is no file and has no folder"):
        rewardlang.compile(NAMED.format(module="linear", checkpoint="critic.safetensors"))


def test_a_spec_imports_no_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib

    def forbidden(*_: Any, **__: Any) -> NoReturn:
        raise AssertionError("something was imported by its name")

    monkeypatch.setattr(importlib, "import_module", forbidden)
    with pytest.raises(CallError, match="no module `os:system` comes with rewardlang: a spec names `linear` or `mlp`"):
        rewardlang.load(spec_in(tmp_path, "os:system", "x.safetensors"))
    with pytest.raises(CallError, match="did you mean `linear`"):
        rewardlang.load(spec_in(tmp_path, "liner", "x.safetensors"))


class Trap:
    """Unpickling it would tell."""

    def __reduce__(self) -> Any:
        return (pytest.fail, ("it was unpickled",))


def test_a_pickle_is_not_read(tmp_path: Path) -> None:
    for name in ("trap.pkl", "trap.safetensors"):
        (tmp_path / name).write_bytes(pickle.dumps(Trap()))
        with pytest.raises(CallError, match=r"no `\.safetensors` file|no safetensors file"):
            rewardlang.load(spec_in(tmp_path, "linear", name))
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "checkpoint.pkl").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(CallError, match="cannot be read by Orbax"):
        rewardlang.load(spec_in(tmp_path, "linear", "folder"))


@settings(max_examples=100, deadline=None)
@given(
    data=st.binary(max_size=60),
    header=st.sampled_from([b"", b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}']),
)
def test_any_bytes_are_tensors_or_one_clear_error(data: bytes, header: bytes, tmp_path_factory: Any) -> None:
    path = tmp_path_factory.mktemp("bytes") / "x.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + data if header else data)
    try:
        found = read_tensors(path)
    except CallError:
        found = {}
    assert all(isinstance(tensor, np.ndarray) for tensor in found.values())
    assert not found or len(data) >= 8


def test_tensors_come_back_as_they_were(tmp_path: Path) -> None:
    tensors = {
        "a/b": np.arange(6, dtype=np.float32).reshape(2, 3),
        "c": np.ones((), np.bool_),
        "d": np.zeros((0, 4), np.int64),
    }
    write_tensors(tmp_path / "x.safetensors", tensors)
    found = read_tensors(tmp_path / "x.safetensors")
    assert found.keys() == tensors.keys()
    assert all(
        np.array_equal(found[name], tensors[name]) and found[name].dtype == tensors[name].dtype for name in found
    )
    assert read_weights(tmp_path / "x.safetensors")["a"]["b"].shape == (2, 3)
