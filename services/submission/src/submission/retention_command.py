"""`lienthong submission retention`: erase what is due now, or only say what would be. Options and words only."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from chassis.clock import SystemClock, hanoi_day
from chassis.database import Database
from submission.handlers.retention import Forecast, erase_due, forecast
from submission.rules import RETENTION
from submission.settings import SubmissionSettings


def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be erased; change nothing")] = False,
) -> None:
    """Erase the personal data that the retention rows let go today; the worker does the same every hour."""
    settings = SubmissionSettings()
    console = Console()
    if dry_run:
        _show(console, asyncio.run(_forecast(settings)))
        return
    if not settings.retention_erases:
        console.print("LIENTHONG_RETENTION_ERASES is false: nothing is erased. Try --dry-run.")
        raise typer.Exit(1)
    console.print(f"Erased the personal data of {asyncio.run(_erase(settings))} dossiers.")


async def _forecast(settings: SubmissionSettings) -> list[Forecast]:
    database = _database(settings)
    try:
        return await forecast(database, RETENTION)
    finally:
        await database.close()


async def _erase(settings: SubmissionSettings) -> int:
    database = _database(settings)
    try:
        return await erase_due(database, RETENTION, batch=settings.retention_batch)
    finally:
        await database.close()


def _database(settings: SubmissionSettings) -> Database:
    url = settings.database_url.get_secret_value()
    return Database.connect(url, SystemClock(), statement_seconds=settings.statement_seconds)


def _show(console: Console, forecasts: list[Forecast]) -> None:
    table = Table("Row", "Status", "Closed before", "Dossiers", "Oldest", "Source")
    for found in forecasts:
        due = found.due
        oldest = hanoi_day(found.oldest).isoformat() if found.oldest else "-"
        before = hanoi_day(due.before).isoformat()
        table.add_row(due.rule.id, str(due.status.value), before, str(found.number), oldest, due.rule.source)
    console.print(table)
