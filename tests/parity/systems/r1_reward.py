"""R1-Reward."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.parity.claim import DEVICE, Claim, item, renamed

if TYPE_CHECKING:
    from collections.abc import Sequence

ANSWER = re.compile(r"<answer>(.*?)</answer>", re.DOTALL)
ENDS = ("<|im_end|>", "<｜end▁of▁sentence｜>", "<|endoftext|>")
PHRASES = (
    "The best answer is", "The correct answer is", "The answer is", "The answer: ", "Answer: ", "The best option is",
    "The correct option is", "Best answer:", "Best option:",
)  # fmt: skip


def _stands_once(content: str) -> bool:
    return content.count("<think>") == 1 and content.count("<answer>") == 1


def verify_format(content: str) -> bool:
    return re.match(r"<think>.*?</think><answer>.*?</answer>$", content, re.DOTALL) is not None and _stands_once(
        content
    )


def verify_format_text(content: str) -> bool:
    pattern = r"<think>(?:(?!</think>).)*</think><answer>(?:(?!</answer>).)*</answer>\Z"
    return re.match(pattern, content, re.DOTALL) is not None and _stands_once(content)


def repetition_penalty(completion: str, repetition_n_grams: int = 3, repetition_max_penalty: float = -1.0) -> float:
    words = completion.lower().split()
    runs = [tuple(words[place : place + repetition_n_grams]) for place in range(len(words) - repetition_n_grams + 1)]
    return (1 - len(set(runs)) / len(runs)) * repetition_max_penalty if runs else 0.0


def extract_characters_regex(s: str) -> str:
    s = s.strip()
    for phrase in PHRASES:
        s = s.replace(phrase, "")
    return s


def verify_conflict(judge_outputs: list[str]) -> int:
    for output in judge_outputs[:3]:
        verdict = output.replace("output:", "").strip()
        if "0" in verdict:
            return -1
        if "1" in verdict:
            return 1
    return 0


def _prefers(critic: str, otherwise: Sequence[str]) -> list[int]:
    tagged = ANSWER.search(critic)
    try:
        first = float(tagged[1].strip() if tagged else otherwise[-1]) == 1
    except (IndexError, ValueError):
        first = False
    return [1, 0] if first else [0, 1]


def pairwise_rewards_vlrb(critic: str) -> list[int]:
    return _prefers(critic, re.findall("[12]", critic))


def pairwise_rewards_mmrlhf(critic: str) -> list[int]:
    return _prefers(critic, re.findall(r"[12](?!.*[12])", critic)[:1])


def _counted(text: str) -> str:
    tagged = ANSWER.search(text)
    return extract_characters_regex(tagged[1] if tagged else text)


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", text.strip()) else None


def _is_equal(given: str, gold: str) -> bool:
    import math_verify

    plain = [text.strip(" ()[]").lower() for text in (given, gold)]
    numbers = [_number(text) for text in plain]
    if plain[0] == plain[1] or (numbers[0] is not None and numbers[0] == numbers[1]):
        return True
    return bool(math_verify.verify(math_verify.parse(given), math_verify.parse(gold)))


def accuracy(response: str, answers: list[str]) -> float:
    if not answers:
        raise UnboundLocalError(answers)
    return float(any(_is_equal(_counted(response), _counted(gold)) for gold in answers))


def total_reward(query: str, answers: list[str], conflict_reward: float) -> float:
    reply = query.partition("<|im_start|>assistant\n")[2]
    for end in ENDS:
        reply = reply.replace(end, "")
    reply = reply.strip() or query
    return 0.5 * verify_format(reply) + accuracy(reply, answers) * (1 + 0.5 * conflict_reward)


REPLY = renamed(reply="content")
CRITIC = renamed(reply="critic")
CLAIMS = (
    Claim("verify_format", "format", REPLY),
    Claim("verify_format_text", "format_text", REPLY),
    Claim(
        "repetition_penalty", "repetition_penalty",
        lambda inputs: {"reply": inputs["completion"], "n": inputs.get("repetition_n_grams", 3)}, tolerance=DEVICE,
    ),
    Claim("extract_characters_regex", "bare", renamed(x="s"), part=("x: text", "text")),
    Claim("accuracy", "accuracy", renamed(reply="response", answers="answers")),
    Claim(
        "total_reward", "total", renamed(query="query", answers="answers", consistency="conflict_reward"),
        tolerance=DEVICE,
    ),
    Claim("verify_conflict", "consistency", renamed(outputs="judge_outputs")),
    Claim("pairwise_rewards_vlrb", "prefers_first_vlrb", CRITIC, expected=item(0)),
    Claim("pairwise_rewards_mmrlhf", "prefers_first_mmrlhf", CRITIC, expected=item(0)),
)  # fmt: skip
LEFT_OUT = {
    "consistency_judge_prompt": "the text of a prompt is no reward",
    "policy_loss_preclip": "a loss of the policy is no reward",
    "advantage_filter": "advantages are made from rewards, by the trainer",
}
ORIGINALS = {
    f.__name__: f
    for f in (
        verify_format, verify_format_text, repetition_penalty, extract_characters_regex, verify_conflict,
        pairwise_rewards_vlrb, pairwise_rewards_mmrlhf, accuracy, total_reward,
    )
}  # fmt: skip
