"""The reporting service: its one definition, and the commands it runs by. Nothing else."""

import asyncio
from typing import Annotated

import typer

from chassis.run import commands as commands_of
from chassis.service import Runtime, Service
from reporting.api import routers
from reporting.consumers import handlers
from reporting.handlers import forget_everything

SERVICE = Service(
    name="reporting",
    package="reporting",
    title="Reporting: indicators, reports, snapshots",
    description="Counts of dossiers (hồ sơ) by procedure, field, unit, channel and Hanoi day, as the national portal pulls them.",
    routers=routers,
    handlers=handlers,
    tags=(
        {"name": "indicators", "description": "Open statistics: shares by field, area and day"},
        {"name": "reports", "description": "Statutory reports, computed when asked for"},
        {"name": "snapshots", "description": "The counts of a day, for the national portal to pull"},
    ),
)

commands = commands_of(SERVICE)


@commands.command()
def reset(yes: Annotated[bool, typer.Option("--yes", help="Do not ask")] = False) -> None:
    """Empty all figures, to be rebuilt from the gateway's ledger by a replay from position 0."""
    if not yes:
        typer.confirm("Empty all figures? They are wrong until the replay has come to its end.", abort=True)

    async def run() -> None:
        runtime = Runtime.of(SERVICE, SERVICE.settings())
        try:
            async with runtime.database.begin() as uow:
                await forget_everything(uow)
        finally:
            await runtime.close()

    asyncio.run(run())
    typer.echo("reporting: empty. Now: POST /lgsp/v1/replays with service reporting and position 0, as an operator.")
