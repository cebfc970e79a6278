"""What reporting knows of one dossier (hồ sơ), and how each event adds to it. It counts nothing and does no I/O.

`Fact.learned` gives the same fact in whatever order, and however often, the events of a dossier are heard: a value that
several events carry is kept from the newest of them, one that a single event carries is kept from when it is heard.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple, Self

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
)

PAUSED = frozenset({DossierStatus.PAYMENT_AWAITED, DossierStatus.SUPPLEMENT_AWAITED})
"""The statuses in which the clock stands still."""


class Series(NamedTuple):
    """What a dossier is counted under."""

    procedure: str
    unit: str
    channel: Channel


class SupplementStep(NamedTuple):
    """A supplement (bổ sung) was asked for, or came; when that was stated."""

    version: int
    asked: bool
    at: datetime


# None: the status stays as it was. Where a supplement leads to, its event says itself.
STATUS_AFTER: dict[type[DossierEvent], DossierStatus | None] = {
    DossierSubmitted: DossierStatus.NEW,
    DossierPaymentAwaited: DossierStatus.PAYMENT_AWAITED,
    DossierFeeSettled: DossierStatus.NEW,
    DossierAccepted: DossierStatus.ACCEPTED,
    DossierRefused: DossierStatus.REFUSED,
    DossierSupplementRequested: DossierStatus.SUPPLEMENT_AWAITED,
    DossierSupplemented: None,
    DossierWithdrawn: DossierStatus.WITHDRAWN,
    DossierProcessingStarted: DossierStatus.PROCESSING,
    DossierExtended: None,
    DossierStopped: DossierStatus.STOPPED,
    DossierFinished: DossierStatus.FINISHED,
    DossierReturned: DossierStatus.RETURNED,
}


@dataclass(frozen=True, slots=True)
class News:
    """What one event says of a dossier, and nothing personal of it. `status` None: it leaves that as it was."""

    version: int
    status: DossierStatus | None
    series: Series
    received_on: date | None = None
    due_at: datetime | None = None
    finished_at: datetime | None = None
    returned_at: datetime | None = None
    stopped_at: datetime | None = None
    refused_at: datetime | None = None
    withdrawn_at: datetime | None = None
    assisted: bool = False
    identity_verified: bool = False
    electronic_result: bool = False
    components: ComponentCounts | None = None
    supplement: SupplementStep | None = None


def news_of(event: DossierEvent, at: datetime) -> News:
    """The part of a dossier event that is counted. `at`: when it was stated."""
    news = News(event.version, STATUS_AFTER[type(event)], Series(event.procedure, event.unit, event.channel))
    match event:
        case DossierSubmitted():
            return replace(
                news,
                received_on=event.received_on,
                due_at=event.due_at,
                assisted=event.assisted,
                identity_verified=event.identity_verified,
                components=event.components,
            )
        case DossierFeeSettled() | DossierAccepted() | DossierExtended():
            return replace(news, due_at=event.due_at)
        case DossierSupplementRequested():
            return replace(news, supplement=SupplementStep(event.version, asked=True, at=at))
        case DossierSupplemented():
            step = SupplementStep(event.version, asked=False, at=at)
            return replace(news, status=event.status, due_at=event.due_at, components=event.components, supplement=step)
        case DossierFinished():
            return replace(
                news,
                due_at=event.due_at,
                finished_at=event.finished_at,
                electronic_result=event.electronic_result,
                components=event.components,
            )
        case DossierReturned():
            return replace(news, returned_at=event.returned_at)
        case DossierStopped():
            return replace(news, stopped_at=event.finished_at)
        case DossierRefused():
            return replace(news, refused_at=event.refused_at)
        case DossierWithdrawn():
            return replace(news, withdrawn_at=event.withdrawn_at)
        case _:
            return news


@dataclass(frozen=True, slots=True)
class Fact:
    """All that is known of a dossier. `version` is the newest version heard of that set its status, 0 if none.

    `due_version` is the version that gave `due_at`, `paused_version` the last one that stopped the clock,
    `components_version` the one that counted the papers (thành phần hồ sơ). `supplements` are in the order of versions.
    """

    code: str
    version: int = 0
    status: DossierStatus | None = None
    series: Series | None = None
    received_on: date | None = None
    due_at: datetime | None = None
    due_version: int = 0
    paused_version: int = 0
    finished_at: datetime | None = None
    returned_at: datetime | None = None
    stopped_at: datetime | None = None
    refused_at: datetime | None = None
    withdrawn_at: datetime | None = None
    assisted: bool = False
    identity_verified: bool = False
    electronic_result: bool = False
    components: ComponentCounts | None = None
    components_version: int = 0
    supplements: tuple[SupplementStep, ...] = ()

    def learned(self, news: News) -> Self:
        """The fact with what an event says of it; the same fact if it says nothing new."""
        fact = replace(
            self,
            received_on=self.received_on or news.received_on,
            finished_at=self.finished_at or news.finished_at,
            returned_at=self.returned_at or news.returned_at,
            stopped_at=self.stopped_at or news.stopped_at,
            refused_at=self.refused_at or news.refused_at,
            withdrawn_at=self.withdrawn_at or news.withdrawn_at,
            assisted=self.assisted or news.assisted,
            identity_verified=self.identity_verified or news.identity_verified,
            electronic_result=self.electronic_result or news.electronic_result,
        )
        if news.status is not None and news.version > self.version:
            fact = replace(fact, version=news.version, status=news.status, series=news.series)
        if news.due_at is not None and news.version > self.due_version:
            fact = replace(fact, due_at=news.due_at, due_version=news.version)
        if news.status in PAUSED and news.version > self.paused_version:
            fact = replace(fact, paused_version=news.version)
        if news.components is not None and news.version > self.components_version:
            fact = replace(fact, components=news.components, components_version=news.version)
        if news.supplement is not None and news.version not in {step.version for step in self.supplements}:
            fact = replace(fact, supplements=tuple(sorted((*self.supplements, news.supplement))))
        return fact

    @property
    def running_due_at(self) -> datetime | None:
        """Hạn trả: when it is due; None while its clock stands still, a fee or a supplement being awaited."""
        return self.due_at if self.due_version > self.paused_version else None

    @property
    def ended_at(self) -> datetime | None:
        """When it came to an end without a result: stopped (8), refused (3) or withdrawn (7)."""
        return self.stopped_at or self.refused_at or self.withdrawn_at

    @property
    def resolved_at(self) -> datetime | None:
        """When it was resolved (giải quyết): the time of status 9, else 10, else 8 or 3 (QĐ 766/QĐ-TTg, indicator 2.1).

        The decision does not speak of status 7. One that was withdrawn is resolved then, or it would be in progress for ever.
        """
        return self.finished_at or self.returned_at or self.ended_at

    @property
    def has_result(self) -> bool:
        """Whether it was resolved by a result: finished (9) or returned (10)."""
        return self.finished_at is not None or self.returned_at is not None

    @property
    def asked_at(self) -> tuple[datetime, ...]:
        """When supplements were asked for, in order."""
        return tuple(step.at for step in self.supplements if step.asked)

    @property
    def supplement_waits(self) -> tuple[tuple[datetime, timedelta], ...]:
        """Each wait for a supplement that is over: when it ended, by the supplement or with the dossier, and its length."""
        waits = []
        for place, step in enumerate(self.supplements):
            if not step.asked:
                continue
            after = next((later for later in self.supplements[place + 1 :]), None)
            end = after.at if after is not None else self.resolved_at
            if end is not None:
                waits.append((end, max(end - step.at, timedelta(0))))
        return tuple(waits)
