"""A dossier that ends without a result: what is not paid is not owed any more, and what is paid stays as it is booked."""

import asyncio
from collections import Counter

import pytest

from chassis.deferred import parked
from contracts.event import Event
from contracts.submission import DossierRefused, DossierStopped, DossierWithdrawn
from services.payment.tests.world import CITIZEN, DOSSIER, World, birth, ended, said, submitted
from tests.support.counting import counted
from tests.support.events import inbox_of, wire

ENDS = [DossierRefused, DossierWithdrawn, DossierStopped]


async def states(world: World) -> list[tuple[str, int]]:
    return [(row.state, row.version) for row in await world.rows("SELECT state, version FROM obligations")]


@pytest.mark.parametrize("end", ENDS)
async def test_what_is_not_paid_when_its_dossier_ends_is_not_owed_any_more(world: World, end: type[Event]) -> None:
    """R-195."""
    obligation = await world.owed()
    await world.deliver(ended(end))
    shown = (await world.client.get(f"/v1/obligations/{obligation}", headers=CITIZEN)).json()
    assert (shown["state"], shown["version"], shown["cancelledAt"]) == ("cancelled", 2, "2026-10-12T03:00:00Z")
    cash = await world.cash(obligation)
    online = await world.client.post(
        f"/v1/obligations/{obligation}/online-payments", headers=CITIZEN | {"Idempotency-Key": "k"}
    )
    for answer in (cash, online):
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/obligation-cancelled")
        assert (answer.json()["state"], answer.json()["allowed"]) == ("cancelled", [])
    receipt = await world.client.get(f"/v1/obligations/{obligation}/receipt", headers=CITIZEN)
    assert receipt.status_code == 409
    assert await world.events("payment-succeeded") == []
    assert await world.rows("SELECT 1 FROM payments") == []


@pytest.mark.parametrize("end", ENDS)
async def test_what_is_paid_stays_paid_and_booked_when_its_dossier_ends(world: World, end: type[Event]) -> None:
    """R-195."""
    obligation = await world.owed()
    await world.cash(obligation)
    await world.deliver(ended(end))
    assert await states(world) == [("paid", 2)]
    assert await world.rows("SELECT 1 FROM overpayments") == []
    receipt = await world.client.get(f"/v1/obligations/{obligation}/receipt", headers=CITIZEN)
    assert receipt.status_code == 200


async def test_the_end_told_again_or_in_other_words_cancels_once(world: World) -> None:
    await world.owed()
    once = wire(ended(DossierRefused))
    inbox = inbox_of(world.runtime)
    await inbox.deliver([once, once])
    await world.deliver(ended(DossierRefused), ended(DossierStopped), submitted())
    assert await states(world) == [("cancelled", 2)]
    assert len(await world.events("fee-assessed")) == 1


async def test_the_end_of_a_dossier_free_of_charge_changes_nothing(world: World) -> None:
    await world.deliver(birth(), submitted(days=1), ended(DossierWithdrawn))
    assert await states(world) == []
    assert await parked(world.runtime.database, waiting=True) == []


async def test_an_end_heard_before_the_fee_is_decided_waits(world: World) -> None:
    await world.deliver(ended(DossierWithdrawn))
    (waiting,) = await parked(world.runtime.database, waiting=True)
    assert "dossier-not-assessed-yet" in waiting.reason


async def test_another_dossiers_end_is_not_ours(world: World) -> None:
    await world.owed()
    await world.owed("A-1")
    await world.deliver(ended(DossierRefused, "A-1"))
    rows = await world.rows("SELECT dossier_code, state FROM obligations ORDER BY dossier_code")
    assert [tuple(row) for row in rows] == [("A-1", "cancelled"), (DOSSIER, "due")]


async def test_money_that_arrives_after_the_cancellation_is_recorded_as_owed_back(world: World) -> None:
    """R-196."""
    obligation = await world.owed()
    reference = await world.begun(obligation)
    await world.deliver(ended(DossierWithdrawn))
    assert (await world.ipn(reference))["RspCode"] == "00"
    assert (await world.ipn(reference))["RspCode"] == "02"
    (owed_back,) = await world.rows("SELECT CAST(obligation_id AS text) AS obligation_id, amount FROM overpayments")
    assert tuple(owed_back) == (obligation, 5000)
    entries = await world.rows("SELECT account, amount FROM ledger_entries ORDER BY position")
    assert [tuple(entry) for entry in entries] == [("vnpay-clearing", 5000), ("refunds-payable", -5000)]
    assert await states(world) == [("cancelled", 2)]
    assert await world.events("payment-succeeded") == []
    assert await world.rows("SELECT 1 FROM receipt_counters") == []
    back = await world.client.get("/v1/vnpay/return", params=said(reference))
    assert back.json() == {"reference": reference, "payment": "succeeded", "obligation": "cancelled"}


async def test_cash_notice_and_end_at_once_settle_at_most_once_and_lose_no_money(world: World) -> None:
    obligations = [await world.owed(f"A-{number}") for number in range(6)]
    references = [await world.begun(obligation, f"online-{obligation}") for obligation in obligations]
    jobs = [
        job
        for number, (obligation, reference) in enumerate(zip(obligations, references, strict=True))
        for job in (
            world.cash(obligation, key=f"cash-{obligation}"),
            world.ipn(reference),
            world.deliver(ended(DossierRefused, f"A-{number}")),
        )
    ]
    answers = await asyncio.gather(*jobs)
    cash = sum(getattr(answer, "status_code", 0) == 201 for answer in answers)
    settled = len(await world.events("payment-succeeded"))
    overpaid = len(await world.rows("SELECT 1 FROM overpayments"))
    assert settled + overpaid == cash + len(references)
    counted_states = Counter(state for state, _ in await states(world))
    assert counted_states["paid"] == settled
    assert counted_states["paid"] + counted_states["cancelled"] == 6


async def test_a_cancellation_takes_two_statements_beside_the_inboxs_two(world: World) -> None:
    await world.owed()
    with counted(world.runtime.database) as statements:
        await world.deliver(ended(DossierStopped))
    assert len(statements) == 4
