"""The personal ID (số định danh cá nhân): its structure, held against the person. Only the population database gives one.

Twelve digits `AAA B CC DDDDDD`: province of registration, century and sex, year of birth, six at random. No check digit.
"""

import re
from enum import StrEnum

from contracts.codes import Sex

_SHAPE = re.compile(r"[0-9]{12}")


class Fault(StrEnum):
    """What is wrong with an ID."""

    SHAPE = "shape"
    CENTURY_OR_SEX = "century-or-sex"
    YEAR = "year"


def is_personal_id(text: str) -> bool:
    """Whether the text has the shape of one: twelve digits."""
    return _SHAPE.fullmatch(text) is not None


def faults(personal_id: str, *, sex: Sex, year_of_birth: int) -> tuple[Fault, ...]:
    """What in the ID cannot belong to a person of this sex and year of birth; nothing if it may."""
    if not is_personal_id(personal_id):
        return (Fault.SHAPE,)
    found = []
    if int(personal_id[3]) not in _century_and_sex(sex, year_of_birth):
        found.append(Fault.CENTURY_OR_SEX)
    if int(personal_id[4:6]) != year_of_birth % 100:
        found.append(Fault.YEAR)
    return tuple(found)


def _century_and_sex(sex: Sex, year_of_birth: int) -> tuple[int, ...]:
    """The digit B: 0/1 for men/women of the 1900s, 2/3 of the 2000s and so on; either where the sex is not known."""
    century = 2 * ((year_of_birth - 1900) // 100)
    match sex:
        case Sex.MALE:
            return (century,)
        case Sex.FEMALE:
            return (century + 1,)
        case Sex.UNKNOWN:
            return (century, century + 1)
