"""The routes by which an operator has a service told again."""

import httpx

from contracts.payment import FeeAssessed
from gateway.tests.conftest import Gateway
from tests.support.counting import counted
from tests.support.identities import agency, citizen, officer

REPLAYS = "/lgsp/v1/replays"
OPERATOR = officer("operator")


async def ask(gateway: Gateway, body: object, key: str = "one", headers: dict[str, str] = OPERATOR) -> httpx.Response:
    return await gateway.client.post(REPLAYS, json=body, headers={**headers, "Idempotency-Key": key})


async def test_an_operator_starts_a_replay_and_sees_how_far_it_is(gateway: Gateway) -> None:
    await gateway.send(*(FeeAssessed(version=1, dossier_code=f"H26-20261012-000000{n}", total=0) for n in range(3)))
    started = await ask(gateway, {"service": "reporting", "position": 1})
    assert (started.status_code, started.json()["until"]) == (202, 3)
    again = await ask(gateway, {"service": "reporting", "position": 1})
    assert again.json() == started.json()
    other = await ask(gateway, {"service": "reporting", "position": 0}, "two")
    assert (other.status_code, other.json()["type"].rsplit("/", 1)[-1]) == (409, "replay-running")
    one = await gateway.get(started.headers["Location"], OPERATOR)
    assert one.json()["position"] == 1
    unchanged = await gateway.get(started.headers["Location"], {**OPERATOR, "If-None-Match": one.headers["ETag"]})
    assert unchanged.status_code == 304
    with counted(gateway.runtime.database) as statements:
        listed = await gateway.get(REPLAYS, OPERATOR)
    assert [item["id"] for item in listed.json()["items"]] == [started.json()["id"]]
    assert len(statements) == 1


async def test_who_is_no_operator_starts_nothing(gateway: Gateway) -> None:
    await gateway.send(FeeAssessed(version=1, dossier_code="H26-20261012-0000001", total=0))
    for headers in (citizen(), officer("one-stop-officer"), agency("gateway:read")):
        assert (await ask(gateway, {"service": "reporting", "position": 0}, headers=headers)).status_code == 403
        assert (await gateway.get(REPLAYS, headers)).status_code == 403
    assert (await gateway.get(REPLAYS)).status_code == 401
    assert await gateway.rows("SELECT 1 FROM replay") == []


async def test_bad_input_is_told_and_starts_nothing(gateway: Gateway) -> None:
    for body in (
        {"service": "reporting"},
        {"service": "reporting", "position": 0, "since": "2026-10-12T00:00:00Z"},
        {"service": "catalog", "position": 0},
        {"service": "nobody", "position": 0},
        {"service": "reporting", "position": -1},
        {"service": "reporting", "position": 2**63},
        {"service": "reporting", "since": "2026-10-12T00:00:00"},
        {"service": "reporting", "position": 0},
        {"service": "reporting", "since": "9999-12-31T23:59:59Z"},
    ):
        refused = await ask(gateway, body, str(body)[:60].replace("'", ""))
        assert refused.status_code == 422, body
    assert (await gateway.get(f"{REPLAYS}/01927f5e-0000-7000-8000-0000000000c1", OPERATOR)).status_code == 404
    assert await gateway.rows("SELECT 1 FROM replay") == []
