"""Writes down how the ways to other sides stand, for the console: at once when one opens or closes, else now and then."""

import asyncio
from typing import Any

from chassis.service import Runtime
from chassis.telemetry.logging import get_logger, places
from gateway.adapters.routes import Routes, Way, all_routes
from gateway.domain.breaker import Position
from gateway.queries import adapters as queries

_log = get_logger("adapters")

LOOK_SECONDS = 0.5
COUNTS_SECONDS = 3.0


async def write_adapter_health(runtime: Runtime) -> None:
    """Alongside whatever the process does, until cancelled."""
    turns = 0
    while True:
        try:
            await write_changes(runtime, counts=turns % int(COUNTS_SECONDS / LOOK_SECONDS) == 0)
        except Exception as error:  # noqa: BLE001 - what is shown to operators must stop no adapter; it is tried again
            _log.warning("adapter health not written", error_type=type(error).__name__, exception=places(error))
        turns += 1
        await asyncio.sleep(LOOK_SECONDS)


async def write_changes(runtime: Runtime, *, counts: bool = True) -> int:
    """Write the ways that opened or closed and, with `counts`, those that were used; how many were written."""
    changed = [
        (routes, way)
        for routes in all_routes(runtime)
        for way in routes.ways
        if way.written is not way.breaker.position or (counts and way.calls)
    ]
    if not changed:
        return 0
    first = {routes.adapter: routes for routes, way in changed if way.written is None}
    rows = [_row(routes, way) for routes, way in changed]
    async with runtime.database.begin() as uow:
        for adapter, routes in first.items():
            await queries.forget_ways(uow, adapter, [way.route.base_url for way in routes.ways])
        await queries.write_health(uow, rows)
        await uow.commit(None)
    for (_, way), row in zip(changed, rows, strict=True):
        # Only what was written: calls may have come to an end meanwhile.
        way.written = Position(row["state"])
        way.calls -= row["calls"]
        way.errors -= row["errors"]
        way.millis -= row["millis"]
    return len(rows)


def _row(routes: Routes, way: Way) -> dict[str, Any]:
    route = way.route
    return {
        "adapter": routes.adapter,
        "address": route.base_url,
        "mode": route.mode.value,
        "preference": way.order,
        "source": route.source,
        "valid_from": route.valid_from,
        "valid_to": route.valid_to,
        "state": way.breaker.position.value,
        "failures": way.breaker.failures,
        "last_ok_at": way.last_ok_at,
        "last_failure_at": way.last_failure_at,
        "last_error": way.last_error,
        "opened_at": way.opened_at,
        "calls": way.calls,
        "errors": way.errors,
        "millis": way.millis,
    }
