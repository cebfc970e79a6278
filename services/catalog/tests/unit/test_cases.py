"""What of a procedure is for one case, and what its form becomes then."""

from typing import Any

from catalog.domain.cases import form_for, hints_for, time_limit
from contracts.catalog import Case, TimeLimit
from contracts.codes import Channel, TimeLimitUnit

CASES = (
    Case(code="one", name="Một", form_parts=("a", "shared")),
    Case(code="two", name="Hai", form_parts=("b", "shared")),
    Case(code="three", name="Ba"),
)
FORM: dict[str, Any] = {
    "additionalProperties": False,
    "required": ["all", "b"],
    "properties": {"all": {}, "a": {}, "b": {}, "shared": {}},
}


def test_a_part_that_two_cases_name_belongs_to_both() -> None:
    assert form_for(FORM, CASES, "one")["required"] == ["all", "a", "shared"]
    assert form_for(FORM, CASES, "two")["required"] == ["all", "b", "shared"]
    assert set(form_for(FORM, CASES, "three")["properties"]) == {"all"}


def test_without_a_case_the_form_is_as_published() -> None:
    assert form_for(FORM, CASES, None) is FORM


def test_an_open_form_still_refuses_the_parts_of_other_cases() -> None:
    form = form_for({**FORM, "additionalProperties": True}, CASES, "three")
    assert form["properties"] == {"all": {}, "a": False, "b": False, "shared": False}


def test_hints_of_parts_that_are_gone_go_with_them() -> None:
    hints: dict[str, Any] = {"": {}, "/all": {}, "/all/b": {}, "/a/x": {}, "/b": {}, "/b/x": {}}
    assert set(hints_for(hints, form_for(FORM, CASES, "one"), FORM)) == {"", "/all", "/all/b", "/a/x"}
    assert hints_for(hints, FORM, FORM) == hints


def test_a_case_without_a_limit_of_its_own_has_the_one_for_all() -> None:
    limits = [
        TimeLimit(channel=Channel.ONLINE, unit=TimeLimitUnit.WORKING_DAYS, amount=3),
        TimeLimit(channel=Channel.ONLINE, case="one", unit=TimeLimitUnit.WORKING_DAYS, amount=5),
        TimeLimit(channel=Channel.COUNTER, case="two", unit=TimeLimitUnit.WORKING_DAYS, amount=7),
    ]
    assert [getattr(time_limit(limits, Channel.ONLINE, case), "amount", None) for case in (None, "one", "two")] == [
        3,
        5,
        3,
    ]
    assert time_limit(limits, Channel.COUNTER, None) is None
