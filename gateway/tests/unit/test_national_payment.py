"""The lifecycle of a payment at the national platform, and the message that starts one."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from gateway.adapters.national_payment import CHECKSUM, checksum_of, init_message
from gateway.domain.national_payment import (
    OPEN,
    TRANSITIONS,
    Confirmation,
    FeeItem,
    News,
    Payment,
    PaymentOrder,
    State,
    Verdict,
    verdict,
)
from gateway.settings import GatewaySettings

AT = datetime(2026, 10, 12, 3, 0, tzinfo=UTC)
ORDER = PaymentOrder("H26-1", 50000, "H26-43", "1.001193", (FeeItem("1", "LP-01", "Lệ phí", 50000),), at=AT)
STARTED = Payment(
    "H26-1", "VN/GOV/G15/x", "H26-43", "1.001193", 50000, b"", State.STARTED, 2, AT, AT + timedelta(days=1)
)
PAID = Confirmation("H26-1", "00", "QG1")


def test_every_state_is_reached_and_only_paid_is_the_end_of_all() -> None:
    reached = {State.REQUESTED}
    while more := {to for (at, _), to in TRANSITIONS.items() if at in reached} - reached:
        reached |= more
    assert reached == set(State)
    assert {state for state in State if state not in {at for at, _ in TRANSITIONS}} == {State.PAID}


def test_money_counts_whenever_it_is_heard_of() -> None:
    assert {at for at, news in TRANSITIONS if news is News.CONFIRMED} == set(State) - {State.PAID}
    assert {TRANSITIONS[at, news] for at, news in TRANSITIONS if news is News.CONFIRMED} == {State.PAID}


def test_only_what_is_open_expires() -> None:
    assert {at for at, news in TRANSITIONS if news is News.TIME_OVER} == set(OPEN)


@pytest.mark.parametrize(
    ("state", "transaction", "said", "found"),
    [
        (State.STARTED, None, PAID, Verdict.SETTLES),
        (State.EXPIRED, None, PAID, Verdict.SETTLES),
        (State.PAID, "QG1", PAID, Verdict.HEARD_BEFORE),
        (State.PAID, "QG2", PAID, Verdict.CONTRADICTS),
        (State.PAID, "QG1", replace(PAID, code="05"), Verdict.CONTRADICTS),
        (State.STARTED, None, replace(PAID, code="05"), Verdict.SETTLES),
        (State.FAILED, "QG1", replace(PAID, code="05"), Verdict.HEARD_BEFORE),
    ],
)
def test_what_the_platform_says_settles_once(
    state: State, transaction: str | None, said: Confirmation, found: Verdict
) -> None:
    assert verdict(replace(STARTED, state=state, transaction=transaction), said) is found


def test_a_payment_nobody_started_is_not_settled() -> None:
    assert verdict(None, PAID) is Verdict.UNKNOWN_REFERENCE


def test_an_order_is_the_same_whenever_it_is_given_and_another_with_another_content() -> None:
    assert ORDER.fingerprint == replace(ORDER, at=None).fingerprint
    others = [
        replace(ORDER, amount=50001), replace(ORDER, dossier_code="H26-44"), replace(ORDER, bank="VCB"),
        replace(ORDER, fees=()), replace(ORDER, payer_ip="192.0.2.1"),
    ]  # fmt: skip
    assert len({ORDER.fingerprint, *(other.fingerprint for other in others)}) == 6


def test_the_message_has_the_platforms_fields_in_its_order() -> None:
    """R-265."""
    settings = GatewaySettings(national_payment_header={"NgonNgu": "vi"}, national_payment_account="123")
    message = init_message(ORDER, settings)
    assert list(message) == [
        "LoaiBanTin", "PhienBan", "MaDoiTac", "MaThamChieu", "SoTien", "LoaiHinhThanhToan", "MaKenhThanhToan",
        "MaThietBi", "NgonNgu", "MaTienTe", "MaNganHang", "ThongTinGiaoDich", "ThoiGianGD", "Ip", "ThongTinBienLai",
    ]  # fmt: skip
    assert (message["ThoiGianGD"], message["NgonNgu"], message["SoTien"]) == ("20261012100000", "vi", 50000)
    receipt = message["ThongTinBienLai"]
    assert list(receipt) == ["MaDichVu", "MaDonVi", "MaHoSo", "MaTTHC", "TKThuHuong", "PhiLePhi"]
    assert receipt["PhiLePhi"] == [
        {"LoaiPhiLePhi": "1", "MaPhiLePhi": "LP-01", "TenPhiLePhi": "Lệ phí", "SoTien": 50000}
    ]


@pytest.mark.parametrize("message", [{"MaLoi": "01"}, {"MaLoi": "00", "more": "x"}, {"MaLoi": "00 "}, {}])
def test_another_message_or_key_has_another_checksum(message: Mapping[str, str]) -> None:
    checksum = checksum_of("own-hmac-sha256", SecretStr("test_secret"))
    good = checksum.of({"MaLoi": "00"})
    assert checksum.of({"MaLoi": "00", CHECKSUM: "whatever"}) == good
    assert checksum.of(message) != good
    assert checksum_of("own-hmac-sha256", SecretStr("other")).of({"MaLoi": "00"}) != good
