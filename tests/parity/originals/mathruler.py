"""Geometry3K in verl, graded by mathruler: the stages that look at the text, rebuilt from their rules.

The original turns LaTeX into text with a library and leaves what is then undecided to another one. Here the commands
that answers have are replaced by the text that they become, and what is undecided is None.
"""

from __future__ import annotations

import re

from tests.parity.originals.verl import braced, strip_string

UNITS = (
    "degree", "cm", "centimeter", "meter", "mile", "second", "minute", "hour", "day", "week", "month", "year", "foot",
    "feet", "inch", "yard",
)  # fmt: skip
SYMBOLS = {
    "pi": "pi", "infty": "inf", "cup": "u", "cdot": "*", "times": "*", "leq": "≤", "le": "≤", "geq": "≥", "ge": "≥",
    "neq": "≠", "ne": "≠", "circ": "∘", "pm": "±", "theta": "θ", "alpha": "α", "beta": "β", "emptyset": "∅",
    **{name: name for name in ("log", "ln", "exp", "sin", "cos", "tan")},
}  # fmt: skip
INNER = (
    (r"\\frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}", r"\1/\2"),
    (r"\\frac\s*([0-9a-zA-Z])\s*\{([^{}]*)\}", r"\1/\2"),
    (r"\\frac\s*\{([^{}]*)\}\s*([0-9a-zA-Z])", r"\1/\2"),
    (r"\\sqrt\s*(?:\[[^\]\[]*\])?\s*\{([^{}]*)\}", r"sqrt(\1)"),
    (r"\\(?:text|textbf|textit|mathrm|mathbf|mathbb|mbox|operatorname)\s*\{([^{}]*)\}", r"\1"),
    (r"([\^_])\{([^{}]*)\}", r"\1\2"),
)
MATRIX = r"\\begin\{[pbvBV]?matrix\}"


def _plain(text: str) -> str:
    text = text.replace("\\tfrac", "\\frac").replace("\\dfrac", "\\frac").replace("\\frac", " \\frac")
    if re.search(MATRIX, text):
        text = re.sub(r"\s*\\end\{[pbvBV]?matrix\}", " ]", re.sub(MATRIX + r"\s*", "[ ", text))
        text = re.sub(r"\s*\\\\\s*", "; ", re.sub(r"\s*&\s*", " ", text))
    text = re.sub(r"\\[,;: ]", " ", text.replace("\\!", ""))
    text = re.sub(r"\\([%$&#_])", r"\1", re.sub(r"\\[{}]", "", text))
    text = re.sub(r"\\frac\s*([0-9])\s*([0-9])", r"\1/\2", text)
    for _ in range(4):
        for pattern, plain in INNER:
            text = re.sub(pattern, plain, text)
    text = re.sub(r"\\sqrt\s*([0-9a-zA-Z])", r"sqrt(\1)", text)
    text = re.sub(r"\\([a-zA-Z]+)", lambda found: SYMBOLS.get(found[1], ""), text)
    for old, new in (("{", ""), ("}", ""), ("√", "sqrt"), ("π", "pi"), ("∞", "inf"), ("·", "*"), ("×", "*")):
        text = text.replace(old, new)
    return text.strip()


def _commaless(text: str) -> str:
    shorter = re.sub(r"(\d),(\d\d\d)($|\D)", r"\1\2\3", text)
    return text if shorter == text else _commaless(shorter)


def _integer(text: str) -> str | None:
    if not re.fullmatch(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*", _commaless(text)):
        return None
    value = float(_commaless(text))
    return str(round(value)) if abs(value) < 1e300 and abs(value - round(value)) <= 1e-7 else None


def _normalized(text: str) -> str:
    inside = re.search(r"^\\text\{(.+?)\}$", text)
    text = text if inside is None else inside[1]
    for old, new in (
        ("\\%", "%"), ("\\$", "$"), ("$", ""), ("%", ""), (" or ", " , "), (" and ", " , "), ("million", "*10^6"),
        ("billion", "*10^9"), ("trillion", "*10^12"),
    ):  # fmt: skip
        text = text.replace(old, new)
    for unit in UNITS:
        text = re.sub(rf"{unit}(es)?(s)? *(\^[0-9]+)?", "", text)
    text = re.sub(r"\^ *\\circ", "", text)
    text = text[1:-1] if len(text) > 1 and text[0] == "{" and text[-1] == "}" else text
    text = re.sub(r",\\! *", "", text)
    text = re.sub("- *", "-", _plain(text) if "\\" in text else text)
    text = re.sub("([0-9]) +([0-9])", r"\1+\2", text)
    text = text.replace(" ", "").replace("{", "").replace("}", "").lower()
    return text if _integer(text) is None else str(_integer(text))


def _first_form(text: str) -> str:
    text = text.strip()
    inside = re.search(r"^\\text\{(.+?)\}$", text)
    text = text if inside is None else inside[1].strip()
    try:
        return strip_string(text)
    except (ValueError, IndexError):
        return text


def _elements(text: str) -> list[str]:
    text = _commaless(text)
    inside = re.fullmatch(r"[()\[\]]([^()\[\]]+)[()\[\]]", text)
    return [text] if inside is None else [part.strip() for part in inside[1].split(",")]


def _value(text: str) -> float | None:
    found = re.fullmatch(r"\(?(-?[0-9.]+)(?:/([0-9.]+))?\)?", text)
    try:
        return None if found is None else float(found[1]) / float(found[2] or 1)
    except (ValueError, ZeroDivisionError):
        return None


def _same_element(given: str, truth: str) -> bool | None:
    fraction = r"^-?[0-9]+.?/0*[1-9][0-9]*.?$"
    if re.search(fraction, given) and re.search(fraction, truth):
        return given == truth
    whole, right = _integer(given), _integer(truth)
    if whole is not None or right is not None:
        return whole == right
    letters = {
        character for character in (given + truth).replace("sqrt", "").replace("frac", "") if character.isalpha()
    }
    if len(letters) > 2 or re.search(r"\^\(|\^[0-9]+\^|\^[0-9][0-9]", given + "-" + truth):
        return False
    values = _value(given), _value(truth)
    return None if None in values else values[0] == values[1]


def verdict(given: str, truth: str) -> bool | None:
    """Whether an answer is right; None where the original asks for the difference of two expressions."""
    if _first_form(given) == _first_form(truth):
        return True
    given, truth = _normalized(given), _normalized(truth)
    if given == truth:
        return True
    made, right = _elements(given), _elements(truth)
    apart = len(right) > 1 and (given[:1], given[-1:]) != (truth[:1], truth[-1:])
    if not given or apart or len(made) != len(right):
        return False
    found = [_same_element(*pair) for pair in zip(made, right, strict=True)]
    return False if False in found else None if None in found else True


def answer(reply: str) -> str:
    """What the last box holds, as mathruler reads it."""
    start = reply.rfind("\\boxed{")
    box = braced(reply, start) if start >= 0 else None
    return "None" if box is None else box[len("\\boxed{") : -1].strip()


def geo3k(predict_str: str, ground_truth: str, use_boxed: bool = True, format_score: float = 0.1) -> float:  # noqa: FBT001, FBT002 - as the original has it
    formed = re.fullmatch(r"<think>.*</think>.*\\boxed\{.*\}.*", predict_str, re.DOTALL) is not None
    right = verdict(answer(predict_str) if use_boxed else predict_str, ground_truth)
    return (1.0 - format_score) * bool(right) + format_score * formed
