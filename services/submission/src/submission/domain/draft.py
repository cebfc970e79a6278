"""Bản nháp: a filing begun and not sent. What may be kept of it and for how long; what it lacks is intake's to say."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class DraftRules:
    """How long a draft is kept after its last change and how many one owner may have, from a day on."""

    keep_days: int
    most_per_owner: int
    valid_from: date | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A filing as far as it is typed: any part may be missing or wrong. `owner`: who alone sees it (`Principal.account`)."""

    id: UUID
    owner: str
    version: int
    filing: dict[str, Any]
    updated_at: datetime
    expires_at: datetime


def expiry(rules: DraftRules, at: datetime) -> datetime:
    """When a draft changed at that instant is forgotten."""
    return at + timedelta(days=rules.keep_days)
