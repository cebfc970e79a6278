"""SQL of claims: who has which dossier in hand, since when, and who had it before. No rule lives here."""

from datetime import datetime

from sqlalchemy import text

from chassis.database import UnitOfWork

# The end of the claim before is counted so that it is written first: there may be one claim of a dossier at a time.
_CLAIM = text("""
WITH held AS (
    UPDATE dossiers SET claimed_by = :officer, version = :version, changed_at = clock_timestamp() WHERE code = :code),
ended AS (
    UPDATE claims SET released_at = :at, released_by = :officer WHERE dossier_code = :code AND released_at IS NULL
    RETURNING position)
INSERT INTO claims (dossier_code, officer, claimed_at)
SELECT :code, :officer, :at FROM (SELECT count(*) FROM ended) AS once""")

_RELEASE = text("""
WITH free AS (
    UPDATE dossiers SET claimed_by = NULL, version = :version, changed_at = clock_timestamp() WHERE code = :code)
UPDATE claims SET released_at = :at, released_by = :officer WHERE dossier_code = :code AND released_at IS NULL""")

_SINCE = text("SELECT claimed_at FROM claims WHERE dossier_code = :code AND released_at IS NULL")


async def claim(uow: UnitOfWork, code: str, *, officer: str, version: int) -> None:
    """The dossier, which must be locked, is now in this officer's hands; a claim of another ends."""
    await uow.execute(_CLAIM, {"code": code, "officer": officer, "version": version, "at": uow.now})


async def release(uow: UnitOfWork, code: str, *, officer: str, version: int) -> None:
    """The dossier, which must be locked, is back in the queue."""
    await uow.execute(_RELEASE, {"code": code, "officer": officer, "version": version, "at": uow.now})


async def held_since(uow: UnitOfWork, code: str) -> datetime | None:
    """Since when the present claim holds."""
    since: datetime | None = (await uow.execute(_SINCE, {"code": code})).scalar_one_or_none()
    return since
