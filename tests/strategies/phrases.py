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

MOVED = (
    Written("hs[n]", whole=True),
    Written("sum(hs[index(time) + 1], missing: skip)"),
    Written("sum(xs[index(other)] * ys, missing: skip)"),
    Written("first(hs)", whole=True),
    Written("first(hs, missing: skip)", whole=True),
    Written("sum(reverse(hs) * xs, missing: skip)"),
    Written("sum(previous(hs) * xs, missing: skip)"),
    Written("sum(unique(hs, missing: skip))"),
    Written("sum(unique(hs, missing: spread))", whole=True),
    Written("sum(sort(hs, missing: spread) * index(time))", whole=True),
    Written("(sort(keep(hs, where: present(hs), missing: skip))[0] ?? 0.5)"),
    Written("sum(keep(hs, where: flags), missing: skip)"),
    Written("sum(sum(keep(hs, where: xs > ys + 0.137) over time, missing: skip) * ys)"),
    Written("lookup(hs, where: flags)", whole=True),
    Written("sum(occurrence(items.tag, missing: spread))", whole=True),
    Written('length(join(items.tag, "-", missing: skip))'),
    Written("jaccard(words(s), items.tag, missing: skip)"),
    Written("jaccard(items.tag, items.name, missing: skip)"),
    Written("count(ngrams(words(s), 2) over ngram)"),
    Written("length(words(s)[n])", whole=True),
    Written("sum(length(sort(rows)) * index(row))"),
    Written("count(ws ?? []) + sum(xs)"),
    Written("sum(unique(ws ?? []))"),
    Written("sum(xs * (ws ?? xs))"),
    Written("sum(if present(ws) then ws else xs)"),
    Written("sum(if index(time) == 1 then xs else 1)"),
    Written("sum(v * index(dim))"),
    Written("(v[n] ?? 0.25)"),
    Written("sum(if assign(length(rows) - ys, by: best) then 1.5 else 0 over (row, other))"),
)
