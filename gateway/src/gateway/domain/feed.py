"""The periods that are fed to the evaluation system (EMC): days and quarters in Hanoi, and what is told of each. Pure; no I/O."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

ONLINE_CLASSES = frozenset({"3", "4", "partial", "full"})
"""Levels 3 and 4 (NĐ 43/2011), một phần and toàn trình (NĐ 42/2022): what counts as an online public service."""


class Kind(StrEnum):
    """What is fed."""

    USAGE = "usage"  # the use of a day
    QUARTER = "quarter"  # the ministries' quarterly report


@dataclass(frozen=True, order=True)
class FeedPeriod:
    """A day, or a quarter."""

    first: date
    last: date
    kind: Kind


def ended_periods(today: date, days_back: int) -> Iterator[FeedPeriod]:
    """The days and quarters that ended in the last so many days; today has not."""
    for back in range(1, days_back + 1):
        day = today - timedelta(days=back)
        yield FeedPeriod(day, day, Kind.USAGE)
        if day == quarter_of(day)[1]:
            yield FeedPeriod(*quarter_of(day), Kind.QUARTER)


def quarter_of(day: date) -> tuple[date, date]:
    """First and last day of the quarter a day is in."""
    month = 3 * ((day.month - 1) // 3) + 1
    first = date(day.year, month, 1)
    after = date(day.year + month // 10, (month + 2) % 12 + 1, 1)
    return first, after - timedelta(days=1)


def year_before(first: date) -> tuple[date, date]:
    """The same quarter a year before."""
    return quarter_of(date(first.year - 1, first.month, 1))


def usage_figures(by_field: Mapping[str, Any], report: Mapping[str, Any]) -> dict[str, Any]:
    """Of a day: received by channel and field, and report II.06a, as reporting gives them."""
    return {
        "received": by_field["total"],
        "fields": [_without(group, "validTo") for group in by_field["groups"]],
        "report": report,
    }


def quarter_figures(quarter: Mapping[str, Any], before: Mapping[str, Any], report: Mapping[str, Any]) -> dict[str, Any]:
    """The quarterly report: services, those with dossiers, dossiers online; each beside the same quarter a year before.

    `quarter` and `before`: each `classes` as the catalogue counts them on the last day, `byProcedure` as reporting does.
    """
    return {"quarter": _quarter(quarter), "yearBefore": _quarter(before), "report": report}


def digest_of(figures: Mapping[str, Any]) -> str:
    """What tells whether figures changed: the same figures have the same digest, in whatever order they came."""
    return hashlib.sha256(json.dumps(figures, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _quarter(told: Mapping[str, Any]) -> dict[str, Any]:
    classes, received = told["classes"], told["byProcedure"]
    online = _online_services(classes["schemes"])
    used = sum(group["online"] > 0 for group in received["groups"])
    return {
        "procedures": classes["procedures"],
        "onlineServices": online,
        "onlineServicesShare": _share(online, classes["procedures"]),
        "onlineServicesWithDossiers": used,
        "onlineServicesWithDossiersShare": _share(used, online),
        "schemes": [
            {"id": scheme["id"], "classes": {one["code"]: one["procedures"] for one in scheme["classes"]}}
            for scheme in classes["schemes"]
        ],
        "received": _without(received["total"], "share"),
        "onlineShare": received["total"]["share"],
    }


def _online_services(schemes: Sequence[Mapping[str, Any]]) -> int:
    """Procedures offered online; of two schemes side by side, the one that says more: a procedure may be stated in both."""
    return max(
        (sum(one["procedures"] for one in scheme["classes"] if one["code"] in ONLINE_CLASSES) for scheme in schemes),
        default=0,
    )


def _share(part: int, whole: int) -> dict[str, Any]:
    """Exact; a denominator of 0 has no value, and says so."""
    return {"numerator": part, "denominator": whole, "notApplicable": whole == 0}


def _without(fields: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if key != name}
