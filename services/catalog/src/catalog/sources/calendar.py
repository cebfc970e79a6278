"""The working calendar of each year: the library `holidays`, with the data file's rows on top. Reads only."""

from datetime import date

from holidays import country_holidays

from catalog.sources.files import Row, read_yaml
from contracts.catalog import CalendarDay


class _Day(Row):
    day: date
    working: bool
    name: str


class _Overrides(Row):
    source: str
    days: tuple[_Day, ...]


class _Calendar(Row):
    base_source: str
    years: tuple[int, ...]
    overrides: _Overrides


def calendars() -> dict[int, tuple[CalendarDay, ...]]:
    """The days of each year that depart from the week, in order."""
    data = _Calendar.model_validate(read_yaml("calendar.yaml"))
    return {year: _year(year, data) for year in data.years}


def _year(year: int, data: _Calendar) -> tuple[CalendarDay, ...]:
    library = country_holidays("VN", years=year, language="vi")
    days = {
        day: CalendarDay(day=day, working=False, name=name, source=data.base_source) for day, name in library.items()
    }
    for day in library.weekend_workdays:
        if day.year == year:
            days[day] = CalendarDay(day=day, working=True, name="Làm việc bù", source=data.base_source)
    for row in data.overrides.days:
        if row.day.year == year:
            days[row.day] = CalendarDay(**row.model_dump(), source=data.overrides.source)
    return tuple(days[day] for day in sorted(days))
