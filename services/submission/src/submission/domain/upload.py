"""An upload (tải lên): its states, what its creator may say of it, and what becomes of the name it was given. Pure."""

import base64
import binascii
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chassis.text import holds_unseen, nfc

MOST_NAME = 150
"""Characters of a stored name: with the marks of Vietnamese it stays within the 255 bytes of any file system."""
_NAMELESS = "tai-lieu"
# Python's own table: what the machine's /etc/mime.types says would make the same file pass here and fail there.
_KNOWN_EXTENSIONS = frozenset(mimetypes.MimeTypes().types_map[True])
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,8}\Z")


class UploadState(StrEnum):
    """Where an upload stands: bytes are missing; all came and are being checked; usable; refused and its bytes deleted."""

    RECEIVING = "receiving"
    SCANNING = "scanning"
    READY = "ready"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of an upload that has come and is kept."""

    start: int
    size: int
    storage_key: str


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload as it stands. `holder` is whose it is (`Principal.account`); `refusal` the slug of why it was refused."""

    id: UUID
    holder: str
    state: UploadState
    length: int
    received: int
    name: str
    declared_type: str | None
    created_at: datetime
    expires_at: datetime
    refusal: str | None = None
    file: UUID | None = None


@dataclass(frozen=True, slots=True)
class Described:
    """What the creator says of the file (Upload-Metadata), cleaned."""

    name: str
    declared_type: str | None = None
    procedure: str | None = None
    component: str | None = None
    source: str | None = None


class MetadataInvalid(ValueError):
    """Upload-Metadata is not what tus 1.0 says it is."""


def described(header: str | None) -> Described:
    """`Upload-Metadata`: comma-separated keys, each with its value in Base64. Raises MetadataInvalid."""
    values: dict[str, str] = {}
    for pair in (header or "").split(","):
        if not pair.strip():
            continue
        key, _, value = pair.strip().partition(" ")
        if key in values:
            raise MetadataInvalid(key)
        try:
            values[key] = nfc(base64.b64decode(value.strip(), validate=True).decode("utf-8"))
        except (binascii.Error, ValueError) as error:
            raise MetadataInvalid(key) from error
    return Described(
        clean_name(values.get("filename", "")),
        _word(values, "filetype"),
        _word(values, "procedure"),
        _word(values, "component"),
        _word(values, "source"),
    )


def _word(values: Mapping[str, str], key: str) -> str | None:
    word = values.get(key, "").strip()
    if len(word) > 100 or holds_unseen(word):
        raise MetadataInvalid(key)
    return word or None


def clean_name(given: str) -> str:
    """A file's name as it is kept: the last part of a path, nothing that no reader could see, no leading dot, not too long."""
    last = re.split(r"[/\\]", nfc(given))[-1]
    seen = "".join(char for char in last if char.isspace() or not holds_unseen(char))
    name = " ".join(seen.split()).lstrip(". ")
    if len(name) > MOST_NAME:
        ending = extension(name)
        name = name[: MOST_NAME - len(ending)].rstrip() + ending
    return name or _NAMELESS


def extension(name: str) -> str:
    """What a name ends in, with its dot and in lower case, if that is an ending at all."""
    match = _EXTENSION.search(name)
    return match.group().lower() if match else ""


def name_for(name: str, extensions: tuple[str, ...]) -> str | None:
    """The name a file of a type is kept under, `extensions` being the type's; None if the name says another type."""
    ending = extension(name)
    if ending in extensions:
        return name
    # ".2" of "đơn v1.2" says nothing of a type; ".exe" does, and so would the file it is saved as.
    return None if ending in _KNOWN_EXTENSIONS else name + extensions[0]
