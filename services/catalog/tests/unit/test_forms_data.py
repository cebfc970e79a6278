"""The forms: the examples pass, and what is wrong is found where it is wrong."""

import copy
from typing import Any

import jsonschema_rs
import pytest

from catalog.forms import form_faults
from catalog.sources.files import names, read_json
from contracts.civil_registry import BirthDeclaration

FORMS = {name.removesuffix(".schema.json"): read_json("forms", name) for name in names("forms")}
EXAMPLES = {name: read_json("examples", f"{name}.json") for name in FORMS}


def faults(form: str, filled: dict[str, Any]) -> set[str]:
    validator = jsonschema_rs.Draft202012Validator(FORMS[form], validate_formats=True)
    return {"".join(f"/{part}" for part in error.instance_path) for error in validator.iter_errors(filled)}


def changed(form: str, pointer: str, value: Any) -> dict[str, Any]:
    """The example with one value set, or removed if None."""
    filled = copy.deepcopy(EXAMPLES[form])
    *path, last = pointer.split("/")[1:]
    part = filled
    for name in path:
        part = part[name]
    if value is None:
        del part[last]
    else:
        part[last] = value
    assert isinstance(filled, dict)
    return filled


def test_there_are_four_forms_each_with_an_example() -> None:
    assert set(FORMS) == {"birth", "death", "marriage", "general"}
    assert {name.removesuffix(".json") for name in names("examples")} == set(FORMS)


@pytest.mark.parametrize("form", FORMS)
def test_the_example_passes(form: str) -> None:
    assert faults(form, EXAMPLES[form]) == set()


@pytest.mark.parametrize("form", FORMS)
def test_a_field_the_form_does_not_know_is_refused(form: str) -> None:
    assert faults(form, changed(form, "/nickname", "Tí")) == {""}


@pytest.mark.parametrize(
    ("form", "pointer", "value", "where"),
    [
        ("birth", "/child/dateOfBirth", "29/07/2026", "/child/dateOfBirth"),
        ("birth", "/child/dateOfBirth", "2026-02-30", "/child/dateOfBirth"),
        ("birth", "/child/sex", 4, "/child/sex"),
        ("birth", "/child/fullName", "   ", "/child/fullName"),
        ("birth", "/child/placeOfBirth", None, "/child"),
        ("birth", "/child/weight", 3200, "/child"),
        ("birth", "/birthType", 6, "/birthType"),
        ("birth", "/mother/personalId", "00119000001", "/mother/personalId"),
        ("birth", "/requester/relationship", None, "/requester"),
        ("birth", "/copies", -1, "/copies"),
        ("death", "/deceased/dateOfDeath", None, "/deceased"),
        ("death", "/deceased/timeOfDeath", "25:00", "/deceased/timeOfDeath"),
        ("death", "/deathPaper/kind", 8, "/deathPaper/kind"),
        ("marriage", "/wife/personalId", None, "/wife"),
        ("general", "/content", "", "/content"),
    ],
)
def test_what_is_wrong_is_found_where_it_is_wrong(form: str, pointer: str, value: Any, where: str) -> None:
    assert where in faults(form, changed(form, pointer, value))


@pytest.mark.parametrize(
    ("birth_type", "parents"),
    [(1, {"mother", "father"}), (2, {"father"}), (3, {"mother"}), (4, set()), (5, set())],
)
def test_which_parents_are_declared_follows_from_the_type_of_birth(birth_type: int, parents: set[str]) -> None:
    """R-061"""
    filled = changed("birth", "/birthType", birth_type)
    for name in {"mother", "father"} - parents:
        del filled[name]
    assert faults("birth", filled) == set()
    for name in parents:
        assert faults("birth", {key: value for key, value in filled.items() if key != name}) == {""}
    for name in {"mother", "father"} - parents:
        assert faults("birth", {**filled, name: EXAMPLES["birth"][name]}) == {f"/{name}"}


def test_a_birth_form_is_a_declaration_field_by_field() -> None:
    declared = BirthDeclaration.model_validate({"kind": 4, **EXAMPLES["birth"]})
    sent = declared.model_dump(mode="json", by_alias=True)
    assert {key: value for key, value in sent.items() if key != "kind"} == EXAMPLES["birth"]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "strin"},
        {"$schema": "http://json-schema.org/draft-07/schema#"},
        {"$ref": "#/$defs/nowhere"},
        {"$ref": "https://example.org/form.json"},
        {"type": "string", "pattern": "("},
    ],
)
def test_a_form_that_cannot_be_used_is_refused(schema: dict[str, Any]) -> None:
    assert [fault.pointer for fault in form_faults(schema, None)] == ["/formSchema"]


def test_the_day_of_the_event_must_be_a_date_of_the_form() -> None:
    assert form_faults(FORMS["birth"], "/child/dateOfBirth") == []
    for pointer in ("/child/fullName", "/child/nothing", "/nothing/at/all"):
        assert [fault.pointer for fault in form_faults(FORMS["birth"], pointer)] == ["/occurrencePointer"]
