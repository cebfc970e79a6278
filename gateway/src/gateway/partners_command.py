"""`lienthong gateway apply [partners.yaml]`: what a file declares, compared, shown and applied. It decides nothing."""

import asyncio
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from asyncpg.exceptions import PostgresError
from sqlalchemy.exc import SQLAlchemyError

from chassis.clock import SystemClock
from chassis.database import Database
from chassis.problems import Problem
from chassis.service import Runtime
from gateway.egress import Egress, egress_of
from gateway.exchange.providers import vet_addresses
from gateway.handlers.declarations import Change
from gateway.handlers.partners_file import Applied, NotApplied, apply_partners
from gateway.partners_file import FileError, PartnersFile, read_partners
from gateway.settings import GatewaySettings, settings_of

BY_FILE = "file:partners.yaml"
"""Who the history says it was: any file, by whichever name, so that a moved file still knows its own grants."""
_WIDTH = 80
_INDENT = " " * 14


def apply(
    file: Annotated[
        Path | None,
        typer.Argument(help="partners.yaml; docs/partners.md says what it holds. Without it: the city's own"),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing")] = False,
) -> None:
    """Register what the city itself offers, and what a file declares of partners. Again, it changes nothing."""
    try:
        declared = read_partners(file)
        applied = asyncio.run(_applied(declared, dry_run=dry_run))
    except OSError as error:
        _fail([f"{file or 'apply'}: {error.strerror or 'the database is out of reach'}"])
    except (SQLAlchemyError, PostgresError) as error:
        _fail([f"The gateway's database cannot be used ({type(error).__name__}): is it migrated?"])
    except FileError as error:
        _fail(error.faults)
    except NotApplied as error:
        _fail([f"{error.name}: {line}" for line in _said(error.problem)])
    else:
        for line in shown(applied, dry_run=dry_run):
            typer.echo(line)


async def apply_to(runtime: Runtime, file: Path) -> Applied:
    """Apply the city's own and a file to a gateway's database, as a process does at its start. Raises FileError, NotApplied."""
    declared = read_partners(file)
    await _vet(declared, egress_of(settings_of(runtime)))
    async with runtime.database.begin() as uow:
        return await apply_partners(declared, uow, by=BY_FILE)


async def _applied(declared: PartnersFile, *, dry_run: bool) -> Applied:
    settings = GatewaySettings()
    await _vet(declared, egress_of(settings))
    database = Database.connect(settings.database_url.get_secret_value(), SystemClock(), pool_size=1)
    try:
        async with database.begin() as uow:
            return await apply_partners(declared, uow, by=BY_FILE, dry_run=dry_run)
    finally:
        await database.close()


async def _vet(declared: PartnersFile, egress: Egress) -> None:
    """The addresses that it names, before any transaction: names are asked of DNS."""
    for row in declared.services:
        try:
            await vet_addresses(row.service(), egress)
        except Problem as problem:
            raise NotApplied(row.id, problem) from problem


def shown(applied: Applied, *, dry_run: bool) -> Iterator[str]:
    """The difference, a line or a few for each change, for a terminal of 80 columns."""
    for change in applied.changes:
        yield from _change(change)
    for name, count in applied.keys:
        yield from _wrapped(f"~ {'keys':<12}{name}: {count} new or changed")
    count = len(applied.changes) + len(applied.keys)
    if not count:
        yield "No change: the registry says all of this already."
    else:
        word = "change" if count == 1 else "changes"
        yield f"{count} {word}" + (" (dry run: nothing was written)." if dry_run else " applied.")


def _change(change: Change) -> Iterator[str]:
    facts = change.after or change.before or {}
    name = change.name
    if change.what == "grant":
        name = f"{facts['to'] or 'group ' + str(facts['group'])} → {facts['service']}"
    sign = "+" if change.before is None else "-" if change.after is None else "~"
    yield from _wrapped(f"{sign} {change.what:<12}{name}")
    for fact, value in facts.items():
        if change.what == "grant" and fact in ("to", "group", "service"):
            continue
        if sign != "~" and value not in (None, [], False):
            yield from _wrapped(f"{_INDENT}{fact}: {_word(value)}")
        elif change.before is not None and change.after is not None:
            yield from _wrapped(f"{_INDENT}{fact}: {_word(change.before[fact])} → {_word(value)}")


def _word(value: Any) -> str:
    match value:
        case None | []:
            return "(none)"
        case list():
            return " ".join(map(str, value))
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(line, _WIDTH, subsequent_indent=_INDENT + "  ", drop_whitespace=True, break_on_hyphens=False)


def _said(problem: Problem) -> list[str]:
    details = [f"{error.pointer}: {error.message.en}" for error in problem.errors]
    told = f"{problem.title.en}: {problem.detail.en}" if problem.detail else problem.title.en
    context = ", ".join(f"{name}: {_word(value)}" for name, value in problem.context.items())
    return details or [f"{told} ({context})" if context else told]


def _fail(faults: list[str] | tuple[str, ...]) -> None:
    for fault in faults:
        typer.echo(fault, err=True)
    raise typer.Exit(1)
