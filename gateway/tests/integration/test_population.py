"""The population database through /r1: the simulator on a real socket, whatever it does."""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr

from contracts.submission import DossierSubmitted
from deploy.sandbox.tests.simulator_kit import served
from gateway.partners_command import apply_to
from gateway.settings import GatewaySettings
from gateway.tests.conftest import Gateway, opened, pem
from sandbox.deployment import PARTNERS
from sandbox.simulators.faults import Fault
from sandbox.simulators.people import MOTHER, STRANGER
from sandbox.simulators.population import PopulationDatabase, create_app
from sandbox.simulators.world import Simulators, WorldSettings, build
from tests.support.events import inbox_of, wire
from tests.support.identities import agency

CLIENT = "VN/GOV/G15/sandbox-agency"
PEOPLE, IDS = "/r1/VN/GOV/G01/csdldc/people", "/r1/VN/GOV/G01/csdldc/personal-ids"
DOSSIER = "H26-20261012-0000042"
CASE = "01927f5e-0000-7000-8000-0000000000c1"
BIRTH = {"fullName": "NGUYỄN THỊ MẪU NHI", "dateOfBirth": "2026-10-01", "sex": 2, "provinceOfRegistration": "01"}


@dataclass
class City:
    """A gateway with the sandbox's partners, and the population database it reaches."""

    gateway: Gateway
    population: PopulationDatabase

    async def call(self, method: str, path: str, **request: Any) -> httpx.Response:
        headers = {"X-Road-Client": CLIENT, "X-Road-Issue": DOSSIER} | agency(client="sandbox-agency")
        headers |= request.pop("headers", {})
        return await self.gateway.client.request(method, path, headers=headers, **request)

    async def issue(self, case: str = CASE, **changes: Any) -> httpx.Response:
        return await self.call("POST", IDS, json={"caseId": case, "birth": BIRTH | changes})

    async def direct(self, method: str, path: str, **request: Any) -> httpx.Response:
        """As the exchange calls the app, for a client it has let in."""
        app = self.gateway.runtime.extras["adapters"]["population"]
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://r1.test") as client:
            return await client.request(method, path, **request)


def simulated() -> Simulators:
    return build(WorldSettings(origin="http://world.test"), now=lambda: datetime.now(UTC), random=Random(7))


@pytest.fixture
async def city(database_url: SecretStr) -> AsyncIterator[City]:
    population = simulated().population
    with served(create_app(population)) as url:
        settings = GatewaySettings(
            database_url=database_url, ledger_key=pem(), token_key=pem(), exchange_key=pem(), population_url=url,
            register_timeout_seconds=0.5, route_retry_delays=(0.0,),
        )  # fmt: skip
        async with opened(settings, {}) as gateway:
            await apply_to(gateway.runtime, PARTNERS)
            submitted = DossierSubmitted.from_example().model_copy(
                update={"dossier_code": DOSSIER, "concerns": (MOTHER.personal_id, "001195999999")}
            )
            await inbox_of(gateway.runtime).deliver([wire(submitted)])
            yield City(gateway, population)


async def test_a_person_of_a_live_dossier_is_found(city: City) -> None:
    found = await city.call("GET", f"{PEOPLE}/{MOTHER.personal_id}")
    assert found.status_code == 200, found.text
    assert found.headers["cache-control"] == "no-store"
    assert found.json() == {
        "personalId": MOTHER.personal_id,
        "fullName": MOTHER.full_name,
        "dateOfBirth": "1995-01-01",
        "sex": 2,
        "provinceOfRegistration": "001",
        "nationality": "Việt Nam",
    }
    missing = await city.call("GET", f"{PEOPLE}/001195999999")
    assert (missing.status_code, missing.json()["type"]) == (404, "/problems/registered-person-not-found")
    assert missing.json()["messages"].keys() == {"vi", "en"}


async def test_each_read_leaves_its_trace_before_the_register_is_asked(city: City) -> None:
    city.population.desk.script(Fault(mode="down", times=1))
    assert (await city.call("GET", f"{PEOPLE}/{MOTHER.personal_id}")).status_code == 503
    verify = f"{PEOPLE}/{MOTHER.personal_id}/verification"
    assert (await city.call("POST", verify, json={"fullName": MOTHER.full_name})).status_code == 200
    rows = await city.gateway.rows("SELECT person, client FROM data_access")
    assert [tuple(row) for row in rows] == [(MOTHER.personal_id, CLIENT)] * 2


async def test_without_a_purpose_nobody_is_shown_and_the_register_is_not_asked(city: City) -> None:
    for path in (f"/{STRANGER.personal_id}", f"/{STRANGER.personal_id}/verification", "/x", ""):
        answer = await city.call("POST" if path.endswith("verification") else "GET", PEOPLE + path, json={"sex": 1})
        assert answer.status_code == 403, path
    assert city.population.desk.report()["requests"] == []


async def test_a_right_to_some_fields_shows_and_verifies_those(city: City) -> None:
    """R-263."""
    person = f"/people/{MOTHER.personal_id}"
    fields = {"X-LGSP-Fields": "fullName, dateOfBirth"}
    assert (await city.direct("GET", person, headers=fields)).json() == {
        "fullName": MOTHER.full_name,
        "dateOfBirth": "1995-01-01",
    }
    assert (await city.direct("GET", person, headers={"X-LGSP-Fields": ""})).json() == {}
    given = {"fullName": "nguyễn thị mẫu", "dateOfBirth": "1995-01-02"}
    verified = await city.direct("POST", f"{person}/verification", headers=fields, json=given)
    assert verified.json() == {"matches": {"fullName": "match", "dateOfBirth": "mismatch"}}
    assert "1995-01-01" not in verified.text
    beyond = await city.direct("POST", f"{person}/verification", headers=fields, json=given | {"sex": 2})
    assert (beyond.status_code, beyond.json()["fields"]) == (403, ["sex"])


async def test_what_cannot_be_compared_is_refused_for_its_form(city: City) -> None:
    bodies = [
        b"{}", b"[]", b"{", b'{"sex": 9}', b'{"fullName": "a\\u0000"}', b'{"fullName": "\\ud800"}', b'{"x": 1}',
        b'{"dateOfBirth": "01/01/1995"}', b'{"sex": ' + b"9" * 5000 + b"}", b"[" * 50_000,
    ]  # fmt: skip
    json = {"Content-Type": "application/json"}
    path = f"/people/{MOTHER.personal_id}/verification"
    for body in bodies:
        answer = await city.direct("POST", path, content=body, headers=json)
        assert 400 <= answer.status_code < 500, body[:50]
    assert city.population.desk.report()["requests"] == []


@pytest.mark.parametrize("mode", ["down", "slow", "error", "lose-answer", "wrong", "duplicate"])
async def test_whatever_the_register_does_a_case_has_one_id(city: City, mode: str) -> None:
    """R-262."""
    city.population.desk.script(Fault(mode=mode, times=1, delay_seconds=2))
    away = await city.issue()
    assert (away.status_code, away.json()["type"]) == (503, "/problems/population-out-of-reach"), away.text
    assert int(away.headers["retry-after"]) > 0
    given = [await city.issue() for _ in range(3)]
    assert {answer.status_code for answer in given} == {200}
    assert len({answer.json()["personalId"] for answer in given}) == 1
    counts: Any = city.population.desk.report()["counts"]
    assert counts["give-id"][CASE]["acted"] == 1
    assert city.population.people[given[0].json()["personalId"]].birth.full_name == BIRTH["fullName"]


@pytest.mark.parametrize("mode", ["down", "slow", "error", "lose-answer", "wrong", "duplicate"])
async def test_whatever_the_register_does_nobody_else_is_shown(city: City, mode: str) -> None:
    city.population.desk.script(Fault(mode=mode, times=1, delay_seconds=2))
    away = await city.call("GET", f"{PEOPLE}/{MOTHER.personal_id}")
    assert (away.status_code, "retry-after" in away.headers) == (503, True)
    assert (await city.call("GET", f"{PEOPLE}/{MOTHER.personal_id}")).json()["fullName"] == MOTHER.full_name


async def test_a_refusal_is_told_in_the_registers_words(city: City) -> None:
    city.population.desk.script(Fault(mode="refuse", times=1))
    refused = await city.issue()
    assert (refused.status_code, "từ chối" in refused.json()["words"][0]) == (422, True)
    assert (await city.issue()).status_code == 200
    assert (await city.issue(fullName="TÊN KHÁC")).status_code == 422


async def test_an_id_is_asked_for_a_live_dossier_and_a_birth_that_can_have_one(city: City) -> None:
    unknown = {"headers": {"X-Road-Issue": "H26-20261012-0000099"}, "json": {"caseId": CASE, "birth": BIRTH}}
    answers = [
        await city.call("POST", IDS, **unknown),
        await city.issue(sex=3),
        await city.issue(dateOfBirth="2026-10-13"),
        await city.issue(provinceOfRegistration="001"),
        await city.issue(case=uuid4().hex[:-1]),
    ]
    assert [answer.status_code for answer in answers] == [422] * 5
    assert [answer.json()["errors"][0]["pointer"] for answer in answers] == [
        "header:X-Road-Issue", "/birth/sex", "/birth/dateOfBirth", "/birth/provinceOfRegistration", "/caseId",
    ]  # fmt: skip
    assert city.population.desk.report()["requests"] == []


async def test_no_data_of_a_person_is_logged(city: City, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        city.population.desk.script(Fault(mode="wrong", times=2))
        await city.call("GET", f"{PEOPLE}/{MOTHER.personal_id}")
        await city.issue()
    assert MOTHER.personal_id not in caplog.text
    assert "MẪU" not in caplog.text


async def test_where_no_register_is_configured_the_answer_says_so(gateway: Gateway) -> None:
    lonely = City(gateway, simulated().population)
    answer = await lonely.direct("GET", f"/people/{MOTHER.personal_id}")
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/population-out-of-reach")
