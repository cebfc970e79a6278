"""A Ministry of Justice that is down, slow, broken, forgetful or repeats itself: the birth is registered, and once."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.e2e.callers import DOSSIERS, Caller, Json, accept, birth
from tests.e2e.city import City


class Ministry:
    """The simulator's own side: what it is told to do wrong, and what reached it."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def fails(self, **fault: Any) -> None:
        """Do this wrong from now on."""
        (await self._http.put("/faults", json=fault)).raise_for_status()

    async def recovers(self) -> None:
        """Do nothing wrong any more."""
        (await self._http.delete("/faults")).raise_for_status()

    async def counts(self, operation: str, case: str) -> Json:
        """How often it was asked that of a case, and how often it did something because of it."""
        report = (await self._http.get("/requests")).json()
        found: Json = report["counts"].get(operation, {}).get(case, {"received": 0, "acted": 0})
        return found

    async def faults_played(self) -> list[str]:
        """The faults so far, in order."""
        return [
            request["fault"] for request in (await self._http.get("/requests")).json()["requests"] if request["fault"]
        ]


@pytest.fixture
async def ministry(city: City) -> AsyncIterator[Ministry]:
    async with httpx.AsyncClient(base_url=f"{city.world}/sandbox/moj", timeout=10) as http:
        ministry = Ministry(http)
        yield ministry
        await ministry.recovers()


async def case_of(city: City, code: str) -> str:
    """The number under which the Ministry knows a dossier."""
    return str((await city.sql("gateway", "SELECT case_id FROM ministry_case WHERE dossier_code = $1", code))[0][0])


async def registered_once(city: City, ministry: Ministry, code: str) -> None:
    case = await case_of(city, code)
    assert (await ministry.counts("push", case))["acted"] == 1
    assert (await ministry.counts("register", case))["acted"] == 1
    for told in ("personal-id-issued", "birth-registered", "dossier-finished"):
        assert await city.times_told(code, told) == 1, told
    records = await city.sql("civil-registry", "SELECT unit, year, number FROM records WHERE dossier_code = $1", code)
    assert len(records) == 1


@pytest.mark.parametrize(
    ("fault", "pushes"),
    [
        ({"mode": "down", "times": 3}, 4),
        ({"mode": "error", "times": 2}, 3),
        ({"mode": "slow", "times": 1, "delaySeconds": 2.5, "operation": "push"}, 2),
        ({"mode": "lose-answer", "times": 2, "operation": "push"}, 3),
        ({"mode": "lose-answer", "times": 2, "operation": "poll"}, 1),
        ({"mode": "error", "times": 3, "operation": "poll"}, 1),
        ({"mode": "duplicate", "times": 3, "operation": "poll"}, 1),
    ],
    ids=lambda value: "-".join(str(part) for part in value.values()) if isinstance(value, dict) else "",
)
async def test_the_birth_is_registered_once_whatever_the_ministry_does(
    city: City, mother: Caller, officer: Caller, ministry: Ministry, fault: Json, pushes: int
) -> None:
    played = len(await ministry.faults_played())
    await ministry.fails(**fault)
    code = (await mother.done(DOSSIERS, birth(late=False)))["code"]
    await accept(officer, code)
    await mother.reaches(code, 9)
    if fault["mode"] != "duplicate":  # which is played inside its answer, not on the connection that is logged
        assert (await ministry.faults_played())[played:] == [fault["mode"]] * fault["times"]
    assert (await ministry.counts("push", await case_of(city, code)))["received"] == pushes
    await registered_once(city, ministry, code)


async def test_dossiers_wait_while_the_ministry_is_away_and_all_arrive_when_it_is_back(
    city: City, mother: Caller, officer: Caller, ministry: Ministry
) -> None:
    await ministry.fails(mode="down")
    codes = [(await mother.done(DOSSIERS, birth(late=False)))["code"] for _ in range(5)]
    for code in codes:
        await accept(officer, code)
        await mother.reaches(code, 4)
    await ministry.recovers()
    for code in codes:
        await mother.reaches(code, 9)
        await registered_once(city, ministry, code)
    numbers = await city.sql(
        "civil-registry", "SELECT number FROM records WHERE dossier_code = ANY($1) ORDER BY number", codes
    )
    first = numbers[0][0]
    assert [row[0] for row in numbers] == list(range(first, first + 5))  # the book has no gap and no number twice


async def test_a_gateway_worker_killed_while_a_case_is_under_way_goes_on_where_it_was(
    city: City, mother: Caller, officer: Caller, ministry: Ministry
) -> None:
    code = (await mother.done(DOSSIERS, birth(late=False)))["code"]
    await accept(officer, code)
    await ministry.fails(mode="down")
    await mother.reaches(code, 4)
    city.kill("gateway", "worker")
    await ministry.recovers()
    city.start("gateway", "worker")
    await mother.reaches(code, 9, seconds=60)  # killed in the middle of a call, its claim on the case has to run out
    await registered_once(city, ministry, code)


async def test_a_refusal_by_the_ministry_stops_the_dossier_and_tells_why(
    city: City, mother: Caller, officer: Caller, ministry: Ministry
) -> None:
    await ministry.fails(mode="refuse", times=1)
    code = (await mother.done(DOSSIERS, birth(late=False)))["code"]
    await accept(officer, code)
    await mother.reaches(code, 8)
    steps = (await mother.found(f"{DOSSIERS}/{code}/history"))["steps"]
    assert "từ chối" in steps[-1]["reason"]
    assert await city.count("civil-registry", "SELECT count(*) FROM records WHERE dossier_code = $1", code) == 0
