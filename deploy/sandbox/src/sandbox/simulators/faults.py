"""How a simulator is told to fail, and how it tells what reached it. It knows nothing of what any simulator does.

`install` gives a simulator's app the routes `PUT|GET|DELETE /faults` and `GET /requests`, and a layer around its
operations that plays the faults of the connection. Faults of the business ("refuse", "duplicate", …) are asked for by
the simulator itself, with `Desk.take`.

A cut connection is a 502 whose promised body never comes: an ASGI app has no other way to the socket. An HTTP client
that reads the answer sees a broken connection; over an in-process ASGI transport it is that transport's own failure.
"""

import asyncio
import json
import re
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.simulators.hanoi import Now

CONNECTION_MODES = frozenset({"down", "slow", "error", "lose-answer"})
"""Faults every simulator has. down: cut, nothing done. error: HTTP 500, nothing done. slow: done, then answered late.
lose-answer: done, then cut."""

KEPT_REQUESTS = 10_000

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True)
class Request:
    """What an operation was sent, as far as the log needs it."""

    path: str
    query: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON, or None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass(frozen=True)
class Operation:
    """Something a simulator does: its name in faults and in the log, and which dossiers a request to it concerns."""

    name: str
    method: str
    path: str  # a regular expression for the whole path below the simulator's mount
    keys: Callable[[Request], Sequence[str]]


class Fault(BaseModel):
    """One instruction to fail: the next `times` times (None: until cleared), at one operation or at any."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")

    mode: str
    times: int | None = Field(default=None, ge=1)
    delay_seconds: float = Field(default=0, ge=0, le=120)
    operation: str | None = None


class Desk:
    """One simulator's fault and its log. A new fault takes the place of the old one."""

    def __init__(
        self,
        operations: Sequence[Operation],
        *,
        now: Now,
        business_modes: frozenset[str] = frozenset(),
        outgoing: frozenset[str] = frozenset(),
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.operations = tuple(operations)
        self.modes = CONNECTION_MODES | business_modes
        self.operation_names = {operation.name for operation in operations} | outgoing
        self.fault: Fault | None = None
        self.sleep = sleep
        self._now = now
        self._requests: deque[dict[str, object]] = deque(maxlen=KEPT_REQUESTS)
        self._received: Counter[tuple[str, str]] = Counter()
        self._acted: Counter[tuple[str, str]] = Counter()

    def script(self, fault: Fault) -> None:
        """Take up a fault. Raises ValueError for a mode or an operation this simulator does not have."""
        if fault.mode not in self.modes:
            raise ValueError(f"mode must be one of {sorted(self.modes)}")
        if fault.operation is not None and fault.operation not in self.operation_names:
            raise ValueError(f"operation must be one of {sorted(self.operation_names)}")
        self.fault = fault.model_copy()

    def take(self, operation: str, *modes: str) -> Fault | None:
        """The fault to play now at `operation`, if it is one of `modes`; taking it uses up one of its times."""
        fault = self.fault
        if fault is None or fault.mode not in modes or fault.operation not in {None, operation}:
            return None
        if fault.times is not None:
            fault.times -= 1
            if fault.times == 0:
                self.fault = None
        return fault

    def received(self, operation: str, keys: Sequence[str], fault: Fault | None = None) -> None:
        """Write down that a request came in (or, for an outgoing operation, went out)."""
        self._requests.append(
            {
                "at": self._now().isoformat(),
                "operation": operation,
                "keys": list(keys),
                "fault": fault.mode if fault else None,
            }
        )
        self._received.update((operation, key) for key in keys)

    def acted(self, operation: str, key: str) -> None:
        """Write down that something changed because of a request: the count an exactly-once test looks at."""
        self._acted[(operation, key)] += 1

    def report(self) -> dict[str, object]:
        """The last requests in order, and per operation and key how many came and how many changed something."""
        counts: dict[str, dict[str, dict[str, int]]] = {}
        for operation, key in sorted(self._received | self._acted):
            counts.setdefault(operation, {})[key] = {
                "received": self._received[(operation, key)],
                "acted": self._acted[(operation, key)],
            }
        return {"requests": list(self._requests), "counts": counts}

    def operation_of(self, method: str, path: str) -> Operation | None:
        """Which operation a request is for; None for pages that no fault touches."""
        return next((o for o in self.operations if o.method == method and re.fullmatch(o.path, path)), None)


class _FaultLayer:
    """Plays the faults of the connection around an app, and logs what comes in."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self.app = app
        self.desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].removeprefix(scope.get("root_path", "")) if scope["type"] == "http" else ""
        operation = self.desk.operation_of(scope["method"], path) if path else None
        if operation is None:
            await self.app(scope, receive, send)
            return
        body = await _whole_body(receive)
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        fault = self.desk.take(operation.name, *CONNECTION_MODES)
        self.desk.received(operation.name, operation.keys(Request(path, query, body)), fault)
        await self._play(fault, scope, _replayed(body, receive), send)

    async def _play(self, fault: Fault | None, scope: Scope, receive: Receive, send: Send) -> None:
        if fault is None:
            await self.app(scope, receive, send)
        elif fault.mode == "down":
            await _cut(send)
        elif fault.mode == "error":
            await _internal_error(send)
        elif fault.mode == "slow":
            await self.app(scope, receive, self._held_back(send, fault.delay_seconds))
        else:
            await self.app(scope, receive, _into_the_void)
            await _cut(send)

    def _held_back(self, send: Send, seconds: float) -> Send:
        async def send_late(message: Message) -> None:
            if message["type"] == "http.response.start":
                await self.desk.sleep(seconds)
            await send(message)

        return send_late


async def _whole_body(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(chunks)


def _replayed(body: bytes, receive: Receive) -> Receive:
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def _cut(send: Send) -> None:
    headers = [(b"content-length", b"1"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 502, "headers": headers})


async def _internal_error(send: Send) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": b"Internal Server Error"})


async def _into_the_void(message: Message) -> None:
    """Where an answer goes that nobody will get."""


def install(app: FastAPI, desk: Desk) -> None:
    """Give a simulator's app its fault layer and the routes by which a test tells it to fail."""
    app.add_middleware(_FaultLayer, desk=desk)

    @app.put("/faults", tags=["faults"])
    async def script_fault(fault: Fault) -> Fault:
        try:
            desk.script(fault)
        except ValueError as wrong:
            raise HTTPException(422, str(wrong)) from wrong
        return fault

    @app.get("/faults", tags=["faults"])
    async def show_fault() -> dict[str, object]:
        return {"fault": desk.fault.model_dump(by_alias=True) if desk.fault else None, "modes": sorted(desk.modes)}

    @app.delete("/faults", tags=["faults"], status_code=204)
    async def clear_faults() -> None:
        desk.fault = None

    @app.get("/requests", tags=["faults"])
    async def show_requests() -> dict[str, object]:
        return desk.report()
