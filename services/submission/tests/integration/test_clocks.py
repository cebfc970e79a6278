"""What time does to dossiers: windows lapse, due times are warned of and told when missed; once, whoever else is at it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from chassis.database import Database
from services.submission.tests.conftest import MORNING, Desk
from services.submission.tests.integration.test_way import fee, paid
from services.submission.tests.steps import ONE_STOP, filed, read, rows, step, went
from submission.handlers.clocks import give_alerts, lapse_supplements
from submission.jobs import JOBS

WINDOW_ENDS = datetime(2026, 10, 21, 10, 0, tzinfo=UTC)
DUE = datetime(2026, 10, 15, 10, 0, tzinfo=UTC)
ALERTS = "SELECT kind, about, unit, roles FROM alerts ORDER BY at, kind"


async def alerted(desk: Desk) -> int:
    return await give_alerts(desk.runtime.database, desk.runtime.extras["copies"])


async def test_what_is_not_supplemented_in_time_is_refused_by_the_clock(desk: Desk) -> None:
    """R-145."""
    code = await went(desk, await filed(desk), "supplement-request")
    desk.clock.set(WINDOW_ENDS)
    assert await lapse_supplements(desk.runtime.database) == 0  # the last moment is still in time
    desk.clock.set(WINDOW_ENDS + timedelta(seconds=1))
    assert await lapse_supplements(desk.runtime.database) == 1
    body = await read(desk, code)
    assert (body["status"]["number"], body["finishedAt"]) == (3, "2026-10-21T10:00:01Z")
    assert "supplementBy" not in body
    (told,) = await desk.told("refused")
    assert told["lapsed"] is True
    last = (await read(desk, code, "/history"))["steps"][-1]
    assert (last["actorKind"], last["actor"]) == ("service", "submission")
    assert await rows(desk, "SELECT paper FROM history ORDER BY version DESC LIMIT 1") == [("03",)]
    assert await lapse_supplements(desk.runtime.database) == 0


async def test_what_was_supplemented_or_withdrawn_does_not_lapse(desk: Desk) -> None:
    await went(desk, await filed(desk), "supplement-request", "supplement")
    await went(desk, await filed(desk), "supplement-request", "withdrawal")
    desk.clock.set(WINDOW_ENDS + timedelta(days=30))
    assert await lapse_supplements(desk.runtime.database) == 0


async def test_two_workers_refuse_each_dossier_once(desk: Desk) -> None:
    for _ in range(12):
        await went(desk, await filed(desk), "supplement-request")
    desk.clock.set(WINDOW_ENDS + timedelta(seconds=1))
    database = desk.runtime.database
    done = await asyncio.gather(*(lapse_supplements(database) for _ in range(4)), *(alerted(desk) for _ in range(2)))
    assert sum(done[:4]) == 12
    assert len(await desk.told("refused")) == 12
    assert await rows(desk, "SELECT count(*) FROM history WHERE status = 3") == [(12,)]


async def test_a_worker_that_is_killed_leaves_nothing_half_done(desk: Desk) -> None:
    code = await went(desk, await filed(desk), "supplement-request")
    desk.clock.set(WINDOW_ENDS + timedelta(seconds=1))
    url = desk.runtime.settings.database_url.get_secret_value()
    doomed = Database.connect(url, desk.clock, pool_size=1)

    class Killed(Exception):
        """Stands for the end of the process, between the work and its commit."""

    def kill(*_: Any) -> None:
        raise Killed

    event.listen(doomed.engine.sync_engine, "commit", kill)
    with pytest.raises(Killed):
        await lapse_supplements(doomed)
    await doomed.close()
    assert (await read(desk, code))["status"]["number"] == 5
    assert await lapse_supplements(desk.runtime.database) == 1
    assert len(await desk.told("refused")) == 1


async def test_the_desk_is_warned_before_a_dossier_is_due_and_told_when_it_is_overdue(desk: Desk) -> None:
    """R-150."""
    code = await went(desk, await filed(desk), "acceptance")
    desk.clock.set(DUE - timedelta(hours=4))
    assert await alerted(desk) == 0  # four working hours are left, and the warning comes when fewer are
    desk.clock.set(DUE - timedelta(hours=3, minutes=59))
    assert (await alerted(desk), await alerted(desk)) == (1, 0)
    desk.clock.set(DUE)
    assert await alerted(desk) == 0
    desk.clock.set(DUE + timedelta(seconds=1))
    assert (await alerted(desk), await alerted(desk)) == (1, 0)
    assert await rows(desk, ALERTS) == [
        ("warning", DUE, "00004", ["one-stop-officer", "civil-status-officer"]),
        ("overdue", DUE, "00004", ["one-stop-officer", "civil-status-officer", "operator"]),
    ]
    await went(desk, code, "finish")
    assert await alerted(desk) == 0


async def test_a_dossier_that_is_due_later_after_all_is_warned_of_again(desk: Desk) -> None:
    code = await went(desk, await filed(desk), "acceptance")
    desk.clock.set(DUE + timedelta(hours=1))
    assert await alerted(desk) == 1  # overdue at once: no warning that it will be
    await went(desk, code, "extension")
    desk.clock.set(datetime(2026, 10, 19, 9, 0, tzinfo=UTC))
    assert await alerted(desk) == 1
    assert [(kind, about.day) for kind, about, *_ in await rows(desk, ALERTS)] == [("overdue", 15), ("warning", 19)]


async def test_a_clock_that_stands_warns_of_nothing(desk: Desk) -> None:
    await went(desk, await filed(desk), "acceptance", "supplement-request")
    waiting = await filed(desk, fee=3000)
    await desk.hear(fee(waiting, 3000))
    desk.clock.set(WINDOW_ENDS)
    assert await alerted(desk) == 0


async def test_what_came_online_is_to_be_checked_within_eight_working_hours(desk: Desk) -> None:
    # Monday 10:00, so by Tuesday 10:00.
    """R-149."""
    online = await filed(desk)
    await filed(desk, ONE_STOP, applicant={"personalId": "001190000001", "fullName": "TRẦN THỊ VÍ DỤ"})
    desk.clock.set(MORNING + timedelta(days=1))
    assert await alerted(desk) == 0
    desk.clock.advance(timedelta(seconds=1))
    assert (await alerted(desk), await alerted(desk)) == (1, 0)
    assert await rows(desk, "SELECT dossier_code, kind, about FROM alerts") == [(online, "check-late", MORNING)]


async def test_what_comes_back_to_the_desk_is_checked_anew(desk: Desk) -> None:
    code = await filed(desk, fee=3000)
    await desk.hear(fee(code, 3000))
    desk.clock.advance(timedelta(days=2))
    assert await alerted(desk) == 0  # the desk has nothing to check while it waits for the fee
    await desk.hear(paid(code))
    assert await alerted(desk) == 0
    desk.clock.advance(timedelta(days=1, seconds=1))
    await alerted(desk)
    assert ("check-late",) in await rows(desk, "SELECT kind FROM alerts")


async def test_what_is_accepted_is_checked(desk: Desk) -> None:
    await went(desk, await filed(desk), "acceptance")
    desk.clock.set(MORNING + timedelta(days=1, hours=1))
    assert await alerted(desk) == 0


async def test_the_worker_does_all_of_it_in_one_job(desk: Desk) -> None:
    lapsing = await went(desk, await filed(desk), "supplement-request")
    due = await went(desk, await filed(desk), "acceptance")
    desk.clock.set(WINDOW_ENDS + timedelta(hours=1))
    (job,) = (job for job in JOBS if job.name == "clocks")
    await job.run(desk.runtime)
    assert (await read(desk, lapsing))["status"]["number"] == 3
    assert await rows(desk, "SELECT dossier_code, kind FROM alerts") == [(due, "overdue")]
    assert (await step(desk, due, "finish")).status_code == 200


async def test_a_clock_looks_at_what_is_to_be_done_and_at_nothing_else(desk: Desk) -> None:
    """By the plan: each question goes to its own index, and no row is thrown away after it was read."""
    questions = {
        "dossiers_lapsing_idx": "status = 5 AND supplement_by < now() ORDER BY supplement_by, code",
        "dossiers_alerting_idx": "status IN (1, 2, 4) AND alerted < 1 AND due_at < now() ORDER BY due_at, code",
        "dossiers_unchecked_idx": "status = 1 AND NOT check_alerted AND check_from IS NOT NULL AND check_from < now()"
        " ORDER BY check_from, code",
    }
    async with desk.runtime.database.begin() as uow:
        await uow.execute(text("SET LOCAL enable_seqscan = off"))
        await uow.execute(text("SET LOCAL enable_bitmapscan = off"))
        for index, question in questions.items():
            plan = await uow.execute(text(f"EXPLAIN SELECT code FROM dossiers WHERE {question} LIMIT 200"))  # noqa: S608 - constants
            told = "\n".join(plan.scalars())
            assert index in told, told
            assert "Sort" not in told, told
