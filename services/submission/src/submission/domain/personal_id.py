"""Số định danh cá nhân: the outer form of a personal ID, and what its digits tell. Only the population database can say more."""

import re
from dataclasses import dataclass
from typing import NewType

from contracts.codes import Sex

PersonalId = NewType("PersonalId", str)

# AAA province, B century and sex, CC year of birth, DDDDDD random; no check digit, so any twelve digits may be one.
_TWELVE_DIGITS = re.compile(r"[0-9]{12}")


@dataclass(frozen=True, slots=True)
class Told:
    """What the fourth to sixth digit of a personal ID say of its bearer."""

    sex: Sex
    year_of_birth: int


def personal_id(text: str) -> PersonalId:
    """The text as a personal ID; raises ValueError if it is not twelve digits."""
    if _TWELVE_DIGITS.fullmatch(text) is None:
        raise ValueError("a personal ID has 12 digits / số định danh cá nhân gồm 12 chữ số")
    return PersonalId(text)


def told_by(number: PersonalId) -> Told:
    """Century and sex: 0 a man and 1 a woman of the 1900s, 2 and 3 of the 2000s, and so on to 9 of the 2300s."""
    century_and_sex = int(number[3])
    sex = Sex.FEMALE if century_and_sex % 2 else Sex.MALE
    return Told(sex, 1900 + 100 * (century_and_sex // 2) + int(number[4:6]))
