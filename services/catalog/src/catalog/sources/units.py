"""Hanoi's administrative units: those of today from the library vietnam-provinces, those of 2016 from the data file.

Reads only; it judges nothing but whether the two fit each other.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from vietnam_provinces import ProvinceCode, VietNamDivisionType, Ward

from catalog.sources.files import Row, read_yaml
from contracts.catalog import AdministrativeUnit
from contracts.codes import UnitKind

_KINDS = {VietNamDivisionType.PHUONG: UnitKind.WARD, VietNamDivisionType.XA: UnitKind.COMMUNE}


class SourcedUnit(AdministrativeUnit):
    """A unit with where the row is from."""

    source: str


class _Province(Row):
    code: str
    name: str
    valid_from: date
    source: str


class _Today(Row):
    valid_from: date
    source: str
    communes: int


class _District(Row):
    code: str
    name: str
    wards: dict[str, str]


class _Succession(Row):
    """Names of the units that took a ward's place on the day after its last, by the ward's code."""

    source: str
    successors: dict[str, tuple[str, ...]]


class _Past(Row):
    valid_from: date
    valid_to: date
    source: str
    districts: tuple[_District, ...]
    ended_early: dict[str, date]
    succession: _Succession


class _Units(Row):
    province: _Province
    today: _Today
    past: _Past


def units() -> tuple[SourcedUnit, ...]:
    """Every unit, past and present, ordered by code and first day.

    Raises ValueError if the library's list is not the one the data file was written for.
    """
    data = _Units.model_validate(read_yaml("units.yaml"))
    province = SourcedUnit(kind=UnitKind.PROVINCE, **data.province.model_dump())
    present = _present(data.today, province.code)
    past = _past(data.past, province.code)
    found = [province, *present, *_with_successors(past, [*past, *present], data.past.succession)]
    return tuple(sorted(found, key=lambda unit: (unit.code, unit.valid_from)))


def _with_successors(
    past: Sequence[SourcedUnit], every: Sequence[SourcedUnit], succession: _Succession
) -> list[SourcedUnit]:
    """The past units with the codes of those that took their place. Raises ValueError for a name that no unit then had."""
    found = []
    for unit in past:
        names = succession.successors.get(unit.code, ())
        if names and unit.valid_to is not None:
            codes = _in_force(every, unit.valid_to + timedelta(days=1))
            if missing := set(names) - codes.keys():
                raise ValueError(f"data/units.yaml names successors of {unit.code} that are none: {sorted(missing)}")
            source = f"{unit.source}; {succession.source}"
            successors = tuple(sorted(codes[name] for name in names))
            found.append(unit.model_copy(update={"successors": successors, "source": source}))
        else:
            found.append(unit)
    return found


def _in_force(units: Sequence[SourcedUnit], day: date) -> dict[str, str]:
    """The codes of the communes of a day, by name."""
    return {
        unit.name: unit.code
        for unit in units
        if unit.kind is not UnitKind.DISTRICT
        and unit.valid_from <= day
        and (unit.valid_to is None or day <= unit.valid_to)
    }


def _present(today: _Today, province: str) -> list[SourcedUnit]:
    wards = list(Ward.iter_by_province(ProvinceCode(int(province))))
    if len(wards) != today.communes:
        message = (
            f"vietnam-provinces lists {len(wards)} communes of Hanoi, data/units.yaml was written for {today.communes}"
        )
        raise ValueError(message)
    return [
        SourcedUnit(
            code=f"{ward.code:05d}",
            name=ward.name,
            kind=_KINDS[ward.division_type],
            parent=province,
            valid_from=today.valid_from,
            source=today.source,
        )
        for ward in wards
    ]


def _past(past: _Past, province: str) -> list[SourcedUnit]:
    found = []
    for district in past.districts:
        rows = [(district.code, district.name, UnitKind.DISTRICT, province)]
        rows += [(code, name, UnitKind.WARD, district.code) for code, name in district.wards.items()]
        found += [
            SourcedUnit(
                code=code,
                name=name,
                kind=kind,
                parent=parent,
                valid_from=past.valid_from,
                valid_to=past.ended_early.get(code, past.valid_to),
                source=past.source,
            )
            for code, name, kind, parent in rows
        ]
    return found
