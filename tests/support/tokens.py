"""What an agency's system does to get tokens, for tests: ask for one, sign an assertion, make a key or a certificate."""

import base64
import datetime as dt
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus
from uuid import uuid4

import httpx
import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from jwt.algorithms import ECAlgorithm, OKPAlgorithm

ISSUER = "http://city.test"
ENDPOINT = f"{ISSUER}/oauth2/token"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

Key = Ed25519PrivateKey | EllipticCurvePrivateKey


def p256() -> EllipticCurvePrivateKey:
    """A new key of P-256."""
    return generate_private_key(SECP256R1())


def jwk_of(key: Key) -> dict[str, Any]:
    """Its public half."""
    if isinstance(key, Ed25519PrivateKey):
        return dict(OKPAlgorithm.to_jwk(key.public_key(), as_dict=True))
    return dict(ECAlgorithm.to_jwk(key.public_key(), as_dict=True))


def assertion(
    key: Any, client: str = "portal", *, algorithm: str = "EdDSA", kid: str | None = None, **claims: Any
) -> str:
    """A client assertion good for a minute; `claims` replace, None leaves out."""
    now = int(time.time())
    whole = {"iss": client, "sub": client, "aud": ENDPOINT, "iat": now, "exp": now + 60, "jti": uuid4().hex} | claims
    kept = {name: value for name, value in whole.items() if value is not None}
    return jwt.encode(kept, key, algorithm=algorithm, headers={"kid": kid} if kid else None)


async def ask(
    http: httpx.AsyncClient,
    form: Mapping[str, str] | None = None,
    *,
    basic: tuple[str, str] | None = None,
    path: str = "/oauth2/token",
    **more: str,
) -> httpx.Response:
    """What the endpoint answers to such a form."""
    headers = {}
    if basic is not None:
        pair = f"{quote_plus(basic[0])}:{quote_plus(basic[1])}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    grant = {"grant_type": "client_credentials"} if path == "/oauth2/token" else {}
    return await http.post(path, data=grant | dict(form or {}) | more, headers=headers)


def signed_form(signed: str) -> dict[str, str]:
    """The form of private_key_jwt."""
    return {"client_assertion": signed, "client_assertion_type": ASSERTION_TYPE}


def certificate(
    name: str = "portal", *, key: EllipticCurvePrivateKey | None = None
) -> tuple[str, EllipticCurvePrivateKey]:
    """A self-signed certificate in PEM, and its key."""
    key = key or p256()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode(), key


def claims_of(token: str) -> dict[str, Any]:
    """What a token says, unverified."""
    return dict(jwt.decode(token, options={"verify_signature": False}))


def unsigned(claims: Mapping[str, Any], header: Mapping[str, Any]) -> str:
    """A token with any header and no good signature."""
    parts = (json.dumps(dict(part)).encode() for part in (header, claims))
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + ".eHg"
