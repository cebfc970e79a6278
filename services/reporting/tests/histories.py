"""Dossier histories as submission would tell them, and the slow recount that reports are held against."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import strategies as st

from chassis.clock import HANOI, hanoi_day
from contracts.codes import Channel
from contracts.submission import (
    DossierAccepted,
    DossierEvent,
    DossierFeeSettled,
    DossierFinished,
    DossierPaymentAwaited,
    DossierProcessingStarted,
    DossierReturned,
    DossierStopped,
    DossierSubmitted,
    FeeFacts,
)
from reporting.domain.report import Period, ReportII06a

PROCEDURES = ("1.001193", "1.000656")
UNITS = ("00004", "00118")
START = datetime(2016, 8, 10, 1, 0, tzinfo=UTC)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """An hour of a Hanoi day, as an instant."""
    return datetime.combine(day, time(hour, minute), HANOI).astimezone(UTC)


@dataclass(frozen=True)
class History:
    """One dossier, hours counted from its submission. `fee` hours: how long the fee was awaited, -1 for ever, None no fee.

    `end` hours: when it was finished or stopped, None not yet; it then was returned an hour later if `returned`.
    """

    code: str
    procedure: str
    unit: str
    channel: Channel
    submitted_at: datetime
    due_in: int
    fee: int | None = None
    end: int | None = None
    stopped: bool = False
    returned: bool = False

    @property
    def received_on(self) -> date:
        """Received after 15:00 counts as the next day."""
        return hanoi_day(self.submitted_at + timedelta(hours=9))

    @property
    def due_at(self) -> datetime:
        """Moved by as long as the clock stood still."""
        waited = max(self.fee or 0, 0)
        return at(self.received_on, 8) + timedelta(hours=self.due_in + waited)

    @property
    def resolved_at(self) -> datetime | None:
        return self.submitted_at + timedelta(hours=self.end) if self.end is not None else None

    def events(self) -> list[DossierEvent]:
        """All that submission states of it, in order."""
        version = 0

        def common() -> dict[str, object]:
            nonlocal version
            version += 1
            return {
                "version": version,
                "dossier_code": self.code,
                "procedure": self.procedure,
                "unit": self.unit,
                "channel": self.channel,
            }

        first_due = at(self.received_on, 8) + timedelta(hours=self.due_in)
        told: list[DossierEvent] = [
            DossierSubmitted.model_validate(
                common()
                | {
                    "received_on": self.received_on,
                    "due_at": first_due,
                    "fee_facts": FeeFacts(),
                    "owner": "001190000001",
                }
            )
        ]
        if self.fee is not None:
            told.append(DossierPaymentAwaited.model_validate(common() | {"amount": 5000}))
            if self.fee < 0:
                return told + self._end(common)
            told.append(DossierFeeSettled.model_validate(common() | {"due_at": self.due_at}))
        accepted = {"handled_by": "desk", "owner": "001190000001", "form": {}, "accepted_by": "officer-1"}
        told.append(DossierAccepted.model_validate(common() | accepted | {"due_at": self.due_at}))
        told.append(DossierProcessingStarted.model_validate(common()))
        return told + self._end(common)

    def _end(self, common: object) -> list[DossierEvent]:
        assert callable(common)
        if self.resolved_at is None:
            return []
        if self.stopped or (self.fee is not None and self.fee < 0):
            return [DossierStopped.model_validate(common() | {"reason": "x", "finished_at": self.resolved_at})]
        told: list[DossierEvent] = [
            DossierFinished.model_validate(common() | {"finished_at": self.resolved_at, "due_at": self.due_at})
        ]
        if self.returned:
            returned = {
                "returned_at": self.resolved_at + timedelta(hours=1),
                "returned_by": "officer-1",
                "online": False,
            }
            told.append(DossierReturned.model_validate(common() | returned))
        return told


_hours = st.integers(0, 12 * 24)
_one = st.builds(
    History,
    code=st.just(""),
    procedure=st.sampled_from(PROCEDURES),
    unit=st.sampled_from(UNITS),
    channel=st.sampled_from(Channel),
    submitted_at=_hours.map(lambda hours: START + timedelta(hours=hours)),
    due_in=st.one_of(st.just(9), st.integers(0, 7 * 24)),
    fee=st.one_of(st.none(), st.integers(-1, 48)),
    end=st.one_of(st.none(), st.integers(0, 10 * 24)),
    stopped=st.booleans(),
    returned=st.booleans(),
)


def histories(most: int = 12) -> st.SearchStrategy[list[History]]:
    """Dossiers of a fortnight in August 2016."""
    return st.lists(_one, max_size=most).map(numbered)


def numbered(given: Iterable[History]) -> list[History]:
    return [replace(history, code=f"H26-{number:07d}") for number, history in enumerate(given, 1)]


def recount(dossiers: Sequence[History], period: Period) -> ReportII06a:
    """Report II.06a by looking at every dossier, as an officer with the paper book would."""
    online = direct = carried = early = on_time = overdue = in_time = in_progress_overdue = 0
    for dossier in dossiers:
        received = dossier.received_on
        unpaid = dossier.fee is not None and dossier.fee < 0
        resolved = max(hanoi_day(dossier.resolved_at), received) if dossier.resolved_at else None
        if received > period.last or (resolved is not None and resolved < period.first):
            continue
        if received < period.first:
            carried += 1
        elif dossier.channel is Channel.ONLINE:
            online += 1
        else:
            direct += 1
        due = max(hanoi_day(dossier.due_at), received)
        if resolved is not None and dossier.resolved_at is not None and resolved <= period.last:
            if unpaid or resolved < due:
                early += 1
            elif resolved == due and dossier.resolved_at <= dossier.due_at:
                on_time += 1
            else:
                overdue += 1
        elif not unpaid and due <= period.last and due < period.today:
            in_progress_overdue += 1
        else:
            in_time += 1
    return ReportII06a(
        received=online + direct + carried,
        received_online=online,
        received_direct=direct,
        carried_over=carried,
        resolved=early + on_time + overdue,
        resolved_early=early,
        resolved_on_time=on_time,
        resolved_overdue=overdue,
        in_progress=in_time + in_progress_overdue,
        in_progress_in_time=in_time,
        in_progress_overdue=in_progress_overdue,
    )
