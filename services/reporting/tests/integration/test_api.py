from datetime import UTC, datetime

import httpx
import pytest

from chassis.clock import SettableClock
from chassis.service import Runtime
from contracts.codes import Channel
from services.reporting.tests.conftest import Feed
from services.reporting.tests.histories import History
from tests.support.identities import agency, citizen, officer

SHARE = "/v1/indicators/online-share"
REPORT = "/v1/reports/II.06a"
SNAPSHOT = "/v1/snapshots/2016-08-10"
PERIOD = {"from": "2016-08-10", "to": "2016-08-19"}
READER = agency("reporting:read")


def birth(code: str, **told: object) -> History:
    filed = {
        "procedure": "1.001193",
        "unit": "00118",
        "channel": Channel.ONLINE,
        "submitted_at": datetime(2016, 8, 10, 3, tzinfo=UTC),
    }
    return History(code, **{**filed, "due_in": 9, **told})  # type: ignore[arg-type]  # each test names its own fields


async def test_the_indicators_are_open_to_anyone(client: httpx.AsyncClient) -> None:
    answer = await client.get(SHARE, params=PERIOD)
    assert answer.status_code == 200
    assert answer.json()["groups"] == []
    assert answer.json()["total"]["share"] == {"numerator": 0, "denominator": 0, "percent": None, "notApplicable": True}


@pytest.mark.parametrize("path", [REPORT, SNAPSHOT])
async def test_reports_and_snapshots_are_for_reporters_and_agencies_with_the_scope(
    client: httpx.AsyncClient, path: str
) -> None:
    async def status(headers: dict[str, str]) -> int:
        return (await client.get(path, params=PERIOD, headers=headers)).status_code

    assert await status({}) == 401
    assert await status(citizen()) == 403
    assert await status(officer("one-stop-officer")) == 403
    assert await status(agency("submission:read")) == 403
    assert await status(officer("reporter")) == 200
    assert await status(READER) == 200


@pytest.mark.parametrize("path", [SHARE, REPORT])
async def test_a_period_that_ends_before_it_begins_is_refused(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, params={"from": "2016-08-19", "to": "2016-08-10"}, headers=READER)
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/period-reversed"
    assert answer.json()["errors"][0]["pointer"] == "query:to"


@pytest.mark.parametrize(
    ("params", "pointer"),
    [
        ({"from": "2016-08-10"}, "query:to"),
        (PERIOD | {"to": "19/08/2016"}, "query:to"),
        (PERIOD | {"groupBy": "weather"}, "query:groupBy"),
        (PERIOD | {"unit": "\x00"}, "query:unit.0"),
        (PERIOD | {"district": " "}, "query:district.0"),
    ],
)
async def test_a_wrong_parameter_is_named(client: httpx.AsyncClient, params: dict[str, str], pointer: str) -> None:
    answer = await client.get(SHARE, params=params)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_an_unknown_group_of_services_is_refused_with_the_known_ones(client: httpx.AsyncClient) -> None:
    answer = await client.get(SHARE, params=PERIOD | {"group": "marriage"})
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/service-group-unknown"
    assert answer.json()["known"] == ["birth", "death"]


async def test_a_procedure_in_no_group_is_counted_under_none(client: httpx.AsyncClient, feed: Feed) -> None:
    await feed([*birth("H26-1").events(), *birth("H26-2", procedure="1.000894", channel=Channel.POST).events()])
    answer = (await client.get(SHARE, params=PERIOD | {"groupBy": "group"})).json()
    assert [(group["key"], group["online"], group["post"]) for group in answer["groups"]] == [
        ("birth", 1, 0),
        (None, 0, 1),
    ]


async def test_a_snapshot_is_the_day_by_procedure_unit_and_channel(client: httpx.AsyncClient, feed: Feed) -> None:
    await feed([*birth("H26-1", end=2).events(), *birth("H26-2", channel=Channel.COUNTER, end=30).events()])
    series = {"procedure": "1.001193", "unit": "00118"}
    answer = await client.get(SNAPSHOT, headers=READER)
    assert answer.headers["Cache-Control"] == "private, max-age=300"
    assert answer.json() == {
        "day": "2016-08-10",
        "complete": True,
        "rows": [
            {**series, "channel": 1, "received": 1, "resolvedEarly": 0, "resolvedOnTime": 0, "resolvedOverdue": 0},
            {**series, "channel": 2, "received": 1, "resolvedEarly": 0, "resolvedOnTime": 1, "resolvedOverdue": 0},
        ],
    }
    next_day = (await client.get("/v1/snapshots/2016-08-11", headers=READER)).json()
    assert [(row["received"], row["resolvedOverdue"]) for row in next_day["rows"]] == [(0, 1)]


async def test_a_held_snapshot_is_not_sent_again_until_a_count_changes(client: httpx.AsyncClient, feed: Feed) -> None:
    await feed(birth("H26-1").events())
    first = await client.get(SNAPSHOT, headers=READER)
    held = READER | {"If-None-Match": first.headers["ETag"]}
    same = await client.get(SNAPSHOT, headers=held)
    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", first.headers["ETag"])
    await feed(birth("H26-2").events())
    changed = await client.get(SNAPSHOT, headers=held)
    assert changed.status_code == 200
    assert changed.headers["ETag"] != first.headers["ETag"]


async def test_the_running_day_is_not_complete_and_tomorrow_is_not_there(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    assert isinstance(runtime.clock, SettableClock)
    runtime.clock.set(datetime(2016, 8, 10, 16, 59, tzinfo=UTC))  # 23:59 in Hanoi
    running = await client.get(SNAPSHOT, headers=READER)
    assert running.json()["complete"] is False
    assert running.headers["Cache-Control"] == "private, no-cache"
    tomorrow = await client.get("/v1/snapshots/2016-08-11", headers=READER)
    assert tomorrow.status_code == 404
    assert tomorrow.json()["type"] == "/problems/snapshot-not-yet"
    runtime.clock.set(datetime(2016, 8, 10, 17, 0, tzinfo=UTC))
    assert (await client.get("/v1/snapshots/2016-08-11", headers=READER)).status_code == 200
    assert (await client.get(SNAPSHOT, headers=READER)).json()["complete"] is True


async def test_the_report_counts_the_running_day_as_in_time(
    client: httpx.AsyncClient, feed: Feed, runtime: Runtime
) -> None:
    assert isinstance(runtime.clock, SettableClock)
    await feed(birth("H26-1").events())
    params = {"from": "2016-08-10", "to": "2016-08-10"}

    async def in_progress() -> tuple[int, int]:
        answer = (await client.get(REPORT, params=params, headers=READER)).json()
        return answer["inProgressInTime"], answer["inProgressOverdue"]

    runtime.clock.set(datetime(2016, 8, 10, 12, 0, tzinfo=UTC))  # 19:00 in Hanoi
    assert await in_progress() == (1, 0)
    runtime.clock.set(datetime(2016, 8, 10, 17, 0, tzinfo=UTC))
    assert await in_progress() == (0, 1)
