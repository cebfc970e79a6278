"""SQL of the console's sign-ins, sessions and audit. It decides nothing; what a browser carries is here as a hash only."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from chassis.database import UnitOfWork

_BEGIN_LOGIN = text(
    "WITH old AS (DELETE FROM console_login WHERE begun_at < now() - interval '10 minutes')"
    " INSERT INTO console_login (id_hash, state, nonce, verifier, next)"
    " VALUES (:id_hash, :state, :nonce, :verifier, :next)"
)
_TAKE_LOGIN = text(
    "DELETE FROM console_login WHERE id_hash = :id_hash"
    " RETURNING state, nonce, verifier, next, begun_at > now() - interval '10 minutes' AS fresh"
)
_OPEN = text(
    "WITH old AS (DELETE FROM console_session WHERE expires_at < now() OR id_hash = :replaced)"
    " INSERT INTO console_session (id_hash, subject, name, roles, agency, csrf, expires_at)"
    " VALUES (:id_hash, :subject, :name, :roles, :agency, :csrf, now() + make_interval(secs => :seconds))"
)
_ALIVE = "id_hash = :id_hash AND expires_at > now() AND seen_at > now() - make_interval(secs => :idle)"
_TOUCH = text(
    f"UPDATE console_session SET seen_at = now() WHERE {_ALIVE} RETURNING subject, name, roles, agency, csrf"  # noqa: S608 - constant
)
_LOOK = text(f"SELECT subject, name, roles, agency, csrf FROM console_session WHERE {_ALIVE}")  # noqa: S608 - constant
_CLOSE = text("DELETE FROM console_session WHERE id_hash = :id_hash")
_ACT = text(
    "INSERT INTO console_action (operator, operator_name, address, action, object, details, outcome)"
    " VALUES (:operator, :operator_name, :address, :action, :object, CAST(:details AS jsonb), :outcome)"
)
_ACTIONS = text(
    "SELECT position, at, operator, operator_name, address, action, object, details, outcome FROM console_action"
    " WHERE (CAST(:before AS bigint) IS NULL OR position < :before)"
    " AND (CAST(:operator AS text) IS NULL OR operator = :operator) ORDER BY position DESC LIMIT :limit"
)


@dataclass(frozen=True)
class Login:
    """A sign-in on its way. `fresh`: it was begun less than ten minutes ago."""

    state: str
    nonce: str
    verifier: str
    next: str
    fresh: bool


@dataclass(frozen=True)
class Session:
    """An operator's session that is neither locked nor over. `csrf` is what each form of it carries."""

    subject: str
    name: str
    roles: Sequence[str]
    agency: str | None
    csrf: str


@dataclass(frozen=True)
class Action:
    """What an operator did, or tried: who, from where, what, to what, how it ended."""

    operator: str
    operator_name: str
    address: str
    action: str
    object: str
    details: Mapping[str, Any]
    outcome: str


@dataclass(frozen=True)
class ActionRow(Action):
    """One line of the audit."""

    position: int
    at: datetime


async def begin_login(uow: UnitOfWork, id_hash: bytes, login: Login) -> None:
    """Remember a sign-in; those never finished are forgotten."""
    values = {"state": login.state, "nonce": login.nonce, "verifier": login.verifier, "next": login.next}
    await uow.execute(_BEGIN_LOGIN, {"id_hash": id_hash, **values})


async def take_login(uow: UnitOfWork, id_hash: bytes) -> Login | None:
    """The sign-in this browser began, once."""
    row = (await uow.execute(_TAKE_LOGIN, {"id_hash": id_hash})).mappings().one_or_none()
    return Login(**row) if row is not None else None


async def open_session(
    uow: UnitOfWork, id_hash: bytes, session: Session, *, seconds: int, replaced: bytes | None
) -> None:
    """Begin a session, in place of the one this browser had; those that are over are forgotten."""
    values = {
        "subject": session.subject,
        "name": session.name,
        "roles": list(session.roles),
        "agency": session.agency,
        "csrf": session.csrf,
    }
    await uow.execute(_OPEN, {"id_hash": id_hash, "seconds": seconds, "replaced": replaced, **values})


async def session_of(uow: UnitOfWork, id_hash: bytes, *, idle: int, touch: bool) -> Session | None:
    """The session, if it is neither over nor idle for longer than `idle` seconds; `touch`: it is in use now."""
    row = (await uow.execute(_TOUCH if touch else _LOOK, {"id_hash": id_hash, "idle": idle})).mappings().one_or_none()
    return Session(**row) if row is not None else None


async def close_session(uow: UnitOfWork, id_hash: bytes) -> None:
    """End a session."""
    await uow.execute(_CLOSE, {"id_hash": id_hash})


async def write_action(uow: UnitOfWork, action: Action) -> None:
    """Add a line to the audit."""
    values = {"operator": action.operator, "operator_name": action.operator_name, "address": action.address}
    details = json.dumps(dict(action.details), ensure_ascii=False, default=str)
    await uow.execute(
        _ACT,
        {**values, "action": action.action, "object": action.object, "details": details, "outcome": action.outcome},
    )


async def actions(uow: UnitOfWork, before: int | None, limit: int, operator: str | None = None) -> list[ActionRow]:
    """The audit, the latest first."""
    rows = await uow.execute(_ACTIONS, {"before": before, "limit": limit, "operator": operator})
    return [ActionRow(**row) for row in rows.mappings()]
