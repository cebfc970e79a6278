"""What reporting knows of one dossier (hồ sơ), and how each event adds to it. It counts nothing and does no I/O.

`Fact.learned` gives the same fact in whatever order, and however often, the events of a dossier are heard: a value that
several events carry is kept from the newest of them, one that a single event carries is kept from when it is heard.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple, Self

from contracts.codes import Channel, DossierStatus
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
)


class Series(NamedTuple):
    """What a dossier is counted under."""

    procedure: str
    unit: str
    channel: Channel


STATUS_AFTER: dict[type[DossierEvent], DossierStatus] = {
    DossierSubmitted: DossierStatus.NEW,
    DossierPaymentAwaited: DossierStatus.PAYMENT_AWAITED,
    DossierFeeSettled: DossierStatus.NEW,
    DossierAccepted: DossierStatus.ACCEPTED,
    DossierProcessingStarted: DossierStatus.PROCESSING,
    DossierStopped: DossierStatus.STOPPED,
    DossierFinished: DossierStatus.FINISHED,
    DossierReturned: DossierStatus.RETURNED,
}


@dataclass(frozen=True, slots=True)
class News:
    """What one event says of a dossier, and nothing personal of it."""

    version: int
    status: DossierStatus
    series: Series
    received_on: date | None = None
    due_at: datetime | None = None
    finished_at: datetime | None = None
    returned_at: datetime | None = None
    stopped_at: datetime | None = None


def news_of(event: DossierEvent) -> News:
    """The part of a dossier event that is counted."""
    news = News(event.version, STATUS_AFTER[type(event)], Series(event.procedure, event.unit, event.channel))
    match event:
        case DossierSubmitted():
            return replace(news, received_on=event.received_on, due_at=event.due_at)
        case DossierFeeSettled() | DossierAccepted():
            return replace(news, due_at=event.due_at)
        case DossierFinished():
            return replace(news, due_at=event.due_at, finished_at=event.finished_at)
        case DossierReturned():
            return replace(news, returned_at=event.returned_at)
        case DossierStopped():
            return replace(news, stopped_at=event.finished_at)
        case _:
            return news


@dataclass(frozen=True, slots=True)
class Fact:
    """All that is known of a dossier. `version` is the newest version heard of, 0 if none.

    `due_version` is the version that gave `due_at`, `paused_version` the last one that stopped the clock.
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

    def learned(self, news: News) -> Self:
        """The fact with what an event says of it; the same fact if it says nothing new."""
        fact = replace(
            self,
            received_on=self.received_on or news.received_on,
            finished_at=self.finished_at or news.finished_at,
            returned_at=self.returned_at or news.returned_at,
            stopped_at=self.stopped_at or news.stopped_at,
        )
        if news.version > self.version:
            fact = replace(fact, version=news.version, status=news.status, series=news.series)
        if news.due_at is not None and news.version > self.due_version:
            fact = replace(fact, due_at=news.due_at, due_version=news.version)
        if news.status is DossierStatus.PAYMENT_AWAITED and news.version > self.paused_version:
            fact = replace(fact, paused_version=news.version)
        return fact

    @property
    def running_due_at(self) -> datetime | None:
        """Hạn trả: when it is due; None while its clock stands still, a fee being awaited."""
        return self.due_at if self.due_version > self.paused_version else None

    @property
    def resolved_at(self) -> datetime | None:
        """When it was resolved (giải quyết): the time of status 9, else 10, else 8 (QĐ 766/QĐ-TTg, indicator 2.1)."""
        return self.finished_at or self.returned_at or self.stopped_at
