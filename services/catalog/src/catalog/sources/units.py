"""Hanoi's administrative units: those of today from the library vietnam-provinces, those of 2016 from the data file."""

from datetime import date

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


class _Past(Row):
    valid_from: date
    valid_to: date
    source: str
    districts: tuple[_District, ...]
    ended_early: dict[str, date]


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
    found = [province, *_present(data.today, province.code), *_past(data.past, province.code)]
    return tuple(sorted(found, key=lambda unit: (unit.code, unit.valid_from)))


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
