"""The forms: the examples pass, and what is wrong is found where it is wrong."""

import copy
from typing import Any

import jsonschema_rs
import pytest

from catalog.domain.cases import form_for, hints_for
from catalog.forms import form_faults, part_of
from catalog.sources.files import names, read_json
from catalog.sources.forms import forms
from catalog.sources.procedures import procedures
from contracts.civil_registry import BirthDeclaration

FORMS = {name: form.schema for name, form in forms().items()}
HINTS = {name: form.ui for name, form in forms().items()}
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


def test_there_are_five_forms_each_with_an_example() -> None:
    assert set(FORMS) == {"birth", "death", "marriage", "correction", "general"}
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
        ("correction", "/person/dateOfBirth", None, "/person"),
        ("correction", "/correction/to", None, "/correction"),
        ("correction", "/record/office", "", "/record/office"),
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


def fields(schema: dict[str, Any], part: Any, pointer: str = "") -> dict[str, Any]:
    """Every field of a form by its pointer, the rows of a list as its row 0, as the schema has it there."""
    if "$ref" in part:
        part = {**schema["$defs"][part["$ref"].removeprefix("#/$defs/")], **part}
    found = {pointer: part}
    for name, below in part.get("properties", {}).items():
        found |= fields(schema, below, f"{pointer}/{name}")
    if "items" in part:
        found |= fields(schema, part["items"], f"{pointer}/0")
    return found


@pytest.mark.parametrize("form", FORMS)
def test_every_field_has_a_hint_and_every_hint_a_field(form: str) -> None:
    assert set(HINTS[form]) == set(fields(FORMS[form], FORMS[form]))
    assert all(part_of(FORMS[form], pointer) is not None for pointer in HINTS[form] if pointer)


@pytest.mark.parametrize("form", FORMS)
def test_a_label_says_in_vietnamese_what_the_schema_says(form: str) -> None:
    for pointer, part in fields(FORMS[form], FORMS[form]).items():
        label = HINTS[form][pointer]["label"]
        assert label["vi"] == part.get("title", label["vi"]), pointer
        assert label["en"] != label["vi"], pointer


@pytest.mark.parametrize("form", FORMS)
def test_a_field_is_drawn_as_what_it_is(form: str) -> None:
    for pointer, part in fields(FORMS[form], FORMS[form]).items():
        hint = HINTS[form][pointer]
        if "enum" in part:
            wanted = {"select"}
        elif part["type"] == "string":
            wanted = {"date"} if part.get("format") == "date" else {"text", "textarea", "time"}
        else:
            wanted = {{"object": "group", "array": "repeat", "integer": "number"}[part["type"]]}
        assert hint["widget"] in wanted, pointer
        assert [option["value"] for option in hint.get("options", ())] == part.get("enum", []), pointer


@pytest.mark.parametrize("form", FORMS)
def test_fields_have_an_order_and_top_level_fields_a_section_of_the_form(form: str) -> None:
    sections = {section["code"] for section in HINTS[form][""].get("sections", ())}
    rest = {pointer: hint for pointer, hint in HINTS[form].items() if pointer}
    assert len({hint["order"] for hint in rest.values()}) == len(rest)
    named = {hint["section"] for hint in rest.values() if "section" in hint}
    assert named == sections
    for pointer, hint in rest.items():
        assert ("section" in hint) == (bool(sections) and pointer.count("/") == 1), pointer
        for other in rest:
            assert not other.startswith(pointer + "/") or rest[other]["order"] > hint["order"], other


def test_every_procedure_has_the_hints_of_its_form() -> None:
    assert all(procedure.content.form_ui in HINTS.values() for procedure in procedures())
    [correction] = [item.content for item in procedures() if item.code == "1.004859"]
    for case in correction.cases:
        form = form_for(correction.form_schema, correction.cases, case.code)
        hints = hints_for(correction.form_ui, form, correction.form_schema)
        assert set(hints) == set(fields(form, form)), case.code
        assert set(hints) < set(correction.form_ui)


SIBLING = {"fullName": "NGUYỄN VĂN MẪU", "sex": 1, "dateOfBirth": "2026-07-29", "placeOfBirth": "Bệnh viện"}


def test_twins_are_declared_on_one_form() -> None:
    """R-110."""
    for number in (0, 1, 5):
        assert faults("birth", EXAMPLES["birth"] | {"siblings": [SIBLING] * number}) == set()
    assert faults("birth", EXAMPLES["birth"] | {"siblings": [SIBLING] * 6}) == {"/siblings"}


@pytest.mark.parametrize("name", SIBLING)
def test_each_of_the_siblings_is_declared_whole_and_with_nothing_else(name: str) -> None:
    without = {key: value for key, value in SIBLING.items() if key != name}
    assert faults("birth", EXAMPLES["birth"] | {"siblings": [SIBLING, without]}) == {"/siblings/1"}
    assert faults("birth", EXAMPLES["birth"] | {"siblings": [SIBLING | {"ethnicity": "Kinh"}]}) == {"/siblings/0"}


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
        # What submission cannot run in linear time, it cannot take in: it would never hear of the procedure.
        {"type": "string", "pattern": "^(?!x).*$"},
        {"type": "string", "pattern": "(a{1000}){1000}"},
    ],
)
def test_a_form_that_cannot_be_used_is_refused(schema: dict[str, Any]) -> None:
    assert [fault.pointer for fault in form_faults(schema, None)] == ["/formSchema"]


def test_the_day_of_the_event_must_be_a_date_of_the_form() -> None:
    assert form_faults(FORMS["birth"], "/child/dateOfBirth") == []
    for pointer in ("/child/fullName", "/child/nothing", "/nothing/at/all"):
        assert [fault.pointer for fault in form_faults(FORMS["birth"], pointer)] == ["/occurrencePointer"]
