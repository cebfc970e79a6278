"""The SQL of reporting that reads: each question is one aggregate over the daily counts, never over the dossiers.

Field and district are joined from the copies of the catalogue at the time of asking, by the day that is counted: a copy
that comes later than the dossiers, or is mended, is right for all of them at once.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import Row, TextClause, text

from chassis.database import UnitOfWork
from contracts.codes import Channel
from reporting.domain.counting import Measure
from reporting.domain.indicators import DigitisationTally, RepeatTally
from reporting.domain.report import Period, Tally
from reporting.domain.share import ByChannel
from reporting.service_groups import ServiceGroup


class GroupBy(StrEnum):
    """By what dossiers are told apart."""

    FIELD = "field"  # lĩnh vực
    PROCEDURE = "procedure"  # thủ tục
    GROUP = "group"  # nhóm dịch vụ
    UNIT = "unit"  # xã, phường
    DISTRICT = "district"  # quận, huyện
    DAY = "day"


@dataclass(frozen=True)
class Selection:
    """Dossiers received from the first day to the last; of these procedures, units and districts, None being all."""

    first: date
    last: date
    procedures: Sequence[str] | None = None
    units: Sequence[str] | None = None
    districts: Sequence[str] | None = None


_PROCEDURE = " LEFT JOIN procedure_spans p ON p.code = c.procedure AND c.day BETWEEN p.since AND p.until"
_UNIT = " LEFT JOIN unit_spans u ON u.code = c.unit AND c.day BETWEEN u.since AND u.until"
_DISTRICT = (
    _UNIT + " LEFT JOIN unit_spans d ON d.code = u.parent AND d.kind = 'district' AND c.day BETWEEN d.since AND d.until"
)
_GROUP = (
    " LEFT JOIN unnest(CAST(:group_codes AS text[]), CAST(:group_keys AS text[]), CAST(:group_names AS text[]))"
    " AS g (code, key, name) ON g.code = c.procedure"
)

_NONE = "CAST(NULL AS text)"
_LAST_DAY = "(array_agg(p.valid_to ORDER BY p.since DESC))[1]"

# What to group by, what it is called, its last day, and the joins that takes. The code of a unit is reused under another name,
# so a unit is its code and its name; a procedure or a field that was renamed is the same one.
_DIMENSIONS = {
    GroupBy.FIELD: ("p.field_code", "max(p.field_name)", _NONE, "p.field_code", _PROCEDURE),
    GroupBy.PROCEDURE: ("c.procedure", "max(p.name)", _LAST_DAY, "c.procedure", _PROCEDURE),
    GroupBy.GROUP: ("g.key", "max(g.name)", _NONE, "g.key", _GROUP),
    GroupBy.UNIT: ("c.unit", "u.name", _NONE, "c.unit, u.name", _UNIT),
    GroupBy.DISTRICT: ("d.code", "d.name", _NONE, "d.code, d.name", _DISTRICT),
    GroupBy.DAY: ("CAST(c.day AS text)", _NONE, _NONE, "c.day", ""),
}


@cache
def _by_channel(group_by: GroupBy, *, in_districts: bool) -> TextClause:
    key, name, valid_to, grouping, joins = _DIMENSIONS[group_by]
    if in_districts and _DISTRICT not in joins:
        joins = joins.replace(_UNIT, "") + _DISTRICT
    sums = ", ".join(
        _sum("c.received", f"c.channel = {channel.value}", alias)
        for channel, alias in ((Channel.ONLINE, "online"), (Channel.COUNTER, "counter"), (Channel.POST, "post"))
    )
    return text(
        f"SELECT {key} AS key, {name} AS name, {valid_to} AS valid_to, {sums},"  # noqa: S608 - constants of this module
        f" CAST(sum(c.assisted) AS bigint) AS assisted FROM daily_counts c{joins}"
        " WHERE c.day BETWEEN :first AND :last"
        " AND (CAST(:procedures AS text[]) IS NULL OR c.procedure = ANY(CAST(:procedures AS text[])))"
        " AND (CAST(:units AS text[]) IS NULL OR c.unit = ANY(CAST(:units AS text[])))"
        + (" AND d.code = ANY(CAST(:districts AS text[]))" if in_districts else "")
        + f" GROUP BY {grouping} HAVING sum(c.received) > 0 ORDER BY 1 NULLS LAST, 2"
    )


async def received_by_channel(
    uow: UnitOfWork, selection: Selection, group_by: GroupBy, service_groups: Sequence[ServiceGroup]
) -> list[ByChannel]:
    """The dossiers received, by channel, for each group that has any. `service_groups` are those to tell apart."""
    parameters = asdict(selection)
    in_districts = parameters["districts"] is not None
    if not in_districts:
        del parameters["districts"]
    if group_by is GroupBy.GROUP:
        pairs = [(code, group) for group in service_groups for code in group.codes]
        parameters |= {
            "group_codes": [code for code, _ in pairs],
            "group_keys": [group.key for _, group in pairs],
            "group_names": [group.name for _, group in pairs],
        }
    rows = await uow.execute(_by_channel(group_by, in_districts=in_districts), parameters)
    return [ByChannel(row.key, row.name, row.online, row.counter, row.post, row.assisted, row.valid_to) for row in rows]


def _sum(columns: str, when: str, alias: str) -> str:
    return f"CAST(coalesce(sum({columns}) FILTER (WHERE {when}), 0) AS bigint) AS {alias}"


_LATE = "c.late_same_day + c.late_after"
_IN_PERIOD = "c.day >= :first"
_TALLY = ", ".join(
    (
        _sum("c.received", "c.day < :first", "received_before"),
        _sum(f"c.early + c.on_time + {_LATE}", "c.day < :first", "resolved_before"),
        _sum("c.received", f"{_IN_PERIOD} AND c.channel = {Channel.ONLINE.value}", "received_online"),
        _sum("c.received", f"{_IN_PERIOD} AND c.channel <> {Channel.ONLINE.value}", "received_direct"),
        _sum("c.early", _IN_PERIOD, "early"),
        _sum("c.on_time", _IN_PERIOD, "on_time"),
        _sum(_LATE, _IN_PERIOD, "overdue"),
        _sum("c.fell_due", "c.day <= :due_until", "fell_due"),
        _sum(f"c.on_time + {_LATE}", "c.day <= :due_until", "answered_due"),
        _sum("c.late_after", "c.day > :due_until", "answered_since"),
    )
)
# One field per procedure for the whole report, that of its last day: were a dossier received under one field and resolved
# under another, a report of one field would not add up.
_REPORT = text(
    f"SELECT {_TALLY} FROM daily_counts c WHERE c.day <= :last"  # noqa: S608 - constants of this module
    " AND (CAST(:units AS text[]) IS NULL OR c.unit = ANY(CAST(:units AS text[])))"
    " AND (CAST(:fields AS text[]) IS NULL OR c.procedure IN (SELECT p.code FROM procedure_spans p"
    " WHERE :last BETWEEN p.since AND p.until AND p.field_code = ANY(CAST(:fields AS text[]))))"
)


async def tally(
    uow: UnitOfWork, period: Period, *, units: Sequence[str] | None = None, fields: Sequence[str] | None = None
) -> Tally:
    """The sums that report II.06a is made of, of these units and fields, None being all."""
    parameters = {
        "first": period.first,
        "last": period.last,
        "due_until": period.due_until,
        "units": units,
        "fields": fields,
    }
    row = (await uow.execute(_REPORT, parameters)).one()
    return Tally(**row._mapping)  # noqa: SLF001 - the public way to a row's names and values


_OF_UNITS = " AND (CAST(:units AS text[]) IS NULL OR c.unit = ANY(CAST(:units AS text[])))"
_DIGITISATION = text(
    "SELECT "  # noqa: S608 - constants of this module
    + ", ".join(
        f"CAST(coalesce(sum({columns}), 0) AS bigint) AS {alias}"
        for alias, columns in (
            ("received", "c.received"),
            ("identity_verified", "c.identity_verified"),
            ("components", "c.components"),
            ("components_reused", "c.components_reused"),
            ("components_from_store", "c.components_from_store"),
            ("resolved", f"c.early + c.on_time + {_LATE}"),
            ("without_result", "c.without_result"),
            ("electronic_result", "c.electronic_result"),
            ("digitised", "c.digitised"),
        )
    )
    + " FROM daily_counts c WHERE c.day BETWEEN :first AND :last"
    + _OF_UNITS
)


async def digitisation_tally(
    uow: UnitOfWork, first: date, last: date, *, units: Sequence[str] | None = None
) -> DigitisationTally:
    """The sums that indicators 4.1 to 4.5 are made of, of these units, None being all."""
    row = (await uow.execute(_DIGITISATION, {"first": first, "last": last, "units": units})).one()
    return DigitisationTally(**row._mapping)  # noqa: SLF001 - the public way to a row's names and values


_REPEATED = text(
    "SELECT "  # noqa: S608 - constants of this module
    + ", ".join(
        (
            _sum("c.repeated_resolved", _IN_PERIOD, "resolved"),
            "CAST(coalesce(sum(c.repeated - c.repeated_resolved - c.repeated_late), 0) AS bigint) AS begun",
            _sum("c.repeated_overdue", "c.day <= :due_until", "overdue"),
            _sum("c.supplement_requests", _IN_PERIOD, "requests"),
            _sum("c.supplement_seconds", _IN_PERIOD, "seconds"),
        )
    )
    + " FROM daily_counts c WHERE c.day <= :last"
    + _OF_UNITS
)


async def repeat_tally(uow: UnitOfWork, period: Period, *, units: Sequence[str] | None = None) -> RepeatTally:
    """What indicator 2.1 asks of supplements beyond the report's sums, of these units, None being all."""
    parameters = {"first": period.first, "last": period.last, "due_until": period.due_until, "units": units}
    row = (await uow.execute(_REPEATED, parameters)).one()
    return RepeatTally(row.resolved, row.begun - row.overdue, row.requests, row.seconds)


_DAY = text(
    f"SELECT procedure, unit, channel, {', '.join(Measure)} FROM daily_counts"  # noqa: S608 - the names of Measure
    " WHERE day = :day AND received + early + on_time + late_same_day + late_after > 0 ORDER BY procedure, unit, channel"
)


async def counts_of_day(uow: UnitOfWork, day: date) -> Sequence[Row[Any]]:
    """Every series that received or resolved a dossier on a day, in one order for all time."""
    return (await uow.execute(_DAY, {"day": day})).all()
