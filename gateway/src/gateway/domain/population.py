"""People as the population database knows them: what fits an ID, and which given data match. Pure; it asks nobody.

CSDL quốc gia về dân cư. A comparison says of each field only whether it matches, never what the register has.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from chassis.text import nfc
from contracts.codes import Sex

_FIRST_CENTURY, _LAST_CENTURY = 19, 23
_TELLING = ("full_name", "date_of_birth", "sex")


@dataclass(frozen=True)
class Parent:
    """A parent, or the representative where there is none."""

    full_name: str = field(repr=False)
    nationality: str = ""


@dataclass(frozen=True)
class Birth:
    """What is told of a person for an ID (số định danh cá nhân): all that the law lets the register be sent."""

    full_name: str = field(repr=False)
    date_of_birth: date = field(repr=False)
    sex: Sex
    province_of_registration: str
    native_place: str = field(default="", repr=False)
    ethnicity: str = field(default="", repr=False)
    nationality: str = ""
    parents: tuple[Parent, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class RegisteredPerson:
    """Somebody who has an ID."""

    personal_id: str = field(repr=False)
    birth: Birth


class Match(StrEnum):
    """Whether a given value is the register's; `UNKNOWN` where the register has none."""

    MATCH = "match"
    MISMATCH = "mismatch"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class GivenData:
    """What is to be compared; None: not asked."""

    full_name: str | None = field(default=None, repr=False)
    date_of_birth: date | None = field(default=None, repr=False)
    sex: Sex | None = None
    native_place: str | None = field(default=None, repr=False)
    ethnicity: str | None = field(default=None, repr=False)
    nationality: str | None = field(default=None, repr=False)


def compared(given: GivenData, birth: Birth) -> Mapping[str, Match]:
    """Of each field that was given, whether it is the register's. Text is compared as NFC, whatever its case and spaces.

    Diacritics count: they tell one name from another.
    """
    found: dict[str, Match] = {}
    for name, value in vars(given).items():
        if value is None:
            continue
        known = getattr(birth, name)
        if known in ("", Sex.UNKNOWN):
            found[name] = Match.UNKNOWN
        else:
            found[name] = Match.MATCH if _plain(value) == _plain(known) else Match.MISMATCH
    return found


def same_birth(one: Birth, other: Birth) -> bool:
    """Whether both are of one person, as far as what must be there tells."""
    return all(_plain(getattr(one, name)) == _plain(getattr(other, name)) for name in _TELLING)


def id_fits(personal_id: str, birth: Birth) -> bool:
    """Whether an ID is of this birth: province of registration, century and sex, year (`AAA B CC DDDDDD`)."""
    if len(personal_id) != 12 or not (personal_id.isascii() and personal_id.isdigit()):
        return False
    return personal_id.startswith(_prefix(birth) or "?")


def has_id_digits(birth: Birth) -> bool:
    """Whether any ID exists for this sex and year of birth."""
    return _prefix(birth) is not None


def _prefix(birth: Birth) -> str | None:
    century = birth.date_of_birth.year // 100
    if not _FIRST_CENTURY <= century <= _LAST_CENTURY or birth.sex is Sex.UNKNOWN:
        return None
    century_and_sex = 2 * (century - _FIRST_CENTURY) + (birth.sex is Sex.FEMALE)
    return f"{birth.province_of_registration:0>3}{century_and_sex}{birth.date_of_birth.year % 100:02d}"


def _plain(value: object) -> object:
    return nfc(" ".join(nfc(value).casefold().split())) if isinstance(value, str) else value
