"""THE place where a fee (phí, lệ phí) is decided. Pure: rules and facts in, a quote out; no clock and no table.

The rules are those of the procedure's version in force on the day the dossier counts as received. An exemption (người
có công, hộ nghèo, người khuyết tật) is a rule like any other, of amount 0, that stands before what it exempts from.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from contracts.catalog import FeeRule
from contracts.codes import Channel
from contracts.payment import FeeLine
from contracts.submission import FeeFacts

NO_RULE = "no-rule"


@dataclass(frozen=True)
class FeeQuote:
    """What a dossier costs, in whole đồng, with the rule behind each line."""

    lines: tuple[FeeLine, ...]

    @property
    def total(self) -> int:
        """The sum of the lines; 0 means that nothing is owed."""
        return sum(line.amount for line in self.lines)


def quote(rules: Iterable[FeeRule], facts: FeeFacts, *, channel: Channel, received_on: date) -> FeeQuote:
    """The fee by the first rule, in order, whose conditions all hold; 0 with a line that says so where none does."""
    for rule in rules:
        if _in_force(rule, received_on) and _holds(rule, facts, channel):
            amount = rule.amount * facts.quantity if rule.per_item else rule.amount
            return FeeQuote((FeeLine(rule=rule.id, amount=amount, text=rule.text),))
    return FeeQuote((FeeLine(rule=NO_RULE, amount=0, text="Không có quy định thu cho trường hợp này"),))


def _in_force(rule: FeeRule, day: date) -> bool:
    return rule.valid_from <= day and (rule.valid_to is None or day <= rule.valid_to)


def _holds(rule: FeeRule, facts: FeeFacts, channel: Channel) -> bool:
    """An absent condition holds; a condition on a fact that is not known does not."""
    return (
        (rule.channels is None or channel in rule.channels)
        and (rule.applicant_classes is None or facts.applicant_class in rule.applicant_classes)
        and _at_least(facts.days_since_occurrence, rule.min_days_since_occurrence)
        and _at_most(facts.days_since_occurrence, rule.max_days_since_occurrence)
        and _at_least(facts.identity_level, rule.min_identity_level)
    )


def _at_least(fact: int | None, bound: int | None) -> bool:
    return bound is None or (fact is not None and fact >= bound)


def _at_most(fact: int | None, bound: int | None) -> bool:
    return bound is None or (fact is not None and fact <= bound)
