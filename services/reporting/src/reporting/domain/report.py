"""Report II.06a/VPCP/KSTT (tình hình, kết quả giải quyết TTHC) from sums of daily counts. It reads nothing itself.

Definitions, days being Hanoi days and F, T the first and last day of the period:

- received (3) = online (4) + at the counter or by post (5), received from F to T, + carried over (6): received before F
  and not resolved before F.
- resolved (7), resolved from F to T: early (8), before the due day; on time (9), on the due day and not after the due time;
  overdue (10), later. A dossier that was stopped (status 8) is resolved at that time. One that was stopped while a fee was
  awaited is early: its clock stood still.
- in progress (11), received until T and not resolved by the end of T: overdue (13) if the due day is over, else in time (12).
  In a period that is not over, the due day of today is not over: such a dossier is in time until midnight.
"""

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Period:
    """From the first day to the last, as seen on the day `today`."""

    first: date
    last: date
    today: date

    @property
    def due_until(self) -> date:
        """The last day of the period that is over: who fell due by then and is still in hand is overdue."""
        return min(self.last, self.today - timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Tally:
    """The sums the report is made of. `..._before`: on days before the period; the others from its first day to its last.

    `fell_due` and `answered_due` go from the beginning of time to `Period.due_until`: who fell due, and who of them was
    resolved on that day or later. `answered_since` are those resolved after their due day, between `due_until` and the
    last day of the period: what remains to be taken off where the period is not over.
    """

    received_before: int
    resolved_before: int
    received_online: int
    received_direct: int
    early: int
    on_time: int
    overdue: int
    fell_due: int
    answered_due: int
    answered_since: int


@dataclass(frozen=True, slots=True)
class ReportII06a:
    """The columns (3) to (13) of the form, in its order."""

    received: int
    received_online: int
    received_direct: int
    carried_over: int
    resolved: int
    resolved_early: int
    resolved_on_time: int
    resolved_overdue: int
    in_progress: int
    in_progress_in_time: int
    in_progress_overdue: int


def report(tally: Tally) -> ReportII06a:
    """The report of a period. (3) = (7) + (11) holds because (11) is what is left of (3) when (7) is taken away."""
    carried_over = tally.received_before - tally.resolved_before
    received = tally.received_online + tally.received_direct + carried_over
    resolved = tally.early + tally.on_time + tally.overdue
    in_progress = received - resolved
    overdue = tally.fell_due - tally.answered_due - tally.answered_since
    return ReportII06a(
        received=received,
        received_online=tally.received_online,
        received_direct=tally.received_direct,
        carried_over=carried_over,
        resolved=resolved,
        resolved_early=tally.early,
        resolved_on_time=tally.on_time,
        resolved_overdue=tally.overdue,
        in_progress=in_progress,
        in_progress_in_time=in_progress - overdue,
        in_progress_overdue=overdue,
    )
