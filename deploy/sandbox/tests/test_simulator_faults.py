"""Fault scripting: what a caller on a real socket sees, and what was done all the same."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from deploy.sandbox.tests.simulator_kit import Serve, StandingClock, in_process
from sandbox.simulators import Simulators, create_app
from sandbox.simulators.faults import Desk, Fault, Operation, install


def counter(desk: Desk) -> FastAPI:
    app = FastAPI()

    @app.post("/count")
    async def count(body: dict[str, Any]) -> dict[str, Any]:
        desk.acted("count", body["id"])
        return body

    @app.get("/other")
    async def other() -> str:
        return "untouched"

    install(app, desk)
    return app


def new_desk(clock: StandingClock, **more: Any) -> Desk:
    return Desk([Operation("count", "POST", "/count", lambda request: [request.json()["id"]])], now=clock, **more)


def counts(desk: Desk) -> object:
    return desk.report()["counts"]


def test_down_cuts_the_connection_and_does_nothing(serve: Serve, clock: StandingClock) -> None:
    desk = new_desk(clock)
    address = serve(counter(desk))
    desk.script(Fault(mode="down", times=1))
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.post(f"{address}/count", json={"id": "a"})
    assert counts(desk) == {"count": {"a": {"received": 1, "acted": 0}}}


def test_a_lost_answer_was_acted_upon(serve: Serve, clock: StandingClock) -> None:
    desk = new_desk(clock)
    address = serve(counter(desk))
    desk.script(Fault(mode="lose-answer", times=1))
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.post(f"{address}/count", json={"id": "a"})
    assert counts(desk) == {"count": {"a": {"received": 1, "acted": 1}}}


def test_error_is_a_500_that_did_nothing_and_ends_after_its_times(serve: Serve, clock: StandingClock) -> None:
    desk = new_desk(clock)
    address = serve(counter(desk))
    desk.script(Fault(mode="error", times=2))
    statuses = [httpx.post(f"{address}/count", json={"id": "a"}).status_code for _ in range(3)]
    assert statuses == [500, 500, 200]
    assert counts(desk) == {"count": {"a": {"received": 3, "acted": 1}}}


def test_a_caller_who_gives_up_on_a_slow_answer_was_served_all_the_same(serve: Serve, clock: StandingClock) -> None:
    desk = new_desk(clock)
    address = serve(counter(desk))
    desk.script(Fault(mode="slow", times=1, delay_seconds=2))
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{address}/count", json={"id": "a"}, timeout=1)
    assert counts(desk) == {"count": {"a": {"received": 1, "acted": 1}}}


async def test_slow_answers_after_its_delay(clock: StandingClock) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    desk = new_desk(clock, sleep=sleep)
    desk.script(Fault(mode="slow", delay_seconds=9))
    async with in_process(counter(desk)) as client:
        answers = [(await client.post("/count", json={"id": "a"})).json() for _ in range(2)]
    assert answers == [{"id": "a"}] * 2
    assert slept == [9, 9]


async def test_faults_are_scripted_shown_and_cleared_over_http(clock: StandingClock) -> None:
    async with in_process(counter(new_desk(clock))) as client:
        await client.put("/faults", json={"mode": "error", "operation": "count"})
        shown = (await client.get("/faults")).json()["fault"]
        broken = [(await client.post("/count", json={"id": "a"})).status_code for _ in range(3)]
        untouched = await client.get("/other")
        await client.delete("/faults")
        mended = await client.post("/count", json={"id": "a"})
    assert shown == {"mode": "error", "times": None, "delaySeconds": 0, "operation": "count"}
    assert broken == [500] * 3
    assert (untouched.status_code, mended.status_code) == (200, 200)


@pytest.mark.parametrize(
    "fault", [{"mode": "duplicate"}, {"mode": "error", "operation": "poll"}, {"mode": "down", "times": 0}, {}]
)
async def test_a_fault_the_simulator_does_not_have_is_refused(clock: StandingClock, fault: dict[str, Any]) -> None:
    async with in_process(counter(new_desk(clock))) as client:
        assert (await client.put("/faults", json=fault)).status_code == 422


def test_under_its_mount_each_simulator_has_faults_of_its_own(serve: Serve, world: Simulators) -> None:
    address = serve(create_app(world))
    httpx.put(f"{address}/sandbox/identity/faults", json={"mode": "error"})
    jwks = httpx.get(f"{address}/sandbox/identity/jwks.json")
    person = httpx.get(f"{address}/sandbox/population/people/001195000001")
    assert (jwks.status_code, person.status_code) == (500, 200)
    assert person.json()["birth"]["fullName"] == "NGUYỄN THỊ MẪU"
