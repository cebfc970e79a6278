"""Retention: what the rows let go is erased and nothing else; holds; what remains; a run that was cut short."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from typer.testing import CliRunner

from contracts.codes import DossierStatus
from services.submission.tests.conftest import Desk
from services.submission.tests.counter import ONE_STOP, OPERATOR, OWNER, PATH, accepted, at_the_counter, done, finished
from submission.app import commands
from submission.domain.retention import RetentionRule
from submission.handlers.retention import erase_due, forecast
from submission.jobs import JOBS
from submission.rules import RETENTION
from tests.support.counting import counted
from tests.support.identities import agency, officer

YEAR = timedelta(days=366)
RULES = (RetentionRule("stopped", (DossierStatus.STOPPED,), None, 12, "test"),)
REASON = "Ghi chú có tên TRẦN THỊ VÍ DỤ"


async def stopped(desk: Desk, **change: Any) -> str:
    code = await accepted(desk, **change)
    await done(desk, await desk.post(f"{PATH}/{code}/stop", ONE_STOP, {"reason": REASON}))
    return code


async def erase(desk: Desk, *, batch: int = 100) -> int:
    return await erase_due(desk.runtime.database, RULES, batch=batch)


async def everything(desk: Desk) -> str:
    """All that the database says of dossiers, as one text."""
    tables = (
        "dossiers",
        "history",
        "dossier_search",
        "originals_shown",
        "handovers",
        "notices",
        "attachments",
        "papers",
    )
    async with desk.runtime.database.begin() as uow:
        return "\n".join([
            str((await uow.execute(text(f"SELECT array_agg(CAST(t AS text)) FROM {table} t"))).scalar_one())  # noqa: S608
            for table in tables
        ])  # fmt: skip


async def test_on_its_day_a_dossier_loses_what_it_says_of_a_person_and_keeps_the_rest(desk: Desk) -> None:
    """R-174."""
    code = await stopped(
        desk,
        contact={"email": "vidu@example.vn", "phone": "0912345678"},
        delivery={"by": "post", "address": "Số 1 phố Mẫu"},
    )
    before = (await desk.get(f"{PATH}/{code}", ONE_STOP)).json()
    steps = (await desk.get(f"{PATH}/{code}/history", ONE_STOP)).json()["steps"]
    assert await erase(desk) == 0
    desk.clock.advance(YEAR)
    assert await erase(desk) == 1
    kept = await everything(desk)
    for gone in ("VÍ DỤ", "001190000001", "vidu@", "0912345678", "phố Mẫu"):
        assert gone not in kept
    after = (await desk.get(f"{PATH}/{code}", ONE_STOP)).json()
    assert after.pop("erasedOn") == "2027-10-13"
    assert after == {key: value for key, value in before.items() if key != "person"} | {
        "version": before["version"] + 1
    }
    told = (await desk.get(f"{PATH}/{code}/history", ONE_STOP)).json()["steps"]
    assert [(step["version"], step["status"], step["at"]) for step in told] == [
        (step["version"], step["status"], step["at"]) for step in steps
    ]
    assert not any("reason" in step for step in told)


LEFT_BY_OTHERS = (
    """INSERT INTO notices (id, dossier_code, version, kind, medium, language, address, subject, body, planned_at)
        VALUES (gen_random_uuid(), :code, 1, 'filed', 'email', 'vi', 'vidu@example.vn', 'Gửi bà VÍ DỤ', 'Bà VÍ DỤ', now())""",
    """INSERT INTO papers (dossier_code, kind, version, secret, issued_at, issued_by_kind, issued_by, sha256, pdf)
        VALUES (:code, '01', 1, 'x', now(), 'citizen', '001190000001', 'aa', 'VÍ DỤ')""",
    """INSERT INTO files (id, holder, sha256, size, media_type, scan, storage_key, stored_at)
        VALUES ('01927f5e-0000-7000-8000-000000000001', '001190000001', 'bb', 1, 'image/png', 'clean', 'k', now())""",
    """INSERT INTO attachments (id, dossier_code, component, file_id, name, reused, from_national_store, added_at,
            added_by_kind, added_by)
        VALUES (gen_random_uuid(), :code, 'x', '01927f5e-0000-7000-8000-000000000001', 'CMND VÍ DỤ.png', false, false, now(),
            'citizen', '001190000001')""",
    """INSERT INTO originals_shown (dossier_code, at, officer, shown, shown_by)
        VALUES (:code, now(), 'officer-1', '[{"component": "x", "kind": "original", "matches": true, "note": "VÍ DỤ"}]',
            '{"full_name": "VÍ DỤ"}')""",
    """INSERT INTO handovers (dossier_code, by_way_of, at, officer, carrier, tracking_number, receiver, outcome)
        VALUES (:code, 'post', now(), 'officer-1', 'Bưu điện', 'EB123456789VN', '{"full_name": "VÍ DỤ"}', 'delivered')""",
)


async def test_notices_papers_files_and_what_happened_at_the_counter_are_erased_with_it(desk: Desk) -> None:
    code = await stopped(desk)
    async with desk.runtime.database.begin() as uow:
        for statement in LEFT_BY_OTHERS:
            await uow.execute(text(statement), {"code": code} if ":code" in statement else {})
        await uow.commit(None)
    desk.clock.advance(YEAR)
    with counted(desk.runtime.database) as statements:
        assert await erase(desk) == 1
    assert len(statements) == 3, statements
    kept = await everything(desk)
    for gone in ("VÍ DỤ", "001190000001", "vidu@", "EB123456789VN"):
        assert gone not in kept
    (line,) = (await desk.get("/v1/erasures", OPERATOR)).json()["items"]
    assert line["erased"] == {"files": ["bb"], "notices": 1, "papers": 1, "originalsShown": 1, "handovers": 1}
    shown = (await desk.get(f"{PATH}/{code}/originals-shown", ONE_STOP)).json()["showings"]
    assert shown == [{
        "at": shown[0]["at"], "officer": "officer-1",
        "shown": [{"component": "x", "kind": "original", "matches": True, "note": ""}],
    }]  # fmt: skip
    (sent,) = (await desk.get(f"{PATH}/{code}/handovers", ONE_STOP)).json()["handovers"]
    assert (sent["carrier"], sent["trackingNumber"], "receivedBy" in sent) == ("Bưu điện", "đã xóa", False)


async def test_what_was_erased_is_nobodys_and_is_not_found(desk: Desk) -> None:
    code = await stopped(desk)
    desk.clock.advance(YEAR)
    await erase(desk)
    assert (await desk.get(f"{PATH}/{code}", OWNER)).status_code == 404
    assert (await desk.get(PATH, OWNER)).json()["items"] == []
    assert (await desk.get("/v1/desk/search?q=du", ONE_STOP)).json()["items"] == []
    assert (await desk.get("/v1/desk/search?q=001190000001", ONE_STOP)).json()["items"] == []


async def test_a_look_at_an_erased_dossier_shows_nobody_and_so_leaves_no_trace(desk: Desk) -> None:
    code = await stopped(desk)
    desk.clock.advance(YEAR)
    await erase(desk)
    for caller in (ONE_STOP, agency("submission:read")):
        body = (await desk.get(f"{PATH}/{code}", caller)).json()
        assert ("person" in body, body["erasedOn"]) == (False, "2027-10-13")
    await desk.get(f"{PATH}/{code}/originals-shown", ONE_STOP)
    async with desk.runtime.database.begin() as uow:
        assert (await uow.execute(text("SELECT count(*) FROM person_reads"))).scalar_one() == 0


async def test_only_what_is_closed_and_due_by_a_row_is_erased(desk: Desk) -> None:
    open_one, over = await accepted(desk), await finished(desk)
    await done(desk, await desk.post(f"{PATH}/{over}/return", ONE_STOP))
    desk.clock.advance(YEAR * 9)
    fresh = await stopped(desk)
    assert await erase_due(desk.runtime.database, RETENTION, batch=100) == 0
    for code in (open_one, over, fresh):
        assert "person" in (await desk.get(f"{PATH}/{code}", ONE_STOP)).json()


async def test_a_hold_keeps_a_dossier_whole_until_it_is_lifted(desk: Desk) -> None:
    """R-175."""
    code = await stopped(desk)
    held = await done(
        desk, await desk.post(f"{PATH}/{code}/legal-hold", OPERATOR, {"reason": "Theo yêu cầu của Tòa án"})
    )
    assert held["holds"][0]["placedBy"] == "operator-1"
    again = await desk.post(f"{PATH}/{code}/legal-hold", OPERATOR, {"reason": "Lần nữa"})
    assert (again.status_code, again.json()["type"]) == (409, "/problems/hold-in-force")
    desk.clock.advance(YEAR)
    assert await erase(desk) == 0
    await done(desk, await desk.post(f"{PATH}/{code}/legal-hold/lifting", OPERATOR))
    assert (await desk.get(f"{PATH}/{code}/legal-hold", OPERATOR)).json()["holds"][0]["liftedBy"] == "operator-1"
    none = await desk.post(f"{PATH}/{code}/legal-hold/lifting", OPERATOR)
    assert (none.status_code, none.json()["type"]) == (409, "/problems/no-hold-in-force")
    assert await erase(desk) == 1
    late = await desk.post(f"{PATH}/{code}/legal-hold", OPERATOR, {"reason": "Quá muộn"})
    assert (late.status_code, late.json()["type"]) == (409, "/problems/already-erased")


async def test_a_hold_placed_while_a_run_is_under_way_wins_or_comes_too_late_but_never_half(desk: Desk) -> None:
    codes = [await stopped(desk) for _ in range(3)]
    desk.clock.advance(YEAR)
    hold = desk.post(f"{PATH}/{codes[0]}/legal-hold", OPERATOR, {"reason": "Cùng lúc"})
    answer, erased = await asyncio.gather(hold, erase(desk, batch=1))
    person = "person" in (await desk.get(f"{PATH}/{codes[0]}", ONE_STOP)).json()
    assert (answer.status_code, person, erased) in {(200, True, 2), (409, False, 3)}


async def test_a_run_goes_batch_by_batch_and_a_second_one_finds_nothing(desk: Desk) -> None:
    for _ in range(5):
        await stopped(desk)
    desk.clock.advance(YEAR)
    assert await erase(desk, batch=2) == 5
    assert await erase(desk, batch=2) == 0


async def test_two_runs_at_once_erase_each_dossier_once(desk: Desk) -> None:
    for _ in range(6):
        await stopped(desk)
    desk.clock.advance(YEAR)
    assert sum(await asyncio.gather(erase(desk, batch=1), erase(desk, batch=1))) == 6


async def test_a_run_that_is_cut_short_has_erased_whole_dossiers_only(desk: Desk) -> None:
    for _ in range(4):
        await stopped(desk)
    desk.clock.advance(YEAR)
    running = asyncio.create_task(erase(desk, batch=1))
    async with desk.runtime.database.begin() as uow:
        for _ in range(1000):
            if (await uow.execute(text("SELECT count(*) FROM erasures"))).scalar_one():
                break
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    async with desk.runtime.database.begin() as uow:
        row = (await uow.execute(text(
            "SELECT (SELECT count(*) FROM erasures) AS recorded, (SELECT count(*) FROM dossier_search) AS findable,"
            " count(*) FILTER (WHERE owner = 'đã xóa') AS ownerless, count(*) FILTER (WHERE form = '{}') AS empty FROM dossiers"
        ))).one()  # fmt: skip
    assert row.recorded == row.ownerless == row.empty == 4 - row.findable
    await erase(desk)
    assert "VÍ DỤ" not in await everything(desk)


async def test_what_was_erased_by_which_row_stays_on_record(desk: Desk) -> None:
    code = await stopped(desk)
    desk.clock.advance(YEAR)
    await erase(desk)
    (line,) = (await desk.get("/v1/erasures", OPERATOR)).json()["items"]
    assert (line["code"], line["rule"], line["erased"]["files"]) == (code, "stopped", [])
    assert (await desk.get("/v1/erasures", ONE_STOP)).status_code == 403
    async with desk.runtime.database.begin() as uow:
        with pytest.raises(IntegrityError, match="only ever added"):
            await uow.execute(text("DELETE FROM erasures"))


async def test_a_dry_run_counts_and_changes_nothing(desk: Desk) -> None:
    await stopped(desk)
    desk.clock.advance(YEAR)
    for _ in range(2):
        ((found),) = await forecast(desk.runtime.database, RULES)
        assert (found.number, found.due.rule.id) == (1, "stopped")
    assert await erase(desk) == 1
    assert [found.number for found in await forecast(desk.runtime.database, RULES)] == [0]


async def test_the_command_says_what_it_would_erase_and_then_erases_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = await stopped(desk)
    async with desk.runtime.database.begin() as uow:
        long_ago = "UPDATE dossiers SET finished_at = finished_at - make_interval(years => 9)"
        await uow.execute(text(long_ago))
        await uow.commit(None)
    url = desk.runtime.settings.database_url.get_secret_value()
    monkeypatch.setenv("LIENTHONG_DATABASE_URL", url)
    monkeypatch.setenv("COLUMNS", "200")

    async def run(*arguments: str) -> str:
        # In a thread of its own: the command brings its own loop.
        said = await asyncio.to_thread(CliRunner().invoke, commands, ["retention", *arguments])
        assert said.exit_code == 0, said.output
        return said.output

    assert "thiết lập của hệ thống" in await run("--dry-run")
    assert "person" in (await desk.get(f"{PATH}/{code}", ONE_STOP)).json()
    assert "1 dossiers" in await run()
    assert "erasedOn" in (await desk.get(f"{PATH}/{code}", ONE_STOP)).json()


async def test_where_erasing_is_switched_off_neither_command_nor_worker_erases(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIENTHONG_RETENTION_ERASES", "false")
    refused = await asyncio.to_thread(CliRunner().invoke, commands, ["retention"])
    assert refused.exit_code == 1
    code = await stopped(desk)
    desk.clock.advance(YEAR * 3)
    settings = desk.runtime.settings.model_copy(update={"retention_erases": False})
    (job,) = [job for job in JOBS if job.name == "retention"]
    await job.run(replace(desk.runtime, settings=settings))
    assert "person" in (await desk.get(f"{PATH}/{code}", ONE_STOP)).json()


async def test_holds_are_the_operators_and_say_nothing_of_what_is_not_there(desk: Desk) -> None:
    code = await at_the_counter(desk)
    for stranger in (ONE_STOP, OWNER, agency("submission:write")):
        assert (await desk.post(f"{PATH}/{code}/legal-hold", stranger, {"reason": "abc"})).status_code == 403
    elsewhere = officer("operator", units=["00167"], subject="operator-2")
    assert (await desk.post(f"{PATH}/{code}/legal-hold", elsewhere, {"reason": "abc"})).status_code == 404
    assert (await desk.get(f"{PATH}/{code}/legal-hold", elsewhere)).status_code == 404


async def test_the_worker_does_it_by_itself(desk: Desk) -> None:
    await stopped(desk)
    desk.clock.advance(YEAR * 3)
    (job,) = [job for job in JOBS if job.name == "retention"]
    await job.run(desk.runtime)
    assert len((await desk.get("/v1/erasures", OPERATOR)).json()["items"]) == 1
