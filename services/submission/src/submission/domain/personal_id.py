"""Số định danh cá nhân: the outer form of a personal ID. Only the population database can say whether it was given out."""

import re
from typing import NewType

PersonalId = NewType("PersonalId", str)

# AAA province, B century and sex, CC year of birth, DDDDDD random; no check digit, so any twelve digits may be one.
_TWELVE_DIGITS = re.compile(r"[0-9]{12}")


def personal_id(text: str) -> PersonalId:
    """The text as a personal ID; raises ValueError if it is not twelve digits."""
    if _TWELVE_DIGITS.fullmatch(text) is None:
        raise ValueError("a personal ID has 12 digits / số định danh cá nhân gồm 12 chữ số")
    return PersonalId(text)
