"""PRIME's answers in verl, rebuilt from their rules."""

from __future__ import annotations

from typing import Any

MARKS = ("be ", "is ", "are ", "=", ": ", "get ", "be\n", "is\n", "are\n", ":\n", "get\n")


def _boxed(text: str) -> str | None:
    start = max(text.rfind("\\boxed"), -1)
    start = start if start >= 0 else text.rfind("\\fbox")
    opened, depth = -1, 0
    for place in range(start, len(text)) if start >= 0 else ():
        if text[place] == "{":
            opened = place if opened < 0 else opened
            depth += 1
        elif text[place] == "}":
            depth -= 1
            if depth == 0:
                return text[opened + 1 : place].strip() if opened >= 0 else None
    return None


def match_answer(response: str) -> list[Any]:
    matched = False
    for mark in ("answer:", "answer is", "answers are"):
        place = response.lower().rfind(mark)
        if place >= 0:
            matched, response = True, response[place + len(mark) :].strip()
    for mark in ("is answer", "is the answer", "are answers", "are the answers"):
        place = response.lower().rfind(mark)
        if place >= 0:
            matched, response = True, response[:place].strip()
    box = _boxed(response)
    if box:
        matched, response = True, box
    if ". " in response:
        response = response[: response.lower().rfind(". ")].strip()
    for mark in MARKS:
        place = response.lower().rfind(mark)
        if place >= 0:
            matched, response = True, response[place + len(mark) :].strip()
    return [matched and any(character.isdigit() for character in response), response]
