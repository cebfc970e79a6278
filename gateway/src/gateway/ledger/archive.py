"""Archives the message log by Hanoi day: a file anyone can verify offline, with no need of this database. It signs nothing.

`exchanges-2026-10-12.zip` holds what the ledger recorded that day:

    checkpoint.txt   the checkpoint all proofs lead to, with its cosignatures
    keys.txt         the public keys, to read by
    records.jsonl    a line an exchange: position, entry, inclusion proof, salt, signed record
    bodies.jsonl     a line a piece: requestId, direction, number, data (base64), where bodies are kept

An exchange belongs to the day its record entered the ledger, a second or so after it ended.
"""

import hashlib
import json
import os
import tempfile
import zipfile
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import IO

from sqlalchemy import text

from chassis.clock import HANOI
from chassis.database import Database, UnitOfWork
from chassis.service import Runtime
from chassis.telemetry.logging import get_logger
from gateway import ledger
from gateway.domain import merkle
from gateway.domain.exchange_record import TYPE, encoded
from gateway.handlers.exchanges import proven
from gateway.queries import ledger as queries
from gateway.queries.ledger import EntryRow
from gateway.settings import settings_of

_log = get_logger("archive")
_PAGE = 500
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same content is the same file

_START = text(
    "SELECT position FROM ledger_entry WHERE recorded_at >= :at"
    " AND position >= coalesce((SELECT max(end_position) FROM exchange_archive WHERE day < :day), 0)"
    " ORDER BY position LIMIT 1"
)
_RECORDS = text(
    "SELECT position, event_id, type, sender, subject, recorded_at, commitment, leaf_hash, salt, body"
    " FROM ledger_entry LEFT JOIN ledger_body USING (position)"
    " WHERE position >= :first AND position < :end AND type = :type ORDER BY position LIMIT :limit"
)
_BODIES = text(
    "SELECT request_id, direction, number, data FROM exchange_body WHERE request_id = ANY(CAST(:ids AS uuid[]))"
    " ORDER BY request_id, direction, number"
)
_KNOWN = text("SELECT file, sha256 FROM exchange_archive WHERE day = :day")
_KEEP = text(
    "INSERT INTO exchange_archive (day, file, sha256, first_position, end_position, exchanges, archived_at)"
    " VALUES (:day, :file, :sha256, :first, :end, :exchanges, now()) ON CONFLICT (day) DO UPDATE SET"
    " file = excluded.file, sha256 = excluded.sha256, exchanges = excluded.exchanges, archived_at = excluded.archived_at"
)
_FIRST_UNARCHIVED = text(
    "SELECT coalesce((SELECT max(day) + 1 FROM exchange_archive), (SELECT CAST(recorded_at AT TIME ZONE"
    " 'Asia/Ho_Chi_Minh' AS date) FROM ledger_entry WHERE type = :type ORDER BY position LIMIT 1))"
)
_FORGET_BODIES = text(
    "WITH day AS (UPDATE exchange_archive SET bodies_deleted_at = now() WHERE bodies_deleted_at IS NULL"
    " AND archived_at < now() - make_interval(days => :days) RETURNING first_position, end_position)"
    " DELETE FROM exchange_body USING day, ledger_entry AS entry WHERE entry.position >= day.first_position"
    " AND entry.position < day.end_position AND entry.type = :type"
    " AND exchange_body.request_id = CAST(entry.subject AS uuid)"
)


class NotArchivable(Exception):
    """The day cannot be archived; the message is for the operator."""


@dataclass(frozen=True, slots=True)
class Archived:
    """What was written, or was there already."""

    file: Path
    exchanges: int
    fresh: bool


@dataclass(frozen=True, slots=True)
class _Day:
    day: date
    first: int
    end: int
    size: int
    checkpoint: str
    keys: str


async def archive_day(database: Database, folder: Path, day: date, *, today: date | None = None) -> Archived:
    """Write the day's file, unless it is there as it was written. Raises NotArchivable, OSError."""
    if day >= (today or datetime.now(HANOI).date()):
        raise NotArchivable(f"{day} is not over yet: a day is archived when it is.")
    name = f"exchanges-{day.isoformat()}.zip"
    async with database.begin() as uow:
        known = (await uow.execute(_KNOWN, {"day": day})).one_or_none()
        if known is not None and _is_there(folder / known.file, bytes(known.sha256)):
            return Archived(folder / known.file, 0, fresh=False)
        extent = await _extent(uow, day)
    folder.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=f".{name}")
    try:
        with os.fdopen(descriptor, "wb") as file:
            count = await _write(database, file, extent)
            file.flush()
            os.fsync(file.fileno())
        digest = _digest(Path(temporary))
        Path(temporary).replace(folder / name)
    finally:
        Path(temporary).unlink(missing_ok=True)
    async with database.begin() as uow:
        row = {"day": day, "file": name, "sha256": digest, "first": extent.first, "end": extent.end, "exchanges": count}
        await uow.execute(_KEEP, row)
        await uow.commit(None)
    return Archived(folder / name, count, fresh=True)


async def archive_days(runtime: Runtime) -> None:
    """A job: every day that is over and not archived yet, then bodies whose time in the database is over."""
    settings = settings_of(runtime)
    if settings.archive_folder is None:
        return
    async with runtime.database.begin() as uow:
        day: date | None = (await uow.execute(_FIRST_UNARCHIVED, {"type": TYPE})).scalar()
    yesterday = datetime.now(HANOI).date() - timedelta(days=1)
    while day is not None and day <= yesterday:
        done = await archive_day(runtime.database, settings.archive_folder, day)
        _log.info("day archived", count=done.exchanges)
        day += timedelta(days=1)
    await forget_bodies(runtime.database, settings.archive_body_days)


async def forget_bodies(database: Database, days: int) -> int:
    """Delete bodies that were archived so many days ago; gives how many pieces. Records and leaves stay."""
    async with database.begin() as uow:
        gone = await uow.execute(_FORGET_BODIES, {"days": days, "type": TYPE})
        return await uow.commit(gone.rowcount)


async def _extent(uow: UnitOfWork, day: date) -> _Day:
    latest = await queries.cosigned_checkpoint(uow)
    if latest is None:
        raise NotArchivable("The ledger was never signed: there is nothing to prove an archive by.")
    size, note, lines = latest
    total = await ledger.size_of(uow.connection)
    midnights = [datetime.combine(at, time(), HANOI).astimezone(UTC) for at in (day, day + timedelta(days=1))]
    first, end = [await _position(uow, day, at, total) for at in midnights]
    if end > size:
        raise NotArchivable("The latest checkpoint does not cover the whole day yet: try again in a moment.")
    keys = "".join(f"{key}\n" for key in await queries.verifiers(uow))
    return _Day(day, first, end, size, note + "".join(lines), keys)


async def _position(uow: UnitOfWork, day: date, at: datetime, total: int) -> int:
    """The first entry recorded at `at` or later; the ledger's end where there is none."""
    position: int | None = (await uow.execute(_START, {"at": at, "day": day})).scalar()
    return total if position is None else position


async def _write(database: Database, file: IO[bytes], extent: _Day) -> int:
    count = 0
    with tempfile.TemporaryFile() as bodies, zipfile.ZipFile(file, "w") as archive:
        archive.writestr(_member("checkpoint.txt"), extent.checkpoint)
        archive.writestr(_member("keys.txt"), extent.keys)
        with archive.open(_member("records.jsonl"), "w", force_zip64=True) as records:
            position = extent.first
            while rows := await _page(database, position, extent, records, bodies):
                count += len(rows)
                position = rows[-1].position + 1
        bodies.seek(0)
        with archive.open(_member("bodies.jsonl"), "w", force_zip64=True) as kept:
            while chunk := bodies.read(1 << 20):
                kept.write(chunk)
    return count


async def _page(
    database: Database, position: int, extent: _Day, records: IO[bytes], bodies: IO[bytes]
) -> list[EntryRow]:
    async with database.begin() as uow:
        found = await uow.execute(_RECORDS, {"first": position, "end": extent.end, "type": TYPE, "limit": _PAGE})
        rows = [EntryRow(**row) for row in found.mappings()]
        wanted = {node for row in rows for node in merkle.nodes_for_inclusion(row.position, extent.size)}
        nodes = await ledger.nodes_of(uow.connection, list(wanted))
        for row in rows:
            proof = merkle.inclusion_proof(row.position, extent.size, nodes)
            records.write(_line(proven(row, proof, whole=True)))
        stream = await uow.connection.stream(_BODIES, {"ids": [row.subject for row in rows]})
        async for piece in stream:
            bodies.write(
                _line(
                    {
                        "requestId": str(piece.request_id),
                        "direction": piece.direction,
                        "number": piece.number,
                        "data": encoded(bytes(piece.data)),
                    }
                )
            )
        return rows


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, _EPOCH)
    member.compress_type = zipfile.ZIP_DEFLATED
    return member


def _line(item: dict[str, object]) -> bytes:
    return json.dumps(item, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def _is_there(file: Path, sha256: bytes) -> bool:
    return file.is_file() and _digest(file) == sha256


def _digest(file: Path) -> bytes:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").digest()
