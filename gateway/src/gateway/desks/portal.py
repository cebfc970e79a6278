"""Keeps the national portal at our state: tells it what changed, and looks whether it has all. It decides no dossier.

Everything it knows is in the database: it claims changed dossiers with a lease, calls with no transaction open, and
settles each in a transaction of its own. A dossier is leased to one process at a time and its newest snapshot is what is
told, so the portal sees its states in order. Killed anywhere, the lease runs out and the same is told again: whether the
portal has a dossier already is looked up first, whenever an earlier attempt did not come to its end.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from chassis.clock import hanoi_day
from chassis.crash import crash_point
from chassis.database import Database
from chassis.telemetry.logging import get_logger
from chassis.telemetry.tracing import SpanKind, Tracing
from gateway.domain.portal import Standing, State, untold_steps
from gateway.handlers import portal as handlers
from gateway.ports import NationalPortal, OutOfReach, Rejected
from gateway.queries import portal as queries
from gateway.queries.portal import ClaimedDossier, WalkedDossier
from gateway.queries.portal_runs import Found
from gateway.settings import GatewaySettings

_log = get_logger("portal")

# How long all the calls for one message of dossiers may take together, in timeouts of one call: a look-up, new and known
# dossiers, steps, each perhaps with a new session first, are nearly always over much sooner.
_PATIENCE = 3
# Shorter than the other desks' margin: until a lease runs out nobody may speak of its dossiers, and a run asks in pages.
_LEASE_MARGIN_SECONDS = 10


class PortalDesk:
    """One process's desk. Several may run side by side."""

    def __init__(
        self,
        database: Database,
        tracing: Tracing,
        portal: NationalPortal,
        settings: GatewaySettings,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._tracing = tracing
        self._portal = portal
        self._settings = settings
        self._monotonic = monotonic
        self._patience = settings.portal_timeout_seconds * _PATIENCE
        self._lease = self._patience + _LEASE_MARGIN_SECONDS
        self._day: date | None = None

    async def attend(self) -> None:
        """Tell what changed, and go on with reconciliations a page at a time, until nothing is due."""
        await self._begin_day()
        while await self.push() + await self.reconcile():
            pass

    async def push(self) -> int:
        """Tell the portal dossiers that are due, and those by themselves that it refused; how many were claimed."""
        most = self._portal.calls_allowed(self._settings.portal_batch)
        if not most:
            return 0
        async with self._database.begin() as uow:
            claimed = await uow.commit(await queries.claim_due(uow, most, self._lease, alone=False))
        if not claimed:
            async with self._database.begin() as uow:
                claimed = await uow.commit(await queries.claim_due(uow, 1, self._lease, alone=True))
        await self._tell_all(claimed)
        return len(claimed)

    async def reconcile(self, run_id: UUID | None = None) -> int:
        """One page of a reconciliation that is due (of this one, if given); how many dossiers it had."""
        if not self._portal.calls_allowed(1):
            return 0
        async with self._database.begin() as uow:
            run = await handlers.claim_run(uow, 2 * self._lease, run_id)
        if run is None:
            return 0
        at, code = (run.at_time, run.at_code) if run.at_time is not None else (run.since, "")
        async with self._database.begin() as uow:
            page = await queries.walk(uow, at, code or "", run.until, self._settings.portal_reconcile_page)
        done = len(page) < self._settings.portal_reconcile_page
        try:
            found = await self._compare_and_mend([one for one in page if one.state in (State.SYNCED, State.REFUSED)])
        except OutOfReach as failure:
            _log.warning("portal out of reach", adapter="portal", reason=failure.reason, job="reconciliation")
            async with self._database.begin() as uow:
                await handlers.pause_reconciliation(run, failure.reason, self._settings.portal_retry_delays, uow)
            return 0
        last = (page[-1].happened_at, page[-1].code) if page else None
        async with self._database.begin() as uow:
            await handlers.advance_reconciliation(run, found, last, uow, done=done)
        if done:
            _log.info("portal reconciled", job=str(run.id))
        return len(page)

    async def _begin_day(self) -> None:
        """The day's reconciliation, and what has been kept for long enough, once a day."""
        async with self._database.begin() as uow:
            day = hanoi_day(uow.now)
            if day == self._day:
                return
            await handlers.begin_daily_reconciliation(day, self._settings.portal_reconcile_days, uow)
            before = uow.now - timedelta(days=self._settings.portal_keep_days)
        while True:
            async with self._database.begin() as uow:
                if not await handlers.forget_ended(before, uow):
                    break
        self._day = day

    async def _compare_and_mend(self, walked: Sequence[WalkedDossier]) -> Found:
        if not walked:
            return Found()
        stands = await self._portal.look_up([one.dossier for one in walked])
        found = [
            (one, Standing.STALE if standing is Standing.SAME else standing)
            for one in walked
            if (standing := stands[one.code]) is not Standing.SAME or one.state == State.REFUSED
        ]
        if not found:
            return Found(asked=len(walked))
        async with self._database.begin() as uow:
            codes = await handlers.put_in_line(found, uow)
        mended = await self._push_these(codes)
        lacking = [standing for one, standing in found if one.code in set(codes)]
        missing = lacking.count(Standing.MISSING)
        return Found(len(walked), missing, len(lacking) - missing, len(mended), len(codes) - len(mended))

    async def _push_these(self, codes: Sequence[str]) -> set[str]:
        """Tell these; those that spoil a message, once more by themselves. Which of them the portal has then."""
        for _ in range(2):
            for start in range(0, len(codes), self._settings.portal_batch):
                part = codes[start : start + self._settings.portal_batch]
                async with self._database.begin() as uow:
                    claimed = await uow.commit(await queries.claim_these(uow, part, self._lease))
                await self._tell_all(claimed)
        async with self._database.begin() as uow:
            return await queries.in_sync(uow, codes)

    async def _tell_all(self, claimed: Sequence[ClaimedDossier]) -> None:
        """In one message those that may go together, by themselves those that may not, while the lease lasts."""
        until = self._monotonic() + self._lease - self._patience
        together = [one for one in claimed if not one.alone]
        for message in (together, *([one] for one in claimed if one.alone)):
            if message and self._monotonic() <= until:
                with self._tracing.span("portal tell", kind=SpanKind.CLIENT):
                    await self._tell(message)

    async def _tell(self, claimed: Sequence[ClaimedDossier]) -> None:
        """Dossiers first, then the steps of those that were taken; and settle what came of it."""
        refused: dict[str, str] = {}
        try:
            async with asyncio.timeout(self._patience):
                told = await self._call(claimed, refused)
        except TimeoutError:
            await self._out_of_reach(claimed, OutOfReach("no answer in time"))
            return
        except OutOfReach as failure:
            await self._out_of_reach(claimed, failure)
            return
        crash_point("portal.after_push")
        for one in claimed:
            async with self._database.begin() as uow:
                if one.code not in refused:
                    await handlers.settle(one, told[one.code], uow)
                elif one.alone:
                    await handlers.keep_refused(one, refused[one.code], uow)
                else:
                    await handlers.tell_alone(one, refused[one.code], uow)

    async def _call(self, claimed: Sequence[ClaimedDossier], refused: dict[str, str]) -> Mapping[str, Sequence[int]]:
        """Tell new dossiers, then known ones, then steps; which steps were told. Raises OutOfReach."""
        there = await self._there(claimed)
        taken: list[ClaimedDossier] = []
        for updating in (False, True):
            group = [one for one in claimed if there[one.code] is updating]
            if not group:
                continue
            answer = await self._portal.sync([one.dossier for one in group], updating=updating)
            if isinstance(answer, Rejected):
                refused |= {one.code: answer.words[0] for one in group}
            else:
                taken += group
        return await self._report_steps(taken, there, refused)

    async def _there(self, claimed: Sequence[ClaimedDossier]) -> Mapping[str, bool]:
        """Whether the portal has each: as it was told, and asked where an earlier attempt leaves that open."""
        unsure = [one for one in claimed if one.attempts > 1 or (one.there is None and one.claims > 1)]
        stands = await self._portal.look_up([one.dossier for one in unsure]) if unsure else {}
        known = {one.code: bool(one.there) for one in claimed}
        return known | {code: standing is not Standing.MISSING for code, standing in stands.items()}

    async def _report_steps(
        self, taken: Sequence[ClaimedDossier], there: Mapping[str, bool], refused: dict[str, str]
    ) -> Mapping[str, Sequence[int]]:
        """The steps of these that the portal was not told yet: all of them, where it did not have the dossier."""
        untold = {one.code: untold_steps(one.dossier, one.told if there[one.code] else ()) for one in taken}
        steps = [(one.dossier, step) for one in taken for step in untold[one.code]]
        if steps:
            answer = await self._portal.report_steps(steps)
            if isinstance(answer, Rejected):
                refused |= {one.code: answer.words[0] for one in taken}
        return {code: [step.version for step in said] for code, said in untold.items()}

    async def _out_of_reach(self, claimed: Sequence[ClaimedDossier], failure: OutOfReach) -> None:
        _log.warning("portal out of reach", adapter="portal", reason=failure.reason, count=len(claimed))
        for one in claimed:
            async with self._database.begin() as uow:
                await handlers.try_again_later(one, failure.reason, self._settings.portal_retry_delays, uow)
