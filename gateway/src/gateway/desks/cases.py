"""The desk that carries cases to one ministry's register and fetches its answers. It decides no case.

Everything it knows of a case is in the database: it claims due rows with a short lease that it keeps up while it is at
them, calls with no transaction open, and settles in another one. Killed anywhere, the lease runs out within seconds and
the same call is made again, which is safe by the port's promise; a case is settled only out of the state it was claimed
in, so its event is recorded once.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from chassis.crash import crash_point
from chassis.database import Database
from chassis.ids import new_id
from chassis.telemetry.logging import get_logger, places
from chassis.telemetry.tracing import SpanKind, Tracing
from contracts.gateway import MinistryCaseKind
from gateway.domain.ministry_case import ASKED_AFTER, TO_SEND, State
from gateway.handlers import ministry_cases as handlers
from gateway.ports import CaseOffice, OutOfReach
from gateway.queries import ministry_cases as queries
from gateway.queries.ministry_cases import ClaimedCase

_log = get_logger("ministry")

# How long a case stands still when the process that is at it is killed. A desk kept from its turn for longer costs a
# second call, which has no second effect there.
LEASE_SECONDS = 6.0


@dataclass(frozen=True)
class Pace:
    """How an office is spoken with: calls side by side, cases in one question, pauses in seconds."""

    parallel: int
    batch: int
    poll_seconds: float
    retry_delays: Sequence[float]


class MinistryDesk:
    """One process's desk at one office. Several may run side by side."""

    def __init__(
        self,
        database: Database,
        tracing: Tracing,
        office: CaseOffice,
        pace: Pace,
        *,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self._database = database
        self._tracing = tracing
        self._office = office
        self._pace = pace
        self._lease = lease_seconds
        self._id = new_id()  # of this process's desk, for its leases

    async def attend(self) -> None:
        """Send what is to be sent and ask after what was, until nothing is due or the office is to be left alone."""
        while await self._send() + await self._ask():
            pass

    async def _send(self) -> int:
        """Send due cases side by side; how many were claimed."""
        most = self._office.calls_allowed(self._pace.parallel)
        cases = await self._claim(self._office.kinds, TO_SEND, most)
        async with self._leases(cases):
            await asyncio.gather(*(self._send_one(claimed) for claimed in cases))
        return len(cases)

    async def _send_one(self, claimed: ClaimedCase) -> None:
        name = f"{self._office.name} {claimed.case.kind}"
        with self._tracing.span(name, kind=SpanKind.CLIENT, parent=claimed.traceparent):
            try:
                if claimed.state is State.TO_SUPPLEMENT:
                    answer = await self._office.supplement(claimed.case)
                else:
                    answer = await self._office.submit(claimed.case)
            except OutOfReach as failure:
                await self._out_of_reach([claimed], failure)
                return
            crash_point("ministry.after_push")
            async with self._database.begin() as uow:
                await handlers.settle_push(answer, claimed, uow, self._tracing, poll_seconds=self._pace.poll_seconds)

    async def _ask(self) -> int:
        """Ask after due cases, in one call for each kind; how many were claimed."""
        most = self._pace.batch if self._office.calls_allowed(1) else 0
        cases = await self._claim(self._office.kinds, ASKED_AFTER, most)
        async with self._leases(cases):
            for kind in self._office.kinds:
                if of_kind := [claimed for claimed in cases if claimed.case.kind is kind]:
                    await self._ask_after(kind, of_kind)
        return len(cases)

    async def _ask_after(self, kind: MinistryCaseKind, cases: list[ClaimedCase]) -> None:
        try:
            results = await self._office.results(kind, [claimed.case_id for claimed in cases])
        except OutOfReach as failure:
            await self._out_of_reach(cases, failure)
            return
        crash_point("ministry.after_poll")
        async with self._database.begin() as uow:
            await handlers.settle_results(
                cases,
                results,
                uow,
                self._tracing,
                poll_seconds=self._pace.poll_seconds,
                delays=self._pace.retry_delays,
            )

    async def _claim(self, kinds: Sequence[MinistryCaseKind], states: Sequence[State], most: int) -> list[ClaimedCase]:
        if not most:
            return []
        async with self._database.begin() as uow:
            claimed = await queries.claim_cases(uow, kinds, states, most, desk=self._id, lease=self._lease)
            return await uow.commit(claimed)

    @asynccontextmanager
    async def _leases(self, cases: Sequence[ClaimedCase]) -> AsyncIterator[None]:
        """The leases of these cases do not run out while the block runs; those settled meanwhile are let go."""
        keeper = asyncio.create_task(self._keep_leases([claimed.case_id for claimed in cases]))
        try:
            yield
        finally:
            keeper.cancel()

    async def _keep_leases(self, case_ids: Sequence[UUID]) -> None:
        while True:
            await asyncio.sleep(self._lease / 3)
            try:
                async with self._database.begin() as uow:
                    await queries.keep_lease(uow, case_ids, desk=self._id, lease=self._lease)
                    await uow.commit(None)
            except Exception as error:  # noqa: BLE001 - a lease that runs out costs a second call, nothing more
                _log.warning("lease not kept", error_type=type(error).__name__, exception=places(error))

    async def _out_of_reach(self, cases: list[ClaimedCase], failure: OutOfReach) -> None:
        _log.warning("ministry out of reach", adapter=self._office.name, reason=failure.reason, count=len(cases))
        async with self._database.begin() as uow:
            await handlers.try_again_later(cases, failure.reason, uow, delays=self._pace.retry_delays)
