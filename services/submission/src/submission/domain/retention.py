"""How long a closed dossier keeps its personal data (thời hạn lưu trữ dữ liệu cá nhân), by dated rows. Pure; it erases nothing."""

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from chassis.clock import HANOI
from contracts.codes import DossierStatus
from submission.domain.dossier import Dossier
from submission.domain.lifecycle import ENDS

ERASED = "đã xóa"
"""Stands where a name or a personal ID was; no owner, since an owner is a personal ID or an account."""

CLOSED = tuple(sorted(ENDS))


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """One row: dossiers that were closed in one of these statuses lose their personal data after `months`.

    `procedure` None: of every procedure that has no row of its own. `months` None: they keep it. `source`: the law, or the
    words that say that this is only a setting.
    """

    id: str
    statuses: tuple[DossierStatus, ...]
    procedure: str | None
    months: int | None
    source: str
    valid_from: date | None = None

    def __post_init__(self) -> None:
        if open_ones := [status.name for status in self.statuses if status not in CLOSED]:
            raise ValueError(f"retention row {self.id} names dossiers that are not closed: {open_ones}")
        if self.months is not None and self.months < 1:
            raise ValueError(f"retention row {self.id} would erase at once")


@dataclass(frozen=True, slots=True)
class Due:
    """What a rule lets go today: dossiers of this status closed before `before`, but not those of `other_procedures`."""

    rule: RetentionRule
    status: DossierStatus
    before: datetime
    other_procedures: tuple[str, ...]


def due_on(rules: Sequence[RetentionRule], today: date) -> list[Due]:
    """What is let go on a Hanoi day, by the rows in force; of two rows for the same, the newer one counts."""
    in_force = _in_force(rules, today)
    found = []
    for (status, procedure), rule in in_force.items():
        if rule.months is None:
            continue
        others = tuple(sorted(own for at, own in in_force if at is status and own is not None and procedure is None))
        found.append(Due(rule, status, _start_of_day(_months_before(today, rule.months)), others))
    return found


def is_erased(dossier: Dossier) -> bool:
    """Whether its personal data was erased."""
    return dossier.filed.owner == ERASED


def _in_force(rules: Iterable[RetentionRule], today: date) -> dict[tuple[DossierStatus, str | None], RetentionRule]:
    dated = sorted(
        (rule for rule in rules if rule.valid_from is None or rule.valid_from <= today),
        key=lambda rule: rule.valid_from or date.min,
    )
    return {(status, rule.procedure): rule for rule in dated for status in rule.statuses}


def _months_before(day: date, months: int) -> date:
    whole = day.year * 12 + day.month - 1 - months
    year, month = divmod(whole, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _start_of_day(day: date) -> datetime:
    return datetime.combine(day, time(), HANOI).astimezone(UTC)
