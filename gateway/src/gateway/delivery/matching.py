"""Which events a subscription's filter lets through, looking into them only where a filter asks for it. It decides no right.

The unit and the procedure of an event stand in its data; of one that tells neither (a payment), they are those of its
dossier, read from the ledger's own `dossier-submitted` and kept in memory: a dossier never changes them. Not from the
gateway's copy of live dossiers (queries.accesses): that follows the bus, behind the ledger, so a payment could be looked at
before its dossier is in the copy, and would be withheld for good.
"""

import json
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from chassis.database import UnitOfWork
from contracts.submission import DossierSubmitted
from gateway.delivery import store
from gateway.delivery.store import Entry
from gateway.domain.subscription import Filter

_KEPT = 20_000


@dataclass(frozen=True)
class Place:
    """Where an event belongs: the unit (đơn vị hành chính) and the procedure (thủ tục). None: nobody knows."""

    unit: str | None = None
    procedure: str | None = None


@dataclass
class Places:
    """Finds the places of entries."""

    _dossiers: OrderedDict[str, Place] = field(default_factory=OrderedDict)

    async def of(self, uow: UnitOfWork, entries: Sequence[Entry]) -> dict[int, Place]:
        """By position, for entries that came with their bodies; at most one statement."""
        found = {entry.position: place_in(entry.body) for entry in entries}
        incomplete = [
            entry for entry in entries if None in (found[entry.position].unit, found[entry.position].procedure)
        ]
        await self._look_up(uow, {entry.subject for entry in incomplete} - self._dossiers.keys())
        for entry in incomplete:
            own, dossier = found[entry.position], self._dossiers.get(entry.subject, Place())
            found[entry.position] = Place(own.unit or dossier.unit, own.procedure or dossier.procedure)
        while len(self._dossiers) > _KEPT:
            self._dossiers.popitem(last=False)
        return found

    async def _look_up(self, uow: UnitOfWork, subjects: Iterable[str]) -> None:
        unknown = sorted(subjects)
        if unknown:
            # One that is not there is not remembered: its dossier may yet come.
            for subject, body in (await store.bodies_of(uow, DossierSubmitted.type, unknown)).items():
                self._dossiers[subject] = place_in(body)


def place_in(body: bytes | None) -> Place:
    """What an event's own data says."""
    data = json.loads(body).get("data") if body is not None else None
    if not isinstance(data, dict):
        return Place()
    unit, procedure = data.get("unit"), data.get("procedure")
    return Place(unit if isinstance(unit, str) else None, procedure if isinstance(procedure, str) else None)


def types_inside(filters: Iterable[Filter]) -> set[str]:
    """The types whose events must be looked into for one of these filters."""
    return {event_type for one in filters if one.looks_inside for event_type in one.types}
