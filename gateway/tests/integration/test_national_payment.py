"""Payments at the national platform: started at /r1, confirmed over real sockets, settled once whatever happens."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from chassis.clock import SettableClock
from deploy.sandbox.tests.simulator_kit import served
from gateway.handlers.national_payment import expire_payments
from gateway.partners_command import apply_to
from gateway.settings import GatewaySettings
from gateway.tests.conftest import Gateway, opened, pem
from sandbox.deployment import PARTNERS
from sandbox.simulators.faults import Fault
from sandbox.simulators.national_payment import Partner, PaymentPlatform, create_app, signature
from tests.support import exchange as sockets
from tests.support.events import recorded
from tests.support.identities import agency

CLIENT = "VN/GOV/G15/sandbox-agency"
PAYMENTS = "/r1/VN/GOV/G22/thanhtoan/payments"
CONFIRMATIONS = "/lgsp/v1/national-payments/confirmations"
SECRET = "test_secret"
VICTIM = f"""
import asyncio, sys
import httpx
from chassis.service import Runtime, create_app
from gateway.app import SERVICE
from gateway.settings import GatewaySettings
async def main():
    app = create_app(Runtime.of(SERVICE, GatewaySettings(), issuers={{}}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://city.test") as client:
        await client.post("{CONFIRMATIONS}", content=sys.argv[1].encode())
asyncio.run(main())
"""
CONFIRMED = "vn.gov.hanoi.gateway.national-payment-confirmed.v1"


@dataclass
class City:
    """A gateway with the sandbox's partners, and the platform it speaks with."""

    gateway: Gateway
    platform: PaymentPlatform
    platform_url: str

    async def call(self, method: str, path: str = "", **request: Any) -> httpx.Response:
        headers = {"X-Road-Client": CLIENT} | agency(client="sandbox-agency") | request.pop("headers", {})
        return await self.gateway.client.request(method, PAYMENTS + path, headers=headers, **request)

    async def start(self, reference: str = "H26-43-1", **changes: Any) -> httpx.Response:
        body = {
            "reference": reference,
            "amount": 50000,
            "dossierCode": "H26-20261012-0000043",
            "procedure": "1.001193",
            "fees": [{"kind": "1", "code": "LP-01", "name": "Lệ phí khai sinh", "amount": 50000}],
        } | changes
        return await self.call("POST", json=body)

    async def state(self, reference: str = "H26-43-1") -> str:
        return str((await self.call("GET", f"/{reference}")).json()["state"])

    async def pays(self, outcome: str = "paid", reference: str = "H26-43-1") -> dict[str, Any]:
        """The payer does, and the platform has told the city."""
        async with httpx.AsyncClient(base_url=self.platform_url, timeout=20) as client:
            answer = await client.post(f"/pay/{reference}", json={"outcome": outcome})
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def says(self, message: dict[str, Any] | bytes, *, sign: bool = True) -> str:
        """The platform's word, or what is passed off as it."""
        if isinstance(message, dict):
            whole = message | ({"MaXacThuc": signature(message, SECRET)} if sign else {})
            message = json.dumps(whole).encode()
        answer = await self.gateway.client.post(CONFIRMATIONS, content=message)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["MaLoi"])

    async def events(self) -> list[dict[str, Any]]:
        return [event for event in await recorded(self.gateway.runtime) if event["type"] == CONFIRMED]


@pytest.fixture
async def city(database_url: SecretStr) -> AsyncIterator[City]:
    platform = PaymentPlatform(Partner("H26", SECRET, ""), now=lambda: datetime.now(UTC), origin="http://platform.test")
    with served(create_app(platform, retry_delay=0.01)) as url:
        whole = GatewaySettings(
            database_url=database_url, ledger_key=pem(), token_key=pem(), exchange_key=pem(), national_payment_url=url,
            national_payment_secret=SecretStr(SECRET), national_payment_timeout_seconds=0.5, route_retry_delays=(0.0,),
        )  # fmt: skip
        async with opened(whole, {}) as gateway:
            await apply_to(gateway.runtime, PARTNERS)
            transport = gateway.client._transport
            assert isinstance(transport, httpx.ASGITransport)
            async with sockets.served(transport.app) as address:
                platform.partner = replace(platform.partner, confirm_url=address + CONFIRMATIONS)
                yield City(gateway, platform, url)


def said(transaction: str = "QG1", code: str = "00", reference: str = "H26-43-1") -> dict[str, Any]:
    return {"MaLoi": code, "MaThamChieu": reference, "MaGiaoDich": transaction}


async def test_a_payment_is_started_paid_and_stated(city: City) -> None:
    started = await city.start()
    assert started.status_code == 201, started.text
    assert (started.json()["state"], started.json()["payUrl"]) == ("started", "http://platform.test/pay/H26-43-1")
    assert (await city.pays())["answers"] == ["00"]
    shown = (await city.call("GET", "/H26-43-1")).json()
    assert (shown["state"], shown["transaction"], "payUrl" in shown) == ("paid", "QG000000000001", False)
    (event,) = await city.events()
    assert event["subject"] == "H26-43-1"
    assert event["data"] == {
        "version": 3,
        "dossierCode": "H26-20261012-0000043",
        "reference": "H26-43-1",
        "amount": 50000,
        "transaction": "QG000000000001",
        "paidAt": "2026-10-12T03:00:00Z",
    }


@pytest.mark.parametrize("mode", ["duplicate", "wrong-checksum", "wrong-reference", "lose-confirmation"])
async def test_whatever_comes_of_the_confirmations_they_settle_once(city: City, mode: str) -> None:
    await city.start()
    city.platform.desk.script(Fault(mode=mode, times=2, operation="confirm"))
    assert (await city.pays())["answers"][-1] == "00"
    assert await city.state() == "paid"
    assert len(await city.events()) == 1


async def test_many_confirmations_at_once_settle_once(city: City) -> None:
    """R-264."""
    await city.start()
    assert await asyncio.gather(*(city.says(said()) for _ in range(20))) == ["00"] * 20
    assert len(await city.events()) == 1


async def test_killed_between_the_commit_and_the_answer_it_is_settled_once(city: City) -> None:
    """Whoever is told again answers as one who knows."""
    await city.start()
    message = said()
    environment = {
        **os.environ,
        "LIENTHONG_DATABASE_URL": city.gateway.settings.database_url.get_secret_value(),
        "LIENTHONG_NATIONAL_PAYMENT_SECRET": SECRET,
        "LIENTHONG_CRASH_AT": "national_payment.after_settle",
    }
    body = json.dumps(message | {"MaXacThuc": signature(message, SECRET)})
    victim = await asyncio.create_subprocess_exec(sys.executable, "-c", VICTIM, body, env=environment)
    assert await victim.wait() == -signal.SIGKILL
    assert await city.state() == "paid"
    before = await city.gateway.rows("SELECT * FROM national_payment")
    assert await city.says(message) == "00"
    assert await city.gateway.rows("SELECT * FROM national_payment") == before
    assert len(await city.events()) == 1


async def test_two_different_payments_of_one_reference_are_not_both_taken(city: City) -> None:
    await city.start()
    answers = await asyncio.gather(*(city.says(said(f"QG{number}")) for number in range(5)))
    assert sorted(answers) == ["00", "99", "99", "99", "99"]
    assert len(await city.events()) == 1


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    messages=st.lists(
        st.sampled_from([said(), said("QG2"), said(code="05"), said("", "99"), said(reference="H26-0")]), max_size=6
    ),
    together=st.booleans(),
)
async def test_in_whatever_order_news_comes_there_is_one_event_and_only_for_money(
    city: City, messages: Sequence[dict[str, Any]], together: bool
) -> None:
    """R-264."""
    reference = f"H26-{uuid4().hex}"
    await city.start(reference)
    told = [{**one, "MaThamChieu": reference} if one["MaThamChieu"] == "H26-43-1" else one for one in messages]
    if together:
        answers = await asyncio.gather(*(city.says(one) for one in told))
    else:
        answers = [await city.says(one) for one in told]
    of_this = [event for event in await city.events() if event["subject"] == reference]
    paid = any(one["MaLoi"] == "00" and one["MaThamChieu"] == reference for one in told)
    assert len(of_this) == paid
    assert (await city.state(reference) == "paid") == paid
    assert "00" not in [answer for one, answer in zip(told, answers, strict=True) if one["MaThamChieu"] == "H26-0"]


async def test_a_payment_that_failed_is_paid_when_the_money_comes_after_all(city: City) -> None:
    await city.start()
    assert (await city.pays("failed"))["answers"] == ["00"]
    assert await city.state() == "failed"
    assert await city.events() == []
    assert await city.says(said()) == "00"
    assert await city.state() == "paid"
    assert await city.says(said(code="05")) == "99"
    assert await city.state() == "paid"


async def test_what_nobody_confirms_expires_and_is_paid_when_the_money_comes(city: City) -> None:
    await city.start()
    clock = city.gateway.runtime.clock
    assert isinstance(clock, SettableClock)
    await expire_payments(city.gateway.runtime)
    assert await city.state() == "started"
    clock.advance(timedelta(days=1))
    await expire_payments(city.gateway.runtime)
    assert await city.state() == "expired"
    assert (await city.pays())["answers"] == ["00"]
    assert await city.state() == "paid"


NOT_THE_PLATFORMS: Sequence[dict[str, Any] | bytes] = (
    b"", b"{", b"[]", b"null", b"[" * 15_000, b"\xff", b'{"MaLoi": 1' + b"0" * 5000 + b"}", b" " * 30_000,
    b'{"MaLoi": "00", "MaThamChieu": "\\ud800", "MaGiaoDich": "QG1", "MaXacThuc": "\\ud800"}',
    said(reference="H26-0"), said("a" * 101), said(reference="a\0"), said(""),
    {"MaLoi": "00"}, said() | {"MaLoi": 0}, said() | {"MaLoi": {}},
)  # fmt: skip


async def test_what_is_not_the_platforms_word_is_answered_with_99(city: City) -> None:
    await city.start()
    assert [await city.says(message) for message in NOT_THE_PLATFORMS] == ["99"] * len(NOT_THE_PLATFORMS)
    assert await city.state() == "started"


async def test_without_the_checksum_nothing_is_believed(city: City) -> None:
    await city.start()
    good = said() | {"MaXacThuc": signature(said(), SECRET)}
    for forged in (said(), said() | {"MaXacThuc": ""}, good | {"MaGiaoDich": "QG2"}, good | {"them": "x"}):
        assert await city.says(forged, sign=False) == "99"
    assert await city.state() == "started"
    assert await city.says(good, sign=False) == "00"


async def test_without_a_secret_nothing_is_believed_and_nothing_is_started(gateway: Gateway) -> None:
    lonely = City(gateway, PaymentPlatform(Partner("", "", ""), now=lambda: datetime.now(UTC), origin=""), "")
    assert await lonely.says(said()) == "99"
    app = gateway.runtime.extras["adapters"]["national-payment"]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://r1.test") as client:
        example = {
            "reference": "a", "amount": 1, "dossierCode": "H26-1", "procedure": "1",
            "fees": [{"kind": "1", "code": "1", "name": "x", "amount": 1}],
        }  # fmt: skip
        answer = await client.post("/payments", json=example, headers={"X-Road-Client": CLIENT})
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/national-payment-out-of-reach")
        assert (await client.post("/payments", json=example)).status_code == 400


@pytest.mark.parametrize("mode", ["down", "slow", "error", "lose-answer", "wrong-checksum"])
async def test_whatever_the_platform_does_a_payment_is_started_once(city: City, mode: str) -> None:
    city.platform.desk.script(Fault(mode=mode, times=1, operation="start", delay_seconds=2))
    away = await city.start()
    assert (away.status_code, away.headers["retry-after"]) == (503, "5"), away.text
    assert await city.state() == "requested"
    again = await city.start()
    assert (again.status_code, again.json()["state"]) == (201, "started")
    counts: Any = city.platform.desk.report()["counts"]
    assert counts["start"]["H26-43-1"]["acted"] == 1


async def test_money_that_is_faster_than_the_platforms_answer_is_taken(city: City) -> None:
    city.platform.desk.script(Fault(mode="lose-answer", times=1, operation="start"))
    assert (await city.start()).status_code == 503
    assert (await city.pays())["answers"] == ["00"]
    again = await city.start()
    assert (again.status_code, again.json()["state"]) == (201, "paid")


async def test_the_same_order_at_once_is_one_payment(city: City) -> None:
    answers = await asyncio.gather(*(city.start() for _ in range(5)))
    assert [answer.status_code for answer in answers] == [201] * 5
    assert len({answer.json()["payUrl"] for answer in answers}) == 1
    counts: Any = city.platform.desk.report()["counts"]
    assert counts["start"]["H26-43-1"]["acted"] == 1


async def test_a_refusal_ends_the_payment_in_the_platforms_words(city: City) -> None:
    city.platform.desk.script(Fault(mode="refuse", times=1, operation="start"))
    refused = await city.start()
    assert (refused.json()["state"], "mô phỏng" in refused.json()["words"]) == ("failed", True)


async def test_a_reference_is_one_payment_and_its_callers_own(city: City) -> None:
    assert (await city.start()).status_code == 201
    other = await city.start(procedure="1.001022")
    assert (other.status_code, other.json()["type"]) == (409, "/problems/national-payment-reference-used")
    app = city.gateway.runtime.extras["adapters"]["national-payment"]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://r1.test") as client:
        stranger = {"X-Road-Client": "VN/GOV/G15/hotich"}
        assert (await client.get("/payments/H26-43-1", headers=stranger)).status_code == 404
        seen = await client.get("/payments/H26-43-1", headers={"X-Road-Client": CLIENT})
        held = {"X-Road-Client": CLIENT, "If-None-Match": seen.headers["etag"]}
        assert (await client.get("/payments/H26-43-1", headers=held)).status_code == 304


async def test_a_payment_that_is_none_is_refused(city: City) -> None:
    wrong: Sequence[tuple[dict[str, Any], str]] = (
        ({"amount": 49999}, "/amount"), ({"amount": 0}, "/amount"), ({"amount": 10**30}, "/amount"),
        ({"amount": 1.5}, "/amount"), ({"amount": "50000"}, "/amount"), ({"fees": []}, "/fees"),
        ({"reference": "a b"}, "/reference"), ({"reference": "a\0"}, "/reference"), ({"dossierCode": "x"}, "/dossierCode"),
        ({"payerIp": "x"}, "/payerIp"), ({"more": 1}, "/more"),
    )  # fmt: skip
    for changes, pointer in wrong:
        answer = await city.start(**changes)
        assert answer.status_code == 422, changes
        assert answer.json()["errors"][0]["pointer"].startswith(pointer)
    assert city.platform.orders == {}


async def test_a_payment_is_of_the_dossier_that_the_call_names(city: City) -> None:
    body = {
        "reference": "a", "amount": 1, "dossierCode": "H26-1", "procedure": "1",
        "fees": [{"kind": "1", "code": "1", "name": "x", "amount": 1}],
    }  # fmt: skip
    answer = await city.call("POST", json=body, headers={"X-Road-Issue": "H26-2"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/dossierCode")
