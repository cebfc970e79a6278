"""The national portal, away or cut off from: in the end it holds exactly the state of every dossier, told once each."""

import signal
from collections.abc import AsyncIterator, Sequence

import httpx
import pytest

from tests.e2e.callers import Caller
from tests.e2e.city import City, until
from tests.faults.filing import file, keep_filing
from tests.faults.wholeness import Before, nothing_lost_nothing_twice

DOSSIERS = 10
MOVING = 200
_SYNCED = "SELECT count(*) FROM portal_dossier WHERE state = 'SYNCED' AND version = 2 AND dossier_code = ANY($1)"
_BEHIND = "SELECT count(*) FROM portal_dossier WHERE state = 'CHANGED'"
_LET_LEASES_RUN_OUT = "UPDATE portal_dossier SET next_attempt_at = now() WHERE state = 'CHANGED' RETURNING 1"


@pytest.fixture
async def portal(city: City) -> AsyncIterator[httpx.AsyncClient]:
    """The portal's simulator; whatever a test told it to do, it is well afterwards."""
    async with httpx.AsyncClient(base_url=f"{city.world}/sandbox/portal", timeout=10) as http:
        yield http
        (await http.delete("/faults")).raise_for_status()


async def test_a_worker_killed_after_telling_the_portal_tells_nothing_twice(
    city: City, mother: Caller, before: Before, portal: httpx.AsyncClient
) -> None:
    city.kill("gateway", "worker")
    codes = await file(mother, DOSSIERS)
    city.start("gateway", "worker", crash_at="portal.after_push")
    assert await city.died("gateway", "worker") == -signal.SIGKILL
    told = {one["dossier"]["MaHoSo"] for one in (await portal.get("/dossiers")).json()}
    assert told & set(codes), "killed before the portal was told"
    assert await city.count("gateway", _BEHIND) > 0, "killed after it was settled"
    await city.sql("gateway", _LET_LEASES_RUN_OUT)
    city.start("gateway", "worker")
    await the_portal_holds_exactly_our_state(city, portal, codes)
    await nothing_lost_nothing_twice(city, mother, before, codes)


@pytest.mark.parametrize("mode", ["down", "lose-answer"])
async def test_dossiers_that_move_while_the_portal_is_away_are_all_told_when_it_is_back(
    city: City, mother: Caller, portal: httpx.AsyncClient, mode: str
) -> None:
    (await portal.put("/faults", json={"mode": mode})).raise_for_status()
    async with keep_filing(mother, clients=8) as filed:
        await until(lambda: _so_many(filed.codes), f"{MOVING} dossiers filed", 40)
    await city.settled()
    assert await city.count("gateway", _BEHIND) >= MOVING
    (await portal.delete("/faults")).raise_for_status()
    await city.sql("gateway", _LET_LEASES_RUN_OUT)
    await the_portal_holds_exactly_our_state(city, portal, filed.codes)


async def the_portal_holds_exactly_our_state(city: City, portal: httpx.AsyncClient, codes: Sequence[str]) -> None:
    """Status and steps of each as submission has them; no step was taken twice."""

    async def synced() -> bool:
        return await city.count("gateway", _SYNCED, codes) == len(codes)

    await until(synced, f"{len(codes)} dossiers at the portal", 60)
    theirs = {one["dossier"]["MaHoSo"]: one for one in (await portal.get("/dossiers")).json()}
    ours = await city.sql(
        "submission",
        "SELECT code, status::text, (SELECT array_agg(h.status::text ORDER BY version) FROM history h"
        " WHERE h.dossier_code = code) AS steps FROM dossiers WHERE code = ANY($1)",
        list(codes),
    )
    assert len(ours) == len(codes)
    taken = (await portal.get("/requests")).json()["counts"]["CapNhatTienDoHoSoMC"]
    for code, status, steps in ours:
        assert theirs[code]["dossier"]["TrangThaiHoSo"] == status
        assert [step["TrangThai"] for step in theirs[code]["steps"]] == list(steps)
        assert taken[code]["acted"] == len(steps)


async def _so_many(codes: Sequence[str]) -> bool:
    return len(codes) >= MOVING
