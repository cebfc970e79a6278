"""What of a changed event schema, request or answer breaks someone, and what does not."""

from typing import Any

import pytest

from sandbox.contracts_files.schema_comparison import Side, breaking_changes

READER, WRITER, EVENT = Side.READER, Side.WRITER, Side.EVENT


def an_object(required: list[str] | None = None, **properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required or []}


TEXT = {"type": "string"}
MAYBE_TEXT = {"anyOf": [{"type": "string"}, {"type": "null"}]}
BEFORE = an_object(["code"], code=TEXT, note=TEXT, channel={"type": "integer", "enum": [1, 2]})


def changed(**properties: dict[str, Any] | None) -> dict[str, Any]:
    """BEFORE with these properties replaced, or gone where None."""
    merged = {**BEFORE["properties"], **properties}
    return {**BEFORE, "properties": {name: schema for name, schema in merged.items() if schema is not None}}


@pytest.mark.parametrize("side", [READER, WRITER, EVENT])
def test_the_same_schema_breaks_nobody(side: Side) -> None:
    assert breaking_changes(BEFORE, BEFORE, side) == []


@pytest.mark.parametrize("side", [READER, WRITER, EVENT])
def test_a_new_optional_property_breaks_nobody(side: Side) -> None:
    assert breaking_changes(BEFORE, changed(added=MAYBE_TEXT), side) == []


@pytest.mark.parametrize("side", [READER, WRITER, EVENT])
def test_words_for_people_break_nobody(side: Side) -> None:
    explained = {**BEFORE, "title": "Other", "description": "Other words", "examples": [{}]}
    assert breaking_changes(BEFORE, explained, side) == []


@pytest.mark.parametrize("side", [READER, WRITER, EVENT])
def test_a_removed_property_breaks_everyone(side: Side) -> None:
    assert breaking_changes(BEFORE, changed(note=None), side) == ["/note: property removed or renamed"]


def test_a_renamed_property_breaks_an_event() -> None:
    assert breaking_changes(BEFORE, changed(note=None, remark=TEXT), EVENT) == ["/note: property removed or renamed"]


@pytest.mark.parametrize(("side", "breaks"), [(READER, True), (WRITER, False), (EVENT, True)])
def test_a_property_that_may_now_be_absent_breaks_who_reads(side: Side, breaks: bool) -> None:
    said = breaking_changes(BEFORE, {**BEFORE, "required": []}, side)
    assert said == (["/code: property no longer always there"] if breaks else [])


@pytest.mark.parametrize(("side", "breaks"), [(READER, False), (WRITER, True), (EVENT, True)])
def test_a_property_newly_required_breaks_who_writes(side: Side, breaks: bool) -> None:
    said = breaking_changes(BEFORE, {**BEFORE, "required": ["code", "note"]}, side)
    assert said == (["/note: property newly required"] if breaks else [])


def test_a_new_required_property_breaks_an_event_because_old_ones_are_replayed() -> None:
    after = {**changed(added=TEXT), "required": ["code", "added"]}
    assert breaking_changes(BEFORE, after, EVENT) == ["/added: property newly required"]


@pytest.mark.parametrize("side", [READER, WRITER, EVENT])
def test_another_type_breaks_everyone(side: Side) -> None:
    assert breaking_changes(BEFORE, changed(note={"type": "integer"}), side) != []


@pytest.mark.parametrize(
    ("side", "sentences"),
    [(READER, ["/note: may now be null"]), (WRITER, []), (EVENT, ["/note: may now be null"])],
)
def test_a_property_that_may_now_be_null_breaks_who_reads(side: Side, sentences: list[str]) -> None:
    assert breaking_changes(BEFORE, changed(note=MAYBE_TEXT), side) == sentences


@pytest.mark.parametrize(
    ("side", "sentences"),
    [(READER, []), (WRITER, ["/note: null is no longer taken"]), (EVENT, ["/note: null is no longer taken"])],
)
def test_a_property_that_may_no_longer_be_null_breaks_who_writes(side: Side, sentences: list[str]) -> None:
    assert breaking_changes(changed(note=MAYBE_TEXT), BEFORE, side) == sentences


def test_a_type_may_be_written_as_a_list_or_as_alternatives() -> None:
    assert breaking_changes(changed(note=MAYBE_TEXT), changed(note={"type": ["string", "null"]}), EVENT) == []


def test_a_number_takes_the_integers_it_took_and_more() -> None:
    whole, any_number = an_object(amount={"type": "integer"}), an_object(amount={"type": "number"})
    assert breaking_changes(whole, any_number, WRITER) == []
    assert breaking_changes(any_number, whole, READER) == []
    assert breaking_changes(whole, any_number, READER) == ["/amount: may now be number"]
    assert breaking_changes(any_number, whole, WRITER) == ["/amount: number is no longer taken"]


def test_what_may_be_anything_may_become_something_for_who_reads_only() -> None:
    assert breaking_changes(an_object(note={}), an_object(note=TEXT), READER) == []
    assert breaking_changes(an_object(note={}), an_object(note=TEXT), WRITER) == ["/note: anything is no longer taken"]
    assert breaking_changes(an_object(note=TEXT), an_object(note={}), READER) == ["/note: may now be anything"]


@pytest.mark.parametrize(("side", "breaks"), [(READER, False), (WRITER, True), (EVENT, True)])
def test_a_removed_value_breaks_who_writes_it(side: Side, breaks: bool) -> None:
    said = breaking_changes(BEFORE, changed(channel={"type": "integer", "enum": [1]}), side)
    assert said == (["/channel: value no longer taken: 2"] if breaks else [])


@pytest.mark.parametrize(("side", "breaks"), [(READER, False), (WRITER, False), (EVENT, True)])
def test_an_added_value_breaks_the_closed_lists_of_events_alone(side: Side, breaks: bool) -> None:
    said = breaking_changes(BEFORE, changed(channel={"type": "integer", "enum": [1, 2, 3]}), side)
    assert said == (["/channel: value added to a closed list: 3"] if breaks else [])


def test_a_list_of_values_that_appears_or_goes_breaks_an_event() -> None:
    free = changed(channel={"type": "integer"})
    assert breaking_changes(free, BEFORE, EVENT) == ["/channel: only these values are taken now: 1, 2"]
    assert breaking_changes(BEFORE, free, EVENT) == ["/channel: may now hold other values than 1, 2"]


def test_a_constant_is_a_list_of_one() -> None:
    one, two = an_object(kind={"const": "a"}), an_object(kind={"enum": ["a", "b"]})
    assert breaking_changes(one, two, WRITER) == []
    assert breaking_changes(two, one, WRITER) == ["/kind: value no longer taken: b"]


@pytest.mark.parametrize("rule", ["format", "pattern"])
def test_another_form_of_text_breaks_everyone(rule: str) -> None:
    old, new = changed(note={**TEXT, rule: "one"}), changed(note={**TEXT, rule: "two"})
    for side in (READER, WRITER, EVENT):
        assert breaking_changes(old, new, side) == [f"/note: {rule} is two, was one"]
    assert breaking_changes(BEFORE, new, READER) == []
    assert breaking_changes(BEFORE, new, WRITER) == [f"/note: {rule} is two, was absent"]
    assert breaking_changes(new, BEFORE, READER) == [f"/note: {rule} is absent, was two"]
    assert breaking_changes(new, BEFORE, WRITER) == []


@pytest.mark.parametrize(
    ("rule", "loose", "tight"), [("minLength", 1, 2), ("maximum", 9, 8), ("minItems", None, 1), ("maxLength", None, 5)]
)
def test_a_tighter_bound_breaks_who_writes_and_a_looser_one_who_reads(rule: str, loose: int | None, tight: int) -> None:
    wide, narrow = ({**TEXT, rule: value} if value is not None else TEXT for value in (loose, tight))
    assert breaking_changes(wide, narrow, WRITER) != []
    assert breaking_changes(wide, narrow, READER) == []
    assert breaking_changes(narrow, wide, WRITER) == []
    assert breaking_changes(narrow, wide, READER) != []
    assert breaking_changes(wide, narrow, EVENT) != []
    assert breaking_changes(narrow, wide, EVENT) != []


def test_another_default_breaks_who_leaves_the_property_out() -> None:
    old, new = changed(note={**TEXT, "default": "Việt Nam"}), changed(note={**TEXT, "default": ""})
    assert breaking_changes(old, new, EVENT) == ['/note: left out, it now means "", not "Việt Nam"']
    assert breaking_changes(old, new, READER) == []


def test_references_are_followed_on_both_sides() -> None:
    old = {**an_object(child={"$ref": "#/$defs/Child"}), "$defs": {"Child": an_object(["name"], name=TEXT)}}
    new = {**an_object(child={"$ref": "#/$defs/Person"}), "$defs": {"Person": an_object([], name=TEXT)}}
    assert breaking_changes(old, new, READER) == ["/child/name: property no longer always there"]


def test_all_of_is_taken_as_one_schema() -> None:
    old = {"allOf": [an_object(["a"], a=TEXT), an_object(["b"], b=TEXT)]}
    assert breaking_changes(old, an_object(["a", "b"], a=TEXT, b=TEXT), EVENT) == []
    assert breaking_changes(old, an_object(["a"], a=TEXT), EVENT) == ["/b: property removed or renamed"]


def test_items_of_lists_and_values_of_maps_are_looked_into() -> None:
    def holder(schema: dict[str, Any]) -> dict[str, Any]:
        return an_object(
            many={"type": "array", "items": schema}, by_name={"type": "object", "additionalProperties": schema}
        )

    said = breaking_changes(holder(TEXT), holder({"type": "integer"}), WRITER)
    assert said == ["/by_name/*: string is no longer taken", "/many/[]: string is no longer taken"]


def test_to_refuse_unnamed_properties_breaks_who_sends_them() -> None:
    closed = {**BEFORE, "additionalProperties": False}
    assert breaking_changes(BEFORE, closed, WRITER) != []
    assert breaking_changes(closed, BEFORE, WRITER) == []


def test_a_schema_that_holds_itself_comes_to_an_end() -> None:
    def tree(leaf: dict[str, Any]) -> dict[str, Any]:
        node = an_object(leaf=leaf, below={"anyOf": [{"$ref": "#/$defs/Node", "description": "x"}, {"type": "null"}]})
        return {"$ref": "#/$defs/Node", "$defs": {"Node": node}}

    assert breaking_changes(tree(TEXT), tree(TEXT), EVENT) == []
    assert "/leaf: string is no longer taken" in breaking_changes(tree(TEXT), tree({"type": "integer"}), EVENT)


def test_two_objects_to_choose_from_are_compared_in_their_order() -> None:
    old = {"oneOf": [an_object(a=TEXT), an_object(b=TEXT)]}
    assert breaking_changes(old, {"oneOf": [an_object(a=TEXT), an_object()]}, EVENT) == [
        "/b: property removed or renamed"
    ]
    assert breaking_changes(old, an_object(a=TEXT), WRITER) == ["/: object is no longer taken"]
