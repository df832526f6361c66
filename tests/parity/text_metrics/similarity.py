"""chrF, ROUGE and similarities by edits: what sacrebleu, rouge-score and rapidfuzz give.

The originals here are rebuilt from the rules, with plain tables. The words are stemmed by NLTK, as rouge-score does.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

from nltk.stem.porter import PorterStemmer

from tests.parity.claim import DEVICE, Claim, Inputs, Rule, same

if TYPE_CHECKING:
    from collections.abc import Sequence

Score = list[float]
"""Precision, recall and F."""


# --- chrF ------------------------------------------------------------------------------------------------------------


def ngrams(entries: Sequence[Any], size: int) -> Counter[Any]:
    return Counter(tuple(entries[at : at + size]) for at in range(len(entries) - size + 1))


def marked_words(text: str) -> list[str]:
    marks = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
    found: list[str] = []
    for word in text.split():
        if len(word) > 1 and word[-1] in marks:
            found += [word[:-1], word[-1]]
        elif len(word) > 1 and word[0] in marks:
            found += [word[0], word[1:]]
        else:
            found.append(word)
    return found


def chrf_pair(made: str, wanted: str, orders: tuple[int, int], beta: float, *, spaces: bool, smooth: bool) -> float:
    letters = [text if spaces else "".join(text.split()) for text in (made, wanted)]
    words = [marked_words(text) for text in (made, wanted)]
    pairs = [[ngrams(text, n + 1) for text in letters] for n in range(orders[0])]
    pairs += [[ngrams(text, n + 1) for text in words] for n in range(orders[1])]
    found = []
    for mine, theirs in pairs:
        hits, have, want = (mine & theirs).total(), mine.total() if theirs else 0, theirs.total()
        found.append((hits / have if have else 1e-16, hits / want if want else 1e-16, have > 0 and want > 0))
    if smooth:
        each = [(1 + beta**2) * p * r / (beta**2 * p + r) if p + r > 0 else 1e-16 for p, r, _ in found]
        return 100 * sum(each) / len(found)
    used = [(p, r) for p, r, counts in found if counts]
    precision, recall = (sum(part) / len(used) for part in zip(*used, strict=True)) if used else (0.0, 0.0)
    if not precision + recall:
        return 0.0
    return 100 * (1 + beta**2) * precision * recall / (beta**2 * precision + recall)


def chrf_sentence(hypothesis: str, references: list[str], char_order: int, word_order: int, beta: int, *,
                  whitespace: bool, lowercase: bool, eps_smoothing: bool) -> float:  # fmt: skip
    def lowered(text: str) -> str:
        return text.lower() if lowercase else text

    made = lowered(hypothesis)
    return max(
        chrf_pair(made, lowered(text), (char_order, word_order), beta, spaces=whitespace, smooth=eps_smoothing)
        for text in references
    )


# --- ROUGE -----------------------------------------------------------------------------------------------------------


@cache
def stemmer() -> PorterStemmer:
    return PorterStemmer()


def tokens(text: str, *, stems: bool) -> list[str]:
    found = re.findall("[a-z0-9]+", text.lower())
    return [stemmer().stem(token) if stems and len(token) > 3 else token for token in found]


def measures(hits: int, made: int, wanted: int) -> Score:
    precision, recall = hits / max(made, 1), hits / max(wanted, 1)
    return [precision, recall, 2 * precision * recall / (precision + recall) if hits else 0.0]


def rouge_n(made: list[str], wanted: list[str], n: int) -> Score:
    mine, theirs = ngrams(made, n), ngrams(wanted, n)
    return measures((mine & theirs).total(), mine.total(), theirs.total())


def table(left: Sequence[Any], right: Sequence[Any]) -> list[list[int]]:
    """The lengths of the longest common subsequences of all beginnings."""
    rows = [[0] * (len(right) + 1)]
    for entry in left:
        row = [0]
        for place, other in enumerate(right):
            row.append(rows[-1][place] + 1 if entry == other else max(rows[-1][place + 1], row[-1]))
        rows.append(row)
    return rows


def common(left: Sequence[Any], right: Sequence[Any]) -> int:
    """The length of the longest common subsequence: a row of the table is a number, whose zeros are where it rises."""
    places: Counter[Any] = Counter()
    for place, entry in enumerate(left):
        places[entry] |= 1 << place
    row = full = (1 << len(left)) - 1
    for entry in right:
        taken = row & places[entry]
        row = ((row + taken) | (row - taken)) & full
    return len(left) - row.bit_count()


def rouge_l(made: list[str], wanted: list[str]) -> Score:
    return measures(common(wanted, made), len(made), len(wanted))


def walked(left: Sequence[Any], right: Sequence[Any]) -> set[int]:
    """Places in the left list of one longest common subsequence."""
    lengths = table(left, right)
    row, column, found = len(left), len(right), set()
    while row > 0 and column > 0:
        if left[row - 1] == right[column - 1]:
            row, column = row - 1, column - 1
            found.add(row)
        elif lengths[row][column - 1] > lengths[row - 1][column]:
            column -= 1
        else:
            row -= 1
    return found


def rouge_lsum(prediction: str, target: str, *, stems: bool) -> Score:
    made, wanted = ([tokens(line, stems=stems) for line in text.split("\n")] for text in (prediction, target))
    mine, theirs = (Counter(token for line in lines for token in line) for lines in (made, wanted))
    hits: Counter[str] = Counter()
    for line in wanted:
        hits.update(line[place] for place in set[int]().union(*(walked(line, other) for other in made)))
    return measures((hits & mine & theirs).total(), mine.total(), theirs.total())


def rouge(prediction: str, target: str, *, use_stemmer: bool) -> dict[str, Score]:
    made, wanted = tokens(prediction, stems=use_stemmer), tokens(target, stems=use_stemmer)
    scores = {f"rouge{n}": rouge_n(made, wanted, n) for n in range(1, 6)}
    return {
        **scores, "rougeL": rouge_l(made, wanted), "rougeLsum": rouge_lsum(prediction, target, stems=use_stemmer)
    }  # fmt: skip


def rouge_multi(prediction: str, targets: list[str], *, use_stemmer: bool) -> dict[str, Score]:
    kinds = ("rouge1", "rouge2", "rougeL")
    scores = [rouge(prediction, target, use_stemmer=use_stemmer) for target in targets]
    return {kind: max((score[kind] for score in scores), key=lambda score: score[2]) for kind in kinds}


# --- rapidfuzz -------------------------------------------------------------------------------------------------------


def processed(text: str) -> str:
    spaced = "".join(char if char.isalnum() or re.match(r"[^\W_]", char) else " " for char in text)
    return "".join({"İ": "i"}.get(char, char.lower()) for char in spaced.strip())


def ratio(a: str, b: str) -> float:
    return 200 * common(a, b) / (len(a) + len(b)) if a or b else 100.0


def parts(short: str, long: str) -> float:
    size = len(short)
    windows = {long[max(0, end - size) : end] for end in range(1, len(long) + size)}
    return max(ratio(short, window) for window in windows)


def partial_ratio(a: str, b: str) -> float:
    short, long = sorted((a, b), key=len)
    if not short:
        return 0.0 if long else 100.0
    return max(parts(short, long), parts(long, short) if len(a) == len(b) else 0.0)


def in_order(words: Any) -> str:
    return " ".join(sorted(words))


def token_sort_ratio(a: str, b: str) -> float:
    return ratio(in_order(a.split()), in_order(b.split()))


def token_set_ratio(a: str, b: str) -> float:
    left, right = set(a.split()), set(b.split())
    both, mine, theirs = (in_order(words) for words in (left & right, left - right, right - left))
    if not left or not right:
        return 0.0
    if both and not (mine and theirs):
        return 100.0
    gap = 1 if both else 0
    distance = len(mine) + len(theirs) - 2 * common(mine, theirs)
    scores = [100 - 100 * distance / (2 * len(both) + 2 * gap + len(mine) + len(theirs))]
    if both:
        scores += [100 - 100 * (gap + len(x)) / (2 * len(both) + gap + len(x)) for x in (mine, theirs)]
    return max(scores)


def partial_token_ratio(a: str, b: str) -> float:
    if set(a.split()) & set(b.split()):
        return 100.0
    once = partial_ratio(in_order(set(a.split())), in_order(set(b.split())))
    return max(once, partial_ratio(in_order(a.split()), in_order(b.split())))


def weighted(a: str, b: str) -> float:
    short, long = sorted((len(a), len(b)))
    if not short:
        return 0.0
    if long / short < 1.5:
        return max(ratio(a, b), 0.95 * max(token_sort_ratio(a, b), token_set_ratio(a, b)))
    scale = 0.9 if long / short <= 8 else 0.6
    return max(ratio(a, b), scale * partial_ratio(a, b), scale * 0.95 * partial_token_ratio(a, b))


def rapidfuzz(s1: str, s2: str, *, default_process: bool) -> dict[str, float]:
    a, b = (processed(text) if default_process else text for text in (s1, s2))
    in_any_order, as_sets, whole = token_sort_ratio(a, b), token_set_ratio(a, b), ratio(a, b)
    return {
        "ratio": whole, "partial_ratio": partial_ratio(a, b), "token_sort_ratio": in_any_order,
        "token_set_ratio": as_sets, "token_ratio": max(in_any_order, as_sets), "WRatio": weighted(a, b),
        "QRatio": whole if a and b else 0.0,
    }  # fmt: skip


# --- claims ----------------------------------------------------------------------------------------------------------


def flat(value: Any) -> list[float]:
    """The numbers of a record, in its order."""
    if isinstance(value, dict):
        return [number for part in value.values() for number in flat(part)]
    return value if isinstance(value, list) else [value]


def _narrow_space(inputs: Inputs, _: Any) -> bool:
    """A text of Latin-1 characters with a space that rapidfuzz takes for none there."""
    texts = [text for text in (inputs["s1"], inputs["s2"]) if any(space in text for space in "\x85\xa0")]
    return not inputs["default_process"] and any(max(text) < "\u0100" for text in texts)


STEMMED = {"consts": lambda inputs: {"use_stemmer": inputs["use_stemmer"]}}
OPTIONS = ("char_order", "word_order", "beta", "whitespace", "lowercase", "eps_smoothing")
CLAIMS = (
    Claim("chrf_sentence", "chrf_sentence", same("hypothesis", "references"), tolerance=DEVICE,
          consts=lambda inputs: {name: inputs[name] for name in OPTIONS}),
    Claim("rouge", "rouge", same("prediction", "target"), tolerance=DEVICE, expected=flat, **STEMMED),
    Claim("rouge_multi", "rouge_multi", same("prediction", "targets"), tolerance=DEVICE, expected=flat, **STEMMED),
    Claim("rapidfuzz", "rapidfuzz", same("s1", "s2", "default_process"), tolerance=DEVICE, expected=flat,
          rules=(Rule(_narrow_space, "rapidfuzz splits at U+0085 and U+00A0 only in texts with wider characters"),)),
)  # fmt: skip
ORIGINALS = {function.__name__: function for function in (chrf_sentence, rouge, rouge_multi, rapidfuzz)}
