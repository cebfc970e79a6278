"""SQL of the procedures as anyone reads them, on a day. It decides nothing; each function runs one statement."""
# ruff: noqa: S608 - statements are put together from constants of this module, values are always bound

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, text

from chassis.database import UnitOfWork

_IN_FORCE = "status IN ('published', 'withdrawn') AND valid_from <= :on AND (valid_to IS NULL OR valid_to >= :on)"

_STANDING = text(
    "SELECT code, version, status, valid_from, valid_to, published_at, revision, withdrawal_source, withdrawal_reason,"
    " CASE WHEN valid_from <= :on AND (valid_to IS NULL OR valid_to >= :on) THEN content::text END AS content"
    " FROM procedures WHERE code = :code AND status IN ('published', 'withdrawn') ORDER BY valid_from"
)


async def standing_versions(uow: UnitOfWork, code: str, on: date) -> Sequence[Row[Any]]:
    """Every version of a procedure that is in force on some day; only the one in force on that day has its content."""
    return (await uow.execute(_STANDING, {"code": code, "on": on})).all()


_LIST = (
    "SELECT code, version, valid_from, valid_to, name, field, offerings, rank FROM ("
    "SELECT code, version, valid_from, valid_to, content ->> 'name' AS name, content -> 'field' AS field,"
    " content -> 'offerings' AS offerings, {rank} AS rank FROM procedures"
    f" WHERE {_IN_FORCE}{{filters}}"
    ") found{after} ORDER BY rank DESC, code LIMIT :limit"
)
# Best: the words stand in the official name, and little else does; then: it is called so, and its name is short, so that
# the plain procedure precedes its kin. A whole number, so that a cursor can carry it.
_RANK = (
    "CAST(1000000 * ts_rank_cd(ts_filter(search, '{a}'), CAST(:query AS tsquery), 2)"
    " + 1000.0 / greatest(length(ts_filter(search, '{a}')), 1) AS bigint)"
)
_MATCHES = " AND search @@ CAST(:query AS tsquery)"
_IN_FIELD = " AND content -> 'field' ->> 'code' = :field"
_OF_LIFE_EVENT = " AND jsonb_exists(content -> 'lifeEvents', CAST(:life_event AS text))"
_OFFERED = (
    " AND EXISTS (SELECT FROM jsonb_to_recordset(content -> 'offerings')"
    ' AS offered("validFrom" date, "validTo" date, units jsonb)'
    ' WHERE "validFrom" <= :on AND ("validTo" IS NULL OR "validTo" >= :on)'
    " AND (units IS NULL OR jsonb_exists(units, CAST(:unit AS text))))"
)
_AFTER = " WHERE (-rank, code) > (-CAST(:after_rank AS bigint), :after_code)"


async def list_procedures(
    uow: UnitOfWork,
    *,
    on: date,
    query: str | None,
    field: str | None,
    life_event: str | None,
    unit: str | None,
    after: Sequence[Any] | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """Versions in force on a day, best match first, then by code; `query` is a tsquery."""
    wanted = {"query": query, "field": field, "life_event": life_event, "unit": unit}
    conditions = {"query": _MATCHES, "field": _IN_FIELD, "life_event": _OF_LIFE_EVENT, "unit": _OFFERED}
    statement = _LIST.format(
        rank=_RANK if query else "0",
        filters="".join(conditions[name] for name, value in wanted.items() if value is not None),
        after=_AFTER if after else "",
    )
    parameters = {"on": on, "limit": limit} | {name: value for name, value in wanted.items() if value is not None}
    if after:
        parameters |= {"after_rank": after[0], "after_code": after[1]}
    return (await uow.execute(text(statement), parameters)).all()


_FIELDS = text(
    "SELECT content -> 'field' ->> 'code' AS code, min(content -> 'field' ->> 'name') AS name, count(*) AS procedures"
    f" FROM procedures WHERE {_IN_FORCE} AND content -> 'field' ->> 'code' > :after GROUP BY 1 ORDER BY 1 LIMIT :limit"
)
_LEGAL_SOURCES = text(
    "SELECT source ->> 'number' AS number, max(source ->> 'title') AS title, count(*) AS procedures"
    f" FROM procedures, jsonb_array_elements(content -> 'legalSources') AS source WHERE {_IN_FORCE}"
    " AND source ->> 'number' > :after GROUP BY 1 ORDER BY 1 LIMIT :limit"
)
_LIFE_EVENTS = text(
    "SELECT event AS code, count(*) AS procedures FROM procedures, jsonb_array_elements_text(content -> 'lifeEvents')"
    f" AS event WHERE {_IN_FORCE} GROUP BY 1"
)


async def fields(uow: UnitOfWork, *, on: date, after: str, limit: int) -> Sequence[Row[Any]]:
    """The fields that procedures in force on a day belong to, with how many."""
    return (await uow.execute(_FIELDS, {"on": on, "after": after, "limit": limit})).all()


async def legal_sources(uow: UnitOfWork, *, on: date, after: str, limit: int) -> Sequence[Row[Any]]:
    """The legal sources that procedures in force on a day name, with how many."""
    return (await uow.execute(_LEGAL_SOURCES, {"on": on, "after": after, "limit": limit})).all()


async def life_events(uow: UnitOfWork, *, on: date) -> dict[str, int]:
    """How many procedures in force on a day belong to each life event."""
    return {row.code: row.procedures for row in await uow.execute(_LIFE_EVENTS, {"on": on})}


# A procedure counts once, by the highest level and the highest class at which it is offered that day.
_COUNTS = text(
    "SELECT level, service_class, count(*) AS procedures FROM ("
    "SELECT code, max(greatest(array_position(CAST(:levels AS text[]), stated), array_position(CAST(:levels AS text[]), former))) AS level,"
    " max(array_position(CAST(:classes AS text[]), stated)) AS service_class FROM procedures LEFT JOIN LATERAL ("
    ' SELECT "serviceLevel" AS stated, "formerLevel" AS former FROM jsonb_to_recordset(content -> \'offerings\')'
    ' AS offered("validFrom" date, "validTo" date, units jsonb, "serviceLevel" text, "formerLevel" text)'
    ' WHERE "validFrom" <= :on AND ("validTo" IS NULL OR "validTo" >= :on)'
    " AND (CAST(:unit AS text) IS NULL OR units IS NULL OR jsonb_exists(units, CAST(:unit AS text)))) offers ON true"
    f" WHERE {_IN_FORCE} AND (CAST(:agency AS text) IS NULL OR jsonb_exists(content -> 'agencies', CAST(:agency AS text)))"
    " GROUP BY code) ranked GROUP BY level, service_class"
)


async def count_classes(
    uow: UnitOfWork,
    *,
    on: date,
    unit: str | None,
    agency: str | None,
    levels: Sequence[str],
    classes: Sequence[str],
) -> Sequence[Row[Any]]:
    """Procedures in force on a day by highest level and class, each as its place (from 1) in the lists given, or null."""
    parameters = {"on": on, "unit": unit, "agency": agency, "levels": list(levels), "classes": list(classes)}
    return (await uow.execute(_COUNTS, parameters)).all()
