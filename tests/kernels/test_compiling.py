from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numba.core.dispatcher import Dispatcher
from text_strategies import tight

from rewardlang.columns.texts import Texts
from rewardlang.kernels import case, characters, hashing, memory, ngrams, numbers, search, split, text, tokens, words

if TYPE_CHECKING:
    from collections.abc import Callable

MODULES = [case, characters, hashing, memory, ngrams, numbers, search, split, text, tokens]
VALUES = ["a <b>1.5</b>", "", "\u00c9", "\u3000x"]
CALLS: list[Callable[[Texts], object]] = [
    lambda texts: Texts.concatenate([texts, Texts.of(VALUES)]),
    text.length,
    lambda texts: text.find_literal(texts, b"<", last=True),
    lambda texts: text.contains(texts, tight(VALUES)),
    lambda texts: text.count_literal(texts, b"<b>"),
    lambda texts: text.ends_with(texts, texts),
    lambda texts: text.between(texts, b"<b>", b"</b>"),
    lambda texts: text.compare(texts, tight(VALUES)),
    lambda texts: split.strip(texts, "left"),
    lambda texts: split.strip_chars(texts, "x1"),
    split.split_words,
    split.split_lines,
    case.lower,
    case.upper,
    hashing.hash64,
    hashing.intern,
    numbers.parse_number,
    numbers.find_numbers,
    lambda texts: numbers.format_number(numbers.parse_number(texts)[0]),
    lambda texts: [tokens.tokenize(texts, by).hashes for by in tokens.TOKENIZERS],
    lambda texts: ngrams.distinct(tokens.tokenize(texts, "char").offsets, tokens.tokenize(texts, "char").hashes, 2),
]
# Writable, of other types, and not contiguous: what callers may bring.
LAYOUTS: list[Callable[[Texts], Texts]] = [
    lambda texts: texts,
    lambda texts: Texts(texts.buffer.copy(), texts.starts.astype(np.int32), texts.ends.copy()),
    lambda texts: Texts(texts.buffer, np.repeat(texts.starts, 2)[::2], texts.ends),
]


def compiled_anew() -> list[str]:
    """The kernels that these calls compile more than once, in a process of their own: others call them with other types."""
    for call in CALLS:
        for layout in LAYOUTS:
            call(layout(Texts.of(VALUES)))
    # `signed`, which others import, is for words of any type.
    found = {value for module in MODULES for value in vars(module).values() if isinstance(value, Dispatcher)}
    kernels = {kernel for kernel in found if kernel.py_func is not words.signed.py_func}
    assert len(kernels) > 40
    return sorted(kernel.py_func.__name__ for kernel in kernels if len(kernel.signatures) > 1)


def test_a_kernel_is_compiled_once_whatever_it_is_called_with() -> None:
    program = "from test_compiling import compiled_anew\nprint(compiled_anew())"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout == "[]\n", done.stderr
