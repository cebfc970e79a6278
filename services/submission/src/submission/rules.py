"""The dated rules that come with this package (data/*.json), read once. What changes by event is in submission.copies."""

import json
from datetime import date, time, timedelta
from importlib import resources
from typing import Any

from contracts.codes import DossierStatus, Sex
from submission.domain.codes import CodePattern, Notation, Numbering
from submission.domain.deadlines import BusinessHours
from submission.domain.draft import DraftRules
from submission.domain.people import FormRules, PersonPlace, SameBirth
from submission.domain.prefill import PrefillPlace
from submission.domain.retention import RetentionRule
from submission.domain.timing import AlertKind, AlertRule, CheckRule, ExtensionRule, SupplementWindow


def _rows(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((resources.files("submission.data") / name).read_text(encoding="utf-8"))
    return sorted(rows, key=lambda row: row["validFrom"] or "")


def _day(row: dict[str, Any]) -> date | None:
    return date.fromisoformat(row["validFrom"]) if row["validFrom"] else None


CODE_PATTERNS = tuple(
    CodePattern(row["pattern"], row["agency"], _day(row), Notation(row["notation"]), Numbering(row["numbering"]))
    for row in _rows("dossier_codes.json")
)

DRAFT_RULES = tuple(DraftRules(row["keepDays"], row["mostPerOwner"], _day(row)) for row in _rows("draft_rules.json"))

# One row each, since ever: with a second one, the row would have to be chosen by the day of filing, as above.
(_people,) = _rows("form_people.json")
FORM_RULES = FormRules(
    tuple(PersonPlace(place["at"], Sex(place["sex"]) if "sex" in place else None) for place in _people["people"]),
    tuple(_people["pastDays"]),
    date.fromisoformat(_people["earliestBirth"]),
    SameBirth(_people["sameBirth"]["first"], _people["sameBirth"]["others"], _people["sameBirth"]["mostDaysApart"]),
)

(_prefill,) = _rows("prefill.json")
PREFILL_PLACES = tuple(
    PrefillPlace(place["at"], tuple(place["fields"]), Sex(place["sex"]) if "sex" in place else None)
    for place in _prefill["places"]
)

BUSINESS_HOURS = tuple(
    BusinessHours(
        tuple((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in row["spans"]), _day(row)
    )
    for row in _rows("business_hours.json")
)

SUPPLEMENT_WINDOWS = tuple(
    SupplementWindow(row["workingDays"], row["procedure"], _day(row)) for row in _rows("supplement_windows.json")
)

EXTENSIONS = tuple(ExtensionRule(row["workingDays"], _day(row)) for row in _rows("extensions.json"))

CHECKS = tuple(CheckRule(timedelta(hours=row["workingHours"]), _day(row)) for row in _rows("checks.json"))

ALERTS = tuple(
    AlertRule(AlertKind(row["kind"]), timedelta(hours=row["workingHoursBefore"]), tuple(row["roles"]), _day(row))
    for row in _rows("alerts.json")
)

RETENTION = tuple(
    RetentionRule(
        row["id"],
        tuple(DossierStatus(status) for status in row["statuses"]),
        row["procedure"],
        row["months"],
        row["source"],
        _day(row),
    )
    for row in _rows("retention.json")
)
