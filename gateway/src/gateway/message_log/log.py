"""The message log as the exchange calls it: collects what concurrent requests tell and commits it together. It decides nothing.

The first call of a quiet moment is committed at once; what comes while a batch is being committed is the next batch. So
nobody waits artificially, and under load one transaction serves many.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from chassis.crash import crash_point
from chassis.problems import Text
from chassis.service import Runtime
from chassis.telemetry.logging import get_logger
from gateway.domain.checkpoint import Signer
from gateway.domain.exchange_record import BodyKept, Kept, begun_record, canonical, ended_record, signed
from gateway.domain.partners import MessageLogPolicy
from gateway.exchange.record import Asked, Direction, Ended
from gateway.ledger.checkpoints import exchange_signer_of, publish_verifier
from gateway.message_log.batch import Begin, End, Item, NotTaken, Piece, write_batch
from gateway.problems.exchanges import MessageLogUnavailable
from gateway.settings import settings_of

_log = get_logger("message_log")
_BATCH_BYTES = 4 * 1024 * 1024  # of bodies in one transaction: more would only hold up the small records behind them
# So much of bodies waits for a record to be committed with: a transaction of their own would only hold that one up.
_PIECES_BYTES = 256 * 1024


@dataclass(slots=True)
class _Bodies:
    """What came of one exchange's bodies so far. `lost`: a piece could not be committed."""

    sizes: dict[Direction, int] = field(default_factory=dict)
    lost: bool = False


@dataclass(slots=True, eq=False)
class _Waiting:
    """An item in the queue, with whoever waits for it."""

    item: Item
    committed: asyncio.Future[None] | None = None
    bodies: _Bodies | None = None

    @property
    def size(self) -> int:
        return len(self.item.data) if isinstance(self.item, Piece) else 0

    def fail(self, problem: MessageLogUnavailable) -> None:
        if self.bodies is not None:
            self.bodies.lost = True
        if self.committed is not None and not self.committed.done():
            self.committed.set_exception(problem)

    def succeed(self) -> None:
        if self.committed is not None and not self.committed.done():
            self.committed.set_result(None)


class DatabaseMessageLog:
    """Implements `gateway.exchange.record.MessageLog`; every call may raise MessageLogUnavailable. `write` must be running."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._settings = settings_of(runtime)
        self._queue: deque[_Waiting] = deque()
        self._bell = asyncio.Event()
        self._drained = asyncio.Event()
        self._bytes = 0
        self._awaited = 0
        self._bodies: dict[UUID, _Bodies] = {}
        self._closed = False
        self._published = False

    @cached_property
    def _signer(self) -> Signer | None:
        return exchange_signer_of(self._settings)

    async def begin(self, asked: Asked) -> None:
        """See the port."""
        if asked.policy is MessageLogPolicy.OFF:
            return
        self._needed_signer()
        await self._committed(Begin(canonical(begun_record(asked))))

    async def body(self, request_id: UUID, direction: Direction, number: int, chunk: bytes) -> None:
        """See the port. Waits while too much is in memory."""
        bodies = self._bodies.setdefault(request_id, _Bodies())
        size = bodies.sizes[direction] = bodies.sizes.get(direction, 0) + len(chunk)
        if size > self._settings.message_log_body_bytes or not chunk:
            return
        if bodies.lost:
            raise _unavailable()
        if self._full(chunk):
            try:
                await self._room_for(chunk)
            except TimeoutError:
                bodies.lost = True
                raise _unavailable() from None
        self._put(_Waiting(Piece(request_id, direction, number, chunk), bodies=bodies))

    async def end(self, asked: Asked, ended: Ended) -> None:
        """See the port."""
        bodies = self._bodies.pop(asked.request_id, None)
        record, note, kept = None, None, Kept()
        if asked.policy is not MessageLogPolicy.OFF:
            signer = self._needed_signer()
            kept = self._kept(bodies) if bodies is not None else kept
            record = canonical(ended_record(asked, ended, self._runtime.clock.now(), kept))
            note = signed(record, signer)
        await self._committed(End(asked, ended, kept, record, note), bodies)
        crash_point("log.after_commit")

    async def write(self) -> None:
        """Commit what comes in, batch by batch, until cancelled; then what is still waiting."""
        writing = asyncio.create_task(self._write())
        try:
            await asyncio.shield(writing)
        finally:
            self._closed = True
            self._bell.set()
            await writing

    async def _write(self) -> None:
        while self._queue or not self._closed:
            if not self._due():
                await self._bell.wait()
                self._bell.clear()
            elif batch := self._taken():
                await self._commit(batch)

    def _due(self) -> bool:
        """Whether to commit now: somebody waits for it, or it is much."""
        return bool(self._queue) and (self._awaited > 0 or self._bytes >= _PIECES_BYTES or self._closed)

    async def _room_for(self, chunk: bytes) -> None:
        """Wait until there is. Raises TimeoutError."""
        self._awaited += 1
        self._bell.set()
        try:
            async with asyncio.timeout(self._settings.message_log_wait_seconds):
                while self._full(chunk):
                    self._drained.clear()
                    await self._drained.wait()
        finally:
            self._awaited -= 1

    def _full(self, chunk: bytes) -> bool:
        return bool(self._bytes) and self._bytes + len(chunk) > self._settings.message_log_memory_bytes

    def _taken(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        size = 0
        while self._queue and len(batch) < self._settings.message_log_batch and size < _BATCH_BYTES:
            waiting = self._queue.popleft()
            self._awaited -= waiting.committed is not None
            size += waiting.size
            if waiting.bodies is not None and waiting.bodies.lost:
                waiting.fail(_unavailable())  # an end that speaks of a body that was lost
                self._release(waiting.size)
            else:
                batch.append(waiting)
        return batch

    async def _commit(self, batch: list[_Waiting]) -> None:
        try:
            async with asyncio.timeout(self._settings.message_log_wait_seconds):
                await self._publish_key()
                async with self._runtime.database.begin() as uow:
                    await write_batch(uow, [waiting.item for waiting in batch])
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody may wait for ever, and the next batch is tried
            if len(batch) > 1 and _is_of_a_record(error):
                await self._commit_apart(batch)  # one that the database does not take must not refuse the others
                return
            self._published = False
            _log.warning("message log not written", error_type=type(error).__name__, count=len(batch))
            for waiting in batch:
                waiting.fail(_unavailable())
        else:
            for waiting in batch:
                waiting.succeed()
        self._release(sum(waiting.size for waiting in batch))

    async def _publish_key(self) -> None:
        """The key that signed a record is known before the record is: whoever reads it can verify it."""
        if not self._published and self._signer is not None:
            await publish_verifier(self._runtime.database, self._signer)
            self._published = True

    async def _commit_apart(self, batch: list[_Waiting]) -> None:
        for waiting in batch:
            if waiting.bodies is not None and waiting.bodies.lost:
                waiting.fail(_unavailable())
                self._release(waiting.size)
            else:
                await self._commit([waiting])

    async def _committed(self, item: Item, bodies: _Bodies | None = None) -> None:
        committed = asyncio.get_running_loop().create_future()
        self._put(_Waiting(item, committed, bodies))
        await committed

    def _put(self, waiting: _Waiting) -> None:
        if self._closed:
            raise _unavailable()
        self._bytes += waiting.size
        self._awaited += waiting.committed is not None
        self._queue.append(waiting)
        if self._due():
            self._bell.set()

    def _release(self, size: int) -> None:
        if size:
            self._bytes -= size
            self._drained.set()

    def _kept(self, bodies: _Bodies) -> Kept:
        def of(direction: Direction) -> BodyKept | None:
            size = bodies.sizes.get(direction, 0)
            if size == 0:
                return None
            return BodyKept.WHOLE if size <= self._settings.message_log_body_bytes else BodyKept.TOO_LARGE

        return Kept(of(Direction.REQUEST), of(Direction.RESPONSE))

    def _needed_signer(self) -> Signer:
        if self._signer is None:
            raise MessageLogUnavailable(
                Text("Chưa cấu hình khóa ký nhật ký trao đổi", "No key to sign the message log is configured")
            )
        return self._signer


def _is_of_a_record(error: Exception) -> bool:
    """Whether the database refuses what it was given, as against not being there."""
    return isinstance(error, NotTaken) or (isinstance(error, DBAPIError) and not error.connection_invalidated)


def _unavailable() -> MessageLogUnavailable:
    return MessageLogUnavailable(
        Text("Cơ sở dữ liệu nhật ký không ghi được", "The message log's database does not take records")
    )


async def write_message_log(runtime: Runtime) -> None:
    """The writer, alongside whatever else the process does."""
    log: DatabaseMessageLog = runtime.extras["message_log"]
    await log.write()
