"""Measures a dossier's POST and GET: rates, times, processor time and statements, beside pgbench and an empty handler."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg
import httpx

import submission.app
from chassis.clock import SystemClock, hanoi_day
from chassis.service import create_app
from tests.bench import machine
from tests.bench.figures import Figure, Reference, Rounds, Section, at_least, at_most
from tests.bench.load import NUMBER, Order, request
from tests.bench.same_inserts import script_of, transactions_per_second
from tests.bench.stand import Process, Stand
from tests.servers.enclosure import ServerError
from tests.support.counting import counted
from tests.support.identities import citizen

BIRTH, WARD = "1.001193", "00004"
PATH = "/v1/dossiers"
SATURATED = 16
"""From this many clients on the rate is held to its aim: fewer leave processors waiting."""
WARM_SECONDS = 0.5
DOSSIERS_LOOKED_AT = 500


@dataclass(frozen=True)
class Extent:
    """How much is measured."""

    rounds: int
    seconds: float
    clients: tuple[int, ...]


async def measure(stand: Stand, extent: Extent) -> tuple[Section, Section]:
    """POST, then GET of what was posted. One API process and no worker: events stay in the outbox."""
    statements, code = await _statements(stand)
    script = await script_of(stand, code)
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(stand.running(stand.api("submission"), "submission"))
        argv = (*stand.module("tests.bench.empty_service"), "api")
        empty = await stack.enter_async_context(stand.running(argv, "submission"))
        gets = Rounds()
        posts = {clients: Rounds() for clients in extent.clients}
        for _ in range(extent.rounds):
            for clients, rounds in posts.items():
                rounds.add(**await _served(stand, api, (post(PATH),), clients, extent.seconds))
                nothing = await _served(stand, empty, (post("/v1/nothing"),), clients, extent.seconds)
                rounds.add(**{f"empty_{name}": value for name, value in nothing.items()})
                tps = await transactions_per_second(stand, script, clients=clients, seconds=extent.seconds)
                rounds.add(pgbench=tps)
            looked_at = tuple(_get(code) for code in await _codes(stand))
            gets.add(**await _served(stand, api, looked_at, SATURATED, extent.seconds))
    return (
        Section(
            "POST a dossier: every check, committed with its event",
            (
                *(figure for clients, rounds in posts.items() for figure in _post_figures(clients, rounds)),
                Figure("post.statements", "SQL statements", "", (statements[0],), at_most(8)),
            ),
            _notes(posts),
        ),
        Section(
            "GET a dossier",
            (
                Figure("get.rate", f"{SATURATED} clients: rate", "/s", gets["rate"]),
                Figure("get.p50", "  p50", "ms", gets["p50"]),
                Figure("get.p99", "  p99", "ms", gets["p99"]),
                Figure("get.cpu", "  processor, API", "ms", gets["cpu"]),
                Figure("get.statements", "SQL statements", "", (statements[1],), at_most(3)),
            ),
        ),
    )


def _post_figures(clients: int, rounds: Rounds) -> tuple[Figure, ...]:
    full = clients >= SATURATED
    name = f"post.{clients}"
    many = f"{clients} client{'s' if clients > 1 else ''}"
    rates = Reference("pgbench", rounds["pgbench"]), Reference("empty handler", rounds["empty_rate"])
    empty_cpu = Reference("empty handler", rounds["empty_cpu"])
    return (
        Figure(f"{name}.rate", f"{many}: rate", "/s", rounds["rate"], at_least(900) if full else None, rates),
        Figure(f"{name}.p50", "  p50", "ms", rounds["p50"]),
        Figure(f"{name}.p99", "  p99", "ms", rounds["p99"]),
        Figure(f"{name}.cpu", "  processor, API", "ms", rounds["cpu"], at_most(2) if full else None, (empty_cpu,)),
        Figure(f"{name}.postgres", "  processor, PostgreSQL", "ms", rounds["postgres"]),
    )


def _notes(posts: dict[int, Rounds]) -> tuple[str, ...]:
    busiest = max(max(rounds["busy"] + rounds["empty_busy"]) for rounds in posts.values())
    return (
        "One API process, no worker; processor times are per request.",
        f"The load generator took at most {busiest:.0%} of one processor.",
    )


async def _served(
    stand: Stand, process: Process, requests: tuple[str, ...], clients: int, seconds: float
) -> dict[str, float]:
    """One round against one process, after a moment of the same to warm up."""
    await stand.load(Order(process.port, requests, clients, WARM_SECONDS, first=stand.numbers()))
    own, database = machine.cpu_seconds(process.pid), machine.family_cpu_seconds(stand.postgres_pid)
    outcome = await stand.load(Order(process.port, requests, clients, seconds, first=stand.numbers()))
    own, database = machine.cpu_seconds(process.pid) - own, machine.family_cpu_seconds(stand.postgres_pid) - database
    return {
        "rate": outcome.rate,
        "p50": outcome.p50,
        "p99": outcome.p99,
        "cpu": own * 1000 / outcome.requests,
        "postgres": database * 1000 / outcome.requests,
        "busy": outcome.busy,
    }


def filing() -> dict[str, Any]:
    """A birth, registered in time, as a citizen sends it; one place in it differs from request to request."""
    born = hanoi_day(SystemClock().now()) - timedelta(days=20)
    person = {"fullName": "TRẦN THỊ VÍ DỤ", "personalId": "001190000001"}
    return {
        "procedure": BIRTH,
        "unit": WARD,
        "form": {
            "birthType": 1,
            "child": {
                "fullName": "TRẦN THỊ MẪU",
                "sex": 2,
                "dateOfBirth": born.isoformat(),
                "placeOfBirth": f"Bệnh viện Mẫu, Hà Nội, số {NUMBER}",
                "nativePlace": "Hà Nội",
                "ethnicity": "Kinh",
                "nationality": "Việt Nam",
            },
            "mother": {**person, "dateOfBirth": "1990-01-01"},
            "father": {"fullName": "NGUYỄN VĂN THỬ", "dateOfBirth": "1988-01-01"},
            "requester": {**person, "relationship": "mẹ"},
            "copies": 1,
        },
    }


def post(path: str) -> str:
    """A citizen's POST of a filing, with a key of its own."""
    return request("POST", path, citizen() | {"Idempotency-Key": f"bench-00000000-0000-{NUMBER}"}, filing())


def _get(code: str) -> str:
    return request("GET", f"{PATH}/{code}", citizen())


async def _codes(stand: Stand) -> list[str]:
    connection = await asyncpg.connect(stand.postgres.libpq_url("submission"))
    try:
        rows = await connection.fetch(
            "SELECT code FROM dossiers WHERE code NOT LIKE 'B%' ORDER BY received_at DESC LIMIT $1", DOSSIERS_LOOKED_AT
        )
    finally:
        await connection.close()
    return [row["code"] for row in rows]


async def _statements(stand: Stand) -> tuple[tuple[int, int], str]:
    """Statements of a POST and of a GET, counted inside the process, BEGIN and COMMIT apart; and the dossier's code."""
    runtime = stand.runtime(submission.app.SERVICE)
    await runtime.start()
    transport = httpx.ASGITransport(app=create_app(runtime))
    async with httpx.AsyncClient(transport=transport, base_url="http://submission") as client:
        for number in ("first", "second"):  # the first one also fills the process's memory of the catalogue
            body = filing()
            with counted(runtime.database) as posted:
                answer = await client.post(PATH, json=body, headers=citizen() | {"Idempotency-Key": number})
            if not answer.is_success:
                raise ServerError(f"the dossier was refused: {answer.text}")
        code: str = answer.json()["code"]
        with counted(runtime.database) as got:
            (await client.get(f"{PATH}/{code}", headers=citizen())).raise_for_status()
    await runtime.close()
    return (len(posted), len(got)), code
