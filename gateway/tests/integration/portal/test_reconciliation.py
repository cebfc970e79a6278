"""Reconciliation with the national portal, and what operators see of the synchronisation."""

from datetime import datetime, timedelta

import pytest

from chassis.clock import SettableClock
from gateway.adapters.portal import national_portal
from gateway.adapters.routes import Routes
from gateway.desks.portal import PortalDesk
from gateway.domain.connection_mode import Mode, Route
from gateway.portal_command import run_to_its_end
from gateway.tests.integration.portal.conftest import (
    LONG_WAY,
    OPERATOR,
    Office,
    Portal,
    exactly_ours,
)
from tests.support.counting import counted
from tests.support.identities import citizen


async def test_a_reconciliation_finds_what_the_portal_lacks_or_has_otherwise_and_mends_it(
    office: Office, portal: Portal
) -> None:
    """R-257."""
    codes = await office.moves(10, LONG_WAY[:3])
    await office.attends()
    for code in codes[2:5]:
        portal.software.forget(code)
    portal.software.dossiers[codes[7]]["TrangThaiHoSo"] = "1"
    asked = await office.gateway.client.post(
        "/lgsp/v1/portal/reconciliations", json={"since": "2026-10-12"}, headers=OPERATOR | {"Idempotency-Key": "one"}
    )
    assert asked.status_code == 202
    await office.attends()
    report = (await office.gateway.get(asked.headers["location"], OPERATOR)).json()
    assert {name: report[name] for name in ("state", "asked", "missing", "stale", "mended", "failed")} == {
        "state": "DONE", "asked": 10, "missing": 3, "stale": 1, "mended": 4, "failed": 0,
    }  # fmt: skip
    await exactly_ours(office, portal)
    (listed, *_) = (await office.gateway.get("/lgsp/v1/portal/reconciliations", OPERATOR)).json()["items"]
    assert listed == report


async def test_a_portal_that_takes_and_forgets_is_found_out(office: Office, portal: Portal) -> None:
    portal.fails("forget", times=1)
    await office.moves(3)
    await office.attends()
    portal.is_well()
    await office.gateway.execute("UPDATE portal_reconciliation SET day = day - 1")  # a day later
    await office.attends()
    assert (await office.last_run()).asked_by == "daily"
    await exactly_ours(office, portal)


async def test_a_dossier_the_portal_still_refuses_is_reported_as_failed(office: Office, portal: Portal) -> None:
    (code,) = await office.moves(1)
    await office.attends()
    portal.software.forget(code)
    portal.fails("refuse")
    report = await run_to_its_end(office.gateway.runtime, datetime(2026, 10, 12))  # noqa: DTZ001 - a day
    assert report == "asked 1, missing 1, stale 0, mended 0, failed 1 (since 2026-10-12)"
    assert await office.states() == ["REFUSED"]
    portal.is_well()
    report = await run_to_its_end(office.gateway.runtime, None)
    assert report.startswith("asked 1, missing 1, stale 0, mended 1, failed 0")
    await exactly_ours(office, portal)


async def test_a_reconciliation_that_was_cut_off_goes_on_where_it_was(office: Office, portal: Portal) -> None:
    codes = await office.moves(10)
    await office.attends()
    await office.gateway.client.post(
        "/lgsp/v1/portal/reconciliations", json={"since": "2026-10-12"}, headers=OPERATOR | {"Idempotency-Key": "one"}
    )
    portal.software.forget(codes[9])
    settings = office.gateway.settings
    routes = Routes("portal", [Route("portal", Mode.DIRECT, portal.url)], (0.01,), now=SettableClock().now)
    async with national_portal(routes, settings) as adapter:
        desk = PortalDesk(office.gateway.runtime.database, office.gateway.runtime.tracing, adapter, settings)
        assert await desk.reconcile() == 3
        portal.fails("down")
        assert await desk.reconcile() == 0
    assert ((await office.last_run()).asked, (await office.last_run()).state) == (3, "RUNNING")
    portal.is_well()
    await office.lets_leases_run_out()
    await office.attends()
    last = await office.last_run()
    assert (last.asked, last.missing, last.mended, last.state) == (10, 1, 1, "DONE")


async def test_ended_dossiers_are_not_kept_for_ever(office: Office, portal: Portal) -> None:
    await office.moves(3, LONG_WAY)
    await office.attends()
    clock = office.gateway.runtime.clock
    assert isinstance(clock, SettableClock)
    clock.advance(timedelta(days=399))
    await office.attends()
    assert len(await office.states()) == 3
    clock.advance(timedelta(days=2))
    await office.attends()
    assert await office.states() == []
    assert len(portal.software.dossiers) == 3


async def test_operators_see_what_waits_and_how_long(office: Office, portal: Portal) -> None:
    await office.moves(3)
    portal.fails("down")
    await office.attends(portal_retry_delays=(3600.0,))
    summary = (await office.gateway.get("/lgsp/v1/portal", OPERATOR)).json()
    assert (summary["changed"], summary["refused"], summary["partial"]) == (3, 0, 0)
    assert summary["lagSeconds"] < 60
    with counted(office.gateway.runtime.database) as statements:
        page = (await office.gateway.get("/lgsp/v1/portal/dossiers", OPERATOR, limit=2)).json()
    assert len(statements) == 1
    assert [row["state"] for row in page["items"]] == ["CHANGED", "CHANGED"]
    rest = await office.gateway.get("/lgsp/v1/portal/dossiers", OPERATOR, limit=2, cursor=page["nextCursor"])
    (last,) = rest.json()["items"]
    assert (last["attempts"], "nextAttemptAt" in last, bool(last["error"])) == (1, True, True)
    assert "TRẦN" not in rest.text


@pytest.mark.parametrize(
    ("body", "key", "status"),
    [
        ({"since": "2026-10-13"}, "k", 422),
        ({"since": "0001-01-01"}, "k", 422),
        ({"since": "x\u0000"}, "k", 422),
        ({}, None, 400),
    ],
)
async def test_a_reconciliation_is_not_begun_by_what_makes_no_sense(
    office: Office, body: dict[str, str], key: str | None, status: int
) -> None:
    headers = OPERATOR | ({"Idempotency-Key": key} if key else {})
    answer = await office.gateway.client.post("/lgsp/v1/portal/reconciliations", json=body, headers=headers)
    assert answer.status_code == status


@pytest.mark.parametrize("path", ["", "/dossiers", "/reconciliations", "/emc"])
async def test_only_operators_look(office: Office, path: str) -> None:
    assert (await office.gateway.get(f"/lgsp/v1/portal{path}")).status_code == 401
    assert (await office.gateway.get(f"/lgsp/v1/portal{path}", citizen())).status_code == 403
    assert (await office.gateway.get(f"/lgsp/v1/portal{path}", OPERATOR)).status_code == 200
    if path:
        assert (await office.gateway.get(f"/lgsp/v1/portal{path}", OPERATOR, cursor="eA")).status_code == 400


async def test_one_run_is_read_by_its_etag(office: Office) -> None:
    run = await office.last_run()
    answer = await office.gateway.get(f"/lgsp/v1/portal/reconciliations/{run.id}", OPERATOR)
    held = OPERATOR | {"If-None-Match": answer.headers["etag"]}
    assert (await office.gateway.get(f"/lgsp/v1/portal/reconciliations/{run.id}", held)).status_code == 304
    missing = "/lgsp/v1/portal/reconciliations/01927f5e-0000-7000-8000-0000000000d1"
    assert (await office.gateway.get(missing, OPERATOR)).json()["type"] == "/problems/reconciliation-not-found"
