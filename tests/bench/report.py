"""The table (80 columns) and the JSON document of a run. It computes nothing but what is shown."""

import platform
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tests.bench import machine
from tests.bench.figures import Figure, Section

WIDTH = 80


def header(started: datetime, load_before: float) -> str:
    """On what, when, and how much else the machine had to do."""
    return (
        f"{started:%Y-%m-%d %H:%M} UTC · {machine.cores()} cores · Python {platform.python_version()}"
        f" · load average before {load_before}"
    )


def show(console: Console, head: str, sections: Sequence[Section]) -> None:
    """Print everything."""
    console.print(f"\n{head}")
    for section in sections:
        console.print(_table(section))
        for note in section.notes:
            console.print(f"  {note}", style="dim", highlight=False)
    told = [figure for section in sections for figure in section.figures if figure.met is not None]
    missed = [figure for figure in told if not figure.met]
    console.print(f"\n{len(told) - len(missed)} of {len(told)} aims met.", highlight=False)
    for figure in missed:
        console.print(f"  missed: {figure.name} {_aim(figure)}: {_value(figure)}", style="red", highlight=False)


def document(head: str, sections: Sequence[Section]) -> dict[str, Any]:
    """The same for a machine."""
    return {
        "run": head,
        "figures": {figure.name: _entry(figure) for section in sections for figure in section.figures},
        "notes": [note for section in sections for note in section.notes],
    }


def _table(section: Section) -> Table:
    table = Table(title=section.title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, width=WIDTH)
    table.add_column("what", width=24)
    table.add_column("measured", justify="right", width=11)
    table.add_column("aim", width=11)
    table.add_column("held against", width=24)
    for figure in section.figures:
        colour = {True: "green", False: "red", None: ""}[figure.met]
        aim = "" if figure.met is None else f"{_aim(figure)} {'met' if figure.met else 'missed'}"
        against = "\n".join(
            f"{reference.name} {_number(reference.value)}: ×{figure.ratio(reference):.2f}"
            for reference in figure.references
        )
        table.add_row(escape(figure.shown), _value(figure), f"[{colour}]{aim}[/]" if colour else aim, against)
    return table


def _entry(figure: Figure) -> dict[str, Any]:
    entry: dict[str, Any] = {"value": round(figure.value, 4), "unit": figure.unit, "rounds": figure.rounds}
    if figure.aim is not None:
        entry["aim"] = {"atLeast" if figure.aim.at_least else "atMost": figure.aim.bound, "met": figure.met}
    if figure.references:
        entry["references"] = {
            reference.name: {
                "value": round(reference.value, 4),
                "ratio": round(figure.ratio(reference), 4),
                "rounds": reference.rounds,
            }
            for reference in figure.references
        }
    return entry


def _value(figure: Figure) -> str:
    return f"{_number(figure.value)} {figure.unit}".strip().replace(" /s", "/s")


def _aim(figure: Figure) -> str:
    return f"{'≥' if figure.aim.at_least else '≤'}{figure.aim.bound:,g}" if figure.aim else ""


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.2g}" if value < 1 else f"{value:.1f}"
