"""Seals what was logged into the ledger: each signed record becomes an entry, exactly once. It signs only what never ended."""

import asyncio
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.crash import crash_point
from chassis.database import Database, UnitOfWork
from chassis.ids import new_id
from chassis.service import Runtime
from chassis.telemetry.logging import get_logger, places
from gateway import ledger
from gateway.domain.checkpoint import Signer
from gateway.domain.entry import Addition
from gateway.domain.exchange_record import TYPE, UNKNOWN, canonical, signed, unfinished_id, unfinished_record
from gateway.domain.partners import MessageLogPolicy
from gateway.exchange.record import Asked
from gateway.ledger.checkpoints import exchange_signer_of, publish_verifier
from gateway.settings import settings_of

_log = get_logger("message_log")
_BATCH = 500

_NEXT = text(
    "SELECT id, entry_id, request_id, sender, record FROM exchange_unsealed ORDER BY id LIMIT :batch"
    " FOR UPDATE SKIP LOCKED"
)
_DONE = text("DELETE FROM exchange_unsealed WHERE id = ANY(:ids)")
_NEVER_ENDED = text(
    "UPDATE exchange SET state = 'unfinished' WHERE request_id IN ("
    " SELECT request_id FROM exchange WHERE state = 'begun' AND begun_at < now() - make_interval(mins => :minutes)"
    " ORDER BY begun_at LIMIT :batch FOR UPDATE SKIP LOCKED)"
    " RETURNING request_id, message_id, method, client, service, path, query, user_id, issue, represented_party,"
    " received_at, policy, grant_id, request_hash"
)
_TO_SEAL = text(
    "INSERT INTO exchange_unsealed (entry_id, request_id, sender, record)"
    " SELECT * FROM unnest(CAST(:entries AS uuid[]), CAST(:requests AS uuid[]), CAST(:senders AS text[]),"
    " CAST(:records AS bytea[]))"
)


async def seal_exchanges(runtime: Runtime) -> None:
    """A worker's part, since the ledger has one writer. Again and again until cancelled."""
    settings = settings_of(runtime)
    signer = exchange_signer_of(settings)
    published = signer is None
    while True:
        sealed = 0
        try:
            if signer is not None:
                if not published:
                    await publish_verifier(runtime.database, signer)
                    published = True
                await give_up_waiting(runtime.database, signer, settings.exchange_unfinished_minutes)
            sealed = await seal_batch(runtime.database)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - a worker must outlive every failure of the database
            _log.warning(
                "worker interrupted", job="seal_exchanges", error_type=type(error).__name__, exception=places(error)
            )
        if sealed < _BATCH:
            await asyncio.sleep(settings.poll_seconds)


async def seal_batch(database: Database) -> int:
    """Append the next records to the ledger; gives how many. One transaction: appended and no longer waiting, or neither."""
    async with database.begin() as uow:
        rows = (await uow.execute(_NEXT, {"batch": _BATCH})).all()
        if not rows:
            return 0
        additions = [Addition(row.entry_id, TYPE, row.sender, str(row.request_id), bytes(row.record)) for row in rows]
        # A request's id is known to its caller, who could have used it for an event before we come to it.
        taken = await ledger.append_entries(uow, additions)
        if taken:
            _log.warning("ids of exchanges were used for events", count=len(taken))
            await ledger.append_entries(uow, [_under_new_id(addition) for addition in taken])
        crash_point("seal.after_append")
        await uow.execute(_DONE, {"ids": [row.id for row in rows]})
        return await uow.commit(len(rows))


def _under_new_id(addition: Addition) -> Addition:
    return Addition(new_id(), addition.type, addition.sender, addition.subject, addition.body)


async def give_up_waiting(database: Database, signer: Signer, minutes: int) -> int:
    """Record as unfinished what began so long ago that its process must have died; gives how many."""
    async with database.begin() as uow:
        rows = (await uow.execute(_NEVER_ENDED, {"minutes": minutes, "batch": _BATCH})).mappings().all()
        if not rows:
            return 0
        await _to_seal(uow, [_asked(row) for row in rows], signer)
        return await uow.commit(len(rows))


async def _to_seal(uow: UnitOfWork, unfinished: list[Asked], signer: Signer) -> None:
    requests: list[UUID] = [asked.request_id for asked in unfinished]
    await uow.execute(
        _TO_SEAL,
        {
            "entries": [unfinished_id(request_id) for request_id in requests],
            "requests": requests,
            "senders": [asked.client or UNKNOWN for asked in unfinished],
            "records": [signed(canonical(unfinished_record(asked)), signer) for asked in unfinished],
        },
    )


def _asked(row: Any) -> Asked:
    return Asked(**{**row, "policy": MessageLogPolicy(row["policy"])})
