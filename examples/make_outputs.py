"""Writes the data beside the example specs: `python examples/make_outputs.py`.

The replies imitate what a model says early and late in training: right answers, near misses, prose instead of tags,
replies cut at the token limit, several answers, answers in other scripts. Seeded: every run writes the same bytes.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from prose_texts import prose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
SEED = 20
Row = dict[str, Any]

EXPRESSIONS = (
    "the man in the red jacket", "the second cup from the left", "the dog that looks at the camera",
    "the bicycle leaning on the wall", "the woman holding an umbrella", "左边的红色杯子", "the closed laptop",
    "дорожный знак за машиной", "the tallest of the three bottles", "the child closest to the swing",
    "der Stuhl neben dem Fenster", "the clock above the door",
)  # fmt: skip
THOUGHTS = (
    "I look for {e}. There are two candidates; the one further left fits better.",
    'The phrase says "{e}". Its outline starts near the middle of the image and ends before the right edge.',
    "First I list the objects, then I compare each with {e}. Only one remains.",
    "{e}: partly hidden, so I extend the box to where the object most likely ends.",
    "图片中间有一个物体符合描述 ({e})。我估计它的边界。",
    "Hmm. {e}... the first guess was too large. Let me shrink it a little at the bottom.",
)  # fmt: skip


# --- referring expressions: rec.jsonl --------------------------------------------------------------------------------


def referring(draw: Random, prompts: int = 150, replies: int = 8) -> Iterator[Row]:
    """Eight replies for each of 150 expressions, in the order of the prompts."""
    kinds = tuple(REPLIES)
    for prompt in range(prompts):
        expression = draw.choice(EXPRESSIONS)
        solution = _box(draw)
        for _ in range(replies):
            kind = draw.choices(kinds, weights=[share for share, _ in REPLIES.values()])[0]
            thought = draw.choice(THOUGHTS).format(e=expression)
            completion = REPLIES[kind][1](draw, thought, solution)
            yield {"prompt": prompt, "expression": expression, "completion": completion, "solution": solution}


def _box(draw: Random) -> list[int]:
    x, y = draw.randrange(0, 500), draw.randrange(0, 360)
    return [x, y, x + draw.randrange(20, 140), y + draw.randrange(20, 120)]


def _moved(draw: Random, box: list[int], by: int) -> list[int]:
    return [max(0, side + draw.randint(-by, by)) for side in box]


def _tagged(thought: str, answer: str) -> str:
    return f"<think>{thought}</think>\n<answer>{answer}</answer>"


def _fractions(draw: Random, thought: str, box: list[int]) -> str:
    return _tagged(thought, "[" + ", ".join(f"{side + draw.random():.2f}" for side in box) + "]")


def _truncated(draw: Random, thought: str, box: list[int]) -> str:
    whole = _tagged(thought * draw.randint(1, 3), str(box))
    return whole[: draw.randrange(len(whole) // 2, len(whole) - 2)]


def _several(draw: Random, thought: str, box: list[int]) -> str:
    boxes = [box, _box(draw)]
    draw.shuffle(boxes)
    return _tagged(thought, " or ".join(map(str, boxes)))


def _labelled(draw: Random, thought: str, box: list[int]) -> str:
    found = {"bbox_2d": _moved(draw, box, 4), "label": "object"}
    return _tagged(thought, f"```json\n[{json.dumps(found)}]\n```")


REPLIES: dict[str, tuple[int, Callable[[Random, str, list[int]], str]]] = {
    "right": (22, lambda _, thought, box: _tagged(thought, str(box))),
    "near": (22, lambda draw, thought, box: _tagged(thought, str(_moved(draw, box, 12)))),
    "far": (10, lambda draw, thought, box: _tagged(thought, str(_moved(draw, box, 90)))),
    "fractions": (6, _fractions),
    "labelled": (6, _labelled),
    "several": (5, _several),
    "inverted": (3, lambda _, thought, box: _tagged(thought, str([*box[2:], *box[:2]]))),
    "truncated": (7, _truncated),
    "no thoughts": (5, lambda draw, _, box: f"<answer>{_moved(draw, box, 10)}</answer>"),
    "no tags": (5, lambda draw, thought, box: f"{thought}\nThe box is {_moved(draw, box, 6)}."),
    "prose": (4, lambda _, thought, box: _tagged(thought, f"It starts at x = {box[0]} and y = {box[1]}.")),
    "other digits": (2, lambda _, thought, box: _tagged(thought, str(box).translate(ARABIC))),
    "empty": (1, lambda *_: ""),
    "refusal": (2, lambda *_: "I'm sorry, but I can't see an image in this conversation."),
}
ARABIC = {ord("0") + digit: 0x0660 + digit for digit in range(10)}


# --- tool calls: tool_calls.jsonl ------------------------------------------------------------------------------------

CALLS: tuple[Row, ...] = (
    {"name": "get_weather", "arguments": {"city": "Zürich", "unit": "celsius"}},
    {"name": "get_weather", "arguments": {"city": "北京", "unit": "celsius"}},
    {"name": "search_flights", "arguments": {"from": "LIS", "to": "OSL", "date": "2026-03-14", "seats": 2}},
    {"name": "convert", "arguments": {"amount": 12.5, "from": "EUR", "to": "NOK"}},
    {"name": "calendar_add", "arguments": {"title": "Dentist", "start": "09:30", "guests": ["Ada", "Noor"]}},
    {"name": "set_timer", "arguments": {"minutes": 7, "loud": True}},
)


def tool_calls(draw: Random, rows: int = 240) -> Iterator[Row]:
    """One or two wanted calls, and a reply that makes most of them."""
    for _ in range(rows):
        wanted = draw.sample(CALLS, draw.choice((1, 1, 2)))
        made = [_call(draw, call) for call in wanted if draw.random() < 0.93]
        draw.shuffle(made)
        if draw.random() < 0.1:
            made.append(json.dumps(draw.choice(CALLS), ensure_ascii=False))
        opened = "<think>The user wants more than one thing.</think>\n" if draw.random() < 0.9 else ""
        closed = "\n</tool_call>" if draw.random() < 0.93 else ""
        completion = opened + "<tool_call>\n" + "\n".join(made) + closed
        yield {"completion": completion, "wanted": wanted}


def _call(draw: Random, call: Row) -> str:
    made = json.loads(json.dumps(call))
    key = draw.choice(list(made["arguments"]))
    match draw.randrange(8):
        case 0:
            made["arguments"][key] = "unknown"
        case 1:
            del made["arguments"][key]
        case 2:
            made["name"] = made["name"].replace("_", "")
        case 3:
            return json.dumps(made, ensure_ascii=False)[:-1]
        case _:
            pass
    return json.dumps(made, ensure_ascii=False)


# --- actions in a web shop: shop.jsonl -------------------------------------------------------------------------------

ITEMS = (
    "wool socks, dark green, 2 pairs",
    "oat milk 6 x 1 l",
    "phone case (clear)",
    "notebook A5, dotted",
    "茶壶 0.8 l",
)


def shop(draw: Random, rows: int = 200) -> Iterator[Row]:
    """What a shopper did, and what the model says they did."""
    for _ in range(rows):
        item = draw.choice(ITEMS)
        truth: Row = draw.choice(
            (
                {"type": "click", "name": item},
                {"type": "type_and_submit", "name": "search", "text": item},
                {"type": "terminate"},
            )
        )
        said = truth if draw.random() < 0.55 else _other_action(draw, truth)
        completion = json.dumps(said, ensure_ascii=False)
        if draw.random() < 0.08:
            completion = f"The shopper will do this: {completion}"
        yield {"completion": completion, "truth": truth, "certainty": round(draw.uniform(0.05, 1), 3)}


def _other_action(draw: Random, truth: Row) -> Row:
    if draw.random() < 0.4:
        return {"type": draw.choice(("click", "terminate")), "name": draw.choice(ITEMS)}
    return {key: value if key == "type" else _shortened(value) for key, value in truth.items()}


def _shortened(text: str) -> str:
    """Without its last word; a single word keeps two letters."""
    return " ".join(text.split()[:-1]) or text[:2]


# --- walking: walk.jsonl ---------------------------------------------------------------------------------------------


def walk(draw: Random, episodes: int = 64) -> Iterator[Row]:
    """Heights, postures, speeds and effort of a walker, a few of which fall."""
    for _ in range(episodes):
        steps = draw.randint(20, 120)
        falls = draw.random() < 0.3
        pace = draw.uniform(0.1, 1.6)
        height, upright, speed, effort = [], [], [], []
        for step in range(steps):
            low = falls and step > steps // 2
            height.append(round((0.3 if low else 1.25) + 0.05 * math.sin(step / 3) + draw.gauss(0, 0.02), 4))
            upright.append(round(max(-1.0, min(1.0, (0.1 if low else 0.95) + draw.gauss(0, 0.04))), 4))
            speed.append(round((0.0 if low else pace) * (1 - math.exp(-step / 8)) + draw.gauss(0, 0.05), 4))
            effort.append(round(abs(draw.gauss(0.2 if low else 0.5, 0.2)), 4))
        yield {"height": height, "upright": upright, "speed": speed, "effort": effort}


# --- questions of all difficulties: questions.jsonl ------------------------------------------------------------------


def questions(draw: Random, prompts: int = 40, replies: int = 8) -> Iterator[Row]:
    """Eight replies a question; some questions are solved by all, some by none."""
    for prompt in range(prompts):
        first, second = draw.randint(12, 99), draw.randint(12, 99)
        chance = draw.choice((0.0, 0.1, 0.3, 0.6, 0.9, 1.0))
        for _ in range(replies):
            right = draw.random() < chance
            said = first * second if right else first * second + draw.choice((-10, -1, 1, 10, 100))
            steps = " ".join(f"{first} times {digit} is {first * digit}." for digit in range(1, draw.randint(2, 9)))
            end = f"\\boxed{{{said}}}" if draw.random() < 0.9 else f"The answer is {said}."
            yield {"question": prompt, "prompt": f"What is {first} times {second}?",
                   "completion": f"{steps} {end}", "answer": first * second}  # fmt: skip


# --- answers that have to do with the question, or not: relevance.jsonl ---------------------------------------------

ANSWERS: dict[str, tuple[str, ...]] = {
    "Why is the sky blue?": (
        "Air scatters blue light more than red light, so that blue reaches us from all of the sky.",
        "Molecules of the atmosphere scatter the short waves of sunlight most.",
    ),
    "How do I cook rice without a rice cooker?": (
        "Simmer one cup of rice in two cups of water under a lid for 18 minutes, then let it rest.",
        "Boil the rice in plenty of water like pasta, and drain it when it is soft.",
    ),
    "What does a cache do in a computer?": (
        "It keeps data that was used lately in fast memory, near the processor.",
        "A small and fast memory that spares the processor the way to the main memory.",
    ),
    "Wie weit ist der Mond von der Erde entfernt?": (
        "Im Mittel sind es etwa 384.400 Kilometer von der Erde bis zum Mond.",
        "Der Mond ist ungefähr 384.000 km entfernt.",
    ),
    "Who wrote the play Hamlet?": (
        "William Shakespeare wrote Hamlet, around the year 1600.",
        "The play is by Shakespeare.",
    ),
    "How can I train for my first marathon?": (
        "Run four times a week, make the long run longer by ten percent a week, and rest before the race.",
        "Start 16 weeks before the marathon with short easy runs, and add one long run each weekend.",
    ),
}  # fmt: skip


def relevance(draw: Random, replies: int = 8) -> Iterator[Row]:
    """Eight replies a question: to the point, the question again, about something else, not in tags."""
    others = [answer for answers in ANSWERS.values() for answer in answers]
    for prompt, answers in ANSWERS.items():
        for _ in range(replies):
            said = draw.choice((*answers, *answers, *answers, draw.choice(others), draw.choice(others), "I don't know.",
                                prompt, "?" * 40))  # fmt: skip
            tagged = f"<think>The question is: {prompt}</think>\n<answer>{said}</answer>"
            whole = draw.random()
            completion = tagged if whole < 0.8 else said if whole < 0.9 else tagged.removesuffix("</answer>")
            yield {"prompt": prompt, "completion": completion}


DATA: dict[str, Callable[[Random], Iterator[Row]]] = {
    "rec": referring,
    "tool_calls": tool_calls,
    "shop": shop,
    "walk": walk,
    "questions": questions,
    "relevance": relevance,
    "prose": prose,
}


def main() -> None:
    """Write every file."""
    for name, rows in DATA.items():
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows(Random(SEED)))
        (HERE / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
