"""What a subsystem proves itself with: kinds, validity with overlap, what a public key or a certificate must be. Pure.

A subsystem may have several credentials valid at the same time, so that one can be changed for another without a moment
in which neither works.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256

CLIENT_ID = re.compile(r"[A-Za-z0-9._~-]{1,100}")
"""RFC 6749 appendix A, without the colon for HTTP Basic's sake."""
MOST_LIVE = 10
"""So many credentials of one client may be valid or waiting: each attempt to prove itself may have to try them all."""
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")
# With our own costs only: a hash of others could ask for more work than a login is worth.
_SCRYPT = re.compile(r"scrypt\$16384\$8\$1\$[A-Za-z0-9+/]{20,90}={0,2}\$[A-Za-z0-9+/]{40,90}={0,2}")
_COORDINATE = re.compile(r"[A-Za-z0-9_-]{43}")


class Kind(StrEnum):
    """How a client proves itself."""

    SECRET = "secret"  # noqa: S105 - a kind, not one
    JWK = "jwk"  # a public key, for private_key_jwt
    CERTIFICATE = "certificate"  # the thumbprint of a client certificate
    ACCESS_KEY = "access-key"  # AccessKey (the name) and the hash of its SecretKey


class Standing(StrEnum):
    """Whether a credential counts at a moment."""

    WAITING = "waiting"
    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"


class UnusableCredential(ValueError):
    """Not a credential of that kind. `vi` and `en` say why; the value is never repeated."""

    def __init__(self, vi: str, en: str) -> None:
        super().__init__(en)
        self.vi = vi
        self.en = en


@dataclass(frozen=True, slots=True)
class DeclaredKey:
    """A credential as an operator's file or an agency states it; `valid_from` None: from now on."""

    kind: Kind
    name: str
    value: str
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential as it is kept. `value`: a scrypt hash, a JWK (canonical JSON) or a thumbprint; never a secret itself."""

    id: UUID
    client_id: str
    kind: Kind
    name: str
    value: str
    valid_from: datetime
    valid_to: datetime | None
    created_at: datetime
    revoked_at: datetime | None = None

    @property
    def key_id(self) -> str | None:
        """What may be shown to know a key or a certificate by; None for a secret."""
        match self.kind:
            case Kind.JWK:
                return str(json.loads(self.value)["kid"])
            case Kind.CERTIFICATE:
                return self.value
            case Kind.SECRET | Kind.ACCESS_KEY:
                return None

    def standing(self, now: datetime) -> Standing:
        """Whether it counts now."""
        if self.revoked_at is not None:
            return Standing.REVOKED
        if now < self.valid_from:
            return Standing.WAITING
        return Standing.VALID if self.valid_to is None or now < self.valid_to else Standing.EXPIRED


def is_the_last(credential: Credential, others: Iterable[Credential], now: datetime) -> bool:
    """Whether the client could no longer prove itself by anything, were this one taken from it."""
    valid = credential.standing(now) is Standing.VALID
    return valid and not any(other.id != credential.id and other.standing(now) is Standing.VALID for other in others)


def normalised(kind: Kind, value: str) -> str:
    """The one way a value is written: a JWK's public members in order, a certificate's thumbprint. Raises UnusableCredential."""
    match kind:
        case Kind.JWK:
            return json.dumps(public_members(value), sort_keys=True, separators=(",", ":"))
        case Kind.CERTIFICATE:
            return value if _THUMBPRINT.fullmatch(value) else _thumbprint_of(value)
        case Kind.SECRET | Kind.ACCESS_KEY:
            if not _SCRYPT.fullmatch(value):
                raise UnusableCredential(
                    "Bí mật chỉ được lưu ở dạng băm scrypt$n$r$p$salt$hash",
                    "A secret is kept as scrypt$n$r$p$salt$hash only",
                )
            return value


def public_members(value: str) -> dict[str, str]:
    """The public key in a JWK: its members that matter, and its thumbprint (RFC 7638) as `kid`. Raises UnusableCredential."""
    try:
        jwk = json.loads(value)
    except (ValueError, RecursionError):
        jwk = None
    if not isinstance(jwk, dict):
        raise UnusableCredential("Không phải một JWK", "Not a JWK")
    if "d" in jwk or "k" in jwk:
        raise UnusableCredential(
            "Đây là khóa bí mật: chỉ gửi khóa công khai, và hãy bỏ khóa này vì đã lộ",
            "This is a private key: send the public one only, and give this one up, for it has been shown",
        )
    members = _ed25519(jwk) or _p256(jwk)
    if members is None:
        raise UnusableCredential(
            "Chỉ nhận khóa Ed25519 (OKP) hoặc P-256 (EC)", "Only a key of Ed25519 (OKP) or P-256 (EC) is taken"
        )
    return members | {"kid": jwk_thumbprint(members)}


def jwk_thumbprint(members: dict[str, str]) -> str:
    """RFC 7638: over the required members alone, which is what `members` must hold."""
    canonical = json.dumps(members, sort_keys=True, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).decode().rstrip("=")


def _ed25519(jwk: dict[str, Any]) -> dict[str, str] | None:
    if (jwk.get("kty"), jwk.get("crv")) != ("OKP", "Ed25519"):
        return None
    Ed25519PublicKey.from_public_bytes(_coordinate(jwk.get("x")))
    return {"crv": "Ed25519", "kty": "OKP", "x": str(jwk["x"])}


def _p256(jwk: dict[str, Any]) -> dict[str, str] | None:
    if (jwk.get("kty"), jwk.get("crv")) != ("EC", "P-256"):
        return None
    x, y = (int.from_bytes(_coordinate(jwk.get(name))) for name in ("x", "y"))
    try:
        EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
    except ValueError:
        raise UnusableCredential("Điểm không nằm trên đường cong P-256", "Not a point of the curve P-256") from None
    return {"crv": "P-256", "kty": "EC", "x": str(jwk["x"]), "y": str(jwk["y"])}


def _coordinate(value: object) -> bytes:
    if not isinstance(value, str) or not _COORDINATE.fullmatch(value):
        raise UnusableCredential("Tọa độ của khóa phải là 32 byte base64url", "A coordinate is 32 bytes in base64url")
    return base64.urlsafe_b64decode(value + "=")


def _thumbprint_of(pem: str) -> str:
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
    except ValueError:  # UnicodeEncodeError, of half a surrogate pair, is one
        raise UnusableCredential(
            "Phải là chứng thư dạng PEM, hoặc dấu vân SHA-256 dạng base64url của nó",
            "Must be a certificate in PEM, or its SHA-256 thumbprint in base64url",
        ) from None
    return base64.urlsafe_b64encode(certificate.fingerprint(SHA256())).decode().rstrip("=")
