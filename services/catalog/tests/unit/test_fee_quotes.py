"""What a quote can say, and what it says it cannot."""

from datetime import date
from typing import Any

from catalog.content import ProcedureContent
from catalog.domain.fee_quotes import Quote, quote
from contracts.catalog import FeeRule
from contracts.codes import Channel
from contracts.submission import FeeFacts

DAY = date(2026, 11, 20)
CONTENT: dict[str, Any] = {
    "name": "n", "field": {"code": "f", "name": "F"}, "offerings": [], "form_schema": {}, "source": "s",
}  # fmt: skip


def rule(name: str, **parts: Any) -> FeeRule:
    return FeeRule.model_validate({"id": name, "amount": 0, "valid_from": "2025-07-01", "legal_source": "x", **parts})


def asked(*rules: FeeRule, case: str | None = None, fee_text: str | None = None, **facts: Any) -> Quote:
    content = ProcedureContent(**CONTENT, fees=rules, fee_text=fee_text)
    return quote(content, FeeFacts(**facts), channel=Channel.ONLINE, on=DAY, case=case)


def test_a_fee_that_no_rule_computes_is_not_quoted_as_nothing() -> None:
    """R-106."""
    assert asked(fee_text="theo quy định riêng").total is None
    assert asked().total == 0, "nothing is published: nothing is charged"


def test_pages_that_are_not_known_leave_a_fee_by_pages_open() -> None:
    by_pages = rule("copy", tiers=[{"up_to": 2, "amount": 2000}, {"amount": 1000}], cap=200_000, per_item=True)
    assert asked(by_pages).unknown == ("pages",)
    assert asked(by_pages, pages=5, quantity=2).total == 2 * (2 * 2000 + 3 * 1000)
    assert asked(by_pages, pages=1000, quantity=2).total == 2 * 200_000


def test_only_facts_that_could_still_decide_are_asked_for() -> None:
    of_age = rule("grown", amount=1, min_age=14)
    in_case = rule("extra", item="extra", amount=2, cases=("a",))
    by_post = rule("post", item="post", amount=3, channels=(Channel.POST,), min_age=60)
    over = rule("over", item="over", amount=4, max_age=6, valid_to="2025-12-31")
    assert asked(of_age, in_case, by_post, over).unknown == ("age", "case")
    assert asked(of_age, in_case, by_post, over, age=20, case="a").total == 3
    assert asked(of_age, in_case, age=20, case="b") == Quote(asked(of_age, age=20).lines, 1, ())


def test_a_rule_without_conditions_behind_one_with_some_decides() -> None:
    verified = rule("verified", min_identity_level=2)
    assert asked(verified, rule("all", amount=8000, per_item=True), quantity=3).total == 24_000
    assert asked(verified, rule("all", amount=8000), identity_level=2).total == 0


def test_days_that_are_not_known_leave_a_fee_for_lateness_open() -> None:
    late = (rule("in-time", max_days_since_occurrence=60), rule("late", amount=5000, min_days_since_occurrence=61))
    assert asked(*late) == Quote(asked(*late).lines, None, ("daysSinceOccurrence",))
    assert [asked(*late, days_since_occurrence=days).total for days in (0, 60, 61)] == [0, 0, 5000]
