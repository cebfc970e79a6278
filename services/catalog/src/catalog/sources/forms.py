"""The forms (tờ khai) of the data files, each with the hints for drawing it. Reads only.

`NAME.schema.json` is the JSON Schema; `NAME.ui.json` has one hint for each of its fields, by JSON pointer into the filled
form. `""` is the form itself, and `/list/0` any row of a list. A form loses the order of its fields when it is stored:
`order` keeps it.
"""

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import TypeAdapter

from catalog.sources.files import Row, names, read_json

Name = Literal["birth", "death", "marriage", "correction", "general"]
_SCHEMA = ".schema.json"


class Words(Row):
    """What is shown, in both languages. In Vietnamese a label says what the schema's title says."""

    vi: str
    en: str


class Option(Row):
    """A value the field may have, and what is shown for it."""

    value: int | str
    label: Words


class Group(Row):
    """A part of the form that is drawn under one heading; `section` of a top-level field names it."""

    code: str
    label: Words


class Hint(Row):
    """How to draw a field. `group` is a field made of fields, `repeat` a list of them.

    `order` counts through the whole form. `autocomplete` is a token of HTML, given where the applicant writes of
    themselves.
    """

    order: int | None = None
    label: Words
    widget: Literal["text", "date", "time", "select", "textarea", "number", "group", "repeat"]
    section: str | None = None
    sections: tuple[Group, ...] | None = None
    help: Words | None = None
    options: tuple[Option, ...] | None = None
    autocomplete: str | None = None


_HINTS = TypeAdapter(dict[str, Hint])


@dataclass(frozen=True)
class Form:
    """A form: its JSON Schema, and its hints by pointer."""

    schema: dict[str, Any]
    ui: dict[str, Any]


def form(name: str) -> Form:
    """A form of the data files."""
    hints = _HINTS.validate_python(read_json("forms", f"{name}.ui.json"))
    ui = {pointer: hint.model_dump(mode="json", exclude_none=True) for pointer, hint in hints.items()}
    return Form(read_json("forms", f"{name}{_SCHEMA}"), ui)


def forms() -> dict[str, Form]:
    """Every form of the data files, by its name."""
    files = (file for file in names("forms") if file.endswith(_SCHEMA))
    return {name: form(name) for name in (file.removesuffix(_SCHEMA) for file in files)}
