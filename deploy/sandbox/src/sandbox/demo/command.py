"""`lienthong demo`: start everything, seed, walk, replay, pull, keep serving. Order and options only."""

import asyncio
import json
import shutil
import signal
import time
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

import catalog.handlers
from chassis.telemetry.logging import configure_logging
from sandbox.demo import statistics
from sandbox.demo.client import Client, DemoFailed
from sandbox.demo.journey import Journey
from sandbox.demo.replay import Replay
from sandbox.demo.screen import Screen
from sandbox.demo.stories import Stories
from sandbox.identities import AGENCY, Grip
from sandbox.simulators.people import EDITOR, MOTHER, OFFICER, OPERATOR
from sandbox.stack import Sandbox, running

DataDir = Annotated[
    Path, typer.Option("--data-dir", envvar="LIENTHONG_DATA_DIR", help="Where the sandbox keeps its data")
]


def demo(
    data_dir: DataDir = Path(".sandbox"),
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1")] = 8080,
    leave: Annotated[bool, typer.Option("--exit", help="End after the statistics instead of serving on")] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Leave the summary here as JSON")] = None,
    reset: Annotated[bool, typer.Option("--reset", help="Forget the data of earlier runs first")] = False,
) -> None:
    """Start everything, walk one birth registration through, replay August 2016, print the statistics, keep serving."""
    if reset and data_dir.exists():
        shutil.rmtree(data_dir)
    data_dir.mkdir(parents=True, exist_ok=True)
    configure_logging("WARNING", file=data_dir / "sandbox.log")
    screen = Screen()
    try:
        asyncio.run(_Run(data_dir, port, screen).run(leave=leave, json_file=json_file))
    except (DemoFailed, OSError, TimeoutError, httpx.HTTPError) as failure:
        screen.line(f"[red]The demo stopped:[/red] {str(failure) or type(failure).__name__}")
        screen.line(f"The log is {data_dir / 'sandbox.log'}; start afresh with --reset.")
        raise typer.Exit(1) from failure


class _Run:
    """One run on a data directory; what an earlier run did is not done again."""

    def __init__(self, data_dir: Path, port: int, screen: Screen) -> None:
        self._data_dir = data_dir
        self._port = port
        self._screen = screen
        self._summary = data_dir / "summary.json"

    async def run(self, *, leave: bool, json_file: Path | None) -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        started = time.perf_counter()
        self._screen.heading("1  Starting gateway, five services and the simulators in one process")
        async with running(self._data_dir, self._port) as sandbox:
            self._screen.line(f"   up at {sandbox.url} in {time.perf_counter() - started:.1f} s")
            grip = Grip(sandbox.url, self._data_dir)
            grip.save()
            showing = asyncio.create_task(self._show(sandbox))
            interrupted = asyncio.create_task(stop.wait())
            await asyncio.wait({showing, interrupted}, return_when=asyncio.FIRST_COMPLETED)
            if not showing.done():
                showing.cancel()
                await asyncio.gather(showing, return_exceptions=True)
                self._screen.line("Stopping.")
                return
            summary = showing.result()
            if json_file is not None:
                json_file.write_text(json.dumps(summary, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
            if not leave:
                self._say_where(sandbox)
                await stop.wait()
                self._screen.line("Stopping.")
            interrupted.cancel()

    async def _show(self, sandbox: Sandbox) -> dict[str, Any]:
        async with httpx.AsyncClient(base_url=sandbox.url, timeout=30) as http:
            self._screen.heading("2  The catalogue")
            seeded = await self._seed(sandbox)
            if self._summary.exists():
                self._screen.line("   The data of an earlier run is here: nothing is filed twice.")
                summary: dict[str, Any] = json.loads(self._summary.read_text(encoding="utf-8"))
                nobody = Client(http)
                return summary | {"statistics": await statistics.pull(nobody, self._screen)}
            self._screen.heading("3  One late birth registration")
            journey = await self._walk_once(sandbox, http)
            self._screen.heading("4  Five dossiers that go other ways")
            stories = await self._tell_once(sandbox, http)
            self._screen.heading("5  10-19 August 2016 in the 24 pilot wards")
            replay = await Replay(sandbox, self._screen, http, self._data_dir / "replay.json").run()
            if replay["filedNow"]:
                self._screen.line(f"   {replay['filedNow'] / max(replay['seconds'], 0.01):,.0f} dossiers/s, end to end")
            figures = await statistics.pull(Client(http), self._screen)
            summary = {
                "catalogue": seeded,
                "journey": journey,
                "stories": stories,
                "replay": replay,
                "statistics": figures,
            }
            self._summary.write_text(json.dumps(summary, ensure_ascii=False), encoding="utf-8")
            return summary

    async def _walk_once(self, sandbox: Sandbox, http: httpx.AsyncClient) -> dict[str, Any]:
        """The walk, or what it left where an earlier run was cut off after it."""
        walked = self._data_dir / "journey.json"
        if walked.exists():
            journey: dict[str, Any] = json.loads(walked.read_text(encoding="utf-8"))
            self._screen.line(f"   Dossier {journey['dossier']} was walked through by an earlier run.")
            return journey
        journey = await Journey(sandbox, self._screen, http, self._data_dir / "papers").walk()
        walked.write_text(json.dumps(journey, ensure_ascii=False), encoding="utf-8")
        return journey

    async def _tell_once(self, sandbox: Sandbox, http: httpx.AsyncClient) -> list[dict[str, Any]]:
        """The stories, or what an earlier run that was cut off after them left."""
        told = self._data_dir / "stories.json"
        if told.exists():
            stories: list[dict[str, Any]] = json.loads(told.read_text(encoding="utf-8"))
            self._screen.line(
                f"   {', '.join(story['dossier'] for story in stories)} went their ways in an earlier run."
            )
            return stories
        stories = await Stories(sandbox, self._screen, http, self._data_dir / "papers").tell()
        told.write_text(json.dumps(stories, ensure_ascii=False), encoding="utf-8")
        return stories

    async def _seed(self, sandbox: Sandbox) -> dict[str, int]:
        """Publish the catalogue and wait until submission and payment have their copies of all of it."""
        seeded = await catalog.handlers.seed(sandbox.runtimes["catalog"])
        await sandbox.settled()
        procedures = seeded.published + seeded.unchanged + seeded.kept
        self._screen.line(f"   {procedures} procedures, {seeded.published} published now; every service has its copy")
        return {"procedures": procedures, "publishedNow": seeded.published}

    def _say_where(self, sandbox: Sandbox) -> None:
        self._screen.heading("6  Serving on; Ctrl-C stops")
        self._screen.facts(
            {
                "start page": f"{sandbox.url}/",
                "all APIs": f"{sandbox.url}/docs",
                "console": f"{sandbox.url}/console, sign in as {OPERATOR.name}",
                "ledger": f"{sandbox.url}/lgsp/v1/ledger/checkpoint",
                "papers": str(self._data_dir / "papers"),
                "log": str(self._data_dir / "sandbox.log"),
            }
        )
        self._screen.line("\n   Five ready identities; `lienthong token NAME` prints a bearer token:")
        self._screen.facts(
            {
                "citizen": f"{MOTHER.full_name}, personal ID {MOTHER.personal_id}",
                "officer": f"{OFFICER.full_name}, desk of commune {', '.join(OFFICER.units)}",
                "editor": f"{EDITOR.full_name}, the catalogue's",
                "operator": f"{OPERATOR.full_name}, of the gateway",
                "agency": f"client {AGENCY}",
            }
        )
