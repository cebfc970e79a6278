"""The portal's simulator on a real socket, and the gateway's side of it, for the tests of the synchronisation."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from pydantic import SecretStr

from contracts.event import Event
from contracts.submission import (
    DossierAccepted,
    DossierFinished,
    DossierPaymentAwaited,
    DossierProcessingStarted,
    DossierReturned,
    DossierSubmitted,
    DossierSupplemented,
    DossierSupplementRequested,
)
from deploy.sandbox.tests.simulator_kit import served
from gateway.adapters.portal import national_portal
from gateway.adapters.portal_messages import dossier_message, step_message
from gateway.adapters.routes import Routes
from gateway.desks.portal import PortalDesk
from gateway.domain.connection_mode import Mode, Route
from gateway.domain.portal import untold_steps
from gateway.queries import portal as queries
from gateway.settings import GatewaySettings
from gateway.tests.conftest import MORNING, Gateway, opened, pem
from sandbox.simulators.faults import Fault
from sandbox.simulators.portal import NationalPortal, create_app
from tests.support.events import inbox_of, wire
from tests.support.identities import officer

OPERATOR = officer("operator")
SYNC, PROGRESS, LOOK_UP = "DongBoHoSoMC", "CapNhatTienDoHoSoMC", "TraCuuHoSo"
LONG_WAY: tuple[type[Event], ...] = (
    DossierSubmitted,
    DossierPaymentAwaited,
    DossierSupplementRequested,
    DossierSupplemented,
    DossierAccepted,
    DossierProcessingStarted,
    DossierFinished,
    DossierReturned,
)


@dataclass
class Portal:
    """The simulator: its state to be looked at, its faults to be set, and where it is."""

    software: NationalPortal
    url: str

    def fails(self, mode: str, **fault: Any) -> None:
        self.software.desk.script(Fault(mode=mode, **fault))

    def is_well(self) -> None:
        self.software.desk.fault = None

    def counts(self, operation: str, code: str) -> dict[str, int]:
        counts: Any = self.software.desk.report()["counts"]
        found: dict[str, int] = counts.get(operation, {}).get(code, {"received": 0, "acted": 0})
        return found


@pytest.fixture
def portal() -> Iterator[Portal]:
    software = NationalPortal(now=lambda: datetime.now(UTC), random=Random(7), dstcode="test", session_messages=7)
    with served(create_app(software)) as url:
        yield Portal(software, url)


class Office:
    """The gateway's side: events come in, desks attend to them."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self._inbox = inbox_of(gateway.runtime)

    async def hears(self, *events: Event, at: datetime = MORNING) -> None:
        await self._inbox.deliver([wire(event, at=at) for event in events])

    async def moves(self, number: int, steps: Sequence[type[Event]] = LONG_WAY[:1], first: int = 1) -> list[str]:
        """So many dossiers move by these steps, all of them one step before any the next."""
        codes = [f"H26-20261012-{place:07d}" for place in range(number)]
        for version, kind in enumerate(steps, start=first):
            at = MORNING - timedelta(minutes=60 - version)
            await self.hears(
                *(kind.model_validate(kind.example | {"version": version, "dossierCode": code}) for code in codes),
                at=at,
            )
        return codes

    async def attends(self, **changes: Any) -> Routes:
        """A desk works until nothing is due."""
        settings = self.gateway.settings.model_copy(update=changes)
        routes = Routes(
            "portal",
            [Route("portal", Mode.DIRECT, settings.portal_url or "")],
            settings.portal_retry_delays,
            now=self.gateway.runtime.clock.now,
        )
        async with national_portal(routes, settings) as adapter:
            await PortalDesk(self.gateway.runtime.database, self.gateway.runtime.tracing, adapter, settings).attend()
        return routes

    async def attends_until_synced(self, seconds: float = 20, **changes: Any) -> None:
        async with asyncio.timeout(seconds):
            while True:
                await self.attends(**changes)
                if set(await self.states()) <= {"SYNCED"}:
                    return
                await asyncio.sleep(0.02)

    async def states(self) -> list[str]:
        return [row.state for row in await self.gateway.rows("SELECT state FROM portal_dossier ORDER BY dossier_code")]

    async def lets_leases_run_out(self) -> None:
        await self.gateway.execute("UPDATE portal_dossier SET next_attempt_at = now()")
        await self.gateway.execute("UPDATE portal_reconciliation SET next_attempt_at = now()")

    async def ours(self) -> dict[str, tuple[dict[str, Any], list[dict[str, Any]]]]:
        """Every dossier and its steps as the portal ought to hold them."""
        async with self.gateway.runtime.database.begin() as uow:
            walked = await queries.walk(
                uow, datetime(2000, 1, 1, tzinfo=UTC), "", datetime(2100, 1, 1, tzinfo=UTC), 1000
            )
        return {
            one.code: (
                dossier_message(one.dossier),
                [step_message(one.code, one.dossier.snapshot.unit, step) for step in untold_steps(one.dossier, ())],
            )
            for one in walked
        }

    async def last_run(self) -> Any:
        rows = await self.gateway.rows("SELECT * FROM portal_reconciliation ORDER BY started_at DESC, id DESC LIMIT 1")
        return rows[0]


@pytest.fixture
async def office(database_url: SecretStr, portal: Portal) -> AsyncIterator[Office]:
    settings = GatewaySettings(
        database_url=database_url,
        ledger_key=pem(),
        portal_url=portal.url,
        portal_dstcode="test",
        portal_batch=20,
        portal_retry_delays=(0.02, 0.05),
        portal_timeout_seconds=1,
        portal_reconcile_page=3,
    )
    async with opened(settings, {}) as gateway:
        office = Office(gateway)
        await office.attends()  # the day's own reconciliation is over before a test begins
        yield office


async def exactly_ours(office: Office, portal: Portal) -> None:
    """The portal holds what we hold, field by field and step by step; nothing else, nothing twice."""
    ours = await office.ours()
    assert portal.software.dossiers == {code: dossier for code, (dossier, _) in ours.items()}
    assert portal.software.steps == {code: steps for code, (_, steps) in ours.items()}
