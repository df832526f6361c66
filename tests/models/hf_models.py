"""Tiny models of Hugging Face, made on the spot by transformers' own classes. Run with transformers 5.24.0, torch 2.13.0."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rewardlang import Calling, HuggingFace
from rewardlang.models.hf import open_hf
from rewardlang.models.signature import ModelSignature

torch = pytest.importorskip("torch", reason="PyTorch is not installed: rewardlang[hf]")
transformers = pytest.importorskip("transformers", reason="transformers is not installed: rewardlang[hf]")
tokenizers = pytest.importorskip("tokenizers")
hub = pytest.importorskip("huggingface_hub")

if TYPE_CHECKING:
    from rewardlang.backend.answers import Answering

pytestmark = pytest.mark.filterwarnings("ignore")

MARKS = ["<pad>", "<s>", "</s>", "[CLS]", "[SEP]", "<|im_start|>", "<|im_end|>"]
PAD, START, END, CLS, SEP, OPEN, CLOSE = range(7)
CHAT = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
FIELDS = (("prompt", "text", False), ("completion", "text", False))
OF = ModelSignature("judge", FIELDS, "float")
SIZES = {
    "vocab_size": 263, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2,
    "max_position_embeddings": 256, "pad_token_id": PAD, "num_labels": 1,
}  # fmt: skip
ROWS = {
    "prompt": ["Why?", "Say three words.", "", "x" * 90, "é左", "Why?"],
    "completion": ["Because.", "one two three", "a", "y" * 41, "\n\n 7", "Because." * 6],
}


def tokenizer(family: str = "llama", **changes: Any) -> Any:
    """A token a byte, after the marks; `bert` puts pairs as BERT does, `llama` begins with `<s>`."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from tokenizers.processors import TemplateProcessing

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE({word: place for place, word in enumerate([*MARKS, *letters])}, []))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    if family == "bert":
        marks = [("[CLS]", CLS), ("[SEP]", SEP)]
        made.post_processor = TemplateProcessing("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", marks)
        names = {"cls_token": "[CLS]", "sep_token": "[SEP]", "model_input_names": ["input_ids", "token_type_ids"]}
    else:
        if family == "llama":
            made.post_processor = TemplateProcessing("<s> $A", "<s> $A <s> $B", [("<s>", START)])
        names = {"bos_token": "<s>", "eos_token": "</s>"}
    more = {"additional_special_tokens": MARKS, "pad_token": "<pad>", "model_max_length": 256}
    return transformers.PreTrainedTokenizerFast(tokenizer_object=made, **{**names, **more, **changes})


def network(name: str, **changes: Any) -> Any:
    kind = getattr(transformers, f"{name.partition('For')[0].removesuffix('LMHeadModel').removesuffix('Model')}Config")
    torch.manual_seed(7)
    # Wider than it would be for training, so that what is read makes a difference.
    config = kind(**{**SIZES, "initializer_range": 0.4, "bos_token_id": START, "eos_token_id": END, **changes})
    return getattr(transformers, name)(config).eval()


def judge(model: str, family: str = "llama", chat: str | None = None, **changes: Any) -> HuggingFace:
    return HuggingFace(network(model, **changes), tokenizer(family, chat_template=chat))


def opened(given: HuggingFace, calling: Calling | None = None, of: ModelSignature = OF, **options: Any) -> Answering:
    return open_hf(of, options, calling or Calling(progress=False), given)


def chat(prompt: str, completion: str | None = None) -> str:
    end = "" if completion is None else f"{completion}<|im_end|>\n"
    return f"<|im_start|>user\n{prompt}<|im_end|>\n<|im_start|>assistant\n{end}"
