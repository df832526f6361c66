"""What the originals of Rocket League share: players and states as dictionaries."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.parity.claim import Claim, Inputs

Vector = list[float]
Player = dict[str, Any]
State = dict[str, Any]
RADIUS, BACK = 92.75, 321.3875
CLAIMS: tuple[Claim, ...] = ()


def apart(first: Vector, second: Vector) -> Vector:
    return [a - b for a, b in zip(first, second, strict=True)]


def dot(first: Vector, second: Vector) -> float:
    return math.fsum(a * b for a, b in zip(first, second, strict=True))


def goal(player: Player, own_goal: bool) -> Vector:  # noqa: FBT001 - an option of the originals
    return [0.0, 6000.0 if (player["team"] == 0) != own_goal else -6000.0, BACK]


def forwards(player: Player, y: float) -> float:
    return y if player["team"] == 0 else -y


def nose(turn: Vector) -> Vector:
    w, x, y, z = turn
    size = dot(turn, turn)
    if size == 0:
        return [0.0, 0.0, 0.0]
    return [1 - 2 * (y * y + z * z) / size, 2 * (x * y + z * w) / size, 2 * (x * z - y * w) / size]


def along(velocity: Vector, direction: Vector) -> float:
    return dot(velocity, direction) / math.hypot(*direction)


def cosine(first: Vector, second: Vector) -> float:
    return along(first, second) / math.hypot(*first)


def columns(**fields: str) -> Any:
    """The fields of a player and a state: `ball="state.ball_position"`, or an option: `w="params.w"`."""

    def made(inputs: Inputs) -> Inputs:
        found = {}
        for ours, theirs in fields.items():
            part, name = theirs.split(".")
            if part != "params" or name in inputs["params"]:
                found[ours] = inputs[part][name]
        return found

    return made


def steps(states: list[State], place: int, name: str) -> list[float]:
    """A value of one player in every state."""
    return [float(state["players"][place][name]) for state in states]


def scores(states: list[State], player: Player, own: bool) -> list[float]:  # noqa: FBT001 - a side
    blue = (player["team"] == 0) == own
    return [float(state["blue_score" if blue else "orange_score"]) for state in states]


POSITION = {"position": "player.position", "ball": "state.ball_position"}
TEAM = {"team": "player.team", "ball": "state.ball_position"}
VELOCITY = {"velocity": "player.linear_velocity"}
TOUCHED = {"ball_touched": "player.ball_touched", "ball": "state.ball_position"}
