"""Progress, digitisation and assisted filing by the API: open to anyone, and what counting the dossiers gives."""

from datetime import UTC, datetime
from random import Random
from typing import Any

import httpx
import pytest

from chassis.service import Runtime
from contracts.catalog import ProcedurePublished, ProcedureWithdrawn
from contracts.codes import Channel
from contracts.submission import ComponentCounts
from services.reporting.tests.conftest import Feed
from services.reporting.tests.histories import Ending, History
from services.reporting.tests.integration.test_counting import Table, some_histories
from tests.support.counting import counted

PERIOD = {"from": "2016-08-10", "to": "2016-08-19"}
DIGITISATION, PROGRESS, SHARE = "/v1/indicators/digitisation", "/v1/indicators/progress", "/v1/indicators/online-share"


def filed(code: str, **told: Any) -> History:
    usual = {"procedure": "1.001193", "unit": "00118", "channel": Channel.ONLINE, "due_in": 9}
    return History(**{"code": code, "submitted_at": datetime(2016, 8, 10, 3, tzinfo=UTC), **usual, **told})


async def indicators(client: httpx.AsyncClient, **query: Any) -> dict[str, tuple[int, int, str | None]]:
    answer = await client.get(DIGITISATION, params=PERIOD | query)
    assert answer.status_code == 200, answer.text
    return {one["id"]: (one["numerator"], one["denominator"], one["percent"]) for one in answer.json()["indicators"]}


async def test_digitisation_is_counted_from_filing_to_result(client: httpx.AsyncClient, feed: Feed) -> None:
    papers = ComponentCounts(total=3, digitised=3, reused=2, from_national_store=1)
    histories = [
        filed("H26-1", end=2, electronic=True, components=papers, verified=True),
        filed("H26-2", end=2, electronic=True, components=ComponentCounts(total=1)),
        filed("H26-3", end=2, unit="00124"),
        filed("H26-4", end=2, ending=Ending.REFUSED, components=papers, verified=True),
        filed("H26-5", components=ComponentCounts(total=3)),
    ]
    await feed([told for history in histories for told in history.told()])
    assert await indicators(client) == {
        "4.1": (2, 3, "66.67"),
        "4.2": (1, 4, "25.00"),
        "4.3": (4, 10, "40.00"),
        "4.4": (2, 10, "20.00"),
        "4.5": (2, 5, "40.00"),
    }
    assert (await indicators(client, unit="00124"))["4.1"] == (0, 1, "0.00")
    later = {"from": "2016-08-11", "to": "2016-08-19"}
    assert {found[2] for found in (await indicators(client, **later)).values()} == {None}


async def test_an_indicator_of_nothing_says_why_it_has_no_value(client: httpx.AsyncClient) -> None:
    shown = (await client.get(DIGITISATION, params=PERIOD)).json()["indicators"]
    assert [one["percent"] for one in shown] == [None] * 5
    assert all(one["notApplicable"] and one["reason"] for one in shown)
    on_time = (await client.get(PROGRESS, params=PERIOD)).json()["onTime"]
    assert (on_time["percent"], on_time["notApplicable"], on_time["reason"]) == (
        None,
        True,
        "Không có hồ sơ nào trong kỳ / No dossier in the period",
    )


async def test_progress_takes_a_second_supplement_request_for_overdue(client: httpx.AsyncClient, feed: Feed) -> None:
    histories = [
        filed("H26-1", end=2),
        filed("H26-2", end=14, asks=((1, 12),)),
        filed("H26-3", end=16, asks=((1, 2), (4, 10))),
        filed("H26-4", asks=((1, 2), (4, -1))),
        filed("H26-5", end=30),
    ]
    await feed([told for history in histories for told in history.told()])
    shown = (await client.get(PROGRESS, params=PERIOD)).json()
    assert (shown["onTime"]["numerator"], shown["onTime"]["denominator"], shown["onTime"]["percent"]) == (2, 5, "40.00")
    assert (shown["supplementRequests"], shown["supplementHours"]) == (5, 12 + 2 + 10 + 2)
    elsewhere = (await client.get(PROGRESS, params=PERIOD | {"unit": "00124"})).json()
    assert (elsewhere["onTime"]["denominator"], elsewhere["supplementRequests"]) == (0, 0)


@pytest.mark.parametrize("path", [DIGITISATION, PROGRESS])
async def test_a_period_that_ends_before_it_begins_is_refused(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, params={"from": "2016-08-19", "to": "2016-08-10"})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/period-reversed")


async def test_dossiers_that_an_officer_entered_are_told_apart(client: httpx.AsyncClient, feed: Feed) -> None:
    histories = [
        filed("H26-1", assisted=True),
        filed("H26-2"),
        filed("H26-3", assisted=True, unit="00124"),
        filed("H26-4", assisted=True, unit="00124", channel=Channel.COUNTER),
    ]
    await feed([told for history in histories for told in history.told()])
    shown = (await client.get(SHARE, params=PERIOD | {"groupBy": "unit"})).json()
    assert [(group["key"], group["total"], group["assisted"]) for group in shown["groups"]] == [
        ("00118", 2, 1),
        ("00124", 2, 2),
    ]
    assert shown["total"]["assisted"] == 3


async def test_a_withdrawn_procedure_shows_its_last_day_and_its_figures_stay(
    client: httpx.AsyncClient, feed: Feed, table: Table
) -> None:
    published = ProcedurePublished.from_example()
    withdrawn = ProcedureWithdrawn.from_example().model_copy(update={"code": published.code, "number": 1})
    await feed([published, *filed("H26-1").told(), withdrawn, withdrawn, published])
    (group,) = (await client.get(SHARE, params=PERIOD | {"groupBy": "procedure"})).json()["groups"]
    assert (group["key"], group["total"], group["validTo"]) == (published.code, 1, "2026-08-31")
    corrected = published.model_copy(update={"version": 3})
    await feed([corrected, withdrawn])
    (group,) = (await client.get(SHARE, params=PERIOD | {"groupBy": "procedure"})).json()["groups"]
    assert group["validTo"] is None


async def test_every_figure_is_the_same_whatever_the_order_and_repetition(
    client: httpx.AsyncClient, feed: Feed, table: Table
) -> None:
    random = Random(42)
    told = [told for history in some_histories(random, 40) for told in history.told()]
    await feed(random.sample(told, len(told)))
    facts, counts = await table("dossiers"), await table("daily_counts")
    first = [(await client.get(path, params=PERIOD)).json() for path in (DIGITISATION, PROGRESS, SHARE)]
    await feed([*told, *random.sample(told, 100)])
    assert (await table("dossiers"), await table("daily_counts")) == (facts, counts)
    assert [(await client.get(path, params=PERIOD)).json() for path in (DIGITISATION, PROGRESS, SHARE)] == first


@pytest.mark.parametrize(("path", "most"), [(DIGITISATION, 1), (PROGRESS, 2)])
async def test_an_indicator_takes_few_statements(
    client: httpx.AsyncClient, runtime: Runtime, path: str, most: int
) -> None:
    with counted(runtime.database) as statements:
        assert (await client.get(path, params=PERIOD)).status_code == 200
    assert len(statements) == most
