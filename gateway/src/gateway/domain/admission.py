"""Whether an event may enter the bus: its form, its contract, and the sender's right to state it. Pure; decides nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydantic import ValidationError

from contracts.envelope import CloudEvent
from contracts.event import Event


class Reason(StrEnum):
    """Why an event is put in quarantine."""

    TOO_LARGE = "too-large"
    NOT_AN_EVENT = "not-an-event"
    UNKNOWN_TYPE = "unknown-type"
    NOT_ITS_SENDER = "not-its-sender"
    BREAKS_CONTRACT = "breaks-contract"
    ID_REUSED = "id-reused"


@dataclass(frozen=True)
class Admitted:
    """Good to be recorded."""

    sender: str
    envelope: CloudEvent
    body: bytes


@dataclass(frozen=True)
class Refused:
    """Into quarantine, with the reason; `detail` says where in the event, without its values."""

    sender: str
    reason: Reason
    detail: str
    body: bytes


def admit(sender: str, body: bytes, contracts: Mapping[str, type[Event]], *, most_bytes: int) -> Admitted | Refused:
    """Judge one event. `sender` is who the broker says sent it; the envelope's word is held against it."""
    if len(body) > most_bytes:
        return Refused(sender, Reason.TOO_LARGE, f"{len(body)} bytes; {most_bytes} are the limit", body[:most_bytes])
    try:
        envelope = CloudEvent.model_validate_json(body)
    except ValidationError as error:
        return Refused(sender, Reason.NOT_AN_EVENT, _where(error), body)
    model = contracts.get(envelope.type)
    if model is None:
        return Refused(sender, Reason.UNKNOWN_TYPE, f"type {envelope.type}", body)
    if not sender == envelope.producer == model.producer:
        said = f"sent by {sender or 'nobody'}, says it is from {envelope.producer}, belongs to {model.producer}"
        return Refused(sender, Reason.NOT_ITS_SENDER, said, body)
    try:
        event = model.model_validate(envelope.data)
    except ValidationError as error:
        return Refused(sender, Reason.BREAKS_CONTRACT, _where(error), body)
    if (event.subject, event.version) != (envelope.subject, envelope.version):
        return Refused(sender, Reason.BREAKS_CONTRACT, "subject or sequence differ between envelope and data", body)
    return Admitted(sender, envelope, body)


def _where(error: ValidationError) -> str:
    places = (f"/{'/'.join(map(str, item['loc']))}: {item['type']}" for item in error.errors(include_input=False)[:10])
    return "; ".join(places)
