"""By which way a call to another side goes: the first that is not failing, the next when it does. It knows no message.

`routes_of(runtime, "moj", url=settings.moj_url)` gives the ways of a side, one object for the whole process, so that all
its callers share the breakers; None where the side is not configured. Then::

    answer = await routes.call(lambda route: send(client, "POST", route.to("/push"), 10, json=message))

The side's health is written down by `adapters.health`.
"""

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, TypeVar

import httpx
from prometheus_client import Counter, Gauge

from chassis.clock import hanoi_day
from chassis.service import Runtime
from gateway.domain.breaker import Breaker, Position
from gateway.domain.connection_mode import Mode, Route, in_force
from gateway.ports import OutOfReach
from gateway.settings import settings_of

T = TypeVar("T")

# Before a byte of the request was sent: the other side cannot have acted.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL)
_EXTRA, _GAUGES = "adapter_routes", "adapter_gauges"


@dataclass
class Way:
    """A route with its breaker and what was counted since it was last written down."""

    route: Route
    order: int
    breaker: Breaker
    calls: int = 0
    errors: int = 0
    millis: float = 0
    last_ok_at: datetime | None = None
    last_failure_at: datetime | None = None
    last_error: str | None = None
    opened_at: datetime | None = None
    written: Position | None = None


class Routes:
    """The ways to one other side, best first."""

    def __init__(
        self,
        adapter: str,
        routes: Sequence[Route],
        delays: Sequence[float],
        *,
        now: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
        gauges: "Gauges | None" = None,
    ) -> None:
        self.adapter = adapter
        self.ways = tuple(Way(route, order, Breaker(delays)) for order, route in enumerate(routes))
        self._now = now
        self._monotonic = monotonic
        self._gauges = gauges

    @property
    def held_back(self) -> bool:
        """Whether every way of today is open: nothing goes out but probes."""
        return all(way.breaker.open for way in self._today())

    def calls_allowed(self, most: int) -> int:
        """How many calls may be started now without any being refused for want of a way."""
        now = self._monotonic()
        return max((way.breaker.calls_allowed(now, most) for way in self._today()), default=0)

    async def call(self, send: Callable[[Route], Awaitable[T]], *, repeatable: bool = True) -> T:
        """The answer by the best way that gives one. Raises OutOfReach if none does.

        After a failure that may have acted the next way is tried only if the call is `repeatable`: the other side makes
        no second effect of it. All calls that name a case are.
        """
        failure: OutOfReach | None = None
        for way in self._today():
            if not way.breaker.admits(self._monotonic()):
                continue
            try:
                return await self._by(way, send)
            except OutOfReach as reason:
                failure = reason
                if reason.may_have_acted and not repeatable:
                    break
        raise failure or OutOfReach("no way is open", may_have_acted=False)

    async def _by(self, way: Way, send: Callable[[Route], Awaitable[T]]) -> T:
        started = self._monotonic()
        try:
            answer = await send(way.route)
        except OutOfReach as reason:
            was_open = way.breaker.open
            way.breaker.failed(self._monotonic())
            way.errors += 1
            way.last_failure_at, way.last_error = self._now(), reason.reason
            if way.breaker.open and not was_open:
                way.opened_at = self._now()
            self._count(way, started, "error")
            raise
        way.breaker.succeeded()
        way.last_ok_at, way.opened_at = self._now(), None
        self._count(way, started, "ok")
        return answer

    def _count(self, way: Way, started: float, outcome: str) -> None:
        way.calls += 1
        way.millis += (self._monotonic() - started) * 1000
        if self._gauges is not None:
            self._gauges.seen(self.adapter, way, outcome)

    def _today(self) -> tuple[Way, ...]:
        usable = in_force((way.route for way in self.ways), self._day())
        return tuple(way for way in self.ways if way.route in usable)

    def _day(self) -> date:
        return hanoi_day(self._now())


class Gauges:
    """What Prometheus is told of the ways."""

    def __init__(self, runtime: Runtime) -> None:
        labels = ("adapter", "mode")
        registry = runtime.metrics.registry
        self._open = Gauge("adapter_way_open", "1 while a way to another side is held back", labels, registry=registry)
        self._calls = Counter("adapter_calls_total", "Calls to other sides", (*labels, "outcome"), registry=registry)

    def seen(self, adapter: str, way: Way, outcome: str) -> None:
        """Count a call, and show how its way stands after it."""
        self._calls.labels(adapter, way.route.mode.value, outcome).inc()
        self._open.labels(adapter, way.route.mode.value).set(way.breaker.open)


def routes_of(
    runtime: Runtime, adapter: str, *, url: str | None, delays: Sequence[float] | None = None
) -> Routes | None:
    """The ways to that side: those of the setting `routes`, else `url` directly, else None. One object per process."""
    known: dict[str, Any] = runtime.extras.setdefault(_EXTRA, {})
    if adapter not in known:
        settings = settings_of(runtime)
        chosen = [
            Route(adapter, way.mode, way.url, way.valid_from, way.valid_to, way.source)
            for way in settings.routes.get(adapter, ())
        ]
        if not chosen and url:
            chosen = [Route(adapter, Mode.DIRECT, url)]
        if not chosen:
            return None
        gauges = runtime.extras[_GAUGES] = runtime.extras.get(_GAUGES) or Gauges(runtime)
        known[adapter] = Routes(
            adapter, chosen, delays or settings.route_retry_delays, now=runtime.clock.now, gauges=gauges
        )
    routes: Routes = known[adapter]
    return routes


def all_routes(runtime: Runtime) -> tuple[Routes, ...]:
    """The ways of every side this process has spoken with, or is set up to."""
    return tuple(runtime.extras.get(_EXTRA, {}).values())


async def send(
    client: httpx.AsyncClient, method: str, url: str, timeout_seconds: float, **request: Any
) -> httpx.Response:
    """One HTTP call, whatever its status. Raises OutOfReach where no whole answer came in time."""
    try:
        async with asyncio.timeout(timeout_seconds):  # of the whole call; httpx has one per read
            return await client.request(method, url, **request)
    except TimeoutError:
        raise OutOfReach("no answer in time") from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise OutOfReach(type(error).__name__, may_have_acted=not isinstance(error, _NEVER_SENT)) from error


def client(*, token: str | None = None, header: str = "Authorization", connections: int = 8) -> httpx.AsyncClient:
    """A client for one other side, with its credential on every call. The caller closes it."""
    headers = {} if not token else {header: f"Bearer {token}" if header == "Authorization" else token}
    limits = httpx.Limits(max_connections=connections)
    # trust_env: a proxy of the machine's own is no way for personal data to take unseen. Redirects are not followed.
    return httpx.AsyncClient(
        headers=headers,
        limits=limits,
        timeout=None,  # noqa: S113 - `send` has one
        trust_env=False,
        verify=_authorities(),
    )


@cache
def _authorities() -> ssl.SSLContext:
    """Whose certificates are believed: read once, since it is a hundred files' worth of work."""
    return httpx.create_ssl_context(trust_env=False)
