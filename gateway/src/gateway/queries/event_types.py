"""SQL of the event types that agencies own. It decides nothing."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from chassis.database import UnitOfWork
from gateway.domain.partners import State

_COLUMNS = (
    "e.type, e.owner, CAST(e.schema AS text) AS schema, e.title, e.description, e.state, e.version, e.reason,"
    " e.refusal_legal_basis, e.created_at, e.changed_at,"
    " concat_ws('/', s.instance, s.member_class, s.member, s.code) AS owner_id"
)
_FROM = "FROM event_type e JOIN subsystem s ON s.client_id = e.owner"
_ADD = text(
    "INSERT INTO event_type (type, owner, schema, title, description, state, created_at, changed_at)"
    " VALUES (:type, :owner, CAST(:schema AS jsonb), :title, :description, 'requested', :now, :now)"
    " ON CONFLICT (type) DO NOTHING RETURNING type"
)
_ONE = text(f"SELECT {_COLUMNS} {_FROM} WHERE e.type = :type")
_ALL = text(f"SELECT {_COLUMNS} {_FROM} ORDER BY e.type LIMIT 5000")
_OWNED = text(f"SELECT {_COLUMNS} {_FROM} WHERE e.owner = :owner AND e.state = 'approved'")
_MOVE = text(
    "UPDATE event_type SET state = :state, version = version + 1, changed_at = :now, answered_by = :by,"
    " reason = :reason, refusal_legal_basis = :legal_basis WHERE type = :type AND state = ANY(CAST(:before AS text[]))"
    " RETURNING type"
)


@dataclass(frozen=True)
class EventTypeRow:
    """An event type of an agency. `owner` is a client id, `owner_id` the subsystem as X-Road names it."""

    type: str
    owner: str
    owner_id: str
    schema: Mapping[str, Any]
    title: str
    description: str
    state: State
    version: int
    reason: str | None
    refusal_legal_basis: str | None
    created_at: datetime
    changed_at: datetime


async def add(uow: UnitOfWork, name: str, owner: str, schema: Mapping[str, Any], title: str, description: str) -> bool:
    """Register a type; False where the name is taken."""
    parameters = {"type": name, "owner": owner, "schema": json.dumps(schema), "title": title, "now": uow.now}
    return (await uow.execute(_ADD, {**parameters, "description": description})).first() is not None


async def one(uow: UnitOfWork, name: str) -> EventTypeRow | None:
    """A type by its name."""
    row = (await uow.execute(_ONE, {"type": name})).one_or_none()
    return _read(row) if row is not None else None


async def every(uow: UnitOfWork) -> list[EventTypeRow]:
    """Those of all agencies, by name."""
    return [_read(row) for row in await uow.execute(_ALL)]


async def approved_of(uow: UnitOfWork, owner: str) -> list[EventTypeRow]:
    """What a client may publish."""
    return [_read(row) for row in await uow.execute(_OWNED, {"owner": owner})]


async def move(
    uow: UnitOfWork,
    name: str,
    before: Sequence[State],
    state: State,
    by: str,
    *,
    reason: str | None = None,
    legal_basis: str | None = None,
) -> bool:
    """Bring a type from one of these states to another; False if it is in none of them."""
    parameters = {"type": name, "before": list(before), "state": state, "by": by, "now": uow.now}
    moved = await uow.execute(_MOVE, {**parameters, "reason": reason, "legal_basis": legal_basis})
    return moved.first() is not None


def _read(row: Row[Any]) -> EventTypeRow:
    return EventTypeRow(
        row.type, row.owner, row.owner_id, json.loads(row.schema), row.title, row.description, State(row.state),
        row.version, row.reason, row.refusal_legal_basis, row.created_at, row.changed_at,
    )  # fmt: skip
