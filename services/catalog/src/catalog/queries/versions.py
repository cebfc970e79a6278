"""SQL of the versions of procedures as editors change them. It decides nothing; each function runs one statement."""
# ruff: noqa: S608 - statements are put together from constants of this module, values are always bound

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, text

from catalog.content import ProcedureContent
from chassis.database import UnitOfWork

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('catalog', 716))")


async def lock(uow: UnitOfWork) -> None:
    """Let no one else change the catalogue before this transaction ends: editing is rare, and versions must not overlap."""
    await uow.execute(_LOCK)


_VERSIONS = text(
    "SELECT code, version, status, valid_from, valid_to, content::text AS content, created_by, revision, withdrawal"
    " FROM procedures WHERE CAST(:code AS text) IS NULL OR code = :code ORDER BY code, version"
)


async def versions(uow: UnitOfWork, code: str | None = None) -> Sequence[Row[Any]]:
    """Every version of one procedure, or of all."""
    return (await uow.execute(_VERSIONS, {"code": code})).all()


_SEARCH = (
    "setweight(to_tsvector('simple', :names), 'A') || setweight(to_tsvector('simple', :keywords), 'B')"
    " || setweight(to_tsvector('simple', :others), 'C')"
)
_INSERT = text(
    "INSERT INTO procedures"
    " (code, version, status, valid_from, valid_to, content, search, created_by, created_at, revision)"
    f" VALUES (:code, :version, 'draft', :valid_from, :valid_to, CAST(:content AS jsonb), {_SEARCH}, :created_by, :now,"
    " :revision)"
)
_CHANGE = text(
    "UPDATE procedures SET valid_from = :valid_from, valid_to = :valid_to, content = CAST(:content AS jsonb),"
    f" search = {_SEARCH}, created_by = :created_by, created_at = :now, revision = revision + 1"
    " WHERE code = :code AND version = :version"
)
_DISCARD = text("DELETE FROM procedures WHERE code = :code AND version = :version")


def _draft(
    uow: UnitOfWork,
    code: str,
    version: int,
    validity: tuple[date, date | None],
    content: ProcedureContent,
    created_by: str,
) -> dict[str, Any]:
    return {
        "code": code,
        "version": version,
        "valid_from": validity[0],
        "valid_to": validity[1],
        "content": content.stored(),
        "created_by": created_by,
        "now": uow.now,
        **content.search_texts(code),
    }


async def insert_draft(
    uow: UnitOfWork,
    code: str,
    version: int,
    validity: tuple[date, date | None],
    content: ProcedureContent,
    created_by: str,
) -> int:
    """Keep a draft; returns its revision.

    A number is free again when its draft is discarded: revisions begin at the instant, so that an ETag of the draft that
    is gone is none of the next one's.
    """
    revision = int(uow.now.timestamp() * 1000)
    await uow.execute(_INSERT, _draft(uow, code, version, validity, content, created_by) | {"revision": revision})
    return revision


async def change_draft(
    uow: UnitOfWork,
    code: str,
    version: int,
    validity: tuple[date, date | None],
    content: ProcedureContent,
    changed_by: str,
) -> None:
    await uow.execute(_CHANGE, _draft(uow, code, version, validity, content, changed_by))


async def discard_draft(uow: UnitOfWork, code: str, version: int) -> None:
    await uow.execute(_DISCARD, {"code": code, "version": version})


_CORRECT = text(
    "UPDATE procedures SET status = 'corrected', revision = revision + 1"
    " WHERE code = :code AND version = ANY(CAST(:versions AS bigint[]))"
)
_END = text(
    "UPDATE procedures SET valid_to = :last_day, revision = revision + 1 WHERE code = :code AND version = :version"
)
_PUBLISH = text(
    "UPDATE procedures SET status = 'published', published_at = :now, revision = revision + 1"
    " WHERE code = :code AND version = :version"
)
_WITHDRAW = text(
    "UPDATE procedures SET status = 'withdrawn', valid_to = :last_day, withdrawal = :withdrawal,"
    " withdrawal_source = :source, withdrawal_reason = :reason, withdrawn_at = :now, withdrawn_by = :by,"
    " revision = revision + 1 WHERE code = :code AND version = :version"
)


async def correct(uow: UnitOfWork, code: str, numbers: Sequence[int]) -> None:
    await uow.execute(_CORRECT, {"code": code, "versions": list(numbers)})


async def end(uow: UnitOfWork, code: str, version: int, last_day: date) -> None:
    await uow.execute(_END, {"code": code, "version": version, "last_day": last_day})


async def publish(uow: UnitOfWork, code: str, version: int) -> None:
    await uow.execute(_PUBLISH, {"code": code, "version": version, "now": uow.now})


async def withdraw(
    uow: UnitOfWork, code: str, version: int, last_day: date, *, withdrawal: int, source: str, reason: str, by: str
) -> None:
    row = {"code": code, "version": version, "last_day": last_day, "withdrawal": withdrawal}
    await uow.execute(_WITHDRAW, row | {"source": source, "reason": reason, "by": by, "now": uow.now})


_HISTORY = (
    "SELECT code, version, status, valid_from, valid_to, content ->> 'name' AS name, revision, published_at,"
    " withdrawal_source, withdrawal_reason{content} FROM procedures"
    " WHERE code = :code AND (CAST(:drafts AS boolean) OR status <> 'draft'){filters}"
)
_PAGE_OF_HISTORY = text(_HISTORY.format(content="", filters=" AND version > :after") + " ORDER BY version LIMIT :limit")
_SOME_OF_HISTORY = text(
    _HISTORY.format(content=", content::text AS content", filters=" AND version = ANY(CAST(:versions AS bigint[]))")
    + " ORDER BY version"
)


async def history(uow: UnitOfWork, code: str, *, drafts: bool, after: int, limit: int) -> Sequence[Row[Any]]:
    """The versions of a procedure without their content, by number; drafts only if wanted."""
    parameters = {"code": code, "drafts": drafts, "after": after, "limit": limit}
    return (await uow.execute(_PAGE_OF_HISTORY, parameters)).all()


async def versions_of(uow: UnitOfWork, code: str, numbers: Sequence[int], *, drafts: bool) -> Sequence[Row[Any]]:
    """Some versions of a procedure with their content; drafts only if wanted."""
    parameters = {"code": code, "drafts": drafts, "versions": list(numbers)}
    return (await uow.execute(_SOME_OF_HISTORY, parameters)).all()
