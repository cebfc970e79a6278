"""No field leaves the house but those a right allows, whatever the event holds."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.registry import EVENTS
from contracts.submission import DossierAccepted
from gateway.delivery.open_fields import classified, open_fields
from gateway.domain.minimise import ENVELOPE, View, minimised, minimised_bytes, view_of
from tests.support.events import wire

names = st.sampled_from(["a", "b", "c", "form", "owner"])
values: st.SearchStrategy[Any] = st.recursive(
    st.integers() | st.text(max_size=3) | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=20,
)
paths = st.sets(st.lists(names, min_size=1, max_size=3).map(".".join), max_size=5)


def leaves(value: Any, at: tuple[str, ...] = ()) -> set[tuple[tuple[str, ...], str]]:
    """Everything said in a value, with the names that lead to it (list places are not told apart)."""
    if isinstance(value, dict):
        return {leaf for name, inner in value.items() for leaf in leaves(inner, (*at, name))}
    if isinstance(value, list):
        return {leaf for inner in value for leaf in leaves(inner, at)}
    return {(at, json.dumps(value))}


def is_allowed(path: tuple[str, ...], allowed: set[str]) -> bool:
    return any(".".join(path[:end]) in allowed for end in range(1, len(path) + 1))


@given(st.dictionaries(names, values, max_size=5), paths)
def test_no_field_outside_the_right_ever_leaves_and_none_inside_is_lost(
    data: dict[str, Any], allowed: set[str]
) -> None:
    """R-240."""
    shown = minimised({"type": "t", "data": data}, view_of([frozenset(allowed)], ()))["data"]
    kept = leaves(shown)
    assert all(is_allowed(path, allowed) for path, _ in kept)
    assert kept == {leaf for leaf in leaves(data) if is_allowed(leaf[0], allowed)}


@given(st.dictionaries(st.text(max_size=12), values, max_size=6))
def test_of_the_envelope_only_what_every_event_has_leaves(more: dict[str, Any]) -> None:
    assert set(minimised({**more, "type": "t"}, View())) <= ENVELOPE | {"data"}


@pytest.mark.parametrize("event_type", EVENTS)
def test_every_field_of_every_event_is_called_open_or_personal(event_type: str) -> None:
    """Put a new field into one of the two lists of its type in gateway/data/personal_fields.yaml."""
    fields = {field.alias or name for name, field in EVENTS[event_type].model_fields.items()}
    said = classified()[event_type]
    assert said.open | said.personal == fields
    assert said.open & said.personal == set()


@pytest.mark.parametrize("event_type", EVENTS)
def test_without_named_fields_no_event_tells_a_name_or_a_personal_id(event_type: str) -> None:
    body = wire(EVENTS[event_type].from_example()).body
    shown = json.dumps(minimised_bytes(body, view_of([None], open_fields(event_type))), ensure_ascii=False)
    for personal in ("001190000001", "001088000002", "001326000123", "NGUYỄN", "TRẦN", "officer-1"):
        assert personal not in shown


def test_a_form_leaves_only_as_far_as_it_is_named() -> None:
    body = wire(DossierAccepted.from_example()).body
    view = view_of([None, frozenset({"form.child.fullName"})], open_fields(DossierAccepted.type))
    data = minimised_bytes(body, view)["data"]
    assert data["form"] == {"child": {"fullName": "NGUYỄN THỊ MẪU"}}
    assert "owner" not in data
    assert data["dossierCode"] == "H26-20261012-0000042"


def test_of_a_type_nobody_classified_no_data_leaves_by_default() -> None:
    assert minimised({"type": "x", "data": {"anything": 1}}, view_of([None], open_fields("x")))["data"] == {}
