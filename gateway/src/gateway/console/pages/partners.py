"""Partners: what each exchanges, how well, by which rights and credentials. It changes nothing and shows no secret."""

from datetime import UTC, datetime

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from gateway.console.latency import percentile
from gateway.console.pages.overview import WINDOWS, window_of
from gateway.console.web import Console, Visit
from gateway.queries import console as queries

_MOST = 500


def routes(console: Console) -> list[Route]:
    """The list, and a page for each."""
    return [
        console.page("/partners", partners),
        console.page("/partners/{instance}/{member_class}/{member}/{code}", partner),
    ]


async def partners(visit: Visit) -> Response:
    """All subsystems with what they called."""
    window, seconds = window_of(visit)
    async with visit.runtime.database.begin() as uow:
        rows = await queries.partners(uow, _MOST)
        traffic = await queries.traffic_by_client(uow, uow.now, seconds, _MOST)
    return visit.render(
        "partners.html",
        partners=[(row, traffic.get(_id(row))) for row in rows],
        unknown=[seen for who, seen in traffic.items() if who not in {_id(row) for row in rows}],
        window=window, windows=tuple(WINDOWS), seconds=seconds, percentile=percentile, most=_MOST,
    )  # fmt: skip


async def partner(visit: Visit) -> Response:
    """One subsystem."""
    given = visit.request.path_params
    one = f"{given['instance']}/{given['member_class']}/{given['member']}/{given['code']}"
    window, seconds = window_of(visit)
    async with visit.runtime.database.begin() as uow:
        found = await queries.partners(uow, 1, one)
        if not found:
            raise HTTPException(404)
        flows = await queries.flows_of(uow, one, uow.now, seconds, _MOST)
        services = await queries.services(uow, one)
        grants = await queries.grants(uow, one)
        credentials = await queries.credentials(uow, found[0].client_id)
        failures = await queries.failures(uow, one)
    return visit.render(
        "partner.html",
        partner=found[0], one=one, flows=flows, services=services, grants=grants, credentials=credentials,
        failures=failures, window=window, windows=tuple(WINDOWS), seconds=seconds, percentile=percentile,
        machine_now=datetime.now(UTC),
    )  # fmt: skip


def _id(row: object) -> str:
    return "/".join(str(getattr(row, part)) for part in ("instance", "member_class", "member", "code"))
