"""Offers checkpoints to witnesses (C2SP tlog-witness) and keeps what they sign. It runs in the worker and decides no trust."""

import asyncio
import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from chassis.database import Database
from chassis.service import Runtime
from chassis.telemetry.logging import get_logger
from gateway import ledger
from gateway.domain import merkle
from gateway.domain.checkpoint import SignatureLine, read_note
from gateway.domain.cosignature import WitnessKey, cosignatures, parse_witness_key
from gateway.queries import ledger as ledger_queries
from gateway.queries import witnesses as queries
from gateway.settings import settings_of

_log = get_logger("witnesses")
_SIZE = re.compile(r"(0|[1-9][0-9]{0,18})\n?")


@dataclass(frozen=True, slots=True)
class Offer:
    """A checkpoint, and the proof that it grew out of the one the witness saw last."""

    old: int
    size: int
    note: str
    proof: Sequence[bytes]

    @property
    def body(self) -> bytes:
        """As it is posted."""
        proof = "".join(f"{base64.b64encode(part).decode()}\n" for part in self.proof)
        return f"old {self.old}\n{proof}\n{self.note}".encode()


class WitnessFailed(Exception):
    """A witness did not answer as it should. The message holds nothing secret."""


async def ask_witnesses(runtime: Runtime) -> None:
    """The worker's part: each witness that has an address gets each new checkpoint it has not seen, at most every few seconds."""
    settings = settings_of(runtime)
    known = [(parse_witness_key(vkey), url) for vkey, url in settings.witnesses.items() if url]
    if not known:
        return
    # Redirects are not followed: a witness is where the operator says it is.
    async with httpx.AsyncClient(timeout=settings.witness_timeout_seconds, follow_redirects=False) as client:
        while True:
            for witness, url in known:
                try:
                    await ask(runtime.database, client, witness, url)
                except asyncio.CancelledError:
                    raise
                except Exception as error:  # noqa: BLE001 - one witness away must not keep the others from being asked
                    _log.warning("worker interrupted", job="witnesses", error_type=type(error).__name__)
            await asyncio.sleep(settings.witness_seconds)


async def ask(database: Database, client: httpx.AsyncClient, witness: WitnessKey, url: str) -> int | None:
    """Offer the latest checkpoint to one witness; gives the size it cosigned, None where it has seen it already.

    Raises WitnessFailed, httpx.HTTPError.
    """
    offer = await _offer(database, witness, None)
    if offer is None:
        return None
    answer = await _post(client, url, offer)
    if answer.status_code == httpx.codes.CONFLICT and _SIZE.fullmatch(answer.text[:21]):
        # It has seen more, or less, than we remember: it says how much, and we prove from there.
        offer = await _offer(database, witness, int(answer.text))
        if offer is None:
            raise WitnessFailed("the witness has seen a longer ledger than this")
        answer = await _post(client, url, offer)
    if answer.status_code != httpx.codes.OK:
        raise WitnessFailed(f"the witness answered {answer.status_code}")
    text, lines = read_note(offer.note + answer.text)
    await _keep(database, witness, offer.size, text, lines)
    return offer.size


async def _post(client: httpx.AsyncClient, url: str, offer: Offer) -> httpx.Response:
    return await client.post(f"{url.rstrip('/')}/add-checkpoint", content=offer.body)


async def _offer(database: Database, witness: WitnessKey, old: int | None) -> Offer | None:
    """What to offer, from `old` or from what we remember. None where there is nothing new, or nothing that could follow."""
    async with database.begin() as uow:
        latest = await ledger_queries.latest_checkpoint(uow)
        seen = await queries.seen(uow, witness.vkey) if old is None else old
        if latest is None or latest[0] < seen or (old is None and latest[0] == seen):
            return None
        size, note = latest
        nodes = await ledger.nodes_of(uow.connection, merkle.nodes_for_consistency(seen, size))
        return Offer(seen, size, note, merkle.consistency_proof(seen, size, nodes))


async def _keep(database: Database, witness: WitnessKey, size: int, text: str, lines: Sequence[SignatureLine]) -> None:
    found = cosignatures(text, lines, [witness])
    if not found:
        raise WitnessFailed("the witness answered without a good signature of its own")
    async with database.begin() as uow:
        await queries.keep(uow, size, found)
        await queries.saw(uow, witness.vkey, size)
        await uow.commit(None)
