"""What a schema says, as rows and as an example: nested, folded back on itself, or with nothing to show."""

from typing import Any

import pytest

from gateway.api.fields import Constraint, example, fields, kind

DOCUMENT = {
    "components": {
        "schemas": {
            "Node": {
                "type": "object",
                "description": "A thing with things in it.",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "pattern": "^[a-z]+$"},
                    "children": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}},
                },
            },
            "Colour": {"type": "string", "enum": ["red", "green"], "description": "What one sees."},
            "Line": {"type": "object", "properties": {"amount": {"type": "integer"}}, "example": {"amount": 5000}},
        }
    }
}


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def an_object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def test_nested_fields_are_named_by_dotted_paths() -> None:
    schema = an_object(
        page=an_object(lines={"type": "array", "items": ref("Line")}),
        links={"type": "object", "additionalProperties": an_object(href={"type": "string"})},
    )
    assert [one.path for one in fields(schema, DOCUMENT)] == [
        "page",
        "page.lines",
        "page.lines[].amount",
        "links",
        "links.*.href",
    ]


def test_a_schema_that_holds_itself_ends() -> None:
    found = {one.path: one for one in fields(ref("Node"), DOCUMENT)}
    assert list(found) == ["name", "children"]
    assert (found["name"].required, found["children"].required) == (True, False)
    assert found["name"].constraints == (Constraint("pattern", "^[a-z]+$"),)


def test_what_may_be_null_keeps_choices_limits_and_the_nearest_description() -> None:
    colour = {"anyOf": [ref("Colour"), {"type": "null"}], "default": "red"}
    amount = {
        "anyOf": [{"type": "integer", "minimum": 1.0, "maximum": 10000.0}, {"type": "null"}],
        "description": "đồng",
    }
    first, second = fields(an_object(colour=colour, amount=amount), DOCUMENT)
    assert (first.kind, first.choices, first.description) == ("string | null", ("red", "green"), "What one sees.")
    assert first.constraints == (Constraint("default", "red"),)
    assert (second.kind, second.description) == ("integer | null", "đồng")
    assert second.constraints == (Constraint("value", "1–10000"),)


@pytest.mark.parametrize(("default", "words"), [(True, "true"), ("", '""'), ([], "[]"), ("open", "open"), (0, "0")])
def test_a_default_is_written_as_one_would_send_it(default: Any, words: str) -> None:
    (one,) = fields(an_object(what={"default": default}), DOCUMENT)
    assert one.constraints == (Constraint("default", words),)


def test_every_one_of_several_shapes_is_shown() -> None:
    schema = an_object(what={"oneOf": [ref("Line"), an_object(reason={"type": "string"})]})
    assert [one.path for one in fields(schema, DOCUMENT)] == ["what", "what.amount", "what.reason"]


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string", "format": "date"}, "string, date"),
        ({"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}, "array of array of integer"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "map of names to string"),
        ({"type": "object", "additionalProperties": True}, "object of any fields"),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]}, "string | integer"),
        ({}, ""),
    ],
)
def test_a_schema_is_said_in_a_word_or_two(schema: dict[str, Any], words: str) -> None:
    assert kind(schema, DOCUMENT) == words


def test_a_list_takes_its_example_from_what_is_listed() -> None:
    page = an_object(
        items={"type": "array", "items": ref("Line")}, next={"anyOf": [{"type": "string"}, {"type": "null"}]}
    )
    assert example({"schema": page}, DOCUMENT) == {"items": [{"amount": 5000}], "next": None}


def test_no_example_is_made_up() -> None:
    assert example({"schema": an_object(name={"type": "string"}, line=ref("Line"))}, DOCUMENT) is None
    assert example({"schema": ref("Node")}, DOCUMENT) is None
