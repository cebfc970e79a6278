"""Mã định danh cơ quan (QĐ 20/2020/QĐ-TTg, QĐ 09/2025/QĐ-TTg): two notations of one code, turned into each other. Pure.

New, from left to right, the widest first: `H56.22.17`. Old, from right to left and filled up with zeros to four
segments: `000.17.22.H56`. The new one is canonical here.
"""

import re

MOST_CHARACTERS = 35
_TOP = re.compile(r"[A-Z][0-9]{2}")
_BELOW = re.compile(r"[0-9][0-9A-Z]{0,9}")
"""Begins with a digit: what begins with a letter is the top, and so tells the notation."""
_OLD_WIDTHS = (2, 2, 3)
"""How many zeros stand for a level that is not there, from the second level down."""


class NotAnAgencyCode(ValueError):
    """Neither notation. The message is for whoever wrote it."""


def canonical(code: str) -> str:
    """The code from left to right, whichever way it was written: `000.17.22.H56` is `H56.22.17`. Raises NotAnAgencyCode."""
    if len(code) > MOST_CHARACTERS:
        raise NotAnAgencyCode(f"An agency code has at most {MOST_CHARACTERS} characters.")
    segments = code.strip().upper().split(".")
    if not _TOP.fullmatch(segments[0]):
        segments.reverse()
    top, *below = segments
    if not _TOP.fullmatch(top) or not all(_BELOW.fullmatch(segment) for segment in below):
        raise NotAnAgencyCode("An agency code reads like H26, H56.22.17 or 000.17.22.H56.")
    return ".".join([top, *(segment for segment in below if segment.strip("0"))])


def former(code: str) -> str | None:
    """The old notation of a canonical code; None where it is too deep or too long for it."""
    top, *below = code.split(".")
    if len(below) > len(_OLD_WIDTHS):
        return None
    filled = below + ["0" * width for width in _OLD_WIDTHS[len(below) :]]
    old = ".".join([*reversed(filled), top])
    return old if len(old) <= MOST_CHARACTERS else None


def notations(code: str) -> frozenset[str]:
    """Every way to write this code, the canonical one among them. Raises NotAnAgencyCode."""
    new = canonical(code)
    old = former(new)
    return frozenset({new} if old is None else {new, old})
