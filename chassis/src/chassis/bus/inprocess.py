"""The transport of the all-in-one process: plain calls. Durable because outbox, ledger and inbox are; nothing is kept here."""

import asyncio
from collections.abc import Mapping, Sequence

from chassis.bus.transport import AcceptBatch, DeliverBatch, Ingress, TransportDown, WireEvent


class InProcessTransport:
    """`send` returns after the gateway committed; `broadcast` after every subscriber committed: so a crash repeats, never loses.

    `subscriptions`: service → event types it subscribes to (the contract's table).
    """

    def __init__(self, subscriptions: Mapping[str, frozenset[str]]) -> None:
        self._subscriptions = subscriptions
        self._accept: AcceptBatch | None = None
        self._deliver: dict[str, DeliverBatch] = {}
        self._closed = False

    async def send(self, sender: str, events: Sequence[WireEvent]) -> None:
        """Straight into the gateway's router."""
        if self._accept is None or self._closed:
            raise TransportDown
        await self._accept([Ingress(sender, event.body) for event in events])

    async def serve_ingress(self, accept: AcceptBatch) -> None:
        """Register the gateway's router."""
        self._accept = accept

    async def broadcast(self, events: Sequence[WireEvent]) -> None:
        """To each subscriber its part, in order; the subscribers side by side."""
        if self._closed or any(
            types and service not in self._deliver for service, types in self._subscriptions.items()
        ):
            raise TransportDown
        parts = {
            service: [event for event in events if event.type in types]
            for service, types in self._subscriptions.items()
        }
        async with asyncio.TaskGroup() as group:
            for service, part in parts.items():
                if part:
                    group.create_task(self._deliver[service](part))  # type: ignore[arg-type]  # DeliverBatch is a coroutine function

    async def deliver_to(self, service: str, events: Sequence[WireEvent]) -> None:
        """Straight into its inbox."""
        if self._closed or service not in self._deliver:
            raise TransportDown
        await self._deliver[service](events)

    async def subscribe(self, service: str, deliver: DeliverBatch) -> None:
        """Register a service's inbox."""
        self._deliver[service] = deliver

    async def healthy(self) -> bool:
        """Always, while it is open."""
        return not self._closed

    async def close(self) -> None:
        """Refuse everything from now on."""
        self._closed = True
