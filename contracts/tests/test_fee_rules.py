"""A fee is a function of procedure, case, channel, class, days, age, copies, pages, date and identity level (DOMAIN §3)."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.catalog import FeeRule, FeeTier
from contracts.codes import ApplicantClass, Channel
from contracts.fee_rules import NO_RULE, fee_lines, total
from contracts.payment import FeeLine
from contracts.submission import FeeFacts

TODAY = date(2026, 10, 12)
EXEMPT = (ApplicantClass.PERSON_OF_MERIT, ApplicantClass.POOR_HOUSEHOLD, ApplicantClass.DISABILITY)


def rule(name: str, amount: int, **conditions: Any) -> FeeRule:
    conditions = {"valid_from": date(2025, 7, 1), "legal_source": "test", **conditions}
    return FeeRule(id=name, amount=amount, **conditions)


FREED = rule("exempt", 0, applicant_classes=EXEMPT, exemption=True, text="Miễn")
BIRTH = (
    FREED,
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
CORRECTION = (FREED, rule("under-14", 5000, max_age=13), rule("from-14", 25_000, min_age=14))
TIERS = (FeeTier(up_to=2, amount=2000), FeeTier(amount=1000))
CERTIFIED_COPY = (FREED, rule("certified-copy", 0, tiers=TIERS, cap=200_000, per_item=True))


def lines(
    rules: tuple[FeeRule, ...],
    *,
    channel: Channel = Channel.ONLINE,
    on: date = TODAY,
    case: str | None = None,
    **facts: Any,
) -> tuple[FeeLine, ...]:
    return fee_lines(rules, FeeFacts(**facts), channel=channel, received_on=on, case=case)


def fee(rules: tuple[FeeRule, ...], **told: Any) -> int:
    return total(lines(rules, **told))


def chosen(found: tuple[FeeLine, ...]) -> tuple[str, int]:
    (line,) = found
    return line.rule, line.amount


@pytest.mark.parametrize(
    ("days", "expected"),
    [(0, ("birth-on-time", 0)), (60, ("birth-on-time", 0)), (61, ("birth-late", 5000)), (4000, ("birth-late", 5000))],
)
def test_a_birth_is_free_through_the_sixtieth_day_and_costs_from_the_sixty_first(
    days: int, expected: tuple[str, int]
) -> None:
    """R-040"""
    assert chosen(lines(BIRTH, days_since_occurrence=days)) == expected


@pytest.mark.parametrize("applicant_class", EXEMPT)
def test_an_exempt_class_pays_nothing_even_when_late(applicant_class: ApplicantClass) -> None:
    """R-044"""
    (line,) = lines(BIRTH, days_since_occurrence=400, applicant_class=applicant_class)
    assert (line.rule, line.amount, line.exemption) == ("exempt", 0, True)


def test_only_a_rule_that_frees_someone_is_an_exemption() -> None:
    assert [line.exemption for line in lines(BIRTH, days_since_occurrence=1)] == [False]
    assert [line.exemption for line in lines(())] == [False]


def test_a_rule_per_item_is_multiplied_by_the_number_of_copies() -> None:
    assert chosen(lines(EXTRACT, quantity=3, identity_level=1)) == ("extract", 24_000)


def test_a_rule_not_per_item_ignores_the_number_of_copies() -> None:
    assert chosen(lines(BIRTH, days_since_occurrence=61, quantity=3)) == ("birth-late", 5000)


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
    assert fee(EXTRACT, on=on, quantity=2, identity_level=2) == expected


@pytest.mark.parametrize("level", [None, 0, 1])
def test_a_lower_or_unknown_identity_level_is_not_level_2(level: int | None) -> None:
    assert chosen(lines(EXTRACT, identity_level=level)) == ("extract", 8000)


def test_the_channel_decides_where_a_rule_names_it() -> None:
    household = (
        rule("online", 0, channels=(Channel.ONLINE,), valid_from=date(2026, 7, 25)),
        rule("paper", 100_000),
    )
    assert fee(household) == 0
    assert fee(household, channel=Channel.COUNTER) == 100_000
    assert fee(household, on=date(2026, 7, 24)) == 100_000


@pytest.mark.parametrize(("age", "expected"), [(0, 5000), (13, 5000), (14, 25_000), (90, 25_000)])
def test_a_correction_costs_5000_under_the_age_of_14_and_25000_from_it(age: int, expected: int) -> None:
    """R-190."""
    assert fee(CORRECTION, age=age) == expected
    assert fee(CORRECTION, age=age, applicant_class=ApplicantClass.DISABILITY) == 0


def test_an_age_or_days_that_are_not_known_satisfy_no_condition_on_them() -> None:
    assert chosen(lines(CORRECTION)) == (NO_RULE, 0)
    assert chosen(lines(BIRTH)) == (NO_RULE, 0)


@pytest.mark.parametrize(
    ("pages", "copies", "expected"),
    [
        (1, 1, 2000),
        (2, 1, 4000),
        (3, 1, 5000),
        (10, 1, 12_000),
        (10, 3, 36_000),
        (198, 1, 200_000),
        (199, 1, 200_000),
        (5000, 1, 200_000),
        (5000, 2, 400_000),
    ],
)
def test_a_certified_copy_costs_2000_for_each_of_two_pages_then_1000_and_at_most_200000(
    pages: int, copies: int, expected: int
) -> None:
    """R-191."""
    assert fee(CERTIFIED_COPY, pages=pages, quantity=copies) == expected


def test_a_copy_whose_pages_are_not_counted_is_one_page() -> None:
    assert fee(CERTIFIED_COPY, quantity=2) == 4000


def test_pages_beyond_the_last_tier_cost_nothing() -> None:
    assert fee((rule("few", 0, tiers=(FeeTier(up_to=3, amount=500),)),), pages=50) == 1500


def test_the_case_decides_where_a_rule_names_it() -> None:
    rules = (rule("again", 7000, cases=("again", "foreign")), rule("first", 0, cases=("first",)))
    assert [fee(rules, case=case) for case in ("again", "foreign", "first")] == [7000, 7000, 0]
    assert chosen(lines(rules)) == chosen(lines(rules, case="other")) == (NO_RULE, 0)


def test_each_item_has_its_own_line_and_the_total_is_their_sum() -> None:
    rules = (
        rule("copy-free", 0, item="copy", max_age=5),
        rule("fee", 25_000, legal_source="NQ 1"),
        rule("copy", 8000, item="copy", per_item=True, legal_source="NQ 2"),
        rule("fee-too", 1),
        rule("stamp", 500, item="stamp", channels=(Channel.POST,)),
    )
    found = lines(rules, quantity=2)
    assert [(line.item, line.rule, line.amount, line.legal_source) for line in found] == [
        ("fee", "fee", 25_000, "NQ 1"),
        ("copy", "copy", 16_000, "NQ 2"),
    ]
    assert total(found) == 41_000


def test_an_exemption_frees_its_own_item_only() -> None:
    rules = (*BIRTH, rule("copy", 8000, item="copy"))
    assert fee(rules, days_since_occurrence=400, applicant_class=ApplicantClass.POOR_HOUSEHOLD) == 8000


def test_where_no_rule_matches_nothing_is_owed_and_the_line_says_so() -> None:
    """R-045"""
    found = lines(())
    assert chosen(found) == (NO_RULE, 0)
    assert found[0].text == "Không có quy định thu cho trường hợp này"


def test_the_line_carries_the_published_text_and_its_source() -> None:
    (line,) = lines(BIRTH, days_since_occurrence=61)
    assert (line.text, line.legal_source) == ("Đăng ký khai sinh không đúng hạn", "test")


amounts = st.integers(0, 10**7)
maybe = st.none() | st.integers(0, 30)


@st.composite
def tiers(draw: st.DrawFn) -> tuple[FeeTier, ...]:
    bounds = sorted(draw(st.sets(st.integers(1, 40), max_size=3)))
    steps = [FeeTier(up_to=bound, amount=draw(amounts)) for bound in bounds]
    return (*steps, *([FeeTier(amount=draw(amounts))] if draw(st.booleans()) else []))


rules_of_any_kind = st.lists(
    st.builds(
        FeeRule,
        id=st.sampled_from("abcdef"),
        item=st.sampled_from(["fee", "copy"]),
        amount=amounts,
        channels=st.none() | st.just((Channel.ONLINE,)),
        cases=st.none() | st.just(("again",)),
        applicant_classes=st.none() | st.just(EXEMPT),
        min_days_since_occurrence=maybe,
        max_days_since_occurrence=maybe,
        min_age=maybe,
        max_age=maybe,
        min_identity_level=st.none() | st.integers(0, 2),
        tiers=tiers(),
        cap=st.none() | amounts,
        per_item=st.booleans(),
        exemption=st.booleans(),
        valid_from=st.sampled_from([date(2025, 7, 1), date(2026, 11, 1)]),
        valid_to=st.none() | st.just(date(2026, 12, 31)),
        legal_source=st.just("test"),
    ),
    max_size=6,
).map(tuple)
any_facts = st.builds(
    FeeFacts,
    applicant_class=st.sampled_from(ApplicantClass),
    days_since_occurrence=maybe,
    identity_level=st.none() | st.integers(0, 2),
    age=maybe,
    quantity=st.integers(1, 50),
    pages=st.none() | st.integers(1, 80),
)
any_case = st.none() | st.just("again")


@given(rules_of_any_kind, any_facts, st.sampled_from(Channel), any_case)
def test_a_fee_is_never_negative_and_has_one_line_an_item(
    rules: tuple[FeeRule, ...], facts: FeeFacts, channel: Channel, case: str | None
) -> None:
    found = fee_lines(rules, facts, channel=channel, received_on=TODAY, case=case)
    assert found
    assert all(line.amount >= 0 for line in found)
    assert len({line.item for line in found}) == len(found)
    assert total(found) == sum(line.amount for line in found)


@given(rules_of_any_kind, any_facts, any_case, st.integers(0, 40), st.integers(0, 10))
def test_more_pages_and_more_copies_never_cost_less(
    rules: tuple[FeeRule, ...], facts: FeeFacts, case: str | None, pages: int, copies: int
) -> None:
    more = facts.model_copy(update={"pages": (facts.pages or 1) + pages, "quantity": facts.quantity + copies})

    def due(of: FeeFacts) -> int:
        return total(fee_lines(rules, of, channel=Channel.ONLINE, received_on=TODAY, case=case))

    assert due(facts) <= due(more)


@given(rules_of_any_kind, any_facts, any_case)
def test_no_copy_costs_more_than_the_cap(rules: tuple[FeeRule, ...], facts: FeeFacts, case: str | None) -> None:
    for one in rules:
        for line in fee_lines((one,), facts, channel=Channel.ONLINE, received_on=TODAY, case=case):
            if line.rule != NO_RULE and one.cap is not None:
                assert line.amount <= one.cap * (facts.quantity if one.per_item else 1)


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

    def decided(by: tuple[FeeRule, ...]) -> tuple[FeeLine, ...]:
        return fee_lines(by, facts, channel=channel, received_on=TODAY)

    alone = [found for found in (decided((one,)) for one in rules) if found[0].rule != NO_RULE]
    assert decided(tuple(rules)) == (alone[0] if alone else decided(()))
