"""Witnesses: the simulator's own, written apart from the gateway's code, sign only what grew; what they sign is shown and kept."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import httpx
import pytest
from pydantic import SecretStr

from contracts.payment import FeeAssessed
from gateway.domain.cosignature import parse_witness_key
from gateway.ledger.witnesses import WitnessFailed, ask
from gateway.tests.integration.exchanging import Logging, logging_gateway, verified
from sandbox.simulators.witness import Witness, create_app

LEDGER = "/lgsp/v1/ledger"


@dataclass
class Seen:
    """A gateway, a witness it knows, and the way between them."""

    log: Logging
    witness: Witness
    client: httpx.AsyncClient

    async def grow(self, count: int) -> None:
        await self.log.gateway.send(*[FeeAssessed(version=1, dossier_code=f"H26-{n}", total=0) for n in range(count)])
        await self.log.gateway.sign()

    async def ask(self) -> int | None:
        key = parse_witness_key(self.witness.vkey)
        return await ask(self.log.gateway.runtime.database, self.client, key, "http://witness.test")

    async def checkpoint(self) -> str:
        return (await self.log.gateway.get(f"{LEDGER}/checkpoint")).text

    async def watched(self) -> None:
        self.witness.watch((await self.log.gateway.get(f"{LEDGER}/key")).text.splitlines()[0])


@pytest.fixture
async def seen(database_url: SecretStr) -> AsyncIterator[Seen]:
    witness = Witness(now=lambda: datetime(2026, 11, 22, 8, tzinfo=UTC), random=Random(4))
    transport = httpx.ASGITransport(create_app(witness))
    async with (
        logging_gateway(database_url, witnesses={witness.vkey: ""}) as log,
        httpx.AsyncClient(transport=transport) as client,
    ):
        seen = Seen(log, witness, client)
        await seen.grow(1)
        await seen.watched()
        yield seen


async def test_each_growth_is_cosigned_and_shown_in_the_checkpoint(seen: Seen) -> None:
    sizes = [await seen.ask()]
    for more in (2, 4, 9, 1):
        await seen.grow(more)
        sizes += [await seen.ask(), await seen.ask()]
    assert sizes == [1, 3, None, 7, None, 16, None, 17, None]
    note = await seen.checkpoint()
    assert re.search(r"\n— witness.sandbox/w1 [A-Za-z0-9+/=]+\n$", note)
    tag = (await seen.log.gateway.get(f"{LEDGER}/checkpoint")).headers["ETag"]
    assert tag == '"17-1"'


async def test_evidence_is_proven_by_a_checkpoint_that_a_witness_saw(seen: Seen, tmp_path: Path) -> None:
    (row,) = await seen.log.gateway.rows("SELECT event_id FROM ledger_entry WHERE position = 0")
    await seen.ask()
    await seen.grow(3)
    bundle = (await seen.log.gateway.get(f"{LEDGER}/evidence/{row.event_id}")).json()
    assert bundle["checkpoint"].split("\n")[1] == "1"
    code, said = await verified(seen.log, bundle, tmp_path, "-k", seen.witness.vkey)
    assert (code, "cosigned by witness witness.sandbox/w1 at 2026-11-22T08:00:00+00:00" in said) == (0, True), said


@pytest.mark.parametrize("saw", [0, 5])
async def test_a_witness_that_has_seen_more_or_less_than_remembered_is_asked_from_where_it_is(
    seen: Seen, saw: int
) -> None:
    await seen.grow(6)
    await seen.ask()
    await seen.log.gateway.execute("UPDATE witness SET size = :size", size=saw)
    await seen.grow(2)
    assert await seen.ask() == 9


async def test_a_rewritten_history_is_not_cosigned(seen: Seen) -> None:
    await seen.grow(4)
    await seen.ask()
    await seen.log.gateway.execute("UPDATE ledger_node SET hash = sha256('x') WHERE level = 2")
    await seen.log.gateway.execute("DELETE FROM ledger_checkpoint WHERE size NOT IN (SELECT size FROM cosignature)")
    await seen.log.gateway.execute("DELETE FROM cosignature")
    await seen.log.gateway.execute("DELETE FROM ledger_checkpoint")
    await seen.grow(1)
    with pytest.raises(WitnessFailed):
        await seen.ask()


@pytest.mark.parametrize("mode", ["wrong", "error", "down", "lose-answer"])
async def test_a_witness_that_fails_leaves_nothing_and_is_asked_again(seen: Seen, mode: str) -> None:
    await seen.grow(2)
    fault = {"mode": mode, "times": 1}
    assert (await seen.client.put("http://witness.test/faults", json=fault)).status_code == 200
    with pytest.raises((WitnessFailed, httpx.HTTPError, AssertionError)):
        await seen.ask()
    assert await seen.log.gateway.rows("SELECT 1 FROM cosignature") == []
    assert await seen.ask() == 3


async def test_anyone_may_bring_a_cosigned_checkpoint_and_only_a_known_witness_counts(seen: Seen) -> None:
    note = await seen.checkpoint()
    lines = seen.witness.add(f"old 0\n\n{note}")
    stranger = Witness(now=lambda: datetime.now(UTC), random=Random(5), name="stranger.test/w")
    stranger.watch((await seen.log.gateway.get(f"{LEDGER}/key")).text.splitlines()[0])

    async def bring(content: bytes) -> int:
        answer = await seen.log.gateway.client.post(f"{LEDGER}/cosignatures", content=content)
        return answer.status_code

    assert await bring((note + stranger.add(f"old 0\n\n{note}")).encode()) == 422
    for nonsense in (b"", b"\xff\xfe", note.encode(), note.replace("\n1\n", "\n7\n").encode() + lines.encode()):
        assert await bring(nonsense) == 422
    assert await bring(b"x" * 300_000) == 413
    assert [await bring((note + lines).encode()) for _ in range(2)] == [204, 204]
    assert await seen.checkpoint() == note + lines


async def test_the_simulator_answers_as_the_protocol_says(seen: Seen) -> None:
    note = await seen.checkpoint()

    async def add(body: str) -> httpx.Response:
        return await seen.client.post("http://witness.test/add-checkpoint", content=body.encode())

    assert (await add("nonsense")).status_code == 400
    assert (await add(f"old 2\n\n{note}")).status_code == 400
    assert (await add(f"old 0\n\n{note.replace('lienthong.hanoi', 'other.hanoi')}")).status_code == 404
    assert (await add(f"old 0\n\n{note.replace(chr(10) + '1' + chr(10), chr(10) + '2' + chr(10))}")).status_code == 403
    assert (await add(f"old 0\n{'A' * 43}=\n\n{note}")).status_code == 422
    assert (await add(f"old 0\n\n{note}")).status_code == 200
    again = await add(f"old 0\n\n{note}")
    assert (again.status_code, again.text, again.headers["Content-Type"].split(";")[0]) == (
        409,
        "1\n",
        "text/x.tlog.size",
    )
    assert (await add(f"old 1\n\n{note}")).status_code == 200
