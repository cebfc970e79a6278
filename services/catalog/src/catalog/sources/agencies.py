"""The agencies whose codes are known to us: ministries and the province itself. Reads the data file only."""

from datetime import date

from catalog.domain.agency_code import agency_code
from catalog.sources.files import Row, read_yaml
from contracts.catalog import Agency


class SourcedAgency(Agency):
    """An agency with where the row is from."""

    source: str


class _Agency(Row):
    code: str
    name: str
    unit: str | None = None


class _Agencies(Row):
    source: str
    valid_from: date
    agencies: tuple[_Agency, ...]


def agencies() -> tuple[SourcedAgency, ...]:
    """Every agency of the data file, by code. Raises NotAnAgencyCode where the file has a code that is none."""
    data = _Agencies.model_validate(read_yaml("agencies.yaml"))
    found = [
        SourcedAgency(
            code=agency_code(row.code).code,
            former_code=agency_code(row.code).former,
            name=row.name,
            unit=row.unit,
            valid_from=data.valid_from,
            source=data.source,
        )
        for row in data.agencies
    ]
    return tuple(sorted(found, key=lambda agency: agency.code))
