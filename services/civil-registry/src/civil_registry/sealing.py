"""Signs records and checks signatures: Ed25519 over canonical JSON, as compact JWS. It does not know what is in a record."""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

_JWS = jwt.PyJWS(algorithms=["EdDSA"])


class UnusableKey(Exception):
    """A configured key is not an Ed25519 key in PEM. The message names the setting and never the key."""


def canonical(content: Mapping[str, Any]) -> bytes:
    """The one spelling of a JSON object: keys sorted, no spaces, UTF-8.

    For text, whole numbers, true, false and null under ASCII keys this is RFC 8785 (JCS); a record holds nothing else.
    """
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def digest_of(payload: bytes) -> str:
    """SHA-256 of a canonical record, in hex. It cannot be guessed back: the record's id in it is random."""
    return hashlib.sha256(payload).hexdigest()


@dataclass(frozen=True)
class Opened:
    """A signed content whose signature held, and the key that made it."""

    content: dict[str, Any]
    digest: str
    key_id: str


@dataclass(frozen=True)
class Seal:
    """The key that signs now, and every public key whose signatures stand. A key is called by its RFC 7638 thumbprint."""

    private: Ed25519PrivateKey
    key_id: str
    public: Mapping[str, Ed25519PublicKey]

    @classmethod
    def of(cls, private_pem: bytes, retired_pems: Iterable[bytes] = ()) -> Self:
        """A seal from PEM; raises UnusableKey."""
        private = _private_key(private_pem)
        keys = [private.public_key(), *map(_public_key, retired_pems)]
        return cls(private, thumbprint(keys[0]), {thumbprint(key): key for key in keys})

    def sign(self, content: Mapping[str, Any]) -> str:
        """The compact JWS of a content. Ed25519 is deterministic: the same content gives the same text."""
        headers = {"kid": self.key_id, "typ": "birth-record+jws"}
        return _JWS.encode(canonical(content), self.private, algorithm="EdDSA", headers=headers)

    def open(self, signed: str) -> Opened | None:
        """What was signed, if one of our keys signed it and nothing was changed since."""
        try:
            key_id = str(jwt.get_unverified_header(signed).get("kid"))
            payload = _JWS.decode(signed, self.public[key_id], algorithms=["EdDSA"])
        except (jwt.PyJWTError, KeyError):
            return None
        return Opened(json.loads(payload), digest_of(payload), key_id)

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The public keys as a JWK set: with it anyone can check a record without us."""
        return {"keys": [_jwk(key) | {"kid": name, "alg": "EdDSA", "use": "sig"} for name, key in self.public.items()]}


def read_seal(private_pem: str | None, private_file: Path | None, retired: Iterable[Path]) -> Seal:
    """The seal that the settings describe; raises UnusableKey with a sentence an operator can act on."""
    if (private_pem is None) == (private_file is None):
        raise UnusableKey("give either LIENTHONG_RECORD_SIGNING_KEY or LIENTHONG_RECORD_SIGNING_KEY_FILE")
    pem = private_pem.encode() if private_pem is not None else private_file.read_bytes() if private_file else b""
    return Seal.of(pem, [path.read_bytes() for path in retired])


def thumbprint(key: Ed25519PublicKey) -> str:
    """The RFC 7638 thumbprint of a public key."""
    return _base64url(hashlib.sha256(canonical(_jwk(key))).digest())


def _jwk(key: Ed25519PublicKey) -> dict[str, str]:
    return {"kty": "OKP", "crv": "Ed25519", "x": _base64url(key.public_bytes(Encoding.Raw, PublicFormat.Raw))}


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _private_key(pem: bytes) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UnusableKey("the record signing key is not an unencrypted private key in PEM") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise UnusableKey("the record signing key is not Ed25519")
    return key


def _public_key(pem: bytes) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UnusableKey("a retired record key is not a public key in PEM") from error
    if not isinstance(key, Ed25519PublicKey):
        raise UnusableKey("a retired record key is not Ed25519")
    return key
