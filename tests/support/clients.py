"""Agencies' systems for tests: a registered subsystem with a client secret, put into a gateway's database past its API."""

from collections.abc import Iterable

from sqlalchemy import text

from chassis.clock import SystemClock
from chassis.database import Database, UnitOfWork
from gateway.handlers.credentials import make_secret

_MEMBER = text(
    "INSERT INTO member (instance, member_class, code, name, state, created_at, changed_at)"
    " VALUES ('VN', 'GOV', :agency, :agency, 'approved', now(), now()) ON CONFLICT DO NOTHING"
)
_CODE = text(
    "INSERT INTO member_code (instance, member_class, alias, code) VALUES ('VN', 'GOV', :agency, :agency)"
    " ON CONFLICT DO NOTHING"
)
_SUBSYSTEM = text(
    "INSERT INTO subsystem (instance, member_class, member, code, name, client_id, scopes, state, created_at, changed_at)"
    " VALUES ('VN', 'GOV', :agency, :client_id, :client_id, :client_id, :scopes, 'approved', now(), now())"
    " ON CONFLICT DO NOTHING"
)
_CHANGED = text("UPDATE registry_revision SET revision = revision + 1")


async def register(uow: UnitOfWork, client_id: str, *, agency: str, scopes: Iterable[str]) -> None:
    """The subsystem VN/GOV/agency/client_id, approved; the caller commits."""
    parameters = {"agency": agency, "client_id": client_id, "scopes": list(scopes)}
    for statement in (_MEMBER, _CODE, _SUBSYSTEM):
        await uow.execute(statement, parameters)
    await uow.execute(_CHANGED)


async def add_client(database: Database, client_id: str, *, agency: str, scopes: Iterable[str]) -> str:
    """A registered client with a new secret, which is given."""
    async with database.begin() as uow:
        await register(uow, client_id, agency=agency, scopes=scopes)
        return (await make_secret(uow, client_id)).secret


async def add_client_at(database_url: str, client_id: str, *, agency: str, scopes: Iterable[str]) -> str:
    """The same where only the address of the database is at hand."""
    database = Database.connect(database_url, SystemClock())
    try:
        return await add_client(database, client_id, agency=agency, scopes=scopes)
    finally:
        await database.close()
