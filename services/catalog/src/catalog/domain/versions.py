"""The lifecycle of a procedure's versions: what publishing or withdrawing one does. Pure: it reads no clock and no table.

Two versions of one code never stand on the same day. A new version may end one that was open-ended, on the day before
its own first day, and may correct one by taking its whole place; anything else that overlaps is refused. What was
published is never changed: only its last day may come earlier.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Status(StrEnum):
    """Where a version stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"  # bãi bỏ: it has a last day by decision, and is in force up to it
    CORRECTED = "corrected"  # its whole place was taken by a correction: it is in force on no day


class Action(StrEnum):
    """What can be done to a version. A draft can also be discarded: then it is gone."""

    CHANGE = "change"
    PUBLISH = "publish"
    CORRECT = "correct"
    WITHDRAW = "withdraw"


TRANSITIONS = {
    (Status.DRAFT, Action.CHANGE): Status.DRAFT,
    (Status.DRAFT, Action.PUBLISH): Status.PUBLISHED,
    (Status.PUBLISHED, Action.CORRECT): Status.CORRECTED,
    (Status.PUBLISHED, Action.WITHDRAW): Status.WITHDRAWN,
    (Status.WITHDRAWN, Action.CORRECT): Status.CORRECTED,  # a withdrawal that was a mistake
}

STANDING = frozenset({Status.PUBLISHED, Status.WITHDRAWN})
"""Versions in these are in force on the days of their validity."""


@dataclass(frozen=True)
class Version:
    """A version of one procedure: its number and the first and last day it is in force (None: no last day yet).

    `withdrawal` is the number that the news of its withdrawal took, so that no later version takes it again.
    """

    number: int
    status: Status
    valid_from: date
    valid_to: date | None = None
    withdrawal: int | None = None

    @property
    def reached(self) -> int:
        """The highest number that was stated of this version."""
        return self.withdrawal or self.number

    def overlaps(self, other: "Version") -> bool:
        return not (_ends_before(self, other.valid_from) or _ends_before(other, self.valid_from))


@dataclass(frozen=True)
class Publication:
    """What publishing does: numbers of versions that are corrected, and the version that ends with its new last day."""

    corrected: tuple[int, ...] = ()
    ended: tuple[int, date] | None = None


@dataclass(frozen=True)
class Overlap:
    """Publishing is refused: `other` is in force on days of the candidate."""

    other: Version


@dataclass(frozen=True)
class Outdated:
    """Publishing is refused: news of `newer`, of a higher number, is out, and who listens takes the higher as newer."""

    newer: Version


def next_number(versions: Iterable[Version]) -> int:
    """The number that the next draft, or the next withdrawal, of the code takes."""
    return max((version.reached for version in versions), default=0) + 1


def publication(candidate: Version, others: Iterable[Version]) -> Publication | Overlap | Outdated:
    """What must happen to the other versions of the code for `candidate` to be published."""
    standing = [version for version in others if version.status in STANDING]
    newer = max(standing, key=lambda version: version.reached, default=candidate)
    if newer.reached > candidate.number:
        return Outdated(newer)
    corrected: list[int] = []
    ended: tuple[int, date] | None = None
    for version in standing:
        if not version.overlaps(candidate):
            continue
        if _covers(candidate, version):
            corrected.append(version.number)
        elif version.valid_to is None and version.valid_from < candidate.valid_from:
            ended = (version.number, candidate.valid_from - timedelta(days=1))
        else:
            return Overlap(version)
    return Publication(tuple(corrected), ended)


def last_days(version: Version, today: date) -> tuple[date, date | None]:
    """The first and last day that a withdrawal may make the version's last: not gone by, and within its validity."""
    return max(today, version.valid_from), version.valid_to


def _ends_before(version: Version, day: date) -> bool:
    return version.valid_to is not None and version.valid_to < day


def _covers(candidate: Version, version: Version) -> bool:
    """Whether the candidate has the same first day and lasts at least as long, so that it can take the whole place."""
    if candidate.valid_from != version.valid_from:
        return False
    return candidate.valid_to is None or (version.valid_to is not None and version.valid_to <= candidate.valid_to)
