"""The `lienthong` command. Subcommands come from the packages (entry points `lienthong.commands`); the chassis' own is `parked`."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from importlib.metadata import entry_points
from typing import Annotated, TypeVar
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from chassis import deferred
from chassis.clock import SystemClock
from chassis.database import Database

parked_app = typer.Typer(help="Events that failed for good: look, mend, replay or drop.", no_args_is_help=True)
console = Console()

DatabaseUrl = Annotated[
    str, typer.Option("--database", envvar="LIENTHONG_DATABASE_URL", help="SQLAlchemy URL of the service's database")
]
EventId = Annotated[UUID, typer.Argument(help="Id of the event")]
Result = TypeVar("Result")


def _with(url: str, action: Callable[[Database], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        database = Database.connect(url, SystemClock(), pool_size=1)
        try:
            return await action(database)
        finally:
            await database.close()

    return asyncio.run(run())


def _say(done: bool, event_id: UUID, what: str) -> None:
    if not done:
        console.print(f"No parked event {event_id} here.")
        raise typer.Exit(1)
    console.print(f"Event {event_id} {what}.")


@parked_app.command("list")
def list_parked(
    database: DatabaseUrl,
    waiting: Annotated[bool, typer.Option("--waiting", help="Also those still retried or queued behind one")] = False,
) -> None:
    """What is parked, oldest first, with the reason."""
    rows = _with(database, lambda db: deferred.parked(db, waiting=waiting))
    if not rows:
        console.print("Nothing is parked.")
        return
    table = Table("Event", "Type", "State", "Tries", "Since", "Reason")
    for row in rows:
        since = row.first_failed_at.isoformat(timespec="seconds")
        table.add_row(str(row.event_id), row.type, row.state, str(row.attempts), since, row.reason)
    console.print(table)


@parked_app.command()
def show(database: DatabaseUrl, event_id: EventId) -> None:
    """One event whole, body included: it may hold personal data, so mind who stands behind you."""
    row = _with(database, lambda db: deferred.show(db, event_id))
    if row is None:
        _say(done=False, event_id=event_id, what="")
        return
    console.print(f"{row.type}\nstate {row.state}, tried {row.attempts} times, first failed {row.first_failed_at}")
    console.print(f"reason: {row.reason}")
    console.print_json(row.body)


@parked_app.command()
def replay(database: DatabaseUrl, event_id: EventId) -> None:
    """Try it again now, after the cause was mended; what queued behind it follows."""
    _say(_with(database, lambda db: deferred.replay(db, event_id)), event_id, "will be tried again now")


@parked_app.command()
def drop(
    database: DatabaseUrl,
    event_id: EventId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask")] = False,
) -> None:
    """Let it go for good."""
    if not yes:
        typer.confirm(f"Drop event {event_id}? It will never take effect here.", abort=True)
    _say(_with(database, lambda db: deferred.drop(db, event_id)), event_id, "dropped")


def main() -> None:
    """Entry point: gather the subcommands and run."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,  # it shows local variables, and so personal data
        help="Liên Thông: run it, look into it, mend it.",
    )
    app.add_typer(parked_app, name="parked")
    entries = sorted(entry_points(group="lienthong.commands"), key=lambda found: found.name)
    # A service's process need not load every other service: only what is asked for is imported, all of it for --help.
    asked = [entry for entry in entries if sys.argv[1:2] == [entry.name]]
    for entry in asked or entries:
        found = entry.load()
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=entry.name)
        else:
            app.command(entry.name)(found)
    app()
