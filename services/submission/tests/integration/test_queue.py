"""The desk's queue: order, colours, filters, counts; claims and what they hold off; many accepted at once."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from contracts.payment import FeeAssessed
from services.submission.tests.conftest import BA_DINH, CAU_GIAY, EXTRACT, Desk
from services.submission.tests.counter import (
    COLLEAGUE,
    ELSEWHERE,
    FEE,
    ONE_STOP,
    OPERATOR,
    OWNER,
    PATH,
    accepted,
    at_the_counter,
    done,
    finished,
)  # fmt: skip
from services.submission.tests.integration.test_intake import FILING
from submission.handlers.clocks import give_alerts
from tests.support.counting import counted
from tests.support.identities import agency, citizen, officer

QUEUE = "/v1/desk/queue"
BULK = "/v1/desk/bulk-acceptance"


async def queue(desk: Desk, caller: dict[str, str] = ONE_STOP, query: str = "") -> list[dict[str, Any]]:
    body = await done(desk, await desk.get(f"{QUEUE}{query}", caller))
    items: list[dict[str, Any]] = body["items"]
    return items


async def codes(desk: Desk, query: str = "", caller: dict[str, str] = ONE_STOP) -> list[str]:
    return [item["code"] for item in await queue(desk, caller, query)]


async def closed(desk: Desk) -> str:
    code = await finished(desk)
    await done(desk, await desk.post(f"{PATH}/{code}/return", ONE_STOP))
    return code


async def test_the_most_urgent_is_first_and_what_is_closed_is_gone(desk: Desk) -> None:
    later = await at_the_counter(desk)
    sooner = (await desk.post(PATH, citizen(), FILING)).json()["code"]
    await closed(desk)
    assert await codes(desk) == [sooner, later]
    assert await codes(desk, "?sort=received") == [later, sooner]


async def test_a_line_shows_how_the_time_stands_and_nothing_of_a_person(desk: Desk) -> None:
    code = await at_the_counter(desk)
    (line,) = await queue(desk)
    assert (line["code"], line["colour"], line["alerts"], "claimedBy" in line) == (code, "on-time", [], False)
    assert "VÍ DỤ" not in str(line)
    assert "001190000001" not in str(line)
    desk.clock.advance(timedelta(days=2, hours=23))
    assert (await queue(desk))[0]["colour"] == "due-soon"
    desk.clock.advance(timedelta(days=1))
    assert (await queue(desk))[0]["colour"] == "overdue"


async def test_the_queue_shows_the_alerts_of_the_present_due_time(desk: Desk) -> None:
    await at_the_counter(desk)
    desk.clock.advance(timedelta(days=5))
    await give_alerts(desk.runtime.database, desk.runtime.extras["copies"])
    assert "overdue" in (await queue(desk))[0]["alerts"]


async def test_the_queue_is_narrowed_by_status_unit_officer_procedure_and_due_time(desk: Desk) -> None:
    new, taken = await at_the_counter(desk), await accepted(desk)
    birth = (await desk.post(PATH, citizen("001190000002"), FILING | {"unit": CAU_GIAY})).json()["code"]
    await done(desk, await desk.post(f"{PATH}/{taken}/claim", ONE_STOP))
    everywhere = officer("one-stop-officer", subject="officer-9")
    assert set(await codes(desk, "", everywhere)) == {new, taken, birth}
    assert await codes(desk, "?status=2", everywhere) == [taken]
    assert set(await codes(desk, "?status=1&status=2", everywhere)) == {new, taken, birth}
    assert await codes(desk, f"?unit={CAU_GIAY}", everywhere) == [birth]
    assert await codes(desk, "?officer=me") == [taken]
    assert await codes(desk, "?officer=officer-1", everywhere) == [taken]
    assert await codes(desk, "?officer=none") == [new]
    assert set(await codes(desk, f"?procedure={EXTRACT}", everywhere)) == {new, taken}
    assert await codes(desk, "?dueBefore=2026-10-13T00:00:00Z", everywhere) == [birth]
    assert birth not in await codes(desk, "?dueAfter=2026-10-13T00:00:00Z", everywhere)
    assert await codes(desk, "?status=10", everywhere) == []


@pytest.mark.parametrize("sort", ["due", "received"])
async def test_a_queue_goes_on_where_the_page_ended(desk: Desk, sort: str) -> None:
    for _ in range(5):
        await at_the_counter(desk)
    whole = await codes(desk, f"?sort={sort}")
    found: list[str] = []
    cursor = ""
    for _ in range(3):
        page = (await desk.get(f"{QUEUE}?sort={sort}&limit=2{cursor}", ONE_STOP)).json()
        found += [item["code"] for item in page["items"]]
        cursor = f"&cursor={page.get('nextCursor')}"
    assert found == whole
    assert len(whole) == 5
    assert "nextCursor" not in page


@pytest.mark.parametrize("cursor", ["x", "WzEsMl0", "WyIyMDI2LTEwLTEyVDAzOjAwOjAwIiwiSDI2LTIwMjYxMDEyLTAwMDAwNDIiXQ"])
async def test_a_cursor_of_another_kind_is_refused(desk: Desk, cursor: str) -> None:
    answer = await desk.get(f"{QUEUE}?cursor={cursor}", ONE_STOP)
    assert answer.status_code == 400


async def test_nobody_sees_the_queue_of_another_unit(desk: Desk) -> None:
    await at_the_counter(desk)
    assert await codes(desk, "", ELSEWHERE) == []
    refused = await desk.get(f"{QUEUE}?unit={BA_DINH}", ELSEWHERE)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/unit-not-served")
    for stranger in (OWNER, agency("submission:read"), officer("cashier")):
        assert (await desk.get(QUEUE, stranger)).status_code == 403
        assert (await desk.get(f"{QUEUE}/counts", stranger)).status_code == 403


async def test_open_dossiers_are_counted_by_status_with_those_overdue(desk: Desk) -> None:
    await at_the_counter(desk)
    await at_the_counter(desk)
    await accepted(desk)
    await closed(desk)
    desk.clock.advance(timedelta(days=5))
    await at_the_counter(desk)
    body = await done(desk, await desk.get(f"{QUEUE}/counts", ONE_STOP))
    found = {line["status"]["number"]: (line["count"], line["more"], line["overdue"]) for line in body["counts"]}
    assert found == {
        1: (3, False, 2), 2: (1, False, 1), 4: (0, False, 0), 5: (0, False, 0), 6: (0, False, 0), 9: (0, False, 0),
    }  # fmt: skip


async def test_counting_stops_where_nobody_cares_any_more(desk: Desk) -> None:
    await at_the_counter(desk)
    async with desk.runtime.database.begin() as uow:
        columns = (await uow.execute(text(
            "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns"
            " WHERE table_name = 'dossiers' AND column_name <> 'code'"
        ))).scalar_one()  # fmt: skip
        copy = f"INSERT INTO dossiers (code, {columns}) SELECT 'H26-20260101-' || n, {columns} FROM dossiers, generate_series(10001, 11200) n"  # noqa: S608
        await uow.execute(text(copy))
        await uow.commit(None)
    body = await done(desk, await desk.get(f"{QUEUE}/counts", ONE_STOP))
    (new,) = [line for line in body["counts"] if line["status"]["number"] == 1]
    assert (new["count"], new["more"]) == (1000, True)


async def test_the_queue_takes_one_statement_and_one_more_for_who_serves_everywhere(desk: Desk) -> None:
    await at_the_counter(desk)
    for path in (QUEUE, f"{QUEUE}?officer=me", f"{QUEUE}?sort=received&officer=none", f"{QUEUE}/counts"):
        for caller, number in ((ONE_STOP, 1), (officer("one-stop-officer"), 2)):
            with counted(desk.runtime.database) as statements:
                assert (await desk.get(path, caller)).status_code == 200
            assert len(statements) == number, (path, statements)


async def test_a_claimed_dossier_is_left_to_who_claimed_it(desk: Desk) -> None:
    """R-170."""
    code = await at_the_counter(desk)
    before = (await desk.get(f"{PATH}/{code}", ONE_STOP)).headers["ETag"]
    claimed = await desk.post(f"{PATH}/{code}/claim", ONE_STOP, If_Match=before)
    assert claimed.headers["ETag"] != before
    assert (await queue(desk))[0]["claimedBy"] == "officer-1"
    refused = await desk.post(f"{PATH}/{code}/claim", COLLEAGUE)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/claimed-by-another")
    assert (refused.json()["officer"], refused.json()["since"]) == ("officer-1", "2026-10-12 03:00:00+00:00")
    held_off = await desk.post(f"{PATH}/{code}/acceptance", COLLEAGUE)
    assert (held_off.status_code, held_off.json()["type"]) == (409, "/problems/claimed-by-another")
    await done(desk, await desk.post(f"{PATH}/{code}/acceptance", ONE_STOP))


async def test_a_claim_made_twice_changes_nothing(desk: Desk) -> None:
    code = await at_the_counter(desk)
    once = await desk.post(f"{PATH}/{code}/claim", ONE_STOP)
    again = await desk.post(f"{PATH}/{code}/claim", ONE_STOP)
    assert once.headers["ETag"] == again.headers["ETag"]


async def test_a_claim_takes_four_statements(desk: Desk) -> None:
    """The key, the dossier, the claim, the kept answer."""
    code = await at_the_counter(desk)
    for path in ("claim", "release"):
        with counted(desk.runtime.database) as statements:
            await done(desk, await desk.post(f"{PATH}/{code}/{path}", ONE_STOP))
        assert len(statements) == 4, statements


async def test_of_two_officers_who_claim_at_once_one_wins(desk: Desk) -> None:
    code = await at_the_counter(desk)
    answers = await asyncio.gather(*(desk.post(f"{PATH}/{code}/claim", who) for who in (ONE_STOP, COLLEAGUE)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_a_released_dossier_is_anybodys_again(desk: Desk) -> None:
    code = await at_the_counter(desk)
    await done(desk, await desk.post(f"{PATH}/{code}/claim", ONE_STOP))
    assert (await desk.post(f"{PATH}/{code}/release", COLLEAGUE)).status_code == 409
    await done(desk, await desk.post(f"{PATH}/{code}/release", ONE_STOP))
    assert await codes(desk, "?officer=none") == [code]
    await done(desk, await desk.post(f"{PATH}/{code}/claim", COLLEAGUE))


async def test_an_operator_takes_over_and_all_claims_stay_on_record(desk: Desk) -> None:
    code = await at_the_counter(desk)
    await done(desk, await desk.post(f"{PATH}/{code}/claim", ONE_STOP))
    desk.clock.advance(timedelta(hours=1))
    await done(desk, await desk.post(f"{PATH}/{code}/claim", OPERATOR))
    assert (await queue(desk))[0]["claimedBy"] == "operator-1"
    await done(desk, await desk.post(f"{PATH}/{code}/release", OPERATOR))
    async with desk.runtime.database.begin() as uow:
        rows = (await uow.execute(text("SELECT officer, released_by FROM claims ORDER BY position"))).all()
    assert [tuple(row) for row in rows] == [("officer-1", "operator-1"), ("operator-1", "operator-1")]


async def test_what_is_closed_cannot_be_claimed_and_what_is_not_served_is_not_there(desk: Desk) -> None:
    over = await closed(desk)
    assert (await desk.post(f"{PATH}/{over}/claim", ONE_STOP)).json()["type"] == "/problems/wrong-state"
    code = await at_the_counter(desk)
    assert (await desk.post(f"{PATH}/{code}/claim", ELSEWHERE)).status_code == 404
    assert (await desk.post(f"{PATH}/{code}/release", ELSEWHERE)).status_code == 404
    assert (await desk.post(f"{PATH}/{code}/claim", OWNER)).status_code == 403
    assert (await desk.post(f"{PATH}/{code}/claim", ONE_STOP, If_Match='"99"')).status_code == 412


async def test_a_claim_does_not_hold_up_the_handover(desk: Desk) -> None:
    """R-170."""
    code = await finished(desk)
    await done(desk, await desk.post(f"{PATH}/{code}/claim", ONE_STOP))
    await done(desk, await desk.post(f"{PATH}/{code}/return", COLLEAGUE))


async def test_many_are_accepted_and_each_says_what_became_of_it(desk: Desk) -> None:
    good, unassessed, unpaid = [await at_the_counter(desk, free=free) for free in (True, False, False)]
    await desk.hear(FeeAssessed(version=1, dossier_code=unpaid, total=8000, obligation_id=FEE))
    hidden = (await desk.post(PATH, citizen(), FILING | {"unit": CAU_GIAY})).json()["code"]
    wanted = [unassessed, good, hidden, "no code at all", good, unpaid]
    body = await done(desk, await desk.post(BULK, ONE_STOP, {"codes": wanted}))
    assert [(item["code"], item["outcome"]) for item in body["items"]] == [
        (unassessed, "refused"), (good, "accepted"), (hidden, "refused"), ("no code at all", "refused"), (unpaid, "refused"),
    ]  # fmt: skip
    kinds = [item["problem"]["type"].rpartition("/")[2] for item in body["items"] if "problem" in item]
    assert kinds == ["fee-not-assessed-yet", "dossier-not-found", "dossier-not-found", "wrong-state"]
    assert body["items"][1]["state"]["status"]["number"] == 2
    assert [event["dossierCode"] for event in await desk.told("dossier-accepted")] == [good]


async def test_a_repeated_bulk_acceptance_gives_the_same_answer_and_does_nothing(desk: Desk) -> None:
    code = await at_the_counter(desk)
    key = desk.key()["Idempotency-Key"]
    first = await desk.post(BULK, ONE_STOP, {"codes": [code]}, Idempotency_Key=key)
    again = await desk.post(BULK, ONE_STOP, {"codes": [code]}, Idempotency_Key=key)
    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(await desk.told("dossier-accepted")) == 1
    fresh = await done(desk, await desk.post(BULK, ONE_STOP, {"codes": [code]}))
    assert fresh["items"][0]["problem"]["type"] == "/problems/wrong-state"


@pytest.mark.parametrize("wrong", [[], ["H26-20261012-0000001"] * 201, "x"])
async def test_a_bulk_acceptance_takes_one_to_two_hundred_codes(desk: Desk, wrong: Any) -> None:
    assert (await desk.post(BULK, ONE_STOP, {"codes": wrong})).status_code == 422
