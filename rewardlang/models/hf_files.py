"""Models of Hugging Face by name or path: from files that hold numbers and settings, and no code."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rewardlang.diagnostics import CallError
from rewardlang.models.hf_model import HuggingFace, require_packages
from rewardlang.models.origins import origin, require_loadable

if TYPE_CHECKING:
    from rewardlang.models.calling import Calling
    from rewardlang.models.hf import HfOptions

_FILES = ("*.safetensors", "*.json", "*.jinja", "*.txt", "*.model")
"""Weights, settings, chat templates and vocabularies: neither pickles nor Python."""
_SHOWN = 300


def open_named(model: str, options: HfOptions, calling: Calling) -> HuggingFace:
    """The model that `options` name, which `calling` must allow; on a CUDA device where there is one.

    A folder of that path comes first, then what was downloaded before; it is downloaded where `calling` allows the
    hub's address too, without any token.

    Raises:
        CallError: it is not allowed, not there, or not a model that can be used.
    """
    require_loadable(model, options.name, calling.allow)
    require_packages()
    folder = _folder(options, calling)
    if (folder / "adapter_config.json").exists():
        raise CallError(f"`hf:{options.name}` holds an adapter, which names another model: merge it into that one")
    try:
        return _opened(folder, options)
    except CallError:
        raise
    except Exception as error:  # transformers raises whatever the files make it stumble over
        raise CallError(f"`hf:{options.name}` cannot be loaded: {_first_line(error)}") from error


def _folder(options: HfOptions, calling: Calling) -> Path:
    import huggingface_hub
    from huggingface_hub import constants

    here = Path(options.name)
    if here.is_dir():
        if options.revision is not None:
            raise CallError(f"`hf:{options.name}` is a folder, which has no `revision`")
        return here
    hub = constants.ENDPOINT
    local = origin(hub) not in calling.origins
    try:
        found = huggingface_hub.snapshot_download(
            options.name, revision=options.revision, allow_patterns=list(_FILES), local_files_only=local, token=False
        )
    except Exception as error:
        help_ = f"; to download it, add `{hub}` to `allow`" if local else ""
        raise CallError(f"`hf:{options.name}` is not on this machine{help_} ({_first_line(error)})") from error
    return Path(found)


def _opened(folder: Path, options: HfOptions) -> HuggingFace:
    import torch
    import transformers

    scores = options.reply == "score"
    kind = transformers.AutoModelForSequenceClassification if scores else transformers.AutoModelForCausalLM
    given: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **given)
    model, loading = kind.from_pretrained(
        folder, **given, use_safetensors=True, output_loading_info=True,
        dtype="auto" if options.dtype is None else getattr(torch, options.dtype),
    )  # fmt: skip
    lacking = sorted({*loading["missing_keys"], *(key for key, *_ in loading["mismatched_keys"])})
    if lacking:
        use = "a sequence classifier" if scores else "a causal language model"
        raise CallError(f"`hf:{options.name}` is not {use}: it has no weights for `{lacking[0]}`")
    text = model.config.get_text_config()
    if text.pad_token_id is None:
        text.pad_token_id = tokenizer.pad_token_id
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return HuggingFace(model.eval().to(device), tokenizer)


def _first_line(error: Exception) -> str:
    text = f"{type(error).__name__}: {error}".splitlines()[0]
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
