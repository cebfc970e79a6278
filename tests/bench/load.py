"""The load generator, a process of its own: requests made beforehand, over connections kept open. It understands no answer.

`python -m tests.bench.load` reads an `Order` as JSON from standard input and writes an `Outcome` as JSON. A client sends
its next request when the last one is answered; with a `rate`, one client sends at that rate.
"""

import asyncio
import itertools
import json
import math
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, cast

import uvloop

NUMBER = "@NUMBER@"
"""Stands in a request for a number that no other request of the run has; it always takes `DIGITS` characters."""
DIGITS = 12
GRACE_SECONDS = 30
"""How long past its time a run may wait for the last answers before it fails."""


@dataclass(frozen=True)
class Order:
    """What to send. The requests are sent in turn; `first` is the number that the first one bears."""

    port: int
    requests: Sequence[str]
    clients: int
    seconds: float
    first: int = 0
    rate: float | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of it. Times in milliseconds; `busy` is the share of one processor that the generator took itself."""

    requests: int
    seconds: float
    p50: float
    p99: float
    statuses: dict[str, int]
    busy: float

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


def request(method: str, path: str, headers: dict[str, str], body: object = None) -> str:
    """An HTTP/1.1 request, to be filled with numbers."""
    content = "" if body is None else json.dumps(body, ensure_ascii=False)
    length = len(content.replace(NUMBER, "0" * DIGITS).encode())
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {length}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body is not None:
        lines.append("Content-Type: application/json")
    return "\r\n".join(lines) + "\r\n\r\n" + content


def percentile(sorted_values: Sequence[float], share: float) -> float:
    """The smallest value that this share of them does not exceed."""
    return sorted_values[max(0, math.ceil(share * len(sorted_values)) - 1)] if sorted_values else 0.0


@dataclass
class _Run:
    """The run's state, shared by its clients."""

    numbered: Iterator[bytes]
    until: float
    rate: float | None
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)


class _Client(asyncio.Protocol):
    """One connection: sends, waits for the whole answer, sends again. `done` when the time is over or the server left."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._got = bytearray()
        self._length = -1
        self._sent = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name
        self._send()

    def data_received(self, data: bytes) -> None:
        self._got += data
        if self._length < 0 and (head := self._got.find(b"\r\n\r\n")) >= 0:
            self._length = head + 4 + _content_length(bytes(self._got[:head]).lower())
        if 0 <= self._length <= len(self._got):
            now = time.perf_counter()
            self._run.latencies.append((now - self._sent) * 1000)
            self._run.statuses[self._got[9:12].decode()] += 1
            self._got.clear()
            self._length = -1
            self._next(now)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        if not self.done.done():
            self._run.statuses["connection lost"] += 1
            self.done.set_result(None)

    def _next(self, now: float) -> None:
        pause = max(0.0, self._sent + 1 / self._run.rate - now) if self._run.rate else 0.0
        if now + pause >= self._run.until:
            self.done.set_result(None)
            self._transport.close()
        elif pause:
            asyncio.get_running_loop().call_later(pause, self._send)
        else:
            self._send()

    def _send(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(next(self._run.numbered))


def _content_length(head: bytes) -> int:
    _, found, rest = head.partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0]) if found else 0


def _numbered(templates: Sequence[str], first: int) -> Iterator[bytes]:
    """Filled in while running, so that a run can be of any length; a replacement takes a few microseconds."""
    parts = [template.encode().split(NUMBER.encode()) for template in templates]
    for number, pieces in zip(itertools.count(first), itertools.cycle(parts), strict=False):
        yield f"{number:0{DIGITS}d}".encode().join(pieces)


async def send(order: Order) -> Outcome:
    """Carry an order out."""
    started, busy = time.perf_counter(), time.process_time()
    run = _Run(_numbered(order.requests, order.first), started + order.seconds, order.rate)
    loop = asyncio.get_running_loop()
    clients = [_Client(run) for _ in range(order.clients)]
    for client in clients:
        await loop.create_connection(lambda made=client: made, "127.0.0.1", order.port)  # type: ignore[misc]  # a default that binds
    async with asyncio.timeout(order.seconds + GRACE_SECONDS):
        await asyncio.gather(*(client.done for client in clients))
    seconds = time.perf_counter() - started
    times = sorted(run.latencies)
    return Outcome(
        len(times),
        seconds,
        percentile(times, 0.5),
        percentile(times, 0.99),
        dict(run.statuses),
        (time.process_time() - busy) / seconds,
    )


def main() -> None:
    fields: dict[str, Any] = json.load(sys.stdin)
    json.dump(asdict(uvloop.run(send(Order(**fields)))), sys.stdout)


if __name__ == "__main__":
    main()
