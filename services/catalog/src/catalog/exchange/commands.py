"""`lienthong catalog import` and `export`: the exchange for who has the database at hand. Options only."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from catalog.content import ProcedureContent
from catalog.exchange import queries
from catalog.exchange.handlers import Import, ImportReport, Outcome, import_procedures
from catalog.exchange.national import record_of
from catalog.exchange.sheet import Dated, sheet_of
from catalog.exchange.upload import records_in, rows_in
from chassis.clock import hanoi_day
from chassis.problems import Problem
from chassis.service import Runtime, Service

Answer = TypeVar("Answer")
COMMAND_LINE = "command-line"
"""Who created the versions that were imported by the command."""
_MANY = 10**9


def add_to(commands: typer.Typer, service: Service) -> None:
    """Add the two commands to those of the service."""

    @commands.command("import")
    def import_file(
        file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="JSON, or CSV by its ending")],
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would become of it")] = False,
        publish: Annotated[bool, typer.Option("--publish", help="Publish the new versions")] = False,
        valid_from: Annotated[
            datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day of what is said anew; today if absent")
        ] = None,
        source: Annotated[str | None, typer.Option(help="Where what is said anew is from")] = None,
    ) -> None:
        """Import national records (JSON) or a sheet (CSV), line by line. Exits with 1 if a line was refused."""
        body = file.read_bytes()
        try:
            lines = rows_in(body) if file.suffix.lower() == ".csv" else records_in(body)
        except Problem as problem:
            said = problem.detail or problem.title
            typer.echo(f"{file.name}: {said.en} / {said.vi}", err=True)
            raise typer.Exit(2) from problem

        async def run(runtime: Runtime) -> ImportReport:
            async with runtime.database.begin() as uow:
                day = valid_from.date() if valid_from else hanoi_day(uow.now)
                command = Import(lines, day, publish, dry_run, COMMAND_LINE, source)
                return await import_procedures(command, uow, runtime.database)

        report = _run(service, run)
        for line in report.lines:
            for fault in line.faults:
                typer.echo(
                    f"line {line.line} {line.code or ''} {fault.pointer}: {fault.message.en} / {fault.message.vi}"
                )
        typer.echo(
            f"catalog: {report.count(Outcome.NEW_VERSION)} new versions, {report.count(Outcome.UNCHANGED)} unchanged,"
            f" {report.count(Outcome.REFUSED)} refused{'; dry run, nothing kept' if dry_run else ''}."
        )
        if report.count(Outcome.REFUSED):
            raise typer.Exit(1)

    @commands.command("export")
    def export_file(
        file: Annotated[Path, typer.Argument(dir_okay=False, writable=True, help="JSON, or CSV by its ending")],
    ) -> None:
        """Export what is in force today as national records (JSON), or every version as a sheet (CSV)."""
        is_sheet = file.suffix.lower() == ".csv"
        text, count = _run(service, _sheet if is_sheet else _records)
        file.write_text(text, encoding="utf-8", newline="")
        typer.echo(f"catalog: {count} {'versions' if is_sheet else 'procedures'} exported.")


async def _sheet(runtime: Runtime) -> tuple[str, int]:
    async with runtime.database.begin() as uow:
        rows = await queries.every_version(uow)
    dated = [
        (row.code, row.version, Dated(ProcedureContent.model_validate_json(row.content), row.valid_from, row.valid_to))
        for row in rows
    ]
    return sheet_of(dated), len(dated)


async def _records(runtime: Runtime) -> tuple[str, int]:
    async with runtime.database.begin() as uow:
        day = hanoi_day(uow.now)
        rows = await queries.in_force(uow, on=day, after="", limit=_MANY)
        names = await queries.agency_names(uow, day)
    records = [record_of(row.code, ProcedureContent.model_validate_json(row.content), names) for row in rows]
    told = [record.model_dump(mode="json", by_alias=True, exclude_none=True) for record in records]
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n", len(told)


def _run(service: Service, act: Callable[[Runtime], Awaitable[Answer]]) -> Answer:
    async def run() -> Answer:
        runtime = Runtime.of(service, service.settings())
        try:
            return await act(runtime)
        finally:
            await runtime.close()

    return asyncio.run(run())
