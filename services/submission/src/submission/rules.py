"""The dated rules that come with this package (data/*.json), read once. What changes by event is in submission.copies."""

import json
from datetime import date, time
from importlib import resources
from typing import Any

from submission.domain.codes import CodePattern
from submission.domain.deadlines import BusinessHours


def _rows(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((resources.files("submission.data") / name).read_text(encoding="utf-8"))
    return sorted(rows, key=lambda row: row["validFrom"] or "")


def _day(row: dict[str, Any]) -> date | None:
    return date.fromisoformat(row["validFrom"]) if row["validFrom"] else None


CODE_PATTERNS = tuple(CodePattern(row["pattern"], row["agency"], _day(row)) for row in _rows("dossier_codes.json"))

BUSINESS_HOURS = tuple(
    BusinessHours(
        tuple((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in row["spans"]), _day(row)
    )
    for row in _rows("business_hours.json")
)
