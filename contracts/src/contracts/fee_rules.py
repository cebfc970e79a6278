"""What a fee rule (phí, lệ phí) means: the one place where a fee is decided. Pure: rules and facts in, lines out.

It stands among the words, because it is what the words of `FeeRule` say: whoever holds a copy of the rules (the catalogue
that quotes, payment that charges) comes to the same đồng. No clock, no table, no rounding: every amount is whole.
"""

from collections.abc import Iterable
from datetime import date

from contracts.catalog import FeeRule, FeeTier
from contracts.codes import Channel
from contracts.payment import FeeLine
from contracts.submission import FeeFacts

NO_RULE = "no-rule"


def fee_lines(
    rules: Iterable[FeeRule], facts: FeeFacts, *, channel: Channel, received_on: date, case: str | None = None
) -> tuple[FeeLine, ...]:
    """What is due for a dossier: of each item, the first rule, in order, whose conditions all hold.

    Where no rule of any item holds nothing is owed, and one line, of `NO_RULE` and amount 0, says so.
    """
    lines: dict[str, FeeLine] = {}
    for rule in rules:
        if rule.item not in lines and _in_force(rule, received_on) and _holds(rule, facts, channel, case):
            lines[rule.item] = FeeLine(
                rule=rule.id,
                item=rule.item,
                amount=_amount(rule, facts),
                exemption=rule.exemption,
                text=rule.text,
                legal_source=rule.legal_source,
            )
    return tuple(lines.values()) or (FeeLine(rule=NO_RULE, amount=0, text="Không có quy định thu cho trường hợp này"),)


def unknown_facts(
    rules: Iterable[FeeRule], facts: FeeFacts, *, channel: Channel, received_on: date, case: str | None = None
) -> tuple[str, ...]:
    """Facts that decide the fee of an item and are not known: `age`, `case`, `daysSinceOccurrence`, `pages`.

    Without them `fee_lines` charges nothing for that item, or a single page: whoever takes a filing in asks for them first.
    """
    rules = tuple(rules)
    lines = fee_lines(rules, facts, channel=channel, received_on=received_on, case=case)
    decided = {line.item: line.rule for line in lines if line.rule != NO_RULE}
    unknown: set[str] = set()
    for rule in rules:
        if rule.item not in decided and _could_hold(rule, channel, case, received_on):
            unknown |= _asked(rule)
        elif rule.id == decided.get(rule.item) and rule.tiers:
            unknown.add("pages")
    return tuple(sorted(unknown - _known(facts, case)))


def total(lines: Iterable[FeeLine]) -> int:
    """The sum of the lines in đồng; 0 means that nothing is owed."""
    return sum(line.amount for line in lines)


def _amount(rule: FeeRule, facts: FeeFacts) -> int:
    one = _by_pages(rule.tiers, facts.pages or 1) if rule.tiers else rule.amount
    if rule.cap is not None:
        one = min(one, rule.cap)
    return one * facts.quantity if rule.per_item else one


def _by_pages(tiers: tuple[FeeTier, ...], pages: int) -> int:
    """The tiers are in order, each from the page after the one before it; what lies beyond the last costs nothing."""
    amount, counted = 0, 0
    for tier in tiers:
        upto = pages if tier.up_to is None else min(pages, tier.up_to)
        amount += max(0, upto - counted) * tier.amount
        counted = max(counted, upto)
    return amount


def _in_force(rule: FeeRule, day: date) -> bool:
    return rule.valid_from <= day and (rule.valid_to is None or day <= rule.valid_to)


def _could_hold(rule: FeeRule, channel: Channel, case: str | None, day: date) -> bool:
    return (
        _in_force(rule, day)
        and (rule.channels is None or channel in rule.channels)
        and (rule.cases is None or case is None or case in rule.cases)
    )


def _asked(rule: FeeRule) -> set[str]:
    """The facts that a rule asks for and that have no usual value."""
    asks = {
        "age": rule.min_age is not None or rule.max_age is not None,
        "case": rule.cases is not None,
        "daysSinceOccurrence": rule.min_days_since_occurrence is not None or rule.max_days_since_occurrence is not None,
    }
    return {name for name, asked in asks.items() if asked}


def _known(facts: FeeFacts, case: str | None) -> set[str]:
    given = {"age": facts.age, "case": case, "daysSinceOccurrence": facts.days_since_occurrence, "pages": facts.pages}
    return {name for name, value in given.items() if value is not None}


def _holds(rule: FeeRule, facts: FeeFacts, channel: Channel, case: str | None) -> bool:
    """An absent condition holds; a condition on a fact that is not known does not."""
    return (
        (rule.channels is None or channel in rule.channels)
        and (rule.cases is None or case in rule.cases)
        and (rule.applicant_classes is None or facts.applicant_class in rule.applicant_classes)
        and _within(facts.days_since_occurrence, rule.min_days_since_occurrence, rule.max_days_since_occurrence)
        and _within(facts.age, rule.min_age, rule.max_age)
        and _within(facts.identity_level, rule.min_identity_level, None)
    )


def _within(fact: int | None, least: int | None, most: int | None) -> bool:
    if least is None and most is None:
        return True
    return fact is not None and (least is None or fact >= least) and (most is None or fact <= most)
