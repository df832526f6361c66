"""An encoder as part of the device's function: as the frozen one, with gradients, each distinct text of a batch once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import rewardlang
from rewardlang.backend.tracing import print_jaxpr
from rewardlang.diagnostics import CallError, CompileError
from rewardlang.models import encoding
from rewardlang.models.checkpoints import save_weights
from rewardlang.models.encoding import named_encoder
from tests.models.test_encoder import DATA, HOSTILE, needs_minilm

if TYPE_CHECKING:
    from pathlib import Path

    from rewardlang import Reward

EMBED = 'from std.vectors import cosine\nmodel embed(x: text) -> vec[16] = flax("encoder")\n'
SPEC = (
    EMBED
    + "reward close(a: text, b: text) -> float { sum { c: cosine(embed(a), embed(b)) ?? 0  n: length(a) weight 0.01 } }"
)
A = ["the cat", "a man", "", "dog", "the cat", "a man"]
B = ["guitar", "a man", "x", "cat", "guitar", "cat"]


@cache
def tiny() -> rewardlang.Encoder:
    return rewardlang.Encoder(DATA / "tiny")


@cache
def trainable(spec: str = SPEC) -> Reward:
    return rewardlang.compile(spec, models={"embed": tiny()})


@cache
def frozen(spec: str = SPEC) -> Reward:
    return rewardlang.compile(spec.replace(' = flax("encoder")', ""), models={"embed": tiny()})


def total(reward: Reward, batch: Any, weights: Any) -> Any:
    scores = reward.device({"embed": weights}, batch, terms="none")
    return jnp.where(scores.total_present, scores.total, 0.0).sum()


def shifted(weights: Any, by: float) -> Any:
    return jax.tree.map(
        lambda leaf: leaf + by * jnp.cos(jnp.arange(leaf.size, dtype=jnp.float32)).reshape(leaf.shape), weights
    )


LISTED = EMBED + "reward best(a: text, b: text) -> float { max(cosine(embed(words(a)), embed(b)) ?? 0 over word) ?? 0 }"
FIXED = EMBED + 'reward near(a: text, b: text) -> float { cosine(embed(a), embed("the cat")) ?? length(b) }'


@pytest.mark.parametrize("spec", [SPEC, LISTED, FIXED], ids=["two texts", "a list", "a constant"])
def test_it_scores_as_the_frozen_one_does(spec: str) -> None:
    ours, theirs = trainable(spec)(a=A, b=B).total, frozen(spec)(a=A, b=B).total
    assert np.abs(ours - theirs).max() < 1e-5
    assert trainable(spec)(a=[], b=[]).tolist() == []


def test_duplicates_in_a_batch_are_encoded_once() -> None:
    (encoded,) = trainable().prepare(a=A * 20, b=B * 20).encoded.values()
    assert encoded.ids.shape == (8, 16)
    assert len({tuple(row) for row, real in zip(encoded.ids, encoded.real, strict=True) if real.sum() > 1}) == 7
    assert [rows.shape for rows in encoded.rows] == [(128,), (128,)]


def test_its_function_can_be_printed() -> None:
    assert "dot_general" in print_jaxpr(trainable(LISTED))


def test_gradients_are_those_of_finite_differences() -> None:
    reward, weights = trainable(), trainable().weights["embed"]
    batch = reward.prepare(a=A, b=B)
    slopes = jax.jit(jax.grad(lambda w: total(reward, batch, w)))(weights)
    assert all(bool(jnp.isfinite(leaf).all()) for leaf in jax.tree.leaves(slopes))
    along = shifted(jax.tree.map(jnp.zeros_like, weights), 1.0)
    slope = sum(float((a * b).sum()) for a, b in zip(jax.tree.leaves(slopes), jax.tree.leaves(along), strict=True))
    step = 1e-3
    value = jax.jit(lambda w: total(reward, batch, w))
    above, below = (float(value(shifted(weights, sign * step))) for sign in (1, -1))
    assert slope == pytest.approx((above - below) / (2 * step), rel=0.02)


def test_training_brings_texts_together_and_compiles_nothing_anew() -> None:
    reward, weights = trainable(), trainable().weights["embed"]
    batch = reward.prepare(a=["dog", "man"], b=["guitar", "you"])
    compiled = jax.jit(jax.value_and_grad(lambda w: total(reward, batch, w)))
    first, slopes = compiled(weights)
    for _ in range(5):
        weights = jax.tree.map(lambda leaf, slope: leaf + 0.05 * slope, weights, slopes)
        last, slopes = compiled(weights)
    assert last > first + 0.01
    assert compiled._cache_size() == 1
    after = reward(a=["dog", "man"], b=["guitar", "you"], params={"embed": weights}).total
    assert after.sum() == pytest.approx(float(last), abs=1e-5)
    # The frozen encoder, and this reward without these weights, are as before.
    assert np.abs(reward(a=A, b=B).total - frozen()(a=A, b=B).total).max() < 1e-5


def test_many_texts_go_in_turns_and_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = [f"the cat {n}" for n in range(20)], [f"man {n} you" for n in range(20)]
    reward, weights = trainable(), trainable().weights["embed"]
    batch = reward.prepare(a=a, b=b)
    known = jax.jit(jax.value_and_grad(lambda w: total(reward, batch, w)))(weights)
    monkeypatch.setattr(encoding, "_IN_TURN", 4 * 16)
    found = jax.jit(jax.value_and_grad(lambda w: total(reward, batch, w)))(weights)
    for one, other in zip(jax.tree.leaves(known), jax.tree.leaves(found), strict=True):
        assert float(jnp.abs(one - other).max()) < 1e-4


def test_any_text_has_a_score_and_a_finite_gradient() -> None:
    texts = [*HOSTILE, "", "cat " * 3000, "x" * 100_000]
    reward = trainable()
    assert np.isfinite(reward(a=texts, b=texts[::-1]).total).all()
    batch = reward.prepare(a=texts, b=texts[::-1])
    slopes = jax.jit(jax.grad(lambda w: total(reward, batch, w)))(reward.weights["embed"])
    assert all(bool(jnp.isfinite(leaf).all()) for leaf in jax.tree.leaves(slopes))


def test_a_checkpoint_beside_the_spec_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = shifted(tiny().variables, 0.01)
    save_weights(tmp_path / "trained.safetensors", weights)
    (tmp_path / "close.rwd").write_text(SPEC.replace('"encoder"', '"encoder", "trained.safetensors"'))
    monkeypatch.setattr(encoding, "named_encoder", lambda _name: tiny())
    scores = rewardlang.load(tmp_path / "close.rwd")(a=A, b=B).total
    bound = rewardlang.compile(SPEC, models={"embed": (tiny(), weights)})(a=A, b=B).total
    assert np.abs(scores - bound).max() < 1e-6
    assert np.abs(scores - frozen()(a=A, b=B).total).max() > 1e-4


@pytest.mark.parametrize(
    ("declared", "given", "message"),
    [
        ("flax()", None, r'the encoder that is installed is `flax\("encoder"\)`; bind another one'),
        ('flax("linear", "critic.safetensors")', None, r'the encoder that is installed is `flax\("encoder"\)`'),
        ("flax()", len, r"`embed` takes a text: bind a `rewardlang\.Encoder`, alone or with its weights, not builtin"),
        ("flax()", "weights", r"the weights of `embed` are another tree"),
        ("flax()", "size", r"declared to give a `vec\[16\]`, but its encoder gives a `vec\[4\]`"),
    ],
)  # fmt: skip
def test_a_wrong_binding_is_one_clear_error(
    declared: str, given: Any, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if given == "weights":
        given = (tiny(), {"params": {}})
    if given == "size":
        given = tiny()
        monkeypatch.setattr(rewardlang.Encoder, "size", 4)
    with pytest.raises(CallError, match=message):
        rewardlang.compile(SPEC.replace('flax("encoder")', declared), models={} if given is None else {"embed": given})


@pytest.mark.parametrize("shape", ["(x: text) -> float", "(x: text, y: text) -> vec[16]", "(x: text[item]) -> vec[16]"])
def test_a_network_takes_one_text_and_gives_one_vec(shape: str) -> None:
    with pytest.raises(CompileError, match="or it takes one text and gives a vec"):
        rewardlang.compile(f"model e{shape} = flax()\nreward r(x: float) -> float {{ x }}")


@needs_minilm
def test_minilm_is_what_a_spec_alone_names() -> None:
    spec = SPEC.replace("vec[16]", "vec[384]")
    found = rewardlang.compile(spec)(a=["How old are you?"], b=["What is your age?"]).total
    known = rewardlang.compile(spec.replace('flax("encoder")', "encoder()"))(
        a=["How old are you?"], b=["What is your age?"]
    )
    assert named_encoder(None).size == 384
    assert np.abs(found - known.total).max() < 1e-5


@needs_minilm
def test_gradients_reach_the_weights_of_minilm_and_duplicates_are_encoded_once() -> None:
    reward = rewardlang.compile(SPEC.replace("vec[16]", "vec[384]"))
    batch = reward.prepare(a=["one cat", "a man"] * 8, b=["a man", "one cat", "a dog", "one cat"] * 4)
    (encoded,) = batch.encoded.values()
    assert len({tuple(row) for row, real in zip(encoded.ids, encoded.real, strict=True) if real.sum() > 1}) == 3
    slopes = jax.jit(jax.grad(lambda weights: total(reward, batch, weights)))(reward.weights["embed"])
    leaves = jax.tree.leaves(slopes)
    assert all(bool(jnp.isfinite(leaf).all()) for leaf in leaves)
    assert sum(bool(jnp.abs(leaf).max() > 1e-6) for leaf in leaves) > len(leaves) // 2
