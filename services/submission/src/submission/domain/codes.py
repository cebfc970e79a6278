"""Mã hồ sơ: how a dossier's code is made of agency, day and number, by the pattern of that day. Draws no number itself."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

_SHAPE = re.compile(r"[A-Z0-9.]{1,35}-[0-9]{4,8}-[0-9]{4,19}", re.ASCII)


class Notation(StrEnum):
    """Which of the two codes of an agency that QĐ 20/2020/QĐ-TTg knows stands in a dossier's code."""

    FORMER = "former"  # 000.17.22.H56, from right to left
    CODE = "code"  # G09.20, from left to right


class Numbering(StrEnum):
    """From where numbers run: one sequence for all, or from 1 for each agency and day, or for each agency and year."""

    RUNNING = "running"
    AGENCY_DAY = "agency-day"
    AGENCY_YEAR = "agency-year"


@dataclass(frozen=True)
class CodePattern:
    """A pattern in force from a day on; the first one, without a day, since ever. `pattern` is a `str.format` template.

    `agency` stands where the unit has no agency of its own in the catalogue. Raises ValueError for a pattern by which two
    dossiers would get the same code, or one that does not look like a code.
    """

    pattern: str
    agency: str
    valid_from: date | None = None
    notation: Notation = Notation.CODE
    numbering: Numbering = Numbering.RUNNING

    def __post_init__(self) -> None:
        day = date(2026, 1, 1)
        other = {Numbering.AGENCY_DAY: date(2026, 1, 2), Numbering.AGENCY_YEAR: date(2027, 1, 1)}.get(
            self.numbering, day
        )
        codes = {self.fill(*parts) for parts in ((self.agency, day, 1), (self.agency, day, 2))}
        if self.numbering is not Numbering.RUNNING:
            codes |= {self.fill("H00", day, 1), self.fill(self.agency, other, 1)}
        if len(codes) < (2 if self.numbering is Numbering.RUNNING else 4) or not all(map(looks_like_code, codes)):
            raise ValueError(f"codes by the pattern {self.pattern!r} are not unique, or are none")

    def fill(self, agency: str, day: date, number: int) -> str:
        """The code of the dossier with this number. The number's width is a least one: it never cuts."""
        return self.pattern.format(agency=agency, day=day, number=number)

    def counter(self, agency: str, day: date) -> str | None:
        """The name of the counter that gives the number; None for the one sequence."""
        match self.numbering:
            case Numbering.RUNNING:
                return None
            case Numbering.AGENCY_DAY:
                return f"{agency}/{day.isoformat()}"
            case Numbering.AGENCY_YEAR:
                return f"{agency}/{day.year}"

    def agency_of(self, code: str | None, former_code: str | None) -> str:
        """The agency as it stands in the code, of a unit whose agency has these codes (None: none is known)."""
        return (former_code if self.notation is Notation.FORMER else code) or self.agency


def looks_like_code(text: str) -> bool:
    """Whether this could be a dossier's code by any pattern: what cannot is not worth a query."""
    return _SHAPE.fullmatch(text) is not None
