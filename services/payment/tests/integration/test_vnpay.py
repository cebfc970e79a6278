"""Paying through VNPAY: the address the payer gets, the IPN in VNPAY's order of checks, the way back."""

import asyncio
from collections import Counter

import pytest
from httpx import ASGITransport, AsyncClient
from sqlalchemy.exc import DBAPIError

from chassis.service import Runtime, create_app
from payment.app import SERVICE
from payment.settings import PaymentSettings
from services.payment.tests.world import CITIZEN, DOSSIER, PAY_URL, SECRET, World, query_of, said
from tests.support import identities


async def books(world: World) -> list[tuple[str, int]]:
    rows = await world.rows("SELECT account, amount FROM ledger_entries ORDER BY position")
    return [(row.account, row.amount) for row in rows]


async def attempts(world: World) -> list[str]:
    return [row.state for row in await world.rows("SELECT state FROM payments ORDER BY created_at, id")]


async def test_the_payer_gets_a_signed_address(world: World) -> None:
    obligation = await world.owed()
    answer = await world.client.post(
        f"/v1/obligations/{obligation}/online-payments", headers=CITIZEN | {"Idempotency-Key": "k"}
    )
    body = answer.json()
    assert (answer.status_code, body["state"], body["amount"], body["provider"]) == (201, "created", 5000, "vnpay")
    assert body["expiresAt"] == "2026-10-12T03:15:00Z"
    query = query_of(body["redirectUrl"])
    assert body["redirectUrl"].startswith(PAY_URL + "?")
    assert (query["vnp_Amount"], query["vnp_TxnRef"]) == ("500000", body["reference"])
    assert (query["vnp_CreateDate"], query["vnp_ExpireDate"]) == ("20261012100000", "20261012101500")
    assert query["vnp_ReturnUrl"] == "https://dichvucong.example/api/payment/v1/vnpay/return"
    assert query["vnp_OrderInfo"] == f"Thanh toan le phi ho so {DOSSIER}"
    assert "001190000001" not in body["redirectUrl"]


async def test_the_same_key_begins_one_payment(world: World) -> None:
    obligation = await world.owed()
    headers = CITIZEN | {"Idempotency-Key": "k"}
    address = f"/v1/obligations/{obligation}/online-payments"
    answers = await asyncio.gather(*(world.client.post(address, headers=headers) for _ in range(20)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["reference"] for answer in answers if answer.status_code == 201}) == 1
    assert await attempts(world) == ["created"]


async def test_a_success_settles_with_receipt_books_and_event(world: World) -> None:
    obligation = await world.owed()
    reference = await world.begun(obligation)
    assert await world.ipn(reference) == {"RspCode": "00", "Message": "Confirm Success"}
    (event,) = await world.events("payment-succeeded")
    assert event == {
        "version": 2,
        "dossierCode": DOSSIER,
        "obligationId": obligation,
        "amount": 5000,
        "method": 2,
        "provider": "vnpay",
        "paidAt": "2026-10-12T03:00:00Z",
        "receiptNumber": "2026-0000001",
    }
    assert await books(world) == [("vnpay-clearing", 5000), ("fees-payable", -5000)]
    (payment,) = await world.rows("SELECT state, codes, provider_transaction FROM payments")
    assert tuple(payment) == ("succeeded", "00/00", "14422574")


async def test_a_duplicate_ipn_settles_once(world: World) -> None:
    """R-053"""
    reference = await world.begun(await world.owed())
    assert (await world.ipn(reference))["RspCode"] == "00"
    assert (await world.ipn(reference))["RspCode"] == "02"
    assert len(await world.events("payment-succeeded")) == 1


async def test_fifty_duplicate_ipns_at_once_settle_once(world: World) -> None:
    reference = await world.begun(await world.owed())
    answers = await asyncio.gather(*(world.ipn(reference) for _ in range(50)))
    assert Counter(answer["RspCode"] for answer in answers) == {"00": 1, "02": 49}
    assert len(await world.events("payment-succeeded")) == 1
    assert [row.last for row in await world.rows("SELECT last FROM receipt_counters")] == [1]
    assert await books(world) == [("vnpay-clearing", 5000), ("fees-payable", -5000)]


async def test_ipns_of_many_payments_and_cash_at_once_settle_once_and_owe_the_rest_back(world: World) -> None:
    obligation = await world.owed()
    references = [await world.begun(obligation, f"online-{number}") for number in range(8)]
    notices = [world.ipn(reference) for reference in references * 3]
    cash, answers = await asyncio.gather(world.cash(obligation), asyncio.gather(*notices))
    assert Counter(answer["RspCode"] for answer in answers) == {"00": 8, "02": 16}
    assert len(await world.events("payment-succeeded")) == 1
    overpaid = await world.rows("SELECT 1 FROM overpayments")
    assert len(overpaid) == (8 if cash.status_code == 201 else 7)
    totals = await world.rows("SELECT account, sum(amount) AS total FROM ledger_entries GROUP BY account")
    assert {row.account: int(row.total) for row in totals}["fees-payable"] == -5000


async def test_a_wrong_checksum_is_97_before_anything_else(world: World) -> None:
    """R-051"""
    reference = await world.begun(await world.owed())
    assert (await world.ipn(reference, secret="another"))["RspCode"] == "97"
    assert (await world.ipn("unknown", secret="another", Amount="1"))["RspCode"] == "97"
    assert (await world.client.get("/v1/vnpay/ipn")).json()["RspCode"] == "97"
    tampered = said(reference, ResponseCode="24") | {"vnp_ResponseCode": "00"}
    assert (await world.client.get("/v1/vnpay/ipn", params=tampered)).json()["RspCode"] == "97"
    assert await attempts(world) == ["created"]


async def test_an_unknown_order_is_01_before_its_amount(world: World) -> None:
    reference = await world.begun(await world.owed())
    assert (await world.ipn("unknown", Amount="1"))["RspCode"] == "01"
    assert (await world.ipn(reference, TmnCode="ANOTHER"))["RspCode"] == "01"
    assert await attempts(world) == ["created"]


async def test_a_wrong_amount_is_04_before_already_confirmed(world: World) -> None:
    reference = await world.begun(await world.owed())
    for amount in ("5000", "500001", "499900", "", "x"):
        assert (await world.ipn(reference, Amount=amount))["RspCode"] == "04"
    assert await attempts(world) == ["created"]
    await world.ipn(reference)
    assert (await world.ipn(reference, Amount="5000"))["RspCode"] == "04"


@pytest.mark.parametrize(("response", "status"), [("24", "02"), ("00", "04"), ("00", "01"), ("99", "00")])
async def test_what_is_not_paid_twice_over_settles_nothing(world: World, response: str, status: str) -> None:
    reference = await world.begun(await world.owed())
    assert (await world.ipn(reference, ResponseCode=response, TransactionStatus=status))["RspCode"] == "00"
    assert (await world.ipn(reference, ResponseCode=response, TransactionStatus=status))["RspCode"] == "02"
    assert await attempts(world) == ["failed"]
    assert await world.events("payment-succeeded") == []
    assert await books(world) == []


@pytest.mark.parametrize(("response", "status"), [("07", "00"), ("00", "07"), ("07", "07")])
async def test_suspected_fraud_never_settles(world: World, response: str, status: str) -> None:
    reference = await world.begun(await world.owed())
    assert (await world.ipn(reference, ResponseCode=response, TransactionStatus=status))["RspCode"] == "00"
    assert await attempts(world) == ["suspected"]
    assert await world.events("payment-succeeded") == []
    assert await books(world) == []


async def test_a_payment_that_failed_and_then_went_through_is_not_lost(world: World) -> None:
    reference = await world.begun(await world.owed())
    await world.ipn(reference, ResponseCode="00", TransactionStatus="04")
    assert (await world.ipn(reference))["RspCode"] == "00"
    assert len(await world.events("payment-succeeded")) == 1


async def test_a_failure_after_the_success_takes_nothing_back(world: World) -> None:
    obligation = await world.owed()
    reference = await world.begun(obligation)
    await world.ipn(reference)
    assert (await world.ipn(reference, ResponseCode="24", TransactionStatus="02"))["RspCode"] == "02"
    assert (await world.client.get(f"/v1/obligations/{obligation}", headers=CITIZEN)).json()["state"] == "paid"


async def test_a_failed_try_leaves_the_obligation_payable(world: World) -> None:
    obligation = await world.owed()
    await world.ipn(await world.begun(obligation, "first"), ResponseCode="24", TransactionStatus="02")
    await world.ipn(await world.begun(obligation, "second"))
    assert await attempts(world) == ["failed", "succeeded"]
    assert len(await world.events("payment-succeeded")) == 1


async def test_an_ipn_after_cash_is_recorded_as_overpaid_and_settles_nothing(world: World) -> None:
    """R-054"""
    obligation = await world.owed()
    reference = await world.begun(obligation)
    await world.cash(obligation)
    assert (await world.ipn(reference))["RspCode"] == "00"
    assert (await world.ipn(reference))["RspCode"] == "02"
    (overpaid,) = await world.rows("SELECT CAST(obligation_id AS text) AS obligation_id, amount FROM overpayments")
    assert tuple(overpaid) == (obligation, 5000)
    assert await books(world) == [
        ("cash-desk", 5000),
        ("fees-payable", -5000),
        ("vnpay-clearing", 5000),
        ("refunds-payable", -5000),
    ]
    assert [event["provider"] for event in await world.events("payment-succeeded")] == ["cash"]
    assert [row.last for row in await world.rows("SELECT last FROM receipt_counters")] == [1]


async def test_what_is_paid_cannot_be_paid_online_again(world: World) -> None:
    obligation = await world.owed()
    await world.cash(obligation)
    answer = await world.client.post(
        f"/v1/obligations/{obligation}/online-payments", headers=CITIZEN | {"Idempotency-Key": "k"}
    )
    assert (answer.status_code, answer.json()["state"]) == (409, "paid")


async def test_the_return_shows_the_state_and_settles_nothing(world: World) -> None:
    """R-052"""
    reference = await world.begun(await world.owed())
    back = await world.client.get("/v1/vnpay/return", params=said(reference))
    assert back.json() == {"reference": reference, "payment": "created", "obligation": "due"}
    assert await world.events("payment-succeeded") == []
    await world.ipn(reference)
    back = await world.client.get("/v1/vnpay/return", params=said(reference))
    assert back.json() == {"reference": reference, "payment": "succeeded", "obligation": "paid"}


async def test_a_return_that_is_not_signed_or_not_ours_shows_nothing(world: World) -> None:
    reference = await world.begun(await world.owed())
    forged = await world.client.get("/v1/vnpay/return", params=said(reference, secret="another"))
    unknown = await world.client.get("/v1/vnpay/return", params=said("unknown"))
    assert (forged.status_code, unknown.status_code) == (400, 404)


async def test_a_failure_of_ours_is_99_with_http_200_and_the_next_ipn_settles(world: World) -> None:
    reference = await world.begun(await world.owed())
    await run(world, "ALTER TABLE receipt_counters RENAME TO away")
    assert await world.ipn(reference) == {"RspCode": "99", "Message": "Unknown error"}
    assert await attempts(world) == ["created"]
    await run(world, "ALTER TABLE away RENAME TO receipt_counters")
    assert (await world.ipn(reference))["RspCode"] == "00"


async def test_where_vnpay_is_not_configured_nothing_is_offered_and_nothing_believed(world: World) -> None:
    obligation = await world.owed()
    reference = await world.begun(obligation)
    settings = PaymentSettings(database_url=world.runtime.settings.database_url)
    bare = Runtime.of(SERVICE, settings, issuers=identities.ISSUERS)
    async with AsyncClient(transport=ASGITransport(app=create_app(bare)), base_url="http://payment") as client:
        address = f"/v1/obligations/{obligation}/online-payments"
        assert (await client.post(address, headers=CITIZEN | {"Idempotency-Key": "k"})).status_code == 503
        for secret in (SECRET, "", "None"):
            notice = await client.get("/v1/vnpay/ipn", params=said(reference, secret=secret))
            assert (notice.status_code, notice.json()["RspCode"]) == (200, "99")
        assert (await client.get("/v1/vnpay/return", params=said(reference))).status_code == 503
    await bare.close()
    assert await world.events("payment-succeeded") == []


async def test_the_books_refuse_what_does_not_balance_and_what_changes_them(world: World) -> None:
    """R-057"""
    await world.ipn(await world.begun(await world.owed()))
    for statement in (
        "UPDATE ledger_entries SET amount = amount",
        "DELETE FROM ledger_entries",
        "TRUNCATE ledger_entries",
        "INSERT INTO ledger_entries (payment_id, account, amount, recorded_at) SELECT id, 'x', 1, now() FROM payments",
    ):
        with pytest.raises(DBAPIError, match=r"only ever added|sum to zero"):
            await run(world, statement)


async def run(world: World, statement: str) -> None:
    async with world.runtime.database.begin() as uow:
        await uow.connection.exec_driver_sql(statement)
        await uow.commit(None)
