"""The files of events: the JSON Schema of each and of the envelope, and a whole example of each. They are made from the models."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from contracts.envelope import CloudEvent, sequence_of
from contracts.event import EVENT_PREFIX, Event
from contracts.registry import EVENTS

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ENVELOPE = "cloudevent.json"
EXAMPLE_TIME = datetime(2026, 10, 12, 3, 5, tzinfo=UTC)
EXAMPLE_TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"  # the example of W3C Trace Context


def file_of(event_type: str) -> str:
    """`payment.fee-assessed.v1.json`: the type without the city's prefix."""
    return f"{event_type.removeprefix(EVENT_PREFIX + '.')}.json"


def schema_files() -> dict[str, str]:
    """File name → JSON Schema 2020-12 of the event's data, and of the envelope.

    The schema is the one of what is *taken* (pydantic's validation mode): it holds for events that were written before
    an optional property was added, and these come again whenever the ledger is replayed.
    """
    schemas = {file_of(name): _schema(model) for name, model in EVENTS.items()}
    return {ENVELOPE: _schema(CloudEvent), **schemas}


def example_files() -> dict[str, str]:
    """File name → the example of an event in its envelope, exactly as it would be on the wire but for line breaks."""
    return {file_of(name): _json(example_of(model)) for name, model in EVENTS.items()}


def example_of(model: type[Event]) -> Any:
    """The event's example as a CloudEvent. Its id is made from its type, so that it stays the same."""
    event = model.from_example()
    envelope = CloudEvent(
        id=_example_id(event.type),
        source=f"/{event.producer}",
        type=event.type,
        subject=event.subject,
        time=EXAMPLE_TIME,
        sequence=sequence_of(event.version),
        traceparent=EXAMPLE_TRACE,
        data=event.model_dump(mode="json", by_alias=True),
    )
    return json.loads(envelope.model_dump_json(exclude_none=True))


def _example_id(event_type: str) -> UUID:
    """A UUIDv7 of the example's time, its random bits from the type's hash."""
    milliseconds = int(EXAMPLE_TIME.timestamp() * 1000)
    chance = int.from_bytes(sha256(event_type.encode()).digest()[:10])
    bits = milliseconds << 80 | chance
    bits = bits & ~(0xF << 76) | 0x7 << 76
    return UUID(int=bits & ~(0b11 << 62) | 0b10 << 62)


class _Untitled(GenerateJsonSchema):
    """Without pydantic's titles of fields, which only repeat their names."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - the name and parameters are pydantic's
        return False


def _schema(model: type[BaseModel]) -> str:
    return _json({"$schema": DIALECT, **model.model_json_schema(by_alias=True, schema_generator=_Untitled)})


def _json(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
