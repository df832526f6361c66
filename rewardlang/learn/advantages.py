"""Advantages of the samples of a prompt, as trainers compute them: exact epsilons, and rules for single samples.

Rewards are `float[n]`, groups `int[n]` as in `learn.groups`, masks `[n, tokens]`, 1 where a token is part of the reply.
Results are `[n]`, or `[n, tokens]` where a mask is taken: then every valid token of a reply has its advantage.

Sources: verl, `trainer/ppo/core_algos.py`; TRL, `trainer/grpo_trainer.py`; OpenRLHF, `trainer/ppo_utils`.
"""

from __future__ import annotations

from typing import Any, Literal

import jax
import jax.numpy as jnp

from rewardlang.learn.groups import best_two, group_count, group_mean, group_std, group_sum

Array = Any
Scale = Literal["group", "batch", "none"]
_EPSILON = 1e-6
_WHITENING = 1e-8


def _among(x: Array, group: Array, of_one: Array) -> Array:
    """A statistic of the group, and another where the group is one sample."""
    return jnp.where(group_count(group, x.dtype) > 1, x, of_one)


def centred(rewards: Array, group: Array) -> Array:
    """Rewards less the mean of their group; the reward itself in a group of one."""
    return rewards - _among(group_mean(rewards, group), group, jnp.zeros_like(rewards))


def grpo(rewards: Array, group: Array, *, by_std: bool = True, epsilon: float = _EPSILON) -> Array:
    """Group-relative advantage; without `by_std` that of Dr. GRPO, which does not divide.

    A group of one has mean 0 and standard deviation 1.

    Source: Shao et al., DeepSeekMath, 2024, section 4.1; Liu et al., Understanding R1-Zero-Like Training, 2025; verl,
    `compute_grpo_outcome_advantage`.
    """
    less = centred(rewards, group)
    if not by_std:
        return less
    return less / (_among(group_std(rewards, group), group, jnp.ones_like(rewards)) + epsilon)


def grpo_pass_at_k(rewards: Array, group: Array, *, by_std: bool = True, epsilon: float = _EPSILON) -> Array:
    """The best of each group, the first of equals, gets what it is ahead of the second; all others get 0.

    Source: verl, `compute_grpo_passk_outcome_advantage`.
    """
    top, second, best = best_two(rewards, group)
    ahead = top - second
    if by_std:
        ahead = ahead / (group_std(rewards, group) + epsilon)
    return jnp.where(best, ahead, jnp.zeros_like(ahead))


def rloo(rewards: Array, group: Array) -> Array:
    """Rewards less the mean of the others of their group; the reward itself in a group of one.

    Source: Ahmadian et al., Back to Basics, 2024, equation 6; verl, `compute_rloo_outcome_advantage`.
    """
    count = group_count(group, rewards.dtype)
    others = jnp.maximum(count - 1, 1)
    return jnp.where(count > 1, (rewards - group_mean(rewards, group)) * count / others, rewards)


def opo(rewards: Array, group: Array, lengths: Array) -> Array:
    """Rewards less the mean of their group weighted by length; the reward itself in a group of one.

    Source: Hao et al., On-Policy RL with Optimal Reward Baseline, 2025; verl, `compute_opo_outcome_advantage`.
    """
    lengths = lengths.astype(rewards.dtype)
    total = group_sum(lengths, group)
    baseline = group_sum(lengths * rewards, group) / jnp.where(total > 0, total, 1)
    return rewards - _among(baseline, group, jnp.zeros_like(rewards))


def gpg(rewards: Array, group: Array) -> Array:
    """Centred rewards, scaled by how many samples there are for each that has a reward.

    Source: Chu et al., GPG, 2025; verl, `compute_gpg_outcome_advantage`.
    """
    scored = jnp.maximum(jnp.sum(rewards != 0), 1).astype(rewards.dtype)
    return rewards.shape[0] / scored * centred(rewards, group)


def whitened(x: Array, mask: Array) -> Array:
    """Mean 0 and unbiased variance 1 over the masked tokens of the batch; 0 elsewhere.

    Source: verl, `masked_whiten`.
    """
    count = jnp.sum(mask)
    mean = jnp.sum(x * mask) / (count + _WHITENING)
    spread = jnp.sum(jnp.square(x - mean) * mask) / (count + _WHITENING)
    variance = spread * count / jnp.maximum(count - 1, 1)
    return (x - mean) * jax.lax.rsqrt(variance + _WHITENING) * mask


def reinforce_baseline(rewards: Array, group: Array, mask: Array) -> Array:
    """REINFORCE++ with the group's mean as baseline: centred, then whitened over tokens.

    Source: Hu et al., REINFORCE++, 2025; verl, `compute_reinforce_plus_plus_baseline_outcome_advantage`.
    """
    return whitened(centred(rewards, group)[:, None] * mask, mask)


def gdpo(components: Array, group: Array, mask: Array, weights: Array | None = None) -> Array:
    """Group-decoupled advantages: each component normalised in its group, their weighted sum whitened over tokens.

    Shapes: `components`: `[components, n]`, such as the entries of a reward's root; `weights`: `[components]`, all 1.

    Source: verl, `compute_gdpo_outcome_advantage`.
    """
    shares = jax.vmap(lambda rewards: grpo(rewards, group))(components)
    weights = jnp.ones(components.shape[:1], components.dtype) if weights is None else weights
    return whitened(jnp.sum(weights[:, None] * shares, axis=0)[:, None] * mask, mask)


def returns_to_go(token_rewards: Array, mask: Array, discount: float = 1.0) -> Array:
    """The discounted sum of the rewards from each token on; what follows a masked token counts nothing before it."""

    def step(after: Array, now: tuple[Array, Array]) -> tuple[Array, Array]:
        reward, held = now
        found = reward + discount * after
        return found * held, found

    start = jnp.zeros(token_rewards.shape[0], token_rewards.dtype)
    found = jax.lax.scan(step, start, (token_rewards.T, mask.astype(token_rewards.dtype).T), reverse=True)[1]
    return found.T


def reinforce_plus_plus(token_rewards: Array, mask: Array, discount: float = 1.0) -> tuple[Array, Array]:
    """REINFORCE++: returns whitened over the tokens of the batch. Gives (advantages, returns).

    Source: Hu et al., REINFORCE++, 2025; verl, `compute_reinforce_plus_plus_outcome_advantage`.
    """
    returns = returns_to_go(token_rewards, mask, discount)
    return whitened(returns, mask), returns


def remax(token_rewards: Array, mask: Array, baseline: Array) -> tuple[Array, Array]:
    """ReMax: returns less the reward of the greedy reply, `baseline: [n]`. Gives (advantages, returns).

    Source: Li et al., ReMax, 2023, algorithm 1; verl, `compute_remax_outcome_advantage`.
    """
    masked = token_rewards * mask
    returns = returns_to_go(masked, jnp.ones_like(masked))
    return (returns - baseline[:, None]) * mask, returns


def gae(token_rewards: Array, values: Array, mask: Array, discount: float, decay: float) -> tuple[Array, Array]:
    """Generalised advantage estimation over the tokens of a reply. Gives (advantages, returns).

    Source: Schulman et al., High-Dimensional Continuous Control, 2016, equation 16. Values and rewards of masked tokens
    are 0, and nothing follows the last token.
    """
    held = mask.astype(token_rewards.dtype)
    values, rewards = values * held, token_rewards * held
    following = jnp.concatenate((values[:, 1:], jnp.zeros_like(values[:, :1])), axis=1)
    deltas = rewards + discount * following - values

    def step(after: Array, delta: Array) -> tuple[Array, Array]:
        found = delta + discount * decay * after
        return found, found

    start = jnp.zeros(rewards.shape[0], rewards.dtype)
    advantages = jax.lax.scan(step, start, deltas.T, reverse=True)[1].T
    return advantages, advantages + values


def token_rewards(
    rewards: Array, kl: Array, mask: Array, kl_coefficient: float, clip: tuple[float, float] | None = None
) -> Array:
    """The reward at the last valid token of each reply, less the KL penalty of every token.

    A coefficient below 0 counts as 0; where no token is valid the reward stands at the last place.

    Source: OpenRLHF, `compute_reward`.
    """
    if clip is not None:
        rewards = jnp.clip(rewards, *clip)
    places = jnp.arange(mask.shape[1])
    last = jnp.max(jnp.where(mask > 0, places[None], -1), axis=1)
    last = jnp.where(last < 0, mask.shape[1] - 1, last)
    return jnp.where(places[None] == last[:, None], rewards[:, None], 0) - max(kl_coefficient, 0.0) * kl


def approximate_kl(log_probs: Array, reference: Array, estimator: Literal["k1", "k2", "k3"] = "k1") -> Array:
    """An estimate of the KL divergence from samples: k1 = d, k2 = d²/2, k3 = exp(-d) - 1 + d, clipped to -10..10.

    Source: Schulman, Approximating KL Divergence, 2020; OpenRLHF, `compute_approx_kl`.
    """
    ratio = log_probs - reference
    if estimator == "k2":
        ratio = jnp.square(ratio) / 2
    elif estimator == "k3":
        ratio = jnp.exp(-ratio) - 1 + ratio
    return jnp.clip(ratio, -10, 10)


def masked_normalized(x: Array, mask: Array, axis: int | None = None) -> Array:
    """Mean 0 and biased variance 1, at least 1e-8, over what the mask holds; 0 elsewhere.

    Source: OpenRLHF, `masked_normalize`.
    """
    return _normalized(x * mask, mask, axis, by_std=True) * mask


def _normalized(x: Array, mask: Array, axis: int | None, *, by_std: bool) -> Array:
    count = jnp.maximum(jnp.sum(mask, axis, keepdims=True), 1)
    less = x - jnp.sum(x * mask, axis, keepdims=True) / count
    if not by_std:
        return less
    variance = jnp.sum(jnp.square(less) * mask, axis, keepdims=True) / count
    return less * jax.lax.rsqrt(jnp.maximum(variance, 1e-8))


def globally_normalized(advantages: Array, mask: Array, *, by_std: bool = True) -> Array:
    """Advantages less their mean over the valid tokens of the batch, and by their biased deviation; padding too.

    Source: OpenRLHF, `RemoteExperienceMaker.compute_advantages_and_returns`.
    """
    return _normalized(advantages, mask.astype(advantages.dtype), None, by_std=by_std)


def nan_grpo(
    rewards: Array, weights: Array, size: int, *, scale: Scale = "group", normalize_first: bool = False,
    epsilon: float = 1e-4,
) -> tuple[Array, Array]:  # fmt: skip
    """GRPO of several reward functions of which some gave nothing: NaN. Gives (advantages, weighted rewards).

    Shapes: `rewards`: `[n, functions]`, groups of `size` adjacent samples; `weights`: `[functions]`. A sample that no
    function scored is left out of all statistics, and has the advantage 0; so has one whose spread is unknown because
    it is the only one that was scored. `normalize_first` normalises each function in its group before the sum.

    Source: TRL, `GRPOTrainer._generate_and_score_completions`.
    """
    group = jnp.arange(rewards.shape[0]) // size
    whole = jnp.zeros_like(group)
    if normalize_first:
        columns = rewards.T
        each = jax.vmap(lambda r: (r - _nan_mean(r, group)) / (_nan_std(r, group) + epsilon))(columns)
        each = jnp.where(jnp.isnan(columns), jnp.nan, jnp.nan_to_num(each)).T
        total = _nan_sum(each * weights[None])
        found = (total - _nan_mean(total, whole)) / (_nan_std(total, whole) + epsilon)
        return jnp.nan_to_num(found), total
    total = _nan_sum(rewards * weights[None])
    found = total - _nan_mean(total, group)
    if scale != "none":
        found = found / (_nan_std(total, group if scale == "group" else whole) + epsilon)
    return jnp.nan_to_num(found), total


def _nan_sum(x: Array) -> Array:
    """The sum over functions of those that are there; NaN where none is."""
    return jnp.where(jnp.isnan(x).all(axis=1), jnp.nan, jnp.nansum(x, axis=1))


def _nan_mean(x: Array, group: Array) -> Array:
    count = group_sum((~jnp.isnan(x)).astype(x.dtype), group)
    return group_sum(jnp.nan_to_num(x), group) / count


def _nan_std(x: Array, group: Array) -> Array:
    """The unbiased standard deviation; NaN where fewer than two are there."""
    count = group_sum((~jnp.isnan(x)).astype(x.dtype), group)
    squares = group_sum(jnp.nan_to_num(jnp.square(x - _nan_mean(x, group))), group)
    return jnp.where(count > 1, jnp.sqrt(squares / jnp.maximum(count - 1, 1)), jnp.nan)
