"""Whether a form (tờ khai) can be used: a JSON Schema 2020-12 that says where the day of the event stands. No I/O."""

from dataclasses import dataclass
from typing import Any

import jsonschema_rs

from chassis.problems import Text

DIALECT = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a version: where in the procedure's content, which rule, and why."""

    pointer: str
    rule: str
    message: Text


def form_faults(schema: dict[str, Any], occurrence_pointer: str | None, age_pointer: str | None = None) -> list[Fault]:
    """What keeps the form from being used; empty if nothing does."""
    if schema.get("$schema", DIALECT) != DIALECT or not _compiles(schema):
        message = Text("Không phải JSON Schema 2020-12 hợp lệ", "Not a valid JSON Schema 2020-12")
        return [Fault("/formSchema", "json-schema", message)]
    message = Text("Không chỉ tới một ngày trong biểu mẫu", "Does not lead to a date in the form")
    pointers = {"/occurrencePointer": occurrence_pointer, "/agePointer": age_pointer}
    return [
        Fault(where, "date-in-form", message)
        for where, pointer in pointers.items()
        if pointer is not None and not _holds_a_date(schema, pointer)
    ]


def part_of(schema: Any, pointer: str) -> Any:
    """The schema of the value that a JSON pointer into a filled form leads to; None if the form has none there.

    Through a list it goes by any number: the rows of a list have one schema.
    """
    part = schema
    for name in pointer.removeprefix("/").split("/"):
        part = _resolved(schema, part)
        if not isinstance(part, dict):
            return None
        if name.isdecimal() and isinstance(part.get("items"), dict):
            part = part["items"]
        else:
            properties = part.get("properties")
            part = properties.get(name) if isinstance(properties, dict) else None
    return _resolved(schema, part)


def _resolved(schema: Any, part: Any) -> Any:
    """The part that a reference within the form stands for. A reference to a reference is followed a few times only."""
    for _ in range(8):
        reference = part.get("$ref") if isinstance(part, dict) else None
        if not isinstance(reference, str) or not reference.startswith("#/"):
            break
        part = schema
        for name in reference[2:].split("/"):
            part = part.get(name.replace("~1", "/").replace("~0", "~")) if isinstance(part, dict) else None
    return part


def _compiles(schema: dict[str, Any]) -> bool:
    try:
        jsonschema_rs.meta.validate(schema)
        # As submission compiles it: a pattern it cannot run in linear time (a look-ahead, say) would keep the procedure from
        # ever arriving there, published though it is.
        jsonschema_rs.Draft202012Validator(
            schema, validate_formats=True, retriever=_fetch_nothing, pattern_options=jsonschema_rs.RegexOptions()
        )
    except (ValueError, jsonschema_rs.ReferencingError):
        return False
    return True


def _holds_a_date(schema: dict[str, Any], pointer: str) -> bool:
    part = part_of(schema, pointer)
    return isinstance(part, dict) and part.get("format") == "date"


def _fetch_nothing(address: str) -> Any:
    """A form stands by itself: a reference out of it would make every service that checks dossiers call that address."""
    raise ValueError(f"a form may not refer to {address}")
