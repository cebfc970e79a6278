"""What is written down of one exchange, and the port of the message log it is written to. It stores nothing.

The hop (`gateway.exchange`) fills it and calls the port; `gateway.message_log` implements it: into PostgreSQL in batches,
and from there, signed, into the Merkle ledger.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from gateway.domain.partners import MessageLogPolicy


class Direction(StrEnum):
    """Which body of an exchange."""

    REQUEST = "request"
    RESPONSE = "response"


@dataclass(frozen=True, slots=True)
class Asked:
    """An exchange as it came in. Identifiers as the gateway read them; `client` None where none could be established.

    `request_id` is minted by the gateway (UUIDv7) and goes out as `X-Road-Request-Id`; `message_id` is X-Road-Id, the
    caller's or ours.
    `path` and `query` follow the service in the address, as they were sent. `person` is whose personal data is asked
    for, where the service is personal: it must not be logged elsewhere.
    """

    request_id: UUID
    message_id: str
    method: str
    client: str | None
    service: str | None
    path: str
    query: str
    user_id: str | None
    issue: str | None
    represented_party: str | None
    received_at: datetime
    policy: MessageLogPolicy
    grant_id: UUID | None = None
    person: str | None = None
    request_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended. `status` is what the caller got; `error` the gateway's own error type, None where the provider answered.

    Hashes are SHA-512 of the bodies as they passed; None where there was none. `millis` is from the first byte in to the
    last byte out, `upstream_millis` the provider's share of it up to its first byte.
    """

    status: int
    error: str | None
    request_bytes: int
    response_bytes: int
    request_sha512: bytes | None
    response_sha512: bytes | None
    millis: float
    upstream_millis: float | None = None
    request_hash: str | None = None


class MessageLog(Protocol):
    """Where exchanges are written down. A call returns when what it was given is committed, together with others' of the moment."""

    async def begin(self, asked: Asked) -> None:
        """Write the intent: called before the provider is, for calls that may act or show personal data."""
        ...

    async def body(self, request_id: UUID, direction: Direction, number: int, chunk: bytes) -> None:
        """Keep a piece of a body (policy FULL), pieces numbered from 0. May return before it is committed; `end` waits."""
        ...

    async def end(self, asked: Asked, ended: Ended) -> None:
        """Write how it ended: called before the last of the answer is passed on, denials included."""
        ...
