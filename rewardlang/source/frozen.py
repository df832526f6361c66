"""Frozen dataclasses for large families of nodes, ready at once.

`dataclass(frozen=True)` compiles six methods a class, which takes longer than everything else that importing the syntax
tree does; the seventy node classes would cost `rwd check` a sixth of its time. Here all classes share one of each.
"""

from __future__ import annotations

from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from functools import cache
from typing import Any, TypeVar, cast, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T]) -> type[T]:
    """As `dataclass(frozen=True)`: equal where the class and the fields that count are."""
    return _made(cls, eq=True, kw_only=False)


@dataclass_transform(frozen_default=True, kw_only_default=True, eq_default=False, field_specifiers=(field,))
def frozen_identity(cls: type[T]) -> type[T]:
    """As `dataclass(frozen=True, eq=False, kw_only=True)`: equal only to itself."""
    return _made(cls, eq=False, kw_only=True)


def _made(cls: type[T], *, eq: bool, kw_only: bool) -> type[T]:
    methods = {"__init__": _init, "__repr__": _repr, "__setattr__": _set, "__delattr__": _delete}
    if eq:
        methods |= {"__eq__": _equal, "__hash__": _hash}
    for name, method in methods.items():
        if name not in cls.__dict__:
            setattr(cls, name, method)
    return dataclass(init=False, repr=False, eq=False, kw_only=kw_only)(cls)


@cache
def _plan(cls: type[Any]) -> tuple[tuple[str, ...], frozenset[str], tuple[tuple[str, Any, Any], ...]]:
    """The fields that may be positional, all fields, and name, default and factory of those that may be left out."""
    every = fields(cls)
    optional = tuple(
        (f.name, f.default, f.default_factory)
        for f in every
        if f.default is not MISSING or f.default_factory is not MISSING
    )
    return tuple(f.name for f in every if not f.kw_only), frozenset(f.name for f in every), optional


def _init(self: Any, *args: Any, **given: Any) -> None:
    kind: Any = type(self)
    positional, names, optional = _plan(kind)
    values = self.__dict__
    values.update(zip(positional, args, strict=False))
    if len(args) > len(positional) or not values.keys().isdisjoint(given):
        raise TypeError(f"{type(self).__name__}: too many arguments, or one given twice")
    values.update(given)
    if len(values) < len(names):
        for name, default, factory in optional:
            if name not in values:
                values[name] = default if factory is MISSING else factory()
    if values.keys() != names:
        raise TypeError(
            f"{type(self).__name__}: missing or unknown arguments: {', '.join(sorted(values.keys() ^ names))}"
        )


def _repr(self: Any) -> str:
    said = ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in fields(self) if f.repr)
    return f"{type(self).__qualname__}({said})"


@cache
def _compared(cls: type[Any]) -> tuple[str, ...]:
    return tuple(f.name for f in fields(cls) if f.compare)


def _values(self: Any) -> tuple[Any, ...]:
    values, kind = self.__dict__, cast("Any", type(self))
    return tuple(values[name] for name in _compared(kind))


def _equal(self: Any, other: object) -> Any:
    return _values(self) == _values(other) if type(self) is type(other) else NotImplemented


def _hash(self: Any) -> int:
    return hash(_values(self))


def _set(self: Any, name: str, value: Any) -> None:  # noqa: ARG001  the signature of `__setattr__`
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _delete(self: Any, name: str) -> None:  # noqa: ARG001  the signature of `__delattr__`
    raise FrozenInstanceError(f"cannot delete field {name!r}")
