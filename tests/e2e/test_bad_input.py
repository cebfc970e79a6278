"""What the public origin answers to requests that are wrong: which problem, and that nothing came of them."""

import asyncio
from collections import Counter
from typing import Any

import httpx
import pytest

from chassis.ids import new_id
from sandbox.simulators.people import BA_DINH, NGOC_HA, OTHER_OFFICER, STRANGER
from tests.e2e.callers import DOSSIERS, Caller, Json, accept, birth, calling
from tests.e2e.city import City, until

OF_2016 = "hn2016-birth-ordinary"
AT_HOME = "1.003583"  # khai sinh lưu động: officers come to the family, so nobody files it online


@pytest.fixture(autouse=True)
async def nothing_else(city: City) -> None:
    """Counts below are of one test's own doing."""
    await city.settled()


async def dossiers(city: City) -> int:
    return await city.count("submission", "SELECT count(*) FROM dossiers")


def problem(answer: httpx.Response, status: int, slug: str) -> Json:
    """The body of a problem (RFC 9457), which must be of that kind."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: Json = answer.json()
    assert body["type"].endswith(f"/{slug}"), body
    assert body["status"] == status
    return body


@pytest.mark.parametrize(
    ("change", "slug", "named"),
    [
        ({"procedure": "9.999999"}, "unknown-procedure", {"procedure": "9.999999"}),
        ({"unit": "99999"}, "unknown-unit", {"unit": "99999"}),
        ({"procedure": OF_2016}, "procedure-withdrawn", {"procedure": OF_2016}),  # its days are over
        ({"procedure": AT_HOME}, "procedure-not-offered", {"procedure": AT_HOME, "unit": BA_DINH, "channel": 2}),
    ],
)
async def test_a_filing_for_what_is_not_there_says_which(
    city: City, mother: Caller, change: Json, slug: str, named: dict[str, Any]
) -> None:
    before = await dossiers(city)
    body = problem(await mother.post(DOSSIERS, birth(late=False) | change), 422, slug)
    assert {name: body[name] for name in named} == named
    assert body["on"]
    assert await dossiers(city) == before


async def test_every_fault_of_a_form_is_named_at_its_place(city: City, mother: Caller) -> None:
    body = birth(late=False)
    del body["form"]["child"]["fullName"]
    body["form"]["birthType"] = 9
    body["form"]["child"]["dateOfBirth"] = "yesterday"
    found = problem(await mother.post(DOSSIERS, body), 422, "form-invalid")
    pointers = {error["pointer"] for error in found["errors"]}
    assert {"/form/birthType", "/form/child/dateOfBirth"} <= pointers
    assert any(pointer.startswith("/form/child") and "fullName" in str(found) for pointer in pointers)


async def test_who_is_nobody_or_has_no_right_or_asks_for_anothers_is_told_so(
    city: City, mother: Caller, nobody: Caller
) -> None:
    code = (await mother.done(DOSSIERS, birth(late=False)))["code"]
    problem(await nobody.get(f"{DOSSIERS}/{code}"), 401, "unauthorized")
    problem(await nobody.post(DOSSIERS, birth(late=False)), 401, "unauthorized")
    problem(await mother.post(f"{DOSSIERS}/{code}/acceptance", {}), 403, "forbidden")
    async with calling(city, STRANGER) as stranger, calling(city, OTHER_OFFICER) as officer_elsewhere:
        for other in (stranger, officer_elsewhere):
            problem(await other.get(f"{DOSSIERS}/{code}"), 404, "dossier-not-found")
        problem(await officer_elsewhere.post(f"{DOSSIERS}/{code}/acceptance", {}), 404, "dossier-not-found")
    problem(await mother.get(f"{DOSSIERS}/H26-20200101-0000001"), 404, "dossier-not-found")
    forged = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJtZSJ9."
    async with calling(city, token=forged) as forger:
        problem(await forger.get(f"{DOSSIERS}/{code}"), 401, "unauthorized")


async def test_a_step_out_of_turn_names_the_state_and_what_is_allowed(mother: Caller, officer: Caller) -> None:
    code = (await mother.done(DOSSIERS, birth(late=True)))["code"]
    await mother.reaches(code, 6)
    refused = problem(await officer.post(f"{DOSSIERS}/{code}/acceptance", {}), 409, "wrong-state")
    assert refused["state"]["number"] == 6
    assert refused["allowed"] == ["settle-fee", "withdraw"]


async def test_two_officers_who_accept_at_once_do_so_once(city: City, mother: Caller, officer: Caller) -> None:
    code = (await mother.done(DOSSIERS, birth(late=False)))["code"]

    async def assessed() -> bool:
        return bool((await officer.found(f"{DOSSIERS}/{code}"))["feeState"] != "unknown")

    await until(assessed, f"the fee of {code}")
    answers = await asyncio.gather(*(officer.post(f"{DOSSIERS}/{code}/acceptance", {}) for _ in range(8)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 7}
    await mother.reaches(code, 9)
    assert await city.count("civil-registry", "SELECT count(*) FROM records WHERE dossier_code = $1", code) == 1


async def test_the_same_key_fifty_times_at_once_files_one_dossier(city: City, mother: Caller) -> None:
    before = await dossiers(city)
    body, key = birth(late=False), str(new_id())
    answers = await asyncio.gather(*(mother.post(DOSSIERS, body, key=key) for _ in range(50)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    for answer in answers:
        if answer.status_code == 409:
            problem(answer, 409, "idempotency-key-in-flight")
    codes = {answer.json()["code"] for answer in answers if answer.status_code == 201}
    again = await mother.post(DOSSIERS, body, key=key)
    assert again.headers["idempotency-replayed"] == "true"
    assert codes == {again.json()["code"]}
    assert await dossiers(city) == before + 1
    assert await city.times_told(again.json()["code"], "dossier-submitted") == 1


async def test_a_key_stands_for_one_request_and_an_act_needs_one(city: City, mother: Caller) -> None:
    key = str(new_id())
    await mother.post(DOSSIERS, birth(late=False), key=key)
    before = await dossiers(city)
    problem(await mother.post(DOSSIERS, birth(late=False), key=key), 422, "idempotency-key-reused")
    problem(await mother.post(DOSSIERS, birth(late=False), key=""), 400, "idempotency-key-missing")
    assert await dossiers(city) == before


async def test_a_citizen_files_in_her_own_name_and_an_officer_for_her_own_desk(
    city: City, mother: Caller, officer: Caller
) -> None:
    before = await dossiers(city)
    problem(await mother.post(DOSSIERS, birth(late=False, mother=STRANGER)), 422, "applicant-not-you")
    problem(await officer.post(DOSSIERS, birth(late=False, unit=NGOC_HA)), 403, "unit-not-served")
    assert await dossiers(city) == before


async def test_what_is_behind_the_origin_is_not_reached_through_it(nobody: Caller) -> None:
    problem(await nobody.get("/api/unheard-of/v1/things"), 404, "service-not-found")
    for address in ("/api/submission/metrics", "/api/submission/healthz", "/api/submission/readyz"):
        assert (await nobody.get(address)).status_code == 404


async def test_a_child_that_is_registered_is_not_registered_again(mother: Caller, officer: Caller) -> None:
    first = birth(late=False)
    for status in (9, 8):
        code = (await mother.done(DOSSIERS, first))["code"]
        await accept(officer, code)
        await mother.reaches(code, status)
    assert (await officer.found("/api/civil-registry/v1/records", dossier=code))["items"] == []
