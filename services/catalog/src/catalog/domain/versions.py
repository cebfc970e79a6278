"""The lifecycle of a procedure's versions: what publishing one does to the others. Pure: it reads no clock and no table.

Two published versions of one code never overlap. A new version may end one that was open-ended, on the day before its
own first day, and may correct one by taking its whole place; anything else that overlaps is refused.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Status(StrEnum):
    """Where a version stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"  # its place was taken by a correction


class Action(StrEnum):
    """What can be done to a version."""

    PUBLISH = "publish"
    CORRECT = "correct"


TRANSITIONS = {
    (Status.DRAFT, Action.PUBLISH): Status.PUBLISHED,
    (Status.PUBLISHED, Action.CORRECT): Status.WITHDRAWN,
}


@dataclass(frozen=True)
class Version:
    """A version of one procedure: its number and the first and last day it is in force (None: no last day yet)."""

    number: int
    status: Status
    valid_from: date
    valid_to: date | None = None

    def overlaps(self, other: "Version") -> bool:
        return not (_ends_before(self, other.valid_from) or _ends_before(other, self.valid_from))


@dataclass(frozen=True)
class Publication:
    """What publishing does: numbers of versions that are withdrawn, and the version that ends with its new last day."""

    withdrawn: tuple[int, ...] = ()
    ended: tuple[int, date] | None = None


@dataclass(frozen=True)
class Overlap:
    """Publishing is refused: `other` is in force on days of the candidate."""

    other: Version


@dataclass(frozen=True)
class Outdated:
    """Publishing is refused: `newer`, of a higher number, is already out, and who listens takes the higher as newer."""

    newer: Version


def publication(candidate: Version, others: Iterable[Version]) -> Publication | Overlap | Outdated:
    """What must happen to the other versions of the code for `candidate` to be published."""
    published = [version for version in others if version.status is Status.PUBLISHED]
    newer = max(published, key=lambda version: version.number, default=candidate)
    if newer.number > candidate.number:
        return Outdated(newer)
    withdrawn: list[int] = []
    ended: tuple[int, date] | None = None
    for version in published:
        if not version.overlaps(candidate):
            continue
        if _covers(candidate, version):
            withdrawn.append(version.number)
        elif version.valid_to is None and version.valid_from < candidate.valid_from:
            ended = (version.number, candidate.valid_from - timedelta(days=1))
        else:
            return Overlap(version)
    return Publication(tuple(withdrawn), ended)


def _ends_before(version: Version, day: date) -> bool:
    return version.valid_to is not None and version.valid_to < day


def _covers(candidate: Version, version: Version) -> bool:
    """Whether the candidate has the same first day and lasts at least as long, so that it can take the whole place."""
    if candidate.valid_from != version.valid_from:
        return False
    return candidate.valid_to is None or (version.valid_to is not None and version.valid_to <= candidate.valid_to)
