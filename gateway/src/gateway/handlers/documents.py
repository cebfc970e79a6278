"""Use cases of documents exchanged with other agencies: sent, taken in, their news kept. The only place that commits them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chassis.clock import hanoi_day
from chassis.database import UnitOfWork
from chassis.ids import new_id
from gateway.domain.breaker import delay_after
from gateway.domain.document import TRANSITIONS, News, State
from gateway.domain.edxml import Document, encode
from gateway.paperless import paperless_since
from gateway.ports import Accepted, Rejected
from gateway.problems.documents import DocumentAlreadySent, PaperNotAllowed
from gateway.queries import documents as queries
from gateway.queries.documents import ClaimedDocument, DocumentRow

_HEARD = {"delivered": News.ARRIVED, "refused": News.TURNED_DOWN}


@dataclass(frozen=True)
class SendDocument:
    """A document to other agencies. `paper_follows`: whether a copy on paper is sent too."""

    document: Document = field(repr=False)
    by: str
    paper_follows: bool = False


async def send_document(command: SendDocument, uow: UnitOfWork) -> DocumentRow:
    """Put it in line. Raises PaperNotAllowed, DocumentAlreadySent."""
    today = hanoi_day(uow.now)
    if command.paper_follows and (rule := paperless_since(today)) is not None:
        raise PaperNotAllowed(since=rule.valid_from.isoformat(), source=rule.source)
    row = _row(command.document, encode(command.document), "out", State.QUEUED, command.by, uow)
    if not await queries.keep(uow, row):
        raise DocumentAlreadySent(documentId=command.document.document_id)
    return await uow.commit(row)


async def take_document(document: Document, edxml: bytes, uow: UnitOfWork) -> None:
    """One came in: kept once, however often it is handed over, and acknowledged afterwards."""
    await queries.keep(uow, _row(document, edxml, "in", State.RECEIVED, "document-exchange", uow))
    await uow.commit(None)


async def settle_sending(
    claimed: ClaimedDocument, answer: Accepted | Rejected, uow: UnitOfWork, *, poll_seconds: float
) -> None:
    """The exchange took it, or did not."""
    if isinstance(answer, Accepted):
        await _move(uow, claimed, News.TAKEN, pause_seconds=poll_seconds)
    else:
        await _move(uow, claimed, News.NOT_TAKEN, words="; ".join(answer.words))
    await uow.commit(None)


async def settle_news(
    claimed: Sequence[ClaimedDocument], news: Mapping[str, str], uow: UnitOfWork, *, poll_seconds: float
) -> None:
    """What the exchange says of documents sent: delivered, refused, or nothing new."""
    waiting = []
    for document in claimed:
        heard = _HEARD.get(news.get(document.document_id, ""))
        if heard is not None:
            await _move(uow, document, heard)
        else:
            waiting.append(document.id)
    if waiting:
        await queries.postpone(uow, waiting, [State.SENT], poll_seconds, None)
    await uow.commit(None)


async def acknowledged(claimed: ClaimedDocument, uow: UnitOfWork) -> None:
    """The exchange knows that it arrived."""
    await _move(uow, claimed, News.THANKED)
    await uow.commit(None)


async def try_again_later(
    claimed: Sequence[ClaimedDocument], reason: str, uow: UnitOfWork, delays: Sequence[float]
) -> None:
    """The exchange was out of reach."""
    for document in claimed:
        await queries.postpone(uow, [document.id], [document.state], delay_after(document.attempts, delays), reason)
    await uow.commit(None)


async def _move(uow: UnitOfWork, document: ClaimedDocument, news: News, **what: Any) -> None:
    state = State(document.state)
    await queries.move(uow, document.id, state, TRANSITIONS[state, news], **what)


def _row(document: Document, edxml: bytes, direction: str, state: State, by: str, uow: UnitOfWork) -> DocumentRow:
    return DocumentRow(
        new_id(), direction, document.sender.id, [receiver.id for receiver in document.receivers], document.document_id,
        document.code, document.subject, document.promulgated_on, state, 1, 0, None, None, by, uow.now, uow.now, edxml,
    )  # fmt: skip
