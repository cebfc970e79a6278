"""The reference of the bus: publish with confirms, and consume, over one quorum queue. No outbox, ledger, inbox or database.

`python -m tests.bench.raw_bus publish|consume`, two processes; an `Order` as JSON on standard input. The consumer prints
when the first and the last message were there and how long each took, as an `Outcome` in JSON.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import aio_pika
import uvloop
from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractIncomingMessage

from tests.bench.load import percentile

QUEUE = "bench.raw"
BATCH = 500
"""As the relay: so many are on their way before their confirms are awaited."""
PREFETCH = 1000


@dataclass(frozen=True)
class Order:
    """`count` messages of `size` bytes; with a `rate`, one at a time so often a second, else as fast as it goes."""

    url: str
    count: int
    size: int
    rate: float | None = None


@dataclass(frozen=True)
class Outcome:
    """Milliseconds from before a message was published until it was consumed; messages a second from first to last."""

    p50: float
    p99: float
    rate: float


async def publish(order: Order) -> None:
    connection = await aio_pika.connect(order.url)
    async with connection, connection.channel(publisher_confirms=True, on_return_raises=True) as channel:
        exchange, body = channel.default_exchange, b"x" * order.size

        async def one() -> None:
            headers: dict[str, Any] = {"sent": time.time_ns()}
            message = Message(body, headers=headers, delivery_mode=DeliveryMode.PERSISTENT)
            await exchange.publish(message, QUEUE, mandatory=True)

        if order.rate is None:
            for start in range(0, order.count, BATCH):
                await asyncio.gather(*(one() for _ in range(start, min(start + BATCH, order.count))))
        else:
            for _ in range(order.count):
                await asyncio.gather(one(), asyncio.sleep(1 / order.rate))


async def consume(order: Order) -> Outcome:
    connection = await aio_pika.connect(order.url)
    async with connection, connection.channel(publisher_confirms=False) as channel:
        await channel.set_qos(prefetch_count=PREFETCH)
        arguments: dict[str, Any] = {"x-queue-type": "quorum", "x-single-active-consumer": True}
        queue = await channel.declare_queue(QUEUE, durable=True, arguments=arguments)
        arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
        await queue.consume(arrived.put)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sent, got = await _take(arrived, order.count)
        times = sorted((there - started) / 1e6 for started, there in zip(sent, got, strict=True))
        seconds = (got[-1] - sent[0]) / 1e9
        return Outcome(percentile(times, 0.5), percentile(times, 0.99), order.count / seconds)


async def _take(arrived: asyncio.Queue[AbstractIncomingMessage], count: int) -> tuple[Sequence[int], Sequence[int]]:
    sent: list[int] = []
    got: list[int] = []
    while len(got) < count:
        batch = [await arrived.get()]
        while not arrived.empty():
            batch.append(arrived.get_nowait())
        now = time.time_ns()
        sent += [int(str(message.headers["sent"])) for message in batch]
        got += [now] * len(batch)
        await batch[-1].ack(multiple=True)
    return sent, got


def main() -> None:
    order = Order(**json.loads(sys.stdin.readline()))
    if sys.argv[1] == "publish":
        uvloop.run(publish(order))
    else:
        sys.stdout.write(json.dumps(asdict(uvloop.run(consume(order)))))


if __name__ == "__main__":
    main()
