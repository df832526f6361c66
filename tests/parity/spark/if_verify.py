"""SPARK's checks of instructions."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tests.parity.claim import Claim, Inputs, Rule, same

if TYPE_CHECKING:
    from collections.abc import Callable

ENDS = ("<|im_end|>", "<｜end▁of▁sentence｜>", "<|endoftext|>")
SENTENCE_ENDS = re.compile(r"(?<!\w\.\w.)(?<![A-Z][a-z]\.)(?<=\.|\?)\s")


def said(query: str) -> str:
    reply = query.split("<|im_start|>assistant\n", 1)[1]
    for end in ENDS:
        reply = reply.replace(end, "")
    return reply.strip()


def verify_keywords(reply: str, keyword_list: list[str]) -> bool:
    return all(keyword.lower() in reply.lower() for keyword in keyword_list)


def verify_keyword_frequency(reply: str, word: str, n: int) -> bool:
    return re.findall(r"\b\w+\b", reply.lower()).count(word.lower()) == n


def validate_forbidden_words(reply: str, forbidden_words: list[str]) -> bool:
    return not [word for word in forbidden_words if word.lower() in reply.lower()]


def verify_letter_frequency(reply: str, letter: str, n: int) -> bool:
    if len(letter) != 1:
        raise ValueError(letter)
    return reply.count(letter) == n


def verify_paragraph_count(reply: str, n: int) -> bool:
    parts = reply.split("* * *")
    return all(part.strip() for part in parts) and len(parts) == n


def _bounded(count: int, n: float, quantifier: str, slack: float) -> bool:
    if quantifier == "at least":
        return count >= n
    if quantifier == "at most":
        return count <= n
    return quantifier == "around" and abs(count - n) <= slack


def validate_word_constraint(reply: str, n: float, quantifier: str) -> bool:
    return _bounded(len(reply.split()), n, quantifier, max(round(n * 0.1), 1))


def verify_sentence_constraint(reply: str, n: float, quantifier: str) -> bool:
    return _bounded(len(SENTENCE_ENDS.split(reply)), n, quantifier, 1)


def validate_paragraphs(reply: str, n: int, first_word: str, i: int) -> bool:
    parts = reply.split("\n\n")
    return len(parts) == n and parts[i - 1].strip().startswith(first_word)


def verify_postscript(reply: str, postscript_marker: str) -> bool:
    place = reply.find(postscript_marker)
    return place >= 0 and len(reply[place:].strip()) > len(postscript_marker)


def validate_placeholders(reply: str, n: float) -> bool:
    return len(re.findall(r"\[(.*?)\]", reply)) >= n


def verify_bullet_points(reply: str, n: int) -> bool:
    return sum(line.strip().startswith(("*", "-")) for line in reply.split("\n")) == n


def validate_title(reply: str) -> bool:
    return re.search(r"<<(.*?)>>", reply) is not None


def validate_choice(reply: str, options: list[str]) -> bool:
    return any(reply in option for option in options)


def validate_highlighted_sections(reply: str, n: float) -> bool:
    return len(re.findall(r"\*(.*?)\*", reply)) >= n


def validate_sections(reply: str, n: int, section_splitter: str) -> bool:
    parts = reply.split(section_splitter)
    return len(parts[parts[0] == "" :]) == n


def validate_json_format(reply: str) -> bool:
    try:
        json.loads(reply)
    except ValueError:
        return False
    return True


def validate_repeat_prompt(reply: str, original_prompt: str) -> bool:
    return reply.startswith(original_prompt)


def validate_two_responses(reply: str) -> bool:
    parts = [part.strip() for part in reply.split("******")]
    return len(parts) == 2 and parts[0] != parts[1]


def validate_uppercase(reply: str) -> bool:
    return reply == reply.upper()


def validate_lowercase(reply: str) -> bool:
    return reply == reply.lower()


def validate_frequency_capital_words(reply: str, n: float, quantifier: str) -> bool:
    return _bounded(len(re.findall(r"\b[A-Z]+\b", reply)), n, quantifier, 0)


def validate_end(reply: str, end_phrase: str) -> bool:
    return reply.endswith(end_phrase)


def validate_quotation(reply: str) -> bool:
    return reply.startswith('"') and reply.endswith('"')


def validate_no_commas(reply: str) -> bool:
    return "," not in reply


CHECKS: dict[str, Callable[..., bool]] = {
    check.__name__: check
    for check in (
        verify_keywords, verify_keyword_frequency, validate_forbidden_words, verify_letter_frequency,
        verify_paragraph_count, validate_word_constraint, verify_sentence_constraint, validate_paragraphs,
        verify_postscript, validate_placeholders, verify_bullet_points, validate_title, validate_choice,
        validate_highlighted_sections, validate_sections, validate_json_format, validate_repeat_prompt,
        validate_two_responses, validate_uppercase, validate_lowercase, validate_frequency_capital_words,
        validate_end, validate_quotation, validate_no_commas,
    )
}  # fmt: skip


def if_verify(query: str, label: str) -> float:
    reply = said(query)
    asked = json.loads(label)
    check = CHECKS[asked.pop("func_name")]
    # Python's style wants small letters.
    given = {"n" if name == "N" else name: value for name, value in asked.items() if value is not None}
    return float(check(reply, **given))


def _odd(inputs: Inputs, _: Any) -> bool:
    """The label is read, but the type of an argument is one that no data has."""
    try:
        asked = json.loads(inputs["label"])
    except ValueError:
        return False
    numbers = [asked[name] for name in ("N", "i") if name in asked] if isinstance(asked, dict) else []
    return any(isinstance(number, int | float) and abs(number) > 1e300 for number in numbers)


HUGE = Rule(_odd, "an amount beyond all doubles is none")
CLAIMS = tuple(
    Claim(f"if_verify.{name}", f"systems.spark_if_verify:{name}", same("query", "label"), rules=(HUGE,))
    for name in CHECKS
)
ORIGINALS = {f"if_verify.{name}": if_verify for name in CHECKS}
LEFT_OUT: dict[str, str] = {}
