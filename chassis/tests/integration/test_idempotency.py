"""`Idempotency-Key` as an impatient, forgetful or hostile caller uses it."""

import asyncio
import json

import pytest
from sqlalchemy import text

from chassis.tests.conftest import Gate, Toy
from tests.support import identities
from tests.support.events import recorded


async def test_fifty_identical_requests_at_once_act_once(toy: Toy) -> None:
    answers = await asyncio.gather(*(toy.add() for _ in range(50)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    made = [answer for answer in answers if answer.status_code == 201]
    assert made
    assert len({answer.text for answer in made}) == 1
    assert [answer.headers.get("idempotency-replayed") for answer in made].count(None) == 1
    for refused in (answer for answer in answers if answer.status_code == 409):
        assert refused.json()["type"] == "/problems/idempotency-key-in-flight"
        assert refused.headers["retry-after"] == "1"
    assert len(await toy.rows("SELECT 1 FROM note")) == 1
    assert len(await recorded(toy.runtime)) == 1


async def test_a_repeated_request_gets_the_stored_answer_whole(toy: Toy) -> None:
    first, second = await toy.add(), await toy.add()
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert second.json()["name"] == "Đặng"
    assert second.headers["location"] == first.headers["location"]
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert len(await recorded(toy.runtime)) == 1


async def test_another_payload_under_a_used_key_is_refused(toy: Toy) -> None:
    await toy.add("một")
    answer = await toy.add("hai")
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/idempotency-key-reused"
    assert len(await toy.rows("SELECT 1 FROM note")) == 1


async def test_another_query_string_is_another_payload(toy: Toy) -> None:
    headers = identities.citizen() | {"Idempotency-Key": "k"}
    assert (await toy.client.post("/v1/notes?a=1", json={"text": "một"}, headers=headers)).status_code == 201
    assert (await toy.client.post("/v1/notes?a=2", json={"text": "một"}, headers=headers)).status_code == 422


@pytest.mark.parametrize("key", [None, ""])
async def test_without_a_key_nothing_acts(toy: Toy, key: str | None) -> None:
    answer = await toy.add(key=key)
    assert answer.status_code == 400
    assert answer.json()["type"] == "/problems/idempotency-key-missing"
    assert answer.json()["errors"][0]["pointer"] == "header:Idempotency-Key"
    assert await toy.rows("SELECT 1 FROM note") == []


async def test_a_key_belongs_to_its_caller(toy: Toy) -> None:
    mine, yours = await toy.add(who="001190000001"), await toy.add(who="001190000002")
    assert "idempotency-replayed" not in yours.headers
    assert mine.json()["id"] != yours.json()["id"]


async def test_while_the_first_is_in_flight_another_is_told_to_wait(toy: Toy) -> None:
    gate = toy.runtime.extras["gate"] = Gate()
    first = asyncio.create_task(toy.add())
    await gate.reached.wait()
    second = await toy.add()
    other_key = asyncio.create_task(toy.add(key="key-2"))
    gate.opened.set()
    assert second.status_code == 409
    assert (await first).status_code == (await other_key).status_code == 201


async def test_a_request_cut_off_before_its_commit_leaves_nothing_and_may_be_repeated(toy: Toy) -> None:
    gate = toy.runtime.extras["gate"] = Gate()
    first = asyncio.create_task(toy.add())
    await gate.reached.wait()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert await toy.rows("SELECT 1 FROM note UNION ALL SELECT 1 FROM outbox UNION ALL SELECT 1 FROM idempotency") == []
    gate.opened.set()
    assert (await toy.add()).status_code == 201
    assert toy.runtime.database.engine.pool.status().count("Checked out connections: 0") == 1


async def test_a_refusal_is_not_kept_so_the_key_may_be_used_when_the_cause_is_gone(toy: Toy) -> None:
    gate = toy.runtime.extras["gate"] = Gate(refuse=True)
    gate.opened.set()
    assert (await toy.add()).status_code == 409
    gate.refuse = False
    assert (await toy.add()).status_code == 201


KEEP = text(
    "INSERT INTO idempotency (caller, key, fingerprint, status, headers, body)"
    " SELECT '001190000001', 'key-1', fingerprint, 201, '{\"Location\": \"/elsewhere\"}', '{\"id\": 7}' FROM idempotency"
    " WHERE key = 'key-0'"
)


async def test_an_answer_stored_after_our_look_is_given_when_our_own_cannot_be_stored(toy: Toy) -> None:
    """The holder's row is invisible to the claim, and its lock free: what a commit between snapshot and lock looks like."""
    await toy.add(key="key-0")
    async with toy.runtime.database.begin() as holder:
        await holder.execute(KEEP)
        late = asyncio.create_task(toy.add())
        blocked = "SELECT 1 FROM pg_locks WHERE NOT granted"
        async with asyncio.timeout(10):
            while not await toy.rows(blocked):
                await asyncio.sleep(0.01)
        await holder.commit(None)
    answer = await late
    assert (answer.status_code, answer.json(), answer.headers["location"]) == (201, {"id": 7}, "/elsewhere")
    assert len(await toy.rows("SELECT 1 FROM note")) == 1


async def test_an_answer_stored_after_our_look_is_given_when_the_state_it_left_refuses_us(toy: Toy) -> None:
    await toy.add(key="key-0")
    gate = toy.runtime.extras["gate"] = Gate(refuse=True)
    late = asyncio.create_task(toy.add())
    await gate.reached.wait()
    async with toy.runtime.database.begin() as holder:
        await holder.execute(KEEP)
        await holder.commit(None)
    gate.opened.set()
    answer = await late
    assert (answer.status_code, answer.json()) == (201, {"id": 7})


async def test_only_what_the_render_gives_is_kept(toy: Toy) -> None:
    await toy.add()
    (row,) = await toy.rows("SELECT status, headers, body FROM idempotency")
    assert row.status == 201
    assert set(json.loads(row.headers)) == {"Location"}
    assert json.loads(row.body)["id"] == 1
