"""The `Range` header (RFC 9110 §14): which bytes of a file are asked for. One range; of several the whole is given."""

import re
from dataclasses import dataclass

from submission.problems.files import RangeNotSatisfiable

_RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})")


@dataclass(frozen=True, slots=True)
class Wanted:
    """So many bytes from `start` on; `partial` if that was asked for."""

    start: int
    size: int
    partial: bool


def part_wanted(header: str | None, size: int) -> Wanted:
    """What is asked for of a file of that size; a header that is not understood asks for all. Raises RangeNotSatisfiable."""
    match = _RANGE.fullmatch(header.strip()) if header is not None else None
    if match is None or not any(match.groups()):
        return Wanted(0, size, partial=False)
    first, last = match.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < int(first):
            return Wanted(0, size, partial=False)
    if start >= size:
        raise RangeNotSatisfiable(size)
    return Wanted(start, end - start, partial=True)
