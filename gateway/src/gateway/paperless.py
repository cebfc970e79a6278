"""The rule that no paper follows a document between agencies: data with its day and source. It decides nothing else."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

import yaml


@dataclass(frozen=True)
class PaperlessRule:
    """From when to when documents go without paper."""

    valid_from: date
    valid_to: date | None
    source: str


def paperless_since(day: date) -> PaperlessRule | None:
    """The rule in force on a Hanoi day."""
    in_force = (rule for rule in _rules() if rule.valid_from <= day and (rule.valid_to is None or day <= rule.valid_to))
    return next(in_force, None)


@cache
def _rules() -> tuple[PaperlessRule, ...]:
    text = (files("gateway") / "data/paperless.yaml").read_text(encoding="utf-8")
    return tuple(PaperlessRule(**rule) for rule in yaml.safe_load(text))
