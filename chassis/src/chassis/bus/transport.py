"""What a transport must do, whichever it is: RabbitMQ between processes, or plain calls inside one."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True)
class WireEvent:
    """An event as bytes, with what must be known to carry it."""

    event_id: UUID
    type: str
    subject: str
    body: bytes


@dataclass(frozen=True)
class Ingress:
    """What arrived at the gateway: the bytes, and who really sent them (by the broker's word, not the envelope's)."""

    sender: str
    body: bytes


AcceptBatch = Callable[[Sequence[Ingress]], Awaitable[None]]
DeliverBatch = Callable[[Sequence[WireEvent]], Awaitable[None]]


class TransportDown(Exception):
    """The transport cannot take events now; the caller keeps them and tries again."""


class Transport(Protocol):
    """At-least-once, in order per sender and per queue. Nothing is acknowledged before its callback has returned."""

    async def send(self, sender: str, events: Sequence[WireEvent]) -> None:
        """From a service to the gateway. Returns when all are safe on the other side; raises TransportDown."""
        ...

    async def serve_ingress(self, accept: AcceptBatch) -> None:
        """Gateway: feed every event that services send to `accept`, in batches, from now on."""
        ...

    async def broadcast(self, events: Sequence[WireEvent]) -> None:
        """Gateway: to every service that subscribes to each type. Returns when all are safe; raises TransportDown."""
        ...

    async def deliver_to(self, service: str, events: Sequence[WireEvent]) -> None:
        """Gateway: to one service alone, which has asked to hear them again. Returns when all are safe; raises TransportDown."""
        ...

    async def subscribe(self, service: str, deliver: DeliverBatch) -> None:
        """Service: feed the events it subscribes to into `deliver`, in order, in batches, from now on."""
        ...

    async def healthy(self) -> bool:
        """Whether events can be carried at this moment."""
        ...

    async def close(self) -> None:
        """Stop feeding, let what is being handled finish, and disconnect."""
        ...
