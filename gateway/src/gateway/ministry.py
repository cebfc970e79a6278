"""The desk that carries birth cases to the civil registry of record and fetches its answers. It decides no case.

Everything it knows of a case is in the database: it claims due rows with a lease, calls with no transaction open, and
settles in another one. Killed anywhere, the lease runs out and the same call is made again, which is safe by the port's
promise; a case is settled only out of the state it was claimed in, so its event is recorded once.
"""

import asyncio
import time
from collections.abc import Callable

from chassis.crash import crash_point
from chassis.database import Database
from chassis.telemetry.logging import get_logger
from chassis.telemetry.tracing import SpanKind, Tracing
from gateway import handlers, queries
from gateway.domain.breaker import Breaker
from gateway.domain.ministry_case import State
from gateway.ports import CivilRegistryOfRecord, OutOfReach
from gateway.queries import ClaimedCase
from gateway.settings import GatewaySettings

_log = get_logger("ministry")

# Past the longest call: settling takes a moment too.
_LEASE_MARGIN_SECONDS = 30


class MinistryDesk:
    """One process's desk. Several may run side by side."""

    def __init__(
        self,
        database: Database,
        tracing: Tracing,
        registry: CivilRegistryOfRecord,
        settings: GatewaySettings,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._tracing = tracing
        self._registry = registry
        self._settings = settings
        self._monotonic = monotonic
        self._lease = settings.moj_timeout_seconds + _LEASE_MARGIN_SECONDS
        self.breaker = Breaker(settings.moj_retry_delays)

    async def attend(self) -> None:
        """Push what is to be pushed and ask after what was, until nothing is due or the Ministry is to be left alone."""
        while await self._push() + await self._poll():
            pass

    async def _push(self) -> int:
        """Push due cases side by side; how many were claimed."""
        cases = await self._claim(State.TO_PUSH, self._allowed(self._settings.moj_parallel))
        await asyncio.gather(*(self._push_one(claimed) for claimed in cases))
        return len(cases)

    async def _push_one(self, claimed: ClaimedCase) -> None:
        with self._tracing.span("moj register_birth", kind=SpanKind.CLIENT, parent=claimed.traceparent):
            try:
                answer = await self._registry.register_birth(claimed.case)
            except OutOfReach as failure:
                await self._out_of_reach([claimed], State.TO_PUSH, failure)
                return
            self.breaker.succeeded()
            crash_point("moj.after_push")
            async with self._database.begin() as uow:
                await handlers.settle_push(
                    answer, claimed, uow, self._tracing, poll_seconds=self._settings.moj_poll_seconds
                )

    async def _poll(self) -> int:
        """Ask after due cases in one call; how many were claimed."""
        cases = await self._claim(State.PUSHED, self._settings.moj_batch if self._allowed(1) else 0)
        if not cases:
            return 0
        try:
            results = await self._registry.results([claimed.case_id for claimed in cases])
        except OutOfReach as failure:
            await self._out_of_reach(cases, State.PUSHED, failure)
            return len(cases)
        self.breaker.succeeded()
        crash_point("moj.after_poll")
        async with self._database.begin() as uow:
            await handlers.settle_results(
                cases,
                results,
                uow,
                self._tracing,
                poll_seconds=self._settings.moj_poll_seconds,
                delays=self._settings.moj_retry_delays,
            )
        return len(cases)

    def _allowed(self, most: int) -> int:
        return self.breaker.calls_allowed(self._monotonic(), most)

    async def _claim(self, state: State, most: int) -> list[ClaimedCase]:
        if not most:
            return []
        async with self._database.begin() as uow:
            return await uow.commit(await queries.claim_cases(uow, state, most, self._lease))

    async def _out_of_reach(self, cases: list[ClaimedCase], state: State, failure: OutOfReach) -> None:
        self.breaker.failed(self._monotonic())
        _log.warning("ministry out of reach", adapter="moj", reason=failure.reason, state=state.value, count=len(cases))
        async with self._database.begin() as uow:
            await handlers.try_again_later(cases, state, failure.reason, uow, delays=self._settings.moj_retry_delays)
