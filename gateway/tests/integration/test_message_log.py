"""The message log on a real database: committed together, signed, sealed once, and refused when it cannot be written."""

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from chassis.bus.transport import Ingress
from contracts.payment import FeeAssessed
from gateway.domain.checkpoint import parse_vkey
from gateway.domain.exchange_record import TYPE, open_record, unfinished_id
from gateway.domain.partners import MessageLogPolicy
from gateway.exchange.record import Direction
from gateway.problems.exchanges import MessageLogUnavailable
from gateway.tests.integration.exchanging import CLIENT, SERVICE, Logging, asked, ended, logging_gateway
from tests.support.counting import counted
from tests.support.events import wire


@pytest.fixture
async def log(database_url: SecretStr) -> AsyncIterator[Logging]:
    async with logging_gateway(database_url) as logging:
        yield logging


async def records(log: Logging) -> list[dict[str, str | int]]:
    keys = [parse_vkey(row.vkey) for row in await log.gateway.rows("SELECT vkey FROM ledger_verifier")]
    rows = await log.gateway.rows(
        "SELECT body FROM ledger_entry JOIN ledger_body USING (position) WHERE type = :type ORDER BY position",
        type=TYPE,
    )
    return [open_record(bytes(row.body).decode(), keys) for row in rows]


async def test_exchanges_of_the_same_moment_are_committed_together_signed_and_sealed_once(log: Logging) -> None:
    many = [asked() for _ in range(60)]
    with counted(log.gateway.runtime.database) as statements:
        await asyncio.gather(*(log.log.end(one, ended()) for one in many))
    assert len(statements) <= 10  # the key, then two a batch: nobody had a transaction of its own
    assert [await log.seal(), await log.seal()] == [60, 0]
    sealed = await records(log)
    assert {record["requestId"] for record in sealed} == {str(one.request_id) for one in many}
    assert len(sealed) == 60
    assert sealed[0] | {"requestId": ""} == {
        "client": CLIENT, "endedAt": "2026-10-12T03:00:00.000000Z", "messageId": "VN-1", "method": "GET", "millis": 12,
        "outcome": "answered", "path": "1.001193", "policy": "metadata", "query": "", "receivedAt": "2026-10-12T03:00:07.000000Z",
        "requestBytes": 0, "requestId": "", "responseBytes": 2, "service": SERVICE, "state": "ended", "status": 200,
        "responseSha512": sealed[0]["responseSha512"], "upstreamMillis": 10,
    }  # fmt: skip


async def test_a_minute_counts_exchanges_errors_denials_bytes_and_latency(log: Logging) -> None:
    await log.exchange()
    await log.exchange(end=ended(millis=7000))
    await log.exchange(end=ended(status=500, error="server.serverproxy.access_denied"), client=None)
    await log.exchange(end=ended(status=404, error="server.serverproxy.unknown_service"), service="VN/GOV/X/made/up")
    await log.exchange(policy=MessageLogPolicy.OFF)
    rows = await log.gateway.rows("SELECT * FROM exchange_minute ORDER BY client, service")
    counted_rows = [(row.client, row.service, row.exchanges, row.errors, row.denied) for row in rows]
    assert counted_rows == [(CLIENT, SERVICE, 3, 0, 0), (CLIENT, "unknown", 1, 1, 0), ("unknown", SERVICE, 1, 1, 1)]
    assert rows[0].minute == datetime(2026, 10, 12, 3, 0, tzinfo=UTC)
    assert (rows[0].buckets[4], rows[0].buckets[-1], sum(rows[0].buckets)) == (2, 1, 3)
    assert len(await log.gateway.rows("SELECT 1 FROM exchange")) == 4  # policy OFF is counted and not logged


async def test_bodies_are_kept_whole_up_to_a_size_beyond_it_only_their_hash(database_url: SecretStr) -> None:
    async with logging_gateway(database_url, message_log_body_bytes=20) as log:
        request_id = await log.exchange(b"short enough", b"x" * 50, policy=MessageLogPolicy.FULL)
        rows = await log.gateway.rows("SELECT direction, data FROM exchange_body ORDER BY number")
        assert {row.direction for row in rows} == {"request"}
        assert b"".join(row.data for row in rows) == b"short enough"
        (row,) = await log.gateway.rows("SELECT * FROM exchange")
        assert (row.request_id, row.request_body, row.response_body) == (request_id, "whole", "too-large")


async def test_too_much_in_memory_makes_the_sender_wait_and_loses_nothing(database_url: SecretStr) -> None:
    async with logging_gateway(database_url, message_log_memory_bytes=65_536) as log:
        one = asked(policy=MessageLogPolicy.FULL)
        for number in range(40):
            await log.log.body(one.request_id, Direction.REQUEST, number, b"z" * 10_000)
            assert log.log._bytes <= 65_536
        await log.log.end(one, ended(b"z" * 400_000))
        (row,) = await log.gateway.rows("SELECT sum(length(data)) AS kept FROM exchange_body")
        assert row.kept == 400_000


async def test_what_began_and_never_ended_is_sealed_as_unfinished_and_completed_if_it_ends_after_all(
    log: Logging,
) -> None:
    one = asked()
    await log.log.begin(one)
    assert await log.give_up(minutes=5) == 0
    assert [await log.give_up(), await log.give_up()] == [1, 0]
    await log.seal()
    await log.log.end(one, ended())
    await log.seal()
    assert [record["state"] for record in await records(log)] == ["unfinished", "ended"]
    entries = await log.gateway.rows("SELECT event_id, subject FROM ledger_entry ORDER BY position")
    assert [row.event_id for row in entries] == [unfinished_id(one.request_id), one.request_id]
    assert {row.subject for row in entries} == {str(one.request_id)}
    (row,) = await log.gateway.rows("SELECT state, status FROM exchange")
    assert (row.state, row.status) == ("ended", 200)


async def test_an_event_under_the_id_of_a_request_does_not_keep_its_record_out_of_the_ledger(log: Logging) -> None:
    request_id = await log.exchange()
    event = await _squat(log, str(request_id))
    assert event == str(request_id)
    await log.seal()
    assert [record["requestId"] for record in await records(log)] == [str(request_id)]


async def _squat(log: Logging, event_id: str) -> str:
    sent = wire(FeeAssessed(version=1, dossier_code="H26-1", total=0))
    body = sent.body.replace(str(sent.event_id).encode(), event_id.encode())
    await log.gateway.accept(Ingress("payment", body))
    (row,) = await log.gateway.rows("SELECT event_id FROM ledger_entry")
    return str(row.event_id)


async def test_what_a_caller_sends_that_no_database_takes_is_logged_all_the_same(log: Logging) -> None:
    await log.exchange(path="a\0b", query="\udcff", user_id="ngư\0ời", client="VN/GOV/\ud800/x", message_id="\0")
    await log.seal()
    (record,) = await records(log)
    assert record["path"] == "a\ufffdb"


async def test_one_record_the_database_refuses_does_not_refuse_those_beside_it(log: Logging) -> None:
    bad = asked()
    outcomes = await asyncio.gather(
        log.log.end(asked(), ended()),
        log.log.end(bad, ended(status=2**40)),
        log.log.end(asked(), ended()),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [type(None), MessageLogUnavailable, type(None)]
    assert len(await log.gateway.rows("SELECT 1 FROM exchange")) == 2


async def test_without_the_database_nothing_begins_and_nothing_ends_and_later_all_does(log: Logging) -> None:
    await log.gateway.execute("ALTER TABLE exchange RENAME TO away")
    one = asked()
    with pytest.raises(MessageLogUnavailable):
        await log.log.begin(one)
    with pytest.raises(MessageLogUnavailable):
        await log.log.end(one, ended())
    await log.gateway.execute("ALTER TABLE away RENAME TO exchange")
    await log.log.end(one, ended())
    assert len(await log.gateway.rows("SELECT 1 FROM exchange")) == 1


async def test_an_end_whose_body_was_lost_is_refused(log: Logging) -> None:
    await log.gateway.execute("ALTER TABLE exchange_body RENAME TO away")
    one = asked(policy=MessageLogPolicy.FULL)
    await log.log.body(one.request_id, Direction.REQUEST, 0, b"lost")
    with pytest.raises(MessageLogUnavailable):
        await log.log.end(one, ended(b"lost"))
    assert await log.gateway.rows("SELECT 1 FROM exchange") == []


async def test_without_a_key_what_must_be_logged_is_refused_and_the_rest_is_counted(database_url: SecretStr) -> None:
    async with logging_gateway(database_url, exchange_key=None) as log:
        with pytest.raises(MessageLogUnavailable):
            await log.log.begin(asked())
        with pytest.raises(MessageLogUnavailable):
            await log.log.end(asked(), ended())
        await log.exchange(policy=MessageLogPolicy.OFF)
        assert len(await log.gateway.rows("SELECT 1 FROM exchange_minute")) == 1


async def test_closing_flushes_what_waits_and_then_takes_nothing_more(database_url: SecretStr) -> None:
    async with logging_gateway(database_url) as log:
        waiting = [asyncio.create_task(log.log.end(asked(), ended())) for _ in range(20)]
        await asyncio.sleep(0)
        for task in log.gateway.runtime._tasks:  # what Runtime.close does first
            task.cancel()
        await asyncio.gather(*waiting)
        with pytest.raises(MessageLogUnavailable):
            await log.log.end(asked(), ended())
        assert len(await log.gateway.rows("SELECT 1 FROM exchange")) == 20


async def test_the_key_of_exchanges_is_published_after_the_ledgers(log: Logging) -> None:
    await log.exchange()
    await log.gateway.sign()
    keys = (await log.gateway.get("/lgsp/v1/ledger/key")).text.splitlines()
    assert [key.split("+")[0] for key in keys] == ["lienthong.hanoi/ledger", "lienthong.hanoi/exchange"]
    assert base64.b64decode(keys[1].split("+", 2)[2])[0] == 1
