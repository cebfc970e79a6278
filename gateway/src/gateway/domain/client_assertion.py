"""Whether a signed assertion (private_key_jwt, RFC 7523) proves a client: form, key, audience, time. Pure; whether it is new is not seen here."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jwt

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_SECONDS = 300
LEEWAY_SECONDS = 30
"""By so much the client's clock may differ from ours, either way."""
MOST_CHARS = 8192
_ALGORITHM_OF = {"Ed25519": "EdDSA", "P-256": "ES256"}
_LONGEST_ID = 200


class NotProven(Exception):
    """The assertion does not prove the client. `reason` is for the client's developers and holds nothing secret."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Assertion:
    """A good one: it may be used once, and need not be remembered after `forget_at` (seconds since 1970)."""

    client_id: str
    jti: str
    forget_at: int


def claimed_client(assertion: str) -> str:
    """Who an assertion says it is from, before anything of it is believed. Raises NotProven."""
    if len(assertion) > MOST_CHARS:
        raise NotProven("the assertion is too long")
    try:
        claims = jwt.decode(assertion, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise NotProven("the assertion is not a JWT") from None
    subject = claims.get("sub")
    if not isinstance(subject, str) or claims.get("iss") != subject:
        raise NotProven("iss and sub must both be the client's id")
    return subject


def proven(assertion: str, keys: Sequence[Mapping[str, str]], audiences: Collection[str], now: int) -> Assertion:
    """What the assertion proves with these public keys (JWKs with `kid`) of the client it names. Raises NotProven."""
    client_id = claimed_client(assertion)
    claims = _signed(assertion, keys)
    audience = claims.get("aud")
    # One audience only: an assertion that is good elsewhere too could be used here by whoever got it there.
    if isinstance(audience, list) and len(audience) == 1:
        audience = audience[0]
    if not isinstance(audience, str) or audience not in audiences:
        raise NotProven("aud must be the token endpoint or the issuer, and nothing else")
    expires, jti = _time(claims, "exp"), claims.get("jti")
    if expires is None or now >= expires + LEEWAY_SECONDS:
        raise NotProven("the assertion has expired, or does not say when it does")
    if expires > now + LONGEST_SECONDS + LEEWAY_SECONDS:
        raise NotProven(f"exp must be at most {LONGEST_SECONDS} seconds ahead")
    for name in ("nbf", "iat"):
        moment = _time(claims, name)
        if name in claims and (moment is None or moment > now + LEEWAY_SECONDS):
            raise NotProven(f"{name} is in the future")
    if not isinstance(jti, str) or not jti.isprintable() or not 1 <= len(jti) <= _LONGEST_ID:
        raise NotProven(f"jti must be 1 to {_LONGEST_ID} printable characters")
    return Assertion(client_id, jti, expires + LEEWAY_SECONDS + 1)


def _signed(assertion: str, keys: Sequence[Mapping[str, str]]) -> Mapping[str, Any]:
    """The claims, once the signature by one of the keys is found good: by the key's own algorithm, not by what the header says."""
    header = jwt.get_unverified_header(assertion)
    kid = header.get("kid")
    for key in keys:
        algorithm = _ALGORITHM_OF[key["crv"]]
        if header.get("alg") != algorithm or (kid is not None and kid != key["kid"]):
            continue
        try:
            # Times and audience are held against our own clock and words, above: here it is the signature alone.
            payload = jwt.PyJWS().decode(assertion, jwt.PyJWK(dict(key), algorithm).key, algorithms=[algorithm])
            claims: Mapping[str, Any] = json.loads(payload)
        except (jwt.PyJWTError, ValueError, RecursionError):
            continue
        return claims
    raise NotProven("no key of this client verifies the assertion")


def _time(claims: Mapping[str, Any], name: str) -> int | None:
    value = claims.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**40 else None
