"""Keeping up with all dossiers: filters, pages, and a pull that misses nothing that commits late."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from contracts.payment import FeeAssessed
from services.submission.tests.conftest import BA_DINH, BIRTH, CAU_GIAY, Desk
from services.submission.tests.integration.test_intake import APPLICANT, FILING, ONE_STOP, PATH
from submission.queries import changes as changes_sql
from tests.support.counting import counted
from tests.support.identities import agency, citizen, officer

CHANGES = "/v1/changes"
READER = agency("submission:read")


async def filed(desk: Desk, caller: dict[str, str] | None = None, **change: Any) -> str:
    answer = await desk.post(PATH, caller or citizen(), FILING | change)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["code"])


async def page(desk: Desk, query: str = "") -> Any:
    answer = await desk.get(CHANGES + query, READER)
    assert answer.status_code == 200, answer.text
    return answer.json()


def codes(page: Any) -> list[str]:
    return [item["code"] for item in page["items"]]


async def test_dossiers_come_in_the_order_they_changed_without_personal_data(desk: Desk) -> None:
    first, second = await filed(desk), await filed(desk)
    found = await page(desk)
    assert codes(found) == [first, second]
    assert (found["more"], set(found)) == (False, {"items", "nextCursor", "more"})
    assert set(found["items"][0]) == {
        "code", "status", "version", "procedure", "unit", "channel", "receivedAt", "dueAt", "feeState", "changedAt",
    }  # fmt: skip
    fee = FeeAssessed.from_example().model_copy(update={"dossier_code": first})
    await desk.hear(fee)
    later = await page(desk, f"?cursor={found['nextCursor']}")
    assert codes(later) == [first]
    assert later["items"][0]["status"]["number"] == 6
    assert codes(await page(desk, f"?cursor={later['nextCursor']}")) == []


async def test_the_cursor_goes_through_all_and_stays_where_nothing_is(desk: Desk) -> None:
    made = [await filed(desk) for _ in range(5)]
    seen: list[str] = []
    found = await page(desk, "?limit=2")
    while True:
        seen += codes(found)
        if not found["more"]:
            break
        found = await page(desk, f"?limit=2&cursor={found['nextCursor']}")
    assert seen == made
    still = await page(desk, f"?cursor={found['nextCursor']}")
    assert (still["items"], still["nextCursor"]) == ([], found["nextCursor"])
    assert (await page(desk, "?updatedAfter=2999-01-01T00:00:00Z"))["items"] == []


async def test_every_filter_leaves_what_it_says(desk: Desk) -> None:
    online = await filed(desk)
    counter = await filed(desk, ONE_STOP, applicant=APPLICANT, unit=CAU_GIAY)
    desk.clock.advance(timedelta(days=1))
    tomorrow = await filed(desk)
    for query, expected in (
        (f"?procedure={BIRTH}", [online, counter, tomorrow]),
        ("?procedure=9.999999", []),
        (f"?unit={CAU_GIAY}", [counter]),
        (f"?unit={BA_DINH}&channel=2", [online, tomorrow]),
        ("?channel=1", [counter]),
        ("?status=1", [online, counter, tomorrow]),
        ("?status=10", []),
        ("?receivedTo=2026-10-12", [online, counter]),
        ("?receivedFrom=2026-10-13", [tomorrow]),
        ("?receivedFrom=2026-10-13&receivedTo=2026-10-12", []),
        ("?receivedTo=9999-12-31", [online, counter, tomorrow]),
    ):
        assert codes(await page(desk, query)) == expected, query


async def test_what_the_filters_drop_is_passed_by_in_pieces(desk: Desk) -> None:
    made = [await filed(desk) for _ in range(4)]
    wanted = await filed(desk, unit=CAU_GIAY)
    async with desk.runtime.database.begin() as uow:
        start = changes_sql.Wanted((changes_sql.BEGINNING, ""), 50, unit=CAU_GIAY)
        found = await changes_sql.changes(uow, start, through=3)
        assert (list(found.rows), found.more, found.reached[1]) == ([], True, made[2])
    async with desk.runtime.database.begin() as uow:
        going_on = changes_sql.Wanted(found.reached, 50, unit=CAU_GIAY)
        found = await changes_sql.changes(uow, going_on, through=3)
        assert ([row.code for row in found.rows], found.more) == ([wanted], False)


async def test_a_change_that_commits_late_is_not_missed(desk: Desk) -> None:
    before, early, late = await filed(desk), await filed(desk), await filed(desk)
    cursor = (await page(desk))["nextCursor"]
    touch = text("UPDATE dossiers SET version = version + 1, changed_at = clock_timestamp() WHERE code = :code")
    async with desk.runtime.database.begin() as held:
        await held.execute(touch, {"code": early})  # changed first, and seen last
        async with desk.runtime.database.begin() as uow:
            await uow.execute(touch, {"code": late})
            await uow.commit(None)
        during = await page(desk, f"?cursor={cursor}")
        assert codes(during) == []
        await held.commit(None)
    after = await page(desk, f"?cursor={during['nextCursor']}")
    assert codes(after) == [early, late]
    assert before not in codes(after)


@pytest.mark.parametrize(
    ("caller", "status"),
    [({}, 401), (citizen(), 403), (ONE_STOP, 403), (officer("reporter"), 403), (agency("submission:write"), 403)],
)
async def test_it_is_for_agencies_that_may_read(desk: Desk, caller: dict[str, str], status: int) -> None:
    assert (await desk.get(CHANGES, caller)).status_code == status


@pytest.mark.parametrize("cursor", ["x", "W10", "WyIyMDI2IiwgIngiXQ", "WzEsIDJd"])
async def test_a_cursor_of_another_list_is_refused(desk: Desk, cursor: str) -> None:
    assert (await desk.get(f"{CHANGES}?cursor={cursor}", READER)).status_code == 400


async def test_a_pull_takes_two_statements(desk: Desk) -> None:
    await filed(desk)
    with counted(desk.runtime.database) as statements:
        await page(desk)
    assert len(statements) == 2
