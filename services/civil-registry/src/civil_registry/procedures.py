"""Which procedures are registrations of a birth, read from the data file. It knows no other procedure."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from importlib import resources


@dataclass(frozen=True)
class BirthProcedure:
    """A row of data/birth_procedures.json. `pattern` is a code, or codes with `*`; dates are first and last day."""

    pattern: str
    valid_from: date
    valid_to: date

    def covers(self, procedure: str, day: date) -> bool:
        """Whether this row says that the procedure registers births on that day."""
        return fnmatchcase(procedure, self.pattern) and self.valid_from <= day <= self.valid_to


def birth_procedures() -> tuple[BirthProcedure, ...]:
    """The rows of the data file."""
    rows = json.loads(
        (resources.files("civil_registry") / "data" / "birth_procedures.json").read_text(encoding="utf-8")
    )
    return tuple(
        BirthProcedure(
            row["procedure"],
            date.fromisoformat(row["validFrom"]) if row["validFrom"] else date.min,
            date.fromisoformat(row["validTo"]) if row["validTo"] else date.max,
        )
        for row in rows
    )


def registers_birth(procedure: str, day: date, rows: Sequence[BirthProcedure]) -> bool:
    """Whether the procedure registers births on that day."""
    return any(row.covers(procedure, day) for row in rows)
