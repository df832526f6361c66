"""Advantages of TRL, verl and OpenRLHF."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from rewardlang.learn import advantages
from rewardlang.learn.groups import dense_groups
from tests.parity.cases import number_of
from tests.parity.claim import DEVICE, Inputs, LibraryClaim, Rule


def _array(value: Any, dtype: str = "float64") -> Any:
    return jnp.asarray(np.array(number_of(value), dtype))


def _group(inputs: Inputs) -> Any:
    return jnp.asarray(dense_groups(inputs["group"]))


def _tokens(inputs: Inputs, per_sample: Any) -> Any:
    return per_sample[:, None] * _array(inputs["mask"])


def _both(pair: tuple[Any, Any]) -> dict[str, Any]:
    return {"advantages": pair[0], "returns": pair[1]}


def _grpo(inputs: Inputs) -> Any:
    by_std = inputs["normalise_by_std"]
    found = advantages.grpo(_array(inputs["rewards"]), _group(inputs), by_std=by_std, epsilon=inputs["eps"])
    return _tokens(inputs, found)


def _pass_at_k(inputs: Inputs) -> Any:
    by_std = inputs["normalise_by_std"]
    return _tokens(inputs, advantages.grpo_pass_at_k(_array(inputs["rewards"]), _group(inputs), by_std=by_std))


def _rloo(inputs: Inputs) -> Any:
    return _tokens(inputs, advantages.rloo(_array(inputs["rewards"]), _group(inputs)))


def _opo(inputs: Inputs) -> Any:
    lengths = _array(inputs["mask"]).sum(1)
    return _tokens(inputs, advantages.opo(_array(inputs["rewards"]), _group(inputs), lengths))


def _gpg(inputs: Inputs) -> Any:
    return _tokens(inputs, advantages.gpg(_array(inputs["rewards"]), _group(inputs)))


def _reinforce_baseline(inputs: Inputs) -> Any:
    return advantages.reinforce_baseline(_array(inputs["rewards"]), _group(inputs), _array(inputs["mask"]))


def _gdpo(inputs: Inputs) -> Any:
    weights = None if inputs["weights"] is None else _array(inputs["weights"])
    components, mask = _array(inputs["component_rewards"]), _array(inputs["mask"])
    return advantages.gdpo(components, _group(inputs), mask, weights)


def _cancels(inputs: Inputs, _: Any) -> bool:
    """Whether what is whitened is nearly 0 for every sample."""
    group = np.asarray(inputs["group"])
    total = np.zeros(len(group))
    weights = inputs["weights"] or [1.0] * len(inputs["component_rewards"])
    for weight, rewards in zip(weights, np.array(inputs["component_rewards"], float), strict=True):
        for name in set(inputs["group"]):
            own = rewards[group == name]
            if len(own) > 1:
                total[group == name] += weight * (own - own.mean()) / (own.std(ddof=1) + 1e-6)
            else:
                total[group == name] += weight * own
    return float(np.abs(total).max()) < 1e-3


ROUNDING = Rule(_cancels, "components that cancel: the rounding of float32 is then scaled up to the result")


def _reinforce_plus_plus(inputs: Inputs) -> Any:
    rewards, mask = _array(inputs["token_rewards"]), _array(inputs["mask"])
    return _both(advantages.reinforce_plus_plus(rewards, mask, inputs["gamma"]))


def _remax(inputs: Inputs) -> Any:
    rewards, mask = _array(inputs["token_rewards"]), _array(inputs["mask"])
    return _both(advantages.remax(rewards, mask, _array(inputs["baseline"])))


def _nan_grpo(inputs: Inputs) -> Any:
    found, total = advantages.nan_grpo(
        _array(inputs["rewards_per_func"]), _array(inputs["weights"]), inputs["num_generations"],
        scale=inputs["scale_rewards"], normalize_first=inputs["aggregation"] == "normalize_then_sum",
        epsilon=inputs["eps"],
    )  # fmt: skip
    return {"advantages": found, "rewards": total}


def _token_rewards(inputs: Inputs) -> Any:
    arrays = (_array(inputs[name]) for name in ("reward", "kl", "action_mask"))
    return advantages.token_rewards(*arrays, inputs["kl_coef"], inputs["clip"])


def _kl(inputs: Inputs) -> Any:
    arrays = (_array(inputs[name], "float32") for name in ("log_probs", "log_probs_base"))
    return advantages.approximate_kl(*arrays, inputs["estimator"])


def _normalized(inputs: Inputs) -> Any:
    return advantages.masked_normalized(_array(inputs["x"]), _array(inputs["mask"]), inputs["dim"])


def _openrlhf(inputs: Inputs) -> Any:
    rewards, mask = _array(inputs["rewards"]), _array(inputs["mask"])
    group = jnp.arange(len(rewards)) // inputs["group_size"]
    estimator, discount = inputs["estimator"], inputs["gamma"]
    shaped = {
        "rloo": lambda: advantages.rloo(rewards, group),
        "reinforce_baseline": lambda: advantages.centred(rewards, group),
        "dr_grpo": lambda: advantages.centred(rewards, group),
        "group_norm": lambda: advantages.grpo(rewards, group, epsilon=1e-9),
    }.get(estimator, lambda: rewards)()
    tokens = advantages.token_rewards(shaped, _array(inputs["kl"]), mask, inputs["kl_coef"], inputs["clip"])
    if estimator == "gae":
        found, returns = advantages.gae(tokens, _array(inputs["values"]), mask, discount, inputs["lam"])
    else:
        found = returns = advantages.returns_to_go(tokens * mask, mask, discount)
    if estimator in ("gae", "reinforce", "reinforce_baseline"):
        found = advantages.globally_normalized(found, mask, by_std=not inputs["no_std_norm"])
    return _both((found, returns))


LIBRARY = (
    LibraryClaim("verl_grpo", _grpo),
    LibraryClaim("verl_grpo_passk", _pass_at_k),
    LibraryClaim("verl_rloo", _rloo),
    LibraryClaim("verl_opo", _opo),
    LibraryClaim("verl_gpg", _gpg),
    LibraryClaim("verl_rfpp_baseline", _reinforce_baseline),
    LibraryClaim("verl_gdpo", _gdpo, tolerance=DEVICE, slack=1e-6, rules=(ROUNDING,)),
    LibraryClaim("verl_reinforce_pp", _reinforce_plus_plus),
    LibraryClaim("verl_remax", _remax),
    LibraryClaim("trl_grpo", _nan_grpo),
    LibraryClaim("openrlhf_advantages", _openrlhf, tolerance=DEVICE, slack=1e-6),
    LibraryClaim("openrlhf_token_reward", _token_rewards),
    LibraryClaim("openrlhf_kl", _kl, tolerance=DEVICE, slack=1e-6),
    LibraryClaim("openrlhf_masked_normalize", _normalized, tolerance=DEVICE, slack=1e-6),
)
LEFT_OUT = {
    "trl_reward_loss": "a loss for training a reward model",
    "openrlhf_logexp_loss": "a loss for training a reward model",
}
