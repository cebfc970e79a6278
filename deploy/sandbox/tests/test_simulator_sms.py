"""The SMS provider that catches: a reference stands for one message, however often it comes."""

import httpx
import pytest

from deploy.sandbox.tests.simulator_kit import in_process
from sandbox.simulators import Simulators
from sandbox.simulators.sms import create_app

MESSAGE = {"to": "0912345678", "text": "Ho so da duoc nhan."}


async def put(http: httpx.AsyncClient, reference: str = "r-1", bearer: str = "sandbox-sms-token", **change: str) -> int:
    headers = {"Authorization": f"Bearer {bearer}"}
    return (await http.put(f"/messages/{reference}", json=MESSAGE | change, headers=headers)).status_code


async def test_the_same_reference_is_the_same_message(world: Simulators) -> None:
    async with in_process(create_app(world.sms)) as http:
        assert [await put(http), await put(http), await put(http, "r-2")] == [202, 202, 202]
        assert await put(http, text="another") == 409
        shown = (await http.get("/messages", params={"to": MESSAGE["to"]})).json()
        assert [message["reference"] for message in shown] == ["r-1", "r-2"]
        counts = (await http.get("/requests")).json()["counts"]["send"]
        assert counts["r-1"] == {"received": 3, "acted": 1}


async def test_who_has_no_token_sends_nothing(world: Simulators) -> None:
    async with in_process(create_app(world.sms)) as http:
        assert await put(http, bearer="wrong") == 401
        assert (await http.get("/messages")).json() == []


@pytest.mark.parametrize(("mode", "status", "caught"), [("refuse", 422, 0), ("error", 500, 0), ("slow", 202, 1)])
async def test_it_fails_as_it_is_told_to(world: Simulators, mode: str, status: int, caught: int) -> None:
    async with in_process(create_app(world.sms)) as http:
        assert (await http.put("/faults", json={"mode": mode, "times": 1})).status_code == 200
        assert await put(http) == status
        assert len((await http.get("/messages")).json()) == caught
        assert await put(http) == 202
