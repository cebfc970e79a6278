"""`lienthong walk`: the birth registration of the demo, over the addresses of a deployment that has the simulators."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import httpx
import typer

from chassis.clock import SystemClock, hanoi_day
from chassis.ids import new_id
from sandbox.demo.client import Client, DemoFailed
from sandbox.demo.screen import Screen
from sandbox.simulators.identity import GRANT
from sandbox.simulators.people import BA_DINH, MOTHER, OFFICER, Person
from sandbox.walk.birth import PROCEDURE, BirthWalk, Ground

_NOT_YET = ("unknown-procedure", "unknown-unit", "time-limit-not-published", "procedure-not-offered")


def walk(
    url: Annotated[str, typer.Option(help="Public origin of the deployment")] = "http://127.0.0.1:8080",
    world: Annotated[str, typer.Option(help="Where its simulators are")] = "http://127.0.0.1:8090",
    papers: Annotated[Path, typer.Option(help="Where receipt and certificate are kept")] = Path("papers"),
    patience: Annotated[float, typer.Option(help="Seconds to wait for each thing that others do")] = 30,
) -> None:
    """File, pay, accept, register, verify, return: each step with its time and the events that crossed the gateway."""
    screen = Screen()
    try:
        asyncio.run(_walk(url.rstrip("/"), world.rstrip("/"), papers, patience, screen))
    except (DemoFailed, httpx.TransportError) as failure:
        screen.line(f"[red]The walk stopped:[/red] {str(failure) or type(failure).__name__}")
        screen.line(f"Is everything up at {url}, with simulators at {world}? `make up SANDBOX=1` starts it so.")
        raise typer.Exit(1) from failure


async def _walk(url: str, world: str, papers: Path, patience: float, screen: Screen) -> None:
    async with httpx.AsyncClient(base_url=url, timeout=30) as http:
        tokens = await _tokens(http, world, (MOTHER, OFFICER))
        ground = Ground(http, world, hanoi_day(SystemClock().now()), lambda person: tokens[person.name])
        await _catalogue_there(Client(http, tokens[MOTHER.name]), patience)
        screen.heading(f"One late birth registration at {url}")
        await BirthWalk(ground, screen, papers, patience).walk()


async def _tokens(http: httpx.AsyncClient, world: str, people: Sequence[Person]) -> dict[str, str]:
    """Signed in, each of them, at the simulator of sign-in."""
    tokens = {}
    for person in people:
        asked = {"grant_type": GRANT, "identity": person.name}
        answer = await http.post(f"{world}/sandbox/identity/token", data=asked)
        if answer.is_error:
            raise DemoFailed(f"no sign-in at {world}: {answer.status_code}")
        tokens[person.name] = answer.json()["access_token"]
    return tokens


async def _catalogue_there(mother: Client, patience: float) -> None:
    """Wait until submission has its copy of the catalogue: an empty form is then refused for its form, and files nothing."""
    body = {
        "procedure": PROCEDURE,
        "unit": BA_DINH,
        "applicant": {"kind": 1, "personalId": MOTHER.personal_id, "fullName": MOTHER.full_name},
        "form": {},
    }
    try:
        async with asyncio.timeout(patience):
            while True:
                slug = await mother.refusal("/api/submission/v1/dossiers", body, key=str(new_id()))
                if slug not in _NOT_YET:
                    return
                await asyncio.sleep(0.5)
    except TimeoutError:
        raise DemoFailed(
            f"submission has no copy of the catalogue ({slug}): was it published with `lienthong catalog seed`?"
        ) from None
