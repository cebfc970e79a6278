from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx

from contracts.catalog import AdministrativeUnit, AdministrativeUnitsPublished, ProcedurePublished
from contracts.codes import Channel, UnitKind
from services.reporting.tests.conftest import Feed
from services.reporting.tests.histories import History

Table = Callable[[str], Awaitable[list[tuple[Any, ...]]]]

SHARE = "/v1/indicators/online-share"
WHOLE = {"from": "2016-01-01", "to": "2026-12-31"}


def procedure(code: str, field: str, *, valid_from: date = date(2016, 8, 10), version: int = 1) -> ProcedurePublished:
    published = ProcedurePublished.from_example()
    changed = {"code": code, "valid_from": valid_from, "version": version}
    return published.model_copy(
        update=changed | {"field": published.field.model_copy(update={"code": field, "name": field})}
    )


def units(*given: AdministrativeUnit, version: int = 1) -> AdministrativeUnitsPublished:
    return AdministrativeUnitsPublished(version=version, province="01", units=given)


def unit(code: str, name: str, kind: UnitKind, parent: str | None, since: date) -> AdministrativeUnit:
    return AdministrativeUnit(code=code, name=name, kind=kind, parent=parent, valid_from=since)


CITY = unit("01", "Thành phố Hà Nội", UnitKind.PROVINCE, None, date(2008, 8, 1))
DISTRICT = unit("001", "Quận Ba Đình", UnitKind.DISTRICT, "01", date(2008, 8, 1))
OLD_WARD = unit("00004", "Phường Trúc Bạch", UnitKind.WARD, "001", date(2008, 8, 1))
NEW_WARD = unit("00004", "Phường Ba Đình", UnitKind.WARD, "01", date(2025, 7, 1))


def received(code: str, on: date, *, procedure: str = "1.001193", unit: str = "00004") -> History:
    return History(code, procedure, unit, Channel.ONLINE, datetime(on.year, on.month, on.day, 3, tzinfo=UTC), due_in=9)


async def groups(client: httpx.AsyncClient, by: str, **filters: str) -> list[tuple[str | None, str | None, int]]:
    answer = await client.get(SHARE, params=WHOLE | {"groupBy": by} | filters)
    assert answer.status_code == 200, answer.text
    return [(group["key"], group["name"], group["total"]) for group in answer.json()["groups"]]


async def test_field_and_district_come_out_right_when_the_copies_come_after_the_facts(
    feed: Feed, client: httpx.AsyncClient
) -> None:
    await feed(received("H26-1", date(2016, 8, 10)).events())
    assert await groups(client, "field") == [(None, None, 1)]
    assert await groups(client, "district") == [(None, None, 1)]
    await feed([procedure("1.001193", "ho-tich"), units(CITY, DISTRICT, OLD_WARD)])
    assert await groups(client, "field") == [("ho-tich", "ho-tich", 1)]
    assert await groups(client, "district") == [("001", "Quận Ba Đình", 1)]


async def test_a_reused_code_is_the_unit_it_was_on_the_received_day(feed: Feed, client: httpx.AsyncClient) -> None:
    """R-097"""
    await feed([units(CITY, DISTRICT, OLD_WARD, NEW_WARD)])
    days = (date(2016, 8, 10), date(2025, 6, 30), date(2025, 7, 1))
    await feed([event for number, day in enumerate(days) for event in received(f"H26-{number}", day).events()])
    assert await groups(client, "unit") == [("00004", "Phường Ba Đình", 1), ("00004", "Phường Trúc Bạch", 2)]
    assert await groups(client, "district") == [("001", "Quận Ba Đình", 2), (None, None, 1)]
    assert await groups(client, "day", district="001") == [("2016-08-10", None, 1), ("2025-06-30", None, 1)]
    assert await groups(client, "field", district="001", unit="00004") == [(None, None, 2)]


async def test_a_field_is_that_of_the_received_day_and_no_dossier_is_lost_or_doubled(
    feed: Feed, client: httpx.AsyncClient
) -> None:
    later = procedure("1.001193", "dan-cu", valid_from=date(2025, 7, 1), version=2)
    await feed([procedure("1.001193", "ho-tich"), later])
    # The first version was published without an end, and the first dossier is of a day before any version.
    days = (date(2016, 1, 1), date(2016, 8, 10), date(2025, 6, 30), date(2025, 7, 1), date(2026, 1, 1))
    await feed([event for number, day in enumerate(days) for event in received(f"H26-{number}", day).events()])
    assert await groups(client, "field") == [("dan-cu", "dan-cu", 2), ("ho-tich", "ho-tich", 3)]
    assert [total for _, _, total in await groups(client, "procedure")] == [5]


async def test_older_news_of_the_catalogue_does_not_overwrite_newer(feed: Feed, table: Table) -> None:
    await feed([procedure("1.001193", "ho-tich", version=2), units(CITY, DISTRICT, OLD_WARD, version=2)])
    kept = await table("procedures"), await table("units")
    renamed = OLD_WARD.model_copy(update={"name": "x"})
    await feed([procedure("1.001193", "x", version=1), units(CITY, renamed, version=1)])
    assert (await table("procedures"), await table("units")) == kept


async def test_a_new_list_of_units_takes_the_place_of_the_old(feed: Feed, table: Table) -> None:
    await feed([units(CITY, DISTRICT, OLD_WARD)])
    moved = OLD_WARD.model_copy(update={"parent": "01", "valid_from": OLD_WARD.valid_from + timedelta(days=1)})
    await feed([units(CITY, moved, version=2)])
    assert {(code, since) for _, code, since, *_ in await table("units")} == {
        ("01", CITY.valid_from),
        ("00004", moved.valid_from),
    }
