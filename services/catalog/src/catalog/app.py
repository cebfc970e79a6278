"""What the catalogue service is, and its commands. Wiring only."""

import asyncio

import typer

from catalog.api import agencies, classes, editing, exchange, fees, lists, places, reading, search, versions
from catalog.exchange import commands as exchange_commands
from catalog.handlers import SeedReport
from catalog.handlers import seed as load
from chassis.run import commands as service_commands
from chassis.service import Runtime, Service

SERVICE = Service(
    name="catalog",
    package="catalog",
    title="Catalog: procedures",
    description="Thủ tục hành chính: procedures with their forms, fees, time limits and where they are offered, by day.",
    routers=[
        search.router,  # before reading: /procedures/search is no code of a procedure
        reading.router,
        fees.router,
        classes.router,
        versions.router,
        lists.router,
        places.router,
        agencies.router,
        editing.router,
        exchange.router,
    ],
    tags=[
        {"name": "exchange", "description": "National records and the sheet: export, and import line by line"},
        {"name": "procedures", "description": "Procedures (thủ tục hành chính) and their forms, as in force on a day"},
        {"name": "units", "description": "Administrative units (đơn vị hành chính) and rollout waves"},
        {"name": "agencies", "description": "Agencies (cơ quan) by their code in both notations"},
        {"name": "calendars", "description": "Working calendars"},
        {"name": "editing", "description": "Drafting, publishing and withdrawing versions of procedures; agencies"},
    ],
)

commands = service_commands(SERVICE)
exchange_commands.add_to(commands, SERVICE)


@commands.command()
def seed() -> None:
    """Load the package's data files and publish what is new or changed in them. Safe to run again."""

    async def run() -> SeedReport:
        runtime = Runtime.of(SERVICE, SERVICE.settings())
        try:
            return await load(runtime)
        finally:
            await runtime.close()

    report = asyncio.run(run())
    typer.echo(
        f"catalog: {report.published} procedures published, {report.unchanged} unchanged, {report.kept} left as edited; "
        f"units {'published' if report.units else 'unchanged'}, agencies {'published' if report.agencies else 'unchanged'}, "
        f"{report.calendars} calendars published."
    )
