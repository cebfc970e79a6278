"""What the gateway's own addresses answer with. Shapes only."""

import base64
from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from gateway.domain.entry import EntryLeaf
from gateway.queries import EntryRow


def encoded(data: bytes) -> str:
    """Bytes as standard base64, the way hashes are written everywhere in the ledger's API."""
    return base64.b64encode(data).decode()


class Model(BaseModel):
    """camelCase on the wire."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


_LEAF = {
    "commitment": "9OSl/wZGLYv2y5iZiGV1NmCE6YwUPJPEsPwb2rwmzwg=",
    "id": "01927f5e-0000-7000-8000-000000000001",
    "recordedAt": "2026-10-12T03:05:00.000000Z",
    "sender": "submission",
    "type": "vn.gov.hanoi.submission.dossier-submitted.v1",
}
_ENTRY: dict[str, Any] = {"position": 41, "leafHash": "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=", "entry": _LEAF}


class LeafView(Model):
    """What is hashed into the tree: SHA-256 over 0x00 and this object as canonical JSON (RFC 8785) is the leaf hash."""

    commitment: str = Field(description="base64 of SHA-256(salt ‖ body)")
    id: str = Field(description="The event's id")
    recorded_at: str = Field(description="When the ledger recorded it")
    sender: str
    type: str


class EntryView(Model):
    """One entry of the ledger. `subject`, `salt` and `body` only for those with the right to them, until erased by law."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ENTRY]})

    position: int = Field(description="Index of its leaf in the tree, from 0")
    leaf_hash: str
    entry: LeafView
    subject: str | None = None
    salt: str | None = Field(default=None, description="base64")
    body: str | None = Field(
        default=None, description="The event as it was sent; its UTF-8 bytes are what was committed to"
    )
    erased: bool | None = Field(default=None, description="True where salt and body were erased by law")

    @classmethod
    def of(cls, row: EntryRow, *, whole: bool) -> Self:
        """From a row; `whole` for a reader who may see more than that there was an event."""
        leaf = EntryLeaf(str(row.event_id), row.type, row.sender, row.recorded_at, row.commitment)
        view = cls(
            position=row.position, leaf_hash=encoded(row.leaf_hash), entry=LeafView.model_validate_json(leaf.data)
        )
        if whole:
            view.subject = row.subject
            if row.salt is None or row.body is None:
                view.erased = True
            else:
                view.salt, view.body = encoded(row.salt), row.body.decode()
        return view


class InclusionProof(Model):
    """That an entry stands in the ledger: from its leaf hash and `hashes`, in order, the root of `size` entries is made."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"index": 2, "size": 4, "leafHash": _ENTRY["leafHash"], "hashes": [_LEAF["commitment"]]}]
        }
    )

    index: int
    size: int
    leaf_hash: str
    hashes: list[str] = Field(description="RFC 6962 §2.1.1, base64, from the leaf up")


class ConsistencyProof(Model):
    """That the ledger of `new` entries begins with the very ledger of `old` entries."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"old": 3, "new": 7, "hashes": [_ENTRY["leafHash"]]}]})

    old: int
    new: int
    hashes: list[str] = Field(description="RFC 6962 §2.1.2, base64")


class QuarantinedView(Model):
    """An event the router refused, and why."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 7,
                    "sender": "payment",
                    "reason": "breaks-contract",
                    "detail": "/total: missing",
                    "arrivedAt": "2026-10-12T03:05:00Z",
                    "bodyHash": _ENTRY["leafHash"],
                }
            ]
        }
    )

    id: int
    sender: str = Field(description="Who the broker says sent it")
    reason: str
    detail: str
    arrived_at: datetime
    body_hash: str = Field(description="SHA-256 of what was sent, base64")
    body: str | None = Field(default=None, description="What was sent, base64; only if asked for")


class TokenView(BaseModel):
    """An access token (RFC 6749 §5.1). Names as the RFC has them."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "access_token": "eyJhbGciOiJFZERTQSJ9…",
                    "token_type": "Bearer",
                    "expires_in": 900,
                    "scope": "submission:read",
                }
            ]
        }
    )

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - a kind of token, not one
    expires_in: int
    scope: str


class TokenRefusal(BaseModel):
    """Why there is no token (RFC 6749 §5.2)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"error": "invalid_scope", "error_description": "The client was not granted this scope"}]
        }
    )

    error: str
    error_description: str


class ProblemView(Model):
    """A kind of problem: what it means, and which addresses answer with it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "slug": "upstream-timeout",
                    "status": [504],
                    "title": {"vi": "Dịch vụ phía sau không trả lời kịp", "en": "The service did not answer in time"},
                    "meaning": "504: the service behind the gateway did not answer in time.",
                    "answeredBy": ["GET /api/submission/v1/dossiers/{code}"],
                }
            ]
        }
    )

    slug: str
    status: list[int]
    title: dict[str, str] | None = None
    meaning: str | None = None
    answered_by: list[str]
