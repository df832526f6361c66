"""How math-verify finds and reads the mathematics in a text: its settings under one word each."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Reading:
    """One way to read a text.

    `targets`: what is looked for, in the order in which math-verify is told. `first_only`: the first place that looks
    like mathematics counts, whether or not it can be parsed. `boxes_first` looks for boxes before anything else, and
    for other LaTeX only behind words such as "final answer". `repairs` mends malformed operators and small slips.
    `last_of_chain` keeps what follows the last `=` of several. `unboxes` takes a box within dollars off.
    """

    targets: tuple[str, ...]
    first_only: bool = False
    boxes_first: bool = False
    repairs: bool = True
    last_of_chain: bool = False
    unboxes: bool = True


_BOTH = ("latex", "expressions")
_LATEX = ("latex",)
_BOXED = Reading(_LATEX, first_only=True, boxes_first=True, repairs=False)

READINGS = {
    "any": Reading(_BOTH),
    "first": Reading(_BOTH, first_only=True),
    "latex": Reading(_LATEX),
    "first_latex": Reading(_LATEX, first_only=True),
    "expressions": Reading(_BOTH[::-1]),
    "boxed": _BOXED,
    "boxed_equation": replace(_BOXED, last_of_chain=True),
    "boxed_as_written": replace(_BOXED, last_of_chain=True, unboxes=False),
}
"""What the options `gold_as`, `answer_as` and `as` of the builtins may be; `math_equal` says what each is for."""
