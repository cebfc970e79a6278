"""The desk that carries documents to the document exchange and fetches what waits there for the city. It decides nothing.

It claims with a lease, calls with no transaction open, and settles in another one. Killed anywhere, the same call is made
again: the exchange takes a document once by its sender and identifier, and so do we what we fetch.
"""

from collections.abc import Sequence

from chassis.crash import crash_point
from chassis.database import Database
from chassis.telemetry.logging import get_logger
from gateway.desks import LEASE_MARGIN_SECONDS
from gateway.domain.document import State
from gateway.domain.edxml import NotEdXml, decode
from gateway.handlers import documents as handlers
from gateway.ports import DocumentExchange, OutOfReach
from gateway.queries import documents as queries
from gateway.queries.documents import ClaimedDocument
from gateway.settings import GatewaySettings

_log = get_logger("documents")

_AT_ONCE = 20


class DocumentDesk:
    """One process's desk. Several may run side by side."""

    def __init__(self, database: Database, exchange: DocumentExchange, settings: GatewaySettings) -> None:
        self._database = database
        self._exchange = exchange
        self._settings = settings
        self._lease = settings.documents_timeout_seconds + LEASE_MARGIN_SECONDS

    async def attend(self) -> None:
        """One round: send what is queued, ask after what was sent, acknowledge what came, look for more."""
        await self._send()
        await self._ask()
        await self._acknowledge()
        await self._fetch()

    async def _send(self) -> None:
        claimed = await self._claim(State.QUEUED, self._exchange.calls_allowed(_AT_ONCE))
        for document in claimed:
            try:
                answer = await self._exchange.send(document.edxml or b"")
            except OutOfReach as failure:
                await self._later([document], failure)
                continue
            crash_point("documents.after_send")
            async with self._database.begin() as uow:
                await handlers.settle_sending(document, answer, uow, poll_seconds=self._settings.documents_poll_seconds)

    async def _ask(self) -> None:
        claimed = await self._claim(State.SENT, _AT_ONCE if self._exchange.calls_allowed(1) else 0)
        for organ in sorted({document.from_organ for document in claimed}):
            asked = [document for document in claimed if document.from_organ == organ]
            try:
                news = await self._exchange.news(organ, [document.document_id for document in asked])
            except OutOfReach as failure:
                await self._later(asked, failure)
                continue
            async with self._database.begin() as uow:
                await handlers.settle_news(asked, news, uow, poll_seconds=self._settings.documents_poll_seconds)

    async def _acknowledge(self) -> None:
        claimed = await self._claim(State.RECEIVED, _AT_ONCE if self._exchange.calls_allowed(1) else 0)
        for document in claimed:
            try:
                await self._exchange.acknowledge(
                    self._settings.documents_organ, document.from_organ, document.document_id
                )
            except OutOfReach as failure:
                await self._later([document], failure)
                continue
            async with self._database.begin() as uow:
                await handlers.acknowledged(document, uow)

    async def _fetch(self) -> None:
        """Until nothing waits that we do not have: what is taken is acknowledged by the next round."""
        organ, seen = self._settings.documents_organ, set[str]()
        try:
            while fresh := [found for found in await self._exchange.waiting(organ, _AT_ONCE) if found not in seen]:
                for waiting in fresh:
                    seen.add(waiting)
                    await self._take(await self._exchange.fetch(organ, waiting))
                await self._acknowledge()
        except OutOfReach as failure:
            _log.warning("document exchange out of reach", adapter="documents", reason=failure.reason)

    async def _take(self, edxml: bytes) -> None:
        try:
            document = decode(edxml)
        except NotEdXml as wrong:
            # It stays where it is, to be looked at there: we have no identifier to keep it by.
            _log.error("a document that waits is not edXML", adapter="documents", reason=wrong.where)
            return
        async with self._database.begin() as uow:
            await handlers.take_document(document, edxml, uow)
        crash_point("documents.after_take")

    async def _claim(self, state: State, most: int) -> list[ClaimedDocument]:
        if not most:
            return []
        async with self._database.begin() as uow:
            return await uow.commit(await queries.claim(uow, [state], most, self._lease))

    async def _later(self, documents: Sequence[ClaimedDocument], failure: OutOfReach) -> None:
        _log.warning("document exchange out of reach", adapter="documents", reason=failure.reason, count=len(documents))
        async with self._database.begin() as uow:
            await handlers.try_again_later(documents, failure.reason, uow, self._settings.documents_retry_delays)
