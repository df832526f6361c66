"""The Porter stemmer with NLTK's extensions, on one word of ASCII letters and digits in a scratch buffer.

The rules are tables: a suffix, what replaces it, and how many vowel-consonant pairs the stem must have at least. The
first rule whose suffix fits decides, whether or not its condition holds.

Source: Porter, "An algorithm for suffix stripping", Program 14 (1980), with the changes that NLTK's `PorterStemmer`
documents for its default mode.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rewardlang.kernels.memory import Bytes, Rows, compiled, load_word

MARGIN = 8
"""Where a word begins in its scratch buffer, after zeros: a suffix is compared in one load. A word may grow by two."""
_SIZE, _CODE, _KEPT, _NEW, _LEAST = range(5)
_IRREGULAR = {
    "sky": "sky", "skies": "sky", "dying": "die", "lying": "lie", "tying": "tie", "news": "news", "innings": "inning",
    "inning": "inning", "outings": "outing", "outing": "outing", "cannings": "canning", "canning": "canning",
    "howe": "howe", "proceed": "proceed", "exceed": "exceed", "succeed": "succeed",
}  # fmt: skip


def _packed(text: str) -> int:
    """The bytes of a short text, the last one highest: as a load that ends with it has them."""
    return int.from_bytes(text.encode(), "little")


def _rules(*rules: tuple[str, str, int]) -> npt.NDArray[np.int64]:
    rows = []
    for suffix, replacement, least in rules:
        rows.append((len(suffix), _packed(suffix), len(replacement), _packed(replacement), least))
    return np.array(rows, dtype=np.int64)


_STEP_1A = _rules(("sses", "ss", 0), ("ies", "i", 0), ("ss", "ss", 0), ("s", "", 0))
_REPAIRS = _rules(("at", "ate", 0), ("bl", "ble", 0), ("iz", "ize", 0))
_STEP_2 = _rules(
    ("ational", "ate", 1), ("tional", "tion", 1), ("enci", "ence", 1), ("anci", "ance", 1), ("izer", "ize", 1),
    ("bli", "ble", 1), ("alli", "al", 1), ("entli", "ent", 1), ("eli", "e", 1), ("ousli", "ous", 1),
    ("ization", "ize", 1), ("ation", "ate", 1), ("ator", "ate", 1), ("alism", "al", 1), ("iveness", "ive", 1),
    ("fulness", "ful", 1), ("ousness", "ous", 1), ("aliti", "al", 1), ("iviti", "ive", 1), ("biliti", "ble", 1),
    ("fulli", "ful", 1),
)  # fmt: skip
_STEP_3 = _rules(
    ("icate", "ic", 1), ("ative", "", 1), ("alize", "al", 1), ("iciti", "ic", 1), ("ical", "ic", 1), ("ful", "", 1),
    ("ness", "", 1),
)  # fmt: skip
_STEP_4 = _rules(
    ("al", "", 2), ("ance", "", 2), ("ence", "", 2), ("er", "", 2), ("ic", "", 2), ("able", "", 2), ("ible", "", 2),
    ("ant", "", 2), ("ement", "", 2), ("ment", "", 2), ("ent", "", 2), ("ou", "", 2), ("ism", "", 2),
    ("ate", "", 2), ("iti", "", 2), ("ous", "", 2), ("ive", "", 2), ("ize", "", 2),
)  # fmt: skip
_WHOLE = np.array(
    [(len(word), _packed(word), len(stem), _packed(stem), 0) for word, stem in _IRREGULAR.items()], dtype=np.int64
)


@compiled
def _ends(word: Bytes, size: int, length: int, code: int) -> bool:
    """Whether a word of `size` ends with a suffix of `length` that is packed as `code`."""
    return (load_word(word, MARGIN + size - 8) >> (64 - 8 * length)) == code


@compiled
def _is_vowel(letter: int) -> bool:
    return letter == 97 or letter == 101 or letter == 105 or letter == 111 or letter == 117  # noqa: PLR1714 - faster


@compiled
def _measure(word: Bytes, size: int, most: int) -> tuple[int, bool]:
    """Count the changes from vowel to consonant in the first `size` letters, up to `most`; and whether one is a vowel.

    A y is a vowel after a consonant.
    """
    count = 0
    vowel = False
    any_vowel = False
    for place in range(MARGIN, MARGIN + size):
        letter = word[place]
        now = _is_vowel(letter) or (letter == 121 and place > MARGIN and not vowel)
        if vowel and not now:
            count += 1
            if count == most:
                return count, True
        vowel = now
        any_vowel = any_vowel or now
    return count, any_vowel


@compiled
def _is_consonant(word: Bytes, place: int) -> bool:
    """Whether the letter at a place is a consonant: of a run of y's, each other one."""
    letter = word[MARGIN + place]
    if letter != 121:
        return not _is_vowel(letter)
    run = 0
    while place - run > 0 and word[MARGIN + place - run] == 121:
        run += 1
    first = not _is_vowel(word[MARGIN + place - run])
    return first != (run & 1 == 1)


@compiled
def _ends_short(word: Bytes, size: int) -> bool:
    """Whether the letters end with consonant, vowel and consonant but w, x and y, or are a vowel and a consonant."""
    if size == 2:
        return not _is_consonant(word, 0) and _is_consonant(word, 1)
    if size < 3:
        return False
    last = word[MARGIN + size - 1]
    if last == 119 or last == 120 or last == 121:  # noqa: PLR1714 - faster
        return False
    return _is_consonant(word, size - 3) and not _is_consonant(word, size - 2) and _is_consonant(word, size - 1)


@compiled
def _replace(word: Bytes, at: int, code: int, length: int) -> int:
    """Write a packed replacement after `at` letters, and give the new size."""
    for place in range(length):
        word[MARGIN + at + place] = (code >> (8 * place)) & 0xFF
    return at + length


@compiled
def _apply(word: Bytes, size: int, rules: Rows) -> int:
    """Apply the first rule whose suffix fits, if its condition holds."""
    for rule in range(rules.shape[0]):
        length = rules[rule, 0]
        if size >= length and _ends(word, size, length, rules[rule, 1]):
            least = rules[rule, 4]
            if least == 0 or _measure(word, size - length, least)[0] >= least:
                return _replace(word, size - length, rules[rule, 3], rules[rule, 2])
            return size
    return size


@compiled
def _past(word: Bytes, size: int) -> int:
    """Take `-ed` and `-ing` off."""
    if _ends(word, size, 3, 0x646569):  # ied
        return size - 1 if size == 4 else size - 2
    if _ends(word, size, 3, 0x646565):  # eed
        return size - 1 if _measure(word, size - 3, 1)[0] > 0 else size
    if _ends(word, size, 2, 0x6465) and _measure(word, size - 2, -1)[1]:
        size -= 2
    elif size >= 3 and _ends(word, size, 3, 0x676E69) and _measure(word, size - 3, -1)[1]:
        size -= 3
    else:
        return size
    repaired = _apply(word, size, _REPAIRS)
    if repaired != size:
        return repaired
    last = word[MARGIN + size - 1]
    if size >= 2 and last == word[MARGIN + size - 2] and _is_consonant(word, size - 1):
        return size if last == 108 or last == 115 or last == 122 else size - 1  # noqa: PLR1714 - faster
    if _measure(word, size, 2)[0] == 1 and _ends_short(word, size):
        return _replace(word, size, 101, 1)
    return size


@compiled
def _derived(word: Bytes, size: int) -> int:
    """Shorten what is made of a noun or an adjective."""
    while size >= 4 and _ends(word, size, 4, 0x696C6C61) and _measure(word, size - 4, 1)[0] > 0:
        size -= 2  # alli as al, which may be the end of another suffix
    if _ends(word, size, 4, 0x69676F6C) and size >= 4:
        return size - 1 if _measure(word, size - 3, 1)[0] > 0 else size  # logi
    return _apply(word, size, _STEP_2)


@compiled
def _bare(word: Bytes, size: int) -> int:
    """Take the last suffix off."""
    if size > 3 and _ends(word, size, 3, 0x6E6F69):  # ion, after an s or a t
        last = word[MARGIN + size - 4]
        return size - 3 if (last == 115 or last == 116) and _measure(word, size - 3, 2)[0] > 1 else size  # noqa: PLR1714 - faster
    return _apply(word, size, _STEP_4)


@compiled
def _final(word: Bytes, size: int) -> int:
    """Take the last e off, and one of two l."""
    if size >= 1 and word[MARGIN + size - 1] == 101:
        count = _measure(word, size - 1, 2)[0]
        if count > 1 or (count == 1 and not _ends_short(word, size - 1)):
            size -= 1
    if size >= 2 and _ends(word, size, 2, 0x6C6C) and _measure(word, size - 1, 2)[0] > 1:
        return size - 1
    return size


@compiled
def stem(word: Bytes, size: int) -> int:
    """Stem the word of `size` > 2 letters that stands after `MARGIN` zeros, in place; give its new size."""
    for row in range(_WHOLE.shape[0]):
        if size == _WHOLE[row, 0] and _ends(word, size, size, _WHOLE[row, 1]):
            return _replace(word, 0, _WHOLE[row, 3], _WHOLE[row, 2])
    size = 3 if size == 4 and _ends(word, size, 3, 0x736569) else _apply(word, size, _STEP_1A)  # -ies as -ie
    size = _past(word, size)
    if size > 2 and word[MARGIN + size - 1] == 121 and _is_consonant(word, size - 2):
        word[MARGIN + size - 1] = 105
    size = _derived(word, size)
    size = _apply(word, size, _STEP_3)
    size = _bare(word, size)
    return _final(word, size)


def stemmed(word: str) -> str:
    """Stem one word of more than two ASCII letters, all lower case, and digits."""
    buffer = np.zeros(MARGIN + len(word) + 16, dtype=np.uint8)
    buffer[MARGIN : MARGIN + len(word)] = np.frombuffer(word.encode(), dtype=np.uint8)
    size = stem(buffer, len(word))
    return buffer[MARGIN : MARGIN + size].tobytes().decode()
