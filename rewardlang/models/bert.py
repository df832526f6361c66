"""BERT's encoder as a Flax module, and its weights as Hugging Face's files name them.

Source: Devlin et al. 2019, "BERT: Pre-training of Deep Bidirectional Transformers", and the layout of
`transformers.BertModel`: embeddings of words, places and types; layers of attention and a feed-forward part, each
added to its input and normalised after.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import flax.linen as nn
import jax
import jax.numpy as jnp

from rewardlang.diagnostics import CallError

if TYPE_CHECKING:
    from collections.abc import Mapping

Array = Any
_LARGEST = 3e38
"""A score of attention that is as good as minus infinity."""


@dataclass(frozen=True)
class BertShape:
    """The sizes of a BERT, by the names of its `config.json`."""

    vocab_size: int
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    max_position_embeddings: int
    type_vocab_size: int
    layer_norm_eps: float

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> BertShape:
        """The shape that a `config.json` tells.

        Raises:
            CallError: it is none of a BERT with GELU and absolute places.
        """
        fits = config.get("model_type") == "bert" and config.get("hidden_act", "gelu") == "gelu"
        if not fits or config.get("position_embedding_type", "absolute") != "absolute":
            raise CallError("an encoder is a BERT with `gelu` and absolute places; its `config.json` says otherwise")
        names = cls.__dataclass_fields__
        lacking = [name for name in names if not isinstance(config.get(name), int | float)]
        if lacking:
            raise CallError(f"an encoder's `config.json` has no number `{lacking[0]}`")
        return cls(**{name: config[name] for name in names})


class Bert(nn.Module):
    """A text's tokens to a vector each.

    Shapes: ids: int32 `[B, L]`; real: bool `[B, L]`, false for padding. The result: float32 `[B, L, hidden_size]`.
    """

    shape: BertShape

    @nn.compact
    def __call__(self, ids: Array, real: Array) -> Array:
        """The last hidden states."""
        shape, size = self.shape, self.shape.hidden_size
        hidden = nn.Embed(shape.vocab_size, size, name="words")(ids)
        places = nn.Embed(shape.max_position_embeddings, size, name="places")(jnp.arange(ids.shape[1]))
        types = nn.Embed(shape.type_vocab_size, size, name="types")(jnp.zeros((1,), jnp.int32))
        hidden = _norm(shape, "norm")(hidden + places[None] + types[None])
        for layer in range(shape.num_hidden_layers):
            hidden = _Layer(shape, name=f"layer_{layer}")(hidden, real)
        return hidden


class _Layer(nn.Module):
    shape: BertShape

    @nn.compact
    def __call__(self, hidden: Array, real: Array) -> Array:
        shape = self.shape
        attended = nn.Dense(shape.hidden_size, name="attended")(self._attention(hidden, real))
        hidden = _norm(shape, "attended_norm")(hidden + attended)
        wide = nn.gelu(nn.Dense(shape.intermediate_size, name="wide")(hidden), approximate=False)
        return _norm(shape, "norm")(hidden + nn.Dense(shape.hidden_size, name="narrow")(wide))

    def _attention(self, hidden: Array, real: Array) -> Array:
        heads = self.shape.num_attention_heads
        parts = (*hidden.shape[:2], heads, hidden.shape[-1] // heads)
        query, key, value = (
            nn.Dense(hidden.shape[-1], name=name)(hidden).reshape(parts) for name in ("query", "key", "value")
        )
        scores = jnp.einsum("bqhd,bkhd->bhqk", query, key) / math.sqrt(parts[-1])
        scores = jnp.where(real[:, None, None, :], scores, -_LARGEST)
        return jnp.einsum("bhqk,bkhd->bqhd", jax.nn.softmax(scores), value).reshape(hidden.shape)


def _norm(shape: BertShape, name: str) -> nn.LayerNorm:
    return nn.LayerNorm(epsilon=shape.layer_norm_eps, use_fast_variance=False, name=name)


def mean_pooled(hidden: Array, real: Array) -> Array:
    """The mean over the tokens of each text, scaled to length 1: `[B, L, H]` to `[B, H]`.

    Source: sentence-transformers, modules `Pooling` (mean of tokens) and `Normalize`.
    """
    weights = real[..., None].astype(hidden.dtype)
    mean = (hidden * weights).sum(1) / jnp.maximum(weights.sum(1), 1e-9)
    squares = jnp.square(mean).sum(-1, keepdims=True)
    return mean / jnp.maximum(jnp.sqrt(squares), 1e-12)


# --- weights ----------------------------------------------------------------------------------------------------------

_OUTER = {
    "embeddings.word_embeddings": "words",
    "embeddings.position_embeddings": "places",
    "embeddings.token_type_embeddings": "types",
    "embeddings.LayerNorm": "norm",
}
_INNER = {
    "attention.self.query": "query",
    "attention.self.key": "key",
    "attention.self.value": "value",
    "attention.output.dense": "attended",
    "attention.output.LayerNorm": "attended_norm",
    "intermediate.dense": "wide",
    "output.dense": "narrow",
    "output.LayerNorm": "norm",
}


def bert_variables(tensors: Mapping[str, Any], shape: BertShape) -> dict[str, Any]:
    """The module's variables from tensors that are named as in `transformers.BertModel`.

    Raises:
        CallError: a tensor is missing or has another shape.
    """
    params = {ours: _part(tensors, theirs) for theirs, ours in _OUTER.items()}
    for layer in range(shape.num_hidden_layers):
        inner = {ours: _part(tensors, f"encoder.layer.{layer}.{theirs}") for theirs, ours in _INNER.items()}
        params[f"layer_{layer}"] = inner
    ids = jnp.zeros((1, 2), jnp.int32)
    wanted = jax.eval_shape(Bert(shape).init, jax.random.key(0), ids, ids == 0)
    for path, leaf in jax.tree_util.tree_leaves_with_path(wanted["params"]):
        found: Any = params
        for key in path:
            found = found.get(key.key, {})
        if getattr(found, "shape", None) != leaf.shape:
            raise CallError(f"an encoder's weights do not fit its `config.json`: {jax.tree_util.keystr(path)}")
    return {"params": params}


def _part(tensors: Mapping[str, Any], name: str) -> dict[str, Any]:
    kinds = {"kernel": "weight", "bias": "bias"}
    if "LayerNorm" in name:
        kinds = {"scale": "weight", "bias": "bias"}
    elif "_embeddings" in name:
        kinds = {"embedding": "weight"}
    part = {}
    for ours, theirs in kinds.items():
        tensor = tensors.get(f"{name}.{theirs}", tensors.get(f"bert.{name}.{theirs}"))
        if tensor is None:
            raise CallError(f"an encoder's weights lack `{name}.{theirs}`")
        # PyTorch writes a matrix with its outputs first.
        part[ours] = jnp.asarray(tensor.T if ours == "kernel" else tensor, jnp.float32)
    return part
