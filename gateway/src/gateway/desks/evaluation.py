"""Feeds the evaluation system (EMC): asks reporting and the catalogue through the gateway's own upstreams, sends what changed.

It counts nothing itself. A period is sent once, and again as a correction when its figures are others than those sent.
Killed after sending, the next process sends the same figures under the same correction, which EMC has then already.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date
from typing import Any, Protocol

import httpx
from starlette.types import ASGIApp

from chassis.clock import hanoi_day
from chassis.database import Database
from chassis.problems import Problem
from chassis.service import Runtime
from chassis.telemetry.logging import get_logger
from gateway.desks import LEASE_MARGIN_SECONDS
from gateway.domain.feed import FeedPeriod, Kind, digest_of, quarter_figures, usage_figures, year_before
from gateway.domain.partners import CITY
from gateway.handlers import emc as handlers
from gateway.origin import http_upstreams
from gateway.ports import EvaluationSystem, Feed, OutOfReach, Rejected
from gateway.queries.credentials import Client
from gateway.queries.emc import ClaimedFeed
from gateway.settings import GatewaySettings, settings_of
from gateway.tokens import TokenMaker
from gateway.upstream import HttpUpstream

_log = get_logger("emc")

SCOPE = "reporting:read"
_MOST_CALLS = 6  # five questions and the sending


class Figures(Protocol):
    """Where the figures of a period come from. Raises OutOfReach."""

    async def of(self, period: FeedPeriod) -> Mapping[str, Any]:
        """The figures of a period, as they are now."""
        ...


class CityFigures:
    """The figures that the city's own services give, asked as an agency's system would ask."""

    def __init__(self, upstreams: Mapping[str, ASGIApp], tokens: TokenMaker, settings: GatewaySettings) -> None:
        self._upstreams = upstreams
        self._tokens = tokens
        self._timeout = settings.emc_timeout_seconds
        agency = settings.emc_agency
        self._client = Client(
            "gateway",
            agency,
            frozenset({agency}),
            str(CITY),
            frozenset({SCOPE}),
            active=True,
            credentials=(),
        )

    async def of(self, period: FeedPeriod) -> Mapping[str, Any]:
        """The figures of a day, or of a quarter beside those of a year before."""
        report = await self._report(period.first, period.last)
        if period.kind is Kind.USAGE:
            return usage_figures(await self._received(period.first, period.last, "field"), report)
        return quarter_figures(
            await self._quarter(period.first, period.last), await self._quarter(*year_before(period.first)), report
        )

    async def _quarter(self, first: date, last: date) -> dict[str, Any]:
        return {
            "classes": await self._ask("catalog", "/v1/service-classes", on=last.isoformat()),
            "byProcedure": await self._received(first, last, "procedure"),
        }

    async def _received(self, first: date, last: date, group_by: str) -> dict[str, Any]:
        return await self._ask("reporting", "/v1/indicators/online-share", **_between(first, last), groupBy=group_by)

    async def _report(self, first: date, last: date) -> dict[str, Any]:
        return await self._ask("reporting", "/v1/reports/II.06a", **_between(first, last))

    async def _ask(self, service: str, path: str, **query: str) -> dict[str, Any]:
        upstream = self._upstreams.get(service)
        if upstream is None:
            raise OutOfReach(f"{service} is not behind this gateway")
        token = self._tokens.access_token(self._client, {SCOPE})
        try:
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(upstream), base_url=f"http://{service}", timeout=self._timeout
            ) as http:
                answer = await http.get(path, params=query, headers={"Authorization": f"Bearer {token}"})
        except (Problem, httpx.HTTPError, OSError) as failure:
            raise OutOfReach(f"{service}: {type(failure).__name__}") from failure
        if answer.status_code != httpx.codes.OK:
            raise OutOfReach(f"{service}: HTTP {answer.status_code}")
        told: dict[str, Any] = answer.json()
        return told


@asynccontextmanager
async def city_figures(runtime: Runtime) -> AsyncIterator[CityFigures]:
    """The city's own figures: services of this process, where the origin has them, else over HTTP."""
    settings = settings_of(runtime)
    tokens: TokenMaker | None = runtime.extras.get("tokens")
    if tokens is None:
        raise RuntimeError("LIENTHONG_TOKEN_KEY is not set: reporting cannot be asked without a token")
    async with AsyncExitStack() as stack:
        upstreams: Mapping[str, ASGIApp] = runtime.extras.get("upstreams") or http_upstreams(settings)
        for upstream in upstreams.values():
            if isinstance(upstream, HttpUpstream):
                stack.push_async_callback(upstream.close)
        yield CityFigures(upstreams, tokens, settings)


class FeedDesk:
    """One process's desk. Several may run side by side."""

    def __init__(self, database: Database, emc: EvaluationSystem, figures: Figures, settings: GatewaySettings) -> None:
        self._database = database
        self._emc = emc
        self._figures = figures
        self._settings = settings
        self._lease = settings.emc_timeout_seconds * _MOST_CALLS + LEASE_MARGIN_SECONDS

    async def attend(self) -> None:
        """Note what has ended, and feed what is due until nothing is."""
        async with self._database.begin() as uow:
            today = hanoi_day(uow.now)
            await handlers.note_ended(today, self._settings.emc_correction_days, uow)
        while await self._feed_one(today):
            pass

    async def _feed_one(self, today: date) -> bool:
        settings = self._settings
        async with self._database.begin() as uow:
            claimed = await handlers.claim(today, settings.emc_correction_days, self._lease, uow)
        if claimed is None:
            return False
        try:
            await self._feed(claimed)
        except OutOfReach as failure:
            await self._later(claimed, failure.reason)
        return True

    async def _feed(self, claimed: ClaimedFeed) -> None:
        period, again = claimed.period, self._settings.emc_look_again_seconds
        figures = await self._figures.of(period)
        digest = digest_of(figures)
        if digest == claimed.digest:
            async with self._database.begin() as uow:
                await handlers.settle_unchanged(claimed, digest, again, uow)
            return
        correction = 0 if claimed.digest is None else claimed.correction + 1
        answer = await self._emc.take(Feed(period.kind, period.first, period.last, correction, digest, figures))
        if isinstance(answer, Rejected):
            await self._later(claimed, answer.words[0])
            return
        async with self._database.begin() as uow:
            await handlers.settle_sent(claimed, digest, correction, again, uow)

    async def _later(self, claimed: ClaimedFeed, reason: str) -> None:
        _log.warning("feed not sent", adapter="emc", kind=claimed.period.kind.value, reason=reason)
        async with self._database.begin() as uow:
            await handlers.try_again_later(claimed, reason, self._settings.emc_retry_delays, uow)


def _between(first: date, last: date) -> dict[str, str]:
    return {"from": first.isoformat(), "to": last.isoformat()}
