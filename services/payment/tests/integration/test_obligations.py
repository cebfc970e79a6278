"""Looking at obligations, paying them at the desk, and the receipt."""

import asyncio
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from pypdf import PdfReader

from services.payment.tests.world import CASHIER, CITIZEN, DOSSIER, UNIT, World, birth, submitted
from tests.support import identities
from tests.support.counting import counted

STRANGER = identities.citizen("001190000999")
ELSEWHERE = identities.officer("cashier", units=["00008"], subject="cashier-2")
DESK = identities.officer("one-stop-officer", units=[UNIT])
READER = identities.agency("payment:read")


@pytest.mark.parametrize("who", [CITIZEN, CASHIER, DESK, READER], ids=["owner", "cashier", "desk", "agency"])
async def test_who_may_see_an_obligation_sees_what_is_owed_and_why(world: World, who: Any) -> None:
    obligation = await world.owed()
    answer = await world.client.get(f"/v1/obligations/{obligation}", headers=who)
    assert answer.json() == {
        "id": obligation,
        "dossierCode": DOSSIER,
        "procedure": "1.001193",
        "procedureName": "Thủ tục đăng ký khai sinh",
        "unit": UNIT,
        "channel": 2,
        "amount": 5000,
        "lines": [
            {
                "rule": "birth-late",
                "item": "fee",
                "amount": 5000,
                "exemption": False,
                "text": "",
                "legalSource": "published 08/10/2026",
            }
        ],
        "state": "due",
        "version": 1,
        "raisedAt": "2026-10-12T03:00:00Z",
    }
    listed = await world.client.get("/v1/obligations", params={"dossier": DOSSIER}, headers=who)
    assert listed.json() == {"items": [answer.json()]}


@pytest.mark.parametrize("who", [STRANGER, ELSEWHERE], ids=["stranger", "another unit"])
async def test_anothers_obligation_is_not_there(world: World, who: Any) -> None:
    obligation = await world.owed()
    key = {"Idempotency-Key": "k"}
    for answer in (
        await world.client.get(f"/v1/obligations/{obligation}", headers=who),
        await world.client.get(f"/v1/obligations/{obligation}/receipt", headers=who),
        await world.client.post(f"/v1/obligations/{obligation}/online-payments", headers=who | key),
    ):
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/obligation-not-found")
    assert (await world.cash(obligation, by=ELSEWHERE)).status_code == 404
    listed = await world.client.get("/v1/obligations", params={"dossier": DOSSIER}, headers=who)
    assert listed.json() == {"items": []}
    assert await world.rows("SELECT 1 FROM payments") == []


async def test_what_does_not_exist_is_not_there(world: World) -> None:
    assert (await world.client.get(f"/v1/obligations/{uuid4()}", headers=CITIZEN)).status_code == 404


async def test_without_a_right_there_is_no_way_in(world: World) -> None:
    obligation = await world.owed()
    address = f"/v1/obligations/{obligation}"
    assert (await world.client.get(address)).status_code == 401
    assert (await world.client.get(address, headers=identities.agency("submission:read"))).status_code == 403
    assert (await world.client.get(address, headers=identities.officer("reporter"))).status_code == 403
    assert (await world.client.get(f"{address}/receipt", headers=READER)).status_code == 403
    assert (await world.cash(obligation, by=CITIZEN)).status_code == 403
    assert (await world.cash(obligation, by=DESK)).status_code == 403


async def test_an_agency_pays_only_for_what_it_filed_itself(world: World) -> None:
    """R-058"""
    theirs = await world.owed()
    await world.deliver(submitted("A-1", owner="agency-1"))
    (own,) = await world.rows("SELECT id FROM obligations WHERE owner = 'agency-1'")
    writer = identities.agency("payment:write") | {"Idempotency-Key": "k"}
    refused = await world.client.post(f"/v1/obligations/{theirs}/online-payments", headers=writer)
    taken = await world.client.post(f"/v1/obligations/{own.id}/online-payments", headers=writer)
    assert (refused.status_code, taken.status_code) == (404, 201)


async def test_a_known_version_is_not_sent_again(world: World) -> None:
    obligation = await world.owed()
    first = await world.client.get(f"/v1/obligations/{obligation}", headers=CITIZEN)
    held = CITIZEN | {"If-None-Match": first.headers["ETag"]}
    again = await world.client.get(f"/v1/obligations/{obligation}", headers=held)
    assert (again.status_code, again.content) == (304, b"")
    await world.cash(obligation)
    assert (await world.client.get(f"/v1/obligations/{obligation}", headers=held)).json()["version"] == 2


@pytest.mark.parametrize("query", ["", "?dossier=", "?dossier=%00", "?dossier=" + "x" * 101])
async def test_a_list_is_of_one_named_dossier(world: World, query: str) -> None:
    assert (await world.client.get(f"/v1/obligations{query}", headers=CITIZEN)).status_code == 422


async def test_cash_settles_at_once(world: World) -> None:
    obligation = await world.owed()
    answer = await world.cash(obligation)
    assert answer.status_code == 201
    assert (answer.json()["state"], answer.json()["settled"]) == (
        "paid",
        {"method": 3, "provider": "cash", "paidAt": "2026-10-12T03:00:00Z", "receiptNumber": "2026-0000001"},
    )
    assert await world.events("payment-succeeded") == [
        {
            "version": 2,
            "dossierCode": DOSSIER,
            "obligationId": obligation,
            "amount": 5000,
            "method": 3,
            "provider": "cash",
            "paidAt": "2026-10-12T03:00:00Z",
            "receiptNumber": "2026-0000001",
        }
    ]
    entries = await world.rows("SELECT account, amount FROM ledger_entries ORDER BY position")
    assert [tuple(entry) for entry in entries] == [("cash-desk", 5000), ("fees-payable", -5000)]


async def test_cash_is_taken_once(world: World) -> None:
    obligation = await world.owed()
    first, replayed = await world.cash(obligation), await world.cash(obligation)
    other = await world.cash(obligation, key="cash-2")
    assert (replayed.status_code, replayed.json()) == (201, first.json())
    assert replayed.headers["Idempotency-Replayed"] == "true"
    assert (other.status_code, other.json()["type"]) == (409, "/problems/obligation-already-paid")
    assert (other.json()["state"], other.json()["allowed"]) == ("paid", [])
    assert len(await world.events("payment-succeeded")) == 1
    assert len(await world.rows("SELECT 1 FROM payments")) == 1


async def test_twenty_cashiers_at_once_settle_once(world: World) -> None:
    obligation = await world.owed()
    answers = await asyncio.gather(*(world.cash(obligation, key=f"cash-{number}") for number in range(20)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
    assert len(await world.events("payment-succeeded")) == 1
    assert [row.last for row in await world.rows("SELECT last FROM receipt_counters")] == [1]


async def test_the_cash_counted_must_be_the_cash_owed(world: World) -> None:
    """R-055"""
    obligation = await world.owed()
    for amount in (4999, 5001):
        answer = await world.cash(obligation, amount=amount)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/amount-mismatch")
        assert answer.json()["errors"][0]["pointer"] == "/amount"
    assert (await world.cash(obligation)).status_code == 201


@pytest.mark.parametrize(
    "body", [{}, {"amount": 0}, {"amount": -5000}, {"amount": "5000"}, {"amount": 5000.5}, {"amount": 10**30}]
)
async def test_cash_is_a_whole_number_of_dong(world: World, body: Any) -> None:
    obligation = await world.owed()
    headers = CASHIER | {"Idempotency-Key": "k"}
    answer = await world.client.post(f"/v1/obligations/{obligation}/cash-payments", json=body, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/amount"


async def test_payments_want_an_idempotency_key(world: World) -> None:
    obligation = await world.owed()
    address = f"/v1/obligations/{obligation}"
    cash = await world.client.post(f"{address}/cash-payments", json={"amount": 5000}, headers=CASHIER)
    online = await world.client.post(f"{address}/online-payments", headers=CITIZEN)
    assert (cash.status_code, online.status_code) == (400, 400)


async def test_receipts_are_numbered_by_hanoi_year_without_gaps(world: World) -> None:
    """R-056"""
    obligations = [await world.owed(f"A-{number}") for number in range(12)]
    refused = [world.cash(obligations[0], amount=1, key=f"wrong-{number}") for number in range(5)]
    paid = [world.cash(obligation, key=f"cash-{obligation}") for obligation in obligations]
    await asyncio.gather(*refused, *paid)
    world.clock.set(world.clock.now().replace(month=12, day=31, hour=17))
    assert (await world.cash(await world.owed("A-13"), key="next")).json()["settled"]["receiptNumber"] == "2027-0000001"
    numbers = await world.rows("SELECT receipt_number FROM obligations WHERE receipt_number LIKE '2026%' ORDER BY 1")
    assert [row.receipt_number for row in numbers] == [f"2026-{number:07d}" for number in range(1, 13)]


async def test_the_receipt_is_a_pdf_that_says_what_was_paid(world: World) -> None:
    obligation = await world.owed()
    await world.cash(obligation)
    answer = await world.client.get(f"/v1/obligations/{obligation}/receipt", headers=CITIZEN)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    words = " ".join(PdfReader(BytesIO(answer.content)).pages[0].extract_text().split())
    for said in ("BIÊN LAI THU PHÍ, LỆ PHÍ", "2026-0000001", DOSSIER, "5.000", "10:00 ngày 12/10/2026", "Tiền mặt"):
        assert said in words
    held = CITIZEN | {"If-None-Match": answer.headers["ETag"]}
    assert (await world.client.get(f"/v1/obligations/{obligation}/receipt", headers=held)).status_code == 304
    again = await world.client.get(f"/v1/obligations/{obligation}/receipt", headers=CASHIER)
    assert again.content == answer.content


async def test_the_receipt_lists_each_item_with_its_source_and_says_who_is_freed(world: World) -> None:
    rule = birth().fees[1]
    freed = rule.model_copy(
        update={
            "id": "freed",
            "item": "copy",
            "amount": 0,
            "exemption": True,
            "text": "Bản sao",
            "legal_source": "NQ 1",
        }
    )
    owed = rule.model_copy(update={"text": "Quá 60 ngày: 5.000 đồng", "legal_source": "NQ 2"})
    await world.deliver(birth(fees=(owed, freed)), submitted())
    (row,) = await world.rows("SELECT id FROM obligations")
    await world.cash(str(row.id))
    answer = await world.client.get(f"/v1/obligations/{row.id}/receipt", headers=CITIZEN)
    words = " ".join(PdfReader(BytesIO(answer.content)).pages[0].extract_text().split())
    for said in ("Quá 60 ngày: 5.000 đồng", "NQ 2", "copy", "Bản sao (miễn)", "NQ 1", "Tổng cộng"):
        assert said in words, said


async def test_there_is_no_receipt_before_the_payment(world: World) -> None:
    obligation = await world.owed()
    answer = await world.client.get(f"/v1/obligations/{obligation}/receipt", headers=CITIZEN)
    assert (answer.status_code, answer.json()["state"]) == (409, "due")


async def test_reads_take_one_statement(world: World) -> None:
    obligation = await world.owed()
    await world.cash(obligation)
    for path in (f"?dossier={DOSSIER}", f"/{obligation}", f"/{obligation}/receipt"):
        with counted(world.runtime.database) as statements:
            assert (await world.client.get(f"/v1/obligations{path}", headers=CITIZEN)).status_code == 200
        assert len(statements) == 1


async def test_a_payment_takes_few_statements(world: World) -> None:
    obligation, other = await world.owed(), await world.owed("A-1")
    with counted(world.runtime.database) as beginning:
        reference = await world.begun(obligation)
    with counted(world.runtime.database) as settling:
        await world.ipn(reference)
    with counted(world.runtime.database) as duplicate:
        await world.ipn(reference)
    with counted(world.runtime.database) as cash:
        await world.cash(other)
    assert (len(beginning), len(settling), len(duplicate), len(cash)) == (4, 5, 1, 6)
