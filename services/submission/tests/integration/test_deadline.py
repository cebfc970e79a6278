"""Why this day, over HTTP: who may ask, what is told, what it costs."""

from datetime import timedelta

from services.submission.tests.conftest import CAU_GIAY, Desk
from services.submission.tests.integration.test_way import fee, paid
from services.submission.tests.steps import ONE_STOP, OWNER, PATH, filed, read, step, went
from tests.support.counting import counted
from tests.support.identities import agency, citizen, officer


async def test_a_citizen_learns_why_this_day(desk: Desk) -> None:
    desk.clock.advance(timedelta(hours=6))  # Monday 16:00
    code = await filed(desk, fee=3000)
    await desk.hear(fee(code, 3000))
    desk.clock.advance(timedelta(days=1))
    await desk.hear(paid(code))
    await went(desk, code, "acceptance", "extension", "verification")
    answer = await desk.get(f"{PATH}/{code}/deadline", OWNER)
    body = answer.json()
    assert [line["matter"] for line in body["steps"]] == [
        "received", "counts-for", "limit", "wait", "extension", "verification", "due",
    ]  # fmt: skip
    assert body["steps"][-1]["dueAt"] == body["dueAt"] == (await read(desk, code))["dueAt"]
    assert body["limit"] == {
        "unit": "working-days", "amount": 6, "cutoff": "15:00",
        "text": "3 ngày làm việc; phải xác minh thì thêm 3 ngày làm việc",
    }  # fmt: skip
    assert "checkBy" not in body
    assert "001190000001" not in answer.text


async def test_what_came_online_is_promised_a_check_and_what_is_awaited_has_its_end(desk: Desk) -> None:
    code = await filed(desk)
    assert (await read(desk, code, "/deadline"))["checkBy"] == "2026-10-13T03:00:00Z"
    await went(desk, code, "supplement-request")
    body = await read(desk, code, "/deadline")
    assert (body["supplementBy"], body["clockStoppedAt"]) == ("2026-10-21T10:00:00Z", "2026-10-12T03:00:00Z")
    assert body["steps"][-2]["matter"] == "waiting"


async def test_who_may_see_a_dossier_may_see_its_deadline(desk: Desk) -> None:
    code = await filed(desk)
    path = f"{PATH}/{code}/deadline"
    for caller in (OWNER, ONE_STOP, officer("civil-status-officer"), agency("submission:read")):
        assert (await desk.get(path, caller)).status_code == 200
    for caller in (citizen("001190000002"), officer("one-stop-officer", units=[CAU_GIAY])):
        assert (await desk.get(path, caller)).status_code == 404
    assert (await desk.get(path)).status_code == 401
    assert (await desk.get(path, officer("cashier"))).status_code == 403


async def test_it_takes_three_statements(desk: Desk) -> None:
    code = await filed(desk)
    await step(desk, code, "acceptance")
    with counted(desk.runtime.database) as statements:
        assert (await desk.get(f"{PATH}/{code}/deadline", OWNER)).status_code == 200
    assert len(statements) == 3, statements
