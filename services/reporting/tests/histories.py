"""Dossier histories as submission would tell them, and the slow recount that reports are held against."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple

from hypothesis import strategies as st

from chassis.clock import HANOI, hanoi_day
from contracts.codes import Channel, DossierStatus
from contracts.submission import (
    ComponentCounts,
    DossierAccepted,
    DossierEvent,
    DossierExtended,
    DossierFeeSettled,
    DossierFinished,
    DossierPaymentAwaited,
    DossierProcessingStarted,
    DossierRefused,
    DossierReturned,
    DossierStopped,
    DossierSubmitted,
    DossierSupplemented,
    DossierSupplementRequested,
    DossierWithdrawn,
    FeeFacts,
)
from reporting.domain.report import Period, ReportII06a

PROCEDURES = ("1.001193", "1.000656")
UNITS = ("00004", "00118")
START = datetime(2016, 8, 10, 1, 0, tzinfo=UTC)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """An hour of a Hanoi day, as an instant."""
    return datetime.combine(day, time(hour, minute), HANOI).astimezone(UTC)


class Told(NamedTuple):
    """An event, and when it was stated."""

    event: DossierEvent
    at: datetime


class Ending(StrEnum):
    FINISHED = "finished"
    STOPPED = "stopped"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class History:
    """One dossier, hours counted from its submission. `fee` hours: how long the fee was awaited, -1 for ever, None no fee.

    `end` hours: when it was finished or otherwise ended, None not yet; it then was returned an hour later if `returned`.
    `asks`: when a supplement was asked for, and the hours it took to come, -1 never. `extended_by` hours: a later due time.
    """

    code: str
    procedure: str
    unit: str
    channel: Channel
    submitted_at: datetime
    due_in: int
    fee: int | None = None
    end: int | None = None
    ending: Ending = Ending.FINISHED
    returned: bool = False
    asks: tuple[tuple[int, int], ...] = ()
    extended_by: int | None = None
    assisted: bool = False
    verified: bool = False
    electronic: bool = False
    components: ComponentCounts | None = None

    @property
    def received_on(self) -> date:
        """Received after 15:00 counts as the next day."""
        return hanoi_day(self.submitted_at + timedelta(hours=9))

    @property
    def supplements(self) -> tuple[tuple[int, int], ...]:
        """Those of `asks` that could be: one after the other, of a dossier that was accepted, and before its end."""
        found: list[tuple[int, int]] = []
        free = 0
        for asked, waited in sorted(self.asks) if self.fee is None or self.fee >= 0 else ():
            ends = asked + max(waited, 0)
            if free < 0 or asked < free or (self.end is not None and ends > self.end):
                continue
            if waited < 0 and self.ending is Ending.FINISHED and self.end is not None:
                continue
            found.append((asked, waited))
            free = ends if waited >= 0 else -1
        return tuple(found)

    @property
    def stands_still(self) -> bool:
        """Whether its clock stood still to the end, or does now."""
        never_paid = self.fee is not None and self.fee < 0
        return never_paid or any(waited < 0 for _, waited in self.supplements)

    def due_after(self, answered: int) -> datetime:
        """Moved by as long as the clock stood still, for the fee and that many supplements."""
        waited = max(self.fee or 0, 0) + sum(max(hours, 0) for _, hours in self.supplements[:answered])
        return at(self.received_on, 8) + timedelta(hours=self.due_in + waited)

    @property
    def due_at(self) -> datetime:
        """The last due time told."""
        extended = self.extended_by if self.extended_by and self._is_accepted and not self.stands_still else 0
        return self.due_after(len(self.supplements)) + timedelta(hours=extended)

    @property
    def _is_accepted(self) -> bool:
        return self.fee is None or self.fee >= 0

    @property
    def resolved_at(self) -> datetime | None:
        return self.submitted_at + timedelta(hours=self.end) if self.end is not None else None

    def as_of(self, now: datetime) -> "History":
        """What of it has happened by then."""
        passed = int((now - self.submitted_at).total_seconds() // 3600)
        if self.end is not None and self.end <= passed:
            return self
        asks = tuple(
            (asked, waited if 0 <= waited <= passed - asked else -1)
            for asked, waited in self.supplements
            if asked <= passed
        )
        return replace(self, end=None, asks=asks, extended_by=None)

    def events(self) -> list[DossierEvent]:
        """All that submission states of it, in order."""
        return [told.event for told in self.told()]

    def told(self) -> list[Told]:
        """All that submission states of it, in order, and when: of what is counted by that."""
        told: list[Told] = []

        def say(kind: type[DossierEvent], *, hour: int = 0, **fields: object) -> None:
            of = {"version": len(told) + 1, "dossier_code": self.code, "procedure": self.procedure}
            known = of | {"unit": self.unit, "channel": self.channel}
            told.append(Told(kind.model_validate(known | fields), self.submitted_at + timedelta(hours=hour)))

        say(
            DossierSubmitted,
            received_on=self.received_on,
            due_at=at(self.received_on, 8) + timedelta(hours=self.due_in),
            fee_facts=FeeFacts(),
            owner="001190000001",
            assisted=self.assisted,
            identity_verified=self.verified,
            components=self.components,
        )
        if self.fee is not None:
            say(DossierPaymentAwaited, amount=5000)
            if self.fee >= 0:
                say(DossierFeeSettled, due_at=self.due_after(0))
        if self._is_accepted:
            say(
                DossierAccepted,
                handled_by="desk",
                owner="001190000001",
                form={},
                accepted_by="officer-1",
                due_at=self.due_after(0),
            )
            say(DossierProcessingStarted)
            self._supplementing(say)
            if self.due_at != self.due_after(len(self.supplements)):
                say(
                    DossierExtended,
                    cause="extension",
                    reason="x",
                    previous_due_at=self.due_after(len(self.supplements)),
                    due_at=self.due_at,
                )
        self._ending(say)
        return told

    def _supplementing(self, say: Callable[..., None]) -> None:
        for place, (asked, waited) in enumerate(self.supplements, 1):
            say(DossierSupplementRequested, hour=asked, reason="x", supplement_by=self.due_at, request=place)
            if waited >= 0:
                say(
                    DossierSupplemented,
                    hour=asked + waited,
                    status=DossierStatus.PROCESSING,
                    due_at=self.due_after(place),
                    components=self.components,
                )

    def _ending(self, say: Callable[..., None]) -> None:
        ended = self.resolved_at
        if ended is None:
            return
        match self.ending:
            case Ending.FINISHED if not self._is_accepted:
                say(DossierStopped, reason="x", finished_at=ended)
            case Ending.STOPPED:
                say(DossierStopped, reason="x", finished_at=ended)
            case Ending.REFUSED:
                say(DossierRefused, reason="x", refused_at=ended, lapsed=self.stands_still)
            case Ending.WITHDRAWN:
                say(DossierWithdrawn, withdrawn_at=ended)
            case Ending.FINISHED:
                say(
                    DossierFinished,
                    finished_at=ended,
                    due_at=self.due_at,
                    electronic_result=self.electronic,
                    components=self.components,
                    supplement_requests=len(self.supplements),
                )
                if self.returned:
                    say(
                        DossierReturned,
                        returned_at=ended + timedelta(hours=1),
                        returned_by="officer-1",
                        online=False,
                    )


papers = st.builds(
    ComponentCounts,
    total=st.integers(0, 3),
    digitised=st.integers(0, 3),
    reused=st.integers(0, 3),
    from_national_store=st.integers(0, 3),
)
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
    ending=st.sampled_from(Ending),
    returned=st.booleans(),
    asks=st.lists(st.tuples(st.integers(0, 6 * 24), st.integers(-1, 72)), max_size=3).map(tuple),
    extended_by=st.one_of(st.none(), st.integers(1, 72)),
    assisted=st.booleans(),
    verified=st.booleans(),
    electronic=st.booleans(),
    components=st.one_of(st.none(), papers),
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
        stands_still = dossier.stands_still
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
            if stands_still or resolved < due:
                early += 1
            elif resolved == due and dossier.resolved_at <= dossier.due_at:
                on_time += 1
            else:
                overdue += 1
        elif not stands_still and due <= period.last and due < period.today:
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


def recount_on_time(dossiers: Sequence[History], period: Period) -> tuple[int, int]:
    """Indicator 2.1 by looking at every dossier: how many are on time, of how many."""
    on_time = in_hand = 0
    for dossier in dossiers:
        alone = recount([dossier], period)
        in_hand += alone.received
        asked = [dossier.submitted_at + timedelta(hours=hour) for hour, _ in dossier.supplements]
        # What was asked for before the end of the last day was asked for; a dossier is in hand from the day it is received.
        until = [max(hanoi_day(instant), dossier.received_on) for instant in asked]
        repeated = sum(day <= period.last for day in until) > 1
        in_time = alone.resolved_early + alone.resolved_on_time + alone.in_progress_in_time
        on_time += in_time if not repeated else 0
    return on_time, in_hand
