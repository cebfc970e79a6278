"""VNPAY: signatures by the published vector, the page, the IPN and how it goes wrong, the merchant API."""

from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from fastapi import FastAPI, Request

from deploy.sandbox.tests.simulator_kit import Serve, StandingClock, in_process
from sandbox.simulators import Simulators
from sandbox.simulators.faults import Fault
from sandbox.simulators.vnpay import Merchant, Vnpay
from sandbox.simulators.vnpay import create_app as create_vnpay
from sandbox.simulators.vnpay.merchant_api import QUERY, REFUND
from sandbox.simulators.vnpay.signature import (
    sign,
    sign_fields,
    signed_query,
    signed_text,
)

SECRET = "sandbox-vnpay-secret"
RETURN_URL = "http://merchant.test/back?lang=vi"

VECTOR = (
    "vnp_Amount=1000000&vnp_BankCode=NCB&vnp_BankTranNo=VNP14422574&vnp_CardType=ATM"
    "&vnp_OrderInfo=Thanh+toan+don+hang+2024-05-21T02%3A17%3A31.249Z&vnp_PayDate=20240521091806&vnp_ResponseCode=00"
    "&vnp_TmnCode=TEST_TMN_CODE&vnp_TransactionNo=14422574&vnp_TransactionStatus=00&vnp_TxnRef=1716257871703"
)
VECTOR_HASH = (
    "649982421beb422556a1374713c74e58e716ecbd05007c0c0e1f7effdfaf361d"
    "bf146889ca446139afe11b9954c4d5c486e99e3b86fcfab6957f29eb0be72895"
)


def test_the_published_vector_is_signed_as_published() -> None:
    params = dict(reversed(parse_qsl(VECTOR)))
    noise = {"vnp_SecureHash": "x", "vnp_SecureHashType": "HMACSHA512", "vnp_Empty": ""}
    assert signed_text(params | noise) == VECTOR
    assert sign(params | noise, "test_secret") == VECTOR_HASH


@dataclass
class FakeMerchant:
    """A merchant's IPN endpoint that answers what it is told, then "00"."""

    answers: list[str] = field(default_factory=list)
    seen: list[dict[str, str]] = field(default_factory=list)

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/ipn")
        async def ipn(request: Request) -> dict[str, str]:
            self.seen.append(dict(request.query_params))
            return {"RspCode": self.answers.pop(0) if self.answers else "00", "Message": ""}

        return app

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app()))


@dataclass
class Shop:
    """The simulator with a merchant behind it and no waiting between IPN calls."""

    world: Simulators
    merchant: FakeMerchant = field(default_factory=FakeMerchant)
    slept: list[float] = field(default_factory=list)

    def client(self) -> httpx.AsyncClient:
        async def sleep(seconds: float) -> None:
            self.slept.append(seconds)

        return in_process(
            create_vnpay(self.world.vnpay, client_factory=self.merchant.client, sleep=sleep, retry_delay=60)
        )


@pytest.fixture
def shop(world: Simulators) -> Shop:
    return Shop(world)


def payment_link(secret: str = SECRET, **changes: str) -> str:
    params = {
        "vnp_Version": "2.1.0",
        "vnp_Command": "pay",
        "vnp_TmnCode": "LIENTHNG",
        "vnp_Amount": "500000",
        "vnp_CreateDate": "20260907100000",
        "vnp_ExpireDate": "20260907101500",
        "vnp_CurrCode": "VND",
        "vnp_IpAddr": "127.0.0.1",
        "vnp_Locale": "vn",
        "vnp_OrderInfo": "Le phi ho so H26",
        "vnp_OrderType": "other",
        "vnp_ReturnUrl": RETURN_URL,
        "vnp_TxnRef": "P-1",
    } | changes
    return "/paymentv2/vpcpay.html?" + signed_query(params, secret)


async def pay(client: httpx.AsyncClient, outcome: str = "paid") -> dict[str, Any]:
    assert (await client.get(payment_link())).status_code == 200
    answer = await client.post("/sandbox-pay", json={"txnRef": "P-1", "outcome": outcome})
    assert answer.status_code == 200
    return dict(answer.json())


def signed_right(params: dict[str, str]) -> bool:
    vnp = {key: value for key, value in params.items() if key.startswith("vnp_")}
    return vnp["vnp_SecureHash"] == sign(vnp, SECRET)


async def test_the_page_shows_the_order_in_vietnamese_with_both_buttons_and_escapes_it(shop: Shop) -> None:
    async with shop.client() as client:
        answer = await client.get(payment_link(vnp_OrderInfo="<b>Le phi</b>", vnp_TxnRef='P"1'))
    assert answer.status_code == 200
    assert '<html lang="vi">' in answer.text
    assert "5.000 đồng" in answer.text
    assert ">Thanh toán</button>" in answer.text
    assert ">Huỷ</button>" in answer.text
    assert "&lt;b&gt;Le phi&lt;/b&gt;" in answer.text
    assert 'value="P&quot;1"' in answer.text


@pytest.mark.parametrize(
    ("link", "named"),
    [
        (payment_link(secret="wrong"), "vnp_SecureHash"),
        (payment_link().replace("vnp_Amount=500000", "vnp_Amount=100"), "vnp_SecureHash"),
        (payment_link(vnp_TmnCode="NOBODY"), "vnp_TmnCode"),
        (payment_link(vnp_Amount="500050"), "vnp_Amount"),
        (payment_link(vnp_Amount="0"), "vnp_Amount"),
        (payment_link(vnp_Amount="5000.00"), "vnp_Amount"),
        (payment_link(vnp_CurrCode="USD"), "vnp_CurrCode"),
        (payment_link(vnp_IpAddr=""), "vnp_IpAddr"),
        (payment_link(vnp_OrderInfo="Lệ phí"), "vnp_OrderInfo"),
        (payment_link(vnp_TxnRef="P" * 101), "vnp_TxnRef"),
        (payment_link(vnp_ReturnUrl="javascript:alert(1)"), "vnp_ReturnUrl"),
        (payment_link(vnp_CreateDate="2026-09-07"), "vnp_CreateDate"),
        (payment_link(vnp_ExpireDate="20260907100000"), "vnp_ExpireDate"),
        ("/paymentv2/vpcpay.html", "vnp_TmnCode"),
    ],
)
async def test_a_link_that_is_not_good_shows_no_payment(shop: Shop, link: str, named: str) -> None:
    async with shop.client() as client:
        answer = await client.get(link)
    assert answer.status_code == 400
    assert named in answer.text
    assert "<button" not in answer.text
    assert not shop.world.vnpay.orders


async def test_a_reference_used_again_with_another_amount_is_refused(shop: Shop) -> None:
    async with shop.client() as client:
        again = [(await client.get(payment_link())).status_code for _ in range(2)]
        other = await client.get(payment_link(vnp_Amount="900000"))
    assert again == [200, 200]
    assert other.status_code == 400


async def test_paying_tells_the_merchant_once_and_sends_the_browser_back_signed(shop: Shop) -> None:
    async with shop.client() as client:
        await client.get(payment_link())
        back = await client.post("/sandbox-pay", data={"txnRef": "P-1", "outcome": "paid"})
        page_after = await client.get(payment_link())
    (ipn,) = shop.merchant.seen
    assert signed_right(ipn)
    assert ipn["kind"] == "vnpay"
    assert (ipn["vnp_ResponseCode"], ipn["vnp_TransactionStatus"], ipn["vnp_Amount"]) == ("00", "00", "500000")
    assert (ipn["vnp_TxnRef"], ipn["vnp_PayDate"]) == ("P-1", "20260907100000")
    assert back.status_code == 303
    returned = dict(parse_qsl(urlsplit(back.headers["location"]).query))
    assert returned["lang"] == "vi"
    assert signed_right(returned)
    assert "đã kết thúc" in page_after.text
    assert "<button" not in page_after.text


@pytest.mark.parametrize(
    ("outcome", "codes"),
    [("cancelled", ("24", "02")), ("suspected-fraud", ("07", "07")), ("debited", ("00", "04"))],
)
async def test_a_payment_that_did_not_succeed_is_told_with_its_codes(
    shop: Shop, outcome: str, codes: tuple[str, str]
) -> None:
    async with shop.client() as client:
        shown = await pay(client, outcome)
    (ipn,) = shop.merchant.seen
    assert (ipn["vnp_ResponseCode"], ipn["vnp_TransactionStatus"]) == codes
    assert shown["outcome"] == outcome


@pytest.mark.parametrize("mode", ["cancelled", "suspected-fraud"])
async def test_a_fault_decides_how_the_payers_payment_ends(shop: Shop, mode: str) -> None:
    shop.world.vnpay.desk.script(Fault(mode=mode, times=1))
    async with shop.client() as client:
        assert (await pay(client))["outcome"] == mode


async def test_an_ended_payment_stays_as_it_is_and_sends_no_second_ipn(shop: Shop) -> None:
    async with shop.client() as client:
        first = await pay(client)
        second = await pay(client, "cancelled")
    assert first == second
    assert len(shop.merchant.seen) == 1


@pytest.mark.parametrize("final", ["00", "02"])
async def test_the_ipn_is_repeated_until_the_merchant_confirms(shop: Shop, final: str) -> None:
    shop.merchant.answers = ["99", "01", "97", final]
    async with shop.client() as client:
        shown = await pay(client)
    assert shown["ipnAnswers"] == ["99", "01", "97", final]
    assert len({tuple(ipn.items()) for ipn in shop.merchant.seen}) == 1
    assert shop.slept == [60, 60, 60]


async def test_vnpay_gives_up_after_ten_retries(shop: Shop) -> None:
    shop.merchant.answers = ["99"] * 20
    async with shop.client() as client:
        shown = await pay(client)
    assert len(shop.merchant.seen) == 11
    assert shown["outcome"] == "paid"


async def test_an_ipn_lost_twice_arrives_the_third_time(shop: Shop) -> None:
    shop.world.vnpay.desk.script(Fault(mode="lose-ipn", times=2))
    async with shop.client() as client:
        shown = await pay(client)
        counts = (await client.get("/requests")).json()["counts"]
    assert shown["ipnAnswers"] == [None, None, "00"]
    assert len(shop.merchant.seen) == 1
    assert counts["ipn"] == {"P-1": {"received": 3, "acted": 1}}


async def test_a_duplicated_ipn_comes_twice_the_same(shop: Shop) -> None:
    shop.world.vnpay.desk.script(Fault(mode="duplicate", times=1))
    async with shop.client() as client:
        await pay(client)
    assert len(shop.merchant.seen) == 2
    assert shop.merchant.seen[0] == shop.merchant.seen[1]


@pytest.mark.parametrize(
    ("mode", "signature_holds", "amount"), [("wrong-checksum", False, "500000"), ("wrong-amount", True, "500100")]
)
async def test_a_spoilt_ipn_is_spoilt_in_one_way_and_the_next_is_good(
    shop: Shop, mode: str, signature_holds: bool, amount: str
) -> None:
    shop.merchant.answers = ["97"]
    shop.world.vnpay.desk.script(Fault(mode=mode, times=1))
    async with shop.client() as client:
        await pay(client)
    spoilt, good = shop.merchant.seen
    assert signed_right(spoilt) is signature_holds
    assert spoilt["vnp_Amount"] == amount
    assert signed_right(good)
    assert good["vnp_Amount"] == "500000"


async def test_paying_what_nobody_opened_or_in_no_known_way_is_an_error(shop: Shop) -> None:
    async with shop.client() as client:
        unknown = await client.post("/sandbox-pay", json={"txnRef": "P-9", "outcome": "paid"})
        await client.get(payment_link())
        odd = await client.post("/sandbox-pay", json={"txnRef": "P-1", "outcome": "perhaps"})
    assert (unknown.status_code, odd.status_code) == (404, 422)
    assert shop.merchant.seen == []


def api_request(names: tuple[str, ...], **fields: str) -> dict[str, str]:
    request = {
        "vnp_RequestId": "R-1",
        "vnp_Version": "2.1.0",
        "vnp_TmnCode": "LIENTHNG",
        "vnp_TxnRef": "P-1",
        "vnp_TransactionDate": "20260907100000",
        "vnp_CreateDate": "20260907100000",
        "vnp_CreateBy": "can-bo-mau",
        "vnp_IpAddr": "127.0.0.1",
        "vnp_OrderInfo": "Tra cuu",
    } | {f"vnp_{name}": value for name, value in fields.items()}
    signed = [request.get(f"vnp_{name}", "") for name in names]
    return request | {"vnp_SecureHash": sign_fields(signed, SECRET)}


API = "/merchant_webapi/api/transaction"


def query(**fields: str) -> dict[str, str]:
    return api_request(QUERY, Command="querydr", **fields)


def refund(kind: str, amount: int, **fields: str) -> dict[str, str]:
    return api_request(REFUND, Command="refund", TransactionType=kind, Amount=str(amount), **fields)


async def test_querydr_finds_the_payment_whose_ipn_was_lost_for_ever(shop: Shop) -> None:
    shop.world.vnpay.desk.script(Fault(mode="lose-ipn"))
    async with shop.client() as client:
        await client.get(payment_link())
        open_still = (await client.post(API, json=query(RequestId="R-0"))).json()
        await pay(client)
        found = (await client.post(API, json=query())).json()
    assert shop.merchant.seen == []
    assert (open_still["vnp_ResponseCode"], open_still["vnp_TransactionStatus"]) == ("00", "01")
    assert (found["vnp_ResponseCode"], found["vnp_TransactionStatus"], found["vnp_Amount"]) == ("00", "00", "500000")


@pytest.mark.parametrize(
    ("request_body", "code"),
    [
        (query(TxnRef="P-9"), "91"),
        (query() | {"vnp_TxnRef": "P-2"}, "97"),
        (query(TmnCode="NOBODY"), "99"),
        (api_request(QUERY, Command="steal"), "99"),
        (refund("02", 400_000), "95"),
        (refund("03", 500_001), "95"),
        (refund("03", 0), "95"),
    ],
)
async def test_the_merchant_api_answers_what_it_cannot_do_with_a_code(
    shop: Shop, request_body: dict[str, str], code: str
) -> None:
    async with shop.client() as client:
        await pay(client)
        assert (await client.post(API, json=request_body)).json()["vnp_ResponseCode"] == code


async def test_refunds_never_exceed_the_payment_and_a_repeated_request_refunds_once(shop: Shop) -> None:
    asked = [
        refund("03", 200_000, RequestId="R-1"),
        refund("03", 200_000, RequestId="R-1"),
        refund("02", 500_000, RequestId="R-2"),
        refund("03", 300_000, RequestId="R-3"),
        refund("03", 100, RequestId="R-4"),
    ]
    async with shop.client() as client:
        await pay(client)
        codes = [(await client.post(API, json=request)).json()["vnp_ResponseCode"] for request in asked]
        shown = (await client.get("/orders/P-1")).json()
    assert codes == ["00", "94", "95", "00", "95"]
    assert shown["refunded"] == 5_000


async def test_a_payment_that_did_not_succeed_cannot_be_refunded_and_a_scripted_refusal_refunds_nothing(
    shop: Shop,
) -> None:
    async with shop.client() as client:
        await client.get(payment_link())
        unpaid = (await client.post(API, json=refund("02", 500_000))).json()
        await pay(client)
        shop.world.vnpay.desk.script(Fault(mode="refuse", times=1))
        refused = (await client.post(API, json=refund("02", 500_000, RequestId="R-2"))).json()
        done = (await client.post(API, json=refund("02", 500_000, RequestId="R-3"))).json()
    assert [answer["vnp_ResponseCode"] for answer in (unpaid, refused, done)] == ["95", "95", "00"]


def test_over_real_sockets_the_merchant_is_told_before_the_browser_goes_back(
    serve: Serve, clock: StandingClock
) -> None:
    merchant = FakeMerchant()
    contract = Merchant("LIENTHNG", SECRET, serve(merchant.app()) + "/ipn")
    vnpay = Vnpay([contract], now=clock, random=Random(1))
    address = serve(create_vnpay(vnpay, retry_delay=0))
    httpx.get(address + payment_link())
    back = httpx.post(f"{address}/sandbox-pay", data={"txnRef": "P-1", "outcome": "paid"})
    assert back.status_code == 303
    assert back.headers["location"].startswith(RETURN_URL + "&vnp_Amount=500000")
    assert [signed_right(ipn) for ipn in merchant.seen] == [True]


def test_a_merchant_that_is_away_does_not_keep_the_payer(serve: Serve, clock: StandingClock) -> None:
    vnpay = Vnpay([Merchant("LIENTHNG", SECRET, "http://127.0.0.1:9/ipn")], now=clock, random=Random(1))
    address = serve(create_vnpay(vnpay, retry_delay=0))
    httpx.get(address + payment_link())
    shown = httpx.post(f"{address}/sandbox-pay", json={"txnRef": "P-1", "outcome": "paid"}).json()
    assert shown["ipnAnswers"] == [None] * 11
    assert shown["outcome"] == "paid"
