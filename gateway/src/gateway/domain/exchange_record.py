"""The signed record of one exchange (bản ghi trao đổi): its canonical text, its signature, and how both are checked. No I/O.

A record is a C2SP signed note. Its text is two lines, a fixed one that keeps the signature from being passed off as one
over anything else, and canonical JSON (keys sorted, no spaces, UTF-8, only strings and whole numbers: RFC 8785):

    lienthong-exchange-v1
    {"client":"VN/GOV/G15/hotich","endedAt":"2026-…Z",…,"state":"ended","status":200}

    — lienthong.hanoi/exchange Az3grlgt…

What was not there has no member. A record that says `unfinished` was written by the worker for an exchange whose process
died: it says that the exchange began, and that its end is unknown.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID, uuid5

from gateway.domain.checkpoint import Signer, UnsignedError, Verifier, open_note, sign_note
from gateway.exchange.record import Asked, Ended

TYPE = "vn.gov.hanoi.gateway.exchange.v1"
PREFIX = "lienthong-exchange-v1\n"
UNKNOWN = "unknown"
_DENIALS = ("access_denied", "authentication_failed")
BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
"""Upper bounds, in milliseconds, of the latency buckets of `exchange_minute`; one more is for what took longer."""


class State(StrEnum):
    """Where an exchange stands in the log."""

    BEGUN = "begun"
    ENDED = "ended"
    UNFINISHED = "unfinished"


class Outcome(StrEnum):
    """What came of an exchange that ended."""

    ANSWERED = "answered"  # by the provider, whatever its answer says
    DENIED = "denied"
    FAILED = "failed"


class BodyKept(StrEnum):
    """What is kept of a body (policy FULL)."""

    WHOLE = "whole"
    TOO_LARGE = "too-large"  # only its hash and length


class NotARecord(ValueError):
    """The text under the signature is not that of an exchange."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What was kept of the two bodies; None where the policy keeps none or there was none."""

    request: BodyKept | None = None
    response: BodyKept | None = None


def unfinished_id(request_id: UUID) -> UUID:
    """The entry that says an exchange never ended; should it end after all, that is a second entry, under its own id."""
    return uuid5(request_id, State.UNFINISHED)


def outcome_of(ended: Ended) -> Outcome:
    """Denied is what the gateway turned away, as against failing, or passing on a provider's own refusal."""
    if ended.error is None:
        return Outcome.ANSWERED
    # The profile xroad-7.8 answers a denial with 500: its error says what it is.
    denied = ended.status in (401, 403) or any(word in ended.error for word in _DENIALS)
    return Outcome.DENIED if denied else Outcome.FAILED


def bucket_of(millis: float) -> int:
    """The index of the latency bucket."""
    return next((number for number, bound in enumerate(BUCKETS) if millis <= bound), len(BUCKETS))


def clean(text: str | None) -> str | None:
    """Text as PostgreSQL and UTF-8 can hold it: what a caller put into a header or an address may be neither."""
    if text is None or (text.isascii() and "\0" not in text):
        return text
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def ended_record(asked: Asked, ended: Ended, ended_at: datetime, kept: Kept) -> dict[str, str | int]:
    """What is signed of an exchange that came to its end."""
    members = _asked(asked, State.ENDED) | {
        "endedAt": instant(ended_at),
        "error": clean(ended.error),
        "millis": round(ended.millis),
        "outcome": outcome_of(ended).value,
        "requestBody": kept.request,
        "requestBytes": ended.request_bytes,
        "requestHash": clean(ended.request_hash or asked.request_hash),
        "requestSha512": encoded(ended.request_sha512),
        "responseBody": kept.response,
        "responseBytes": ended.response_bytes,
        "responseSha512": encoded(ended.response_sha512),
        "status": ended.status,
        "upstreamMillis": round(ended.upstream_millis) if ended.upstream_millis is not None else None,
    }
    return _present(members)


def begun_record(asked: Asked) -> dict[str, str | int]:
    """What is known of an exchange before its provider is called; not signed, since nothing came of it yet."""
    return _present(_asked(asked, State.BEGUN))


def unfinished_record(asked: Asked) -> dict[str, str | int]:
    """What is signed of an exchange that began and whose end nobody wrote down."""
    return _present(_asked(asked, State.UNFINISHED))


def signed(record: str, signer: Signer) -> bytes:
    """The record, canonical as it is, in a signed note."""
    return sign_note(f"{PREFIX}{record}\n", signer).encode()


canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
"""RFC 8785 for what a record can hold: strings, and whole numbers below 2^53."""


def open_record(note: str, verifiers: Sequence[Verifier]) -> dict[str, str | int]:
    """The record under a good signature by one of the keys. Raises CheckpointError's family, NotARecord."""
    return read_record(_opened(note, verifiers))


def _opened(note: str, verifiers: Sequence[Verifier]) -> str:
    for verifier in verifiers:
        try:
            return open_note(note, verifier)
        except UnsignedError:
            continue
    raise UnsignedError("the record is not signed by a key you gave")


def read_record(text: str) -> dict[str, str | int]:
    """The record in a note's text or in the note whole, its signature not looked at. Raises NotARecord."""
    lines = text.split("\n")
    try:
        record = json.loads(lines[1]) if f"{lines[0]}\n" == PREFIX else None
    except (ValueError, IndexError, RecursionError):
        record = None
    if not isinstance(record, dict) or not all(type(value) in (str, int) for value in record.values()):
        raise NotARecord("the signed text is not the record of an exchange")
    if canonical(record) != lines[1]:
        raise NotARecord("the record is not written canonically")
    return record


def instant(at: datetime) -> str:
    """RFC 3339, UTC, six decimals."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def encoded(digest: bytes | None) -> str | None:
    """Bytes as base64."""
    return base64.b64encode(digest).decode() if digest is not None else None


def body_fits(record: Mapping[str, str | int], direction: str, body: bytes) -> bool:
    """Whether a body is the one the record has the hash of; no body, where the record has none."""
    expected = record.get(f"{direction}Sha512")
    return not body if expected is None else expected == encoded(hashlib.sha512(body).digest())


def _asked(asked: Asked, state: State) -> dict[str, str | int | None]:
    return {
        "client": clean(asked.client),
        "grantId": str(asked.grant_id) if asked.grant_id is not None else None,
        "issue": clean(asked.issue),
        "messageId": clean(asked.message_id),
        "method": clean(asked.method),
        "path": clean(asked.path),
        "policy": asked.policy.value,
        "query": clean(asked.query),
        "receivedAt": instant(asked.received_at),
        "representedParty": clean(asked.represented_party),
        "requestHash": clean(asked.request_hash),
        "requestId": str(asked.request_id),
        "service": clean(asked.service),
        "state": state.value,
        "userId": clean(asked.user_id),
    }


def _present(members: Mapping[str, str | int | None]) -> dict[str, str | int]:
    return {name: value for name, value in members.items() if value is not None}
