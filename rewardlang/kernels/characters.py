"""Characters in UTF-8: decoding and encoding one, and which are whitespace, as `str.isspace`."""

from __future__ import annotations

from rewardlang.kernels.memory import Bytes, bytes_in_range, compiled, load_byte, low_bits, trailing_zeros


@compiled
def character(buffer: Bytes, at: int) -> tuple[int, int]:
    """Decode the character at `at`: its code point, and its size in bytes."""
    byte = load_byte(buffer, at)
    if byte < 0x80:
        return byte, 1
    size = 2 if byte < 0xE0 else (3 if byte < 0xF0 else 4)
    code = byte & (0x7F >> size)
    for place in range(at + 1, at + size):
        code = (code << 6) | (load_byte(buffer, place) & 0x3F)
    return code, size


@compiled
def character_size(code: int) -> int:
    """Give the bytes that a code point takes."""
    return 1 + (code >= 0x80) + (code >= 0x800) + (code >= 0x10000)


@compiled
def put_character(buffer: Bytes, at: int, code: int) -> int:
    """Encode a code point at `at`, and give the place after it."""
    size = character_size(code)
    if size == 1:
        buffer[at] = code
        return at + 1
    for place in range(at + size - 1, at, -1):
        buffer[place] = 0x80 | (code & 0x3F)
        code >>= 6
    # The lead byte has as many leading ones as the character has bytes.
    buffer[at] = (0xF00 >> size) & 0xFF | code
    return at + size


@compiled
def space_width(buffer: Bytes, at: int, end: int) -> int:
    """Give the bytes of the whitespace character that begins at `at < end`, 0 if none does."""
    byte = load_byte(buffer, at)
    if byte < 0x80:
        return 1 if byte == 0x20 or 0x09 <= byte <= 0x0D or 0x1C <= byte <= 0x1F else 0
    if end - at < 2:
        return 0
    second = load_byte(buffer, at + 1)
    if byte == 0xC2:
        return 2 if second in (0x85, 0xA0) else 0
    if end - at < 3:
        return 0
    third = load_byte(buffer, at + 2)
    if byte == 0xE2:
        # U+2000..200A, 2028, 2029, 202F; U+205F.
        general = second == 0x80 and (third <= 0x8A or third in (0xA8, 0xA9, 0xAF))
        return 3 if general or (second == 0x81 and third == 0x9F) else 0
    # U+1680 and U+3000.
    ogham = byte == 0xE1 and second == 0x9A
    ideographic = byte == 0xE3 and second == 0x80
    return 3 if (ogham or ideographic) and third == 0x80 else 0


@compiled
def _wide_spaces(buffer: Bytes, at: int, start: int, end: int) -> int:
    """Give the mask of the bytes from `at` in whitespace characters beyond ASCII, those begun before `at` too."""
    mask = 0
    for place in range(max(start, at - 2), at):
        mask |= low_bits(max(0, place + space_width(buffer, place, end) - at))
    leads = bytes_in_range(buffer, at, 0xC2, 0xE3) & low_bits(end - at)
    while leads != 0:
        bit = trailing_zeros(leads)
        leads &= leads - 1
        mask |= low_bits(space_width(buffer, at + bit, end)) << bit
    return mask


@compiled
def space_mask(buffer: Bytes, at: int, start: int, end: int) -> int:
    """Give the mask of the 64 bytes from `at`, within the text start..end, that belong to whitespace characters."""
    inside = low_bits(end - at)
    mask = bytes_in_range(buffer, at, 0x09, 0x0D) | bytes_in_range(buffer, at, 0x1C, 0x20)
    if bytes_in_range(buffer, at, 0x80, 0xFF) & inside != 0:
        mask |= _wide_spaces(buffer, at, start, end)
    return mask & inside
