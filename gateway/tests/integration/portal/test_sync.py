"""Dossiers to the national portal, against the simulator on a real socket, whatever it does."""

import asyncio
import os
import signal
import sys

import pytest
from pydantic import SecretStr

from contracts.catalog import ProcedurePublished
from contracts.payment import FeeAssessed, PaymentSucceeded
from contracts.registry import SUBSCRIPTIONS
from contracts.submission import (
    DossierAccepted,
    DossierFinished,
    DossierReturned,
    DossierSubmitted,
)
from gateway.handlers.portal import HEARD
from gateway.tests.integration.portal.conftest import (
    LONG_WAY,
    LOOK_UP,
    OPERATOR,
    PROGRESS,
    SYNC,
    Office,
    Portal,
    exactly_ours,
)

VICTIM = """
import asyncio
from chassis.service import Runtime
from gateway.app import SERVICE
from gateway.settings import GatewaySettings
from gateway.workers import speak_with_portal
async def main():
    await speak_with_portal(Runtime.of(SERVICE, GatewaySettings(), issuers={}))
asyncio.run(main())
"""


async def test_a_dossier_is_told_at_each_step_and_the_portal_holds_exactly_our_state(
    office: Office, portal: Portal
) -> None:
    """R-256."""
    await office.hears(ProcedurePublished.from_example())
    for version, kind in enumerate(LONG_WAY, start=1):
        (code,) = await office.moves(1, [kind], version)
        await office.attends()
        await exactly_ours(office, portal)
    await office.hears(FeeAssessed.from_example().model_copy(update={"dossier_code": code}))
    await office.hears(PaymentSucceeded.from_example().model_copy(update={"dossier_code": code}))
    await office.attends()
    await exactly_ours(office, portal)
    dossier = portal.software.dossiers[code]
    assert (dossier["TrangThaiHoSo"], dossier["TenTTHC"]) == ("10", "Thủ tục đăng ký khai sinh")
    assert (dossier["DuocThanhToanTrucTuyen"], dossier["ChuHoSo"]) == ("2", "TRẦN THỊ VÍ DỤ")
    assert portal.counts(PROGRESS, code)["acted"] == len(LONG_WAY)


async def test_sessions_that_end_are_renewed(office: Office, portal: Portal) -> None:
    for version, kind in enumerate(LONG_WAY, start=1):
        await office.moves(30, [kind], version)
        await office.attends()
    await exactly_ours(office, portal)
    assert portal.counts("session", "")["received"] > len(LONG_WAY) / 2
    assert await office.gateway.rows("SELECT 1 FROM portal_dossier WHERE last_error IS NOT NULL") == []


async def test_an_older_event_that_comes_late_takes_nothing_back(office: Office, portal: Portal) -> None:
    (code,) = await office.moves(1, LONG_WAY[:1])
    later = DossierReturned.model_validate(DossierReturned.example | {"version": 8, "dossierCode": code})
    earlier = DossierFinished.model_validate(DossierFinished.example | {"version": 7, "dossierCode": code})
    await office.hears(later)
    await office.attends()
    await office.hears(earlier)
    await office.attends()
    assert portal.software.dossiers[code]["TrangThaiHoSo"] == "10"
    assert "NgayKetThucXuLy" in portal.software.dossiers[code]


async def test_a_dossier_whose_submission_was_not_heard_waits(office: Office, portal: Portal) -> None:
    await office.hears(FeeAssessed.from_example())
    await office.attends()
    assert (await office.states(), portal.software.dossiers) == (["PARTIAL"], {})
    await office.hears(DossierSubmitted.from_example())
    await office.attends()
    assert await office.states() == ["SYNCED"]
    await exactly_ours(office, portal)


@pytest.mark.parametrize("mode", ["down", "error", "lose-answer", "slow", "end-session"])
@pytest.mark.parametrize("operation", ["session", LOOK_UP, SYNC, PROGRESS])
async def test_whatever_goes_wrong_on_the_way_the_portal_is_told_each_thing_once(
    office: Office, portal: Portal, mode: str, operation: str
) -> None:
    """R-256."""
    (code,) = await office.moves(1, LONG_WAY[:2])
    portal.fails(mode, times=2, operation=operation, delay_seconds=0.4 if mode == "slow" else 0)
    await office.attends_until_synced(portal_timeout_seconds=0.2)
    portal.is_well()
    await office.moves(1, LONG_WAY[2:3], 3)
    await office.attends_until_synced()
    await exactly_ours(office, portal)
    assert portal.counts(SYNC, code)["acted"] == 2
    assert portal.counts(PROGRESS, code)["acted"] == 3


async def test_one_dossier_that_the_portal_refuses_holds_up_no_other(office: Office, portal: Portal) -> None:
    codes = await office.moves(5)
    wrong = DossierAccepted.model_validate(DossierAccepted.example | {"version": 2, "dossierCode": codes[2]})
    await office.hears(wrong)
    await office.gateway.execute("UPDATE portal_dossier SET procedure = '' WHERE dossier_code = :code", code=codes[2])
    await office.attends()
    assert await office.states() == ["SYNCED", "SYNCED", "REFUSED", "SYNCED", "SYNCED"]
    (row,) = (await office.gateway.get("/lgsp/v1/portal/dossiers", OPERATOR, state="REFUSED")).json()["items"]
    assert (row["dossierCode"], row["error"]) == (codes[2], "FIELD: Không thành công. MaTTHC")
    await office.moves(3, LONG_WAY[2:3], 3)  # mended by the next event
    await office.attends()
    assert set(await office.states()) == {"SYNCED"}
    await exactly_ours(office, portal)


async def test_many_dossiers_that_move_while_the_portal_is_down_are_told_when_it_is_back(
    office: Office, portal: Portal
) -> None:
    await office.moves(200, LONG_WAY[:2])
    await office.attends(portal_batch=50)
    portal.fails("down")
    await office.moves(200, LONG_WAY[2:5], 3)
    routes = await office.attends(portal_batch=50, portal_retry_delays=(0.05,))
    received = portal.counts(LOOK_UP, "H26-20261012-0000000")["received"]
    # A portal that is down is probed, not flooded.
    assert routes.ways[0].breaker.failures <= 8
    assert received <= 8
    await office.moves(200, LONG_WAY[5:], 6)
    portal.is_well()
    await office.attends_until_synced(portal_batch=50)
    await exactly_ours(office, portal)


async def test_two_desks_tell_each_dossier_in_order(office: Office, portal: Portal) -> None:
    await office.moves(60, LONG_WAY[:4])

    async def later_steps() -> None:
        for version, kind in enumerate(LONG_WAY[4:], start=5):
            await office.moves(60, [kind], version)

    await asyncio.gather(later_steps(), *(office.attends(portal_batch=7) for _ in range(2)))
    await office.attends_until_synced()
    await exactly_ours(office, portal)


async def test_what_happens_while_a_dossier_is_told_is_told_next(office: Office, portal: Portal) -> None:
    (code,) = await office.moves(1)
    portal.fails("slow", times=1, operation=SYNC, delay_seconds=0.4)

    async def meanwhile() -> None:
        await asyncio.sleep(0.2)
        await office.moves(1, LONG_WAY[1:2], 2)

    await asyncio.gather(office.attends(), meanwhile())
    await office.attends()
    assert portal.software.dossiers[code]["TrangThaiHoSo"] == "6"
    await exactly_ours(office, portal)


@pytest.mark.fault
async def test_killed_between_the_call_and_its_settling_the_next_process_makes_no_second_effect(
    office: Office, portal: Portal, database_url: SecretStr
) -> None:
    codes = await office.moves(3, LONG_WAY[:3])
    settings = {
        "LIENTHONG_CRASH_AT": "portal.after_push",
        "LIENTHONG_DATABASE_URL": database_url.get_secret_value(),
        "LIENTHONG_PORTAL_URL": portal.url,
        "LIENTHONG_PORTAL_DSTCODE": "test",
    }
    victim = await asyncio.create_subprocess_exec(sys.executable, "-c", VICTIM, env=os.environ | settings)
    async with asyncio.timeout(20):
        assert await victim.wait() == -signal.SIGKILL
    assert set(await office.states()) == {"CHANGED"}
    assert set(portal.software.dossiers) == set(codes)
    await office.moves(3, LONG_WAY[3:4], 4)
    await office.attends()
    assert set(await office.states()) == {"CHANGED"}, "leased still"
    await office.lets_leases_run_out()
    await office.attends()
    await exactly_ours(office, portal)
    assert [portal.counts(SYNC, code)["acted"] for code in codes] == [2, 2, 2]
    assert [portal.counts(PROGRESS, code)["acted"] for code in codes] == [4, 4, 4]


def test_what_the_synchronisation_listens_to_is_subscribed_to() -> None:
    assert set(HEARD) <= set(SUBSCRIPTIONS["gateway"])
