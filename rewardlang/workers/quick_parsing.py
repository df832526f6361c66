"""LaTeX parsed in two stages, which gives the same trees several times faster.

ANTLR's cheaper prediction (SLL) either gives the tree of the full one (LL) or reports a syntax error; only after an
error the text is parsed again in full. latex2sympy2_extended raises at the first error, so that no repaired tree of the
first stage is ever used.

Source: ANTLR 4, `PredictionMode.SLL`; T. Parr, S. Harwell, K. Fisher, Adaptive LL(*) parsing, OOPSLA 2014, section 3.2.
"""

from __future__ import annotations

from typing import Any


def parse_in_stages() -> None:
    """Have latex2sympy2_extended parse so, where it is built as expected; else leave it as it is."""
    from antlr4 import PredictionMode
    from latex2sympy2_extended import latex2sympy2

    reader = getattr(latex2sympy2, "_Latex2Sympy", None)
    create, parse = (getattr(reader, name, None) for name in ("create_parser", "parse"))
    if reader is None or create is None or parse is None:
        return

    def create_parser(self: Any, text: str) -> Any:
        parser = create(self, text)
        if not getattr(self, "in_full", False):
            parser._interp.predictionMode = PredictionMode.SLL  # noqa: SLF001 - where ANTLR keeps it
        return parser

    def parse_twice(self: Any, text: str) -> Any:
        try:
            return parse(self, text)
        except Exception:  # noqa: BLE001 - syntax errors have no type of their own
            self.in_full, self.variances = True, {}
            return parse(self, text)

    reader.create_parser, reader.parse = create_parser, parse_twice
