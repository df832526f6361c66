"""open-r1."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.parity.claim import DEVICE, Claim, Inputs, Rule, same
from tests.parity.originals import mathematics
from tests.parity.systems.trl import OVERLONG, PENALTY, bounds, sizes, soft_overlong_punishment

if TYPE_CHECKING:
    from collections.abc import Callable

LINES = re.DOTALL | re.MULTILINE


def format_reward(completion: str) -> float:
    pattern = r"^<think>\n.*?\n</think>\n<answer>\n.*?\n</answer>$"
    return float(re.match(pattern, completion, LINES) is not None)


def tag_count_reward(completion: str) -> float:
    tags = ("<think>\n", "\n</think>\n", "\n<answer>\n", "\n</answer>")
    return sum(0.25 for tag in tags if completion.count(tag) == 1)


def _replies(inputs: Inputs) -> list[Inputs]:
    pairs = zip(inputs["completions"], inputs["solutions"], strict=True)
    return [{"completion": completion, "solution": solution} for completion, solution in pairs]


def _cosine(inputs: Inputs) -> Inputs:
    return {**same("completion", "solution", "max_len")(inputs), **bounds(inputs)}


def _pattern(inputs: Inputs, _: Any) -> bool:
    language = inputs["language"]
    return language is not None and language != "c++" and re.escape(language) != language


PATTERN = Rule(
    _pattern, "the original puts the language into a pattern as it is: signs in it, but for `c++`, are text here"
)
UNKNOWN = Rule(
    lambda inputs, _: inputs["language"] not in {None, "python", "javascript", "cpp", "c++"},
    "blocks are looked for in the four languages of the data sets alone",
)
REPLY = same("completion")
BOTH = same("completion", "solution")
PROGRAM = same("completion", "language")
CLAIMS = (
    Claim("format_reward", "format", REPLY),
    Claim("tag_count_reward", "tag_count", REPLY),
    Claim("reasoning_steps_reward", "reasoning_steps", REPLY, tolerance=DEVICE),
    Claim("accuracy_reward", "accuracy", BOTH, rules=(mathematics.differs(mathematics.accuracy_of_chain),)),
    Claim(
        "len_reward",
        "len",
        _replies,
        alone=True,
        tolerance=DEVICE,
        rules=(mathematics.differs(mathematics.len_reward),),
    ),
    Claim(
        "cosine_scaled_reward",
        "cosine_scaled",
        _cosine,
        tolerance=DEVICE,
        slack=1e-6,
        rules=(mathematics.differs(mathematics.cosine_of_characters),),
    ),
    Claim("repetition_penalty_reward", "repetition_penalty", REPLY, params=PENALTY, consts=sizes, tolerance=DEVICE),
    Claim("soft_overlong_punishment", "soft_overlong_punishment", OVERLONG, tolerance=DEVICE),
    Claim("code_format_reward", "code_format", PROGRAM, rules=(PATTERN,)),
    Claim(
        "extract_code", "extract_code", PROGRAM, part=("completion: text, language: text?", "text"), rules=(UNKNOWN,)
    ),
)
ORIGINALS: dict[str, Callable[..., Any]] = {
    "format_reward": format_reward,
    "tag_count_reward": tag_count_reward,
    "reasoning_steps_reward": mathematics.reasoning_steps,
    "accuracy_reward": mathematics.accuracy_of_chain,
    "len_reward": mathematics.len_reward,
    "cosine_scaled_reward": mathematics.cosine_of_characters,
    "repetition_penalty_reward": mathematics.repetition_penalty,
    "soft_overlong_punishment": soft_overlong_punishment,
    "code_format_reward": mathematics.code_format,
    "extract_code": mathematics.extract_code,
}
LEFT_OUT = {
    "code_reward": "it runs the reply's code",
    "binary_code_reward": "it runs the reply's code; `binary_code` takes the share of passed tests",
}
