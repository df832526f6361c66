"""Brax and MuJoCo Playground: a wrapper whose step is pure JAX, and whose state carries what is remembered.

The wrapper may stand inside the wrappers of episodes and resets, as where a trainer puts these around it, or outside of
that of episodes. Inside, it does not hear of a time limit: it sees that `info["steps"]` begins again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rewardlang.diagnostics import CallError
from rewardlang.trainers.environment import ORIGINAL, Environments
from rewardlang.trainers.exporting import docstring
from rewardlang.trainers.missing import Missing
from rewardlang.trainers.paths import Seen
from rewardlang.trainers.trainer import Groups, Trainer

if TYPE_CHECKING:
    from rewardlang.trainers.binding import Binding
    from rewardlang.trainers.trainer import Exported

_STEPS, _TRUNCATION = "steps", "truncation"
"""What Brax's `EpisodeWrapper` keeps in the info."""


class Adapter:
    """A reward for the environments of Brax."""

    def __init__(self, binding: Binding) -> None:
        self._environments = Environments(binding, TRAINER)

    def scoring(self, params: Mapping[str, Any]) -> Scoring:
        """The scoring of an environment.

        Raises:
            CallError: there is no such param.
        """
        return Scoring(self._environments, params)


class Scoring:
    """The scoring of one environment, or of all of a batch: pure JAX."""

    def __init__(self, environments: Environments, params: Mapping[str, Any]) -> None:
        from rewardlang.backend.lanes import term_names

        self.params = environments.params(params)
        self._environments, self._reward = environments, environments.scorer.reward
        self._key = f"{self._reward.name}/remembered"
        self._names = term_names(self._reward)

    def reset(self, state: Any) -> Any:
        """The first state, with what is remembered in its info, and the terms, all 0, in its metrics."""
        from rewardlang.backend.lanes import nothing

        zeros = nothing(self._reward, state.done.shape)
        held = {
            "memory": zeros.state,
            _STEPS: zeros.total,
            # What wrappers further out put into the info is of the step before: these names are the environment's.
            "own": dict.fromkeys(state.info, ()),
        }
        metrics = {**state.metrics, ORIGINAL: zeros.total, **self._told(zeros)}
        return state.replace(metrics=metrics, info={**state.info, self._key: held})

    def inner(self, state: Any) -> Any:
        """The state as the environment knows it: a wrapper further in counts the metrics that it has seen at first."""
        own = {ORIGINAL, f"{self._reward.name}/missing", *(f"{self._reward.name}/{name}" for name in self._names)}
        return state.replace(metrics={name: values for name, values in state.metrics.items() if name not in own})

    def step(self, before: Any, after: Any, action: Any) -> Any:
        """The state after a step, with the spec's reward.

        Raises:
            CallError: a field is not given, or does not fit.
        """
        from rewardlang.backend.lanes import score_step

        held = before.info.get(self._key)
        if held is None:
            raise CallError("the state is not of this wrapper's `reset`")
        own = {name: after.info[name] for name in held["own"]}
        steps = before.info.get(_STEPS, held[_STEPS])
        memory = held["memory"]
        if memory:
            memory = self._reward.reset_state(memory, steps < held[_STEPS])
        seen = Seen(_known(before, after, action, own), after.done.ndim, after)
        arrays = self._environments.scorer.columns.found(seen)
        step = score_step(
            self._reward,
            self.params,
            arrays,
            state=memory,
            otherwise=self._environments.otherwise,
            ended=after.done > 0,
        )
        held = {**held, "memory": step.state, _STEPS: steps}
        metrics = {**after.metrics, ORIGINAL: after.reward, **self._told(step)}
        return after.replace(reward=step.total, metrics=metrics, info={**after.info, self._key: held})

    def _told(self, step: Any) -> dict[str, Any]:
        name = self._reward.name
        terms = {f"{name}/{path}": values for path, values in step.terms.items()}
        return {**terms, f"{name}/missing": step.missing.astype(step.total.dtype)}


def _known(before: Any, after: Any, action: Any, own: Mapping[str, Any]) -> dict[str, Any]:
    """What fields are made from: the wrapper's own names, then the observation's, the info's and the metrics'."""
    done = after.done > 0
    named = {
        "observation": before.obs, "next_observation": after.obs, "action": action, "reward": after.reward,
        "done": done, "info": own, "metrics": after.metrics,
    }  # fmt: skip
    if _TRUNCATION in own:
        named["truncated"] = own[_TRUNCATION] > 0
        named["terminated"] = done & ~named["truncated"]
    observed = after.obs if isinstance(after.obs, Mapping) else {}
    return {**after.metrics, **own, **observed, **named}


def write(exported: Exported) -> str:
    """The wrapper of the exported file."""
    return (
        "from brax.envs.base import Wrapper\n\n\n"
        f"class {exported.function}(Wrapper):\n{docstring(exported.about)}\n\n"
        "    def __init__(self, env, **params):\n"
        "        super().__init__(env)\n"
        "        self.scoring = _reward.scoring(params)\n\n"
        "    def reset(self, rng):\n"
        "        return self.scoring.reset(self.env.reset(rng))\n\n"
        "    def step(self, state, action):\n"
        "        after = self.env.step(self.scoring.inner(state), action)\n"
        "        return self.scoring.step(state, after, action)\n"
    )


TRAINER = Trainer(
    name="brax",
    title="Brax",
    tested="0.14.2 (run); Playground 0.2.0 (read)",
    gives="Brax gives `observation`, `action`, `next_observation`, `done`, `reward`, the environment's own entries of "
    "`info` and `metrics`, those of an observation that is a dictionary, and paths into its state.",
    missing=Missing(0.0, (), "Brax can leave none out: the reward is 0, and the metric `<reward>/missing` is 1."),
    groups=Groups.NEVER,
    calls="has traced arrays, a step at a time",
    logs="`metrics`: `<reward>/<path>/raw`, `/weight`, `/contribution`, `/missing`; `original_reward`",
    configured="env = {function}(envs.get_environment(…))   # from {module} import {function}",
    write=write,
    aliases=("playground",),
    steps=True,
)
