"""verl's rewards on text, rebuilt from their rules: the originals that the claims in `verl` are compared with."""

from __future__ import annotations

import re
import string
from typing import Any

# --- gsm8k ---


def extract_solution(solution_str: str, method: str = "strict") -> str | None:
    tail = solution_str[-300:]
    if method == "strict":
        marked = re.findall(r"#### (\-?[0-9\.\,]+)", tail)
        return marked[-1].translate({ord(","): None, ord("$"): None}) if marked else None
    assert method == "flexible"
    numbers = re.findall(r"(\-?[0-9\.\,]+)", tail)
    valid = [number for number in numbers if number not in ("", ".")]
    return valid[-1] if valid else numbers[0] if numbers else None


def gsm8k(
    solution_str: str, ground_truth: str, method: str = "strict", format_score: float = 0.0, score: float = 1.0
) -> float:
    found = extract_solution(solution_str, method)
    if found is None:
        return 0
    return score if found == ground_truth else format_score


# --- boxes ---


def braced(text: str, start: int) -> str | None:
    """From `start` to where the braces balance at a closing one."""
    depth = 0
    for place in range(start, len(text)):
        if text[place] == "{":
            depth += 1
        elif text[place] == "}":
            depth -= 1
            if depth == 0:
                return text[start : place + 1]
    return None


def inside(box: str, command: str = r"\boxed{") -> str:
    assert box.startswith(command)
    assert box.endswith("}")
    return box[len(command) : -1]


# --- Hendrycks ---


def last_box(text: str) -> str | None:
    if "\\boxed " in text:
        return "\\boxed " + text.rpartition("\\boxed ")[2].partition("$")[0]
    start = max(text.rfind("\\boxed"), -1)
    start = start if start >= 0 else text.rfind("\\fbox")
    return braced(text, start) if start >= 0 else None


def unboxed(box: str) -> str:
    if "\\boxed " in box:
        assert box.startswith("\\boxed ")
        return box.removeprefix("\\boxed ")
    return inside(box)


def _fracs(text: str) -> str:
    first, *parts = text.split("\\frac")
    done = first
    for part in parts:
        if part[0] == "{":
            done += "\\frac" + part
        elif len(part) < 2:
            return text
        else:
            second = part[1] if part[1] == "{" else "{" + part[1] + "}"
            done += "\\frac{" + part[0] + "}" + second + part[2:]
    return done


def _roots(text: str) -> str:
    first, *parts = text.split("\\sqrt")
    return first + "".join("\\sqrt" + (part if part[0] == "{" else "{" + part[0] + "}" + part[1:]) for part in parts)


def _slash(text: str) -> str:
    try:
        above, below = map(int, text.split("/"))
    except ValueError:
        return text
    return f"\\frac{{{above}}}{{{below}}}" if text == f"{above}/{below}" else text


def plain(string: str) -> str:
    for old, new in (
        ("\n", ""), ("\\!", ""), ("\\\\", "\\"), ("tfrac", "frac"), ("dfrac", "frac"), ("\\left", ""), ("\\right", ""),
        ("^{\\circ}", ""), ("^\\circ", ""), ("\\$", ""),
    ):  # fmt: skip
        string = string.replace(old, new)
    return string


def strip_string(string: str) -> str:
    return form_of_plain(plain(string))


def form_of_plain(string: str) -> str:
    if "\\text{ " in string:
        string, _ = string.split("\\text{ ")
    for old, new in (("\\\\%", ""), ("\\%", ""), (" .", " 0."), ("{.", "{0.")):
        string = string.replace(old, new)
    if not string:
        return string
    if string[0] == ".":
        string = "0" + string
    sides = string.split("=")
    if len(sides) == 2 and len(sides[0]) <= 2:
        string = sides[1]
    string = _fracs(_roots(string).replace(" ", ""))
    return _slash("\\frac{1}{2}" if string == "0.5" else string)


def is_equiv(str1: str | None, str2: str | None) -> bool:
    if str1 is None or str2 is None:
        return str1 is str2
    try:
        return strip_string(str1) == strip_string(str2)
    except (ValueError, IndexError):
        return str1 == str2


def math_reward(solution_str: str, ground_truth: str) -> float:
    try:
        box = last_box(solution_str)
        return 1.0 if box is not None and is_equiv(unboxed(box), ground_truth) else 0.0
    except AssertionError:
        return 0.0


# --- DAPO ---

REPLACED = (
    ("an ", ""), ("a ", ""), (".$", "$"), ("\\$", ""), ("\\ ", ""), (" ", ""), ("mbox", "text"), (",\\text{and}", ","),
    ("\\text{and}", ","), ("\\text{m}", "\\text{}"),
)  # fmt: skip
REMOVED = (
    "square", "ways", "integers", "dollars", "mph", "inches", "hours", "km", "units", "\\ldots", "sue", "points",
    "feet", "minutes", "digits", "cents", "degrees", "cm", "gm", "pounds", "meters", "meals", "edges", "students",
    "childrentickets", "multiples", "\\text{s}", "\\text{.}", "\\text{\ns}", "\\text{}^2", "\\text{}^3", "\\text{\n}",
    "\\text{}", "\\mathrm{th}", "^\\circ", "^{\\circ}", "\\;", ",\\!", "{,}", '"', "\\dots",
)  # fmt: skip


def normalize_final_answer(final_answer: str) -> str:
    text = final_answer.rpartition("=")[2]
    for old, new in (*REPLACED, *((old, "") for old in REMOVED)):
        text = text.replace(old, new)
    return minerva_commands(text)


def minerva_commands(text: str) -> str:
    for pattern, new in (
        (r"(.*?)(\$)(.*?)(\$)(.*)", r"$\3$"), (r"(\\text\{)(.*?)(\})", r"\2"), (r"(\\textbf\{)(.*?)(\})", r"\2"),
        (r"(\\overline\{)(.*?)(\})", r"\2"), (r"(\\boxed\{)(.*)(\})", r"\2"), (r"(frac)([^{])(.)", r"frac{\2}{\3}"),
        (r"(sqrt)([^{])", r"sqrt{\2}"),
    ):  # fmt: skip
        text = re.sub(pattern, new, text)
    text = text.replace("$", "")
    return (text.replace(",", "") if text.replace(",", "").isdigit() else text).strip()


def _in_strict_box(text: str) -> str | None:
    start = text[-100:].rfind("\\boxed{")
    box = braced(text[-100:], start) if start >= 0 else None
    return None if box is None else inside(box)


def _math_dapo(text: str, truth: str, *, strict: bool, box_after_all: bool) -> dict[str, Any]:
    text = text[-300:]
    found = re.findall(r"(?i)Answer\s*:\s*([^\n]+)", text)
    pred: str | None = normalize_final_answer(found[-1] if found else "[INVALID]")
    right = pred == normalize_final_answer(truth)
    boxed = _in_strict_box(text)
    if strict or (box_after_all and pred == "[INVALID]" and boxed is not None):
        pred, right = boxed, boxed == truth
    return {"score": 1.0 if right else -1.0, "acc": right, "pred": pred}


def math_dapo(solution_str: str, ground_truth: str, strict_box_verify: bool) -> dict[str, Any]:  # noqa: FBT001 - as the original has it
    return _math_dapo(solution_str, ground_truth, strict=strict_box_verify, box_after_all=True)


def math_dapo_2026_01(solution_str: str, ground_truth: str, strict_box_verify: bool) -> dict[str, Any]:  # noqa: FBT001 - as the original has it
    return _math_dapo(solution_str, ground_truth, strict=strict_box_verify, box_after_all=False)


# --- Search-R1 ---


def normalize_answer(s: str) -> str:
    kept = s.lower().translate(dict.fromkeys(map(ord, string.punctuation)))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", kept).split())


def _searched(text: str) -> str | None:
    found = re.findall(r"<answer>(.*?)</answer>", text, re.DOTALL)
    return found[-1].strip() if found else None


def _targets(truth: dict[str, Any]) -> list[str]:
    target = truth["target"]
    return [target] if isinstance(target, str) else target


def search_em(solution_str: str, ground_truth: dict[str, Any], format_score: float = 0.0, score: float = 1.0) -> float:
    answer = _searched(solution_str)
    if answer is None:
        return 0
    if normalize_answer(answer) not in map(normalize_answer, _targets(ground_truth)):
        return format_score
    crowded = max(solution_str.count("<answer>"), solution_str.count("</answer>")) > 10
    return score / 4 if crowded else score


def search_subem(
    solution_str: str, ground_truth: dict[str, Any], format_score: float = 0.0, score: float = 1.0
) -> float:
    answer = _searched(solution_str)
    if answer is None:
        return 0
    said = normalize_answer(answer)
    return score if any(normalize_answer(target) in said for target in _targets(ground_truth)) else format_score


# --- the DAPO manager ---


def overlong(
    base_scores: list[float], valid_response_lengths: list[int], max_resp_len: int, overlong_buffer: dict[str, Any]
) -> list[float]:
    free, factor = max_resp_len - overlong_buffer["len"], overlong_buffer["penalty_factor"]

    def punished(score: float, length: int) -> float:
        if not overlong_buffer["enable"]:
            return score
        return score + min(-(length - free) / overlong_buffer["len"] * factor, 0)

    return [punished(*pair) for pair in zip(base_scores, valid_response_lengths, strict=True)]
