"""Secrets of clients: made beyond guessing, kept as scrypt hashes only. It stores none and decides no right."""

import base64
import hashlib
import hmac
import secrets

_N, _R, _P = 2**14, 8, 1
_SALT_BYTES = 16
_SECRET_BYTES = 32


def new_secret() -> str:
    """A secret beyond guessing, safe in a URL and in a header."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def new_access_key() -> str:
    """The name of an access key: no secret, yet no other's."""
    return secrets.token_hex(12)


def hash_secret(secret: str) -> str:
    """What is kept of a secret: `scrypt$n$r$p$salt$hash`."""
    salt = secrets.token_bytes(_SALT_BYTES)
    digest = hashlib.scrypt(secret.encode(), salt=salt, n=_N, r=_R, p=_P)
    return f"scrypt${_N}${_R}${_P}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def secret_matches(secret: str, kept: str) -> bool:
    """Whether this is the secret that was hashed. Costs some tens of milliseconds of CPU: call it off the event loop."""
    _, n, r, p, salt, digest = kept.split("$")
    made = hashlib.scrypt(secret.encode(), salt=base64.b64decode(salt), n=int(n), r=int(r), p=int(p))
    return hmac.compare_digest(made, base64.b64decode(digest))
