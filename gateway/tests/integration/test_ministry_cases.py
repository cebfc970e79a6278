"""Deaths, marriages, residence and health cards: opened as at /r1, carried to the simulators, supplemented, answered."""

import asyncio
import base64
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from pydantic import BaseModel, SecretStr

from contracts.submission import DossierSubmitted
from gateway.adapters.health import write_changes
from gateway.adapters.health_card import health_card_register
from gateway.adapters.moj import ministry_of_justice
from gateway.adapters.residence import residence_register
from gateway.adapters.routes import routes_of
from gateway.api.models.cases import OpenDeath, OpenHealthCard, OpenMarriage, OpenResidence
from gateway.desks.cases import LEASE_SECONDS, MinistryDesk, Pace
from gateway.partners_command import apply_to
from gateway.settings import GatewaySettings
from gateway.tests.conftest import Gateway, opened, pem
from gateway.tests.integration.ministry_kit import Register, world
from sandbox.deployment import PARTNERS
from tests.support import identities
from tests.support.events import inbox_of, recorded, wire

ANSWERED = "vn.gov.hanoi.gateway.ministry-case-answered.v1"
WANTED = "vn.gov.hanoi.gateway.ministry-supplement-requested.v1"
CLIENT = "VN/GOV/G15/sandbox-agency"


def _example(model: type[BaseModel]) -> dict[str, Any]:
    shown: Any = model.model_config["json_schema_extra"]
    example: dict[str, Any] = shown["examples"][0]
    return example


MODELS: dict[str, type[BaseModel]] = {
    "moj-death": OpenDeath,
    "moj-marriage": OpenMarriage,
    "residence": OpenResidence,
    "health-card": OpenHealthCard,
}
OPENINGS: dict[str, dict[str, Any]] = {kind: _example(model) for kind, model in MODELS.items()}
OFFICE = {"moj-death": "moj", "moj-marriage": "moj", "residence": "residence", "health-card": "health-card"}
SUBMIT = {"moj": "push", "residence": "submit", "health-card": "submit"}
ASK = {"moj": "poll", "residence": "states", "health-card": "states"}
PAPER = {
    "id": "gbt",
    "kind": "8",
    "title": "Giấy báo tử",
    "fileName": "gbt.pdf",
    "content": base64.b64encode(b"%PDF-1").decode(),
}
VICTIM = """
import asyncio
from chassis.service import Runtime
from gateway.app import SERVICE
from gateway.partners_command import apply_to
from gateway.settings import GatewaySettings
from gateway.workers import speak_with_ministry
async def main():
    await speak_with_ministry(Runtime.of(SERVICE, GatewaySettings(), issuers={}))
asyncio.run(main())
"""

every_kind = pytest.mark.parametrize("kind", list(OPENINGS))


@pytest.fixture(scope="module")
def at() -> Iterator[str]:
    yield from world()


class City:
    """The gateway, the agency that opens cases at it, and the registers outside."""

    def __init__(self, gateway: Gateway, at: str) -> None:
        self.gateway = gateway
        self.registers = {
            "moj": Register(f"{at}/moj"),
            "residence": Register(f"{at}/residence"),
            "health-card": Register(f"{at}/social-insurance"),
        }
        self.issue = f"H26-{uuid4().hex}"

    async def call(self, office: str, method: str, path: str = "", **request: Any) -> httpx.Response:
        """As the exchange calls an adapter's app, for a client it has let in."""
        app = self.gateway.runtime.extras["adapters"][office]
        headers = {"X-Road-Client": CLIENT, "X-Road-Issue": self.issue, "X-Road-Id": uuid4().hex}
        headers |= request.pop("headers", {})
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://r1.test") as client:
            return await client.request(method, path, headers=headers, **request)

    async def files(self) -> None:
        """The dossier that the cases are of comes in."""
        submitted = DossierSubmitted.from_example().model_copy(update={"dossier_code": self.issue})
        await inbox_of(self.gateway.runtime).deliver([wire(submitted)])

    async def opens(self, kind: str, **changes: Any) -> dict[str, Any]:
        answer = await self.call(OFFICE[kind], "POST", json=OPENINGS[kind] | changes)
        assert answer.status_code == 201, answer.text
        opened_case: dict[str, Any] = answer.json()
        return opened_case

    async def sees(self, kind: str, case: dict[str, Any]) -> dict[str, Any]:
        answer = await self.call(OFFICE[kind], "GET", f"/{case['caseId']}")
        assert answer.status_code == 200, answer.text
        seen: dict[str, Any] = answer.json()
        return seen

    async def attends(
        self, office: str, *, until: str | None = None, lease: float = LEASE_SECONDS, **changes: Any
    ) -> None:
        """A desk of that office works until every case is in that state (None: one turn)."""
        runtime = self.gateway.runtime
        settings = self.gateway.settings.model_copy(update=changes)
        makers: dict[str, Any] = {
            "moj": (ministry_of_justice, settings.moj_url),
            "residence": (residence_register, settings.residence_url),
            "health-card": (health_card_register, settings.health_card_url),
        }
        make, url = makers[office]
        routes = routes_of(runtime, office, url=url, delays=(0.01, 0.02))
        assert routes is not None
        async with make(settings, routes) as adapter:
            pace = Pace(4, 100, 0.01, (0.01, 0.02))
            desk = MinistryDesk(runtime.database, runtime.tracing, adapter, pace, lease_seconds=lease)
            async with asyncio.timeout(20):
                while True:
                    await desk.attend()
                    states = await self.gateway.rows("SELECT DISTINCT state FROM ministry_case")
                    if until is None or [row.state for row in states] == [until]:
                        return
                    await asyncio.sleep(0.01)

    async def events(self) -> list[dict[str, Any]]:
        return await recorded(self.gateway.runtime)


@pytest.fixture
async def city(database_url: SecretStr, at: str) -> AsyncIterator[City]:
    settings = GatewaySettings(
        database_url=database_url,
        moj_url=f"{at}/moj",
        moj_token=SecretStr("sandbox-moj-token"),
        moj_timeout_seconds=0.5,
        residence_url=f"{at}/residence",
        residence_token=SecretStr("sandbox-residence-token"),
        health_card_url=f"{at}/social-insurance",
        health_card_token=SecretStr("sandbox-health-card-token"),
        register_timeout_seconds=0.5,
        exchange_key=pem(),
    )
    async with opened(settings, {}) as gateway:
        the_city = City(gateway, at)
        await the_city.files()
        for register in the_city.registers.values():
            await register.is_well()
        yield the_city
        for register in the_city.registers.values():
            await register.is_well()
            await register.close()


@every_kind
async def test_a_case_is_opened_carried_out_and_answered_with_its_entry(city: City, kind: str) -> None:
    case = await city.opens(kind)
    assert (case["kind"], case["state"], case["dossierCode"]) == (kind, "TO_PUSH", city.issue)
    await city.attends(OFFICE[kind], until="ANSWERED")
    (event,) = await city.events()
    assert (event["type"], event["subject"]) == (ANSWERED, city.issue)
    assert (event["data"]["kind"], event["data"]["outcome"]) == (kind, "registered")
    result = (await city.sees(kind, case))["result"]
    if kind == "health-card":
        assert result["cardNumber"].startswith("SANDBOX")
        assert result["cardNumber"] not in str(event)
    else:
        assert result["number"] == event["data"]["result"]["number"]
    (row,) = await city.gateway.rows("SELECT request, papers FROM ministry_case")
    assert (row.request, row.papers) == (None, None)


@pytest.mark.parametrize("kind", ["moj-marriage", "health-card"])
@pytest.mark.parametrize("mode", ["down", "error", "lose-answer", "slow"])
async def test_whatever_goes_wrong_on_the_way_there_is_one_effect_and_one_answer(
    city: City, kind: str, mode: str
) -> None:
    office, delay = OFFICE[kind], 0.7 if mode == "slow" else 0
    register = city.registers[office]
    await register.fails(mode, times=2, operation=SUBMIT[office], delaySeconds=delay)
    case = await city.opens(kind)
    await city.attends(office, until="ANSWERED")
    assert await register.counts(SUBMIT[office], case["caseId"]) == {"received": 3, "acted": 1}
    assert (await register.counts("register", case["caseId"]))["acted"] == 1
    assert [event["type"] for event in await city.events()] == [ANSWERED]


@pytest.mark.parametrize("kind", ["moj-death", "residence"])
@pytest.mark.parametrize("mode", ["wrong", "duplicate"])
async def test_a_nonsense_or_repeated_answer_settles_nothing_twice(city: City, kind: str, mode: str) -> None:
    office = OFFICE[kind]
    await city.registers[office].fails(mode, times=2, operation=ASK[office])
    await city.opens(kind)
    await city.attends(office, until="ANSWERED")
    assert [event["type"] for event in await city.events()] == [ANSWERED]


@every_kind
async def test_a_refusal_is_told_in_the_ministrys_words(city: City, kind: str) -> None:
    await city.registers[OFFICE[kind]].fails("refuse", times=1)
    case = await city.opens(kind)
    await city.attends(OFFICE[kind], until="DECLINED")
    (event,) = await city.events()
    assert (event["data"]["outcome"], event["data"]["words"]) == (
        "declined",
        ["Hồ sơ bị từ chối theo kịch bản mô phỏng."],
    )
    assert (await city.sees(kind, case))["words"] == event["data"]["words"]


@every_kind
async def test_what_a_ministry_asks_for_is_given_once_and_the_case_goes_on(city: City, kind: str) -> None:
    """R-251."""
    office = OFFICE[kind]
    register = city.registers[office]
    await register.fails("supplement", times=1)
    case = await city.opens(kind, papers=[PAPER])
    await city.attends(office, until="SUPPLEMENT_AWAITED")
    (wanted,) = await city.events()
    assert (wanted["type"], wanted["data"]["kind"]) == (WANTED, kind)
    assert wanted["data"]["supplementBy"]
    assert (await city.sees(kind, case))["supplementBy"] == wanted["data"]["supplementBy"]

    # Its answer is lost: pushed again, the supplement has no second effect.
    await register.fails("lose-answer", times=1, operation="push" if office == "moj" else "supplement")
    path, given = f"/{case['caseId']}/supplement", {"papers": [PAPER | {"withdrawn": True}, PAPER | {"id": "new"}]}
    same = {"headers": {"Idempotency-Key": "once"}}
    answer = await city.call(office, "POST", path, json=given, **same)
    assert (answer.status_code, answer.json()["state"]) == (200, "TO_SUPPLEMENT")
    again = await city.call(office, "POST", path, json=given, **same)
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (200, "true")
    await city.attends(office, until="ANSWERED")
    assert (await register.counts("supplement", case["caseId"]))["acted"] == 1
    assert (await register.counts(SUBMIT[office], case["caseId"]))["acted"] == 1
    events = await city.events()
    assert [event["type"] for event in events] == [WANTED, ANSWERED]
    assert [event["data"]["version"] for event in events] == [1, 2]


async def test_the_same_request_again_is_one_case_and_another_for_the_dossier_is_refused(city: City) -> None:
    once: dict[str, Any] = {"headers": {"Idempotency-Key": "k-1"}}
    first = await city.call("moj", "POST", json=OPENINGS["moj-death"], **once)
    again = await city.call("moj", "POST", json=OPENINGS["moj-death"], **once)
    assert (again.status_code, again.json()) == (201, first.json())
    other = await city.call("moj", "POST", json=OPENINGS["moj-death"])
    assert (other.status_code, other.json()["type"].rpartition("/")[2]) == (409, "ministry-case-already-open")
    assert len(await city.gateway.rows("SELECT 1 FROM ministry_case")) == 1


async def test_only_a_live_dossier_has_cases(city: City) -> None:
    """R-255."""
    city.issue = "H26-20261012-9999999"
    answer = await city.call("moj", "POST", json=OPENINGS["moj-death"])
    assert (answer.status_code, answer.json()["errors"][0]["rule"]) == (422, "live-dossier")


async def test_through_the_exchange_the_agency_of_the_sandbox_opens_and_follows_a_case(city: City) -> None:
    gateway = city.gateway
    await apply_to(gateway.runtime, PARTNERS)
    at = "/r1/VN/GOV/G15/hotich/cases"
    headers = identities.agency(client="sandbox-agency") | {"X-Road-Client": CLIENT, "X-Road-Issue": city.issue}
    answer = await gateway.client.post(at, json=OPENINGS["moj-death"], headers=headers)
    assert answer.status_code == 201, answer.text
    case = answer.json()
    await city.attends("moj", until="ANSWERED")
    seen = await gateway.client.get(f"{at}/{case['caseId']}", headers=headers)
    assert (seen.status_code, seen.json()["state"]) == (200, "ANSWERED")
    assert seen.json()["result"]["number"]


async def test_a_case_is_withdrawn_only_before_it_was_sent(city: City) -> None:
    case = await city.opens("moj-death")
    gone = await city.call("moj", "DELETE", f"/{case['caseId']}")
    assert (gone.status_code, gone.json()["state"]) == (200, "WITHDRAWN")
    second = await city.opens("moj-death")
    await city.attends("moj")
    late = await city.call("moj", "DELETE", f"/{second['caseId']}")
    assert late.status_code == 409
    assert (await city.registers["moj"].counts("push", case["caseId"]))["received"] == 0


async def test_anothers_case_is_not_there_and_neither_is_one_of_another_register(city: City) -> None:
    case = await city.opens("moj-death")
    path = f"/{case['caseId']}"
    stranger: dict[str, Any] = {"headers": {"X-Road-Client": "VN/GOV/G01/other"}}
    answers = [
        await city.call("moj", "GET", path, **stranger),
        await city.call("residence", "GET", path),
        await city.call("residence", "DELETE", path),
        await city.call("moj", "POST", f"{path}/supplement", json={}, **stranger),
        await city.call("moj", "DELETE", path, **stranger),
    ]
    assert [answer.status_code for answer in answers] == [404] * 5


@pytest.mark.parametrize(
    ("kind", "changes", "pointer"),
    [
        ("moj-death", {"kind": "moj-birth"}, ""),
        ("moj-death", {"declaration": {}}, "/deceased"),
        ("moj-death", {"unit": "4"}, "/unit"),
        ("moj-death", {"dossierCode": "H26-other"}, "/dossierCode"),
        ("moj-death", {"papers": [PAPER | {"content": "***"}]}, "/papers/0/content"),
        ("residence", {"declaration": {"action": "burn"}}, "/declaration/action"),
        ("health-card", {"extra": 1}, "/extra"),
    ],
)
async def test_what_is_wrong_is_named_and_nothing_is_kept(
    city: City, kind: str, changes: dict[str, Any], pointer: str
) -> None:
    answer = await city.call(OFFICE[kind], "POST", json=OPENINGS[kind] | changes)
    assert answer.status_code == 422
    assert any(pointer in error["pointer"] for error in answer.json()["errors"])
    assert await city.gateway.rows("SELECT 1 FROM ministry_case") == []


async def test_who_is_too_young_to_marry_is_refused_before_the_ministry_is_asked(city: City) -> None:
    declaration = OPENINGS["moj-marriage"]["declaration"]
    young = declaration | {"husband": declaration["husband"] | {"dateOfBirth": "2006-10-13"}}
    # The clock shows 12 October 2026 in Hanoi: tomorrow he is 20.
    answer = await city.call("moj", "POST", json=OPENINGS["moj-marriage"] | {"declaration": young})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/declaration/husband/dateOfBirth")
    of_age = young | {"husband": declaration["husband"] | {"dateOfBirth": "2006-10-12"}}
    assert (await city.opens("moj-marriage", declaration=of_age))["state"] == "TO_PUSH"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00",
        b"[]",
        b'{"kind":"\\ud800"}',
        b"[" * 3000,
        b'{"unit":1e999}',
        b'{"kind":"moj-death","declaration":{"deceased":{"\\ud800":1}}}',
        b'{"kind":"moj-death","unit":"00004","receivedAt":"9999-12-31T23:59:59Z","declaration":{}}',
        b'{"kind":"moj-death","unit":"00004","receivedAt":"0001-01-01T00:00:00+14:00","declaration":{}}',
    ],
)
async def test_a_body_that_is_no_case_is_the_callers_fault(city: City, body: bytes) -> None:
    answer = await city.call("moj", "POST", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)


@pytest.mark.parametrize("declaration", [b'{"\\ud800":1}', b'{"deceased":{"\\ud800":1}}', b'{"deceased":1}', b"[]"])
async def test_a_supplement_that_declares_nonsense_is_the_callers_fault(city: City, declaration: bytes) -> None:
    case = await city.opens("moj-death")
    await city.gateway.execute("UPDATE ministry_case SET state = 'SUPPLEMENT_AWAITED'")
    answer = await city.call(
        "moj",
        "POST",
        f"/{case['caseId']}/supplement",
        content=b'{"declaration":' + declaration + b"}",
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code in (400, 422)


async def test_adapters_tell_how_their_ways_stand(city: City) -> None:
    await city.opens("residence")
    await city.registers["residence"].fails("down")
    for _ in range(6):
        await city.attends("residence")
        await city.gateway.execute("UPDATE ministry_case SET next_attempt_at = now()")
    await write_changes(city.gateway.runtime)
    (row,) = await city.gateway.rows("SELECT * FROM adapter_health")
    assert (row.adapter, row.mode, row.state, row.last_ok_at) == ("residence", "direct", "open", None)
    assert (row.calls, row.errors) == (row.failures, row.failures)
    assert row.last_error
    await city.registers["residence"].is_well()
    await asyncio.sleep(0.05)
    await city.attends("residence", until="ANSWERED")
    await write_changes(city.gateway.runtime)
    (row,) = await city.gateway.rows("SELECT * FROM adapter_health")
    assert (row.state, row.opened_at, row.failures) == ("closed", None, 0)
    assert row.calls > row.errors


@pytest.mark.fault
@pytest.mark.parametrize("point", ["ministry.after_push", "ministry.after_poll"])
async def test_a_worker_killed_between_call_and_settling_is_followed_within_seconds(
    city: City, database_url: SecretStr, at: str, point: str
) -> None:
    case = await city.opens("moj-death")
    settings = {
        "LIENTHONG_CRASH_AT": point,
        "LIENTHONG_DATABASE_URL": database_url.get_secret_value(),
        "LIENTHONG_MOJ_URL": f"{at}/moj",
        "LIENTHONG_MOJ_TOKEN": "sandbox-moj-token",
        "LIENTHONG_MOJ_POLL_SECONDS": "0.01",
    }
    victim = await asyncio.create_subprocess_exec(sys.executable, "-c", VICTIM, env=os.environ | settings)
    async with asyncio.timeout(20):
        assert await victim.wait() == -signal.SIGKILL
    assert await city.events() == []
    # The lease is left to run out by itself: six seconds, not forty.
    async with asyncio.timeout(10):
        await city.attends("moj", until="ANSWERED")
    assert [event["type"] for event in await city.events()] == [ANSWERED]
    pushed = await city.registers["moj"].counts("push", case["caseId"])
    assert pushed == {"received": 2 if point == "ministry.after_push" else 1, "acted": 1}
    assert (await city.registers["moj"].counts("register", UUID(case["caseId"])))["acted"] == 1


async def test_a_lease_is_kept_up_while_the_ministry_is_slow(city: City) -> None:
    """A call longer than the lease is not made a second time by another desk."""
    case = await city.opens("moj-death")
    await city.registers["moj"].fails("slow", times=1, operation="push", delaySeconds=1)
    patient: dict[str, Any] = {"moj_timeout_seconds": 5.0, "lease": 0.3}
    await asyncio.gather(city.attends("moj", **patient), _later(city, patient))
    assert await city.registers["moj"].counts("push", case["caseId"]) == {"received": 1, "acted": 1}


async def _later(city: City, patient: dict[str, Any]) -> None:
    await asyncio.sleep(0.6)  # past the lease, within the call
    await city.attends("moj", **patient)
