"""The Ministry's messages: what is sent, and what every kind of answer is taken for. No server: answers are scripted."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from contracts.civil_registry import BirthDeclaration, BirthRegistrationRequested
from contracts.gateway import MinistryCaseKind
from gateway.adapters.moj import MinistryOfJustice
from gateway.adapters.routes import Routes
from gateway.domain.connection_mode import Mode, Route
from gateway.ports import (
    Accepted,
    Entered,
    OutOfReach,
    OutwardCase,
    Registered,
    Rejected,
    SupplementWanted,
    Unreadable,
    Waiting,
)
from gateway.settings import GatewaySettings

CASE = UUID("01927f5e-0000-7000-8000-0000000000c1")
OTHER = UUID("01927f5e-0000-7000-8000-0000000000c2")
OK = {"status": "1", "statusDescription": "Thành công", "errorCode": "", "errorDescription": ""}

Answer = Callable[[httpx.Request], httpx.Response]


def birth(**changes: Any) -> OutwardCase:
    declaration = BirthRegistrationRequested.example["declaration"] | changes
    received = datetime(2026, 10, 12, 18, 5, 9, tzinfo=UTC)
    declared = BirthDeclaration.model_validate(declaration)
    return OutwardCase(MinistryCaseKind.BIRTH, "H26-42", CASE, "00004", received, declared)


@asynccontextmanager
async def ministry(answer: Answer) -> AsyncIterator[MinistryOfJustice]:
    routes = Routes("moj", [Route("moj", Mode.DIRECT, "http://moj.test")], (1,), now=lambda: datetime.now(UTC))
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        yield MinistryOfJustice(client, routes, GatewaySettings(moj_timeout_seconds=0.2))


def saying(document: Any, status: int = 200) -> Answer:
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return lambda _: httpx.Response(status, content=content)


def polled(**entry: Any) -> dict[str, Any]:
    return OK | {"value": [{"maHoSoLT": str(CASE), "maHoSoMCDT": "H26-42"} | entry]}


async def test_a_push_speaks_the_interchange_of_the_ministry() -> None:
    sent: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content))
        return httpx.Response(200, json=OK)

    async with ministry(answer) as registry:
        assert await registry.submit(birth(father=None)) == Accepted()
    (message,) = sent
    data = json.loads(message.pop("data"))
    assert message == {
        "maDonVi": "H26",
        "module": "LTKS",
        "maHoSoLT": str(CASE),
        "maHoSoMCDT": "H26-42",
        "ngayTiepNhan": "13/10/2026 01:05:09",
        "fileDinhKem": [],
    }
    assert data == {
        "loaiDangKy": 4,
        "noiDangKy": {"maTinh": "01", "maXa": "00004"},
        "soLuongBanSao": 1,
        "nksHoTen": "NGUYỄN THỊ MẪU",
        "nksGioiTinh": 2,
        "nksNgaySinh": "29/07/2026",
        "nksNoiSinh": "Bệnh viện Mẫu, Hà Nội",
        "nksQueQuan": "Hà Nội",
        "nksDanToc": "Kinh",
        "nksQuocTich": "Việt Nam",
        "nksLoaiKhaiSinh": 1,
        "meHoTen": "TRẦN THỊ VÍ DỤ",
        "meNgaySinh": "01/05/1990",
        "meQuocTich": "Việt Nam",
        "meSoDDCN": "001190000001",
        "nycHoTen": "TRẦN THỊ VÍ DỤ",
        "nycQuanHe": "mẹ",
    }


@pytest.mark.parametrize(("child", "code"), [(1, "H26-42"), (2, "H26-42-2"), (6, "H26-42-6")])
async def test_each_twin_is_a_dossier_of_its_own_there(child: int, code: str) -> None:
    sent: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content)["maHoSoMCDT"])
        return httpx.Response(200, json=OK)

    async with ministry(answer) as registry:
        await registry.submit(replace(birth(), child_number=child))
    assert sent == [code]


async def test_text_goes_out_composed_whatever_came_in() -> None:
    sent: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.content)
        return httpx.Response(200, json=OK)

    child = BirthRegistrationRequested.example["declaration"]["child"]
    async with ministry(answer) as registry:
        await registry.submit(birth(child=child | {"fullName": "NGUYE\u0302\u0303N"}))
    assert json.loads(json.loads(sent[0])["data"])["nksHoTen"] == "NGUYỄN"


@pytest.mark.parametrize(
    ("said", "taken_for"),
    [
        (OK, Accepted()),
        ({"status": 1}, Accepted()),
        ({"status": "0", "statusDescription": "Hồ sơ đã được tiếp nhận"}, Accepted()),
        ({"status": "2", "errorDescription": "Mã hồ sơ ĐÃ ĐƯỢC TIẾP NHẬN trước đó"}, Accepted()),
        (
            {"status": "0", "statusDescription": "Không thành công", "errorDescription": "Thiếu họ tên"},
            Rejected(("Thiếu họ tên",)),
        ),
        ({"status": "0", "statusDescription": "Không thành công"}, Rejected(("Không thành công",))),
        ({"status": "0", "errorCode": "E7"}, Rejected(("Mã lỗi E7",))),
        ({"status": "0", "errorDescription": "x" * 9000}, Rejected(("x" * 500,))),
    ],
)
async def test_an_answer_to_a_push_is_taken_or_refused_by_its_status_and_words(said: Any, taken_for: Any) -> None:
    """R-080"""
    async with ministry(saying(said)) as registry:
        assert await registry.submit(birth()) == taken_for


@pytest.mark.parametrize(
    ("document", "status"),
    [
        (b"", 200),
        (b"<html>", 200),
        (b"[]", 200),
        (b"null", 200),
        (b"{}", 200),
        (b'{"status": null}', 200),
        (b"\xff", 200),
        (OK, 201),
        (OK, 302),
        (OK, 401),
        (OK, 404),
        (OK, 429),
        (OK, 500),
        (OK, 503),
    ],
)
async def test_what_is_no_answer_of_the_ministry_is_neither_yes_nor_no(document: Any, status: int) -> None:
    async with ministry(saying(document, status)) as registry:
        with pytest.raises(OutOfReach):
            await registry.submit(birth())
        with pytest.raises(OutOfReach):
            await registry.results(MinistryCaseKind.BIRTH, [CASE])


@pytest.mark.parametrize(
    "failure", [httpx.ConnectError("x"), httpx.ReadTimeout("x"), httpx.RemoteProtocolError("x"), OSError()]
)
async def test_a_broken_connection_is_neither_yes_nor_no(failure: Exception) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise failure

    async with ministry(answer) as registry:
        with pytest.raises(OutOfReach) as raised:
            await registry.submit(birth())
    assert raised.value.reason == type(failure).__name__


@pytest.mark.parametrize(
    ("entry", "result"),
    [
        ({"trangThai": 1}, Waiting()),
        ({"trangThai": 3, "errors": ["noise"]}, Waiting()),
        (
            {"trangThai": 2, "errors": ["Thiếu giấy chứng sinh"], "hanBoSungHoSo": "20/10/2026"},
            SupplementWanted(("Thiếu giấy chứng sinh", "Hạn bổ sung: 20/10/2026"), date(2026, 10, 20)),
        ),
        (
            {
                "trangThai": 4,
                "ketQuaXuLy": {
                    "soDinhDanh": "001326000123",
                    "soDangKy": "45/2026",
                    "quyenSo": "01/2026",
                    "trangSo": 45,
                    "ngayDangKy": "12/10/2026",
                    "giayKhaiSinh": None,
                },
            },
            Registered("001326000123", "45/2026", "01/2026", "45", date(2026, 10, 12)),
        ),
        (
            {"trangThai": "4", "ketQuaXuLy": {"soDinhDanh": "001326000123", "ngayDangKy": "soon"}},
            Registered("001326000123"),
        ),
        ({"trangThai": 6, "errors": ["Trùng", "Sai tên mẹ"]}, Rejected(("Trùng", "Sai tên mẹ"))),
        ({"trangThai": 6, "errors": "Trùng"}, Rejected(("Trùng",))),
        ({"trangThai": 6}, Rejected(("Bộ Tư pháp từ chối, không nêu lý do",))),
        ({"trangThai": 4}, Unreadable("poll entry: trangThai 4 without a result")),
        ({"trangThai": 5}, Unreadable("poll entry: trangThai 5 without a result")),
        ({"trangThai": "soon"}, Unreadable("poll entry: trangThai")),
        ({}, Unreadable("poll entry: trangThai")),
        ({"trangThai": 4, "ketQuaXuLy": {"soDinhDanh": None}}, Unreadable("poll entry: soDinhDanh is not 12 digits")),
        ({"trangThai": 4, "ketQuaXuLy": {"soDinhDanh": "12"}}, Unreadable("poll entry: soDinhDanh is not 12 digits")),
    ],
)
async def test_a_polled_state_is_believed_only_with_what_must_come_with_it(entry: dict[str, Any], result: Any) -> None:
    """R-081"""
    async with ministry(saying(polled(**entry))) as registry:
        assert await registry.results(MinistryCaseKind.BIRTH, [CASE]) == {CASE: result}


@pytest.mark.parametrize("kind", [MinistryCaseKind.DEATH, MinistryCaseKind.MARRIAGE])
@pytest.mark.parametrize(
    ("outcome", "result"),
    [
        (
            {
                "soDinhDanh": None,
                "soDangKy": "45/2026",
                "quyenSo": "01/2026",
                "trangSo": 45,
                "ngayDangKy": "12/10/2026",
            },
            Entered("45/2026", "01/2026", "45", date(2026, 10, 12)),
        ),
        ({"soDangKy": "45/2026"}, Entered("45/2026")),
        ({"soDinhDanh": "001326000123"}, Unreadable("poll entry: soDangKy is missing")),
    ],
)
async def test_a_death_or_marriage_is_registered_by_its_number_in_the_book(
    kind: MinistryCaseKind, outcome: dict[str, Any], result: Any
) -> None:
    """R-253."""
    async with ministry(saying(polled(trangThai=4, ketQuaXuLy=outcome))) as registry:
        assert await registry.results(kind, [CASE]) == {CASE: result}


async def test_an_unreadable_entry_leaves_its_neighbour_alone_and_an_unknown_case_is_left_out() -> None:
    answer = polled(trangThai=1)
    answer["value"] += [{"maHoSoLT": str(OTHER)}, {"maHoSoLT": "of nobody", "trangThai": 4}, {"trangThai": 1}]
    async with ministry(saying(answer)) as registry:
        results = await registry.results(MinistryCaseKind.BIRTH, [CASE, OTHER, UUID(int=1)])
    assert results == {CASE: Waiting(), OTHER: Unreadable("poll entry: trangThai")}


async def test_a_poll_that_is_refused_decides_no_case() -> None:
    async with ministry(saying({"status": "0", "errorCode": "PROVINCE"})) as registry:
        with pytest.raises(OutOfReach, match="poll refused: PROVINCE"):
            await registry.results(MinistryCaseKind.BIRTH, [CASE])


def test_neither_declaration_nor_personal_id_is_in_what_a_log_would_show() -> None:
    shown = repr(birth()) + repr(Registered("001326000123"))
    assert "NGUYỄN" not in shown
    assert "001326000123" not in shown
