"""What the message log answers. Shapes only."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import ConfigDict, Field

from gateway.api.models.ledger import LeafView
from gateway.api.models.shape import Model, encoded
from gateway.queries.exchanges import ExchangeRow

_LISTED: dict[str, Any] = {
    "requestId": "01927f5e-0000-7000-8000-000000000001",
    "state": "ended",
    "method": "GET",
    "client": "VN/GOV/G15/hotich",
    "service": "VN/GOV/H26/lienthong/procedures",
    "receivedAt": "2026-10-12T03:05:00Z",
    "status": 200,
    "denied": False,
    "requestBytes": 0,
    "responseBytes": 2048,
    "millis": 12,
}
_HASH = "z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=="
_EXAMPLE = _LISTED | {
    "messageId": "VN-01927f5e",
    "path": "1.001193",
    "query": "",
    "policy": "metadata",
    "responseSha512": _HASH,
    "upstreamMillis": 10,
}
_PROOF: dict[str, Any] = {
    "format": "lienthong-evidence-v1",
    "position": 41,
    "entry": {
        "commitment": "9OSl/wZGLYv2y5iZiGV1NmCE6YwUPJPEsPwb2rwmzwg=",
        "id": "01927f5e-0000-7000-8000-000000000001",
        "recordedAt": "2026-10-12T03:05:00.000000Z",
        "sender": "VN/GOV/G15/hotich",
        "type": "vn.gov.hanoi.gateway.exchange.v1",
    },
    "inclusion": ["CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="],
    "checkpoint": "lienthong.hanoi/ledger\n42\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— lienthong.hanoi/ledger Az3g…\n",
    "keys": ["lienthong.hanoi/ledger+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"],
}


class ExchangeItem(Model):
    """One exchange in a list: who, with whom, how it ended. Nothing in it is about a person."""

    model_config = ConfigDict(json_schema_extra={"examples": [_LISTED]})

    request_id: UUID = Field(description="X-Road-Request-Id")
    state: str = Field(description="begun, ended or unfinished (its process died: the end is unknown)")
    method: str
    client: str | None = Field(default=None, description="The subsystem that asked; absent where none was established")
    service: str | None = None
    received_at: datetime
    status: int | None = Field(default=None, description="HTTP status the caller got")
    error: str | None = Field(default=None, description="The gateway's own error; absent where the provider answered")
    denied: bool = Field(description="The gateway turned the caller away")
    request_bytes: int | None = None
    response_bytes: int | None = None
    millis: int | None = None

    @classmethod
    def of(cls, row: ExchangeRow) -> Self:
        """From a row."""
        return cls(**{name: getattr(row, name) for name in ExchangeItem.model_fields})


class ExchangeView(ExchangeItem):
    """One exchange, with all that is known of it but its bodies."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    message_id: str = Field(description="X-Road-Id")
    path: str
    query: str
    user_id: str | None = None
    issue: str | None = Field(default=None, description="X-Road-Issue: the dossier it was for")
    represented_party: str | None = None
    policy: str = Field(description="metadata or full")
    grant_id: UUID | None = None
    request_hash: str | None = None
    ended_at: datetime | None = None
    upstream_millis: int | None = None
    request_body: str | None = Field(default=None, description="whole or too-large, where the policy keeps bodies")
    response_body: str | None = None
    request_sha512: str | None = Field(default=None, description="base64")
    response_sha512: str | None = Field(default=None, description="base64")

    @classmethod
    def of(cls, row: ExchangeRow) -> Self:
        """From a row."""
        members = {name: getattr(row, name) for name in cls.model_fields}
        digests = {
            name: encoded(members[name]) if members[name] is not None else None
            for name in ("request_sha512", "response_sha512")
        }
        return cls(**(members | digests))


class Evidence(Model):
    """A self-contained bundle: `lienthong verify FILE --key KEYFILE` checks it offline, with nothing but a public key."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PROOF]})

    format: str
    position: int
    entry: LeafView
    inclusion: list[str] = Field(description="RFC 6962 §2.1.1, base64, from the leaf up")
    checkpoint: str = Field(description="Signed note, with the witnesses' lines")
    keys: list[str] = Field(description="To read by; verify with keys you got by a way you trust")
    salt: str | None = Field(default=None, description="base64; for those who may see what the entry says")
    body: str | None = Field(default=None, description="What the entry says: the signed record, or the event")
    bodies: dict[str, str] | None = Field(default=None, description="`request` and `response`, base64, where asked for")
