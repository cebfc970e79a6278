"""What is done for files when nobody asks: checks that did not end are taken up again, what is not used is cleared away.

Each does a bounded piece of work and says how much; the job goes on until there is none left.
"""

from collections.abc import Awaitable, Callable

from chassis.database import Database
from chassis.problems import Problem
from chassis.telemetry.logging import get_logger, places
from submission.files.storage import CONTENTS, PARTS, Storage
from submission.handlers.uploads import Intake, check_upload
from submission.queries import uploads

_log = get_logger("files.upkeep")

_AT_ONCE = 20
ORPHAN_SECONDS = 24 * 3600
"""What the database does not know of may be on its way there for as long as one request can take; a day is ample."""


async def check_again(intake: Intake, database: Database) -> int:
    """Uploads whose check was cut short (by a crash), or could not be made (the scanner was away)."""
    async with database.begin() as uow:
        due = await uploads.claim_unchecked(uow, most=_AT_ONCE, again_after=intake.limits.check_again_seconds)
        await uow.commit(None)
    for upload in due:
        try:
            await check_upload(upload, intake, database)
        except Problem as refusal:
            _log.info("upload refused", event_id=str(upload.id), reason=refusal.slug)
        except Exception as error:  # noqa: BLE001 - one file that nobody foresaw must not hold up those behind it
            _log.warning(
                "upload could not be checked",
                event_id=str(upload.id),
                error_type=type(error).__name__,
                exception=places(error),
            )
    return len(due)


async def drop_expired(intake: Intake, database: Database) -> int:
    """Uploads whose time is over, used or not; what they became stays as long as a dossier has it."""
    async with database.begin() as uow:
        ids = await uploads.expired(uow, _AT_ONCE)
        dropped = await uploads.delete(uow, ids) if ids else []
        await uow.commit(None)
    await intake.storage.delete(dropped)
    return len(ids)


async def drop_unused_files(intake: Intake, database: Database) -> int:
    """Files that no upload and no dossier refers to any more."""
    async with database.begin() as uow:
        dropped = await uploads.take_unused_files(uow, _AT_ONCE)
        await uow.commit(None)
    await intake.storage.delete(dropped)
    return len(dropped)


async def sweep(storage: Storage, database: Database, *, older_than_seconds: float = ORPHAN_SECONDS) -> int:
    """Delete stored bytes that the database knows nothing of: what a process that died had written and not counted."""
    found = 0
    for prefix in (PARTS, CONTENTS):
        keys: list[str] = []
        async for key in storage.older_than(prefix, older_than_seconds):
            keys.append(key)
            if len(keys) == 500:
                found += await _sweep(keys, storage, database)
                keys.clear()
        found += await _sweep(keys, storage, database)
    if found:
        _log.info("stored bytes without an owner deleted", count=found)
    return found


async def _sweep(keys: list[str], storage: Storage, database: Database) -> int:
    async with database.begin() as uow:
        unknown = await uploads.unknown_keys(uow, keys)
    await storage.delete(unknown)
    return len(unknown)


async def until_none_left(
    work: Callable[[Intake, Database], Awaitable[int]], intake: Intake, database: Database
) -> None:
    """Again, until there was less to do than is done in one go."""
    while await work(intake, database) == _AT_ONCE:
        pass
