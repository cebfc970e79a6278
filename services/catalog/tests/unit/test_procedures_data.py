"""The data files of procedures: that they say what was published, and nothing twice."""

import re
from collections import Counter
from datetime import date
from typing import Any

import pytest

from catalog.domain import procedure_code
from catalog.domain.soundness import content_faults
from catalog.sources.life_events import life_events
from catalog.sources.procedures import SeedProcedure, procedures
from catalog.sources.units import units
from contracts.catalog import FeeRule
from contracts.codes import ApplicantClass, Channel, ServiceLevel, TimeLimitUnit
from contracts.fee_rules import NO_RULE, fee_lines, total
from contracts.submission import FeeFacts

PROCEDURES = {procedure.code: procedure for procedure in procedures()}
PILOT = [procedure for code, procedure in PROCEDURES.items() if code.startswith("hn2016-")]


def rules(code: str) -> dict[str, FeeRule]:
    return {rule.id: rule for rule in PROCEDURES[code].content.fees}


def test_there_are_the_seven_of_2016_and_at_least_120_of_today() -> None:
    assert len(PILOT) == 7
    assert len(procedures()) == len(PROCEDURES), "a code is there twice"
    day = date(2026, 11, 20)
    today = [
        seed for seed in procedures() if seed.valid_from <= day and (seed.valid_to is None or seed.valid_to >= day)
    ]
    assert len(today) >= 120
    fields = Counter(seed.content.field.code for seed in today)
    assert {"ho-tich", "chung-thuc", "cu-tru", "ho-kinh-doanh", "xay-dung", "bao-hiem-xa-hoi", "bao-tro-xa-hoi"} <= set(
        fields
    )
    assert len(fields) >= 20


def test_a_field_has_one_name() -> None:
    names = {(seed.content.field.code, seed.content.field.name) for seed in procedures()}
    assert len({code for code, _ in names}) == len(names)


def test_no_statutory_procedure_has_a_code_of_this_system_but_those_of_2016() -> None:
    own = {code for code in PROCEDURES if not re.fullmatch(r"\d\.\d{6}", code)}
    assert all(code.startswith("hn2016-") for code in own)


@pytest.mark.parametrize("procedure", PROCEDURES.values(), ids=PROCEDURES.keys())
def test_a_procedure_is_well_formed(procedure: SeedProcedure) -> None:
    code, content = procedure.code, procedure.content
    assert re.fullmatch(procedure_code.PATTERN, code)
    assert code.startswith("hn2016-") or re.fullmatch(r"\d\.\d{6}", code)
    assert procedure.valid_to is None or procedure.valid_from <= procedure.valid_to
    assert content.source
    assert content_faults(content, (event.code for event in life_events())) == []
    for offering in content.offerings:
        assert (offering.valid_from, offering.valid_to) == (procedure.valid_from, procedure.valid_to)
        assert offering.legal_source
    offered = {channel for offering in content.offerings for channel in offering.channels}
    assert not offered or {limit.channel for limit in content.time_limits} <= offered
    assert all(rule.legal_source and rule.text for rule in content.fees)


def test_the_pilot_has_four_services_of_birth_and_three_of_death() -> None:
    assert Counter(procedure.code.split("-")[1] for procedure in PILOT) == {"birth": 4, "death": 3}
    for procedure in PILOT:
        assert (procedure.valid_from, procedure.valid_to) == (date(2016, 8, 10), date(2025, 6, 30))


def test_the_pilot_is_offered_at_level_3_in_the_24_wards_and_nowhere_else() -> None:
    """R-005"""
    wards = {unit.code for unit in units() if unit.parent in {"004", "019"}}
    for procedure in PILOT:
        (offering,) = procedure.content.offerings
        assert offering.service_level is ServiceLevel.LEVEL_3
        assert set(offering.channels) == {Channel.COUNTER, Channel.ONLINE}
        assert set(offering.units or ()) == wards
        assert len(offering.units or ()) == 24


def test_the_civil_registry_handles_the_plain_birth_and_those_of_2016() -> None:
    handled = {code for code, procedure in PROCEDURES.items() if procedure.content.handled_by == "civil-registry"}
    assert handled == {"1.001193"} | {code for code in PROCEDURES if code.startswith("hn2016-birth-")}


def test_the_interlinked_procedures_begin_in_september_2026() -> None:
    for code in ("3.000722", "2.002913"):
        assert PROCEDURES[code].valid_from == date(2026, 9, 1)


def test_a_birth_is_free_for_60_days_and_a_death_for_15() -> None:
    """R-040, R-041"""
    for code, kind, days in (("1.001193", "birth", 60), ("1.000656", "death", 15)):
        table = rules(code)
        assert table[f"{kind}-on-time"].amount == 0
        assert table[f"{kind}-on-time"].max_days_since_occurrence == days
        assert table[f"{kind}-late"].amount == 5000
        assert table[f"{kind}-late"].min_days_since_occurrence == days + 1


def test_an_extract_costs_8000_a_copy_but_nothing_with_vneid_2_until_the_end_of_february() -> None:
    """R-042"""
    table = rules("2.000635")
    assert (table["extract-copy"].amount, table["extract-copy"].per_item) == (8000, True)
    free = table["extract-vneid-2"]
    assert (free.amount, free.min_identity_level) == (0, 2)
    assert (free.valid_from, free.valid_to) == (date(2026, 8, 15), date(2027, 2, 28))


def test_a_business_household_pays_on_paper_only() -> None:
    """R-043"""
    table = rules("1.001612")
    assert table["business-household-paper"].amount == 100_000
    assert table["business-household-paper"].channels == (Channel.COUNTER, Channel.POST)
    assert table["business-household-online"].amount == 0
    assert table["business-household-online"].valid_from == date(2026, 7, 25)


def test_who_is_exempt_is_asked_before_what_it_costs() -> None:
    """R-044"""
    exempt = {ApplicantClass.PERSON_OF_MERIT, ApplicantClass.POOR_HOUSEHOLD, ApplicantClass.DISABILITY}
    priced = [
        procedure.content for procedure in PROCEDURES.values() if any(rule.amount for rule in procedure.content.fees)
    ]
    assert len(priced) == 8
    for content in priced:
        assert set(content.fees[0].applicant_classes or ()) == exempt
        assert (content.fees[0].amount, content.fees[0].exemption) == (0, True)
        assert content.fees[0].legal_source


def due(code: str, case: str | None = None, channel: Channel = Channel.COUNTER, **facts: Any) -> int:
    rules_of = PROCEDURES[code].content.fees
    lines = fee_lines(rules_of, FeeFacts(**facts), channel=channel, received_on=date(2026, 11, 20), case=case)
    assert [line.rule for line in lines] != [NO_RULE]
    return total(lines)


def test_a_correction_costs_by_the_age_of_the_person_concerned() -> None:
    """R-190."""
    content = PROCEDURES["1.004859"].content
    assert content.age_pointer == "/person/dateOfBirth"
    for case in content.cases:
        assert [due("1.004859", case.code, age=age) for age in (0, 13, 14, 80)] == [5000, 5000, 25_000, 25_000]
    assert due("1.004859", "cai-chinh", age=30, applicant_class="poor-household") == 0


def test_a_certified_copy_costs_by_its_pages_and_no_more_than_200000_a_copy() -> None:
    """R-191."""
    pages = {1: 2000, 2: 4000, 3: 5000, 10: 12_000, 198: 200_000, 199: 200_000, 1000: 200_000}
    assert {number: due("2.000815", pages=number) for number in pages} == pages
    assert due("2.000815", pages=3, quantity=4) == 20_000
    assert due("2.000815", pages=1000, quantity=2) == 400_000
    assert due("2.000815", pages=3, applicant_class="disability") == 0


def test_the_whole_fee_table_is_computed() -> None:
    assert due("1.001193", days_since_occurrence=60) == due("3.000722", days_since_occurrence=60) == 0
    assert due("1.001193", days_since_occurrence=61) == 5000
    assert (due("1.000656", days_since_occurrence=15), due("1.000656", days_since_occurrence=16)) == (0, 5000)
    assert due("1.000894") == 0
    assert due("1.004873") == 3000
    assert (due("2.000635", quantity=3), due("2.000635", quantity=3, identity_level=2)) == (24_000, 0)
    assert (due("1.001612"), due("1.001612", channel=Channel.ONLINE)) == (100_000, 0)


def test_whatever_has_a_fee_can_be_filed_for_it() -> None:
    """What no rule could compute was offered by nobody; nothing of that kind is left."""
    for content in (seed.content for seed in procedures()):
        assert content.offerings
        assert (content.fee_text is None) == (content.fees == ())


def test_what_must_be_verified_may_take_longer() -> None:
    """R-111."""
    limits = {code: PROCEDURES[code].content.time_limits[0] for code in ("1.000894", "1.004859", "2.000815")}
    longer = {code: limit.verification for code, limit in limits.items()}
    assert {code: (limit.unit, limit.amount) for code, limit in longer.items() if limit} == {
        "1.000894": (TimeLimitUnit.WORKING_DAYS, 5),
        "1.004859": (TimeLimitUnit.WORKING_DAYS, 6),
        "2.000815": (TimeLimitUnit.WORKING_DAYS, 2),
    }


def test_the_interlinked_birth_gives_seven_working_days_to_supplement() -> None:
    """R-111."""
    assert PROCEDURES["3.000722"].content.supplement_working_days == 7
    assert PROCEDURES["1.001193"].content.supplement_working_days is None


def test_the_ways_a_procedure_applies_are_its_cases() -> None:
    assert [case.code for case in PROCEDURES["1.004859"].content.cases] == [
        *("thay-doi", "cai-chinh", "bo-sung", "xac-dinh-lai-dan-toc")
    ]
    recognitions = PROCEDURES["1.001022"].content
    assert [case.code for case in recognitions.cases] == ["cha-nhan-con", "me-nhan-con", "con-nhan-cha", "con-nhan-me"]
    for case in recognitions.cases:
        assert sum(case.code in (paper.cases or ()) for paper in recognitions.components) == 1


def test_what_was_replaced_ends_before_what_replaces_it_begins() -> None:
    for old, new in (("2.002621", "3.000722"), ("2.002622", "2.002913")):
        assert PROCEDURES[old].valid_to == date(2026, 8, 31)
        assert PROCEDURES[new].valid_from == date(2026, 9, 1)


def test_what_is_not_published_is_said_to_be_missing() -> None:
    """R-007"""
    assert PROCEDURES["1.004884"].content.not_published == ("fees", "time-limits", "components")
    assert PROCEDURES["1.004222"].content.not_published == ("fees", "components")
    assert PROCEDURES["1.001193"].content.not_published == ()
