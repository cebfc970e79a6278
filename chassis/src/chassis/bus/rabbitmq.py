"""The transport between processes: RabbitMQ with confirms, mandatory routing, quorum queues and single active consumers.

A service may write to `lgsp.ingress` and read `<service>.events`, nothing else (broker permissions); the gateway owns
the topology and lays it out from the contract's table. Messages are acknowledged after the callback committed, whole
batches at once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import aio_pika
from aio_pika import DeliveryMode, ExchangeType, Message
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractExchange, AbstractIncomingMessage
from aio_pika.exceptions import AMQPError, ChannelInvalidStateError, DeliveryError

from chassis.bus.transport import AcceptBatch, DeliverBatch, Ingress, TransportDown, WireEvent
from chassis.telemetry.logging import get_logger
from contracts.envelope import CONTENT_TYPE

_log = get_logger("rabbitmq")

INGRESS = "lgsp.ingress"
EVENTS = "lgsp.events"
_DEFAULT = ""
_DOWN = (
    AMQPError,
    ChannelInvalidStateError,
    DeliveryError,
    ConnectionError,
    OSError,
    RuntimeError,
    asyncio.TimeoutError,
)
_CONFIRM_SECONDS = 10
_PREFETCH = 1000
_BATCH = 500


def events_queue(service: str) -> str:
    """The queue that holds what a service subscribes to."""
    return f"{service}.events"


class RabbitTransport:
    """One process's connection, as one broker user. Whoever needs it reconnects it; while that fails, TransportDown."""

    def __init__(self, url: str, user: str, *, topology: Mapping[str, frozenset[str]] | None = None) -> None:
        self._url = url
        self._user = user
        self._topology = topology
        self._connection: AbstractConnection | None = None
        self._publishing: tuple[AbstractChannel, dict[str, AbstractExchange]] | None = None
        self._connecting = asyncio.Lock()
        self._feeds: list[asyncio.Task[None]] = []

    async def send(self, sender: str, events: Sequence[WireEvent]) -> None:
        """Publish to the gateway's ingress and wait for every confirm."""
        await self._publish(INGRESS, events, routing_key=lambda _: sender)

    async def broadcast(self, events: Sequence[WireEvent]) -> None:
        """Publish to the events exchange, routed by type, and wait for every confirm."""
        await self._publish(EVENTS, events, routing_key=lambda event: event.type)

    async def deliver_to(self, service: str, events: Sequence[WireEvent]) -> None:
        """Publish into the service's own queue, by the broker's default exchange, and wait for every confirm."""
        await self._publish(_DEFAULT, events, routing_key=lambda _: events_queue(service))

    async def serve_ingress(self, accept: AcceptBatch) -> None:
        """Consume the ingress queue into the router."""

        async def take(messages: Sequence[AbstractIncomingMessage]) -> None:
            await accept([Ingress(message.user_id or "", message.body) for message in messages])

        self._feeds.append(asyncio.create_task(self._feed(INGRESS, take)))

    async def subscribe(self, service: str, deliver: DeliverBatch) -> None:
        """Consume a service's own queue into its inbox."""

        async def take(messages: Sequence[AbstractIncomingMessage]) -> None:
            await deliver([_wire(message) for message in messages])

        self._feeds.append(asyncio.create_task(self._feed(events_queue(service), take)))

    async def healthy(self) -> bool:
        """Whether the connection is up; made again if it is not: a process with nothing to carry has nobody else to do so."""
        try:
            await self._ready()
        except TransportDown:
            return False
        return True

    async def close(self) -> None:
        """Stop feeding, and disconnect: what was not acknowledged comes again to the next consumer."""
        for feed in self._feeds:
            feed.cancel()
        await asyncio.gather(*self._feeds, return_exceptions=True)
        if self._connection is not None:
            await self._connection.close()

    async def _publish(
        self, exchange: str, events: Sequence[WireEvent], routing_key: Callable[[WireEvent], str]
    ) -> None:
        try:
            async with asyncio.timeout(_CONFIRM_SECONDS):
                target = (await self._publisher())[exchange]
                await asyncio.gather(
                    *(target.publish(self._message(event), routing_key(event), mandatory=True) for event in events)
                )
        except _DOWN as error:
            self._publishing = None
            raise TransportDown(type(error).__name__) from error

    def _message(self, event: WireEvent) -> Message:
        return Message(
            event.body,
            content_type=CONTENT_TYPE,
            message_id=str(event.event_id),
            type=event.type,
            user_id=self._user,
            headers={"subject": event.subject},
            delivery_mode=DeliveryMode.PERSISTENT,
        )

    async def _publisher(self) -> dict[str, AbstractExchange]:
        if self._publishing is not None and not self._publishing[0].is_closed:
            return self._publishing[1]
        connection = await self._ready()
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        exchanges = {name: await channel.get_exchange(name, ensure=False) for name in (INGRESS, EVENTS)}
        exchanges[_DEFAULT] = channel.default_exchange
        self._publishing = (channel, exchanges)
        return exchanges

    async def _ready(self) -> AbstractConnection:
        async with self._connecting:
            if self._connection is None or not _up(self._connection):
                try:
                    connection = await aio_pika.connect(self._url, timeout=5)
                    if self._topology is not None:
                        await self._lay_out(connection, self._topology)
                    self._connection = connection
                except _DOWN as error:
                    raise TransportDown(type(error).__name__) from error
            return self._connection

    async def _lay_out(self, connection: AbstractConnection, topology: Mapping[str, frozenset[str]]) -> None:
        quorum: dict[str, Any] = {"x-queue-type": "quorum", "x-single-active-consumer": True}
        async with connection.channel() as channel:
            ingress = await channel.declare_exchange(INGRESS, ExchangeType.FANOUT, durable=True)
            queue = await channel.declare_queue(INGRESS, durable=True, arguments=quorum)
            await queue.bind(ingress)
            events = await channel.declare_exchange(EVENTS, ExchangeType.TOPIC, durable=True)
            for service, types in topology.items():
                queue = await channel.declare_queue(events_queue(service), durable=True, arguments=quorum)
                for event_type in sorted(types):
                    await queue.bind(events, event_type)

    async def _feed(self, queue: str, take: Callable[[Sequence[AbstractIncomingMessage]], Awaitable[None]]) -> None:
        """Consume until cancelled, on a fresh channel after each failure: unacknowledged messages are delivered again."""
        while True:
            try:
                connection = await self._ready()
                async with connection.channel(publisher_confirms=False) as channel:
                    await channel.set_qos(prefetch_count=_PREFETCH)
                    await self._consume(channel, queue, take)
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 - a consumer must outlive every failure of broker and database
                _log.warning("consumer interrupted", queue=queue, error_type=type(error).__name__)
            await asyncio.sleep(0.5)

    async def _consume(
        self, channel: AbstractChannel, name: str, take: Callable[[Sequence[AbstractIncomingMessage]], Awaitable[None]]
    ) -> None:
        arrived: asyncio.Queue[AbstractIncomingMessage | None] = asyncio.Queue()
        channel.close_callbacks.add(lambda *_: arrived.put_nowait(None))
        queue = await channel.get_queue(name, ensure=False)
        await queue.consume(arrived.put)
        while True:
            batch = [await arrived.get()]
            while len(batch) < _BATCH and not arrived.empty():
                batch.append(arrived.get_nowait())
            messages = [message for message in batch if message is not None]
            if len(messages) < len(batch):
                raise TransportDown("channel closed")
            await take(messages)
            await messages[-1].ack(multiple=True)


def _up(connection: AbstractConnection) -> bool:
    return connection.connected.is_set() and not connection.is_closed


def _wire(message: AbstractIncomingMessage) -> WireEvent:
    return WireEvent(
        UUID(message.message_id or ""), message.type or "", str(message.headers.get("subject", "")), message.body
    )
