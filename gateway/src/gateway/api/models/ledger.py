"""What the ledger and the quarantine answer. Shapes only."""

from datetime import datetime
from typing import Any, Self

from pydantic import ConfigDict, Field

from gateway.api.models.shape import Model, encoded
from gateway.queries.ledger import EntryRow

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
        leaf = row.leaf
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
