"""Variations of golden inputs: cut, doubled, misspelt, of other types, huge, nested, empty."""

from __future__ import annotations

import copy
import json
import re
from typing import TYPE_CHECKING, Any

from tests.parity.measurements import measured, remeasured

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

Inputs = dict[str, Any]
TAGS = (
    "<think>", "</think>", "<answer>", "</answer>", "<tool_call>", "</tool_call>", "<response>", "</response>",
    "<|im_start|>assistant", "<|im_end|>", "<|start_header_id|>assistant<|end_header_id|>", "<|eot_id|>",
)  # fmt: skip
PIECES = (
    *TAGS, "\n", "\n\n", "\r\n", " ", "\t", "\u3000", "\x85", "\u2028", "\x1c", "\x00", "é", "🤔", "\U0001d7d9", "{",
    "}", "[", "]", '"', "\\", ",", ":", "'", "NaN", "null", "true", "1.0", "-0.0", "1e400", "\ufeff",
    "'action': 'click'", "'action': type",
    "[1, 2]", "[10, 20, 30, 40]", "[0,0,0,0]", "\u0663", "\uff13", "\n<answer>\n", "\n</think>\n",
    '{"name": "f", "parameters": {}}', "step",
)  # fmt: skip
DIGITS = ("\u0663\u0664", "\uff11\uff12", "0", "00012", "1" * 25, "9" * 330, "7" * 4400, "1", "100")
VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 1.0, -0.0, 0.5, 2**53, 2**53 + 1, 10**20, 1e20, 10**400, "", "1", "a/b", "~0",
    "a\u0000", [], [1], [1.0], [True], [[None]], {}, {"k": 1}, {"k": 1.0}, {"k": {"k": []}}, [float("nan")],
    float("nan"), float("inf"), "NaN", {"name": "f"},
)  # fmt: skip

FIXED = ("sigmoid", "metric", "name", "epsilon_count")
"""Inputs that choose one of a few ways, or are constants of a spec."""
NUMBERS = ("step", "completion_len_tokens", "max_completion_len", "soft_punish_cache", "image_width", "image_height")


def mutated(inputs: Inputs, rng: Random) -> Inputs:
    """The inputs after one to three changes."""
    found = copy.deepcopy(inputs)
    for name, value in inputs.items():
        if name in NUMBERS and rng.random() < 0.5:
            found[name] = rng.choice((0, 1, value + 1, max(0, value - 1), 2 * value, rng.randint(0, 700)))
    for _ in range(rng.randint(1, 3)):
        if rng.random() < 0.3:
            change_both(found, rng)
            continue
        free = {name: value for name, value in found.items() if name not in FIXED}
        plain = [name for name, value in free.items() if isinstance(value, str | list) or measured(value)]
        name = rng.choice(plain or list(found))
        value = found[name]
        if name in FIXED:
            continue
        if isinstance(value, str):
            found[name] = rng.choice(TEXT_CHANGES)(value, rng)
        elif name in ("gt_tools", "pd_tools"):
            found[name] = changed_calls(value, rng)
        elif name in ("list1", "list2"):
            found[name] = changed_list(value, rng)
        elif name in ("b1", "b2"):
            found[name] = changed_box(value, rng)
        elif measured(value):
            found[name] = remeasured(value, rng)
    return found


def change_both(inputs: Inputs, rng: Random) -> None:
    """One value of a call, where both sides have it, as two values that may be equal."""
    for first, second in (("response", "answer"), ("solution_str", "ground_truth")):
        if first in inputs:
            known = set(re.findall(r'": ([^,{}\[\]]+)', inputs[first]))
            shared = sorted(known & set(re.findall(r'": ([^,{}\[\]]+)', inputs[second])))
            old = rng.choice(shared) if shared else "}"
            for name, value in zip((first, second), equal_pair(rng), strict=True):
                inputs[name] = inputs[name].replace(f": {old}", f": {json.dumps(value)}")
    if "gt_tools" in inputs:
        for name, value in zip(("gt_tools", "pd_tools"), equal_pair(rng), strict=True):
            for call in inputs[name]:
                if isinstance(call, dict) and isinstance(call.get("parameters"), dict):
                    call["parameters"]["a"] = copy.deepcopy(value)


def equal_pair(rng: Random) -> tuple[Any, Any]:
    value = rng.choice(VALUES)
    like = [other for other in VALUES if other == value or other is value or str(other) == str(value)]
    return value, rng.choice((value, *like))


# --- texts -----------------------------------------------------------------------------------------------------------


def cut(text: str, rng: Random) -> str:
    first, last = sorted(rng.choices(range(len(text) + 1), k=2))
    return rng.choice((text[:last], text[first:], text[:first] + text[last:]))


def inserted(text: str, rng: Random) -> str:
    place = rng.choice((0, len(text), rng.randint(0, len(text)), *_ends(text)))
    return text[:place] + rng.choice(PIECES) + text[place:]


def _ends(text: str) -> list[int]:
    return [found.end() for found in re.finditer(r"</?\w+>|\n|\d+", text)]


def doubled(text: str, rng: Random) -> str:
    first, last = sorted(rng.choices(range(len(text) + 1), k=2))
    return text[:last] + text[first:last] + text[last:]


def without_tag(text: str, rng: Random) -> str:
    present = [tag for tag in TAGS if tag in text]
    return text.replace(rng.choice(present), rng.choice(("", *TAGS)), 1) if present else text


def other_digits(text: str, rng: Random) -> str:
    places = list(re.finditer(r"\d+", text))
    if not places:
        return text
    found = rng.choice(places)
    near = str(max(0, int(found[0]) + rng.choice((-2, -1, 1, 2)))) if len(found[0]) < 9 else "5"
    return text[: found.start()] + rng.choice((*DIGITS, near, near, near, found[0] + ".0")) + text[found.end() :]


def other_case(text: str, rng: Random) -> str:
    return rng.choice((text.upper(), text.swapcase(), text.strip(), text.replace("\n", " "), "", text.replace(" ", "")))


def changed_lines(text: str, rng: Random) -> str:
    """JSON values on lines of their own, changed where they stand."""
    lines = text.split("\n")
    places = [place for place, line in enumerate(lines) if line.startswith("{")]
    if not places:
        return text
    calls = []
    for place in places:
        try:
            calls.append(json.loads(lines[place]))
        except ValueError:
            return text
    changed = [json.dumps(call, ensure_ascii=rng.random() < 0.5) for call in changed_calls(calls, rng)]
    return "\n".join((*lines[: places[0]], *changed, *lines[places[-1] + 1 :]))


TEXT_CHANGES: tuple[Callable[[str, Random], str], ...] = (
    cut, inserted, inserted, doubled, without_tag, other_digits, other_digits, other_case, changed_lines, changed_lines,
)  # fmt: skip


# --- values ----------------------------------------------------------------------------------------------------------


def changed_calls(calls: list[Any], rng: Random) -> list[Any]:
    calls = copy.deepcopy(calls)
    kind = rng.randint(0, 7)
    if kind == 0 or not calls:
        calls.append(copy.deepcopy(rng.choice(calls)) if calls else {"name": "f", "parameters": {"a": 1}})
    elif kind == 1:
        rng.shuffle(calls)
    elif kind == 2:
        del calls[rng.randrange(len(calls))]
    elif isinstance(call := rng.choice(calls), dict):
        _change_call(call, kind, rng)
    return calls


def _change_call(call: Inputs, kind: int, rng: Random) -> None:
    if kind == 3:
        call[rng.choice(("name", "parameters", "id", "arguments"))] = _value(rng)
    elif kind == 4:
        call.pop(rng.choice(("name", "parameters")), None)
    elif isinstance(call.get("parameters"), dict):
        parameters = call["parameters"]
        key = rng.choice([*parameters, "a", "", "~0", "a/b"])
        if kind == 5:
            parameters.pop(key, None)
        else:
            parameters[key] = _value(rng)


def _value(rng: Random) -> Any:
    return copy.deepcopy(rng.choice(VALUES))


def changed_list(texts: list[Any], rng: Random) -> list[Any]:
    texts = [*texts, *rng.choices(("", "a", "a/", "~", "~1", "/", "a\x00b", "é"), k=rng.randint(0, 2))]
    rng.shuffle(texts)
    return texts[: rng.randint(0, len(texts))]


def changed_box(box: list[float], rng: Random) -> list[float]:
    box = list(box)
    near = box[0] + rng.choice((1e-4, -1e-4, 0.0, 1e-3))
    box[rng.randrange(4)] = rng.choice((0.0, 1.0, -0.0, near, rng.random(), round(rng.random(), 2)))
    return box
