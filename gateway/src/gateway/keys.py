"""Reads the Ed25519 private keys the gateway signs with. It keeps none and never shows one."""

import base64
import hashlib
import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import SecretStr

_PEM = "-----BEGIN"


class UnusableKey(ValueError):
    """The setting does not lead to an Ed25519 private key; the message says which setting, never what was in it."""


def private_key(secret: SecretStr, setting: str) -> Ed25519PrivateKey:
    """The key of a setting that holds PEM, or the path of a PEM file. Raises UnusableKey."""
    value = secret.get_secret_value()
    try:
        pem = value.encode() if value.lstrip().startswith(_PEM) else Path(value).read_bytes()
        key = load_pem_private_key(pem.strip(), password=None)
    except (OSError, ValueError, TypeError):  # TypeError: the key is encrypted
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise UnusableKey(
            f"{setting} must be an unencrypted Ed25519 private key in PEM, or the path of a file that holds one."
        )
    return key


def public_jwk(key: Ed25519PrivateKey) -> dict[str, str]:
    """The public half as a JWK; its `kid` is the key's thumbprint (RFC 7638), so that a new key has a new name."""
    members = {"crv": "Ed25519", "kty": "OKP", "x": _base64url(key.public_key().public_bytes_raw())}
    digest = hashlib.sha256(json.dumps(members, sort_keys=True, separators=(",", ":")).encode()).digest()
    return members | {"kid": _base64url(digest), "alg": "EdDSA", "use": "sig"}


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
