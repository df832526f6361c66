"""Writes the embeddings that tests compare with, by PyTorch and transformers, which share no code with ours.

Needs torch 2.13, transformers 5.24 and the model's folder: `python make_reference.py FOLDER_OF_MINILM`. The tiny model
has random weights, so that the tests also run where MiniLM's are not installed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TEXTS: tuple[tuple[str, int], ...] = (
    ("", 1),
    ("The cat sits outside.", 1),
    ("A man is playing guitar", 1),
    ("HOW ARE YOU?? Très bien, merci; ça va!", 1),
    ("左边的红色杯子在桌子上", 1),
    ("дорожный знак за машиной 🚗👍", 1),
    ('{"name": "get_weather", "arguments": {"city": "Zürich"}}', 1),
    ("a\x00b\tc\ufffd\x07d", 1),
    ("before [SEP] after [MASK] and [PAD]", 1),
    ("x", 3000),
    ("An answer that goes on, step 12 by step 13. ", 100),
    ("word ", 5000),
    ("é̀ ", 9000),
)
"""Texts, and how often each is repeated."""
WORDS = [
    "the",
    "cat",
    "sits",
    "out",
    "##side",
    "a",
    "man",
    "play",
    "##s",
    "##ing",
    "guitar",
    "how",
    "are",
    "you",
    "word",
    "x",
    "##x",
    "b",
    "c",
    "d",
    ".",
    "?",
    "!",
    ",",
    "step",
    "answer",
]


def embeddings(folder: Path, tokenizer: Any) -> list[list[float]]:
    """Means of the last hidden states over the tokens, of length 1."""
    import torch
    from transformers import BertModel

    model = BertModel.from_pretrained(folder).eval()
    found = []
    for text, times in TEXTS:
        inputs = tokenizer(text * times, truncation=True, max_length=256, return_tensors="pt")
        with torch.no_grad():
            hidden = model(**inputs).last_hidden_state
        mask = inputs["attention_mask"].unsqueeze(-1).float()
        pooled = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
        unit = torch.nn.functional.normalize(pooled, p=2, dim=1)[0]
        found.append([round(x, 7) for x in unit.tolist()])
    return found


def tiny(folder: Path) -> None:
    """A BERT with 2 layers of width 16."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *dict.fromkeys(WORDS)]
    tokenizer = BertTokenizerFast(vocab={word: place for place, word in enumerate(words)})
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=256, initializer_range=0.5,
    )  # fmt: skip
    BertModel(config).save_pretrained(folder, safe_serialization=True)
    write("tiny.json", embeddings(folder, tokenizer))


def write(name: str, found: list[list[float]]) -> None:
    """The texts with their embeddings."""
    rows = [{"text": text, "times": times, "embedding": e} for (text, times), e in zip(TEXTS, found, strict=True)]
    lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    (HERE / name).write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    from transformers import BertTokenizerFast

    minilm = Path(sys.argv[1])
    write("minilm.json", embeddings(minilm, BertTokenizerFast.from_pretrained(minilm)))
    tiny(HERE / "tiny")
