"""`python -m tests.bench`: what is measured, in which order. Options only."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from chassis.telemetry.logging import configure_logging
from tests.bench import catalogue, desk, events, intake, machine, replay, report, transitions
from tests.bench.figures import Section
from tests.bench.stand import stand
from tests.servers.enclosure import ServerError

INTAKE, EVENTS, CATALOGUE, DESK, TRANSITIONS, REPLAY = MEASURES = (
    "intake", "events", "catalogue", "desk", "transitions", "replay",
)  # fmt: skip


def bench(
    json_file: Annotated[Path | None, typer.Option("--json", help="Leave the figures here as JSON")] = None,
    only: Annotated[list[str] | None, typer.Option(help=f"One of {', '.join(MEASURES)}; may be repeated")] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="A smoke run: hardly any load, figures without meaning")
    ] = False,
) -> None:
    """Measure, and print a table. A missed aim is shown and fails nothing."""
    configure_logging("ERROR")
    console = Console(width=report.WIDTH)
    head = report.header(datetime.now(UTC), machine.load_average())
    wanted = only or [measure for measure in MEASURES if not (quick and measure == REPLAY)]
    try:
        sections = asyncio.run(_measure(wanted, console, quick=quick))
    except (ServerError, TimeoutError) as failure:
        console.print(f"The benchmark stopped: {failure}", markup=False)
        raise typer.Exit(1) from failure
    foot = f"load average after {machine.load_average()}"
    report.show(console, f"{head}, {foot}", sections)
    if json_file is not None:
        document = report.document(f"{head}, {foot}", sections)
        json_file.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


async def _measure(wanted: list[str], console: Console, *, quick: bool) -> list[Section]:
    sections: list[Section] = []
    if unknown := set(wanted) - set(MEASURES):
        raise typer.BadParameter(f"{', '.join(unknown)}; there is {', '.join(MEASURES)}")
    if {INTAKE, EVENTS, TRANSITIONS} & set(wanted):
        async with stand() as ready:
            if INTAKE in wanted:
                console.print("Measuring intake …")
                extent = intake.Extent(1, 0.5, (1, 16)) if quick else intake.Extent(3, 5, (1, 16, 64))
                sections += await intake.measure(ready, extent)
            if EVENTS in wanted:
                console.print("Measuring events …")
                extent_of_events = events.Extent(1, 1, 200) if quick else events.Extent(3, 15, 10_000)
                sections.append(await events.measure(ready, extent_of_events))
            if TRANSITIONS in wanted:
                console.print("Measuring transitions beside many dossiers …")
                beside = transitions.Extent((500, 2_000), 1, 4) if quick else transitions.Extent()
                sections.append(await transitions.measure(ready, beside))
    if CATALOGUE in wanted:
        console.print("Measuring the catalogue …")
        shelf = catalogue.Extent(1, 200, 8) if quick else catalogue.Extent(3, 2_000, 200)
        sections.append(await catalogue.measure(shelf))
    if DESK in wanted:
        console.print("Measuring the desk's lists beside many dossiers …")
        sections.append(await (desk.measure((500, 2_000), 4) if quick else desk.measure()))
    if REPLAY in wanted:
        console.print("Measuring the replay …")
        sections.append(await replay.measure())
    return sections


if __name__ == "__main__":
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(bench)
    app()
