"""A model of Hugging Face that is loaded: what its tokens are, and what it says of batches of them."""

from __future__ import annotations

import inspect
import json
from dataclasses import dataclass
from hashlib import blake2b
from threading import Lock
from typing import TYPE_CHECKING, Any

from rewardlang.diagnostics import CallError

if TYPE_CHECKING:
    from collections.abc import Sequence

_EXTRA = "pip install 'rewardlang[hf]'"
_UNLIMITED = 10**9
"""Tokenizers that know no limit say so with a number that is larger."""
_NOT_MEANT = ("_name_or_path", "transformers_version", "_commit_hash")
"""What a configuration says of where it came from."""


@dataclass(frozen=True)
class Tokens:
    """The tokens of one request; `types` tells the two texts of a pair apart; what counts begins at `start`."""

    ids: list[int]
    types: list[int] | None = None
    start: int = 0


class HuggingFace:
    """A sequence classifier or a causal language model with its tokenizer, as the caller loaded them.

    Bind it to a model of a spec: `load(spec, models={"judge": HuggingFace(model, tokenizer)})`. It runs where the model
    is, and changes neither model nor tokenizer.

    Source: `transformers`, `PreTrainedModel` and `PreTrainedTokenizerBase`.
    """

    def __init__(self, model: Any, tokenizer: Any) -> None:
        """Take a model in evaluation mode.

        Raises:
            CallError: PyTorch or transformers is not installed, these are no such model and tokenizer, they do not
                belong together, or the model cannot run as it is.
        """
        require_packages()
        from transformers import PreTrainedModel, PreTrainedTokenizerBase

        if not isinstance(model, PreTrainedModel):
            raise CallError(f"HuggingFace: `model` must be a `PreTrainedModel`, not {type(model).__name__}")
        if not isinstance(tokenizer, PreTrainedTokenizerBase):
            raise CallError(f"HuggingFace: `tokenizer` must be one of transformers, not {type(tokenizer).__name__}")
        self.model, self.tokenizer = model, tokenizer
        self.classifies, self.predicts = _kinds(model)
        self._check()
        self._seen: Any = None
        self._print = ""
        self.lock = Lock()
        accepted = inspect.signature(model.forward).parameters
        self._takes = {name for name in ("token_type_ids", "logits_to_keep", "use_cache") if name in accepted}

    def _check(self) -> None:
        name = type(self.model).__name__
        if not (self.classifies or self.predicts):
            raise CallError(f"HuggingFace: {name} is neither a sequence classifier nor a causal language model")
        if any(tensor.is_meta for tensor in self.model.parameters()):
            raise CallError(f"HuggingFace: the weights of {name} are not in memory")
        rows = self.model.get_input_embeddings().weight.shape[0]
        largest = max(self.tokenizer.get_vocab().values(), default=0)
        if largest >= rows:
            raise CallError(f"HuggingFace: the tokenizer has a token {largest}, but {name} only those below {rows}")
        if self.classifies and self._config.pad_token_id is None:
            help_ = "set `model.config.pad_token_id` to the one that it was trained with"
            raise CallError(f"HuggingFace: {name} does not know where a padded text ends: {help_}")
        self.require_evaluation()

    @property
    def _config(self) -> Any:
        return self.model.config.get_text_config()

    @property
    def longest(self) -> int | None:
        """How many tokens a text may have, as the tokenizer and the model's places allow; None where neither says."""
        places = getattr(self._config, "max_position_embeddings", None) or getattr(self._config, "n_positions", None)
        known = [size for size in (self.tokenizer.model_max_length, places) if size and 0 < size < _UNLIMITED]
        return min(known, default=None)

    @property
    def words(self) -> int:
        """How many tokens the model knows."""
        return int(self._config.vocab_size)

    @property
    def keeps(self) -> bool:
        """Whether the model computes logits for the places that are asked for alone."""
        return "logits_to_keep" in self._takes

    def require_evaluation(self) -> None:
        """In training mode, dropout makes noise of every answer.

        Raises:
            CallError: the model, or a part of it, is in training mode.
        """
        if any(module.training for module in self.model.modules()):
            raise CallError("HuggingFace: the model is in training mode: call `model.eval()` first")

    def fingerprint(self) -> str:
        """A hash of the weights, the configuration and the class.

        It is computed anew when PyTorch has counted a change of the weights since: those of an optimizer or of
        `load_state_dict` are counted, those through `tensor.data` are not.
        """
        tensors = self.model.state_dict(keep_vars=True)
        seen = [(name, tensor.data_ptr(), _version(tensor)) for name, tensor in tensors.items()]
        if seen != self._seen:
            self._print, self._seen = self._hash(tensors), seen
        return self._print

    def _hash(self, tensors: Any) -> str:
        import torch

        settings = self.model.config.to_dict()
        known = {name: value for name, value in settings.items() if name not in _NOT_MEANT}
        digest = blake2b(json.dumps([type(self.model).__name__, known], sort_keys=True, default=str).encode())
        for name, tensor in sorted(tensors.items()):
            digest.update(f"{name} {tensor.dtype} {list(tensor.shape)}".encode())
            digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
        return digest.hexdigest()[:32]

    # --- what it says of a batch ---

    def scores(self, batch: Sequence[Tokens], label: int | None) -> list[float]:
        """The only number that a classifier gives, as it is; or the probability of one of its labels."""
        import torch

        with torch.inference_mode():
            logits = self._run(batch, self._config.pad_token_id).float()
            if label is None:
                found = logits[:, 0]
            elif self.model.config.problem_type == "multi_label_classification":
                found = logits[:, label].sigmoid()
            else:
                found = logits.softmax(dim=1)[:, label]
            return [float(value) for value in found.tolist()]

    def log_likelihoods(self, batch: Sequence[Tokens]) -> list[float]:
        """The log-likelihood of each request's tokens from `start` on, given those before: a sum, in nats."""
        import torch

        with torch.inference_mode():
            width = max(len(tokens.ids) for tokens in batch)
            first = min(tokens.start for tokens in batch)
            # The logits of a place are about the token after it.
            keep = torch.arange(first - 1, width - 1, device=self.model.device)
            logits = self._run(batch, 0, keep).float()
            ids = self._padded([tokens.ids for tokens in batch], 0)[:, first:]
            chosen = logits.gather(2, ids[:, :, None])[:, :, 0] - logits.logsumexp(dim=2)
            starts = torch.tensor([tokens.start for tokens in batch], device=self.model.device)[:, None]
            ends = torch.tensor([len(tokens.ids) for tokens in batch], device=self.model.device)[:, None]
            counts = (keep + 1 >= starts) & (keep + 1 < ends)
            found: list[float] = chosen.double().where(counts, 0.0).sum(dim=1).tolist()
            return found

    def _run(self, batch: Sequence[Tokens], pad: int, keep: Any = None) -> Any:
        """The logits. Texts begin at the same place and padding follows, so that positions are those without any."""
        given = {
            "input_ids": self._padded([tokens.ids for tokens in batch], pad),
            "attention_mask": self._padded([[1] * len(tokens.ids) for tokens in batch], 0),
        }
        if "token_type_ids" in self._takes and all(tokens.types is not None for tokens in batch):
            given["token_type_ids"] = self._padded([tokens.types or [] for tokens in batch], 0)
        if "use_cache" in self._takes:
            given["use_cache"] = False
        if keep is None:
            return self.model(**given).logits
        if self.keeps:
            return self.model(**given, logits_to_keep=keep).logits
        return self.model(**given).logits[:, keep]

    def _padded(self, rows: Sequence[Sequence[int]], value: int) -> Any:
        import torch
        from torch.nn.utils.rnn import pad_sequence

        tensors = [torch.tensor(row, dtype=torch.int64) for row in rows]
        return pad_sequence(tensors, batch_first=True, padding_value=value).to(self.model.device)


def require_packages() -> None:
    """Tell now, and how to get them, where packages are missing."""
    from importlib.util import find_spec

    lacking = [name for name in ("torch", "transformers") if find_spec(name) is None]
    if lacking:
        raise CallError(f"models of Hugging Face need {' and '.join(lacking)}: {_EXTRA}")


def _kinds(model: Any) -> tuple[bool, bool]:
    """Whether a model is a sequence classifier, and whether it is a causal language model."""
    from transformers.models.auto import modeling_auto

    names = {each.__name__ for each in type(model).__mro__}
    classifiers = modeling_auto.MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES.values()
    causal = modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.values()
    return bool(names & set(classifiers)), bool(names & set(causal))


def _version(tensor: Any) -> int:
    return 0 if tensor.is_inference() else int(tensor._version)  # noqa: SLF001 - PyTorch has no other name for it
