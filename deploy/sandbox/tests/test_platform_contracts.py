"""What is said between the gateway and the population database or the national payment platform, held against both sides."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from pydantic import SecretStr

from contracts.codes import Sex
from deploy.sandbox.tests.simulator_kit import in_process
from gateway.adapters.national_payment import NationalPaymentPlatformByHttp, checksum_of
from gateway.adapters.population import PopulationRegisterByHttp
from gateway.adapters.routes import Routes
from gateway.domain.connection_mode import Mode, Route
from gateway.domain.national_payment import Confirmation, FeeItem, PaymentOrder
from gateway.domain.population import Birth, GivenData, Match, Parent, RegisteredPerson
from gateway.ports import OutOfReach, PaymentLink, Rejected
from gateway.settings import GatewaySettings
from sandbox.simulators import Simulators, national_payment, population
from sandbox.simulators.faults import Fault
from sandbox.simulators.people import FATHER, MOTHER

NOW = datetime(2026, 9, 7, 3, 0, tzinfo=UTC)
CASE = UUID("01927f5e-0000-7000-8000-0000000000c1")
OTHER_CASE = UUID("01927f5e-0000-7000-8000-0000000000c2")
GIRL = Birth(
    "NGUYỄN THỊ MẪU NHI", date(2026, 9, 1), Sex.FEMALE, "01", "Hà Nội", "Kinh", "Việt Nam",
    (Parent("NGUYỄN THỊ MẪU", "Việt Nam"),),
)  # fmt: skip
BIRTH_MESSAGE: dict[str, Any] = {
    "caseId": str(CASE),
    "birth": {
        "fullName": "NGUYỄN THỊ MẪU NHI",
        "dateOfBirth": "2026-09-01",
        "sex": 2,
        "provinceOfRegistration": "01",
        "nativePlace": "Hà Nội",
        "ethnicity": "Kinh",
        "nationality": "Việt Nam",
        "parents": [{"fullName": "NGUYỄN THỊ MẪU", "nationality": "Việt Nam"}],
    },
}
SECRET = "test_secret"
ORDER = PaymentOrder(
    "H26-43-1", 50000, "H26-43", "1.001193", (FeeItem("1", "LP-01", "Lệ phí khai sinh", 50000),), at=NOW
)
PAYMENT_MESSAGE: dict[str, Any] = {
    "LoaiBanTin": "", "PhienBan": "", "MaDoiTac": "H26", "MaThamChieu": "H26-43-1", "SoTien": 50000,
    "LoaiHinhThanhToan": "", "MaKenhThanhToan": "", "MaThietBi": "", "NgonNgu": "", "MaTienTe": "", "MaNganHang": "",
    "ThongTinGiaoDich": "Thanh toán hồ sơ H26-43", "ThoiGianGD": "20260907100000", "Ip": "",
    "ThongTinBienLai": {
        "MaDichVu": 2, "MaDonVi": "H26", "MaHoSo": "H26-43", "MaTTHC": "1.001193", "TKThuHuong": "",
        "PhiLePhi": [
            {"LoaiPhiLePhi": "1", "MaPhiLePhi": "LP-01", "TenPhiLePhi": "Lệ phí khai sinh", "SoTien": 50000},
        ],
    },
    "MaXacThuc": "@checksum",
}  # fmt: skip
CONFIRMATION = {"MaLoi": "00", "MaThamChieu": "H26-43-1", "MaGiaoDich": "QG000000000001"}


def routes() -> Routes:
    return Routes("it", [Route("it", Mode.DIRECT, "http://simulator.test")], (0,), now=lambda: NOW)


def register(client: httpx.AsyncClient) -> PopulationRegisterByHttp:
    return PopulationRegisterByHttp(client, routes(), 5)


def platform(client: httpx.AsyncClient, secret: str = SECRET) -> NationalPaymentPlatformByHttp:
    checksum = checksum_of("own-hmac-sha256", SecretStr(secret))
    return NationalPaymentPlatformByHttp(client, routes(), GatewaySettings(), checksum)


@asynccontextmanager
async def answering(answer: httpx.Response) -> AsyncIterator[tuple[httpx.AsyncClient, list[httpx.Request]]]:
    sent: list[httpx.Request] = []

    def take(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return answer

    async with httpx.AsyncClient(transport=httpx.MockTransport(take)) as client:
        yield client, sent


def counts(desk: Any, operation: str, key: str) -> dict[str, int]:
    found: dict[str, int] = desk.report()["counts"][operation][key]
    return found


# The population database.


async def test_the_adapter_sends_the_very_birth_that_the_law_names() -> None:
    answer = httpx.Response(201, json={"personalId": "001326000123", "birth": BIRTH_MESSAGE["birth"]})
    async with answering(answer) as (client, sent):
        assert await register(client).issue(CASE, GIRL) == RegisteredPerson("001326000123", GIRL)
    assert (sent[0].method, sent[0].url.path) == ("POST", "/personal-ids")
    assert json.loads(sent[0].content) == BIRTH_MESSAGE


async def test_the_database_takes_the_very_birth_once(world: Simulators) -> None:
    async with in_process(population.create_app(world.population)) as client:
        answers = [await client.post("/personal-ids", json=BIRTH_MESSAGE) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["birth"] == BIRTH_MESSAGE["birth"]
    assert counts(world.population.desk, "give-id", str(CASE)) == {"received": 2, "acted": 1}


async def test_both_together_give_one_id_a_case_and_find_its_person(world: Simulators) -> None:
    async with in_process(population.create_app(world.population)) as client:
        given = [await register(client).issue(case, GIRL) for case in (CASE, CASE, OTHER_CASE)]
        assert given[0] == given[1] != given[2]
        assert isinstance(given[0], RegisteredPerson)
        assert await register(client).look_up(given[0].personal_id) == given[0]
        assert await register(client).look_up("001326999999") is None


async def test_both_together_compare_without_showing(world: Simulators) -> None:
    given = GivenData(full_name="nguyễn thị mẫu", date_of_birth=date(1995, 1, 2), ethnicity="Kinh")
    async with in_process(population.create_app(world.population)) as client:
        assert await register(client).verify(MOTHER.personal_id, given) == {
            "full_name": Match.MATCH,
            "date_of_birth": Match.MISMATCH,
            "ethnicity": Match.UNKNOWN,
        }
        assert await register(client).verify("001326999999", given) is None


async def test_a_refusal_comes_with_words_and_no_id(world: Simulators) -> None:
    async with in_process(population.create_app(world.population)) as client:
        world.population.desk.script(Fault(mode="refuse", times=1))
        refused = await register(client).issue(CASE, GIRL)
        assert isinstance(refused, Rejected)
        assert "từ chối" in refused.words[0]
        await register(client).issue(CASE, GIRL)
        differs = await register(client).issue(CASE, replace(GIRL, full_name="TÊN KHÁC"))
        assert isinstance(differs, Rejected)


@pytest.mark.parametrize("mode", ["wrong", "duplicate", "error"])
async def test_an_answer_about_another_is_none_and_the_next_is_right(world: Simulators, mode: str) -> None:
    async with in_process(population.create_app(world.population)) as client:
        world.population.desk.script(Fault(mode=mode, times=2))
        with pytest.raises(OutOfReach) as refused:
            await register(client).issue(CASE, GIRL)
        assert "NGUYỄN" not in refused.value.reason
        with pytest.raises(OutOfReach):
            await register(client).look_up(FATHER.personal_id)
        given = await register(client).issue(CASE, GIRL)
        assert isinstance(given, RegisteredPerson)
        assert world.population.people[given.personal_id].birth.full_name == GIRL.full_name
    assert counts(world.population.desk, "give-id", str(CASE))["acted"] == 1


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404, json={"detail": "Not Found"}),  # an address that is not there is nobody's absence
        httpx.Response(404),
        httpx.Response(200, json={}),
        httpx.Response(200, content=b"\xff"),
        httpx.Response(200, content=b"[" * 100_000),
        httpx.Response(301, headers={"Location": "http://elsewhere.test"}),
    ],
)
async def test_what_is_no_answer_of_the_database_is_taken_for_none(answer: httpx.Response) -> None:
    async with answering(answer) as (client, _):
        with pytest.raises(OutOfReach):
            await register(client).look_up(MOTHER.personal_id)


# The national payment platform.


def signed(message: dict[str, Any], secret: str = SECRET) -> dict[str, Any]:
    whole = dict(message)
    whole["MaXacThuc"] = national_payment.signature(whole, secret)
    return whole


@pytest.fixture
def paying(world: Simulators) -> national_payment.PaymentPlatform:
    simulated = world.national_payment
    simulated.partner = replace(simulated.partner, secret=SECRET, confirm_url="http://city.test/confirm")
    return simulated


async def test_the_adapter_sends_the_very_message_with_the_checksum_of_it() -> None:
    answer = signed({"MaLoi": "00", "MaThamChieu": "H26-43-1", "UrlThanhToan": "https://pay.test/1"})
    async with answering(httpx.Response(200, json=answer)) as (client, sent):
        assert await platform(client).start(ORDER) == PaymentLink("https://pay.test/1")
    assert (sent[0].method, sent[0].url.path) == ("POST", "/payments")
    told = json.loads(sent[0].content)
    assert list(told.items()) == list(signed(PAYMENT_MESSAGE).items())


async def test_the_platform_takes_the_very_message_once(paying: national_payment.PaymentPlatform) -> None:
    async with in_process(national_payment.create_app(paying)) as client:
        answers = [(await client.post("/payments", json=signed(PAYMENT_MESSAGE))).json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert (answers[0]["MaLoi"], answers[0]["UrlThanhToan"]) == (
        "00",
        "http://world.test/sandbox/national-payment/pay/H26-43-1",
    )
    assert counts(paying.desk, "start", "H26-43-1") == {"received": 2, "acted": 1}


@pytest.mark.parametrize(
    "message",
    [
        signed(PAYMENT_MESSAGE, "another"),
        signed(PAYMENT_MESSAGE | {"MaDoiTac": "H27"}),
        signed(PAYMENT_MESSAGE | {"SoTien": 49999}),
        signed(dict(reversed(PAYMENT_MESSAGE.items()))),
        {},
    ],
)
async def test_the_platform_takes_no_other_message(
    paying: national_payment.PaymentPlatform, message: dict[str, Any]
) -> None:
    async with in_process(national_payment.create_app(paying)) as client:
        assert (await client.post("/payments", json=message)).json()["MaLoi"] == "99"
    assert paying.orders == {}


async def test_both_together_start_a_payment_once(paying: national_payment.PaymentPlatform) -> None:
    async with in_process(national_payment.create_app(paying)) as client:
        links = [await platform(client).start(ORDER) for _ in range(2)]
        assert links == [PaymentLink("http://world.test/sandbox/national-payment/pay/H26-43-1")] * 2
        other = await platform(client).start(replace(ORDER, procedure="1.001022"))
        assert isinstance(other, Rejected)
    assert len(paying.orders) == 1


@pytest.mark.parametrize("mode", ["wrong-checksum", "error"])
async def test_an_answer_that_is_not_the_platforms_is_none(paying: national_payment.PaymentPlatform, mode: str) -> None:
    paying.desk.script(Fault(mode=mode, times=1))
    async with in_process(national_payment.create_app(paying)) as client:
        with pytest.raises(OutOfReach):
            await platform(client).start(ORDER)
        assert isinstance(await platform(client).start(ORDER), PaymentLink)
    assert counts(paying.desk, "start", "H26-43-1")["acted"] == 1


@pytest.mark.parametrize(
    "answer",
    [
        signed({"MaLoi": "00", "MaThamChieu": "H26-44", "UrlThanhToan": "https://pay.test/1"}),
        signed({"MaLoi": "00", "MaThamChieu": "H26-43-1", "UrlThanhToan": "javascript:alert(1)"}),
        signed({"MaLoi": "00", "MaThamChieu": "H26-43-1"}),
        {"MaLoi": "00", "MaThamChieu": "H26-43-1", "UrlThanhToan": "https://pay.test/1"},
        [],
    ],
)
async def test_a_payer_is_sent_nowhere_but_where_the_platform_says(answer: Any) -> None:
    async with answering(httpx.Response(200, json=answer)) as (client, _):
        with pytest.raises(OutOfReach):
            await platform(client).start(ORDER)


async def confirmations(
    paying: national_payment.PaymentPlatform, outcome: str, answers: list[str], fault: Fault | None = None
) -> list[dict[str, str]]:
    """What the platform tells its partner, who gives these answers one after the other."""
    told: list[dict[str, str]] = []

    def take(request: httpx.Request) -> httpx.Response:
        told.append(json.loads(request.content))
        return httpx.Response(200, json={"MaLoi": answers[min(len(told), len(answers)) - 1]})

    async def at_once(_: float) -> None:
        return None

    app = national_payment.create_app(
        paying, client_factory=lambda: httpx.AsyncClient(transport=httpx.MockTransport(take)), sleep=at_once
    )
    async with in_process(app) as client:
        await client.post("/payments", json=signed(PAYMENT_MESSAGE))
        if fault is not None:
            paying.desk.script(fault)
        paid = await client.post("/pay/H26-43-1", json={"outcome": outcome})
        assert paid.status_code == 200
        assert (await client.post("/pay/H26-43-1", json={"outcome": "paid"})).json() == paid.json()
    return told


async def test_the_platform_confirms_in_the_very_words_until_it_is_heard(
    paying: national_payment.PaymentPlatform,
) -> None:
    told = await confirmations(paying, "paid", ["99", "99", "00"])
    assert told == [signed(CONFIRMATION)] * 3


async def test_a_partner_that_never_hears_is_told_eleven_times(paying: national_payment.PaymentPlatform) -> None:
    assert len(await confirmations(paying, "paid", ["99"])) == 11


@pytest.mark.parametrize("mode", ["duplicate", "wrong-checksum", "wrong-reference", "lose-confirmation"])
async def test_a_spoilt_confirmation_is_followed_by_a_good_one(
    paying: national_payment.PaymentPlatform, mode: str
) -> None:
    answers = ["00"] if mode in ("duplicate", "lose-confirmation") else ["99", "00"]
    told = await confirmations(paying, "paid", answers, Fault(mode=mode, times=1, operation="confirm"))
    assert told[-1] == signed(CONFIRMATION)
    assert len(told) == {"duplicate": 5, "lose-confirmation": 1}.get(mode, 2)


async def test_the_adapter_reads_the_very_words_and_only_with_their_checksum() -> None:
    async with httpx.AsyncClient() as client:
        assert platform(client).read_confirmation(signed(CONFIRMATION)) == Confirmation(
            "H26-43-1", "00", "QG000000000001"
        )
        for spoilt in (
            CONFIRMATION,
            signed(CONFIRMATION, "another"),
            signed(CONFIRMATION) | {"MaGiaoDich": "QG2"},
            signed(CONFIRMATION) | {"MaXacThuc": "đ\ud800"},
        ):
            assert platform(client).read_confirmation(spoilt) is None
