from __future__ import annotations

import copy
from dataclasses import FrozenInstanceError, field, fields, replace

import pytest

from rewardlang.source.frozen import frozen, frozen_identity


@frozen
class Shape:
    place: int = field(compare=False, repr=False)


@frozen
class Circle(Shape):
    radius: float
    tags: list[str] = field(default_factory=list, compare=False)
    name: str = "circle"


@frozen_identity
class Node:
    left: int
    right: int = 2


def test_arguments_are_positional_or_named_and_defaults_fill_in() -> None:
    assert Circle(1, 2.0) == Circle(place=1, radius=2.0, tags=[], name="circle")
    assert Circle(1, 2.0).tags is not Circle(1, 2.0).tags
    assert [f.name for f in fields(Circle)] == ["place", "radius", "tags", "name"]


@pytest.mark.parametrize(
    ("args", "named"),
    [((), {}), ((1,), {}), ((1, 2.0, [], "x", 5), {}), ((1, 2.0), {"radius": 3.0}), ((1, 2.0), {"size": 3})],
)
def test_wrong_arguments_are_refused(args: tuple[object, ...], named: dict[str, object]) -> None:
    with pytest.raises(TypeError):
        Circle(*args, **named)  # type: ignore[arg-type]


def test_equality_and_hash_leave_out_what_does_not_count() -> None:
    assert Circle(1, 2.0) == Circle(9, 2.0)
    assert hash(Circle(1, 2.0)) == hash(Circle(9, 2.0))
    assert Circle(1, 2.0) != Circle(1, 3.0)
    assert Shape(1) != Circle(1, 2.0)


def test_nothing_can_be_assigned_or_deleted() -> None:
    circle = Circle(1, 2.0)
    with pytest.raises(FrozenInstanceError):
        circle.radius = 3.0  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del circle.radius
    assert circle.radius == 2.0


def test_identity_counts_where_it_should() -> None:
    one, other = Node(left=1), Node(left=1)
    assert one != other
    assert len({one, other, one}) == 2
    with pytest.raises(TypeError):
        Node(1)  # type: ignore[misc]


def test_replaced_copied_matched_and_printed_as_a_dataclass() -> None:
    circle = replace(Circle(1, 2.0), radius=5.0)
    assert copy.deepcopy(circle) == circle
    match circle:
        case Circle(_, radius):
            assert radius == 5.0
    assert repr(circle) == "Circle(radius=5.0, tags=[], name='circle')"
