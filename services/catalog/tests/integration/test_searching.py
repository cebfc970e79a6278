"""Finding a procedure over HTTP: by words, as of a day, at a commune, and fresh whoever changed the catalogue."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from catalog.app import SERVICE
from chassis.service import Runtime, create_app
from services.catalog.tests.conftest import Catalogue
from tests.support import identities
from tests.support.counting import counted

SEARCH = "/v1/procedures/search"


async def items(client: httpx.AsyncClient, **query: str | int) -> list[dict[str, Any]]:
    answer = await client.get(SEARCH, params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def codes(client: httpx.AsyncClient, **query: str | int) -> list[str]:
    return [item["code"] for item in await items(client, **query)]


async def test_a_slip_still_finds_the_procedure_and_the_answer_says_why(shelf: Catalogue) -> None:
    best = (await items(shelf.client, q="kahi sinh", unit="00004"))[0]
    assert (best["code"], best["channels"]) == ("1.001193", [1, 2])
    by_name = next(reason for reason in best["reasons"] if reason["matched"] == "name")
    assert by_name["words"][0] == {"typed": "kahi", "word": "khai", "how": "typo"}
    assert by_name["vi"] == "Khớp tên thủ tục: “khai” (gõ nhầm “kahi”), “sinh”"
    assert by_name["en"] == "Matches the official name: “khai” (mistyped “kahi”), “sinh”"
    assert [by_name["text"][start:end] for start, end in by_name["highlights"]] == ["khai", "sinh"]


async def test_search_is_as_of_the_day_and_the_commune_of_that_day(shelf: Catalogue) -> None:
    of_2016 = await codes(shelf.client, q="khai sinh", on="2016-08-15", unit="00124")
    assert of_2016
    assert all(code.startswith("hn2016-birth-") for code in of_2016)
    assert await codes(shelf.client, q="khai sinh", on="2016-08-15", unit="00631") != []
    assert "3.000722" not in await codes(shelf.client, q="liên thông khai sinh", on="2026-08-31", limit=50)
    assert "3.000722" in await codes(shelf.client, q="liên thông khai sinh", limit=50)


async def test_a_channel_a_field_and_a_life_event_narrow_what_is_found(shelf: Catalogue) -> None:
    assert "1.003583" in await codes(shelf.client, q="khai sinh", limit=50)
    assert "1.003583" not in await codes(shelf.client, q="khai sinh", channel=2, limit=50)
    assert await codes(shelf.client, q="khai sinh", field="dat-dai") == []
    of_event = await codes(shelf.client, lifeEvent="ket-hon", limit=50)
    assert {"1.000894", "1.004873"} <= set(of_event)
    assert of_event == sorted(of_event)


async def test_a_commune_that_is_not_there_is_said_to_be_unknown(shelf: Catalogue) -> None:
    for unit, on in (("99999", "2026-11-20"), ("01", "2026-11-20"), ("00004", "2016-08-15")):
        answer = await shelf.client.get(SEARCH, params={"q": "khai sinh", "unit": unit, "on": on})
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-unit")


@pytest.mark.parametrize(
    "query", ["q=%00", "channel=4", "limit=0", "limit=51", "on=2026-13-01", f"q={'a' * 201}", "lifeEvent=%01"]
)
async def test_what_cannot_be_asked_is_refused(shelf: Catalogue, query: str) -> None:
    assert (await shelf.client.get(f"{SEARCH}?{query}")).status_code == 422


async def test_a_search_costs_one_statement_and_one_more_after_a_change(seeded: Catalogue) -> None:
    with counted(seeded.runtime.database) as first:
        await codes(seeded.client, q="khai sinh", unit="00004")
    with counted(seeded.runtime.database) as second:
        await codes(seeded.client, q="khai sinh", unit="00004")
    assert (len(first), len(second)) == (2, 1)


async def test_many_first_searches_at_once_build_one_index(seeded: Catalogue) -> None:
    with counted(seeded.runtime.database) as statements:
        await asyncio.gather(*(codes(seeded.client, q="khai sinh") for _ in range(8)))
    assert sum("LEFT JOIN procedures" in statement for statement in statements) == 1


async def test_what_another_process_published_is_found_by_the_next_search(seeded: Catalogue) -> None:
    """R-108."""
    other = Runtime.of(SERVICE, seeded.runtime.settings, clock=seeded.clock, issuers=identities.ISSUERS)
    transport = httpx.ASGITransport(app=create_app(other))
    editor = identities.officer("catalog-editor", subject="editor-1")
    async with httpx.AsyncClient(transport=transport, base_url="http://catalog") as elsewhere:
        assert (await codes(elsewhere, q="giấy thông hành xe đạp")) == []
        body = [{"MATTHC": "9.000001", "TENTTHC": "Cấp giấy thông hành xe đạp"}]
        answer = await seeded.client.post(
            "/v1/import/procedures",
            params={"format": "national", "publish": "true"},
            json=body,
            headers={**editor, "Idempotency-Key": "bicycles"},
        )
        assert answer.json()["newVersions"] == 1, answer.text
        assert (await codes(elsewhere, q="giay thong hanh xe dap"))[0] == "9.000001"
    await other.close()


async def test_a_version_that_ends_is_no_longer_found(seeded: Catalogue) -> None:
    assert (await codes(seeded.client, q="1.001193")) == ["1.001193"]
    async with seeded.runtime.database.begin() as uow:
        await uow.execute(text("UPDATE procedures SET valid_to = '2026-11-19' WHERE code = '1.001193'"))
        await uow.commit(None)
    assert (await codes(seeded.client, q="1.001193")) == []


async def test_a_change_that_is_rolled_back_is_never_found(seeded: Catalogue) -> None:
    before = await codes(seeded.client, q="khai sinh", limit=50)
    async with seeded.runtime.database.begin() as uow:
        await uow.execute(text("UPDATE procedures SET valid_to = '2026-11-19' WHERE code = '1.001193'"))
    with counted(seeded.runtime.database) as statements:
        assert await codes(seeded.client, q="khai sinh", limit=50) == before
    assert len(statements) == 1, "nothing was committed, so nothing is built anew"
