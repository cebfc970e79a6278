"""Loading the data files: once is enough, and an editor's word stands."""

import asyncio
import os
import sys
from collections import Counter

from sqlalchemy import text

from catalog.handlers import seed
from catalog.sources.procedures import procedures
from services.catalog.tests.conftest import Catalogue
from tests.support import identities
from tests.support.events import recorded

SEEDED = len(procedures())
# What was published is kept by a trigger: a test that plays the release before must put it aside.
UNKEPT = "ALTER TABLE procedures DISABLE TRIGGER procedures_keep_published"
KEPT = "ALTER TABLE procedures ENABLE TRIGGER procedures_keep_published"


async def test_seeding_states_everything_once(empty: Catalogue) -> None:
    report = await seed(empty.runtime)
    assert (report.published, report.units, report.agencies, report.calendars) == (SEEDED, True, True, 4)
    events = await recorded(empty.runtime)
    assert Counter(event["type"].split(".")[-2] for event in events) == {
        "procedure-published": SEEDED,
        "administrative-units-published": 1,
        "agencies-published": 1,
        "working-calendar-published": 4,
    }
    again = await seed(empty.runtime)
    assert not again.changed
    assert again.unchanged == SEEDED
    assert len(await recorded(empty.runtime)) == len(events)


async def test_units_and_calendars_are_stated_before_the_procedures_that_need_them(empty: Catalogue) -> None:
    await seed(empty.runtime)
    kinds = [event["type"].split(".")[-2] for event in await recorded(empty.runtime)]
    assert kinds.index("procedure-published") == 6


async def test_what_changed_in_the_files_is_published_as_a_correction(seeded: Catalogue) -> None:
    """As if the files of the release before had said something else."""
    before = len(await recorded(seeded.runtime))
    async with seeded.runtime.database.begin() as uow:
        await uow.execute(text(UNKEPT))
        await uow.execute(
            text("UPDATE procedures SET content = content || '{\"name\": \"Khai sanh\"}' WHERE code = '1.001193'")
        )
        await uow.execute(text(KEPT))
        await uow.execute(text("UPDATE units SET name = 'Ba Dinh' WHERE code = '00004'"))
        await uow.execute(text("UPDATE calendars SET days = '[]' WHERE year = 2026"))
        await uow.commit(None)
    report = await seed(seeded.runtime)
    assert (report.published, report.unchanged, report.units, report.calendars) == (1, SEEDED - 1, True, 1)
    stated = {event["type"].split(".")[-2]: event for event in (await recorded(seeded.runtime))[before:]}
    assert {name: event["data"]["version"] for name, event in stated.items()} == {
        "administrative-units-published": 2,
        "working-calendar-published": 2,
        "procedure-published": 2,
    }
    procedure = (await seeded.client.get("/v1/procedures/1.001193")).json()
    assert (procedure["version"], procedure["name"]) == (2, "Thủ tục đăng ký khai sinh")
    assert not (await seed(seeded.runtime)).changed


async def test_what_an_editor_published_is_not_overwritten(seeded: Catalogue) -> None:
    async with seeded.runtime.database.begin() as uow:
        await uow.execute(text(UNKEPT))
        await uow.execute(
            text(
                "UPDATE procedures SET created_by = 'editor-1', content = content || '{\"feeText\": \"mới\"}'"
                " WHERE code = '1.004222'"
            )
        )
        await uow.execute(text(KEPT))
        await uow.commit(None)
    report = await seed(seeded.runtime)
    assert (report.published, report.kept) == (0, 1)
    assert (await seeded.client.get("/v1/procedures/1.004222")).json()["feeText"] == "mới"


async def test_what_an_editor_withdrew_is_not_brought_back(seeded: Catalogue) -> None:
    answer = await seeded.client.post(
        "/v1/procedures/1.004222/versions/1/withdrawal",
        json={"lastDay": "2026-12-31", "legalSource": "Quyết định bãi bỏ"},
        headers={**identities.officer("catalog-editor"), "Idempotency-Key": "k"},
    )
    assert answer.status_code == 200, answer.text
    assert not (await seed(seeded.runtime)).changed
    there = (await seeded.client.get("/v1/procedures/1.004222", params={"on": "2026-12-31"})).json()
    assert (there["status"], there["validTo"]) == ("withdrawn", "2026-12-31")


async def test_an_agency_an_editor_has_named_is_left_as_it_is(seeded: Catalogue) -> None:
    body = {"name": "Bộ Nội vụ (mới)", "validFrom": "2025-03-01", "source": "Ví dụ"}
    put = await seeded.client.put("/v1/agencies/G09", json=body, headers=identities.officer("catalog-editor"))
    assert put.status_code == 201, put.text
    assert not (await seed(seeded.runtime)).changed
    assert (await seeded.client.get("/v1/agencies/G09")).json()["name"] == "Bộ Nội vụ (mới)"


async def test_the_command_seeds_the_database_of_the_settings(empty: Catalogue) -> None:
    database = empty.runtime.settings.database_url.get_secret_value()
    told = []
    for _ in range(2):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-W", "error", "-c", "from catalog.app import commands; commands()", "seed"),
            env={**os.environ, "LIENTHONG_DATABASE_URL": database},
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await process.communicate()
        assert process.returncode == 0
        told.append(output.decode())
    assert f"{SEEDED} procedures published" in told[0]
    assert f"0 procedures published, {SEEDED} unchanged" in told[1]
    assert (await empty.client.get("/v1/procedures/1.001193")).status_code == 200
