"""Adapters to ministries and national platforms: health, breakers, cases that wait, how far the portal is behind."""

from datetime import UTC, datetime
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from gateway.console.web import Console, Visit
from gateway.handlers import case_requests as handlers
from gateway.handlers import console as audit
from gateway.queries import console as queries
from gateway.queries import console_work as work


def routes(console: Console) -> list[Route]:
    """The page, and the part of it that is read again and again."""
    return [
        console.page("/adapters", adapters),
        console.page("/live/adapters", live_adapters, live=True),
        console.action("/cases/{id:uuid}/retry", retry),
    ]


async def adapters(visit: Visit) -> Response:
    """The whole page."""
    return await _shown(visit, "adapters.html")


async def live_adapters(visit: Visit) -> Response:
    """What changes by itself."""
    return await _shown(visit, "live_adapters.html")


async def retry(visit: Visit) -> Response:
    """Make a case due now, whatever pause it is in."""
    case_id: UUID = visit.request.path_params["id"]
    async with audit.audited(visit.runtime.database, visit.operator.did("case-retried", f"case/{case_id}")) as uow:
        await handlers.retry_now(case_id, uow)
    return visit.see("/console/adapters", "retried")


async def _shown(visit: Visit, template: str) -> Response:
    async with visit.runtime.database.begin() as uow:
        ways = await queries.adapters(uow)
        cases = await queries.cases(uow)
        stuck = await queries.stuck_cases(uow)
        portal = await work.portal(uow)
        reconciliations = await work.reconciliations(uow)
    return visit.render(
        template, ways=ways, cases=cases, stuck=stuck, portal=portal, reconciliations=reconciliations,
        machine_now=datetime.now(UTC),
    )  # fmt: skip
