"""What the demo puts on the screen: steps with their time and events, a progress bar, tables. Fits 80 columns."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table


class Screen:
    """Lines for a person to read. `quiet` says only what went wrong."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.console = Console(quiet=quiet, highlight=False)

    def heading(self, text: str) -> None:
        """A new part of the demo."""
        self.console.print(f"\n[bold]{text}[/bold]")

    def line(self, text: str) -> None:
        """A plain line."""
        self.console.print(text)

    def step(self, number: int, what: str, seconds: float, detail: str, events: Sequence[str]) -> None:
        """One step of the journey: what happened, how long it took, and the events that crossed the gateway meanwhile."""
        self.console.print(f"[bold cyan]{number:>2}[/bold cyan] {what} [dim]{seconds * 1000:,.0f} ms[/dim]")
        if detail:
            self.console.print(f"   {detail}")
        if events:
            self.console.print(f"   [green]⇢ {', '.join(events)}[/green]")

    def story(self, title: str, lines: Sequence[str]) -> None:
        """A short story: what it is about, and what happened, a line each."""
        self.console.print(f"[bold cyan]•[/bold cyan] {title}")
        for line in lines:
            self.console.print(f"   {line}")

    @contextmanager
    def progress(self, what: str, total: int) -> Iterator["Bar"]:
        """A progress bar over `total` things."""
        columns = (
            TextColumn("{task.description}"), BarColumn(bar_width=24), MofNCompleteColumn(), TaskProgressColumn(),
            TimeElapsedColumn(),
        )  # fmt: skip
        with Progress(*columns, console=self.console) as progress:
            yield Bar(progress, progress.add_task(what, total=total))

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table; every column but the first is set right."""
        table = Table(title=title, title_justify="left", title_style="bold")
        for index, column in enumerate(columns):
            table.add_column(column, justify="left" if index == 0 else "right")
        for row in rows:
            table.add_row(*row)
        self.console.print(table)

    def facts(self, facts: Mapping[str, str]) -> None:
        """Names and values, one pair a line; long values are not broken, so that they can be copied."""
        width = max(map(len, facts))
        for name, value in facts.items():
            self.console.print(f"  {name:<{width}}  {value}", soft_wrap=True)


class Bar:
    """The progress bar while it is shown."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def done(self, count: int = 1) -> None:
        """So many more are done."""
        self._progress.advance(self._task, count)
