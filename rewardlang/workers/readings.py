"""How math-verify finds and reads the mathematics in a text: its settings under one word each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reading:
    """One way to read a text.

    `targets`: what is looked for, in the order in which math-verify is told. `first_only`: the first place that looks
    like mathematics counts, whether or not it can be parsed. `boxes_first` looks for boxes before anything else, and
    for other LaTeX only behind words such as "final answer". `repairs` mends malformed operators and small slips.
    `last_of_chain` keeps what follows the last `=` of several. `unboxes` takes a box within dollars off.
    """

    about: str
    targets: tuple[str, ...]
    first_only: bool = False
    boxes_first: bool = False
    repairs: bool = True
    last_of_chain: bool = False
    unboxes: bool = True


_BOTH = ("latex", "expressions")
_LATEX = ("latex",)


def _boxed(about: str, *, last_of_chain: bool = False, unboxes: bool = True) -> Reading:
    return Reading(about, _LATEX, True, True, False, last_of_chain, unboxes)  # noqa: FBT003 - as in the class


READINGS = {
    "any": Reading("LaTeX or a plain expression (the default of math-verify)", _BOTH),
    "first": Reading("as `any`, but only the first place that looks like one", _BOTH, first_only=True),
    "latex": Reading("LaTeX alone", _LATEX),
    "first_latex": Reading("as `latex`, but only the first place that looks like it", _LATEX, first_only=True),
    "expressions": Reading("as `any`, a plain expression before LaTeX where both span the same", _BOTH[::-1]),
    "boxed": _boxed("a box, or LaTeX after words such as `final answer`; units are dropped (TRL)"),
    "boxed_equation": _boxed("as `boxed`; of a chain of equations the last right side (open-r1)", last_of_chain=True),
    "boxed_as_written": _boxed(
        "as `boxed_equation`, but a box within dollars is parsed with its box (open-r1's lengths)",
        last_of_chain=True,
        unboxes=False,
    ),
}
"""What the options `gold_as`, `answer_as` and `as` of the builtins may be."""
