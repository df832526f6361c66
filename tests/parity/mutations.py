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
    "'action': 'click'", "'action': type", "..,.", "-\n", "<skipped>", "&quot;", "&amp;lt;", "1-2", "\u0301", "€",
    "[1, 2]", "[10, 20, 30, 40]", "[0,0,0,0]", "\u0663", "\uff13", "\n<answer>\n", "\n</think>\n",
    '{"name": "f", "parameters": {}}', "step", "\\boxed{", "\\boxed{7}", "$", "%", "\\frac{1}{2}", "\\text{ cm}", "```",
)  # fmt: skip
MATHS = (
    "\\boxed{", "\\boxed ", "\\boxed", "\\fbox{", "\\frac", "\\dfrac12", "\\frac{1}", "\\sqrt", "\\sqrt3", "\\text{ ", "\\text{",
    "\\text{and}", "\\left(", "^\\circ", "\\!", "\\\\", "\\%", "\\$", "$", "{", "}", "{,}", "=", "/", "x=", "abc=", "1/2", "-0/3", "0.5",
    ".", " .", "{.", ",", "1,000", "a ", "an ", "km", "square", "\n", " ", "²", "\u0662", "#### ", "#### -1,2.", "Answer: ", "aNSwER :",
    "Anſwer:", "answer is ", " is the answer", "are ", ". ", ": ", "[INVALID]", "the", "The.", "<answer>", "</answer>", "ı", "é",
    "million", "degrees", "%", "3 1", "\\pi", "(", ")", "1, 2", "inches^2", "Step 2:", "</think>", "<think>",
)  # fmt: skip
DIGITS = ("\u0663\u0664", "\uff11\uff12", "0", "00012", "1" * 25, "9" * 330, "7" * 4400, "1", "100")
VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 1.0, -0.0, 0.5, 2**53, 2**53 + 1, 10**20, 1e20, 10**400, "", "1", "a/b", "~0",
    "a\u0000", [], [1], [1.0], [True], [[None]], {}, {"k": 1}, {"k": 1.0}, {"k": {"k": []}}, [float("nan")],
    float("nan"), float("inf"), "NaN", {"name": "f"},
)  # fmt: skip

NUMBERS = (
    "max_resp_len",
    "step",
    "completion_len_tokens",
    "max_completion_len",
    "soft_punish_cache",
    "image_width",
    "image_height",
)

SETTINGS = (
    "tokenize", "smooth_method", "smoothing", "strip_strings", "sigmoid", "metric", "name", "epsilon_count",
    "eval_mode",
)  # fmt: skip
"""Inputs that choose a method, or are constants of a spec."""
TEXT_LISTS = ("references", "completions", "hypothesis_tokens", "references_tokens")
FLOATS = (
    "logits", "per_token_rewards", "log_probs", "log_probs_base", "r", "logprobs", "ref_logprobs", "rewards", "rows",
    "length_bonus", "correct_bonus", "base_scores",
)  # fmt: skip


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
        open_to_change = [n for n, v in found.items() if n not in SETTINGS and (_is_changed(v) or n == "batch")]
        name = rng.choice(open_to_change or list(found))
        found[name] = changed(name, found[name], rng)
    return found


def changed(name: str, value: Any, rng: Random) -> Any:
    """One input after one change."""
    if name in SETTINGS:
        return value
    if isinstance(value, str):
        return rng.choice(TEXT_CHANGES)(value, rng)
    if _has_targets(value):
        return {**value, "target": changed_targets(value["target"], rng)}
    change = next((change for names, change in LIST_CHANGES if name in names), None)
    if change is not None:
        return change(value, rng)
    return remeasured(value, rng) if measured(value) else value


def _is_changed(value: Any) -> bool:
    return isinstance(value, str | list) or _has_targets(value) or measured(value)


def _has_targets(value: Any) -> bool:
    return isinstance(value, dict) and "target" in value


def change_both(inputs: Inputs, rng: Random) -> None:
    """One value of a call, where both sides have it, as two values that may be equal."""
    for first, second in (("response", "answer"), ("solution_str", "ground_truth")):
        if isinstance(inputs.get(first), str) and isinstance(inputs.get(second), str):
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
    return text[:place] + rng.choice(MATHS if _is_mathematics(text) else PIECES) + text[place:]


def _is_mathematics(text: str) -> bool:
    return (
        re.search(
            r"\\boxed|\\fbox|\\frac|\\sqrt|\\text|####|answer|^[-+\d\s.,/=(){}$%\\^a-z]{0,30}$", text, re.IGNORECASE
        )
        is not None
    )


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


def changed_float(value: Any, rng: Random) -> Any:
    """Tables of numbers, and records of them, with one number changed."""
    if isinstance(value, float):
        return rng.choice((0.0, -0.0, -value, round(rng.uniform(-3, 3), 4), round(value + rng.choice((-1, 1)), 4)))
    if isinstance(value, list) and value:
        place = rng.randrange(len(value))
        return [*value[:place], changed_float(value[place], rng), *value[place + 1 :]]
    if isinstance(value, dict):
        name = rng.choice(list(value))
        return {**value, name: changed_float(value[name], rng)}
    return value


def changed_targets(targets: str | list[str], rng: Random) -> str | list[str]:
    if isinstance(targets, str):
        return rng.choice(TEXT_CHANGES)(targets, rng)
    changed = [rng.choice(TEXT_CHANGES)(target, rng) if rng.random() < 0.5 else target for target in targets]
    return rng.choice((changed, [*changed, ""], changed[:1], [*changed, "The a"]))


def changed_entry(texts: list[Any], rng: Random) -> list[Any]:
    """One text of a list, or of the lists in it."""
    if not texts:
        return texts
    place = rng.randrange(len(texts))
    entry = texts[place]
    if isinstance(entry, list):
        entry = changed_entry(entry, rng)
    elif isinstance(entry, str):
        entry = rng.choice(TEXT_CHANGES)(entry, rng)
    return [*texts[:place], entry, *texts[place + 1 :]]


def changed_column(batch: Inputs, rng: Random) -> Inputs:
    name = rng.choice(("query", "response", "reference"))
    return {**batch, name: changed_entry(batch[name], rng)}


def changed_reply(replies: list[str], rng: Random) -> list[str]:
    place = rng.randrange(len(replies) or 1)
    return [rng.choice(TEXT_CHANGES)(text, rng) if at == place else text for at, text in enumerate(replies)]


def changed_ids(ids: list[int], rng: Random) -> list[int]:
    first, last = sorted(rng.choices(range(len(ids) + 1), k=2))
    return rng.choice((ids[first:last], ids + ids[first:last], [*ids[:first], 0, *ids[last:]]))


def changed_box(box: list[float], rng: Random) -> list[float]:
    box = list(box)
    near = box[0] + rng.choice((1e-4, -1e-4, 0.0, 1e-3))
    box[rng.randrange(4)] = rng.choice((0.0, 1.0, -0.0, near, rng.random(), round(rng.random(), 2)))
    return box


def changed_entries(entries: list[Any], rng: Random) -> list[Any]:
    """Texts, or objects of texts: one of them changed, left out, or there twice."""
    if not entries or rng.random() < 0.2:
        return [*entries, *entries[:1]] if rng.random() < 0.7 else entries[1:]
    place = rng.randrange(len(entries))
    entry = entries[place]
    if isinstance(entry, dict):
        name = rng.choice(sorted(entry))
        made: Any = {**entry, name: rng.choice(TEXT_CHANGES)(entry[name], rng)}
    else:
        made = rng.choice(TEXT_CHANGES)(entry, rng)
    return [*entries[:place], made, *entries[place + 1 :]]


LIST_CHANGES: tuple[tuple[tuple[str, ...], Callable[[Any, Random], Any]], ...] = (
    (("gt_tools", "pd_tools"), changed_calls), (("list1", "list2"), changed_list), (("b1", "b2"), changed_box),
    (FLOATS, changed_float), (TEXT_LISTS, changed_entry), (("batch",), changed_column),
    (("completion_ids",), changed_ids), (("completions",), changed_reply), (FLOATS, changed_float),
    (("judge_outputs", "predictions", "answers"), changed_entries),
)  # fmt: skip
