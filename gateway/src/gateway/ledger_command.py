"""`lienthong gateway verify-ledger` and `archive`: the operator's commands over the ledger's database. They decide nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from chassis.clock import SystemClock
from chassis.database import Database
from gateway.ledger.archive import Archived, NotArchivable, archive_day
from gateway.ledger.check import Tampered, check_ledger

Result = TypeVar("Result")
DatabaseUrl = Annotated[
    str, typer.Option("--database", envvar="LIENTHONG_DATABASE_URL", help="SQLAlchemy URL of the gateway's database")
]
_LONG = 20_000


def verify_ledger(
    database: DatabaseUrl,
    start: Annotated[int, typer.Option("--from", min=0, help="First position to look at")] = 0,
) -> None:
    """Compute the ledger anew from its entries and say the first position that does not hold. Exit code 0 if all does."""

    def progress(size: int) -> None:
        if size // _LONG != (size - 1000) // _LONG:
            typer.echo(f"{size:,} entries hold so far", err=True)

    try:
        size = _with(database, lambda db: check_ledger(db, start=start, progress=progress))
    except Tampered as tampered:
        typer.echo(f"The ledger does NOT hold. First bad {tampered}.")
        raise typer.Exit(1) from tampered
    typer.echo(f"The ledger holds: {max(size - start, 0):,} entries, their tree, checkpoints and message log.")


def archive(
    database: DatabaseUrl,
    day: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="Hanoi day, e.g. 2026-10-12")],
    folder: Annotated[Path, typer.Option(envvar="LIENTHONG_ARCHIVE_FOLDER", help="Where the file goes")],
) -> None:
    """Write the archive of one day, unless it is there already. Anyone can verify it: lienthong verify FILE --key KEYS."""
    try:
        done: Archived = _with(database, lambda db: archive_day(db, folder, day.date()))
    except (NotArchivable, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{done.file}: {f'{done.exchanges:,} exchanges' if done.fresh else 'there already, unchanged'}")


def _with(url: str, action: Callable[[Database], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        # One statement at a time over all of the ledger: the limits of the API are not for it.
        database = Database.connect(url, SystemClock(), pool_size=2, statement_seconds=3600)
        try:
            return await action(database)
        finally:
            await database.close()

    return asyncio.run(run())
