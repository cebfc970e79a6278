"""The archive of a day: written once, verified offline, and after it bodies that are old enough are deleted."""

import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from contracts.payment import FeeAssessed
from gateway.domain.exchange_record import TYPE
from gateway.domain.partners import MessageLogPolicy
from gateway.ledger.archive import NotArchivable, archive_day, forget_bodies
from gateway.tests.integration.exchanging import Logging, logging_gateway, verified


@pytest.fixture
async def log(database_url: SecretStr) -> AsyncIterator[Logging]:
    async with logging_gateway(database_url) as logging:
        yield logging


async def test_a_day_is_archived_once_verified_offline_and_its_bodies_then_deleted(
    log: Logging, tmp_path: Path
) -> None:
    for number in range(5):
        await log.exchange(b"asked", f"answer {number}".encode(), policy=MessageLogPolicy.FULL)
    await log.gateway.send(FeeAssessed(version=1, dossier_code="H26-1", total=0))
    await log.seal()
    database, folder = log.gateway.runtime.database, tmp_path / "archive"
    # An instant before and after midnight in Hanoi, and an instant before the next.
    await log.gateway.execute("UPDATE ledger_entry SET recorded_at = '2026-10-11T16:59:59Z' WHERE position < 4")
    await log.gateway.execute("UPDATE ledger_entry SET recorded_at = '2026-10-11T17:00:00Z' WHERE position = 4")
    await log.gateway.execute("UPDATE ledger_entry SET recorded_at = '2026-10-12T16:59:59Z' WHERE position = 5")
    day, tomorrow = date(2026, 10, 12), date(2026, 10, 13)
    with pytest.raises(NotArchivable):
        await archive_day(database, folder, day, today=day)
    done = await archive_day(database, folder, day, today=tomorrow)
    assert (done.file.name, done.exchanges, done.fresh) == ("exchanges-2026-10-12.zip", 2, True)
    assert (await archive_day(database, folder, day, today=tomorrow)).fresh is False
    assert [file.name for file in folder.iterdir()] == ["exchanges-2026-10-12.zip"]
    done.file.unlink()
    assert (await archive_day(database, folder, day, today=tomorrow)).fresh is True
    assert await forget_bodies(database, 30) == 0
    assert await forget_bodies(database, 0) > 0
    (left,) = await log.gateway.rows("SELECT count(DISTINCT request_id) AS exchanges FROM exchange_body")
    assert left.exchanges == 3
    (entries,) = await log.gateway.rows("SELECT count(*) AS records FROM ledger_entry WHERE type = :type", type=TYPE)
    assert entries.records == 5


async def archived(log: Logging, folder: Path) -> Path:
    for number in range(5):
        await log.exchange(b"asked", f"answer {number}".encode(), policy=MessageLogPolicy.FULL)
    await log.seal()
    today = datetime.now(UTC).date()
    return (await archive_day(log.gateway.runtime.database, folder, today, today=date.max)).file


async def test_an_archive_is_verified_offline(log: Logging, tmp_path: Path) -> None:
    file = await archived(log, tmp_path / "archive")
    code, said = await verified(log, file, tmp_path)
    assert (code, "all 5 exchanges stand" in said, "all 10 bodies are those" in said) == (0, True, True), said


@pytest.mark.parametrize(
    ("member", "old", "new", "named"),
    [
        ("records.jsonl", '\\"status\\":200', '\\"status\\":201', "first bad position 0"),
        ("bodies.jsonl", '"data":"YQ=="', '"data":"Yg=="', "is NOT the one that passed"),
        ("bodies.jsonl", '"data":"', '"data":"é', "Cannot verify"),
        ("records.jsonl", "{", "[", "Cannot verify"),
        ("checkpoint.txt", "ledger\n5", "ledger\n6", "not good"),
    ],
)
async def test_an_archive_that_was_changed_names_the_first_bad_position(
    log: Logging, tmp_path: Path, member: str, old: str, new: str, named: str
) -> None:
    await log.exchange(b"a", b"b", policy=MessageLogPolicy.FULL)
    file = await _small(log, tmp_path / "archive")
    forged = tmp_path / "forged.zip"
    with zipfile.ZipFile(file) as archive, zipfile.ZipFile(forged, "w") as other:
        for name in archive.namelist():
            content = archive.read(name).decode()
            assert name != member or old in content
            other.writestr(name, content.replace(old, new) if name == member else content)
    code, said = await verified(log, forged, tmp_path)
    assert (code, named in said) == (1, True), said


async def _small(log: Logging, folder: Path) -> Path:
    for _ in range(4):
        await log.exchange(b"a", b"b", policy=MessageLogPolicy.FULL)
    await log.seal()
    today = datetime.now(UTC).date()
    return (await archive_day(log.gateway.runtime.database, folder, today, today=date.max)).file
