"""Lucy-SKG."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

from tests.parity.claim import DEVICE, Claim, Inputs, same
from tests.parity.originals import lucy_skg as matches
from tests.parity.systems import rlgym_rewards as rlgym
from tests.parity.systems.rockets import (
    POSITION,
    RADIUS,
    TEAM,
    TOUCHED,
    VELOCITY,
    Player,
    State,
    Vector,
    along,
    apart,
    columns,
    forwards,
    goal,
    scores,
    steps,
)  # fmt: skip

Params = dict[str, Any]
WEIGHTS = ("goal", "team_goal", "concede", "touch", "shot", "save", "demo", "boost_pickup")


def _sign(x: float) -> float:
    return float(x > 0) - float(x < 0)


def _spread(distance: float, largest: float, dispersion: float, density: float) -> float:
    return math.exp(-0.5 * distance / (largest * dispersion)) ** (1 / density)


def _to_goal(player: Player, state: State, own: bool) -> float:  # noqa: FBT001 - which goal
    return math.dist(state["ball_position"], goal(player, own)) - 972.75


def ball_y_coordinate_signed(params: Params, player: Player, state: State) -> float:
    ahead = forwards(player, state["ball_position"][1]) / 5212.75
    return float(abs(ahead) ** params.get("exponent", 1) * _sign(ahead))


def liu_distance_player_to_ball(params: Params, player: Player, state: State) -> float:
    away = math.dist(player["position"], state["ball_position"]) - RADIUS
    return _spread(away, 2300, params.get("dispersion", 1), params.get("density", 1))


def liu_distance_ball_to_goal(params: Params, player: Player, state: State) -> float:
    away = _to_goal(player, state, params.get("own_goal", False))
    return _spread(away, 6000, params.get("dispersion", 1), params.get("density", 1))


def signed_liu_distance_ball_to_goal(params: Params, player: Player, state: State) -> float:
    away = _to_goal(player, state, params.get("own_goal", False))
    side = 2 * _spread(away, 4570, params.get("dispersion", 1), 1) - 1
    return float(abs(side) ** (1 / params.get("density", 1)) * _sign(side))


def liu_distance_ball_to_goal_diff(params: Params, player: Player, state: State) -> float:
    off, own = (
        params.get(f"{side}_weight", 1)
        * _spread(
            _to_goal(player, state, side == "def"), 6000, params.get(f"{side}_dispersion", 0.5),
            params.get(f"{side}_density", 1),
        )
        for side in ("off", "def")
    )  # fmt: skip
    return float(off - own)


def touch_ball_aerial(params: Params, player: Player, state: State) -> float:
    return float(player["ball_touched"] * params["aerial_weight"] * state["ball_position"][2] / 2044)


def _align(params: Params, player: Player, state: State) -> float:
    weights = {"defense": params.get("defense", 0.5), "offense": params.get("offense", 0.5)}
    return rlgym.align_ball_goal(weights, player, state)


def distance_weighted_align_ball_goal(params: Params, player: Player, state: State) -> float:
    align = _align(params, player, state)
    return math.sqrt(abs(align) * liu_distance_player_to_ball(params, player, state)) * _sign(align)


def offensive_potential_krc(params: Params, player: Player, state: State) -> float:
    align, near = _align(params, player, state), liu_distance_player_to_ball(params, player, state)
    speed = rlgym.velocity_player_to_ball({"use_scalar_projection": False}, player, state)
    return float(abs(align * near * speed) ** (1 / 3) * (1 if align >= 0 and speed >= 0 else -1))


def touch_ball_to_goal_acceleration(params: Params, states: list[State]) -> list[Vector]:
    def speed(state: State) -> float:
        way = apart(goal(state["players"][0], params["own_goal"]), state["ball_position"])
        return along(state["ball_linear_velocity"], way)

    before, found = 0.0, []
    for state in states[1:]:
        first = (speed(state) - before) / 2300 * state["players"][0]["ball_touched"]
        before = speed(state)
        found.append([first, *[0.0] * (len(state["players"]) - 1)])
    return found


def diff_potential_pbrs(values: Vector, gamma: float, negative_slope: float) -> Vector:
    changes = [gamma * b - a for a, b in pairwise(values)]
    return [0.0, *(change * (negative_slope if change < 0 else 1) for change in changes)][: len(values)]


def event_reward_demoed(params: Params, states: list[State]) -> list[Vector]:
    weights = {name: params.get(name, 0.0) for name in WEIGHTS}
    found = rlgym.event_reward_rollout(weights, states)
    for rewards, before, after in zip(found, states, states[1:], strict=False):
        for place, player in enumerate(after["players"]):
            fell = player["is_demoed"] and not before["players"][place]["is_demoed"]
            rewards[place] += params.get("demoed", 0.0) * fell
    return found


PUBLISHED = {"goal": 10, "concede": -3, "shot": 1.5, "save": 3, "touch": 0.05, "demo": 2, "demoed": -2}


def _potential(player: Player, state: State) -> float:
    speed = {"own_goal": False, "use_scalar_projection": False}
    return (
        2 * liu_distance_ball_to_goal_diff({"off_dispersion": 0.6, "def_dispersion": 0.4}, player, state)
        + 0.8 * rlgym.velocity_ball_to_goal(speed, player, state)
        + 0.5 * math.sqrt(player["boost_amount"])
        + 0.6 * distance_weighted_align_ball_goal({"dispersion": 1.1}, player, state)
        + offensive_potential_krc({"density": 1.1}, player, state)
    )


def lucy_total_reward(gamma: float, team_spirit: float, states: list[State]) -> list[Vector]:
    worth = [[_potential(player, state) for player in state["players"]] for state in states]
    events = event_reward_demoed(PUBLISHED, states)
    shots = touch_ball_to_goal_acceleration({"own_goal": False}, states)
    team = [player["team"] for player in states[0]["players"]]
    found = []
    for t in range(1, len(states)):
        shaped = [gamma * b - a if t > 1 else 0.0 for a, b in zip(worth[t - 1], worth[t], strict=True)]
        alone = [x + y + 0.25 * z for x, y, z in zip(shaped, events[t - 1], shots[t - 1], strict=True)]
        found.append(rlgym.distribute_team_spirit(team_spirit, team, alone))
    return found


def _touches(inputs: Inputs) -> list[Inputs]:
    states = inputs["states"]
    return [
        {
            "touched": [state["players"][place]["ball_touched"] for state in states],
            "team": player["team"],
            "ball": [state["ball_position"] for state in states],
            "ball_velocity": [state["ball_linear_velocity"] for state in states],
            "first_player": place == 0,
            "own_goal": inputs.get("params", {}).get("own_goal", False),
        }
        for place, player in enumerate(states[0]["players"])
    ]


def _demoed(inputs: Inputs) -> list[Inputs]:
    rows = rlgym.event_columns(inputs)
    for place, row in enumerate(rows):
        row |= {
            "demoed": steps(inputs["states"], place, "is_demoed"),
            "demoed_weight": inputs["params"].get("demoed", 0.0),
        }
    return rows


def _match(inputs: Inputs) -> list[Inputs]:
    states = inputs["states"]
    rows = []
    for place, row in enumerate(_touches(inputs)):
        del row["own_goal"]
        own = {
            "goals": "match_goals", "shots": "match_shots", "saves": "match_saves", "demolishes": "match_demolishes",
            "demoed": "is_demoed", "boost": "boost_amount",
        }  # fmt: skip
        row |= {ours: steps(states, place, theirs) for ours, theirs in own.items()}
        player = states[0]["players"][place]
        row |= {
            "opponent_score": scores(states, player, own=False),
            "position": [state["players"][place]["position"] for state in states],
            "velocity": [state["players"][place]["linear_velocity"] for state in states],
            "gamma": inputs["gamma"], "team_spirit": inputs["team_spirit"],
        }  # fmt: skip
        rows.append(row)
    return rows


def _states(inputs: Inputs, place: int) -> Inputs:
    """What all see of a match, and where one player is."""
    states = inputs["states"]
    return {
        "team": states[0]["players"][place]["team"],
        "position": [state["players"][place]["position"] for state in states],
        "ball": [state["ball_position"] for state in states],
        "blue_score": [float(state["blue_score"]) for state in states],
        "orange_score": [float(state["orange_score"]) for state in states],
    }


def _pressure(*, first: bool = True) -> Any:
    def made(inputs: Inputs) -> list[Inputs]:
        given = {name: inputs["params"].get(name, value) for name, value in PRESSURE.items()}
        players = range(len(inputs["states"][0]["players"]))
        return [_states(inputs, n) | given | ({"first_player": n == 0} if first else {}) for n in players]

    return made


def _qualities(weights: Inputs) -> Any:
    """Of the players the first half is blue."""

    def made(inputs: Inputs) -> list[Inputs]:
        states = inputs["states"]
        players = len(states[0]["players"])
        given = {name: inputs["params"].get(name, value) for name, value in weights.items() if name != "height"}
        own = {"boost": "boost_amount", "demoed": "is_demoed", "demolishes": "match_demolishes"}
        flags = {"touched": "ball_touched", "on_ground": "on_ground"}
        return [
            _states(inputs, place) | given
            | {"team": int(place >= players // 2), "ball_velocity": [state["ball_linear_velocity"] for state in states]}
            | {ours: steps(states, place, theirs) for ours, theirs in own.items()}
            | {ours: [state["players"][place][theirs] for state in states] for ours, theirs in flags.items()}
            for place in range(players)
        ]  # fmt: skip

    return made


def _options(*parts: dict[str, str], **defaults: float) -> Any:
    """The columns of a player and a state, and the options, at their defaults where they are not given."""
    fields = {key: value for part in parts for key, value in part.items()}

    def made(inputs: Inputs) -> Inputs:
        return columns(**fields)(inputs) | {name: inputs["params"].get(name, value) for name, value in defaults.items()}

    return made


ALIGN = {"defense": 0.5, "offense": 0.5, "dispersion": 1.0, "density": 1.0}
FIELDS = {
    ball_y_coordinate_signed: _options(TEAM, exponent=1),
    liu_distance_player_to_ball: _options(POSITION, dispersion=1.0, density=1.0),
    liu_distance_ball_to_goal: _options(TEAM, dispersion=1.0, density=1.0, own_goal=False),
    signed_liu_distance_ball_to_goal: _options(TEAM, dispersion=1.0, density=1.0, own_goal=False),
    liu_distance_ball_to_goal_diff: _options(
        TEAM, off_weight=1.0, def_weight=1.0, off_dispersion=0.5, def_dispersion=0.5, off_density=1.0,
        def_density=1.0,
    ),
    touch_ball_aerial: _options(TOUCHED, aerial_weight=1.0),
    distance_weighted_align_ball_goal: _options(TEAM, POSITION, **ALIGN),
    offensive_potential_krc: _options(TEAM, POSITION, VELOCITY, **ALIGN),
}  # fmt: skip
NEAR = 5e-6
PRESSURE = {"cutoff_frame": 90, "exponent": 0.7, "distance_threshold": 3680}
CLAIMS = (
    *(Claim(f.__name__, f.__name__, made, tolerance=DEVICE, slack=NEAR) for f, made in FIELDS.items()),
    Claim("diff_potential_pbrs", "diff_potential_pbrs", same("values", "gamma", "negative_slope"), tolerance=DEVICE,
          slack=1e-5),
    Claim("touch_ball_to_goal_acceleration", "touch_ball_to_goal_acceleration", _touches,
          expected=rlgym.from_second, tolerance=DEVICE, slack=NEAR),
    Claim("event_reward_demoed", "event_demoed", _demoed, expected=rlgym.from_second, tolerance=DEVICE, slack=NEAR),
    *(
        Claim(name, f"systems.lucy_skg_pressure:{name}", _pressure(first=first), expected=rlgym.from_second,
              tolerance=DEVICE, slack=NEAR)
        for name, first in (("offensive_pressure", True), ("defensive_pressure", True), ("counter_pressure", False))
    ),
    *(
        Claim(f"{name}_reward", f"systems.lucy_skg_necto:{name}", _qualities(weights), expected=rlgym.from_second,
              tolerance=DEVICE, slack=2e-5)
        for name, weights in (("necto", matches.NECTO), ("nexto", matches.NEXTO))
    ),
    Claim("lucy_total_reward", "total", _match, expected=rlgym.from_second, tolerance=DEVICE, slack=2e-5),
)  # fmt: skip
ORIGINALS = {
    f.__name__: f
    for f in (
        *FIELDS, diff_potential_pbrs, touch_ball_to_goal_acceleration, event_reward_demoed, lucy_total_reward,
        matches.offensive_pressure, matches.defensive_pressure, matches.counter_pressure, matches.necto_reward,
        matches.nexto_reward,
    )
}  # fmt: skip
