"""Reward machines."""

from __future__ import annotations

from typing import Any

from tests.parity.claim import DEVICE, Claim, Inputs, same

Machine = dict[str, Any]
END = -1
CONTROL = "RewardControl"


def evaluate_dnf(formula: str, true_props: str) -> bool:
    return any(
        all(_literal(literal, true_props) for literal in conjunction.split("&")) for conjunction in formula.split("|")
    )


def _literal(literal: str, true_props: str) -> bool:
    name = literal.lstrip("!")
    held = name == "True" or (name != "False" and name in true_props)
    return held != ((len(literal) - len(name)) % 2 == 1)


def edges(machine: Machine) -> list[dict[str, Any]]:
    """As the loader leaves them: by state in the order in which each was first named, one for each pair."""
    found: dict[int, dict[int, dict[str, Any]]] = {}
    for source, target, formula, kind, *value in machine["transitions"]:
        end = END if target in machine["terminal"] else target
        paid = {"constant": float(value[0]) if kind != CONTROL else 0.0, "ctrl_weight": float(kind == CONTROL)}
        found.setdefault(source, {})[end] = {"source": source, "target": end, "formula": formula, **paid}
    return [edge for leaving in found.values() for edge in leaving.values()]


def _worth(machine: Machine, gamma: float) -> dict[int, float]:
    listed = edges(machine)
    values = dict.fromkeys([edge["source"] for edge in listed], 0.0)
    change = 1.0
    while change > 1e-7:
        change = 0.0
        for state, old in values.items():
            ways = (e["constant"] + gamma * values.get(e["target"], 0.0) for e in listed if e["source"] == state)
            values[state] = max(ways)
            change = max(change, abs(values[state] - old))
    return values


def rm_potentials(machine: Machine, name: str, rs_gamma: float) -> dict[str, float]:
    del name
    return {**{str(state): -value for state, value in _worth(machine, rs_gamma).items()}, str(END): 0.0}


def rm_rollout(
    machine: Machine, name: str, shaping: bool, gamma: float | None, rs_gamma: float | None,  # noqa: FBT001 - an option
    steps: list[dict[str, Any]],
) -> list[dict[str, Any]]:  # fmt: skip
    del name
    state, found, listed = machine["initial"], [], edges(machine)
    gamma, rs_gamma = 1.0 if gamma is None else gamma, 0.9 if rs_gamma is None else rs_gamma
    worth = _worth(machine, rs_gamma) if shaping else {}
    for step in steps:
        leaving = (e for e in listed if e["source"] == state and evaluate_dnf(e["formula"], step["true_props"]))
        # Where none leads on, an edge to the end still pays, if there is one.
        ends = (e for e in listed if e["source"] == state and e["target"] == END)
        edge = next(leaving, None) or next(ends, {"target": END, "constant": 0.0, "ctrl_weight": 0.0})
        reward = edge["constant"] + edge["ctrl_weight"] * step["info"]["reward_ctrl"]
        if shaping:
            ahead = 0.0 if step["env_done"] else -worth.get(edge["target"], 0.0)
            reward += gamma * ahead + worth.get(state, 0.0)
        state = edge["target"]
        found.append({"u": state, "reward": reward, "done": state == END})
    return found


def _columns(inputs: Inputs) -> Inputs:
    listed = edges(inputs["machine"])
    return {name: [edge[name] for edge in listed] for name in ("source", "target", "constant")}


def _states(inputs: Inputs) -> list[Inputs]:
    listed = _columns(inputs)
    listed["reward"] = listed.pop("constant")
    named = sorted(dict.fromkeys([*map(str, listed["source"]), str(END)]))
    return [listed | {"state": int(state), "rs_gamma": inputs["rs_gamma"]} for state in named]


def _rollout(inputs: Inputs) -> Inputs:
    steps, listed = inputs["steps"], edges(inputs["machine"])
    return {
        **_columns(inputs),
        "formula": [edge["formula"] for edge in listed],
        "ctrl_weight": [edge["ctrl_weight"] for edge in listed],
        "true_props": [step["true_props"] for step in steps],
        "env_done": [step["env_done"] for step in steps],
        "reward_ctrl": [step["info"]["reward_ctrl"] for step in steps],
        "initial": inputs["machine"]["initial"],
        "shaping": inputs["shaping"],
        "gamma": inputs["gamma"] if inputs["gamma"] is not None else 1.0,
        "rs_gamma": inputs["rs_gamma"] if inputs["rs_gamma"] is not None else 0.9,
    }


CLAIMS = (
    Claim("evaluate_dnf", "evaluate_dnf", same("formula", "true_props")),
    Claim(
        "rm_potentials", "rm_potential", _states, expected=lambda found: [found[state] for state in sorted(found)],
        tolerance=DEVICE, slack=2e-6,
    ),
    Claim(
        "rm_rollout", "rm_rollout", _rollout, expected=lambda steps: [step["reward"] for step in steps],
        tolerance=DEVICE, slack=2e-6,
    ),
)  # fmt: skip
ORIGINALS = {"evaluate_dnf": evaluate_dnf, "rm_potentials": rm_potentials, "rm_rollout": rm_rollout}
