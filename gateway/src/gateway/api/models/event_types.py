"""What the routes of event types and of published events take and answer. Shapes only."""

from datetime import datetime
from typing import Any, Self, TypeAlias
from uuid import UUID

from pydantic import ConfigDict, Field

from chassis.text import CleanText
from contracts.event import Event
from gateway.api.models.shape import Model
from gateway.queries.event_types import EventTypeRow

EventModel: TypeAlias = type[Event]

_TYPE = "vn.gov.baohiemxahoi.health-card-issued.v1"
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["cardNumber"],
    "properties": {"cardNumber": {"type": "string"}},
}


class NewEventType(Model):
    """A type of event that the caller's subsystem wants to publish."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": _TYPE,
                    "title": "Đã cấp thẻ bảo hiểm y tế",
                    "description": "A health card was issued",
                    "schema": _SCHEMA,
                }
            ]
        },
        extra="forbid",
    )

    type: str = Field(max_length=200, description="Reverse domain name that ends in its version")
    title: CleanText = Field(min_length=1, max_length=200)
    description: CleanText = Field(min_length=1, max_length=2000)
    data_schema: dict[str, Any] = Field(alias="schema", description="JSON Schema (2020-12) of the event's data")


class Answer(Model):
    """Why an operator refuses, suspends or closes: by law in writing."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "Trùng với loại sự kiện đã có", "legalBasis": "NĐ 278/2025"}]},
        extra="forbid",
    )

    reason: CleanText = Field(min_length=1, max_length=1000)
    legal_basis: CleanText = Field(min_length=1, max_length=300)


class EventTypeView(Model):
    """A type of event: whose it is, and what its data is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": _TYPE,
                    "owner": "VN/GOV/G24/bhyt",
                    "title": "Đã cấp thẻ bảo hiểm y tế",
                    "description": "A health card was issued",
                    "state": "approved",
                    "schema": _SCHEMA,
                }
            ]
        }
    )

    type: str
    owner: str = Field(description="The subsystem whose events these are")
    title: str
    description: str
    state: str
    data_schema: dict[str, Any] | None = Field(default=None, alias="schema", description="Not in lists")
    example: dict[str, Any] | None = None
    changed_at: datetime | None = None
    reason: str | None = None
    refusal_legal_basis: str | None = None

    @classmethod
    def of(cls, row: EventTypeRow, *, whole: bool = True) -> Self:
        """An agency's type."""
        return cls(
            type=row.type, owner=row.owner_id, title=row.title, description=row.description, state=row.state.value,
            schema=dict(row.schema) if whole else None, changed_at=row.changed_at, reason=row.reason,
            refusal_legal_basis=row.refusal_legal_basis,
        )  # fmt: skip

    @classmethod
    def of_the_city(cls, event: EventModel, owner: str, *, whole: bool = True) -> Self:
        """A type of the city's own contract."""
        words = " ".join((event.__doc__ or "").split())
        return cls(
            type=event.type, owner=owner, title=event.event_name, description=words, state="approved",
            schema=event.model_json_schema(by_alias=True) if whole else None,
            example=event.example if whole else None,
        )  # fmt: skip


class PublishedView(Model):
    """The events that are in the ledger now."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ids": ["01927f5e-0000-7000-8000-0000000000e1"]}]})

    ids: list[UUID]
