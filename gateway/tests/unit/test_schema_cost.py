"""What an agency's JSON Schema may cost the gateway that runs it."""

from typing import Any

import pytest

from gateway.domain.schema_cost import visits
from gateway.event_schemas import UnusableSchema, check_schema

HERE: dict[str, Any] = {"$ref": "#"}
CARD = {"$ref": "#/$defs/card"}


def chain(steps: int, *, anchors: bool = False) -> dict[str, Any]:
    """Each definition refers to the next one twice: the last one is looked at 2 ** steps times."""

    def reference(step: int) -> dict[str, Any]:
        return {"$ref": f"#d{step}" if anchors else f"#/$defs/d{step}"}

    steps_of = {f"d{step}": {"allOf": [reference(step + 1), reference(step + 1)]} for step in range(steps)}
    definitions: dict[str, Any] = {
        name: {"$anchor": name, **part} if anchors else part for name, part in steps_of.items()
    }
    definitions[f"d{steps}"] = {"$anchor": f"d{steps}"}
    return {"type": "object", **reference(0), "$defs": definitions}


@pytest.mark.parametrize(
    "schema",
    [
        chain(40),
        chain(40, anchors=True),
        {"type": "object", "additionalProperties": {"allOf": [HERE, HERE]}},
        {"type": "object", "properties": {"a": {"anyOf": [HERE, {"not": HERE}]}}},
        {"type": "object", "patternProperties": {"a": HERE, "b": HERE}},
        {"type": "object", "properties": {"a": HERE}, "additionalProperties": HERE, "patternProperties": {"": HERE}},
        {"type": "object", "properties": {"a": HERE}, "allOf": [{"properties": {"a": HERE}}]},
        {"type": "object", "$ref": "#/nowhere"},
        {"type": "object", "properties": {"a": {"$id": "http://other.test/", "$ref": "#"}}},
    ],
)
def test_a_schema_that_multiplies_what_it_looks_at_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(UnusableSchema):
        check_schema(schema)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object"},
        {"type": "object", "properties": {"left": HERE, "right": HERE, "next": {"type": "array", "items": HERE}}},
        {"type": "object", "properties": {str(n): CARD for n in range(300)}, "$defs": {"card": {"type": "string"}}},
        {"type": "object", "properties": {"a": {"oneOf": [CARD, {"type": "null"}]}}, "$defs": {"card": {"enum": [1]}}},
        {"type": "object", "allOf": [HERE]},
        chain(5, anchors=True),
    ],
)
def test_one_that_people_write_is_taken(schema: dict[str, Any]) -> None:
    check_schema(schema)


def test_what_is_counted_is_how_often_one_place_is_looked_at() -> None:
    assert visits({"type": "object", "properties": {"a": True, "b": {"allOf": [{}, {}]}}}) == 4
    assert visits(chain(3)) == sum(2 * 2**step for step in range(4))
