"""What the desk's queue shows of a dossier's time (xanh, vàng, đỏ), and which dossiers are open at all. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum

from contracts.codes import DossierStatus
from submission.domain.lifecycle import ENDS

OPEN = tuple(sorted(set(DossierStatus) - ENDS))
"""What the desk still has to do something about, the handing over included."""

RUNNING = (DossierStatus.NEW, DossierStatus.ACCEPTED, DossierStatus.PROCESSING)
"""Where the deadline's clock runs, whatever the settings."""


class Colour(StrEnum):
    """How a dossier stands with its due time."""

    ON_TIME = "on-time"
    DUE_SOON = "due-soon"
    OVERDUE = "overdue"


def colour(
    due_at: datetime, now: datetime, *, soon: timedelta, stopped_at: datetime | None, finished_at: datetime | None
) -> Colour:
    """As of now; while the clock stands still as of when it stopped, and once the result exists as of when it came."""
    until = finished_at or stopped_at or now
    if until > due_at:
        return Colour.OVERDUE
    return Colour.DUE_SOON if until is now and due_at - now <= soon else Colour.ON_TIME
