"""RLGym and rlgym-tools."""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import fmean
from typing import Any

from tests.parity.claim import DEVICE, Claim, Inputs, same
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
    cosine,
    forwards,
    goal,
    nose,
    scores,
    steps,
)  # fmt: skip

Params = dict[str, Any]
EVENTS = {
    "match_goals": ("goals", "goal"), "ball_touched": ("touched", "touch"), "match_shots": ("shots", "shot"),
    "match_saves": ("saves", "save"), "match_demolishes": ("demolishes", "demo"),
    "boost_amount": ("boost", "boost_pickup"),
}  # fmt: skip
"""Of a player: our name of the measure, and of its weight."""


def liu_distance_player_to_ball(params: Params, player: Player, state: State) -> float:
    del params
    return math.exp(-0.5 * (math.dist(player["position"], state["ball_position"]) - RADIUS) / 2300)


def liu_distance_ball_to_goal(params: Params, player: Player, state: State) -> float:
    away = math.dist(state["ball_position"], goal(player, params["own_goal"])) - 972.75
    return math.exp(-0.5 * away / 6000)


def velocity_player_to_ball(params: Params, player: Player, state: State) -> float:
    speed = along(player["linear_velocity"], apart(state["ball_position"], player["position"]))
    return speed if params["use_scalar_projection"] else speed / 2300


def velocity_ball_to_goal(params: Params, player: Player, state: State) -> float:
    way = apart(goal(player, params["own_goal"]), state["ball_position"])
    speed = along(state["ball_linear_velocity"], way)
    return speed if params["use_scalar_projection"] else speed / 6000


def face_ball(params: Params, player: Player, state: State) -> float:
    del params
    return along(nose(player["quaternion_wxyz"]), apart(state["ball_position"], player["position"]))


def touch_ball(params: Params, player: Player, state: State) -> float:
    height = (state["ball_position"][2] + RADIUS) / (2 * RADIUS)
    return height ** params["aerial_weight"] if player["ball_touched"] else 0.0


def ball_y_coordinate(params: Params, player: Player, state: State) -> float:
    return (forwards(player, state["ball_position"][1]) / 5212.75) ** params["exponent"]


def velocity(params: Params, player: Player, state: State) -> float:
    del state
    return math.hypot(*player["linear_velocity"]) / 2300 * (-1 if params["negative"] else 1)


def save_boost(params: Params, player: Player, state: State) -> float:
    del params, state
    return math.sqrt(player["boost_amount"])


def align_ball_goal(params: Params, player: Player, state: State) -> float:
    at, ball = player["position"], state["ball_position"]
    defense = cosine(apart(ball, at), apart(at, goal(player, own_goal=True)))
    offense = cosine(apart(ball, at), apart(goal(player, own_goal=False), at))
    return params["defense"] * defense + params["offense"] * offense


def jump_touch(params: Params, player: Player, state: State) -> float:
    height = state["ball_position"][2]
    if player["ball_touched"] and not player["on_ground"] and height >= params["min_height"]:
        return float((height - 92) ** params["exp"] - 1)
    return 0.0


def kickoff(params: Params, player: Player, state: State) -> float:
    del params
    if state["ball_position"][0] != 0 or state["ball_position"][1] != 0:
        return 0.0
    return velocity_player_to_ball({"use_scalar_projection": False}, player, state)


def default_reward(params: Params, player: Player, state: State) -> float:
    del params, state
    return -math.hypot(*player["linear_velocity"]) / 100


def combined_reward(rewards: Vector, weights: Vector) -> float:
    return math.fsum(r * w for r, w in zip(rewards, weights, strict=True))


def multiply_rewards(rewards: Vector) -> float:
    return math.prod(rewards)


def distribute_team_spirit(team_spirit: float, team: list[int], base_reward: Vector) -> Vector:
    means = {side: fmean([r for r, t in zip(base_reward, team, strict=True) if t == side] or [0.0]) for side in (0, 1)}
    return [
        team_spirit * means[t] + (1 - team_spirit) * r - means[1 - t] for r, t in zip(base_reward, team, strict=True)
    ]


def diff_reward(values: Vector, negative_slope: float) -> Vector:
    changes = [b - a for a, b in pairwise(values)]
    return [0.0, *(change * (negative_slope if change < 0 else 1) for change in changes)][: len(values)]


def event_reward_rollout(params: Params, states: list[State]) -> list[Vector]:
    def measured(state: State, place: int) -> Vector:
        player = state["players"][place]
        sides = (state["blue_score"], state["orange_score"])
        team, other = sides if player["team"] == 0 else sides[::-1]
        return [team, other, *(float(player[name]) for name in EVENTS)]

    weights = [params["team_goal"], params["concede"], *(params[weight] for _, weight in EVENTS.values())]
    rewards = []
    for before, after in pairwise(states):
        pairs = [(measured(before, p), measured(after, p)) for p in range(len(after["players"]))]
        rewards.append(
            [
                math.fsum(w * max(new - old, 0) for w, old, new in zip(weights, first, second, strict=True))
                for first, second in pairs
            ]
        )
    return rewards


def conditional_rewards(player_index: int, state: State) -> dict[str, int]:
    player, ball = state["players"][player_index], state["ball_position"]
    away = math.dist(player["position"], ball)
    nearer = [other for other in state["players"] if math.dist(other["position"], ball) < away]
    return {
        "closest_to_ball_team": int(not any(other["team"] == player["team"] for other in nearer)),
        "closest_to_ball_all": int(not nearer),
        "touched_last": int(state["last_touch"] == player["car_id"]),
        "behind_ball": int(forwards(player, player["position"][1]) < forwards(player, ball[1])),
    }


def event_columns(inputs: Inputs) -> list[Inputs]:
    """A sample for each player: the measures over all states."""
    states, params = inputs["states"], inputs["params"]
    names = ("goal", "team_goal", "concede", "touch", "shot", "save", "demo", "boost_pickup")
    weights = {f"{name}_weight": params.get(name, 0.0) for name in names}
    return [
        {
            **weights,
            **{ours: steps(states, place, theirs) for theirs, (ours, _) in EVENTS.items()},
            "team_score": scores(states, player, own=True),
            "opponent_score": scores(states, player, own=False),
        }
        for place, player in enumerate(states[0]["players"])
    ]


def from_second(recorded: Any) -> list[Vector]:
    """By player, with the first step, which the original does not score."""
    return [[0.0, *rewards] for rewards in zip(*recorded, strict=True)]


def _anneal(inputs: Inputs) -> Inputs:
    return {
        "values": inputs["values"], "at": [0, *inputs["steps"]], "ticks": [float(t + 1) for t in range(inputs["T"])]
    }  # fmt: skip


def _conditions(inputs: Inputs) -> Inputs:
    state = inputs["state"]
    player = state["players"][inputs["player_index"]]
    return {
        "team": player["team"],
        "position": player["position"],
        "touched_last": state["last_touch"] == player["car_id"],
        "ball": state["ball_position"],
        "positions": [other["position"] for other in state["players"]],
        "teammate": [other["team"] == player["team"] for other in state["players"]],
    }


CONDITIONS = ("closest_to_ball_team", "closest_to_ball_all", "touched_last", "behind_ball")
FIELDS = {
    liu_distance_player_to_ball: POSITION,
    liu_distance_ball_to_goal: TEAM | {"own_goal": "params.own_goal"},
    velocity_player_to_ball: POSITION | VELOCITY | {"use_scalar_projection": "params.use_scalar_projection"},
    velocity_ball_to_goal: TEAM
    | {
        "ball_velocity": "state.ball_linear_velocity",
        "own_goal": "params.own_goal",
        "use_scalar_projection": "params.use_scalar_projection",
    },
    face_ball: POSITION | {"turn": "player.quaternion_wxyz"},
    touch_ball: TOUCHED | {"aerial_weight": "params.aerial_weight"},
    ball_y_coordinate: TEAM | {"exponent": "params.exponent"},
    velocity: VELOCITY | {"negative": "params.negative"},
    save_boost: {"boost_amount": "player.boost_amount"},
    align_ball_goal: TEAM | POSITION | {"defense": "params.defense", "offense": "params.offense"},
    jump_touch: TOUCHED
    | {"on_ground": "player.on_ground", "min_height": "params.min_height", "exponent": "params.exp"},
    kickoff: POSITION | VELOCITY,
}
CLAIMS = (
    *(Claim(f.__name__, f.__name__, columns(**fields), tolerance=DEVICE, slack=2e-6) for f, fields in FIELDS.items()),
    Claim("default_reward", "default", columns(**VELOCITY), tolerance=DEVICE),
    Claim("combined_reward", "combined", same("rewards", "weights"), tolerance=DEVICE, slack=1e-6),
    Claim("multiply_rewards", "multiply", same("rewards"), tolerance=DEVICE),
    Claim("diff_reward", "diff", same("values", "negative_slope"), tolerance=DEVICE, slack=1e-5),
    Claim("anneal_rewards", "anneal", _anneal, tolerance=DEVICE, slack=1e-6),
    Claim(
        "distribute_team_spirit", "distribute_team_spirit",
        lambda inputs: {
            "base_reward": inputs["base_reward"], "team_spirit": inputs["team_spirit"],
            "blue": [team == 0 for team in inputs["team"]],
        },
        tolerance=DEVICE, slack=2e-6,
    ),
    Claim("event_reward_rollout", "event", event_columns, expected=from_second, tolerance=DEVICE, slack=5e-6),
    Claim(
        "conditional_rewards", "conditional", _conditions, terms=CONDITIONS,
        expected=lambda found: [sum(found.values()), *(found[name] for name in CONDITIONS)],
    ),
)  # fmt: skip
ORIGINALS = {
    f.__name__: f
    for f in (
        *FIELDS, default_reward, combined_reward, multiply_rewards, diff_reward, distribute_team_spirit,
        event_reward_rollout, conditional_rewards,
    )
}  # fmt: skip
