"""Lists go on where they stopped, by cursors nobody can bend; reads save bodies, writes do not overwrite another's."""

import base64
import json
from typing import Any

import pytest

from chassis.paging import encode_cursor
from chassis.tests.conftest import Toy
from tests.support import identities

ME = identities.citizen()


def cursor_of(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


async def test_a_list_is_walked_to_its_end_each_row_once(toy: Toy) -> None:
    for number in range(5):
        await toy.add(str(number), key=str(number))
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = (await toy.client.get("/v1/notes", params={"cursor": cursor} if cursor else {}, headers=ME)).json()
        seen += [item["text"] for item in answer["items"]]
        cursor = answer["nextCursor"]
    assert seen == ["0", "1", "2", "3", "4"]


AT = "2026-10-12T03:00:00+00:00"
BENT = [
    "", "!", "é", "a", "=", "W10", "e30", "bnVsbA", "\x00", "[1]",
    *map(cursor_of, [
        [], [AT], [AT, 1, 1], {"a": 1}, "x", None, [1, 1], [AT, "x"], [AT, None], [None, 1], [[AT], 1], [AT, {}], ["\ud800", 1],
        ["a\x00", 1], [AT, 2**63], [AT, float("inf")], [AT, float("nan")], [{}, []],
    ]),
    base64.urlsafe_b64encode(b"[" * 370).decode(),
    encode_cursor((AT, 1))[:-3],
]  # fmt: skip


@pytest.mark.parametrize("cursor", BENT)
async def test_a_bent_cursor_is_400(toy: Toy, cursor: str) -> None:
    answer = await toy.client.get("/v1/notes", params={"cursor": cursor}, headers=ME)
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["pointer"] == "query:cursor"


async def test_a_cursor_too_long_is_422(toy: Toy) -> None:
    assert (await toy.client.get("/v1/notes", params={"cursor": "a" * 501}, headers=ME)).status_code == 422


@pytest.mark.parametrize("limit", [0, -1, 201, 2**63, "x"])
async def test_a_page_has_its_bounds(toy: Toy, limit: object) -> None:
    assert (await toy.client.get("/v1/notes", params={"limit": str(limit)}, headers=ME)).status_code == 422


async def test_what_the_caller_holds_already_is_304_without_a_body(toy: Toy) -> None:
    await toy.add()
    first = await toy.client.get("/v1/notes/1", headers=ME)
    tag = first.headers["etag"]
    for held in (tag, f"W/{tag}", f'"9", {tag}', "*"):
        again = await toy.client.get("/v1/notes/1", headers=ME | {"If-None-Match": held})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert (await toy.client.get("/v1/notes/1", headers=ME | {"If-None-Match": '"9"'})).status_code == 200


async def test_a_change_based_on_what_is_gone_is_refused(toy: Toy) -> None:
    await toy.add()

    async def change(**headers: str) -> Any:
        return await toy.client.put("/v1/notes/1", json={"text": "hai"}, headers=ME | headers)

    assert (await change()).status_code == 428
    assert (await change(**{"If-Match": '"1"'})).json()["version"] == 2
    late = await change(**{"If-Match": '"1"'})
    assert late.status_code == 412
    assert late.json()["currentETag"] == '"2"'
    assert (await change(**{"If-Match": "*"})).json()["version"] == 3
