"""Codes of agencies (mã định danh cơ quan, QĐ 20/2020/QĐ-TTg) in both notations that live side by side. Pure.

From left to right, the agency's root first: `H56.22.17`. As it was before, from right to left, empty levels written
out: `000.17.22.H56`. Both say the same; this module turns either into the other.
"""

import re
from dataclasses import dataclass

LONGEST = 35
"""Characters a code may have, in either notation."""

_ROOT = re.compile(r"[A-Z][0-9]{2}")
_LEVEL = re.compile(r"[0-9]{2,3}")
_EMPTY = ("00", "00", "000")
"""How the former notation writes the levels below the root that a code does not use."""


class NotAnAgencyCode(ValueError):
    """The text is an agency's code in neither notation."""


@dataclass(frozen=True)
class AgencyCode:
    """A code: its root, and the levels below it from the top."""

    root: str
    levels: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """From left to right: `H56.22.17`."""
        return ".".join((self.root, *self.levels))

    @property
    def former(self) -> str:
        """From right to left, as before: `000.17.22.H56`."""
        return ".".join(reversed((self.root, *self.levels, *_EMPTY[len(self.levels) :])))


def agency_code(text: str) -> AgencyCode:
    """The code that a text says, in either notation. Raises NotAnAgencyCode."""
    groups = text.split(".")
    if _ROOT.fullmatch(groups[0]):
        levels = groups[1:]
        if levels and _is_empty(levels[-1]):
            raise NotAnAgencyCode("the last level of a code is not empty")
    elif _ROOT.fullmatch(groups[-1]) and len(groups) > len(_EMPTY):
        levels = groups[-2::-1]
        while levels and _is_empty(levels[-1]):
            levels.pop()
    else:
        raise NotAnAgencyCode("neither H26.01.02 nor 000.02.01.H26")
    if not all(_LEVEL.fullmatch(level) for level in levels):
        raise NotAnAgencyCode("a level has two or three digits")
    found = AgencyCode(groups[0] if _ROOT.fullmatch(groups[0]) else groups[-1], tuple(levels))
    if max(len(text), len(found.code), len(found.former)) > LONGEST:
        raise NotAnAgencyCode(f"longer than {LONGEST} characters")
    return found


def _is_empty(level: str) -> bool:
    return not level.strip("0")
