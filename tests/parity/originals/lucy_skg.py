"""Lucy-SKG's rewards for a whole match, rebuilt from their rules: pressure, and those of Necto and Nexto."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

Vector = list[float]
State = dict[str, Any]
BACK, MOUTH, HEIGHT, DEPTH = 6000.0, 5560.0, 321.3875, 972.75


def _end(positive: bool, y: float = BACK) -> Vector:  # noqa: FBT001 - which goal
    return [0.0, y if positive else -y, HEIGHT]


def _score(state: State, team: int) -> int:
    return int(state["blue_score"] if team == 0 else state["orange_score"])


# --- pressure --------------------------------------------------------------------------------------------------------


@dataclass
class _Pressure:
    """What is remembered between the questions of the players."""

    offense: bool
    inverted: int
    cutoff: float
    exponent: float
    threshold: float
    last: State
    start: State
    timer: int = 0
    pressed: float = 0.0
    team: int | None = None

    def near(self, place: Vector, positive: bool) -> bool:  # noqa: FBT001 - which goal
        return math.dist(_end(positive), place) - DEPTH < self.threshold

    def reset(self, state: State) -> None:
        self.timer, self.pressed, self.team, self.last, self.start = 0, 0.0, None, state, state

    def update(self, state: State) -> None:
        ball = state["ball_position"]
        positive = next((side for side in (False, True) if self.near(ball, side)), None)
        if positive is None:
            self.reset(state)
            return
        self.team = int(positive) if not self.offense else int(not positive)
        shares = []
        for team in (0, 1):
            places = [player["position"] for player in state["players"] if player["team"] == team]
            shares.append(sum(self.near(place, positive) for place in places) / len(places))
        self.pressed += 0.5 + 0.5 * (shares[0] - shares[1])
        self.timer += 1
        self.last = state

    def reward(self, team: int) -> float:
        if team != self.team:
            return 0.0
        share = self.pressed / self.timer
        share = 1 - share if team == self.inverted else share
        return float((1 - min(self.timer - 1, self.cutoff) / self.cutoff) ** self.exponent * share)


def _goal(pressure: _Pressure, state: State) -> bool:
    if pressure.team is None:
        return False
    shooting = pressure.team if pressure.offense else 1 - pressure.team
    return _score(state, shooting) > _score(pressure.start, shooting)


def _left(pressure: _Pressure, state: State) -> bool:
    if pressure.timer < 3 or any(_score(state, team) > _score(pressure.last, team) for team in (0, 1)):
        return False
    positive = pressure.team == 1
    return pressure.near(pressure.last["ball_position"], positive) and not pressure.near(
        state["ball_position"], positive
    )


def _paid(params: dict[str, Any], states: list[State], condition: Any, *, offense: bool, inverted: int) -> list[Vector]:
    found = []
    options = (params.get("cutoff_frame", 90), params.get("exponent", 0.7), params.get("distance_threshold", 3680))
    pressure = _Pressure(offense, inverted, *options, states[0], states[0])
    for state in states[1:]:
        rewards, updated = [], False
        for player in state["players"]:
            released = condition(pressure, state)
            rewards.append(pressure.reward(player["team"]) if released else 0.0)
            if released and player is state["players"][-1]:
                pressure.reset(state)
            elif not released and not updated:
                updated = True
                pressure.update(state)
        found.append(rewards)
    return found


def offensive_pressure(params: dict[str, Any], states: list[State]) -> list[Vector]:
    return _paid(params, states, _goal, offense=True, inverted=1)


def defensive_pressure(params: dict[str, Any], states: list[State]) -> list[Vector]:
    return _paid(params, states, _goal, offense=False, inverted=0)


def counter_pressure(params: dict[str, Any], states: list[State]) -> list[Vector]:
    return _paid(params, states, _left, offense=False, inverted=1)


# --- Necto and Nexto -------------------------------------------------------------------------------------------------

SHARED = {
    "goal_w": 10, "goal_dist_w": 10, "goal_dist_bonus_w": 2.5, "demo_w": 5, "align_w": 0.5, "boost_gain_w": 1,
    "touch_grass_w": 0.005, "touch_height_w": 1, "touch_accel_w": 0.25, "opponent_punish_w": 1,
}  # fmt: skip
NECTO = SHARED | {"team_spirit": 0.6, "dist_w": 0.5, "boost_lose_w": 0.7, "height": 2044}
NEXTO = SHARED | {"team_spirit": 0.3, "dist_w": 0.75, "boost_lose_w": 0.5, "height": 2250}


def _fall(first: Vector, second: Vector, width: float = 2300) -> float:
    return math.exp(-math.dist(first, second) / width)


def _cosine(first: Vector, second: Vector) -> float:
    along = math.fsum(a * b for a, b in zip(first, second, strict=True))
    return along / math.hypot(*first) / math.hypot(*second)


def _apart(first: Vector, second: Vector) -> Vector:
    return [a - b for a, b in zip(first, second, strict=True)]


def _standing(w: dict[str, Any], state: State) -> float:
    ball = state["ball_position"]
    return float(0.25 * w["goal_dist_w"] * (_fall(_end(True, MOUTH), ball) - _fall(_end(False, MOUTH), ball)))  # noqa: FBT003


def _placing(w: dict[str, Any], state: State, player: State) -> float:
    ball, place = state["ball_position"], player["position"]
    ahead, behind = (_cosine(_apart(ball, place), _apart(_end(side), place)) for side in (True, False))
    aligned = 0.5 * (ahead - behind) * (-1 if player["team"] == 1 else 1)
    return float(w["dist_w"] * _fall(ball, place, 1410) + w["align_w"] * aligned)


def _alone(w: dict[str, Any], before: State, state: State, place: int) -> float:
    player, last = state["players"][place], before["players"][place]
    speeds = [each["ball_linear_velocity"] for each in (state, before)]
    touch = w["touch_height_w"] * state["ball_position"][2] / w["height"]
    touch += w["touch_accel_w"] * math.dist(*speeds) / 2300
    fuel = math.sqrt(player["boost_amount"]) - math.sqrt(last["boost_amount"])
    demoed = player["is_demoed"] and not last["is_demoed"]
    met = (player["match_demolishes"] > last["match_demolishes"]) - demoed
    reward = player["ball_touched"] * touch + fuel * w["boost_gain_w" if fuel >= 0 else "boost_lose_w"]
    reward += w["demo_w"] / 2 * met - w["touch_grass_w"] * player["on_ground"]
    return float(reward + _placing(w, state, player) - _placing(w, before, last))


def _step(w: dict[str, Any], before: State, state: State) -> Vector:
    sides = [0 if place < len(state["players"]) // 2 else 1 for place in range(len(state["players"]))]
    better = _standing(w, state) - _standing(w, before)
    rewards = [_alone(w, before, state, place) + (-better if side else better) for place, side in enumerate(sides)]
    for team in (0, 1):
        goals = _score(state, team) - _score(before, team)
        if goals > 0:
            speed = math.hypot(*before["ball_linear_velocity"]) / 6000
            shot = w["goal_w"] * goals + w["goal_dist_bonus_w"] * speed
            taken = [_fall(player["position"], before["ball_position"]) - 1 for player in state["players"]]
            rewards = [
                shot if side == team else w["goal_dist_bonus_w"] * far for side, far in zip(sides, taken, strict=True)
            ]
    means = [math.fsum(r for r, s in zip(rewards, sides, strict=True) if s == side) / sides.count(side)
             for side in (0, 1)]  # fmt: skip
    spirit, punish = w["team_spirit"], w["opponent_punish_w"]
    return [
        (1 - spirit) * reward + spirit * means[side] - punish * means[1 - side]
        for reward, side in zip(rewards, sides, strict=True)
    ]


def necto_reward(params: dict[str, Any], states: list[State]) -> list[Vector]:
    return [_step(NECTO | params, *pair) for pair in pairwise(states)]


def nexto_reward(params: dict[str, Any], states: list[State]) -> list[Vector]:
    return [_step(NEXTO | params, *pair) for pair in pairwise(states)]
