"""The dated rules of time beside a procedure's own limit: how long for a supplement, an extension, a check; when to warn.

Plain values; they come from data/*.json by submission.rules.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from submission.domain.dated import in_force


class AlertKind(StrEnum):
    """What the desk is told of: a due time is near, it is past, or what came online is not checked in time."""

    WARNING = "warning"
    OVERDUE = "overdue"
    CHECK_LATE = "check-late"


@dataclass(frozen=True)
class SupplementWindow:
    """Thời hạn bổ sung: working days the applicant has. `procedure` None: of procedures that no other row names."""

    working_days: int
    procedure: str | None = None
    valid_from: date | None = None


@dataclass(frozen=True)
class ExtensionRule:
    """By how many working days at most a dossier may be extended, the one time that it may."""

    working_days: int
    valid_from: date | None = None


@dataclass(frozen=True)
class CheckRule:
    """Within how much work of the desk what came online is checked."""

    within: timedelta
    valid_from: date | None = None


@dataclass(frozen=True)
class AlertRule:
    """How much work before the instant in question the alert is given, and which roles it is for."""

    kind: AlertKind
    before: timedelta
    roles: tuple[str, ...]
    valid_from: date | None = None


def window_of(windows: Sequence[SupplementWindow], procedure: str, day: date) -> int:
    """Working days to supplement a dossier of this procedure, where the catalogue publishes none."""
    own = [row for row in windows if row.procedure == procedure and (row.valid_from or day) <= day]
    return in_force(own or [row for row in windows if row.procedure is None], day).working_days
