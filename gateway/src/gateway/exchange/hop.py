"""The streaming hop of one exchange: both bodies pass in bounded memory, counted, hashed, timed. It decides no right.

It stands between the caller and the provider's app as the `receive` and `send` that app is given. Whatever goes wrong
ends in one `Refusal` (`failure`); the provider then sees a caller that breaks off, never half a body as a whole one.
"""

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Protocol, TypeVar

import aiohttp
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.telemetry.logging import get_logger, places
from gateway.exchange import errors
from gateway.exchange.errors import ErrorType, Refusal
from gateway.exchange.headers import to_caller
from gateway.exchange.record import Direction
from gateway.exchange.request_hash import Digest
from gateway.problems.origin import UpstreamTimeout, UpstreamUnavailable
from gateway.upstream import Headers

_DISCONNECT: Message = {"type": "http.disconnect"}
_T = TypeVar("_T")
_log = get_logger("exchange")


class BrokenOff(ConnectionError):
    """The answer cannot be completed: the server must cut the connection, so that nobody takes what went out for a whole."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much and how long: bytes of the request, announced length (0: no body), seconds of silence, seconds in all."""

    request_bytes: int
    length: int | None
    silence: float
    total: float


class Told(Protocol):
    """What the hop tells the exchange it is part of."""

    async def piece(self, direction: Direction, number: int, chunk: bytes) -> None:
        """A piece of a body passes (called where bodies are kept)."""
        ...

    def headers_of_answer(self) -> Headers:
        """The gateway's own headers, asked for when the answer begins."""
        ...

    async def answered(self) -> None:
        """The answer is whole, its last piece not yet passed on. Raises if it cannot be written down."""
        ...


class Hop:
    """One exchange on its way. `request` and `response` are the digests of the bodies as they passed."""

    def __init__(self, method: str, bounds: Bounds, receive: Receive, send: Send, told: Told, *, keep: bool) -> None:
        self._bounds = bounds
        self._receive = receive
        self._send = send
        self._told = told
        self._keep = keep
        self._head_only = method == "HEAD"
        self.request = Digest()
        self.response = Digest()
        self.body_done = False
        self.failure: Refusal | None = None
        self.status = 0
        self.went_out_at = 0.0
        self.first_byte_at: float | None = None
        self.started = False
        self._finished = False
        self._pieces = {Direction.REQUEST: 0, Direction.RESPONSE: 0}
        self._answer_headers: Headers = []
        self._announced: int | None = None
        self._held = b""
        self._at_caller = 0
        self._patience: asyncio.Timeout | None = None
        self._until = self._next_move = 0.0
        self._loop = asyncio.get_running_loop()
        self._watcher: asyncio.Task[None] | None = None

    async def run(self, app: ASGIApp, scope: Scope) -> None:
        """Let the provider answer. Afterwards `failure` says what went wrong, if anything did."""
        now = self._loop.time()
        self._next_move = now + self._bounds.silence / 20
        self._until = now + self._bounds.total
        self.went_out_at = time.perf_counter()
        try:
            async with asyncio.timeout_at(min(now + self._bounds.silence, self._until)) as patience:
                self._patience = patience
                await app(scope, self.receive, self.send)
            if self.failure is None and not self._finished:
                self._fail(errors.BROKEN_OFF if self.status else errors.INVALID_ANSWER)
        except Refusal as refusal:
            self._refuse(refusal)
        except (TimeoutError, UpstreamTimeout):
            self._fail(errors.CLIENT_TIMEOUT if self._at_caller else errors.TIMEOUT)
        except (UpstreamUnavailable, ClientDisconnect, aiohttp.ClientError, OSError):
            self._fail(errors.BROKEN_OFF if self.status else errors.NETWORK)
        except Exception as error:  # noqa: BLE001 - an app of this process failed; its caller gets an answer all the same
            _log.error("provider failed", error_type=type(error).__name__, exception=places(error))
            self._fail(errors.BROKEN_OFF if self.status else errors.INTERNAL)
        finally:
            self._patience = None
            if self._watcher is not None:
                self._watcher.cancel()

    @property
    def whole_request(self) -> bool:
        """Whether the request has passed to its end: only then is there a hash of it."""
        return self.body_done or self._bounds.length == 0

    async def receive(self) -> Message:
        """The next of the request, for the provider."""
        if self.failure is not None:
            return _DISCONNECT
        if self.body_done:
            return await self._receive()
        message = await self._of_caller(self._receive())
        if message["type"] == "http.disconnect":
            return self._stopped(errors.CLIENT_GONE)
        chunk: bytes = message.get("body", b"")
        length = self._bounds.length
        more = message.get("more_body", False)
        if chunk:
            self.request.update(chunk)
            if self.request.size > self._bounds.request_bytes:
                return self._stopped(errors.TOO_LARGE)
            if length is not None and self.request.size > length:
                return self._stopped(errors.BODY_LENGTH)
            if self._keep:
                await self._tell(Direction.REQUEST, chunk)
        if length is not None:
            # What was announced is the body: nothing after it is waited for, and nothing less is passed off as it.
            more = self.request.size < length and more
            if not more and self.request.size < length:
                return self._stopped(errors.BODY_LENGTH)
        self.body_done = not more
        return {"type": "http.request", "body": chunk, "more_body": more}

    async def send(self, message: Message) -> None:
        """The next of the answer, from the provider. Raises BrokenOff once there is nobody to pass it on to."""
        if self.failure is not None or self._finished:
            raise BrokenOff
        self._progress()
        if message["type"] == "http.response.start":
            self._begin(message)
            return
        if message["type"] != "http.response.body":
            return
        chunk: bytes = b"" if self._head_only else message.get("body", b"")
        if chunk:
            self.response.update(chunk)
            if self._announced is not None and self.response.size > self._announced:
                raise self._broken(errors.INVALID_ANSWER)
            if self._keep:
                await self._tell(Direction.RESPONSE, chunk)
        if not message.get("more_body", False):
            await self._finish(chunk)
        elif self._announced is not None and self.response.size == self._announced:
            self._held += chunk  # the last of the answer, though the provider has not said so yet
        elif chunk:
            await self._pass_on(chunk, more=True)
            self._watch()

    def _begin(self, message: Message) -> None:
        self.first_byte_at = time.perf_counter()
        status: int = message["status"]
        if not 200 <= status < 600:
            raise self._broken(errors.INVALID_ANSWER)
        self.status = status
        self._answer_headers, announced = to_caller(list(message.get("headers", ())))
        if status in (204, 304):
            self._head_only = True
        elif announced is not None:
            # Said by us, of the body as we pass it on: who gets less of it knows that it broke off.
            self._answer_headers.append((b"content-length", b"%d" % announced))
        self._announced = None if self._head_only else announced

    async def _finish(self, chunk: bytes) -> None:
        if self._announced is not None and self.response.size < self._announced:
            raise self._broken(errors.BROKEN_OFF)
        try:
            await self._told.answered()
        except Exception as error:
            _log.error("exchange not logged", error_type=type(error).__name__, exception=places(error))
            raise self._broken(errors.UNLOGGED) from error
        whole = self._held + chunk
        if not self.started and self._announced is None and not self._head_only:
            self._answer_headers.append((b"content-length", b"%d" % len(whole)))
        self._finished = True
        await self._pass_on(whole, more=False)

    async def _pass_on(self, chunk: bytes, *, more: bool) -> None:
        if not self.started:
            self.started = True
            headers = [*self._answer_headers, *self._told.headers_of_answer()]
            await self._send({"type": "http.response.start", "status": self.status, "headers": headers})
        await self._of_caller(self._send({"type": "http.response.body", "body": chunk, "more_body": more}))

    async def _of_caller(self, waited_for: Awaitable[_T]) -> _T:
        """Wait for the caller to send or to read: silence meanwhile is the caller's."""
        self._at_caller += 1
        result = await waited_for
        self._at_caller -= 1
        self._progress()
        return result

    async def _tell(self, direction: Direction, chunk: bytes) -> None:
        number = self._pieces[direction]
        self._pieces[direction] = number + 1
        await self._told.piece(direction, number, chunk)

    def _progress(self) -> None:
        """Something moved: the silence begins anew. To a twentieth of it, since to move a timer for each piece costs more."""
        now = self._loop.time()
        if now < self._next_move or self._patience is None or self._patience.expired():
            return
        self._next_move = now + self._bounds.silence / 20
        self._patience.reschedule(min(now + self._bounds.silence, self._until))

    def _watch(self) -> None:
        """From the first piece of a longer answer on, notice a caller that goes away: servers take what is sent to nobody."""
        if self._watcher is None and self.body_done:
            self._watcher = asyncio.create_task(self._gone())

    async def _gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if not self._finished:
            self._fail(errors.CLIENT_GONE)
            if self._patience is not None and not self._patience.expired():
                self._patience.reschedule(0)

    def _fail(self, error: ErrorType) -> None:
        self._refuse(Refusal(error))

    def _refuse(self, refusal: Refusal) -> None:
        # The first thing that goes wrong is the cause; what follows from it is not.
        if self.failure is None and not self._finished:
            self.failure = refusal

    def _stopped(self, error: ErrorType) -> Message:
        self._fail(error)
        return _DISCONNECT

    def _broken(self, error: ErrorType) -> BrokenOff:
        self._fail(error)
        return BrokenOff()
