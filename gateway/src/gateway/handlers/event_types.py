"""Use cases of event types: an agency registers one, an operator answers; the only place that commits them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chassis.database import UnitOfWork
from chassis.problems import FieldError, Text
from gateway.domain.agency_event import is_type_name
from gateway.domain.event_type import TRANSITIONS, Step
from gateway.event_schemas import UnusableSchema, check_schema
from gateway.problems.event_types import (
    EventSchemaUnusable,
    EventTypeExists,
    EventTypeNameNotAllowed,
    EventTypeNotFound,
    EventTypeStateConflict,
)
from gateway.queries import event_types as queries
from gateway.queries.event_types import EventTypeRow


@dataclass(frozen=True)
class RegisterEventType:
    """A subsystem wants to publish events of a type of its own."""

    type: str
    owner: str
    schema: Mapping[str, Any]
    title: str
    description: str


async def register_event_type(command: RegisterEventType, uow: UnitOfWork) -> EventTypeRow:
    """Ask for a type. Raises EventTypeNameNotAllowed, EventSchemaUnusable, EventTypeExists."""
    if not is_type_name(command.type):
        raise EventTypeNameNotAllowed(
            errors=[
                FieldError(
                    "/type",
                    "event_type_name",
                    Text(
                        "Tên miền viết ngược, kết thúc bằng .v1; không bắt đầu bằng vn.gov.hanoi",
                        "Reverse domain name that ends in .v1; it does not begin with vn.gov.hanoi",
                    ),
                )
            ]
        )
    try:
        check_schema(command.schema)
    except UnusableSchema as wrong:
        because = Text("Lược đồ JSON không dùng được ở đây", str(wrong).capitalize())
        raise EventSchemaUnusable(errors=[FieldError("/schema", "json_schema", because)]) from wrong
    if not await queries.add(uow, command.type, command.owner, command.schema, command.title, command.description):
        raise EventTypeExists(eventType=command.type)
    return await uow.commit(await _there(uow, command.type))


async def answer_event_type(
    name: str, step: Step, by: str, uow: UnitOfWork, *, reason: str | None = None, legal_basis: str | None = None
) -> EventTypeRow:
    """An operator's step. Raises EventTypeNotFound, EventTypeStateConflict."""
    before = [state for state, taken in TRANSITIONS if taken is step]
    target = next(state for (_, taken), state in TRANSITIONS.items() if taken is step)
    if not await queries.move(uow, name, before, target, by, reason=reason, legal_basis=legal_basis):
        raise EventTypeStateConflict(state=(await _there(uow, name)).state.value)
    return await uow.commit(await _there(uow, name))


async def _there(uow: UnitOfWork, name: str) -> EventTypeRow:
    found = await queries.one(uow, name)
    if found is None:
        raise EventTypeNotFound
    return found
