"""Hostile texts of any size, each the same thing over and over."""

from __future__ import annotations

SIZE, TIMES = 2_000, 8
UNITS = (
    "a", "é", " ", "\n", "a ", "a,", "ab.", "<a>", "<a>x</a>", "</a>", "<", "[", "]", "1", "-", "0.", "\\", '"', "{", "\0",
    "A b. ", "```\n", "$", "\\boxed{", '{"a":1}\n', '"\\u12',
)  # fmt: skip


def texts(size: int) -> list[str]:
    """Texts of about `size` characters, in which one thing repeats, or nothing does."""
    repeated = [unit * (size // len(unit)) for unit in UNITS]
    deep = ["[" * (size // 2) + "]" * (size // 2), '{"a":' * (size // 6) + "1" + "}" * (size // 6)]
    wide = [
        "[" + "1," * (size // 2) + "1]",
        "{" + ",".join(f'"k{place:05}":{place % 9}' for place in range(size // 10)) + "}",
    ]
    return [*repeated, *deep, *wide, " ".join(f"{place:05}" for place in range(size // 6))]
