"""Use case of events that agencies publish in: signed, judged, recorded in the ledger as if from inside. Commits them.

A batch enters as a whole or not at all. What is refused is kept in the quarantine like an event of the city's own.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import jwt
from sqlalchemy import text

from chassis.clock import Clock
from chassis.database import Database, UnitOfWork
from chassis.problems import FieldError, Text
from gateway import ledger
from gateway.domain.admission import Reason, Refused
from gateway.domain.agency_event import Fault, Stated, stated
from gateway.domain.credentials import Credential, Kind, Standing
from gateway.domain.entry import Addition
from gateway.domain.partners import Subsystem
from gateway.event_schemas import validator_of
from gateway.problems.event_types import EventIdReused, EventSignatureWrong, EventsRefused
from gateway.queries import credentials, event_types
from gateway.router import CHANNEL

_ALGORITHMS = ("EdDSA", "ES256")
_MOST_KEPT = 65_536
_FAULTS_SHOWN = 50


@dataclass(frozen=True)
class PublishEvents:
    """What came in: the events as parsed, their bytes as they were signed, and the detached signature (JWS)."""

    publisher: Subsystem
    documents: Sequence[Any]
    body: bytes = field(repr=False)
    signature: str = field(repr=False)


async def publish_events(
    command: PublishEvents, database: Database, machine: Clock, *, most_ahead: timedelta, most_behind: timedelta
) -> list[UUID]:
    """Record the events; their ids. Raises EventSignatureWrong, EventsRefused, EventIdReused."""
    client_id, sender = command.publisher.client_id, str(command.publisher.id)
    async with database.begin() as uow:
        keys = [
            credential
            for credential in await credentials.hold(uow, client_id) or ()
            if credential.kind is Kind.JWK and credential.standing(machine.now()) is Standing.VALID
        ]
        if not signed_by_one_of(keys, command.body, command.signature):
            raise EventSignatureWrong
        owned = {row.type: validator_of(row.schema) for row in await event_types.approved_of(uow, client_id)}
        good, faults = stated(
            command.documents, sender, owned, machine.now(), most_ahead=most_ahead, most_behind=most_behind
        )
        if faults:
            await _quarantine(uow, sender, _reason(faults), _words(faults), command.body)
            raise EventsRefused(
                errors=[_error(fault, single=len(command.documents) == 1) for fault in faults[:_FAULTS_SHOWN]]
            )
        reused = await ledger.append_entries(uow, [_addition(sender, event) for event in good])
        if not reused:
            await uow.commit(None)
    if reused:
        async with database.begin() as uow:
            words = "this id was used for another event"
            await _quarantine(uow, sender, Reason.ID_REUSED, words, command.body)
        raise EventIdReused(ids=[str(addition.event_id) for addition in reused])
    await _wake(database)
    return [event.id for event in good]


def signed_by_one_of(keys: Sequence[Credential], body: bytes, signature: str) -> bool:
    """Whether the detached JWS (RFC 7515 appendix F) over these bytes is by one of the keys."""
    for key in keys:
        public = jwt.PyJWK(json.loads(key.value), algorithm="EdDSA" if '"OKP"' in key.value else "ES256")
        try:
            jwt.PyJWS().decode(signature, public, algorithms=list(_ALGORITHMS), detached_payload=body)
        except (jwt.PyJWTError, ValueError, RecursionError, TypeError):
            continue
        return True
    return False


def _addition(sender: str, event: Stated) -> Addition:
    return Addition(event.id, event.type, sender, event.subject, event.body)


async def _quarantine(uow: UnitOfWork, sender: str, reason: Reason, words: str, body: bytes) -> None:
    await ledger.quarantine(uow, [Refused(sender, reason, words, body[:_MOST_KEPT])])
    await uow.commit(None)


async def _wake(database: Database) -> None:
    """Whoever follows the ledger: outside the transaction, and a lost one costs a poll."""
    async with database.begin() as uow:
        await uow.execute(text(f"NOTIFY {CHANNEL}"))
        await uow.commit(None)


_REASONS: Mapping[str, Reason] = {
    "not_the_caller": Reason.NOT_ITS_SENDER,
    "not_yours": Reason.UNKNOWN_TYPE,
}


def _reason(faults: Sequence[Fault]) -> Reason:
    return next((_REASONS[fault.rule] for fault in faults if fault.rule in _REASONS), Reason.BREAKS_CONTRACT)


def _words(faults: Sequence[Fault]) -> str:
    return "; ".join(f"{fault.index}{fault.where}: {fault.rule}" for fault in faults[:10])


_WHY: Mapping[str, Text] = {
    "not_the_caller": Text("source phải là hệ thống gửi sự kiện", "source must be the subsystem that sends the event"),
    "in_the_future": Text("Thời điểm ở tương lai", "The time lies in the future"),
    "too_old": Text("Thời điểm quá xa trong quá khứ", "The time lies too far back"),
    "not_yours": Text(
        "Không phải loại sự kiện đã được duyệt của hệ thống này", "Not an approved event type of this subsystem"
    ),
    "twice_in_batch": Text("Mã sự kiện lặp lại trong cùng lô", "The id stands twice in the batch"),
}


def _error(fault: Fault, *, single: bool) -> FieldError:
    where = fault.where if single else f"/{fault.index}{fault.where}"
    broken = Text("Không đúng với quy tắc của sự kiện", f"Breaks the rule {fault.rule}")
    return FieldError(where, fault.rule, _WHY.get(fault.rule, broken))
