"""JSON Schemas of agencies' event types: checked when they are registered, held against events when those come. No I/O.

On jsonschema-rs. A schema refers to nothing outside itself: whoever registers one could otherwise have us fetch an address.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import jsonschema_rs

from gateway.domain.agency_event import Validator
from gateway.domain.schema_cost import MOST_VISITS, NotCountable, visits

MOST_BYTES = 65_536
MOST_FAULTS = 20


class UnusableSchema(ValueError):
    """Not a JSON Schema that can be used here; the message says why, in English."""


def check_schema(schema: Mapping[str, Any]) -> None:
    """Raises UnusableSchema."""
    if len(json.dumps(schema, ensure_ascii=True)) > MOST_BYTES:
        raise UnusableSchema(f"a schema has at most {MOST_BYTES} bytes")
    if schema.get("type") != "object":
        raise UnusableSchema('the data of an event is an object: the schema must say "type": "object"')
    if any(not reference.startswith("#") for reference in _references(schema)):
        raise UnusableSchema("a schema refers to nothing outside itself: $ref must begin with #")
    validator_of(schema)
    # Whoever registers a schema has us run it, where everybody waits for the end of it.
    try:
        costly = visits(schema) > MOST_VISITS
    except NotCountable as wrong:
        raise UnusableSchema(f"this schema cannot be checked: {wrong}") from None
    if costly:
        raise UnusableSchema(f"a schema looks at one place of an event at most {MOST_VISITS} times")


def validator_of(schema: Mapping[str, Any]) -> Validator:
    """What holds data against the schema. Raises UnusableSchema."""
    try:
        compiled = jsonschema_rs.Draft202012Validator(dict(schema), validate_formats=True, retriever=_nothing)
    except (ValueError, jsonschema_rs.ReferencingError) as wrong:  # ValidationError is a ValueError
        raise UnusableSchema("not a JSON Schema (2020-12)") from wrong

    def validate(data: Any) -> Sequence[tuple[str, str]]:
        found = []
        for error in compiled.iter_errors(data):
            found.append(("".join(f"/{part}" for part in error.instance_path), str(error.kind.name)))
            if len(found) == MOST_FAULTS:
                break
        return found

    return validate


def _nothing(uri: str) -> Any:
    raise ValueError(uri)


def _references(node: Any) -> list[str]:
    found: list[str] = []
    waiting = [node]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict):
            found += [str(value) for key, value in here.items() if key in {"$ref", "$dynamicRef"}]
            waiting += here.values()
        elif isinstance(here, list):
            waiting += here
    return found
