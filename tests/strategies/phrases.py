"""Expressions of one number that need no parts drawn: forms that only fit the fields of `names.FIELDS`."""

from __future__ import annotations

from tests.strategies.names import Written

LATE = (
    Written("sum(late)", whole=True),
    Written("sum(late ?? [])"),
    Written("(if present(late) then sum(late) else 2)"),
    Written("mean(ws)", whole=True),
    Written("count(ws ?? [])"),
)

PAIRS = (
    Written("count(xs < rename(xs, time: earlier) over (time, earlier))"),
    Written("sum(max(xs * ys over other) ?? 0 over time)"),
    Written("max(zs - xs over (time, other))", whole=True),
)

ROOT = (
    Written("sqrt(a)", whole=True),
    Written("sqrt(abs(b))"),
    Written("log(abs(a) + 1)"),
    Written("log(b)", whole=True),
)

RECORDS = (
    Written("sum(length(items.tag), missing: skip)"),
    Written("sum(length(items.name) * items.size)"),
    Written("count(present(items.tag))"),
    Written("json(s, Item).size", whole=True),
    Written("(if present(json(s, Item)) then 1 else 0.5)"),
    Written("(items[0].size ?? b)"),
    Written("sum(sizes(items))"),
    Written("max(alike(items, rename(items, item: twin)) over (item, twin))", whole=True),
)

BOXES = (
    Written("mean(max(iou(boxes, truth) over found) ?? 0 over target)", whole=True),
    Written("sum(area(boxes))"),
    Written("sum(boxes.x1 - boxes.y2)"),
    Written("(spot.x + 2 * spot.y)"),
    Written("sum(if assign(iou(boxes, truth), by: in_order) then 1 else 0 over (found, target))"),
)

JSON = (
    Written("number(doc.x)", whole=True),
    Written('number(doc["y"][n])', whole=True),
    Written("length(string(doc.x))", whole=True),
    Written("count(keys(doc))", whole=True),
    Written("count(keys(doc) ?? [])"),
    Written("number(json(s).x)", whole=True),
    Written("sum(number(json_list(doc.y) ?? []), missing: skip)"),
    Written('(if doc == json("[1, 2]") ?? false then 1 else 2)'),
)
