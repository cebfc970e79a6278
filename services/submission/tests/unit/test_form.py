"""Forms: cleaned to what may be kept, every fault at its pointer, no fault able to hurt the service."""

import json
import unicodedata
from datetime import date
from typing import Any

import pytest

from chassis.problems import FieldError
from services.submission.tests.conftest import birth
from submission.domain.form import MOST_FAULTS, cleaned, compiled, day_at, schema_faults
from submission.domain.procedure import Procedure

TODAY = date(2026, 10, 12)


def faults(schema: dict[str, Any], form: dict[str, Any]) -> list[tuple[str, str]]:
    return sorted((fault.pointer, fault.rule) for fault in schema_faults(compiled(schema), form))


def test_each_missing_property_has_its_own_fault_at_its_own_pointer() -> None:
    schema = {"type": "object", "required": ["a", "b/c"], "properties": {"d": {"type": "object", "required": ["e"]}}}
    assert faults(schema, {"d": {}}) == [("/form/a", "required"), ("/form/b~1c", "required"), ("/form/d/e", "required")]


@pytest.mark.parametrize(
    ("rule", "value", "keyword"),
    [
        ({"type": "string"}, 5, "type"),
        ({"enum": [1, 2]}, 3, "enum"),
        ({"const": "x"}, "y", "const"),
        ({"format": "date"}, "2026-02-30", "format"),
        ({"pattern": "^[0-9]{12}$"}, "12", "pattern"),
        ({"minLength": 2}, "a", "minLength"),
        ({"maxLength": 2}, "abc", "maxLength"),
        ({"minimum": 1}, 0, "minimum"),
        ({"maximum": 1}, 2, "maximum"),
        ({"minItems": 1}, [], "minItems"),
        ({"uniqueItems": True}, [1, 1], "uniqueItems"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, 1, "anyOf"),
        ({"oneOf": [{"type": "integer"}, {"minimum": 0}]}, 1, "oneOf"),
        ({"contains": {"const": 1}}, [2], "contains"),
        ({"not": {}}, 1, "not"),
    ],
)
def test_a_broken_rule_is_told_by_its_keyword_in_two_languages(rule: Any, value: Any, keyword: str) -> None:
    (fault,) = schema_faults(compiled({"properties": {"x": rule}}), {"x": value})
    assert (fault.pointer, fault.rule) == ("/form/x", keyword)
    assert fault.message.vi
    assert fault.message.en
    assert "{}" not in fault.message.vi + fault.message.en


def test_fields_the_form_does_not_have_are_told_one_by_one() -> None:
    schema = {"additionalProperties": False, "properties": {"a": True}}
    assert faults(schema, {"b": 1, "c/d": 2}) == [
        ("/form/b", "additionalProperties"),
        ("/form/c~1d", "additionalProperties"),
    ]


def test_what_was_typed_is_never_repeated_in_a_fault() -> None:
    told = list(schema_faults(compiled({"properties": {"x": {"maxLength": 2, "pattern": "^a$"}}}), {"x": "secret"}))
    assert "secret" not in repr(told)


def test_text_comes_out_in_nfc_names_of_fields_too() -> None:
    decomposed = unicodedata.normalize("NFD", "Nguyễn Thị Ế")
    found: list[FieldError] = []
    form = cleaned({decomposed: [decomposed, {"a": decomposed}]}, found)
    assert form == {"Nguyễn Thị Ế": ["Nguyễn Thị Ế", {"a": "Nguyễn Thị Ế"}]}
    assert not found


@pytest.mark.parametrize("text", ["a\x00b", "\x1b[2J", "\x7f", "\x85", "\r\n", "\ud800", "a\u202eb", "\u2066"])
def test_control_characters_and_broken_text_are_refused_wherever_they_stand(text: str) -> None:
    found: list[FieldError] = []
    cleaned({"a": [{"b": text}], text: 1}, found)
    assert [(fault.pointer, fault.rule) for fault in found] == [
        ("/form/a/0/b", "control-characters"),
        ("/form", "control-characters"),
    ]


def test_line_breaks_and_tabs_are_text() -> None:
    found: list[FieldError] = []
    assert cleaned({"a": "một\n\thai"}, found) == {"a": "một\n\thai"}
    assert not found


def test_numbers_that_json_does_not_know_are_refused() -> None:
    found: list[FieldError] = []
    cleaned(json.loads('{"a": NaN, "b": [Infinity], "c": 1e999, "d": 1.5}'), found)
    assert [fault.pointer for fault in found] == ["/form/a", "/form/b/0", "/form/c"]


def nested(levels: int) -> dict[str, Any]:
    form: dict[str, Any] = {}
    for _ in range(levels - 1):
        form = {"a": form}
    return form


def test_a_form_is_at_most_thirty_two_levels_deep() -> None:
    procedure = Procedure.of(birth().model_copy(update={"form_schema": {}}))
    assert not procedure.read_form(nested(32), TODAY).faults
    (fault,) = procedure.read_form(nested(33), TODAY).faults
    assert fault.rule == "depth"
    assert len(procedure.read_form(nested(900), TODAY).faults) == 1


def test_the_faults_told_are_bounded() -> None:
    schema = {"properties": {"a": {"items": {"type": "string"}}}}
    procedure = Procedure.of(birth().model_copy(update={"form_schema": schema}))
    assert len(procedure.read_form({"a": [1] * 5000}, TODAY).faults) == MOST_FAULTS + 1


@pytest.mark.parametrize(
    "schema", [{"type": 5}, {"$ref": "https://example.com/form.json"}, {"properties": {"a": {"pattern": "("}}}]
)
def test_a_schema_nobody_could_fill_in_is_refused_when_it_is_published(schema: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Procedure.of(birth().model_copy(update={"form_schema": schema}))


def test_a_day_is_found_by_its_pointer() -> None:
    form = {"a/b": {"c~d": "2026-01-02"}}
    assert day_at(form, "/a~1b/c~0d") == date(2026, 1, 2)
    assert day_at(form, "/a~1b/none") is None
    assert day_at({"a": [1]}, "/a/b") is None


@pytest.mark.parametrize("value", ["2026-1-2", "20260102", "2026-W01-1", "2026-02-30", 5, "2026-01-02T00:00"])
def test_what_is_no_day_is_not_taken_for_one(value: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        day_at({"a": value}, "/a")


def test_an_event_is_late_by_the_longest_period_the_fee_rules_name() -> None:
    """R-034"""
    procedure = Procedure.of(birth())
    assert not procedure.is_late(60, TODAY)
    assert procedure.is_late(61, TODAY)
    assert not procedure.is_late(None, TODAY)
    assert not Procedure.of(birth().model_copy(update={"fees": ()})).is_late(5000, TODAY)
