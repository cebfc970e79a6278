"""What the portal is to know of a dossier, whatever order its events come in; and what each field of the message says."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.codes import ApplicantKind, DossierStatus, PaymentMethod
from contracts.event import Event
from contracts.payment import FeeAssessed, PaymentSucceeded
from contracts.submission import (
    DossierAccepted,
    DossierEvent,
    DossierExtended,
    DossierFinished,
    DossierReturned,
    DossierSubmitted,
    DossierSupplemented,
    DossierSupplementRequested,
)
from gateway.adapters.portal_messages import dossier_message, moment, standings, step_message
from gateway.domain.portal import (
    PortalDossier,
    ProcedureName,
    Record,
    Standing,
    after_event,
    after_payment,
    untold_steps,
)

AT = datetime(2026, 10, 12, 18, 5, 9, tzinfo=UTC)
NAMED = ProcedureName("Thủ tục đăng ký khai sinh", "ho-tich", "Hộ tịch", "giay-khai-sinh", "Giấy khai sinh")
CODE = "H26-20261012-0000042"


def way() -> list[tuple[Event, datetime]]:
    """A dossier with a supplement, an extension and a fee paid online, from filing to hand-over."""
    steps: list[tuple[type[DossierEvent], dict[str, Any]]] = [
        (DossierSubmitted, {}),
        (DossierSupplementRequested, {}),
        (DossierSupplemented, {"dueAt": "2026-10-14T10:00:00Z"}),
        (DossierAccepted, {"dueAt": "2026-10-14T10:00:00Z"}),
        (DossierExtended, {"dueAt": "2026-10-20T10:00:00Z"}),
        (DossierFinished, {"dueAt": "2026-10-20T10:00:00Z"}),
        (DossierReturned, {}),
    ]
    told: list[tuple[Event, datetime]] = [
        (
            kind.model_validate(kind.example | {"version": number, "procedure": "1.001193"} | change),
            AT + timedelta(hours=number),
        )
        for number, (kind, change) in enumerate(steps, start=1)
    ]
    told += [(FeeAssessed.from_example(), AT), (PaymentSucceeded.from_example(), AT)]
    return told


def told(events: list[tuple[Event, datetime]]) -> Record:
    record = Record()
    for event, at in events:
        if isinstance(event, DossierEvent):
            record = after_event(record, event, at)
        elif isinstance(event, FeeAssessed | PaymentSucceeded):
            record = after_payment(record, event)
    return record


def dossier(record: Record, named: ProcedureName | None = NAMED) -> PortalDossier:
    assert record.status is not None
    assert record.procedure is not None
    return PortalDossier(CODE, record.procedure, record.status, record.snapshot, named)


def test_a_dossier_is_told_in_the_portals_own_fields() -> None:
    message = dossier_message(dossier(told(way())))
    (supplement,) = message.pop("DanhSachHoSoBoSung")
    assert message == {
        "MaHoSo": CODE,
        "MaTTHC": "1.001193",
        "TenTTHC": "Thủ tục đăng ký khai sinh",
        "MaLinhVuc": "ho-tich",
        "TenLinhVuc": "Hộ tịch",
        "KenhThucHien": "2",
        "ChuHoSo": "TRẦN THỊ VÍ DỤ",
        "LoaiDoiTuong": "1",
        "TrichYeuHoSo": "Thủ tục đăng ký khai sinh - TRẦN THỊ VÍ DỤ",
        "DinhDanhCHS": [{"LoaiDinhDanh": "1", "SoDinhDanh": "001190000001"}],
        "NgayNopHoSo": "20261013020509",  # Hanoi is seven hours on
        "NgayTiepNhan": "20261013050509",
        "NgayHenTra": "20261020170000",
        "TrangThaiHoSo": "10",
        "NgayKetThucXuLy": "20261012160000",
        "NgayTra": "20261012163000",
        "DonViXuLy": "00004",
        "NoiNopHoSo": "2",
        "TaiKhoanDuocXacThucVoiVNeID": "0",
        "DuocThanhToanTrucTuyen": "2",
        "DanhSachLePhi": [{"TenPhiLePhi": "fee", "MaPhiLePhi": "birth-late", "HinhThucThu": "1", "Gia": "5000"}],
        "DanhSachGiayToKetQua": [
            {
                "GiayToId": "01927f5e-0000-7000-8000-000000000001",
                "TenGiayTo": "Giấy khai sinh",
                "MaGiayToKetQua": "giay-khai-sinh",
            }
        ],
    }
    assert supplement["HoSoBoSungId"] == "1"
    assert (supplement["NgayBoSung"], supplement["NgayTiepNhanBoSung"]) == ("20261013030509", "20261013040509")
    assert (supplement["NgayHenTraTruoc"], supplement["NgayHenTraMoi"]) == ("20261012170000", "20261014170000")


@pytest.mark.parametrize("seed", range(20))
def test_status_due_time_and_steps_do_not_hang_on_the_order_in_which_events_come(seed: int) -> None:
    events = way()
    in_order = told(events)
    shuffled = events * 2
    random.Random(seed).shuffle(shuffled)
    mixed = told(shuffled)
    assert (mixed.version, mixed.status, mixed.received_on) == (7, DossierStatus.RETURNED, in_order.received_on)
    assert mixed.snapshot.due_at == in_order.snapshot.due_at
    assert mixed.snapshot.steps == in_order.snapshot.steps
    assert mixed.snapshot.results == in_order.snapshot.results
    assert mixed.snapshot.paid_by is PaymentMethod.LOCAL_GATEWAY


def test_what_is_not_known_is_left_out() -> None:
    event = DossierSubmitted.model_validate(DossierSubmitted.example | {"applicant": None, "components": None})
    message = dossier_message(dossier(after_event(Record(), event, AT), None))
    assert sorted(message) == sorted(
        [
            "MaHoSo", "MaTTHC", "KenhThucHien", "NgayNopHoSo", "NgayHenTra", "TrangThaiHoSo", "DonViXuLy", "NoiNopHoSo",
            "TaiKhoanDuocXacThucVoiVNeID",
        ]
    )  # fmt: skip


@pytest.mark.parametrize(("number", "kind"), [("001190000001", "1"), ("012345678", "2"), ("B1234567", None)])
def test_the_kind_of_an_identity_number_is_told_by_its_length(number: str, kind: str | None) -> None:
    applicant = {"kind": 1, "personalId": number, "fullName": "TRẦN THỊ VÍ DỤ"}
    event = DossierSubmitted.model_validate(DossierSubmitted.example | {"applicant": applicant})
    message = dossier_message(dossier(after_event(Record(), event, AT)))
    assert [one["LoaiDinhDanh"] for one in message.get("DinhDanhCHS", [])] == ([kind] if kind else [])


def test_a_summary_has_at_most_a_thousand_characters_and_a_handler_fifty() -> None:
    applicant = {"kind": int(ApplicantKind.BUSINESS), "fullName": "C" * 2000}
    event = DossierSubmitted.model_validate(DossierSubmitted.example | {"applicant": applicant})
    assert len(dossier_message(dossier(after_event(Record(), event, AT)))["TrichYeuHoSo"]) == 1000
    accepted = DossierAccepted.model_validate(DossierAccepted.example | {"acceptedBy": "x" * 80})
    (step,) = after_event(Record(), accepted, AT).snapshot.steps
    assert len(step_message(CODE, "00004", step)["NguoiXuLy"]) == 50


def test_steps_are_told_once_in_order_each_with_the_status_at_it() -> None:
    steps = untold_steps(dossier(told(way())), {1, 2})
    assert [(step.version, step.status) for step in steps] == [(3, 1), (4, 2), (5, 2), (6, 9), (7, 10)]
    assert step_message(CODE, "00004", steps[1]) == {
        "MaHoSo": CODE,
        "NguoiXuLy": "officer-1",
        "ThoiDiemXuLy": "20261013050509",
        "PhongBanXuLy": "00004",
        "NoiDungXuLy": "Được tiếp nhận",
        "TrangThai": "2",
        "NgayKetThucTheoQuyDinh": "20261014170000",
    }
    assert steps[2].words == "Gia hạn: Chờ kết quả xác minh của nơi cư trú trước đây"


def test_the_portals_own_record_is_held_against_ours_field_by_field() -> None:
    one = dossier(told(way()))
    theirs = dossier_message(one)
    assert standings([one], [theirs]) == {CODE: Standing.SAME}
    assert standings([one], [{"MaHoSo": CODE, "TrangThaiHoSo": 10}]) == {CODE: Standing.SAME}  # shows less, as numbers
    assert standings([one], [theirs | {"TrangThaiHoSo": "4"}]) == {CODE: Standing.STALE}
    assert standings([one], [theirs | {"NgayTuChoi": "20261013020509"}]) == {CODE: Standing.STALE}
    assert standings([one], []) == {CODE: Standing.MISSING}


def test_times_are_hanoi_times_of_fourteen_digits() -> None:
    assert moment(datetime(2026, 12, 31, 17, 0, tzinfo=UTC)) == "20270101000000"
    assert moment(None) is None
