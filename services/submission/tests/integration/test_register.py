"""The register of a unit as a page, CSV and XLSX, and the gaps in its numbers: complete, ordered, guarded, traced."""

import csv
from datetime import date, timedelta
from io import BytesIO, StringIO
from typing import Any

import openpyxl
import pytest
from sqlalchemy import text

from chassis.auth import Kind, Principal
from services.submission.tests.conftest import BA_DINH, CAU_GIAY, Desk
from services.submission.tests.counter import ELSEWHERE, ONE_STOP, OWNER, PATH, at_the_counter, done, finished
from submission.domain.register import COLUMNS
from submission.handlers.register import period_of, read_whole
from submission.papers.register import csv_of
from tests.support.counting import counted
from tests.support.identities import citizen, officer

REGISTER = f"/v1/register?unit={BA_DINH}&from=2026-10-12&to=2026-10-16"
GAPS = "/v1/register/gaps?from=2026-10-12&to=2026-10-16"
EVIL = '=HYPERLINK("http://evil.example";"x")'


async def sql(desk: Desk, statement: str) -> list[Any]:
    async with desk.runtime.database.begin() as uow:
        result = await uow.execute(text(statement))
        rows = list(result.all()) if result.returns_rows else []
        return await uow.commit(rows)


async def as_csv(desk: Desk, address: str = REGISTER) -> list[list[str]]:
    answer = await desk.get(f"{address}&format=csv", ONE_STOP)
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(StringIO(answer.content.decode("utf-8-sig"))))


async def as_xlsx(desk: Desk) -> list[list[str]]:
    answer = await desk.get(f"{REGISTER}&format=xlsx", ONE_STOP)
    assert answer.status_code == 200, answer.text
    assert 'filename="so-theo-doi-2026-10-12-2026-10-16.xlsx"' in answer.headers["Content-Disposition"]
    sheet = openpyxl.load_workbook(BytesIO(answer.content)).active
    assert sheet is not None
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} == {"s"}
    return [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]


async def test_the_register_tells_the_whole_way_of_a_dossier(desk: Desk) -> None:
    code = await finished(desk, EVIL)
    await done(desk, await desk.post(f"{PATH}/{code}/return", ONE_STOP))
    refused = await at_the_counter(desk, "LÊ THỊ VÍ DỤ", "001190000002")
    await done(desk, await desk.post(f"{PATH}/{refused}/refusal", ONE_STOP, {"reason": 'Thiếu, "giấy"\nchứng sinh'}))
    head, first, second = await as_csv(desk)
    assert head == list(COLUMNS)
    assert first == [
        "1", code, "2.000635", "Cấp bản sao trích lục hộ tịch", f"'{EVIL}", "12/10/2026 10:00", "15/10/2026 17:00",
        "10 đã trả kết quả", "12/10/2026 10:00", "12/10/2026 10:00", "Trực tiếp", "",
    ]  # fmt: skip
    assert (second[1], second[7]) == (refused, "3 không được tiếp nhận")
    assert second[11] == 'Lý do: Thiếu, "giấy"\nchứng sinh'
    sheet = await as_xlsx(desk)
    assert sheet[1][4] == EVIL
    assert [row[1] for row in sheet] == ["Mã hồ sơ", code, refused]
    page = await done(desk, await desk.get(REGISTER, ONE_STOP))
    assert [(line["code"], line["applicant"]) for line in page["items"]] == [(code, EVIL), (refused, "LÊ THỊ VÍ DỤ")]


async def test_every_dossier_stands_in_it_once_in_order_of_receipt(desk: Desk) -> None:
    """R-183."""
    codes = []
    for number in range(8):
        codes.append(await at_the_counter(desk))
        if number % 3 == 0:
            desk.clock.advance(timedelta(hours=1))
        if number % 2:
            await done(desk, await desk.post(f"{PATH}/{codes[-1]}/acceptance", ONE_STOP))
    assert [row[1] for row in (await as_csv(desk))[1:]] == codes
    assert [row[1] for row in (await as_xlsx(desk))[1:]] == codes
    paged, cursor = list[str](), ""
    while True:
        page = await done(desk, await desk.get(f"{REGISTER}&limit=3{cursor}", ONE_STOP))
        paged += [line["code"] for line in page["items"]]
        if "nextCursor" not in page:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert paged == codes
    with counted(desk.runtime.database) as statements:
        rows = await in_batches(desk, 3)
    assert [(row[0], row[1]) for row in rows[1:]] == [(str(place), code) for place, code in enumerate(codes, start=1)]
    assert len(statements) == 6


async def in_batches(desk: Desk, batch: int) -> list[list[str]]:
    """The whole register as CSV, read so many lines at a time."""
    reader = Principal(Kind.OFFICER, "officer-1", roles=frozenset({"one-stop-officer"}))
    period = period_of(reader, BA_DINH, date(2026, 10, 12), date(2026, 10, 16))
    lines = read_whole(period, reader, desk.runtime.database, batch=batch)
    return list(csv.reader(StringIO(b"".join([part async for part in csv_of(lines)]).decode("utf-8-sig"))))


async def test_only_the_days_and_the_unit_asked_for(desk: Desk) -> None:
    monday = await at_the_counter(desk)
    desk.clock.advance(timedelta(hours=14))  # midnight in Hanoi: Tuesday
    tuesday = await at_the_counter(desk)
    one_day = f"/v1/register?unit={BA_DINH}&from=2026-10-13&to=2026-10-13"
    assert [row[1] for row in (await as_csv(desk, one_day))[1:]] == [tuesday]
    assert [row[1] for row in (await as_csv(desk))[1:]] == [monday, tuesday]


async def test_who_may_read_it(desk: Desk) -> None:
    await at_the_counter(desk)
    refused = await desk.get(REGISTER, ELSEWHERE)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/unit-not-served")
    assert (await desk.get(REGISTER, OWNER)).status_code == 403
    assert (await desk.get(REGISTER)).status_code == 401
    assert (
        await desk.get(f"/v1/register?unit={CAU_GIAY}&from=2026-10-12&to=2026-10-16&format=csv", ELSEWHERE)
    ).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "from=2026-10-13&to=2026-10-12",
        "from=x&to=2026-10-12",
        "from=2026-10-12",
        "from=2026-10-12&to=2026-10-16&format=pdf",
    ],
)
async def test_a_period_that_is_none_is_refused(desk: Desk, query: str) -> None:
    assert (await desk.get(f"/v1/register?unit={BA_DINH}&{query}", ONE_STOP)).status_code == 422


@pytest.mark.parametrize("form", ["json", "csv", "xlsx"])
async def test_a_unit_that_no_database_can_hold_is_refused_before_the_file_begins(desk: Desk, form: str) -> None:
    everywhere = officer("one-stop-officer", subject="officer-9")
    address = f"/v1/register?unit=%00&from=2026-10-12&to=2026-10-16&format={form}"
    answer = await desk.get(address, everywhere)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "query:unit")


async def test_the_ends_of_the_calendar_are_days_too(desk: Desk) -> None:
    code = await at_the_counter(desk)
    rows = await as_csv(desk, f"/v1/register?unit={BA_DINH}&from=0001-01-01&to=9999-12-31")
    assert [row[1] for row in rows[1:]] == [code]
    assert (await desk.get("/v1/register/gaps?from=0001-01-01&to=9999-12-31", ONE_STOP)).status_code == 422


async def test_each_person_shown_finds_the_reading(desk: Desk) -> None:
    await at_the_counter(desk)
    await at_the_counter(desk, "LÊ THỊ VÍ DỤ", "001190000002")
    await done(desk, await desk.get(f"{REGISTER}&limit=1", ONE_STOP))
    assert [row[0] for row in await sql(desk, "SELECT subject FROM person_reads WHERE what = 'register'")] == [
        "001190000001"
    ]
    await as_csv(desk)
    readers = await sql(desk, "SELECT subject, reader FROM person_reads WHERE what = 'register' ORDER BY position")
    assert [tuple(row) for row in readers[1:]] == [("001190000001", "officer-1"), ("001190000002", "officer-1")]


async def test_a_page_costs_two_statements(desk: Desk) -> None:
    for _ in range(7):
        await at_the_counter(desk)
    with counted(desk.runtime.database) as statements:
        await done(desk, await desk.get(f"{REGISTER}&limit=5", ONE_STOP))
    assert len(statements) == 2


async def test_numbers_without_a_dossier_are_explained(desk: Desk) -> None:
    """R-183."""
    first = await at_the_counter(desk)
    assert (await done(desk, await desk.get(GAPS, ONE_STOP)))["items"] == []
    await sql(desk, "SELECT nextval('dossier_number') FROM generate_series(1, 3)")
    second = await at_the_counter(desk)
    await sql(desk, "SELECT nextval('dossier_number')")
    desk.clock.advance(timedelta(days=1))
    third = await at_the_counter(desk)
    gaps = (await done(desk, await desk.get(GAPS, ONE_STOP)))["items"]
    assert [(gap["after"], gap["before"], gap["count"]) for gap in gaps] == [(first, second, 3), (second, third, 1)]
    number = int(first.rpartition("-")[2])
    assert (gaps[0]["first"], gaps[0]["last"]) == (number + 1, number + 3)
    assert "không hoàn tất" in gaps[0]["explanation"]["vi"]
    page = await done(desk, await desk.get(f"{GAPS}&limit=1", ONE_STOP))
    rest = await done(desk, await desk.get(f"{GAPS}&limit=1&cursor={page['nextCursor']}", ONE_STOP))
    assert page["items"] + rest["items"] == gaps
    tuesday = await desk.get("/v1/register/gaps?from=2026-10-13&to=2026-10-13", ONE_STOP)
    assert tuesday.json()["items"] == []
    assert (await desk.get(GAPS, citizen())).status_code == 403


async def test_a_filing_that_is_refused_leaves_no_gap(desk: Desk) -> None:
    await at_the_counter(desk)
    wrong = await desk.post(PATH, ONE_STOP, {"procedure": "2.000635", "unit": BA_DINH, "form": {}})
    assert wrong.status_code == 422
    await at_the_counter(desk)
    assert (await done(desk, await desk.get(GAPS, ONE_STOP)))["items"] == []
