"""The pipeline in reading order: one line a stage."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rewardlang.check.checker import check
from rewardlang.check.modules import Loader, candidates, read_source
from rewardlang.diagnostics import CallError, Sink
from rewardlang.diagnostics.suggest import suggest
from rewardlang.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rewardlang.backend.reward import Reward
    from rewardlang.check.checked import Checked
    from rewardlang.check.core import CheckedReward
    from rewardlang.ir.graph import Graph
    from rewardlang.models.calling import Calling


def check_source(source: Source, folder: Path | None, sink: Sink, consts: Mapping[str, Any] | None = None) -> Checked:
    """Text to `Checked`: parse the module and those it imports, then check all of it. Faults go to `sink`."""
    module = Loader(sink).load(source, folder)
    return check(module, sink, consts)


def check_one(
    source: Source, folder: Path | None, name: str | None, preferred: str | None = None,
    consts: Mapping[str, Any] | None = None,
) -> CheckedReward:  # fmt: skip
    """One reward of a module. Its other rewards, properties and examples are not checked: `rwd check` does that.

    Raises:
        CompileError: what the reward needs is wrong.
        CallError: there is no such reward, or it must be named.
    """
    sink = Sink()
    module = Loader(sink).load(source, folder)
    if sink.failed:
        check(module, sink, consts)
    sink.raise_if_failed()
    chosen = choose(module.rewards, module.name, name, preferred)
    checked = check(module, sink, consts, reward=chosen)
    sink.raise_if_failed()
    return checked.rewards[chosen]


def check_file(path: Path, sink: Sink, consts: Mapping[str, Any] | None = None) -> Checked:
    """A `.rwd` file to `Checked`."""
    return check_source(read_source(path), path.resolve().parent, sink, consts)


def meaning(reward: CheckedReward) -> Graph:
    """`CheckedReward` to its graph, not yet optimised: what the fingerprint is of."""
    from rewardlang.lower import lower

    return lower(reward)


def optimise(graph: Graph) -> Graph:
    """The graph after all passes."""
    from rewardlang import passes

    return passes.optimise(graph)


def build(
    reward: CheckedReward, tokenizers: Mapping[str, Any] | None = None, models: Mapping[str, Any] | None = None,
    calling: Calling | None = None,
) -> Reward:  # fmt: skip
    """`CheckedReward` to a `Reward` that can be called.

    Raises:
        CallError: it uses a tokenizer or a model that is not given, or cannot be used.
    """
    from rewardlang.backend.fingerprint import fingerprint
    from rewardlang.backend.interface import Interface
    from rewardlang.backend.reward import Reward
    from rewardlang.check.evidence import across
    from rewardlang.columns.tokenizers import given_tokenizers
    from rewardlang.models.opening import open_models
    from rewardlang.passes.bind import bind

    graph = bind(meaning(reward), given_tokenizers(tokenizers))
    answering = open_models(reward.models, models, calling, lambda inner: build(inner, tokenizers))
    interface = Interface(reward.result, reward.body.type, across(reward), fingerprint(graph))
    return Reward(optimise(graph), interface, answering)


# --- what people call ------------------------------------------------------------------------------------------------


def find_spec(spec: str | Path) -> tuple[Path, str | None]:
    """The file that `spec` means, and the reward after its colon.

    A spec is a path (`rewards/rec.rwd`) or a module of the standard library (`systems.vlm_r1`), perhaps with `:reward`.

    Raises:
        CallError: there is no such file.
    """
    text = str(spec)
    name, _, reward = text.rpartition(":") if ":" in text and not Path(text).exists() else (text, "", "")
    path = Path(name)
    if path.suffix != ".rwd" and not path.is_file() and name:
        path = next((p for p in candidates(tuple(name.split(".")), None) if p.is_file()), path)
    if not path.is_file():
        raise CallError(f"there is no spec `{name}`: neither a file nor a module of the standard library")
    return path, reward or None


def load(
    spec: str | Path, reward: str | None = None, *, consts: Mapping[str, Any] | None = None,
    tokenizers: Mapping[str, Any] | None = None, models: Mapping[str, Any] | None = None,
    calling: Calling | None = None,
) -> Reward:  # fmt: skip
    """Compile a reward of a `.rwd` file or of a module of the standard library.

    Args:
        spec: a path or a module name, perhaps with the reward after a colon: `"rec.rwd"`, `"systems.vlm_r1:rec"`.
        reward: the reward's name; needed where the module has several and none is called as the file.
        consts: values that override `const`s.
        tokenizers: for each name that the spec calls a tokenizer by, the path of its `tokenizer.json`, or a
            `tokenizers.Tokenizer`.
        models: for each model that has no backend of its own, or that is to be replaced, a function: it takes a list
            for each field as keyword arguments, and gives a list of values, None where it has none.
        calling: how models behind servers are called: addresses, key, limits, budgets, cache.

    Raises:
        CompileError: the reward, or what it needs, is wrong; `diagnostics` holds every fault.
        CallError: there is no such spec or reward, or a tokenizer or model is not given.
    """
    path, named = find_spec(spec)
    checked = check_one(read_source(path), path.resolve().parent, reward or named, path.stem, consts)
    return build(checked, tokenizers, models, calling)


def compile_text(
    text: str, reward: str | None = None, *, consts: Mapping[str, Any] | None = None,
    tokenizers: Mapping[str, Any] | None = None, models: Mapping[str, Any] | None = None,
    calling: Calling | None = None,
) -> Reward:  # fmt: skip
    """Compile a reward from the text of a spec; as `load`. Imports come from the standard library alone."""
    return build(check_one(Source("<text>", text), None, reward, consts=consts), tokenizers, models, calling)


def pick(checked: Checked, name: str | None, preferred: str | None = None) -> CheckedReward:
    """The reward of that name; without a name the only one, or the one that is called as the file.

    Raises:
        CallError: there is none, or it must be named.
    """
    return checked.rewards[choose(list(checked.rewards), checked.module.name, name, preferred)]


def choose(known: list[str], module: str, name: str | None, preferred: str | None = None) -> str:
    """The name of the reward that is meant, of those that a module has; as `pick`."""
    if name is None:
        if len(known) == 1:
            return known[0]
        if preferred is not None and preferred in known:
            return preferred
        if not known:
            raise CallError(f"`{module}` has no reward")
        raise CallError(f"`{module}` has several rewards; name one of {', '.join(f'`{k}`' for k in known)}")
    if name not in known:
        close = suggest(name, known)
        hint = f": did you mean `{close}`?" if close else f"; it has {', '.join(f'`{k}`' for k in known)}"
        raise CallError(f"`{module}` has no reward `{name}`{hint}")
    return name


# --- looking at the stages -------------------------------------------------------------------------------------------


def emit(checked: Checked, stage: str, reward: str | None = None) -> str:
    """A stage in print: `ast`, `checked`, `graph`, `facts`, `staged` or `jaxpr`, of one reward or of all."""
    if stage == "ast":
        from rewardlang.check.printing import print_tree

        return print_tree(checked.module.tree)
    rewards = [pick(checked, reward)] if reward else list(checked.rewards.values())
    return "\n\n".join(EMITTERS[stage](item) for item in rewards)


def _checked(reward: CheckedReward) -> str:
    from rewardlang.check.printing import print_checked

    return print_checked(reward)


def _graph(reward: CheckedReward) -> str:
    from rewardlang.ir.text import print_graph

    return print_graph(optimise(meaning(reward)))


def _facts(reward: CheckedReward) -> str:
    from rewardlang.analysis.facts import print_facts

    return print_facts(optimise(meaning(reward)))


def _staged(reward: CheckedReward) -> str:
    from rewardlang.backend.stage import print_staged, stage

    return print_staged(stage(optimise(meaning(reward))))


def _jaxpr(reward: CheckedReward) -> str:
    from rewardlang.backend.tracing import print_jaxpr
    from rewardlang.models.arbitrary import stand_ins

    return print_jaxpr(build(reward, models=stand_ins(reward)))


EMITTERS: Mapping[str, Callable[[CheckedReward], str]] = {
    "checked": _checked, "graph": _graph, "facts": _facts, "staged": _staged, "jaxpr": _jaxpr,
}  # fmt: skip
STAGES = ("ast", *EMITTERS)
