"""A fee is a function of procedure, channel, applicant class, days, quantity, date and identity level (DOMAIN §3)."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.catalog import FeeRule
from contracts.codes import ApplicantClass, Channel
from contracts.submission import FeeFacts
from payment.domain.fees import NO_RULE, FeeQuote, quote

TODAY = date(2026, 10, 12)
EXEMPT = (ApplicantClass.PERSON_OF_MERIT, ApplicantClass.POOR_HOUSEHOLD, ApplicantClass.DISABILITY)


def rule(name: str, amount: int, **conditions: Any) -> FeeRule:
    conditions = {"valid_from": date(2025, 7, 1), "legal_source": "test", **conditions}
    return FeeRule(id=name, amount=amount, **conditions)


BIRTH = (
    rule("birth-exempt", 0, applicant_classes=EXEMPT),
    rule("birth-on-time", 0, max_days_since_occurrence=60),
    rule("birth-late", 5000, min_days_since_occurrence=61, text="Đăng ký khai sinh không đúng hạn"),
)
EXTRACT = (
    rule(
        "extract-vneid",
        0,
        min_identity_level=2,
        valid_from=date(2026, 8, 15),
        valid_to=date(2027, 2, 28),
        per_item=True,
    ),
    rule("extract", 8000, per_item=True, text="8.000 đồng/bản"),
)


def fee(rules: tuple[FeeRule, ...], *, channel: Channel = Channel.ONLINE, on: date = TODAY, **facts: Any) -> FeeQuote:
    return quote(rules, FeeFacts(**facts), channel=channel, received_on=on)


def chosen(found: FeeQuote) -> tuple[str, int]:
    (line,) = found.lines
    assert line.amount == found.total
    return line.rule, found.total


@pytest.mark.parametrize(
    ("days", "expected"),
    [(0, ("birth-on-time", 0)), (60, ("birth-on-time", 0)), (61, ("birth-late", 5000)), (4000, ("birth-late", 5000))],
)
def test_a_birth_is_free_through_the_sixtieth_day_and_costs_from_the_sixty_first(
    days: int, expected: tuple[str, int]
) -> None:
    """R-040"""
    assert chosen(fee(BIRTH, days_since_occurrence=days)) == expected


@pytest.mark.parametrize("applicant_class", EXEMPT)
def test_an_exempt_class_pays_nothing_even_when_late(applicant_class: ApplicantClass) -> None:
    """R-044"""
    assert chosen(fee(BIRTH, days_since_occurrence=400, applicant_class=applicant_class)) == ("birth-exempt", 0)


def test_a_rule_per_item_is_multiplied_by_the_quantity() -> None:
    assert chosen(fee(EXTRACT, quantity=3, identity_level=1)) == ("extract", 24_000)


def test_a_rule_not_per_item_ignores_the_quantity() -> None:
    assert chosen(fee(BIRTH, days_since_occurrence=61, quantity=3)) == ("birth-late", 5000)


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2026, 8, 14), 16_000),
        (date(2026, 8, 15), 0),
        (date(2027, 2, 28), 0),
        (date(2027, 3, 1), 16_000),
    ],
)
def test_vneid_level_2_frees_an_extract_from_the_first_to_the_last_day_of_the_rule(on: date, expected: int) -> None:
    """R-042"""
    assert fee(EXTRACT, on=on, quantity=2, identity_level=2).total == expected


@pytest.mark.parametrize("level", [None, 0, 1])
def test_a_lower_or_unknown_identity_level_is_not_level_2(level: int | None) -> None:
    assert chosen(fee(EXTRACT, identity_level=level)) == ("extract", 8000)


def test_the_channel_decides_where_a_rule_names_it() -> None:
    household = (
        rule("online", 0, channels=(Channel.ONLINE,), valid_from=date(2026, 7, 25)),
        rule("paper", 100_000),
    )
    assert fee(household).total == 0
    assert fee(household, channel=Channel.COUNTER).total == 100_000
    assert fee(household, on=date(2026, 7, 24)).total == 100_000


def test_days_that_are_not_known_satisfy_no_condition_on_days() -> None:
    assert chosen(fee(BIRTH)) == (NO_RULE, 0)


def test_where_no_rule_matches_nothing_is_owed_and_the_line_says_so() -> None:
    """R-045"""
    found = fee(())
    assert chosen(found) == (NO_RULE, 0)
    assert found.lines[0].text == "Không có quy định thu cho trường hợp này"


def test_the_line_carries_the_published_text() -> None:
    assert fee(BIRTH, days_since_occurrence=61).lines[0].text == "Đăng ký khai sinh không đúng hạn"


@given(
    days=st.none() | st.integers(0, 100_000),
    applicant_class=st.sampled_from(ApplicantClass),
    quantity=st.integers(1, 1000),
    level=st.none() | st.integers(0, 3),
    channel=st.sampled_from(Channel),
    rules=st.permutations((*BIRTH, *EXTRACT)),
)
def test_the_first_rule_that_would_match_alone_is_the_one_that_counts(
    days: int | None,
    applicant_class: ApplicantClass,
    quantity: int,
    level: int | None,
    channel: Channel,
    rules: list[FeeRule],
) -> None:
    """R-045"""
    facts = FeeFacts(
        applicant_class=applicant_class, days_since_occurrence=days, identity_level=level, quantity=quantity
    )

    def decided(by: tuple[FeeRule, ...]) -> FeeQuote:
        return quote(by, facts, channel=channel, received_on=TODAY)

    alone = [found for found in (decided((one,)) for one in rules) if found.lines[0].rule != NO_RULE]
    assert decided(tuple(rules)) == (alone[0] if alone else decided(()))
