"""SQL of what is exported. It decides nothing; each function runs one statement."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, text

from chassis.database import UnitOfWork

_PAGE = text(
    "SELECT code, content::text AS content FROM procedures WHERE status IN ('published', 'withdrawn')"
    " AND valid_from <= :on AND (valid_to IS NULL OR valid_to >= :on) AND code > :after ORDER BY code LIMIT :limit"
)
_ONE = text(
    "SELECT code, valid_from, valid_to,"
    " CASE WHEN valid_from <= :on AND (valid_to IS NULL OR valid_to >= :on) THEN content::text END AS content"
    " FROM procedures WHERE code = :code AND status IN ('published', 'withdrawn') ORDER BY valid_from"
)
_EVERY = text(
    "SELECT code, version, valid_from, valid_to, content::text AS content FROM procedures"
    " WHERE status IN ('published', 'withdrawn') ORDER BY code, version"
)
_AGENCIES = text("SELECT code, name FROM agencies WHERE valid_from <= :on AND (valid_to IS NULL OR valid_to >= :on)")


async def in_force(uow: UnitOfWork, *, on: date, after: str, limit: int) -> Sequence[Row[Any]]:
    """The versions in force on a day, by code."""
    return (await uow.execute(_PAGE, {"on": on, "after": after, "limit": limit})).all()


async def of_code(uow: UnitOfWork, code: str, on: date) -> Sequence[Row[Any]]:
    """Every version of a procedure that stands; only the one in force that day has its content."""
    return (await uow.execute(_ONE, {"code": code, "on": on})).all()


async def every_version(uow: UnitOfWork) -> Sequence[Row[Any]]:
    """Every version that stands, with its content."""
    return (await uow.execute(_EVERY)).all()


async def agency_names(uow: UnitOfWork, on: date) -> dict[str, str]:
    """What the agencies are called on a day, by their codes."""
    return {row.code: row.name for row in (await uow.execute(_AGENCIES, {"on": on})).all()}
