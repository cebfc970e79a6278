"""Short-lived links to one file: who holds one may fetch that file, without a token, until it expires. It looks up nothing."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from urllib.parse import quote
from uuid import UUID

from submission.problems.files import LinkExpired, LinkInvalid

_BYTES = 24
"""Of the 32 of the signature: 192 bits cannot be guessed, and the address stays short."""


def signature(key: bytes, file: UUID, expires: int) -> str:
    """Over the file and the second it holds until. Neither can be changed without the key."""
    said = hmac.digest(key, f"download\n{file}\n{expires}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(said[:_BYTES]).decode()


def check(key: bytes, file: UUID, expires: int, signed: str, now: datetime) -> None:
    """Raises LinkInvalid, LinkExpired: in that order, so that nobody learns by a made-up link what there was."""
    if not hmac.compare_digest(signature(key, file, expires).encode(), signed.encode()):
        raise LinkInvalid
    if now >= datetime.fromtimestamp(expires, UTC):
        raise LinkExpired


def disposition(name: str) -> str:
    """`Content-Disposition` that saves under this name: in UTF-8 (RFC 5987), and plain for what cannot read that."""
    plain = "".join(char if char.isascii() and char.isprintable() and char not in '"\\%' else "_" for char in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
