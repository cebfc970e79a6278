"""A circuit breaker: after several failures in a row, the other side is left alone for a while, then tried with one call.

Pure arithmetic on a clock that is handed in; it calls nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


def delay_after(failures: int, delays: Sequence[float]) -> float:
    """The pause after so many failures in a row (from 1); the last one is repeated for as long as it takes."""
    return delays[min(failures, len(delays)) - 1]


class Position(StrEnum):
    """How a breaker stands, as an operator is shown it."""

    CLOSED = "closed"  # calls go through
    OPEN = "open"  # calls are held back
    PROBING = "probing"  # one call is out to see whether it is over


@dataclass
class Breaker:
    """Counts failures in a row of one other side. `delays` are the pauses, longer with each probe that fails."""

    delays: Sequence[float]
    threshold: int = 5
    failures: int = 0
    probe_at: float = 0.0
    probing: bool = False

    @property
    def open(self) -> bool:
        """Whether calls are held back."""
        return self.failures >= self.threshold

    @property
    def position(self) -> Position:
        """How it stands."""
        if not self.open:
            return Position.CLOSED
        return Position.PROBING if self.probing else Position.OPEN

    def calls_allowed(self, now: float, most: int) -> int:
        """How many calls may be made now: all while it is closed; while it is open none, or one once the pause is over."""
        if not self.open:
            return most
        return 1 if now >= self.probe_at else 0

    def admits(self, now: float) -> bool:
        """Whether this one call may be made now. While it is open the first to ask after the pause is the probe.

        A probe that never reports (its caller was stopped) is given up after another such pause.
        """
        if not self.calls_allowed(now, 1):
            return False
        if self.open:
            self.probing = True
            self.probe_at = now + self._pause()
        return True

    def succeeded(self) -> None:
        """An answer came, whatever it says."""
        self.failures = 0
        self.probing = False

    def failed(self, now: float) -> None:
        """No answer came that can be relied on."""
        self.failures += 1
        self.probing = False
        if self.open:
            self.probe_at = now + self._pause()

    def _pause(self) -> float:
        return delay_after(self.failures - self.threshold + 1, self.delays)
