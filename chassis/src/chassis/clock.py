"""Time as the house counts it: an injected clock, UTC instants, Hanoi days. Nothing else may ask the machine for the time."""

from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


class Clock(Protocol):
    """Tells the business time. Infrastructure (token expiry, retry delays) uses the machine's own time instead."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        """The present instant in UTC."""
        return datetime.now(UTC)


class SettableClock:
    """A clock that can be stood at any instant: for tests, and for the sandbox that replays August 2016.

    Unset, it shows the machine's time; set, it stands still until it is set again or moved by `advance`.
    """

    def __init__(self, at: datetime | None = None) -> None:
        self._at = at

    def now(self) -> datetime:
        """The instant it was set to, or the machine's."""
        return self._at or datetime.now(UTC)

    def set(self, at: datetime | None) -> None:
        """Stand at `at` (aware); None lets it run with the machine again."""
        self._at = at.astimezone(UTC) if at else None

    def advance(self, by: timedelta) -> None:
        """Move a standing clock forward."""
        self._at = self.now() + by


def hanoi_day(instant: datetime) -> date:
    """The calendar day in Hanoi (UTC+7) on which an instant falls."""
    return instant.astimezone(HANOI).date()
