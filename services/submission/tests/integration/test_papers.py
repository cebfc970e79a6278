"""The papers of a dossier: which step gives which, kept as issued, checked by anyone; the control sheet is the desk's."""

import asyncio
import hashlib
from datetime import timedelta
from io import BytesIO
from typing import Any

import pypdf
import pypdfium2  # type: ignore[import-untyped]  # ships no py.typed marker
import pytest
import zxingcpp
from sqlalchemy import text

from services.submission.tests.conftest import Desk
from services.submission.tests.counter import (
    ELSEWHERE,
    ONE_STOP,
    OWNER,
    PATH,
    accepted,
    at_the_counter,
    done,
    finished,
    with_paper,
)  # fmt: skip
from submission.handlers.clocks import lapse_supplements
from tests.support.counting import counted
from tests.support.identities import agency, citizen

ODD = "<b>'; DROP TABLE papers;--</b> $tracking {0} %s"


async def act(desk: Desk, code: str, what: str, **body: Any) -> None:
    await done(desk, await desk.post(f"{PATH}/{code}/{what}", ONE_STOP, body or None))


async def papers(desk: Desk, code: str, caller: dict[str, str] = OWNER) -> list[str]:
    return [paper["id"] for paper in (await done(desk, await desk.get(f"{PATH}/{code}/papers", caller)))["papers"]]


async def pdf(desk: Desk, code: str, paper: str, caller: dict[str, str] = OWNER) -> bytes:
    answer = await desk.get(f"{PATH}/{code}/papers/{paper}", caller)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf"), answer.text
    return answer.content


def words(paper: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(paper)).pages).split())


def qr_of(paper: bytes) -> str:
    (code,) = zxingcpp.read_barcodes(pypdfium2.PdfDocument(paper)[0].render(scale=3).to_pil())
    return code.text


async def asked(desk: Desk, reason: str = "Ảnh mờ, đề nghị chụp lại") -> str:
    """A dossier whose supplement is awaited: version 3, since the fee that was none made version 2."""
    await desk.hear(with_paper())
    code = await at_the_counter(desk)
    await act(desk, code, "supplement-request", reason=reason, components=["giay-to-tuy-than"])
    return code


async def test_each_step_gives_its_paper_and_says_why(desk: Desk) -> None:
    """R-180."""
    code = await asked(desk, reason=ODD)
    assert await papers(desk, code) == ["01-1", "02-3"]
    said = words(await pdf(desk, code, "02-3"))
    for part in (
        "PHIẾU YÊU CẦU BỔ SUNG HỒ SƠ",
        ODD,
        "Giấy tờ tùy thân",
        "lần thứ: 1",
        f"Số: {code}/02-3",
        "TRẦN THỊ VÍ DỤ",
    ):
        assert part in said
    assert "Bổ sung chậm nhất: 17 giờ 00, ngày 21 tháng 10 năm 2026" in said


@pytest.mark.parametrize(
    ("what", "body", "paper", "title"),
    [
        ("refusal", {"reason": "Không thuộc thẩm quyền"}, "03-3", "PHIẾU TỪ CHỐI TIẾP NHẬN GIẢI QUYẾT HỒ SƠ"),
        ("extension", {"workingDays": 2, "reason": "Chờ xác minh"}, "04-4", "PHIẾU XIN LỖI VÀ ĐỀ NGHỊ GIA HẠN"),
        ("stop", {"reason": "Người yêu cầu đã mất"}, "05-4", "THÔNG BÁO DỪNG GIẢI QUYẾT HỒ SƠ"),
    ],
)
async def test_what_the_desk_decides_is_given_in_writing(
    desk: Desk, what: str, body: dict[str, Any], paper: str, title: str
) -> None:
    code = await (at_the_counter(desk) if what == "refusal" else accepted(desk))
    await act(desk, code, what, **body)
    assert await papers(desk, code) == ["01-1", paper]
    said = words(await pdf(desk, code, paper))
    assert title in said
    assert body["reason"] in said


async def test_the_apology_names_the_old_time_and_the_new(desk: Desk) -> None:
    code = await accepted(desk)
    await act(desk, code, "extension", workingDays=2, reason="Chờ xác minh")
    said = words(await pdf(desk, code, "04-4"))
    assert "đã hẹn trả kết quả: 17 giờ 00, ngày 15 tháng 10 năm 2026" in said
    assert "trả kết quả mới: 17 giờ 00, ngày 19 tháng 10 năm 2026" in said


async def test_who_let_the_time_to_supplement_pass_gets_the_refusal_in_writing(desk: Desk) -> None:
    code = await asked(desk)
    desk.clock.advance(timedelta(days=20))
    await lapse_supplements(desk.runtime.database)
    assert await papers(desk, code) == ["01-1", "02-3", "03-4"]


async def test_a_paper_says_what_its_step_said_whenever_it_is_fetched(desk: Desk) -> None:
    """R-180: Two dossiers go the same way; of one the papers are fetched at once, of the other at the end: they say the same."""
    at_once, late = await asked(desk), await at_the_counter(desk)
    await act(desk, late, "supplement-request", reason="Ảnh mờ, đề nghị chụp lại", components=["giay-to-tuy-than"])
    early = {paper: words(await pdf(desk, at_once, paper)) for paper in ("01-1", "02-3")}
    desk.clock.advance(timedelta(days=2))
    for code in (at_once, late):
        await act(desk, code, "supplement", note="Đã xem bản chính")
        await act(desk, code, "supplement-request", reason="Lại mờ")
        await act(desk, code, "supplement", note="Đã xem bản chính")
        await act(desk, code, "acceptance")
        await act(desk, code, "extension", workingDays=1, reason="Chờ xác minh")
    for paper, said in early.items():
        assert (
            words(await pdf(desk, late, paper)).split("Quét mã")[0] == said.replace(at_once, late).split("Quét mã")[0]
        )
    assert await papers(desk, late) == ["01-1", "02-3", "02-5", "04-8"]
    assert "lần thứ: 2" in words(await pdf(desk, late, "02-5"))


async def test_a_paper_is_given_byte_for_byte_as_it_was_issued(desk: Desk) -> None:
    """R-180."""
    code = await finished(desk)
    first = await pdf(desk, code, "01-1")
    async with desk.runtime.database.begin() as uow:
        await uow.execute(text('UPDATE dossiers SET applicant = applicant || \'{"full_name": "NGƯỜI KHÁC"}\''))
        await uow.commit(None)
    answer = await desk.get(f"{PATH}/{code}/papers/01-1", ONE_STOP)
    assert answer.content == first
    assert answer.headers["ETag"] == f'"{hashlib.sha256(first).hexdigest()}"'
    assert (await desk.get(f"{PATH}/{code}/receipt", OWNER)).content == first
    again = await desk.get(f"{PATH}/{code}/receipt", OWNER, If_None_Match=answer.headers["ETag"])
    assert (again.status_code, again.content) == (304, b"")


async def test_two_who_ask_first_at_once_get_the_same_paper(desk: Desk) -> None:
    code = await finished(desk)
    given = await asyncio.gather(*(pdf(desk, code, "01-1", caller) for caller in (OWNER, ONE_STOP) * 4))
    assert len(set(given)) == 1


async def test_the_slip_leads_to_the_status_and_every_paper_to_its_check(desk: Desk) -> None:
    """R-181."""
    code = await asked(desk)
    slip, request = await pdf(desk, code, "01-1"), await pdf(desk, code, "02-3")
    tracking = qr_of(slip)
    assert tracking.startswith(f"http://127.0.0.1:8080/api/submission/v1/dossiers/{code}/tracking?secret=")
    assert (await desk.get(tracking.split("/api/submission")[1])).status_code == 200
    check = qr_of(request).split("/api/submission")[1]
    body = await done(desk, await desk.get(f"{check}?sha256={hashlib.sha256(request).hexdigest().upper()}"))
    assert body == {
        "issued": True,
        "kind": "02",
        "name": "Phiếu yêu cầu bổ sung hồ sơ",
        "number": f"{code}/02-3",
        "dossierCode": code,
        "issuedAt": "2026-10-12T03:00:00Z",
        "sha256": hashlib.sha256(request).hexdigest(),
        "matches": True,
    }
    assert (await desk.get(f"{check}?sha256={hashlib.sha256(slip).hexdigest()}")).json()["matches"] is False
    page = await desk.get(check, Accept="text/html,application/xhtml+xml")
    assert page.headers["Content-Type"].startswith("text/html")
    assert f"{code}/02-3" in page.text
    assert "VÍ DỤ" not in page.text


@pytest.mark.parametrize("secret", ["0" * 32, "x", "%00", "1' OR 1=1--"])
async def test_a_paper_that_was_never_issued_is_not_confirmed(desk: Desk, secret: str) -> None:
    await pdf(desk, await finished(desk), "01-1")
    answer = await desk.get(f"/v1/papers/{secret}/check")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/paper-not-found")


async def test_the_control_sheet_shows_each_handover_and_is_the_desks(desk: Desk) -> None:
    """R-182."""
    code = await accepted(desk)
    assert await papers(desk, code, ONE_STOP) == ["01-1", "06-3"]
    said = words(await pdf(desk, code, "06-3", ONE_STOP))
    for part in ("PHIẾU KIỂM SOÁT QUÁ TRÌNH GIẢI QUYẾT HỒ SƠ", "Cán bộ typist", "Cán bộ officer-1", "được tiếp nhận"):
        assert part in said
    await act(desk, code, "finish")
    assert await papers(desk, code, ONE_STOP) == ["01-1", "06-3", "06-4"]
    assert "đã xử lý xong" not in words(await pdf(desk, code, "06-3", ONE_STOP))
    assert await papers(desk, code) == ["01-1"]
    assert (await desk.get(f"{PATH}/{code}/papers/06-3", OWNER)).status_code == 404


async def test_papers_that_no_step_gave_are_not_there(desk: Desk) -> None:
    code = await finished(desk)
    for paper in ("02-1", "01-2", "01-3", "01-99", "06-99", "06-2", "07-1", "1", "01-0", "%00"):
        answer = await desk.get(f"{PATH}/{code}/papers/{paper}", ONE_STOP)
        assert (paper, answer.status_code) == (paper, 404)


async def test_papers_are_for_who_may_see_the_person(desk: Desk) -> None:
    code = await finished(desk)
    for path in (f"{PATH}/{code}/papers", f"{PATH}/{code}/papers/01-1"):
        for stranger in (citizen("001190000002"), ELSEWHERE, agency("submission:read")):
            assert (await desk.get(path, stranger)).status_code == 404
        assert (await desk.get(path)).status_code == 401


async def test_a_reader_leaves_a_trace_and_the_owner_none(desk: Desk) -> None:
    code = await finished(desk)
    await pdf(desk, code, "01-1")
    await pdf(desk, code, "01-1", ONE_STOP)
    async with desk.runtime.database.begin() as uow:
        reads = (await uow.execute(text("SELECT reader, what, dossier_code FROM person_reads"))).all()
    assert [tuple(row) for row in reads] == [("officer-1", "paper 01", code)]


async def test_a_paper_costs_two_statements_once_it_is_issued(desk: Desk) -> None:
    code = await finished(desk)
    await pdf(desk, code, "01-1")
    for path, caller, number in (
        ("papers/01-1", OWNER, 2),
        ("receipt", OWNER, 2),
        ("papers", OWNER, 2),
        ("papers", ONE_STOP, 3),
    ):
        with counted(desk.runtime.database) as statements:
            assert (await desk.get(f"{PATH}/{code}/{path}", caller)).status_code == 200
        assert len(statements) == number, statements


async def test_what_was_erased_is_neither_given_nor_made_up(desk: Desk) -> None:
    kept, never = await finished(desk), await finished(desk)
    await pdf(desk, kept, "01-1")
    async with desk.runtime.database.begin() as uow:
        await uow.execute(text("UPDATE papers SET pdf = NULL"))
        await uow.execute(text("UPDATE dossiers SET owner = 'đã xóa'"))
        await uow.commit(None)
    for code in (kept, never):
        answer = await desk.get(f"{PATH}/{code}/papers/01-1", ONE_STOP)
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/paper-erased")
