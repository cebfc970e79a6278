"""Tells whether two declarations speak of the same birth, so that no child is registered twice and twins both are.

Same birth: same child's name, same date of birth, and the same mother, or the same father, or (where their personal
IDs cannot settle it) the same parents' names. It does not look anything up.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from chassis.text import folded


@dataclass(frozen=True)
class ParentIdentity:
    """What a parent is told by. The name is as written, with its accents."""

    name: str
    personal_id: str | None = None


@dataclass(frozen=True)
class BirthIdentity:
    """What a birth is told by."""

    child_name: str
    date_of_birth: date
    mother: ParentIdentity | None = None
    father: ParentIdentity | None = None


def same_birth(one: BirthIdentity, other: BirthIdentity) -> bool:
    """Whether both are the registration of one child."""
    if one.date_of_birth != other.date_of_birth or not same_name(one.child_name, other.child_name):
        return False
    pairs = ((one.mother, other.mother), (one.father, other.father))
    by_id = [_same_id(mine, theirs) for mine, theirs in pairs]
    if True in by_id:
        return True
    if False in by_id:
        return False
    return any(mine for mine, _ in pairs) and all(_same_parent_name(mine, theirs) for mine, theirs in pairs)


def is_duplicate(birth: BirthIdentity, known: Iterable[BirthIdentity]) -> bool:
    """Whether the birth is among those already registered or under way."""
    return any(same_birth(birth, other) for other in known)


def named_twice(births: Sequence[BirthIdentity]) -> int | None:
    """The place of the first child of one dossier that bears the name of one before it; None if none does.

    Parents and, as a rule, the day are the same for all of them, so that only the name can tell twins apart.
    """
    for place, birth in enumerate(births):
        if any(same_name(birth.child_name, other.child_name) for other in births[:place]):
            return place
    return None


def same_name(one: str, other: str) -> bool:
    """Whether two written names are one name: however its tone marks are placed (HÒA, HOÀ), or typed without accents.

    Names that differ in an accent both times written (MINH ANH, MINH ÁNH) are two names: so twins are called, and to
    take them for one child is the fault that kept twins from being registered.
    """
    if folded(one) != folded(other):
        return False
    return _spelled(one) == _spelled(other) or _without_accents(one) or _without_accents(other)


def _same_id(one: ParentIdentity | None, other: ParentIdentity | None) -> bool | None:
    if one is None or other is None or one.personal_id is None or other.personal_id is None:
        return None
    return one.personal_id == other.personal_id


def _same_parent_name(one: ParentIdentity | None, other: ParentIdentity | None) -> bool:
    if one is None or other is None:
        return one is other
    return same_name(one.name, other.name)


def _spelled(name: str) -> tuple[tuple[str, str], ...]:
    """Each syllable as its letters and, apart from them and in one order, its marks."""
    syllables = (unicodedata.normalize("NFD", syllable) for syllable in name.lower().split())
    return tuple(
        (
            "".join(char for char in syllable if not unicodedata.combining(char)),
            "".join(sorted(char for char in syllable if unicodedata.combining(char))),
        )
        for syllable in syllables
    )


def _without_accents(name: str) -> bool:
    return " ".join(name.lower().split()) == folded(name)
