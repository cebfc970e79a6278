"""The commune's book (sổ đăng ký khai sinh): how numbers and volumes are counted and written. It hands none out.

Numbers run per office, kind and year, from 01, through the year even into a new volume ("số 45/2019, quyển 02/2019").
Offices begin in mid-book, so the first number of an office and year can be given.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class BookKind(StrEnum):
    """Which book a record stands in."""

    BIRTH = "birth"


@dataclass(frozen=True)
class Books:
    """How this installation keeps its books.

    `starts`: first number by "unit/year" where it is not 1. `volume_size`: records to a volume; None means that a
    year has one volume.
    """

    starts: Mapping[str, int] = field(default_factory=dict)
    volume_size: int | None = None

    def first_number(self, unit: str, year: int) -> int:
        """The number that the first record of the unit and year gets here."""
        return self.starts.get(f"{unit}/{year}", 1)

    def volume(self, number: int, year: int) -> str:
        """The volume (quyển) a number stands in, as it is written: `01/2026`."""
        place = 1 if self.volume_size is None else (number - 1) // self.volume_size + 1
        return f"{place:02d}/{year}"


def number_label(number: int, year: int) -> str:
    """A number (số) as it is written: `45/2026`, `01/2026`."""
    return f"{number:02d}/{year}"
