"""The data files of procedures: that they say what was published, and nothing twice."""

import re
from collections import Counter
from datetime import date

import pytest

from catalog.api.models import CODE_PATTERN
from catalog.forms import form_faults
from catalog.sources.procedures import SeedProcedure, procedures
from catalog.sources.units import units
from contracts.catalog import FeeRule
from contracts.codes import ApplicantClass, Channel, ServiceLevel

PROCEDURES = {procedure.code: procedure for procedure in procedures()}
PILOT = [procedure for code, procedure in PROCEDURES.items() if code.startswith("hn2016-")]


def rules(code: str) -> dict[str, FeeRule]:
    return {rule.id: rule for rule in PROCEDURES[code].content.fees}


def test_there_are_the_seven_of_2016_and_more_than_forty_of_today() -> None:
    assert len(PILOT) == 7
    assert len(PROCEDURES) - len(PILOT) == 47
    assert len(procedures()) == len(PROCEDURES), "a code is there twice"


@pytest.mark.parametrize("procedure", PROCEDURES.values(), ids=PROCEDURES.keys())
def test_a_procedure_is_well_formed(procedure: SeedProcedure) -> None:
    code, content = procedure.code, procedure.content
    assert re.fullmatch(CODE_PATTERN, code)
    assert code.startswith("hn2016-") or re.fullmatch(r"\d\.\d{6}", code)
    assert procedure.valid_to is None or procedure.valid_from <= procedure.valid_to
    assert content.source
    assert form_faults(content.form_schema, content.occurrence_pointer) == []
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
    assert len(priced) == 7
    for content in priced:
        assert set(content.fees[0].applicant_classes or ()) == exempt
        assert content.fees[0].amount == 0


def test_a_fee_the_rules_cannot_express_is_shown_and_not_computed() -> None:
    """R-007"""
    for code in ("1.004859", "2.000815"):
        content = PROCEDURES[code].content
        assert content.fees == ()
        assert content.offerings == ()  # or it could be filed for free
        assert content.fee_text
        assert content.omissions
        assert "fees" not in content.not_published


def test_what_is_not_published_is_said_to_be_missing() -> None:
    """R-007"""
    assert PROCEDURES["1.004884"].content.not_published == ("fees", "time-limits", "components")
    assert PROCEDURES["1.004222"].content.not_published == ("fees", "components")
    assert PROCEDURES["1.001193"].content.not_published == ()
