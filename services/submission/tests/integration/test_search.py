"""The desk's search: what finds a dossier, who may look where, and that every look leaves its trace."""

from typing import Any

import pytest
from sqlalchemy import text

from services.submission.tests.conftest import BIRTH, CAU_GIAY, EXTRACT, Desk
from services.submission.tests.counter import ELSEWHERE, ONE_STOP, OWNER, PATH, accepted, at_the_counter, done
from services.submission.tests.integration.test_intake import FILING
from submission.domain.retention import ERASED
from submission.handlers.search import index_all
from tests.support.counting import counted
from tests.support.identities import agency, citizen, officer

SEARCH = "/v1/desk/search"
ACCESSES = "/v1/me/data-accesses"


async def found(desk: Desk, q: str, caller: dict[str, str] = ONE_STOP, **more: Any) -> list[str]:
    answer = await desk.client.get(SEARCH, params={"q": q} | more, headers=caller)
    return [item["code"] for item in (await done(desk, answer))["items"]]


@pytest.mark.parametrize("q", ["Đặng Thị Mẫu", "dang thi mau", "DANG MAU", "mẫu đặng", "đặng th", "thị m"])
async def test_a_name_is_found_with_and_without_accents(desk: Desk, q: str) -> None:
    code = await at_the_counter(desk, "ĐẶNG THỊ MẪU")
    await at_the_counter(desk, "TRẦN VĂN KHÁC", "001190000002")
    assert await found(desk, q) == [code]


async def test_a_code_is_found_by_any_piece_that_begins_at_a_dash(desk: Desk) -> None:
    code = await at_the_counter(desk)
    _, day, number = code.split("-")
    for q in (code, code.lower(), code[:-2], f"{day}-{number}", number, number.lstrip("0")):
        assert await found(desk, q) == [code], q
    assert await found(desk, "H26-19991231") == []


async def test_a_personal_id_is_found_whole_only(desk: Desk) -> None:
    code = await at_the_counter(desk)
    assert await found(desk, "001190000001") == [code]
    assert await found(desk, "00119000000") == []


@pytest.mark.parametrize("q", ["0912345678", "+84 912 345 678", "0912.345.678"])
async def test_a_phone_is_found_however_it_is_written(desk: Desk, q: str) -> None:
    code = await at_the_counter(desk, contact={"phone": "0912345678"})
    await at_the_counter(desk)
    assert await found(desk, q) == [code]


async def test_a_procedure_is_found_by_its_name_and_narrows_by_its_code(desk: Desk) -> None:
    extract = await at_the_counter(desk, "TRẦN THỊ VÍ DỤ")
    birth = (await desk.post(PATH, citizen(), FILING)).json()["code"]
    assert await found(desk, "bản sao trích lục") == [extract]
    assert await found(desk, "khai sinh") == [birth]
    assert await found(desk, "ví dụ", procedure=EXTRACT) == [extract]
    assert await found(desk, "ví dụ", procedure=BIRTH) == [birth]


async def test_a_search_is_narrowed_by_status(desk: Desk) -> None:
    new, taken = await at_the_counter(desk), await accepted(desk)
    assert await found(desk, "ví dụ") == [taken, new]
    assert await found(desk, "ví dụ", status=2) == [taken]
    assert await found(desk, "ví dụ", status=[1, 2]) == [taken, new]


async def test_an_officer_finds_only_what_her_units_hold(desk: Desk) -> None:
    mine = await at_the_counter(desk)
    theirs = (await desk.post(PATH, citizen(), FILING | {"unit": CAU_GIAY})).json()["code"]
    everywhere = officer("civil-status-officer")
    assert await found(desk, "ví dụ") == [mine]
    assert await found(desk, "001190000001", ELSEWHERE) == [theirs]
    assert await found(desk, theirs) == []
    assert set(await found(desk, "ví dụ", everywhere)) == {mine, theirs}
    assert await found(desk, "ví dụ", everywhere, unit=CAU_GIAY) == [theirs]
    assert (await desk.get(f"{SEARCH}?q=du&unit={CAU_GIAY}", ONE_STOP)).status_code == 403
    for stranger in (OWNER, agency("submission:read"), officer("operator"), officer("cashier")):
        assert (await desk.get(f"{SEARCH}?q=du", stranger)).status_code == 403


@pytest.mark.parametrize("q", ["'; DROP TABLE dossiers; --", "an:* | b", "a'b\\c", "!!", "00004/an", "(&)", "du " * 60])
async def test_whatever_is_typed_is_only_ever_words(desk: Desk, q: str) -> None:
    await at_the_counter(desk)
    answer = await desk.client.get(SEARCH, params={"q": q}, headers=ONE_STOP)
    assert answer.status_code in (200, 422), answer.text


async def test_a_search_goes_on_where_the_page_ended(desk: Desk) -> None:
    filed = [await at_the_counter(desk) for _ in range(5)]
    pages: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(3):
        body = (await desk.client.get(SEARCH, params={"q": "du", "limit": "2"} | cursor, headers=ONE_STOP)).json()
        pages += [item["code"] for item in body["items"]]
        cursor = {"cursor": body.get("nextCursor", "")}
    assert pages == filed[::-1]


async def test_every_person_a_search_showed_can_see_who_looked(desk: Desk) -> None:
    code = await at_the_counter(desk)
    await at_the_counter(desk, "TRẦN VĂN KHÁC", "001190000002")
    assert await found(desk, "ví dụ") == [code]
    (access,) = (await desk.get(ACCESSES, OWNER)).json()["items"]
    assert access == {
        "at": "2026-10-12T03:00:00Z", "dossier": code, "what": "search", "byKind": "officer", "by": "officer-1",
        "agency": "H26", "role": "one-stop-officer", "purpose": "Tra cứu hồ sơ tại bộ phận một cửa",
    }  # fmt: skip
    assert (await desk.get(ACCESSES, citizen("001190000002"))).json()["items"] == []


async def test_only_what_a_page_shows_counts_as_read(desk: Desk) -> None:
    for _ in range(3):
        await at_the_counter(desk)
    await desk.get(f"{SEARCH}?q=du&limit=2", ONE_STOP)
    assert len((await desk.get(ACCESSES, OWNER)).json()["items"]) == 2


async def test_a_search_takes_three_statements_at_most(desk: Desk) -> None:
    await at_the_counter(desk)
    for q, caller, number in (
        ("du", ONE_STOP, 3),
        ("001190000001", ONE_STOP, 2),
        ("du", officer("one-stop-officer"), 4),
    ):
        with counted(desk.runtime.database) as statements:
            assert (await desk.get(f"{SEARCH}?q={q}", caller)).status_code == 200
        assert len(statements) == number, (q, statements)


async def test_what_was_filed_before_there_was_a_search_is_made_findable_once(desk: Desk) -> None:
    old, erased = await at_the_counter(desk, "ĐẶNG THỊ MẪU"), await at_the_counter(desk, "ĐẶNG THỊ CŨ")
    kept = await at_the_counter(desk, "ĐẶNG THỊ MỚI")
    async with desk.runtime.database.begin() as uow:
        await uow.execute(text("DELETE FROM dossier_search WHERE code <> :kept"), {"kept": kept})
        await uow.execute(text("UPDATE dossiers SET owner = :gone WHERE code = :c"), {"gone": ERASED, "c": erased})
        await uow.commit(None)
    assert await found(desk, "dang thi") == [kept]
    assert await index_all(desk.runtime.database, batch=1) == 1
    assert await found(desk, "dang thi") == [kept, old]
    assert await index_all(desk.runtime.database, batch=1) == 0
