"""The evaluation system (EMC): each period fed once, made up for, corrected when its figures change; whatever EMC does."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI, Request
from pydantic import SecretStr

from chassis.clock import SettableClock
from deploy.sandbox.tests.simulator_kit import served
from gateway.adapters.emc import evaluation_system
from gateway.adapters.routes import Routes
from gateway.desks.evaluation import FeedDesk, city_figures
from gateway.domain.connection_mode import Mode, Route
from gateway.domain.feed import Kind, ended_periods, quarter_of, year_before
from gateway.settings import GatewaySettings
from gateway.tests.conftest import Gateway, opened, pem
from sandbox.simulators.emc import Evaluation, create_app
from sandbox.simulators.faults import Fault
from tests.support.identities import officer

OPERATOR = officer("operator")


@dataclass
class City:
    """Reporting and catalogue as the gateway asks them: what they count, and who asked what."""

    online: int = 5
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    apps: dict[str, FastAPI] = field(default_factory=dict)

    def __post_init__(self) -> None:
        reporting, catalog = FastAPI(), FastAPI()
        self.apps = {"reporting": reporting, "catalog": catalog}

        @reporting.get("/v1/indicators/online-share")
        async def share(request: Request) -> dict[str, Any]:
            query = request.query_params
            self.asked.append(("share", query["from"], query["to"]))
            total = {"online": self.online, "counter": 5, "post": 0, "total": self.online + 5, "assisted": 0}
            shown = total | {"share": {"numerator": self.online, "denominator": self.online + 5, "percent": "50.0"}}
            groups = [{"key": "ho-tich", "name": "Hộ tịch", "validTo": None} | shown, {"key": "x", "online": 0}]
            return {"from": query["from"], "to": query["to"], "groupBy": "field", "groups": groups, "total": shown}

        @reporting.get("/v1/reports/II.06a")
        async def report(request: Request) -> dict[str, Any]:
            self.asked.append(("report", request.headers["authorization"], request.query_params["to"]))
            return {"received": self.online + 5, "resolved": 3}

        @catalog.get("/v1/service-classes")
        async def classes(on: str) -> dict[str, Any]:
            levels = [{"code": "information", "procedures": 8}, {"code": "partial", "procedures": 2}]
            schemes = [{"id": "nd-42-2022", "classes": [*levels, {"code": "full", "procedures": 10}]}]
            return {"on": on, "procedures": 20, "notOffered": 0, "schemes": schemes}


@dataclass
class Feeds:
    """The gateway, EMC and the city behind the gateway."""

    gateway: Gateway
    emc: Evaluation
    city: City

    async def attends(self, **changes: Any) -> None:
        """One turn of the worker."""
        settings, runtime = self.gateway.settings.model_copy(update=changes), self.gateway.runtime
        routes = Routes("emc", [Route("emc", Mode.DIRECT, settings.emc_url or "")], (0.01,), now=runtime.clock.now)
        async with evaluation_system(routes, settings) as system, city_figures(runtime) as figures:
            await FeedDesk(runtime.database, system, figures, settings).attend()

    async def later(self, **passed: float) -> None:
        clock = self.gateway.runtime.clock
        assert isinstance(clock, SettableClock)
        clock.advance(timedelta(**passed))
        await self.gateway.execute("UPDATE emc_feed SET next_attempt_at = now()")

    def fails(self, mode: str, times: int) -> None:
        self.emc.desk.script(Fault(mode=mode, times=times))

    def told(self, kind: str = "usage") -> list[tuple[str, int]]:
        return [(feed["from"], feed["correction"]) for feed in self.emc.shown() if feed["kind"] == kind]


@pytest.fixture
def emc() -> Iterator[tuple[Evaluation, str]]:
    evaluation = Evaluation(now=lambda: datetime.now(UTC), token="emc")
    with served(create_app(evaluation)) as url:
        yield evaluation, url


@pytest.fixture
async def feeds(database_url: SecretStr, emc: tuple[Evaluation, str]) -> AsyncIterator[Feeds]:
    """It is Monday 12 October 2026 in Hanoi; what ended in the last three days is made up for."""
    settings = GatewaySettings(
        database_url=database_url, ledger_key=pem(), token_key=pem(), emc_url=emc[1], emc_token=SecretStr("emc"),
        emc_correction_days=3, emc_retry_delays=(0.01,),
    )  # fmt: skip
    city = City()
    async with opened(settings, city.apps) as gateway:
        yield Feeds(gateway, emc[0], city)


async def test_each_day_that_is_over_is_fed_once_and_missed_days_are_made_up_for(feeds: Feeds) -> None:
    """R-258."""
    await feeds.attends()
    await feeds.attends()
    assert feeds.told() == [("2026-10-09", 0), ("2026-10-10", 0), ("2026-10-11", 0)]
    await feeds.later(days=2)
    await feeds.attends()
    assert [day for day, _ in feeds.told()][-2:] == ["2026-10-12", "2026-10-13"]
    assert feeds.emc.desk.report()["counts"] == {
        "feed": {f"usage 2026-10-{day:02d}": {"received": 1, "acted": 1} for day in range(9, 14)}
    }


async def test_figures_that_changed_are_sent_again_as_a_correction_and_others_are_not(feeds: Feeds) -> None:
    """R-258."""
    await feeds.attends()
    await feeds.later(minutes=1)
    await feeds.attends()
    assert {correction for _, correction in feeds.told()} == {0}
    feeds.city.online = 6
    await feeds.later(minutes=1)
    await feeds.attends()
    assert feeds.told()[:2] == [("2026-10-09", 0), ("2026-10-09", 1)]
    last = feeds.emc.shown()[-1]["figures"]
    assert (last["received"]["online"], last["report"]) == (6, {"received": 11, "resolved": 3})


async def test_reporting_is_asked_with_a_token_of_the_gateway(feeds: Feeds) -> None:
    await feeds.attends()
    (authorization, *_) = [who for what, who, _ in feeds.city.asked if what == "report"]
    token = feeds.gateway.runtime.extras["tokens"].read(authorization.removeprefix("Bearer "))
    assert (token.claims["scope"], token.claims["sub"]) == ("reporting:read", "gateway")


async def test_the_quarterly_report_comes_after_the_quarters_end_beside_the_year_before(feeds: Feeds) -> None:
    clock = feeds.gateway.runtime.clock
    assert isinstance(clock, SettableClock)
    clock.set(datetime(2026, 9, 30, 16, 59, tzinfo=UTC))
    await feeds.attends()
    assert feeds.told("quarter") == []
    await feeds.later(minutes=1)
    await feeds.attends()
    assert feeds.told("quarter") == [("2026-07-01", 0)]
    (report,) = [feed for feed in feeds.emc.shown() if feed["kind"] == "quarter"]
    assert (report["from"], report["to"]) == ("2026-07-01", "2026-09-30")
    quarter = report["figures"]["quarter"]
    assert quarter["onlineServicesShare"] == {"numerator": 12, "denominator": 20, "notApplicable": False}
    assert quarter["onlineServicesWithDossiersShare"] == {"numerator": 1, "denominator": 12, "notApplicable": False}
    assert quarter["onlineShare"]["numerator"] == 5
    assert ("share", "2025-07-01", "2025-09-30") in feeds.city.asked


@pytest.mark.parametrize(("mode", "times"), [("down", 2), ("error", 1), ("lose-answer", 1), ("refuse", 1)])
async def test_whatever_emc_does_each_day_has_its_figures_in_the_end(feeds: Feeds, mode: str, times: int) -> None:
    feeds.fails(mode, times)
    async with asyncio.timeout(10):
        while len(feeds.told()) < 3 or await feeds.gateway.rows("SELECT 1 FROM emc_feed WHERE sent_at IS NULL"):
            await feeds.attends()
            await asyncio.sleep(0.02)
    assert feeds.told() == [("2026-10-09", 0), ("2026-10-10", 0), ("2026-10-11", 0)]
    counts: Any = feeds.emc.desk.report()["counts"]
    assert {count["acted"] for count in counts["feed"].values()} == {1}


async def test_operators_see_what_was_sent_and_what_was_not(feeds: Feeds) -> None:
    feeds.fails("refuse", 1)
    await feeds.attends(emc_retry_delays=(3600.0,))
    page = (await feeds.gateway.get("/lgsp/v1/portal/emc", OPERATOR, limit=2)).json()
    rest = (await feeds.gateway.get("/lgsp/v1/portal/emc", OPERATOR, cursor=page["nextCursor"])).json()
    shown = [*page["items"], *rest["items"]]
    assert [feed["firstDay"] for feed in shown] == ["2026-10-11", "2026-10-10", "2026-10-09"]
    assert [feed.get("error", "") for feed in shown] == ["", "", "refused: theo kịch bản mô phỏng"]
    assert ["sentAt" in feed for feed in shown] == [True, True, False]


@pytest.mark.parametrize(
    ("day", "quarter"),
    [
        (date(2026, 1, 1), (date(2026, 1, 1), date(2026, 3, 31))),
        (date(2024, 2, 29), (date(2024, 1, 1), date(2024, 3, 31))),
        (date(2026, 6, 30), (date(2026, 4, 1), date(2026, 6, 30))),
        (date(2026, 9, 30), (date(2026, 7, 1), date(2026, 9, 30))),
        (date(2026, 12, 31), (date(2026, 10, 1), date(2026, 12, 31))),
    ],
)
def test_quarters(day: date, quarter: tuple[date, date]) -> None:
    assert quarter_of(day) == quarter
    assert year_before(quarter[0])[0] == quarter[0].replace(year=quarter[0].year - 1)


def test_a_quarter_is_over_on_the_day_after_its_last() -> None:
    assert Kind.QUARTER in {period.kind for period in ended_periods(date(2027, 1, 1), 1)}
    assert Kind.QUARTER not in {period.kind for period in ended_periods(date(2026, 12, 31), 30)}
