"""Rules that count from a day on (data/*.json, by submission.rules), and which of them is in force. It knows no rule."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol, TypeVar


class Dated(Protocol):
    """A rule that counts from a day on; without one, since ever."""

    @property
    def valid_from(self) -> date | None: ...


Rule = TypeVar("Rule", bound=Dated)


def in_force(rules: Sequence[Rule], day: date) -> Rule:
    """The last rule, in the order of their days, that counts on `day`. There must be one."""
    return [rule for rule in rules if rule.valid_from is None or rule.valid_from <= day][-1]
