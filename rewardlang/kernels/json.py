"""One pass from a column of JSON texts to one flat tape of nodes.

A text becomes its nodes in preorder; a member of an object is two nodes, its key and right after it its value. `stop`
is the index after a node's subtree, so the next sibling of node i is stop[i]. `payload` is the double's bits of a
number, the number of children of an array or object (a member counts once), and of a string -1, or where it has escapes
its row in `decoded`, the spans in the side buffer.
"""

from __future__ import annotations

import numpy as np

from rewardlang.kernels.json_scalars import (
    ARRAY,
    DECODED,
    HARD,
    INVALID,
    LARGEST,
    MINUS,
    NODES,
    OBJECT,
    QUOTE,
    SIDE,
    Bytes,
    Ints,
    Spans,
    Store,
    add_node,
    read_number,
    read_string,
    read_word,
    skip_space,
)
from rewardlang.kernels.words import kernel

MAX_DEPTH = 900  # json.loads gives up at about 990 levels, less what its caller's own stack holds
_INVALID_TEXT, _VALID_TEXT, _STORE_FULL = range(3)
_OPEN_ARRAY, _CLOSE_ARRAY, _OPEN_OBJECT, _CLOSE_OBJECT, _COMMA, _COLON = (ord(character) for character in "[]{},:")


@kernel
def _read_leaf(buffer: Bytes, position: int, end: int, store: Store) -> int:
    """Read a string, number or word; the position after it, or INVALID."""
    byte = buffer[position]
    if byte == QUOTE:
        return read_string(buffer, position, end, store)
    if 0x30 <= byte <= 0x39:
        return read_number(buffer, position, end, store)
    if byte == MINUS:
        if position + 1 < end and buffer[position + 1] == 0x49:
            position = read_word(buffer, position + 1, end, store)
            node = store.used[NODES] - 1
            if position != INVALID:
                store.start[node] -= 1
                store.value[node] = -np.inf
            return position
        return read_number(buffer, position, end, store)
    return read_word(buffer, position, end, store)


@kernel
def _read_key(buffer: Bytes, position: int, end: int, store: Store) -> int:
    """Read a member's key, the colon and the white space around; the position of the value, or INVALID."""
    if position >= end or buffer[position] != QUOTE:
        return INVALID
    position = read_string(buffer, position, end, store)
    if position == INVALID:
        return INVALID
    position = skip_space(buffer, position, end)
    if position >= end or buffer[position] != _COLON:
        return INVALID
    return skip_space(buffer, position + 1, end)


@kernel
def _close_containers(buffer: Bytes, position: int, end: int, store: Store, depth: int) -> tuple[int, int]:
    """After a value: close what ends here and step over the comma and the next key; (next value's position, depth)."""
    while depth > 0 and position != INVALID:
        position = skip_space(buffer, position, end)
        if position >= end:
            return INVALID, depth
        byte = buffer[position]
        node = store.stack[depth - 1]
        is_object = store.kind[node] == OBJECT
        if byte == _COMMA:
            position = skip_space(buffer, position + 1, end)
            return (_read_key(buffer, position, end, store) if is_object else position), depth
        if byte != (_CLOSE_OBJECT if is_object else _CLOSE_ARRAY):
            return INVALID, depth
        position += 1
        if is_object:
            store.used[LARGEST] = max(store.used[LARGEST], store.payload[node])
        store.end[node] = position
        store.stop[node] = store.used[NODES]
        depth -= 1
    return position, depth


@kernel
def _read_value(buffer: Bytes, position: int, end: int, store: Store, depth: int) -> tuple[int, int]:
    """Read a leaf, or open a container, and go on to where the next value starts; (that position, depth).

    At depth 0 the text's value is complete. The position is INVALID where this is no JSON.
    """
    if position >= end:
        return INVALID, depth
    byte = buffer[position]
    if depth > 0:
        store.payload[store.stack[depth - 1]] += 1
    if byte in (_OPEN_ARRAY, _OPEN_OBJECT):
        if depth == MAX_DEPTH:
            return INVALID, depth
        store.stack[depth] = add_node(store, ARRAY if byte == _OPEN_ARRAY else OBJECT, position, 0, 0)
        depth += 1
        position = skip_space(buffer, position + 1, end)
        # In ASCII a closing bracket or brace stands two after the opening one.
        if position < end and buffer[position] != byte + 2:
            return (_read_key(buffer, position, end, store) if byte == _OPEN_OBJECT else position), depth
    else:
        position = _read_leaf(buffer, position, end, store)
    return _close_containers(buffer, position, end, store, depth)


@kernel
def _parse_text(buffer: Bytes, position: int, end: int, store: Store) -> int:
    depth = 0
    position = skip_space(buffer, position, end)
    while True:
        # A turn adds at most a value and the next member's key.
        if store.used[NODES] + 2 > len(store.kind):
            return _STORE_FULL
        position, depth = _read_value(buffer, position, end, store, depth)
        if position == INVALID:
            return _INVALID_TEXT
        if depth == 0:
            return _VALID_TEXT if skip_space(buffer, position, end) == end else _INVALID_TEXT


@kernel
def parse_rows(source: Spans, store: Store, roots: Ints, row: int) -> int:
    """Parse texts from `row` on into `store` and `roots` (-1: no JSON value); the row for which the store is full.

    Shapes: source and roots [rows]. The answer is the number of rows when all are parsed.
    """
    while row < len(roots):
        nodes, side, decoded, hard = store.used[NODES], store.used[SIDE], store.used[DECODED], store.used[HARD]
        status = _parse_text(source.buffer, source.starts[row], source.ends[row], store)
        roots[row] = nodes
        if status != _VALID_TEXT:
            roots[row] = -1
            store.used[NODES] = nodes
            store.used[SIDE] = side
            store.used[DECODED] = decoded
            store.used[HARD] = hard
        if status == _STORE_FULL:
            break
        row += 1
    return row
