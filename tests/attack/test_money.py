"""Money that comes twice, from somewhere else, or in another amount; and a flood on the door where tokens are given out."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from payment.domain.vnpay import signature
from tests.e2e.callers import DOSSIERS, LATE_FEE, Caller, Json, birth

OBLIGATIONS = "/api/payment/v1/obligations"
IPN = "/api/payment/v1/vnpay/ipn"


@pytest.fixture
async def owed(mother: Caller) -> Json:
    """The fee of a late dossier."""
    code = (await mother.done(DOSSIERS, birth(late=True)))["code"]
    await mother.reaches(code, 6)
    obligation: Json = (await mother.found(OBLIGATIONS, dossier=code))["items"][0]
    return obligation


@pytest.fixture
def secret(data_dir: Path) -> str:
    """What VNPAY signs with."""
    return (data_dir / "secrets" / "vnpay.txt").read_text(encoding="utf-8").strip()


async def notice(mother: Caller, owed: Json, secret: str, **changes: str) -> dict[str, str]:
    """What VNPAY would say of a payment that was made, signed after the changes."""
    started = await mother.done(f"{OBLIGATIONS}/{owed['id']}/online-payments")
    asked = dict(parse_qsl(urlsplit(started["redirectUrl"]).query))
    said = {name: asked[name] for name in ("vnp_TmnCode", "vnp_Amount", "vnp_TxnRef")}
    said |= {"vnp_ResponseCode": "00", "vnp_TransactionStatus": "00", "vnp_TransactionNo": "1"} | changes
    return said | {"vnp_SecureHash": signature(said.items(), secret)}


async def test_cash_and_vnpay_at_once_give_one_receipt(
    mother: Caller, officer: Caller, nobody: Caller, owed: Json, secret: str
) -> None:
    paid = await notice(mother, owed, secret)
    cash = [officer.post(f"{OBLIGATIONS}/{owed['id']}/cash-payments", {"amount": LATE_FEE}) for _ in range(3)]
    taken, told = await asyncio.gather(asyncio.gather(*cash), nobody.found(IPN, **paid))
    by_cash = Counter(answer.status_code for answer in taken)[201]
    assert told["RspCode"] == "00"
    settled = (await mother.found(f"{OBLIGATIONS}/{owed['id']}"))["settled"]
    assert settled["provider"] == ("cash" if by_cash else "vnpay")
    assert by_cash <= 1
    again = [(await nobody.found(IPN, **paid))["RspCode"] for _ in range(3)]
    assert again == ["02"] * 3
    assert (await mother.found(f"{OBLIGATIONS}/{owed['id']}"))["settled"] == settled


async def test_a_notice_that_is_not_of_this_payment_pays_nothing(
    mother: Caller, nobody: Caller, owed: Json, secret: str
) -> None:
    true = await notice(mother, owed, secret)
    forged: list[dict[str, Any]] = [
        true | {"vnp_SecureHash": "0" * 128},
        {name: value for name, value in true.items() if name != "vnp_SecureHash"},
        true | {"vnp_Amount": "100"},
        true | {"vnp_Amount": [true["vnp_Amount"], ""]},
        {name.upper(): value for name, value in true.items()},
    ]
    assert [(await nobody.found(IPN, **said))["RspCode"] for said in forged] == ["97"] * 5
    signed = {
        "04": [{"vnp_Amount": amount} for amount in ("100", "50000000", "-500000", "500000.00", "٥٠٠٠٠٠")],
        "01": [{"vnp_TmnCode": "OTHER"}, {"vnp_TxnRef": "unknown"}],
    }
    for code, changes in signed.items():
        for change in changes:
            said = await notice(mother, owed, secret, **change)
            assert (await nobody.found(IPN, **said))["RspCode"] == code, change
    assert (await mother.found(f"{OBLIGATIONS}/{owed['id']}"))["state"] == "due"


@pytest.mark.parametrize(
    "amount", [LATE_FEE - 1, LATE_FEE + 1, 0, -LATE_FEE, str(LATE_FEE), LATE_FEE + 0.5, True, 2**63]
)
async def test_only_the_amount_owed_is_taken_in_cash(officer: Caller, owed: Json, amount: object) -> None:
    assert (await officer.post(f"{OBLIGATIONS}/{owed['id']}/cash-payments", {"amount": amount})).status_code == 422


async def test_a_flood_of_wrong_secrets_keeps_no_known_client_waiting(nobody: Caller, agency_secret: str) -> None:
    async def ask(secret: str) -> int:
        form = {"grant_type": "client_credentials", "client_id": "sandbox-agency", "client_secret": secret}
        return (await nobody._http.post("/oauth2/token", data=form)).status_code

    assert await ask(agency_secret) == 200
    flood = [asyncio.create_task(ask("wrong")) for _ in range(12)]
    await asyncio.sleep(0.05)
    assert await ask(agency_secret) == 200
    assert not all(task.done() for task in flood)
    assert {await task for task in flood} == {401}
