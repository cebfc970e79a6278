"""Agencies: read in either notation, kept by editors, stated whole."""

from typing import Any

import httpx
import pytest

from services.catalog.tests.conftest import Catalogue
from tests.support import identities
from tests.support.counting import counted
from tests.support.events import recorded

EDITOR = identities.officer("catalog-editor", subject="editor-1")


async def put(catalogue: Catalogue, code: str, tag: str | None = None, **changes: Any) -> httpx.Response:
    body = {"name": "Cơ quan ví dụ", "parent": "H26", "validFrom": "2025-07-01", "source": "Ví dụ", **changes}
    headers = {**EDITOR} | ({"If-Match": tag} if tag else {})
    return await catalogue.client.put(f"/v1/agencies/{code}", json=body, headers=headers)


async def test_an_agency_is_read_in_either_notation(seeded: Catalogue) -> None:
    await put(seeded, "000.17.22.H26")
    for code in ("H26.22.17", "000.17.22.H26"):
        body = (await seeded.client.get(f"/v1/agencies/{code}")).json()
        assert (body["code"], body["formerCode"], body["parent"]) == ("H26.22.17", "000.17.22.H26", "H26")
    listed = (await seeded.client.get("/v1/agencies", params={"parent": "000.00.00.H26"})).json()["items"]
    assert [item["code"] for item in listed] == ["H26.22.17"]


async def test_the_ministries_and_the_province_are_listed(shelf: Catalogue) -> None:
    items = (await shelf.client.get("/v1/agencies")).json()["items"]
    assert {"G01", "G15", "G24", "H26"} <= {item["code"] for item in items}
    first = (await shelf.client.get("/v1/agencies", params={"limit": 20})).json()
    rest = (await shelf.client.get("/v1/agencies", params={"cursor": first["nextCursor"]})).json()
    assert [item["code"] for item in first["items"] + rest["items"]] == [item["code"] for item in items]


async def test_a_change_states_the_whole_list(seeded: Catalogue) -> None:
    before = len(await recorded(seeded.runtime))
    with counted(seeded.runtime.database) as statements:
        added = await put(seeded, "H26.05", unit="00004")
    assert (added.status_code, added.json()["formerCode"]) == (201, "000.00.05.H26")
    assert len(statements) <= 8
    (event,) = (await recorded(seeded.runtime))[before:]
    assert (event["type"], event["subject"]) == ("vn.gov.hanoi.catalog.agencies-published.v1", "01")
    assert event["data"]["version"] == 2
    stated = {agency["code"]: agency for agency in event["data"]["agencies"]}
    assert (stated["H26.05"]["unit"], len(stated)) == ("00004", 25)


async def test_an_agency_is_replaced_upon_what_was_read_of_it(seeded: Catalogue) -> None:
    first = await put(seeded, "H26.05")
    replaced = await put(seeded, "H26.05", first.headers["etag"], name="Tên mới")
    assert (replaced.status_code, replaced.json()["name"]) == (200, "Tên mới")
    assert (await put(seeded, "H26.05", first.headers["etag"], name="Tên khác")).status_code == 412
    assert (await seeded.client.get("/v1/agencies/H26.05")).headers["etag"] == replaced.headers["etag"]


async def test_a_code_becomes_another_agencys_from_a_day_on(seeded: Catalogue) -> None:
    assert (await put(seeded, "G09", parent=None, validFrom="2025-03-01", name="Bộ Nội vụ (mới)")).status_code == 201
    for day, name in (("2025-02-28", "Bộ Nội vụ"), ("2025-03-01", "Bộ Nội vụ (mới)")):
        assert (await seeded.client.get("/v1/agencies/G09", params={"on": day})).json()["name"] == name
    overlapping = await put(seeded, "G09", parent=None, validFrom="2025-01-01")
    assert (overlapping.status_code, overlapping.json()["type"]) == (409, "/problems/agency-overlaps")


@pytest.mark.parametrize(
    ("code", "changes", "pointer"),
    [
        ("H26.5", {}, "path:code"),
        ("22.17.H56", {}, "path:code"),
        ("H26.05", {"parent": "H26.99"}, "/parent"),
        ("H26.05", {"parent": "H26.05"}, "/parent"),
        ("H26.05", {"parent": "city hall"}, "/parent"),
        ("H26.05", {"unit": "99999"}, "/unit"),
        ("H26.05", {"name": ""}, "/name"),
        ("H26.05", {"name": "a\u0000"}, "/name"),
        ("H26.05", {"validTo": "2025-06-30"}, "/validTo"),
        ("H26.05", {"surprise": 1}, "/surprise"),
    ],
)
async def test_what_is_wrong_in_an_agency_is_pointed_at(
    seeded: Catalogue, code: str, changes: dict[str, Any], pointer: str
) -> None:
    answer = await put(seeded, code, **changes)
    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_an_agency_that_is_not_there_is_said_not_to_be(shelf: Catalogue) -> None:
    answer = await shelf.client.get("/v1/agencies/H26.22")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-agency")
    assert (await shelf.client.get("/v1/agencies/nonsense")).status_code == 422
    assert (await shelf.client.get("/v1/agencies/H26", params={"on": "2016-01-01"})).status_code == 404
