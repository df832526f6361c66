"""Writing the Python file that a trainer loads."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from dataclasses import fields as attributes
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rewardlang import __version__, driver
from rewardlang.check.modules import STANDARD_LIBRARY, Loader, read_source
from rewardlang.diagnostics import CallError, Sink
from rewardlang.trainers.binding import Binding
from rewardlang.trainers.fields import Fields
from rewardlang.trainers.messages import KEEP
from rewardlang.trainers.trainer import Exported, check_fit

if TYPE_CHECKING:
    from rewardlang.backend.reward import Reward
    from rewardlang.trainers.trainer import Trainer


def export(
    trainer: Trainer, spec: str, *, params: Mapping[str, Any] | None = None, columns: Mapping[str, str] | None = None,
    tokenizers: Mapping[str, str] | None = None, models: Mapping[str, str] | None = None,
    calling: Mapping[str, Any] | None = None,
    missing: str | float | None = None, special: str | None = None, group: int | None = None,
    entries: bool = False, sync: bool = False,
) -> str:  # fmt: skip
    """The text of a Python file with the reward as a function of the trainer's signature.

    Args:
        trainer: whose signature.
        spec: as `load` takes it.
        params: values of params other than their defaults.
        columns: for fields that the trainer calls otherwise, its name.
        tokenizers: the file of each tokenizer that the spec names.
        models: for each model that a function answers for, `package.module:function`.
        calling: how models behind servers are called, as `rewardlang.models.Calling` takes it.
        missing: what the trainer is told of a missing score, if not its default.
        special: whether special tokens are kept or stripped, if not the trainer's default.
        group: how many samples a group has.
        entries: a function for each entry of the root, for trainers that normalise each by itself.
        sync: a plain function where the trainer's is `async` by default.

    Raises:
        CompileError: the spec is wrong.
        CallError: there is no such reward, the trainer cannot have it, or a setting does not fit.
    """
    binding = _binding(
        spec, params=params, columns=columns, tokenizers=tokenizers, models=models, calling=calling, group=group
    )
    trainer.missing.checked(missing, trainer.title)
    reward = binding.load()
    binding = replace(binding, fingerprint=reward.fingerprint, missing=missing, special=special or trainer.special)
    check_fit(reward, trainer, binding)
    Fields(reward, binding, trainer.title)
    for wanted, has, flag in ((entries, trainer.entries, "--entries"), (sync, trainer.sync, "--sync")):
        if wanted and not has:
            raise CallError(f"{trainer.title} has no use for `{flag}`")
    function = _identifier(trainer.function or reward.name)
    named = _entry_functions(reward, function) if entries else {}
    return _written(Exported(trainer, binding, function, _about(reward, trainer), named, sync), reward)


def function_of(text: str) -> str:
    """The functions of an exported file, as a trainer is told of them."""
    names = re.findall(r"^(?:async )?def (\w+)|^class (\w+)", text, re.MULTILINE)
    return ", ".join(one or other for one, other in names)


# --- the spec and what it imports ------------------------------------------------------------------------------------


def _binding(spec: str, **settings: Any) -> Binding:
    path, named = driver.find_spec(spec)
    sink = Sink()
    loader = Loader(sink)
    module = loader.load(read_source(path), path.resolve().parent)
    sink.raise_if_failed()
    reward = driver.choose(module.rewards, module.name, named, path.stem)
    settings = {name: value for name, value in settings.items() if value}
    standard = STANDARD_LIBRARY.resolve()
    if standard in path.resolve().parents:
        name = ".".join(path.resolve().relative_to(standard).with_suffix("").parts)
        return Binding(name, reward, **settings)
    folder = path.resolve().parent
    beside = [Path(name) for name in loader.modules if standard not in Path(name).resolve().parents]
    texts = {place.resolve().relative_to(folder).as_posix(): read_source(place).text for place in (path, *beside)}
    return Binding(path.name, reward, files=texts, **settings)


def _entry_functions(reward: Reward, function: str) -> dict[str, str]:
    """The entries of the root that count, by the names of their functions.

    Raises:
        CallError: the total is no sum of contributions.
    """
    found: dict[str, str] = {}
    for term in reward.executor.graph.terms:
        if "/" in term.path or term.kind == "metric":
            continue
        if term.contribution is None:
            raise CallError(
                f"`--entries`: the entry `{term.path}` of `{reward.name}` contributes no part of the total of its own"
            )
        name = _identifier(f"{function}_{term.path}")
        while name in found:
            name += "_"
        found[name] = term.path
    if not found:
        raise CallError(f"`--entries`: `{reward.name}` has no labelled entries")
    return found


def _identifier(text: str) -> str:
    name = re.sub(r"\W", "_", text)
    name = f"_{name}" if name[:1].isdigit() else name
    return f"{name}_" if keyword.iskeyword(name) else name


# --- the text --------------------------------------------------------------------------------------------------------


def _about(reward: Reward, trainer: Trainer) -> str:
    low, high = reward.range
    takes = ", ".join(f"{name}: {spec}" for name, spec in reward.inputs.items())
    return f"The reward `{reward.name}` ({takes}) as {trainer.title} calls it; {low:g} to {high:g}."


def _written(exported: Exported, reward: Reward) -> str:
    trainer, binding = exported.trainer, exported.binding
    head = _documented(
        f"{exported.about}\n\n"
        f"Written by `rwd export {trainer.name}` of rewardlang {__version__}: export it again rather than edit it.\n"
        f"{trainer.gives}\n"
        f"A missing score: {trainer.missing.effect if binding.missing is None else binding.missing}\n"
        f"Fingerprint of the reward: {reward.fingerprint}"
    )
    imports, body = _parted(trainer.write(exported))
    own = ("from rewardlang.trainers.binding import Binding", f"from {trainer.write.__module__} import Adapter")
    lines = [head, "", *imports, *([""] if imports else []), *own, "", f"_reward = Adapter({_binding_text(binding)})"]
    return "\n".join([*lines, "", "", body]).rstrip() + "\n"


def _parted(text: str) -> tuple[list[str], str]:
    """The imports at the head of a text, and what follows."""
    lines = text.splitlines()
    first = next((place for place, line in enumerate(lines) if line and not line.startswith(("import ", "from "))), 0)
    return [line for line in lines[:first] if line], "\n".join(lines[first:])


def _binding_text(binding: Binding) -> str:
    lines = []
    for item in attributes(Binding):
        value = getattr(binding, item.name)
        if item.name == "files" and value:
            lines += ["files={", *(f"    {literal(name)}: {_text(text)}," for name, text in value.items()), "},"]
        elif item.name in {"spec", "reward"} or value not in ("", {}, None, KEEP):
            lines.append(f"{item.name}={literal(value)},")
    # The texts keep their lines as they are: only the first line of each part is moved to the right.
    return "\n".join(["", "    Binding(", *(f"        {line}" for line in lines), "    )", ""])


def _text(text: str) -> str:
    """A literal of a text, in its own lines where that is possible."""
    plain = "'''" not in text and not text.endswith(("'", "\\"))
    readable = plain and all(letter.isprintable() or letter == "\n" for letter in text)
    return f"r'''{text}'''" if readable else literal(text)


def literal(value: Any) -> str:
    """A literal of a plain value, with the quotes that formatters write."""
    if isinstance(value, str):
        plain = value.isprintable() and '"' not in value and "\\" not in value
        return f'"{value}"' if plain else repr(value)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{literal(key)}: {literal(item)}' for key, item in value.items())}}}"
    if isinstance(value, tuple):
        return f"({''.join(f'{literal(item)}, ' for item in value).rstrip(' ')})"
    return repr(value)


def _documented(text: str) -> str:
    safe = text.replace("\\", "\\\\").replace('"""', "'''")
    return f'"""{safe}\n"""'


def docstring(text: str) -> str:
    """The docstring of an exported function."""
    return '    """' + text.replace("\\", "\\\\").replace('"""', "'''") + '"""'
