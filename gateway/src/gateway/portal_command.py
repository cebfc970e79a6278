"""`lienthong gateway reconcile-portal`: a reconciliation with the national portal, run here to its end. Decides nothing."""

import asyncio
from datetime import datetime, timedelta
from typing import Annotated

import typer

from chassis.clock import hanoi_day
from chassis.service import Runtime, Service
from chassis.settings import Settings
from gateway.adapters.portal import national_portal
from gateway.adapters.routes import routes_of
from gateway.desks.portal import PortalDesk
from gateway.handlers.portal import begin_reconciliation
from gateway.queries import portal_runs as runs
from gateway.settings import GatewaySettings, settings_of

_PAUSE_SECONDS = 1.0


def reconcile_portal(
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First Hanoi day; default: as the daily one does")
    ] = None,
) -> None:
    """Look up every dossier that moved since a day at the national portal, and tell it again what it lacks."""
    settings = GatewaySettings()
    if settings.portal_url is None and "portal" not in settings.routes:
        typer.echo("LIENTHONG_PORTAL_URL is not set: there is no portal to reconcile with.", err=True)
        raise typer.Exit(2)
    typer.echo(asyncio.run(_reconcile(settings, since)))


async def _reconcile(settings: Settings, since: datetime | None) -> str:
    runtime = Runtime.of(_SERVICE, settings)
    try:
        return await run_to_its_end(runtime, since)
    finally:
        await runtime.close()


async def run_to_its_end(runtime: Runtime, since: datetime | None) -> str:
    """Begin a reconciliation and go through its pages, waiting while the portal is away; what came of it."""
    settings = settings_of(runtime)
    routes = routes_of(runtime, "portal", url=settings.portal_url, delays=settings.portal_retry_delays)
    if routes is None:
        raise RuntimeError("no national portal is configured")
    async with runtime.database.begin() as uow:
        first = since.date() if since else hanoi_day(uow.now) - timedelta(days=settings.portal_reconcile_days)
        run = await begin_reconciliation("command", first, uow)
    async with national_portal(routes, settings) as portal:
        desk = PortalDesk(runtime.database, runtime.tracing, portal, settings)
        while True:
            pages = await desk.reconcile(run.id)
            async with runtime.database.begin() as uow:
                row = await runs.one_run(uow, run.id)
            if row is None or row.state == "DONE":
                break
            if not pages:
                await asyncio.sleep(_PAUSE_SECONDS)
    if row is None:
        return "The reconciliation is gone."
    return (
        f"asked {row.asked}, missing {row.missing}, stale {row.stale}, mended {row.mended}, failed {row.failed}"
        f" (since {first.isoformat()})"
    )


_SERVICE = Service("gateway", "gateway", "Gateway", "", routers=())
