"""The index as a process keeps it: as fresh as the database, at the price of one small statement. It ranks nothing.

The stamp is read in the reader's own transaction and compared with the one the index was built at: a version published
by any process is found by the next search of every other.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Row, text

from catalog.search.index import Index, Offered, Procedure
from catalog.sources.habits import habits
from catalog.sources.life_events import life_events
from chassis.database import UnitOfWork
from contracts.codes import Channel

_LOOK = text(
    "SELECT stamp, CAST(:unit AS text) IS NULL OR EXISTS (SELECT FROM units WHERE code = :unit"
    " AND kind NOT IN ('province', 'district') AND valid_from <= :on AND (valid_to IS NULL OR valid_to >= :on))"
    " AS unit_known FROM catalogue_stamp"
)
_LOAD = text(
    "SELECT stamp, code, version, valid_from, valid_to, content ->> 'name' AS name, content -> 'field' AS field,"
    " content -> 'keywords' AS keywords, content -> 'lifeEvents' AS life_events, content -> 'offerings' AS offerings"
    " FROM catalogue_stamp LEFT JOIN procedures ON status IN ('published', 'withdrawn') ORDER BY code, version"
)


@dataclass(frozen=True)
class Fresh:
    """The index as of now, and whether the unit asked for is a commune that day."""

    index: Index
    unit_known: bool


@dataclass(eq=False)
class Kept:
    """The index of this process. Safe to ask from many requests at once: it is built once for all of them."""

    _index: Index | None = None
    _stamp: str | None = None
    _building: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def fresh(self, uow: UnitOfWork, *, unit: str | None, on: date) -> Fresh:
        """One statement; two if the catalogue has changed since the index was built."""
        seen = (await uow.execute(_LOOK, {"unit": unit, "on": on})).one()
        return Fresh(await self._at(seen.stamp, uow), bool(seen.unit_known))

    async def _at(self, stamp: str, uow: UnitOfWork) -> Index:
        if self._index is not None and stamp == self._stamp:
            return self._index
        async with self._building:
            if self._index is None or stamp != self._stamp:
                rows = (await uow.execute(_LOAD)).all()
                # The rows and their stamp are of one statement, and so of one moment.
                self._index = await asyncio.to_thread(_built, rows)
                self._stamp = rows[0].stamp
            return self._index


def _built(rows: Iterable[Row[Any]]) -> Index:
    known: dict[tuple[str, ...], frozenset[str]] = {}
    return Index([_procedure(row, known) for row in rows if row.code is not None], life_events(), habits())


def _procedure(row: Row[Any], known: dict[tuple[str, ...], frozenset[str]]) -> Procedure:
    return Procedure(
        code=row.code,
        version=row.version,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        name=row.name,
        field_code=row.field["code"],
        field_name=row.field["name"],
        keywords=tuple(row.keywords or ()),
        life_events=tuple(row.life_events or ()),
        offerings=tuple(_offered(offering, known) for offering in row.offerings),
    )


def _offered(offering: dict[str, Any], known: dict[tuple[str, ...], frozenset[str]]) -> Offered:
    units = offering.get("units")
    last = offering.get("validTo")
    return Offered(
        # Many procedures are offered by the very same units: one set for all of them.
        units=None if units is None else known.setdefault(tuple(units), frozenset(units)),
        channels=frozenset(Channel(channel) for channel in offering["channels"]),
        valid_from=date.fromisoformat(offering["validFrom"]),
        valid_to=None if last is None else date.fromisoformat(last),
    )
