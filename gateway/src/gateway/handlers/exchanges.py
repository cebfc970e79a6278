"""Puts evidence together: an entry, what proves it, and what of it the reader may see. It writes nothing."""

from collections.abc import Mapping
from typing import Any

from chassis.database import UnitOfWork
from gateway import ledger
from gateway.domain import merkle
from gateway.domain.evidence import FORMAT
from gateway.domain.exchange_record import encoded
from gateway.problems.exchanges import NotYetProven
from gateway.queries import ledger as queries
from gateway.queries.ledger import EntryRow, Provable


async def evidence(
    uow: UnitOfWork, found: Provable, *, whole: bool, bodies: Mapping[str, bytes] | None = None
) -> dict[str, Any]:
    """The bundle of an entry; `whole` with what it says. Raises NotYetProven."""
    if found.size is None or found.note is None:
        raise NotYetProven(state="waiting-for-checkpoint")
    position = found.entry.position
    nodes = await ledger.nodes_of(uow.connection, merkle.nodes_for_inclusion(position, found.size))
    proof = merkle.inclusion_proof(position, found.size, nodes)
    bundle = {"format": FORMAT} | proven(found.entry, proof, whole=whole)
    bundle |= {"checkpoint": found.note + found.lines, "keys": await queries.verifiers(uow)}
    if bodies:
        bundle["bodies"] = {direction: encoded(body) for direction, body in bodies.items()}
    return bundle


def proven(entry: EntryRow, proof: list[bytes], *, whole: bool) -> dict[str, Any]:
    """The part of a bundle that is one entry's own: in an archive, a line."""
    item: dict[str, Any] = {
        "position": entry.position,
        "entry": entry.leaf.members,
        "inclusion": [encoded(part) for part in proof],
    }
    if whole and entry.salt is not None and entry.body is not None:
        item |= {"salt": encoded(bytes(entry.salt)), "body": bytes(entry.body).decode()}
    return item
