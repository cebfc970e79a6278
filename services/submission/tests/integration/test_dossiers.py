"""Looking at dossiers: who sees what, lists page by page, history, the paper."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pypdf
import pypdfium2  # type: ignore[import-untyped]  # ships no py.typed marker
import pytest
import zxingcpp

from contracts.payment import FeeAssessed
from services.submission.tests.conftest import BA_DINH, CAU_GIAY, Desk
from services.submission.tests.integration.test_intake import APPLICANT, FILING, ONE_STOP, PATH
from tests.support.counting import counted
from tests.support.identities import agency, citizen, officer

READER = agency("submission:read")


async def filed(desk: Desk, caller: dict[str, str] | None = None, **change: Any) -> str:
    answer = await desk.post(PATH, caller or citizen(), FILING | change)
    code: str = answer.json()["code"]
    return code


async def test_the_owner_and_the_desk_see_it_whole(desk: Desk) -> None:
    code = await filed(desk)
    for caller in (citizen(), ONE_STOP, officer("civil-status-officer", units=[BA_DINH])):
        body = (await desk.get(f"{PATH}/{code}", caller)).json()
        assert body["person"]["form"] == FILING["form"]
        assert body["status"]["name"] == "mới đăng ký"


async def test_an_agency_sees_the_status_without_the_person(desk: Desk) -> None:
    """R-029"""
    code = await filed(desk)
    answer = await desk.get(f"{PATH}/{code}", READER)
    assert answer.status_code == 200
    assert "person" not in answer.json()
    assert not any(secret in answer.text for secret in ("001190000001", "NGUYỄN", "TRẦN"))


async def test_an_agency_sees_the_person_of_what_it_entered(desk: Desk) -> None:
    caller = agency("submission:read", "submission:write")
    code = await filed(desk, caller, applicant=APPLICANT)
    assert "person" in (await desk.get(f"{PATH}/{code}", caller)).json()
    assert "person" not in (await desk.get(f"{PATH}/{code}", agency("submission:read", client="agency-2"))).json()


@pytest.mark.parametrize("path", ["", "/history", "/receipt"])
async def test_what_is_not_ones_own_is_not_there(desk: Desk, path: str) -> None:
    """R-029"""
    code = await filed(desk)
    strangers = (citizen("001190000002"), officer("one-stop-officer", units=[CAU_GIAY]))
    for caller in strangers:
        answer = await desk.get(f"{PATH}/{code}{path}", caller)
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/dossier-not-found")
    assert (await desk.get(f"{PATH}/{code}{path}")).status_code == 401
    assert (await desk.get(f"{PATH}/{code}{path}", officer("cashier"))).status_code == 403
    assert (await desk.get(f"{PATH}/{code}{path}", agency("payment:read"))).status_code == 403


@pytest.mark.parametrize("code", ["H26-20261012-9999999", "nothing", "%00", "H26-20261012-0000001%0a"])
async def test_no_such_dossier(desk: Desk, code: str) -> None:
    for path, caller in (("", ONE_STOP), ("/tracking", {}), ("/history", ONE_STOP), ("/receipt", ONE_STOP)):
        assert (await desk.get(f"{PATH}/{code}{path}", caller)).status_code == 404


async def test_an_unchanged_dossier_is_not_sent_again(desk: Desk) -> None:
    code = await filed(desk)
    first = await desk.get(f"{PATH}/{code}", citizen())
    again = await desk.get(f"{PATH}/{code}", citizen(), If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    await desk.hear(FeeAssessed(version=1, dossier_code=code, total=0))
    changed = await desk.get(f"{PATH}/{code}", citizen(), If_None_Match=first.headers["ETag"])
    assert (changed.status_code, changed.json()["feeState"]) == (200, "none")
    assert "private" in changed.headers["Cache-Control"]


async def test_looking_takes_one_statement_or_two(desk: Desk) -> None:
    code = await filed(desk)
    await desk.get(f"{PATH}/{code}/receipt", citizen())
    for path, caller, number in (
        (f"{PATH}/{code}", citizen(), 1),
        (PATH, citizen(), 1),
        (PATH, ONE_STOP, 2),
        (f"{PATH}/{code}/history", citizen(), 2),
        (f"{PATH}/{code}/receipt", citizen(), 2),
    ):
        with counted(desk.runtime.database) as statements:
            assert (await desk.get(path, caller)).status_code == 200
        assert len(statements) == number, (path, statements)


async def test_citizens_list_their_own_and_officers_their_units(desk: Desk) -> None:
    mine = await filed(desk)
    other = await filed(desk, citizen("001190000002"), unit=CAU_GIAY)

    async def listed(caller: dict[str, str], query: str = "") -> list[str]:
        answer = await desk.get(f"{PATH}{query}", caller)
        assert answer.status_code == 200
        assert "NGUYỄN" not in answer.text
        return sorted(item["code"] for item in answer.json()["items"])

    assert await listed(citizen()) == [mine]
    assert await listed(officer("one-stop-officer", units=[CAU_GIAY])) == [other]
    assert await listed(officer("one-stop-officer", units=[])) == []
    assert await listed(ONE_STOP) == sorted([mine, other])
    assert await listed(ONE_STOP, "?status=2") == []
    assert await listed(citizen(), "?status=1") == [mine]
    assert (await desk.get(PATH, READER)).status_code == 403
    assert (await desk.get(f"{PATH}?status=11", citizen())).status_code == 422


@pytest.mark.parametrize("caller", [citizen(), ONE_STOP])
async def test_a_list_goes_on_where_the_page_ended(desk: Desk, caller: dict[str, str]) -> None:
    codes = []
    for number in range(7):
        if number % 3:
            desk.clock.advance(timedelta(seconds=1))
        codes.append(await filed(desk))
    found, cursor = list[str](), ""
    while True:
        page = (await desk.get(f"{PATH}?limit=3{cursor}", caller)).json()
        found += [item["code"] for item in page["items"]]
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert found == codes[::-1]


@pytest.mark.parametrize(
    "cursor", ["x", "WyJhIl0", "WyJhIiwiYiJd", "WyIyMDI2LTEwLTEyIiwiSDI2LTIwMjYxMDEyLTAwMDAwMDEiXQ", "W251bGwsbnVsbF0"]
)
async def test_a_cursor_that_is_none_is_refused(desk: Desk, cursor: str) -> None:
    assert (await desk.get(f"{PATH}?cursor={cursor}", citizen())).status_code == 400


async def test_the_receipt_says_when_to_come_back_and_leads_to_the_status(desk: Desk) -> None:
    code = await filed(desk)
    answer = await desk.get(f"{PATH}/{code}/receipt", citizen())
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    words = " ".join(pypdf.PdfReader(BytesIO(answer.content)).pages[0].extract_text().split())
    for said in (
        "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ",
        "PHƯỜNG BA ĐÌNH",
        f"Mã hồ sơ: {code}",
        "TRẦN THỊ VÍ DỤ",
        "Thủ tục đăng ký khai sinh",
        "Thời gian nhận hồ sơ: 10 giờ 00, ngày 12 tháng 10 năm 2026",
        "Thời gian hẹn trả kết quả: 17 giờ 00, ngày 12 tháng 10 năm 2026",
    ):
        assert said in words
    page = pypdfium2.PdfDocument(answer.content)[0].render(scale=3).to_pil()
    (qr,) = zxingcpp.read_barcodes(page)
    secret = (await desk.get(f"{PATH}/{code}", citizen())).json()["person"]["trackingSecret"]
    assert qr.text == f"http://127.0.0.1:8080/api/submission/v1/dossiers/{code}/tracking?secret={secret}"
    again = await desk.get(f"{PATH}/{code}/receipt", citizen(), If_None_Match=answer.headers["ETag"])
    assert again.status_code == 304


async def test_an_agency_does_not_get_anothers_receipt(desk: Desk) -> None:
    code = await filed(desk)
    assert (await desk.get(f"{PATH}/{code}/receipt", READER)).status_code == 404


async def test_the_history_names_officers_to_officers_only(desk: Desk) -> None:
    code = await filed(desk)
    await desk.hear(FeeAssessed(version=1, dossier_code=code, total=0))
    assert (await desk.post(f"{PATH}/{code}/acceptance", ONE_STOP)).status_code == 200
    told = [
        (line["status"]["number"], line["actorKind"], line.get("actor")) for line in await steps(desk, code, ONE_STOP)
    ]
    assert told == [(1, "citizen", None), (2, "officer", "officer-1")]
    assert all("actor" not in line for line in await steps(desk, code, citizen()))


async def steps(desk: Desk, code: str, caller: dict[str, str]) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = (await desk.get(f"{PATH}/{code}/history", caller)).json()["steps"]
    return lines
