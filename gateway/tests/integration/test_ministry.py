"""Birth cases to the Ministry of Justice and back, against the simulator as a process of its own, whatever it does."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr

from chassis.inbox import Inbox
from contracts.civil_registry import BirthRegistrationRequested
from gateway.adapters.moj import ministry_of_justice
from gateway.adapters.routes import Routes
from gateway.desks.cases import MinistryDesk, Pace
from gateway.domain.connection_mode import Mode, Route
from gateway.settings import GatewaySettings
from gateway.tests.conftest import Gateway, opened
from gateway.tests.integration.ministry_kit import Register, world
from tests.support.events import inbox_of, recorded, wire

ISSUED = "vn.gov.hanoi.gateway.personal-id-issued.v1"
DECLINED = "vn.gov.hanoi.gateway.birth-registration-declined.v1"
TOKEN = "sandbox-moj-token"
TRACE = "0af7651916cd43dd8448eb211c80319c"
VICTIM = """
import asyncio
from chassis.service import Runtime
from gateway.app import SERVICE
from gateway.settings import GatewaySettings
from gateway.workers import speak_with_ministry
async def main():
    await speak_with_ministry(Runtime.of(SERVICE, GatewaySettings(), issuers={}))
asyncio.run(main())
"""


@pytest.fixture(scope="module")
def simulator() -> Iterator[str]:
    """The address of the Ministry's simulator."""
    for url in world():
        yield f"{url}/moj"


@pytest.fixture
async def ministry(simulator: str) -> AsyncIterator[Register]:
    at = Register(simulator)
    await at.is_well()
    yield at
    await at.is_well()
    await at.close()


class Office:
    """The gateway's side: cases come in as events, desks attend to them."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.inbox: Inbox = inbox_of(gateway.runtime)

    async def asks(self, **changes: Any) -> BirthRegistrationRequested:
        """A case of its own comes in."""
        example = BirthRegistrationRequested.example
        event = BirthRegistrationRequested.model_validate(
            example | {"caseId": str(uuid4()), "dossierCode": f"H26-{uuid4().hex}"} | changes
        )
        await self.inbox.deliver([wire(event)])
        return event

    async def attends(self, *, until: str | None = None, desks: int = 1, **changes: Any) -> Routes:
        """Desks work until all cases are in that state (None: one turn)."""
        settings = self.gateway.settings.model_copy(update=changes)
        pace = Pace(settings.moj_parallel, settings.moj_batch, settings.moj_poll_seconds, settings.moj_retry_delays)
        runtime = self.gateway.runtime
        ways = [Route("moj", Mode.DIRECT, settings.moj_url or "")]
        routes = Routes("moj", ways, settings.moj_retry_delays, now=runtime.clock.now)
        async with ministry_of_justice(settings, routes) as office:
            side_by_side = [MinistryDesk(runtime.database, runtime.tracing, office, pace) for _ in range(desks)]
            async with asyncio.timeout(20):
                while True:
                    await asyncio.gather(*(desk.attend() for desk in side_by_side))
                    if until is None or set(await self.states()) == {until}:
                        return routes
                    await asyncio.sleep(0.01)

    async def states(self) -> list[str]:
        return [row.state for row in await self.gateway.rows("SELECT state FROM ministry_case ORDER BY taken_at")]

    async def case(self) -> Any:
        (row,) = await self.gateway.rows("SELECT * FROM ministry_case")
        return row

    async def events(self) -> list[dict[str, Any]]:
        return await recorded(self.gateway.runtime)

    async def lets_leases_run_out(self) -> None:
        await self.gateway.execute("UPDATE ministry_case SET next_attempt_at = now()")


@pytest.fixture
async def office(database_url: SecretStr, simulator: str) -> AsyncIterator[Office]:
    settings = GatewaySettings(
        database_url=database_url,
        moj_url=simulator,
        moj_token=SecretStr(TOKEN),
        moj_poll_seconds=0.01,
        moj_retry_delays=(0.01, 0.02),
        moj_timeout_seconds=0.5,
    )
    async with opened(settings, {}) as gateway:
        yield Office(gateway)


async def test_a_birth_is_pushed_polled_and_its_personal_id_stated_once(office: Office, ministry: Register) -> None:
    request = await office.asks()
    await office.attends(until="ANSWERED")
    (event,) = await office.events()
    assert (event["type"], event["subject"], event["sequence"]) == (ISSUED, request.dossier_code, "0000000001")
    assert event["data"]["caseId"] == str(request.case_id)
    # 001: Hà Nội; 3: a girl of the 2000s; 26: born in 2026.
    assert event["data"]["personalId"].startswith("001326")
    assert event["data"]["ministryNumber"]
    assert event["data"]["answeredOn"]
    assert await ministry.counts("push", request.case_id) == {"received": 1, "acted": 1}


async def test_what_was_asked_is_forgotten_once_it_is_answered(office: Office) -> None:
    await office.asks()
    assert (await office.case()).request["child"]["fullName"] == "NGUYỄN THỊ MẪU"
    await office.attends(until="ANSWERED")
    assert (await office.case()).request is None


async def test_the_same_request_delivered_again_is_one_case(office: Office, ministry: Register) -> None:
    request = await office.asks()
    await office.inbox.deliver([wire(request), wire(request)])
    await office.attends(until="ANSWERED")
    await office.inbox.deliver([wire(request)])
    await office.attends()
    assert await office.states() == ["ANSWERED"]
    assert len(await office.events()) == 1
    assert await ministry.counts("push", request.case_id) == {"received": 1, "acted": 1}


async def twins(office: Office) -> list[BirthRegistrationRequested]:
    """Two cases of one dossier come in, the second child's first."""
    code = f"H26-{uuid4().hex}"
    child = BirthRegistrationRequested.example["declaration"]["child"]
    asked = []
    for number, name in ((2, "NGUYỄN THỊ MỪNG"), (1, "NGUYỄN THỊ MẪU")):
        declaration = BirthRegistrationRequested.example["declaration"] | {"child": child | {"fullName": name}}
        asked.append(
            await office.asks(dossierCode=code, version=number, childNumber=number, children=2, declaration=declaration)
        )
    return asked


async def test_twins_are_two_cases_and_each_answer_is_of_its_own_case(office: Office, ministry: Register) -> None:
    asked = await twins(office)
    await office.inbox.deliver([wire(request) for request in asked])
    await office.attends(until="ANSWERED", desks=2)
    events = await office.events()
    assert [event["type"] for event in events] == [ISSUED, ISSUED]
    assert [event["data"]["version"] for event in events] == [1, 2]
    assert {event["data"]["caseId"] for event in events} == {str(request.case_id) for request in asked}
    assert len({event["data"]["personalId"] for event in events}) == 2
    for request in asked:
        assert await ministry.counts("push", request.case_id) == {"received": 1, "acted": 1}


async def test_a_twin_that_is_refused_leaves_the_other_alone(office: Office, ministry: Register) -> None:
    await ministry.fails("refuse", times=1)
    asked = await twins(office)
    async with asyncio.timeout(20):
        while set(await office.states()) != {"ANSWERED", "DECLINED"}:
            await office.attends(desks=2)
    events = await office.events()
    assert sorted(event["type"] for event in events) == sorted([ISSUED, DECLINED])
    assert [event["data"]["version"] for event in events] == [1, 2]
    assert {event["data"]["caseId"] for event in events} == {str(request.case_id) for request in asked}


async def test_twins_answered_at_two_desks_at_once_bear_versions_that_rise(office: Office) -> None:
    for _ in range(15):
        await twins(office)
    await office.attends(until="ANSWERED", desks=4, moj_batch=3)
    versions: dict[str, list[int]] = {}
    for event in await office.events():
        versions.setdefault(event["subject"], []).append(event["data"]["version"])
    assert list(versions.values()) == [[1, 2]] * 15


@pytest.mark.parametrize("mode", ["down", "error", "lose-answer", "slow"])
@pytest.mark.parametrize("operation", ["push", "poll"])
async def test_whatever_goes_wrong_on_the_way_the_case_arrives_and_is_answered_once(
    office: Office, ministry: Register, mode: str, operation: str
) -> None:
    """R-082"""
    await ministry.fails(mode, times=3, operation=operation, delaySeconds=0.7 if mode == "slow" else 0)
    request = await office.asks()
    await office.attends(until="ANSWERED")
    assert [event["type"] for event in await office.events()] == [ISSUED]
    pushed = await ministry.counts("push", request.case_id)
    assert pushed == {"received": 4 if operation == "push" else 1, "acted": 1}
    assert (await ministry.counts("register", request.case_id))["acted"] == 1


async def test_an_answer_told_twice_is_stated_once(office: Office, ministry: Register) -> None:
    await ministry.fails("duplicate")
    await office.asks()
    await office.attends(until="ANSWERED")
    assert [event["type"] for event in await office.events()] == [ISSUED]


async def test_a_refusal_ends_the_case_with_the_ministrys_words(office: Office, ministry: Register) -> None:
    await ministry.fails("refuse", times=1)
    request = await office.asks()
    await office.attends(until="DECLINED")
    (event,) = await office.events()
    assert (event["type"], event["subject"]) == (DECLINED, request.dossier_code)
    assert event["data"]["errors"] == ["Hồ sơ bị từ chối theo kịch bản mô phỏng."]
    case = await office.case()
    assert (case.words, case.request) == (event["data"]["errors"], None)


async def test_a_case_the_ministry_will_not_take_is_declined_not_tried_for_ever(
    office: Office, ministry: Register
) -> None:
    declaration = BirthRegistrationRequested.example["declaration"]
    in_future = declaration | {"child": declaration["child"] | {"dateOfBirth": "2999-01-01"}}
    request = await office.asks(declaration=in_future)
    await office.attends(until="DECLINED")
    (event,) = await office.events()
    assert event["data"]["errors"] == ["Ngày sinh ở trong tương lai: nksNgaySinh"]
    assert await ministry.counts("push", request.case_id) == {"received": 1, "acted": 0}


async def test_wrong_credentials_are_no_refusal_of_the_case(office: Office, ministry: Register) -> None:
    request = await office.asks()
    await office.attends(moj_token=SecretStr("wrong"))
    case = await office.case()
    assert (case.state, case.last_error) == ("TO_PUSH", "HTTP 401")
    await office.attends(until="ANSWERED")
    assert (await ministry.counts("push", request.case_id))["acted"] == 1


async def test_many_cases_at_two_desks_are_each_pushed_once(office: Office, ministry: Register) -> None:
    requests = [await office.asks() for _ in range(40)]
    await office.attends(until="ANSWERED", desks=2)
    events = await office.events()
    assert len({event["data"]["personalId"] for event in events}) == len(events) == 40
    for request in requests:
        assert await ministry.counts("push", request.case_id) == {"received": 1, "acted": 1}


async def test_who_dies_between_the_call_and_its_settling_is_followed_by_another_without_a_second_effect(
    office: Office, ministry: Register
) -> None:
    request = await office.asks()
    for state in ("TO_PUSH", "PUSHED"):
        await office.gateway.execute("ALTER TABLE ministry_case ADD CONSTRAINT dead CHECK (attempts > 0) NOT VALID")
        with pytest.raises(Exception, match="dead"):  # the settling resets attempts: here it cannot be written
            await office.attends(moj_poll_seconds=60)
        await office.gateway.execute("ALTER TABLE ministry_case DROP CONSTRAINT dead")
        assert (await office.case()).state == state
        await office.attends(moj_poll_seconds=60)  # leased still: nobody else calls
        assert (await office.case()).state == state
        await office.lets_leases_run_out()
        await office.attends(moj_poll_seconds=60)  # one turn is one step, however slow the machine
        await office.lets_leases_run_out()
    await office.attends(until="ANSWERED")
    assert [event["type"] for event in await office.events()] == [ISSUED]
    assert await ministry.counts("push", request.case_id) == {"received": 2, "acted": 1}


async def test_a_ministry_that_lost_the_case_gets_it_again(office: Office, ministry: Register) -> None:
    request = await office.asks()
    await office.gateway.execute("UPDATE ministry_case SET state = 'PUSHED'")
    await office.attends(until="ANSWERED")
    assert await ministry.counts("push", request.case_id) == {"received": 1, "acted": 1}


async def test_while_the_ministry_is_down_it_is_probed_not_flooded(office: Office, ministry: Register) -> None:
    await ministry.fails("down")
    requests = [await office.asks() for _ in range(30)]
    routes = await office.attends(moj_retry_delays=(3600.0,), moj_parallel=3)
    assert routes.held_back
    received = sum([(await ministry.counts("push", request.case_id))["received"] for request in requests])
    assert received == 6  # two rounds of three; with the fifth failure the rest is held back
    await ministry.is_well()
    await office.lets_leases_run_out()
    await office.attends(until="ANSWERED")
    assert len(await office.events()) == 30


async def test_the_trace_of_the_request_goes_on_in_the_answer(office: Office) -> None:
    sent = wire(BirthRegistrationRequested.from_example())
    traceparent = f'"traceparent":"00-{TRACE}-b7ad6b7169203331-01","data"'.encode()
    body = sent.body.replace(b'"data"', traceparent)
    await office.inbox.deliver([replace(sent, body=body)])
    await office.attends(until="ANSWERED")
    (answer,) = await office.events()
    assert answer["traceparent"].split("-")[1] == TRACE


@pytest.mark.fault
@pytest.mark.parametrize("point", ["ministry.after_push", "ministry.after_poll"])
async def test_killed_at_a_named_point_the_next_process_goes_on(
    office: Office, ministry: Register, database_url: SecretStr, point: str
) -> None:
    request = await office.asks()
    settings = {
        "LIENTHONG_CRASH_AT": point,
        "LIENTHONG_DATABASE_URL": database_url.get_secret_value(),
        "LIENTHONG_MOJ_URL": ministry.url,
        "LIENTHONG_MOJ_TOKEN": TOKEN,
        "LIENTHONG_MOJ_POLL_SECONDS": "0.01",
    }
    victim = await asyncio.create_subprocess_exec(sys.executable, "-c", VICTIM, env=os.environ | settings)
    async with asyncio.timeout(20):
        assert await victim.wait() == -signal.SIGKILL
    assert await office.events() == []
    await office.lets_leases_run_out()
    await office.attends(until="ANSWERED")
    assert [event["type"] for event in await office.events()] == [ISSUED]
    assert await ministry.counts("push", request.case_id) == {
        "received": 2 if point == "ministry.after_push" else 1,
        "acted": 1,
    }
