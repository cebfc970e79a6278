"""Whether a form (tờ khai) can be used: a JSON Schema 2020-12 that says where the day of the event stands. No I/O."""

from dataclasses import dataclass
from typing import Any

import jsonschema_rs

from chassis.problems import Text

DIALECT = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True)
class FormFault:
    """One thing wrong with a form: where in the procedure's content, which rule, and why."""

    pointer: str
    rule: str
    message: Text


def form_faults(schema: dict[str, Any], occurrence_pointer: str | None) -> list[FormFault]:
    """What keeps the form from being used; empty if nothing does."""
    if schema.get("$schema", DIALECT) != DIALECT or not _compiles(schema):
        message = Text("Không phải JSON Schema 2020-12 hợp lệ", "Not a valid JSON Schema 2020-12")
        return [FormFault("/formSchema", "json-schema", message)]
    if occurrence_pointer is not None and not _holds_a_date(schema, occurrence_pointer):
        message = Text("Không chỉ tới một ngày trong biểu mẫu", "Does not lead to a date in the form")
        return [FormFault("/occurrencePointer", "date-in-form", message)]
    return []


def _compiles(schema: dict[str, Any]) -> bool:
    try:
        jsonschema_rs.meta.validate(schema)
        jsonschema_rs.Draft202012Validator(schema, retriever=_fetch_nothing)
    except (ValueError, jsonschema_rs.ReferencingError):
        return False
    return True


def _holds_a_date(schema: dict[str, Any], pointer: str) -> bool:
    part: Any = schema
    for name in pointer.removeprefix("/").split("/"):
        part = part.get("properties", {}).get(name) if isinstance(part, dict) else None
    return isinstance(part, dict) and part.get("format") == "date"


def _fetch_nothing(address: str) -> Any:
    """A form stands by itself: a reference out of it would make every service that checks dossiers call that address."""
    raise ValueError(f"a form may not refer to {address}")
