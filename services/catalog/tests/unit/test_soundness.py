"""Parts of a version that fit each other: those of the data files do."""

from datetime import date

import pytest

from catalog.domain.service_classes import both_schemes
from catalog.domain.soundness import Days, content_faults, place_faults
from catalog.forms import part_of
from catalog.sources.life_events import life_events
from catalog.sources.procedures import SeedProcedure, procedures
from catalog.sources.service_classes import schemes
from contracts.catalog import Offering
from contracts.codes import Channel, ServiceLevel

EVENTS = [event.code for event in life_events()]


@pytest.mark.parametrize("item", procedures(), ids=lambda item: item.code)
def test_what_the_data_files_say_would_pass_as_a_draft(item: SeedProcedure) -> None:
    assert content_faults(item.content, EVENTS) == []


def test_a_part_of_a_form_is_found_through_references_and_lists() -> None:
    schema = {
        "$defs": {"person": {"properties": {"born": {"format": "date"}}}, "round": {"$ref": "#/$defs/round"}},
        "properties": {
            "mother": {"$ref": "#/$defs/person"},
            "children": {"type": "array", "items": {"$ref": "#/$defs/person"}},
            "loop": {"$ref": "#/$defs/round"},
        },
    }
    assert part_of(schema, "/mother/born") == part_of(schema, "/children/0/born") == {"format": "date"}
    for nowhere in ("/father", "/mother/0", "/loop/x", "/children/born", "/mother/born/x"):
        assert part_of(schema, nowhere) is None


def offering(first: str, last: str | None) -> Offering:
    return Offering(
        units=("00004", "00008"),
        channels=(Channel.ONLINE,),
        service_level=ServiceLevel.FULL,
        valid_from=date.fromisoformat(first),
        valid_to=None if last is None else date.fromisoformat(last),
        legal_source="x",
    )


@pytest.mark.parametrize(
    ("first", "last", "wrong_on"),
    [
        ("2016-08-10", None, None),
        ("2016-08-09", None, "2016-08-09"),
        ("2017-01-01", "2025-07-01", None),
    ],
)
def test_a_code_that_passes_to_the_next_commune_is_one_on_all_days(
    first: str, last: str | None, wrong_on: str | None
) -> None:
    """R-112."""
    communes: dict[str, list[Days]] = {
        "00004": [(date(2025, 7, 1), None), (date(2016, 8, 10), date(2025, 6, 30))],
        "00008": [(date(2016, 1, 1), None)],
    }
    faults = list(place_faults([offering(first, last)], communes))
    assert [fault.pointer for fault in faults] == ([] if wrong_on is None else ["/offerings/0/units/0"])
    assert all(wrong_on is not None and wrong_on in fault.message.en for fault in faults)


@pytest.mark.parametrize(
    ("spans", "last", "wrong_on"),
    [
        ([], None, "2020-01-01"),
        ([(date(2016, 1, 1), date(2019, 12, 31))], None, "2020-01-01"),
        ([(date(2016, 1, 1), date(2024, 12, 31))], None, "2025-01-01"),
        ([(date(2016, 1, 1), date(2024, 12, 31))], "2024-12-31", None),
        ([(date(2016, 1, 1), date(2024, 12, 31)), (date(2025, 1, 2), None)], None, "2025-01-01"),
        ([(date(2020, 1, 2), None)], "2020-06-30", "2020-01-01"),
    ],
)
def test_the_first_day_without_a_commune_is_named(spans: list[Days], last: str | None, wrong_on: str | None) -> None:
    """R-112."""
    communes: dict[str, list[Days]] = {"00004": spans, "00008": [(date(2000, 1, 1), None)]}
    said = [fault.message.en for fault in place_faults([offering("2020-01-01", last)], communes)]
    assert said == ([] if wrong_on is None else [f"No commune has this code on {wrong_on}"])


def test_levels_and_classes_have_names_and_each_scheme_its_days() -> None:
    former, present = schemes()
    assert [row.code for row in (*former.classes, *present.classes)] == list(ServiceLevel)
    assert former.valid_to is not None
    assert present.valid_from is not None
    assert (present.valid_from - former.valid_to).days == 1


def test_no_class_is_computed_from_a_level() -> None:
    """R-103."""
    for item in procedures():
        for offering in item.content.offerings:
            both = both_schemes(offering)
            assert {both.level, both.service_class} <= {None, offering.service_level, offering.former_level}
