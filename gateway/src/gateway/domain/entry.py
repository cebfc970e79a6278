"""What one entry of the event ledger commits to, and how anyone can check it offline; stores and sends nothing.

The leaf of the Merkle tree is a small JSON document, and the event's body is in it only as a salted hash:

    {"commitment":"<base64 of SHA-256(salt ‖ body)>","id":"…","recordedAt":"…Z","sender":"…","type":"…"}

* **The body is apart**, so that it can be erased when the law on personal data (91/2025/QH15) asks for it. The leaf
  stays, so every proof about the log goes on holding, before and after; what is lost is only the possibility to show
  what the erased body said.
* **The salt is erased with the body.** Bodies are guessable (a personal number has twelve digits): a plain hash would
  let anyone confirm a guess for ever. With the salt gone, the commitment says nothing any more.
* **The salt has one fixed length.** If it could vary, its last bytes could be passed off as the first of the body, and
  one commitment would open to two bodies.
* **The subject is left out**: it names a dossier or a person, and a leaf can never be erased. It is kept beside the
  body.
* **The position is left out**: the leaf's index in the tree is the position, and the inclusion proof shows it. A second
  copy could only disagree.

The JSON is canonical (keys sorted, no spaces, UTF-8, only strings: this is RFC 8785), so the same entry has one leaf
hash in any language.

    EntryError
    ├── MalformedEntryError  not the values, or not the JSON, of an entry
    └── BodyMismatchError    not the body that was recorded
"""

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from gateway.domain.merkle import HASH_BYTES, leaf_hash

SALT_BYTES = 16  # 128 bits: beyond guessing, and all the salt has to do is to make guessing hopeless

_KEYS = frozenset({"commitment", "id", "recordedAt", "sender", "type"})


class EntryError(ValueError):
    """An entry that cannot stand in the ledger, or does not prove what it is said to prove."""


class MalformedEntryError(EntryError):
    """The values or the JSON are not those of a ledger entry."""


class BodyMismatchError(EntryError):
    """This salt and body are not those that were recorded."""


@dataclass(frozen=True, slots=True)
class EntryLeaf:
    """The part of an entry that is hashed into the tree, and stays when the body has been erased."""

    event_id: str
    type: str
    sender: str
    recorded_at: datetime
    commitment: bytes

    def __post_init__(self) -> None:
        if not (self.event_id and self.type and self.sender):
            raise MalformedEntryError("id, type and sender must not be empty")
        if self.recorded_at.tzinfo is None:
            raise MalformedEntryError("recordedAt needs a time zone")
        if len(self.commitment) != HASH_BYTES:
            raise MalformedEntryError(f"a commitment has {HASH_BYTES} bytes, this one {len(self.commitment)}")

    @property
    def members(self) -> dict[str, str]:
        """The members of that JSON."""
        return {
            "commitment": base64.b64encode(self.commitment).decode(),
            "id": self.event_id,
            "recordedAt": _format_instant(self.recorded_at),
            "sender": self.sender,
            "type": self.type,
        }

    @property
    def data(self) -> bytes:
        """The canonical JSON that is the leaf's input."""
        try:
            return json.dumps(self.members, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        except UnicodeEncodeError:
            raise MalformedEntryError("id, type and sender must be valid Unicode") from None

    @property
    def hash(self) -> bytes:
        return leaf_hash(self.data)


@dataclass(frozen=True, slots=True)
class Addition:
    """Something to be recorded, before it has its place: an event, or the signed record of an exchange."""

    event_id: UUID
    type: str
    sender: str
    subject: str
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """An event as recorded, body and salt included; `position` counts from 0 and is the index of its leaf."""

    position: int
    event_id: str
    type: str
    sender: str
    subject: str | None
    recorded_at: datetime
    # Neither is to turn up in a log line: the body is personal data, and the salt would confirm guesses at it.
    salt: bytes = field(repr=False)
    body: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if self.position < 0:
            raise MalformedEntryError("positions count from 0")

    @property
    def commitment(self) -> bytes:
        return commit(self.salt, self.body)

    @property
    def leaf(self) -> EntryLeaf:
        return EntryLeaf(self.event_id, self.type, self.sender, self.recorded_at, self.commitment)


def commit(salt: bytes, body: bytes) -> bytes:
    """SHA-256(salt ‖ body); the salt is `SALT_BYTES` secret random bytes, new for each entry."""
    if len(salt) != SALT_BYTES:
        raise MalformedEntryError(f"a salt has {SALT_BYTES} bytes, this one {len(salt)}")
    return hashlib.sha256(salt + body).digest()


def parse_leaf(text: str | bytes) -> EntryLeaf:
    """Read the JSON of an entry, in any key order and spacing, with exactly the five members of a leaf.

    A further member is refused: no proof would cover it, and a reader might take it for proven. A member given twice
    is refused for the same reason.
    """
    try:
        pairs = json.loads(text, object_pairs_hook=_Members)
    except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError too
        raise MalformedEntryError("the entry is not JSON") from None
    if not isinstance(pairs, _Members) or {key for key, _ in pairs} != _KEYS or len(pairs) != len(_KEYS):
        raise MalformedEntryError(f"an entry is an object with the members {', '.join(sorted(_KEYS))}, each once")
    members: dict[str, str] = {key: value for key, value in pairs if isinstance(value, str)}
    if members.keys() != _KEYS:
        raise MalformedEntryError("every member of an entry is a string")
    return EntryLeaf(
        event_id=members["id"],
        type=members["type"],
        sender=members["sender"],
        recorded_at=_parse_instant(members["recordedAt"]),
        commitment=_parse_commitment(members["commitment"]),
    )


def check_body(leaf: EntryLeaf, salt: bytes, body: bytes) -> None:
    """Raise BodyMismatchError unless `body`, with its salt, is what the leaf committed to."""
    if commit(salt, body) != leaf.commitment:
        raise BodyMismatchError("the body, or its salt, is not the one that was recorded")


class _Members(list[tuple[str, object]]):
    """A JSON object as read, with members given twice still visible."""


def _format_instant(instant: datetime) -> str:
    """RFC 3339, UTC, always six decimals: one spelling per instant, at the precision of a PostgreSQL timestamp."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def _parse_instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
        canonical = _format_instant(instant) == text
    except (ValueError, OverflowError):
        canonical = False
    if not canonical:
        raise MalformedEntryError("recordedAt reads like 2026-01-31T08:15:30.000001Z, UTC with six decimals")
    return instant


def _parse_commitment(text: str) -> bytes:
    try:
        commitment = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):  # ValueError: characters outside ASCII
        raise MalformedEntryError("the commitment is not base64") from None
    if base64.b64encode(commitment).decode() != text:  # unused bits set: another spelling of the same bytes
        raise MalformedEntryError("the commitment is not canonical base64")
    return commitment
