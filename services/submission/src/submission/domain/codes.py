"""Mã hồ sơ: how a dossier's code is made of agency, day and number, by the pattern of that day. Draws no number itself."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

_SHAPE = re.compile(r"[A-Z0-9.]{1,35}-[0-9]{6,8}-[0-9]{4,19}", re.ASCII)


@dataclass(frozen=True)
class CodePattern:
    """A pattern in force from a day on; the first one, without a day, since ever. `pattern` is a `str.format` template."""

    pattern: str
    agency: str
    valid_from: date | None = None

    def fill(self, day: date, number: int) -> str:
        """The code of the dossier with this number. The number's width is a least one: it never cuts."""
        return self.pattern.format(agency=self.agency, day=day, number=number)


def dossier_code(patterns: Sequence[CodePattern], day: date, number: int) -> str:
    """The code of a dossier received on a Hanoi day. `patterns` are in order of their days.

    Numbers come from one sequence and run on over days and agencies: unique whatever the pattern, and with gaps, since
    the number of a request that fails is not given back (giving it back would make every intake wait for the one before).
    """
    in_force = [row for row in patterns if row.valid_from is None or row.valid_from <= day]
    return in_force[-1].fill(day, number)


def looks_like_code(text: str) -> bool:
    """Whether this could be a dossier's code by any pattern: what cannot is not worth a query."""
    return _SHAPE.fullmatch(text) is not None
