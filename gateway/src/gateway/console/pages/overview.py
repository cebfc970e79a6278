"""The overview: who exchanges what with whom just now, and where everything stands. It changes nothing."""

from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from gateway.console.drawing import drawing_of
from gateway.console.latency import percentile
from gateway.console.web import Console, Visit
from gateway.queries import console as queries

WINDOWS = {"5m": 300, "1h": 3600, "24h": 86400}
_MOST_FLOWS = 200


def routes(console: Console) -> list[Route]:
    """The first page, and the part of it that is read again and again."""
    return [console.page("/", overview), console.page("/live/overview", live_overview, live=True)]


async def overview(visit: Visit) -> Response:
    """The whole page."""
    return visit.render("overview.html", **await _picture(visit))


async def live_overview(visit: Visit) -> Response:
    """What changes by itself."""
    return visit.render("live_overview.html", **await _picture(visit))


def window_of(visit: Visit) -> tuple[str, int]:
    """The window that was asked for: its name and its seconds."""
    name = visit.request.query_params.get("window", "5m")
    return (name, WINDOWS[name]) if name in WINDOWS else ("5m", WINDOWS["5m"])


async def _picture(visit: Visit) -> dict[str, Any]:
    window, seconds = window_of(visit)
    async with visit.runtime.database.begin() as uow:
        flows = await queries.flows(uow, uow.now, seconds, _MOST_FLOWS)
        state = await queries.state(uow, uow.now)
        adapters = await queries.adapters(uow)
    return {
        "window": window,
        "windows": tuple(WINDOWS),
        "seconds": seconds,
        "flows": flows,
        "drawing": drawing_of(flows),
        "percentile": percentile,
        "state": state,
        "adapters": adapters,
    }
