"""Signed tokens for tests: a real Ed25519 key, a real JWKS, the claims that each kind of caller brings."""

import time
from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

ISSUER = "https://issuer.test"
AUDIENCE = "lienthong"

_KEY = Ed25519PrivateKey.generate()
_KID = "test-key"


async def jwks() -> Mapping[str, Any]:
    """The issuer's keys, as `issuers={ISSUER: jwks}` of Runtime.of."""
    return {
        "keys": [OKPAlgorithm.to_jwk(_KEY.public_key(), as_dict=True) | {"kid": _KID, "alg": "EdDSA", "use": "sig"}]
    }


ISSUERS = {ISSUER: jwks}


def token(claims: Mapping[str, Any], *, lifetime: int = 3600, **headers: str) -> str:
    """A signed token with these claims; `lifetime` in seconds may be negative."""
    now = int(time.time())
    whole = {"iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + lifetime, **claims}
    return jwt.encode(whole, _KEY, algorithm="EdDSA", headers={"kid": _KID, **headers})


def citizen(personal_id: str = "001190000001", name: str = "TRẦN THỊ VÍ DỤ", *, level: int = 2) -> dict[str, str]:
    """Authorization header of a citizen."""
    return bearer({"sub": personal_id, "SoDinhDanh": personal_id, "HoVaTen": name, "acr": f"LoA{level}"})


def officer(
    *roles: str, units: list[str] | None = None, subject: str = "officer-1", agency: str = "H26"
) -> dict[str, str]:
    """Authorization header of an officer; `units` None serves every unit."""
    claims: dict[str, Any] = {"sub": subject, "HoVaTen": "CÁN BỘ MẪU", "roles": list(roles), "agency": agency}
    if units is not None:
        claims["units"] = units
    return bearer(claims)


def agency(*scopes: str, client: str = "agency-1") -> dict[str, str]:
    """Authorization header of an agency's system."""
    return bearer({"sub": client, "scope": " ".join(scopes), "agency": "G15"})


def bearer(claims: Mapping[str, Any], *, lifetime: int = 3600) -> dict[str, str]:
    """Authorization header with any claims."""
    return {"Authorization": f"Bearer {token(claims, lifetime=lifetime)}"}
