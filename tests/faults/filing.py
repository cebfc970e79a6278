"""Citizens who file dossiers, also while the city breaks down around them: each under one key until she has her 201."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from chassis.ids import new_id
from tests.e2e.callers import DOSSIERS, Caller, birth

# Away for now, or not done yet with the same request: the same key again. Anything else is an answer to complain about.
_AGAIN = frozenset({409, 500, 502, 503, 504})
_PATIENCE_SECONDS = 60


@dataclass
class Filed:
    """What came of it. `turned_away`: every answer that was no 201, and every connection that broke."""

    codes: list[str] = field(default_factory=list)
    turned_away: list[str] = field(default_factory=list)


async def file(citizen: Caller, number: int) -> list[str]:
    """File so many dossiers, nothing being wrong; gives their codes."""
    answers = await asyncio.gather(*(citizen.post(DOSSIERS, birth(late=True)) for _ in range(number)))
    refused = [f"{answer.status_code} {answer.text}" for answer in answers if answer.status_code != httpx.codes.CREATED]
    assert not refused, refused
    return [answer.json()["code"] for answer in answers]


@asynccontextmanager
async def keep_filing(citizen: Caller, *, clients: int, pause_seconds: float = 0) -> AsyncIterator[Filed]:
    """File from several hands while the block runs; at its end each hand finishes what it has begun."""
    filed, stop = Filed(), asyncio.Event()

    async def hand() -> None:
        while not stop.is_set():
            filed.codes.append(await _until_filed(citizen, filed))
            await asyncio.sleep(pause_seconds)

    async with asyncio.TaskGroup() as hands:
        for _ in range(clients):
            hands.create_task(hand())
        try:
            yield filed
        finally:
            stop.set()


async def _until_filed(citizen: Caller, filed: Filed) -> str:
    body, key = birth(late=True), str(new_id())
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while True:
            try:
                answer = await citizen.post(DOSSIERS, body, key=key)
            except httpx.TransportError as error:
                filed.turned_away.append(type(error).__name__)
            else:
                if answer.status_code == httpx.codes.CREATED:
                    return str(answer.json()["code"])
                assert answer.status_code in _AGAIN, answer.text
                filed.turned_away.append(f"{answer.status_code} {answer.text}")
            await asyncio.sleep(0.1)
