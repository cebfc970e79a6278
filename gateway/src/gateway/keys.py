"""Reads the private keys the gateway signs with, and shows their public halves. It keeps none and never shows a private one."""

import base64
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from pydantic import SecretStr

from gateway.domain.credentials import jwk_thumbprint

SigningKey = Ed25519PrivateKey | EllipticCurvePrivateKey
VerifyingKey = Ed25519PublicKey | EllipticCurvePublicKey

_PEM = "-----BEGIN"


class UnusableKey(ValueError):
    """The setting does not lead to a key we can use; the message says which setting, never what was in it."""


def private_key(secret: SecretStr, setting: str) -> Ed25519PrivateKey:
    """The Ed25519 key of a setting that holds PEM, or the path of a PEM file. Raises UnusableKey."""
    key = _private(secret)
    if not isinstance(key, Ed25519PrivateKey):
        raise UnusableKey(
            f"{setting} must be an unencrypted Ed25519 private key in PEM, or the path of a file that holds one."
        )
    return key


def signing_key(secret: SecretStr, setting: str) -> SigningKey:
    """The key that signs tokens (EdDSA or ES256), from PEM or a path. Raises UnusableKey."""
    key = _private(secret)
    if isinstance(key, Ed25519PrivateKey) or (isinstance(key, EllipticCurvePrivateKey) and _is_p256(key.curve)):
        return key
    raise UnusableKey(
        f"{setting} must be an unencrypted Ed25519 private key in PEM (or one of P-256), or the path of a file that holds one."
    )


def verifying_key(secret: SecretStr, setting: str) -> VerifyingKey:
    """A key that is shown but does not sign: its public half will do. From PEM or a path. Raises UnusableKey."""
    private = _private(secret)
    key = private.public_key() if isinstance(private, Ed25519PrivateKey | EllipticCurvePrivateKey) else _public(secret)
    if isinstance(key, Ed25519PublicKey) or (isinstance(key, EllipticCurvePublicKey) and _is_p256(key.curve)):
        return key
    raise UnusableKey(
        f"Each of {setting} must be a key of Ed25519 or P-256 in PEM, or the path of a file that holds one."
    )


def public_jwk(key: SigningKey | VerifyingKey) -> dict[str, str]:
    """The public half as a JWK; its `kid` is the key's thumbprint (RFC 7638), so that a new key has a new name."""
    public = key.public_key() if isinstance(key, Ed25519PrivateKey | EllipticCurvePrivateKey) else key
    if isinstance(public, Ed25519PublicKey):
        members = {"crv": "Ed25519", "kty": "OKP", "x": _base64url(public.public_bytes_raw())}
        algorithm = "EdDSA"
    else:
        point = public.public_numbers()
        members = {"crv": "P-256", "kty": "EC", "x": _coordinate(point.x), "y": _coordinate(point.y)}
        algorithm = "ES256"
    return members | {"kid": jwk_thumbprint(members), "alg": algorithm, "use": "sig"}


def _private(secret: SecretStr) -> object:
    try:
        return load_pem_private_key(_pem(secret), password=None)
    except (OSError, ValueError, TypeError):  # TypeError: the key is encrypted
        return None


def _public(secret: SecretStr) -> object:
    try:
        return load_pem_public_key(_pem(secret))
    except (OSError, ValueError):
        return None


def _pem(secret: SecretStr) -> bytes:
    value = secret.get_secret_value()
    return (value.encode() if value.lstrip().startswith(_PEM) else Path(value).read_bytes()).strip()


def _is_p256(curve: object) -> bool:
    return isinstance(curve, SECP256R1)


def _coordinate(number: int) -> str:
    return _base64url(number.to_bytes(32))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
