"""The parse tables: made from `grammar.lark` by `python -m rewardlang.syntax.tables` and shipped as JSON."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

GRAMMAR = Path(__file__).with_name("grammar.lark")
TABLES = Path(__file__).with_name("tables.json")

_WIDEST = 1 << 32  # Python's own limit for the width of a pattern differs between its versions


@cache
def load() -> Any:
    """The `lark.Lark` parser of the shipped tables, with the starts `start` and `expression`."""
    from lark import Lark

    from rewardlang.syntax.scanning import StepwiseContextualLexer

    tables = json.loads(TABLES.read_text(encoding="utf-8"))
    tables["memo"] = dict(enumerate(tables["memo"]))
    automaton = tables["data"]["parser"]["parser"]
    automaton["tokens"] = dict(enumerate(automaton["tokens"]))
    automaton["states"] = {
        number: {
            **{token: (0, target) for token, target in shifts},
            **{token: (1, {"@": rule}) for rule, tokens in reductions for token in tokens},
        }
        for number, (shifts, reductions) in enumerate(automaton["states"])
    }
    tables["data"]["options"]["_plugins"] = {"ContextualLexer": StepwiseContextualLexer}
    return Lark.load(tables)  # a dict is taken as it is: the pickles that Lark writes to files play no part


def generate() -> str:
    """The text of `tables.json` for the grammar as it is now, the same in every process.

    Raises `lark.exceptions.GrammarError` or `LexError` where the grammar has a conflict. Needs `interegular`.
    """
    from lark import Lark
    from lark.grammar import Rule
    from lark.lexer import TerminalDef

    parser = Lark(
        GRAMMAR.read_text(encoding="utf-8"),
        parser="lalr",
        lexer="contextual",
        strict=True,
        start=["start", "expression"],
        propagate_positions=True,
        maybe_placeholders=False,
    )
    data, memo = parser.memo_serialize([TerminalDef, Rule])
    for row in memo.values():
        if "_width" in row.get("pattern", ()):
            row["pattern"]["_width"] = [min(width, _WIDEST) for width in row["pattern"]["_width"]]
    data["parser"]["parser"] = _canonical(data["parser"]["parser"])
    tables = {"data": data, "memo": [memo[number] for number in sorted(memo)]}
    return json.dumps(tables, separators=(",", ":"), sort_keys=True) + "\n"


def _canonical(automaton: Any) -> Any:
    """Lark's automaton with tokens by name and states by first visit: Lark's own order changes with the hash seed."""
    tokens = sorted(automaton["tokens"].values())
    token_number = {old: tokens.index(name) for old, name in automaton["tokens"].items()}
    state_number = {old: new for new, old in enumerate(_visits(automaton, token_number))}
    states = []
    for old in state_number:
        shifts: list[list[int]] = []
        reductions: dict[int, list[int]] = {}
        for token, (action, target) in automaton["states"][old].items():
            if action:
                reductions.setdefault(target["@"], []).append(token_number[token])
            else:
                shifts.append([token_number[token], state_number[target]])
        states.append([sorted(shifts), sorted([rule, sorted(on)] for rule, on in reductions.items())])
    return {
        "tokens": tokens,
        "states": states,
        "start_states": {start: state_number[old] for start, old in automaton["start_states"].items()},
        "end_states": {start: state_number[old] for start, old in automaton["end_states"].items()},
    }


def _visits(automaton: Any, token_number: dict[int, int]) -> list[int]:
    """The states in breadth-first order from the start states."""
    visits = [automaton["start_states"][start] for start in sorted(automaton["start_states"])]
    seen = set(visits)
    for state in visits:
        moves = sorted(
            (token_number[token], to) for token, (action, to) in automaton["states"][state].items() if not action
        )
        for _, target in moves:
            if target not in seen:
                seen.add(target)
                visits.append(target)
    return visits


if __name__ == "__main__":
    TABLES.write_text(generate(), encoding="utf-8")
