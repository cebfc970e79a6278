"""Calls the webhooks of agencies: claims what is due, sends, notes what came of it. It decides no right and keeps no order.

Rights and fields are `outgoing`'s, order is the claim's (`store`). Everything it knows is in the database: killed
anywhere, the lease runs out and the same event is sent again under the same `webhook-id`.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from uuid import UUID

import aiohttp

from chassis.crash import crash_point
from chassis.database import Database, Wakeup
from chassis.telemetry.logging import get_logger, places
from gateway.delivery import store
from gateway.delivery.outgoing import failed, judged, prepared
from gateway.delivery.outward_client import OutwardClient
from gateway.delivery.store import Claimed, Settled
from gateway.egress import EgressRefused
from gateway.handlers.subscriptions import note_outcomes
from gateway.registry import RegistryBook
from gateway.settings.subscriptions import SubscriptionSettings

_log = get_logger("webhooks")
_LEASE_MARGIN_SECONDS = 30


class Webhooks:
    """One process's caller. Several may run side by side."""

    def __init__(
        self,
        database: Database,
        registry: RegistryBook,
        client: OutwardClient,
        settings: SubscriptionSettings,
        *,
        today: Callable[[], date],
        poll_seconds: float = 1.0,
    ) -> None:
        self._database = database
        self._registry = registry
        self._client = client
        self._settings = settings
        self._today = today
        self._poll_seconds = poll_seconds
        self._busy: Counter[UUID] = Counter()
        self._calls: set[asyncio.Task[None]] = set()
        self._outcomes: list[Settled] = []
        self._ended = Wakeup()
        self.due = Wakeup()

    async def run(self) -> None:
        """Until cancelled; survives a database that goes away."""
        try:
            async with asyncio.TaskGroup() as parts:
                parts.create_task(self._forever(self._start_due))
                parts.create_task(self._forever(self._note_ended))
        finally:
            for call in self._calls:
                call.cancel()

    async def drain(self) -> None:
        """Deliver what is due now and note it; for a caller that has no time to run for ever."""
        while await self._claim_and_start():
            while self._calls:
                await asyncio.wait(self._calls)
                await self._note()

    async def _forever(self, part: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await part()
            except Exception as error:  # noqa: BLE001 - whatever it is, leases run out and the work comes again
                _log.warning("webhooks interrupted", error_type=type(error).__name__, exception=places(error))
                await asyncio.sleep(self._poll_seconds)

    async def _start_due(self) -> None:
        if not await self._claim_and_start():
            await self.due.wait(self._poll_seconds)

    async def _claim_and_start(self) -> int:
        room = self._settings.webhook_parallel - self._busy.total()
        if room <= 0:
            return 0
        async with self._database.begin() as uow:
            claimed = await uow.commit(
                await store.claim(
                    uow,
                    self._busy,
                    each=self._settings.webhook_parallel_per_subscription,
                    most=room,
                    lease_seconds=self._settings.webhook_timeout_seconds + _LEASE_MARGIN_SECONDS,
                )
            )
        if claimed:
            crash_point("webhook.after_claim")
        for one in claimed:
            self._busy[one.subscription.id] += 1
            call = asyncio.create_task(self._deliver(one))
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)
        return len(claimed)

    async def _deliver(self, claimed: Claimed) -> None:
        try:
            outcome = await self._outcome(claimed)
        except Exception as error:  # noqa: BLE001 - an event that cannot be sent must not stop the others
            _log.error("webhook not sent", error_type=type(error).__name__, exception=places(error))
            outcome = failed(claimed, "internal", self._settings.webhook_retry_delays)
        self._outcomes.append(outcome)
        self._ended.ring()

    async def _outcome(self, claimed: Claimed) -> Settled:
        now, delays = datetime.now(UTC), self._settings.webhook_retry_delays
        ready = prepared(claimed, await self._registry.current(), self._today(), now)
        if isinstance(ready, Settled):
            return ready
        try:
            answer = await self._client.post(
                str(claimed.subscription.url),
                ready.body,
                ready.headers,
                timeout_seconds=self._settings.webhook_timeout_seconds,
            )
        except EgressRefused as refused:
            return failed(claimed, f"address-{refused.rule}", delays)
        except TimeoutError:
            return failed(claimed, "timeout", delays)
        except aiohttp.ClientSSLError:
            return failed(claimed, "tls", delays)
        except (aiohttp.ClientConnectionError, OSError):
            return failed(claimed, "unreachable", delays)
        except aiohttp.ClientError:
            return failed(claimed, "no-http", delays)
        crash_point("webhook.after_send")
        return judged(claimed, answer, delays, now)

    async def _note_ended(self) -> None:
        await self._ended.wait(3600)
        await self._note()

    async def _note(self) -> None:
        outcomes, self._outcomes = self._outcomes, []
        if not outcomes:
            return
        try:
            async with self._database.begin() as uow:
                await note_outcomes(outcomes, uow, failing_after=self._settings.webhook_failing_after)
        finally:
            # What could not be noted is sent again when its lease has run out.
            self._busy.subtract(one.claimed.subscription.id for one in outcomes)
            self._busy = +self._busy
            self.due.ring()
