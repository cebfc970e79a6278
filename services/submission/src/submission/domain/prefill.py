"""Điền sẵn: what a form can take over from a person's record in the population database. Pure; asks nobody."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from contracts.codes import Sex
from submission.domain.procedure import Procedure


@dataclass(frozen=True, slots=True)
class Person:
    """Who someone is, as the population database (CSDL quốc gia về dân cư) has it."""

    personal_id: str
    full_name: str
    date_of_birth: date
    sex: Sex
    ethnicity: str = ""
    nationality: str = ""

    def field(self, name: str) -> str | None:
        """A field by its name in our forms; None if it is not known."""
        said = {
            "personalId": self.personal_id,
            "fullName": self.full_name,
            "dateOfBirth": self.date_of_birth.isoformat(),
            "ethnicity": self.ethnicity,
            "nationality": self.nationality,
        }[name]
        return said or None


@dataclass(frozen=True, slots=True)
class PrefillPlace:
    """An object of a form (JSON pointer) that can be the person's, if she is of that sex, and the fields it takes."""

    at: str
    fields: tuple[str, ...]
    sex: Sex | None = None


@dataclass(frozen=True, slots=True)
class Prefilled:
    """Part of a form, and the JSON pointers that were filled in."""

    form: dict[str, Any]
    pointers: tuple[str, ...]


def prefilled(procedure: Procedure, case: str | None, person: Person, places: Iterable[PrefillPlace]) -> Prefilled:
    """What the form of the procedure has a place for, in this case. Objects stand at the top of a form."""
    form: dict[str, Any] = {}
    pointers: list[str] = []
    for place in places:
        part = place.at.removeprefix("/")
        if place.sex not in (None, person.sex) or not procedure.in_case(part, case):
            continue
        for name in place.fields:
            value = person.field(name)
            if value is not None and procedure.has_place(f"{place.at}/{name}"):
                form.setdefault(part, {})[name] = value
                pointers.append(f"/form{place.at}/{name}")
    return Prefilled(form, tuple(pointers))
