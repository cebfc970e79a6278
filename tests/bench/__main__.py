"""`python -m tests.bench`: what is measured, in which order. Options only."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console

from chassis.telemetry.logging import configure_logging
from tests.bench import (
    catalogue,
    desk,
    events,
    exchange,
    fanout,
    intake,
    machine,
    proofs,
    replay,
    report,
    soak,
    transitions,
)
from tests.bench.figures import Section
from tests.bench.stand import Stand, stand
from tests.servers.enclosure import ServerError

INTAKE, EVENTS, EXCHANGE, FANOUT, PROOFS, CATALOGUE, DESK, TRANSITIONS, REPLAY, SOAK = MEASURES = (
    "intake", "events", "exchange", "fanout", "proofs", "catalogue", "desk", "transitions", "replay", "soak",
)  # fmt: skip
ON_DEMAND = frozenset({SOAK})
"""Takes too long to be run unasked."""
Extent = TypeVar("Extent")


def bench(
    json_file: Annotated[Path | None, typer.Option("--json", help="Leave the figures here as JSON")] = None,
    only: Annotated[list[str] | None, typer.Option(help=f"One of {', '.join(MEASURES)}; may be repeated")] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="A smoke run: hardly any load, figures without meaning")
    ] = False,
    exchanges: Annotated[int, typer.Option(help="How many a soak makes")] = 100_000,
) -> None:
    """Measure, and print a table. A missed aim is shown and fails nothing."""
    configure_logging("ERROR")
    console = Console(width=report.WIDTH)
    head = report.header(datetime.now(UTC), machine.load_average())
    unasked = ON_DEMAND | ({REPLAY} if quick else set())
    wanted = only or [measure for measure in MEASURES if measure not in unasked]
    try:
        sections = asyncio.run(_measure(wanted, console, exchanges, quick=quick))
    except (ServerError, TimeoutError) as failure:
        console.print(f"The benchmark stopped: {failure}", markup=False)
        raise typer.Exit(1) from failure
    foot = f"load average after {machine.load_average()}"
    report.show(console, f"{head}, {foot}", sections)
    if json_file is not None:
        document = report.document(f"{head}, {foot}", sections)
        json_file.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


async def _measure(wanted: list[str], console: Console, exchanges: int, *, quick: bool) -> list[Section]:
    if unknown := set(wanted) - set(MEASURES):
        raise typer.BadParameter(f"{', '.join(unknown)}; there is {', '.join(MEASURES)}")
    sections: list[Section] = []
    on_the_stand = _on_the_stand(exchanges, quick=quick)
    if on_the_stand.keys() & set(wanted):
        async with stand() as ready:
            for measure, (doing, measured) in on_the_stand.items():
                if measure in wanted:
                    console.print(f"{doing} …")
                    sections += await measured(ready)
    for measure, (doing, alone) in _alone(quick=quick).items():
        if measure in wanted:
            console.print(f"{doing} …")
            sections.append(await alone())
    return sections


def _on_the_stand(
    exchanges: int, *, quick: bool
) -> Mapping[str, tuple[str, Callable[[Stand], Awaitable[Sequence[Section]]]]]:
    """What shares servers and databases, in this order."""
    filed = intake.Extent(1, 0.5, (1, 16)) if quick else intake.Extent(3, 5, (1, 16, 64))
    sent = events.Extent(1, 1, 200) if quick else events.Extent(3, 15, 10_000)
    called = exchange.Extent(1, 0.3) if quick else exchange.Extent(3, 5)
    heard = fanout.Extent(1, 500, (1, 50)) if quick else fanout.Extent(3, 10_000)
    beside = transitions.Extent((500, 2_000), 1, 4) if quick else transitions.Extent()
    return {
        INTAKE: ("Measuring intake", lambda ready: intake.measure(ready, filed)),
        EVENTS: ("Measuring events", _one(events.measure, sent)),
        EXCHANGE: ("Measuring exchanges over /r1", _one(exchange.measure, called)),
        FANOUT: ("Measuring events to subscriptions", _one(fanout.measure, heard)),
        TRANSITIONS: ("Measuring transitions beside many dossiers", _one(transitions.measure, beside)),
        SOAK: ("Watching the memory of a gateway", _one(soak.measure, exchanges)),
    }


def _alone(*, quick: bool) -> Mapping[str, tuple[str, Callable[[], Awaitable[Section]]]]:
    """What brings a database of its own, or none."""
    shelf = catalogue.Extent(1, 200, 8) if quick else catalogue.Extent(3, 2_000, 200)
    return {
        PROOFS: ("Measuring proofs", lambda: proofs.measure((1_000, 5_000), 20) if quick else proofs.measure()),
        CATALOGUE: ("Measuring the catalogue", lambda: catalogue.measure(shelf)),
        DESK: (
            "Measuring the desk's lists beside many dossiers",
            lambda: desk.measure((500, 2_000), 4) if quick else desk.measure(),
        ),
        REPLAY: ("Measuring the replay", replay.measure),
    }


def _one(
    measure: Callable[[Stand, Extent], Awaitable[Section]], extent: Extent
) -> Callable[[Stand], Awaitable[Sequence[Section]]]:
    async def measured(ready: Stand) -> Sequence[Section]:
        return (await measure(ready, extent),)

    return measured


if __name__ == "__main__":
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(bench)
    app()
