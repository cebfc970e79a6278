"""What a procedure asks of a form beside its schema: cases, ages; and what of a form it can be asked."""

from datetime import date
from typing import Any

import pytest

from contracts.catalog import Case, TimeLimit
from contracts.codes import Channel, Sex, TimeLimitUnit
from services.submission.tests.conftest import birth
from submission.domain.prefill import Person, prefilled
from submission.domain.procedure import Procedure
from submission.rules import PREFILL_PLACES

TODAY = date(2026, 10, 12)
SCHEMA: dict[str, Any] = {
    "type": "object",
    "$defs": {"spouse": {"type": "object", "properties": {"fullName": {}, "personalId": {}, "dateOfBirth": {}}}},
    "properties": {
        "change": {"type": "object"},
        "correction": {"type": "object"},
        "shared": {"type": "object"},
        "person": {"type": "object"},
        "requester": {"type": "object", "properties": {"fullName": {"type": "string"}}},
        "wife": {"$ref": "#/$defs/spouse"},
        "husband": {"$ref": "#/$defs/spouse"},
        "round": {"$ref": "#/properties/round"},
    },
}
CASES = (
    Case(code="thay-doi", name="Thay đổi hộ tịch", form_parts=("change", "shared")),
    Case(code="cai-chinh", name="Cải chính hộ tịch", form_parts=("correction", "shared")),
)


def procedure(**update: Any) -> Procedure:
    plain = {"form_schema": SCHEMA, "occurrence_pointer": None, "cases": CASES}
    return Procedure.of(birth().model_copy(update=plain | update))


def faults(form: dict[str, Any], case: str | None) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.rule) for fault in procedure().read_form(form, TODAY, case).faults]


def test_a_case_requires_its_parts_and_refuses_those_of_others() -> None:
    """R-120."""
    assert faults({"change": {}, "shared": {}, "person": {}}, "thay-doi") == []
    assert faults({"correction": {}, "shared": {}}, "thay-doi") == [
        ("/form/change", "case-required"),
        ("/form/correction", "case-other"),
    ]
    assert faults({"correction": {}}, None) == []


@pytest.mark.parametrize(("born", "age"), [("2012-10-12", 14), ("2012-10-13", 13), ("2026-10-12", 0), (None, None)])
def test_age_is_in_whole_years_on_the_day_of_filing(born: str | None, age: int | None) -> None:
    read = procedure(age_pointer="/person/dateOfBirth").read_form({"person": {"dateOfBirth": born}}, TODAY)
    assert (read.age, read.faults) == (age, [])


def test_an_age_from_a_day_that_is_none_is_a_fault() -> None:
    read = procedure(age_pointer="/person/dateOfBirth").read_form({"person": {"dateOfBirth": "12/10/2012"}}, TODAY)
    assert [(fault.pointer, fault.rule) for fault in read.faults] == [("/form/person/dateOfBirth", "date")]


def test_the_time_limit_of_a_case_goes_before_that_of_all_cases() -> None:
    def limit(days: int, channel: Channel, case: str | None = None) -> TimeLimit:
        return TimeLimit(channel=channel, case=case, unit=TimeLimitUnit.WORKING_DAYS, amount=days)

    limits = (limit(3, Channel.COUNTER), limit(2, Channel.ONLINE), limit(6, Channel.COUNTER, "cai-chinh"))
    made = procedure(time_limits=limits)
    assert made.time_limit(Channel.ONLINE, "cai-chinh").amount == 6
    assert made.time_limit(Channel.ONLINE, "thay-doi").amount == 2
    assert made.time_limit(Channel.POST, None).amount == 3


def test_a_schema_is_asked_for_places_through_its_own_references() -> None:
    made = procedure()
    assert made.has_place("/wife/personalId")
    assert not made.has_place("/wife/ethnicity")
    assert not made.has_place("/round/anything")
    assert not made.has_place("/nothing/at/all")


def test_only_what_the_form_has_a_place_for_is_filled_in() -> None:
    woman = Person("001190000001", "TRẦN THỊ VÍ DỤ", date(1990, 5, 1), Sex.FEMALE, "Kinh")
    found = prefilled(procedure(), None, woman, PREFILL_PLACES)
    assert found.form == {
        "requester": {"fullName": "TRẦN THỊ VÍ DỤ"},
        "wife": {"fullName": "TRẦN THỊ VÍ DỤ", "dateOfBirth": "1990-05-01", "personalId": "001190000001"},
    }
    assert found.pointers[0] == "/form/requester/fullName"


def test_parts_of_other_cases_are_not_filled_in() -> None:
    cases = (Case(code="vo", name="Vợ", form_parts=("wife",)), Case(code="khac", name="Khác"))
    woman = Person("001190000001", "TRẦN THỊ VÍ DỤ", date(1990, 5, 1), Sex.FEMALE)
    made = procedure(cases=cases)
    assert "wife" in prefilled(made, "vo", woman, PREFILL_PLACES).form
    assert "wife" not in prefilled(made, "khac", woman, PREFILL_PLACES).form
