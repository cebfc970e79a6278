"""Access tokens the gateway gives to agencies' systems: made, signed and read again here, their public keys shown. Decides no rights."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import jwt

from chassis.auth import THUMBPRINT
from chassis.ids import new_id
from gateway.keys import SigningKey, VerifyingKey, public_jwk, signing_key, verifying_key
from gateway.queries.credentials import Client
from gateway.settings import GatewaySettings

TYPE = "at+jwt"


@dataclass(frozen=True, slots=True)
class Token:
    """A token of ours that was found good."""

    jti: str
    client_id: str
    expires_at: datetime
    claims: Mapping[str, Any]


@dataclass(frozen=True)
class TokenMaker:
    """Signs access tokens (JWT) of one issuer with `key`; `further` are shown beside it: one about to be used, one just left."""

    issuer: str
    audience: str
    seconds: int
    key: SigningKey = field(repr=False)
    further: tuple[VerifyingKey, ...] = ()

    def access_token(self, client: Client, scopes: Iterable[str], *, certificate: str | None = None) -> str:
        """A token that lets the client use these of its scopes for `seconds` from now, by the machine's time.

        `certificate`: thumbprint of the one certificate it may be used with; None: whoever holds the token may use it.
        """
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": client.id,
            "client_id": client.id,
            "aud": self.audience,
            "iat": now,
            "exp": now + self.seconds,
            "jti": str(new_id()),
            "scope": " ".join(sorted(scopes)),
            "agency": client.agency,
            "subsystem": client.subsystem,
            **({"cnf": {THUMBPRINT: certificate}} if certificate is not None else {}),
        }
        jwk = public_jwk(self.key)
        return jwt.encode(claims, self.key, algorithm=jwk["alg"], headers={"kid": jwk["kid"], "typ": TYPE})

    def read(self, token: str) -> Token | None:
        """What a token says that was made here and has not run out; None for any other text."""
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            jwk = next((jwk for jwk in self.jwks()["keys"] if jwk["kid"] == kid), None)
            if jwk is None:
                return None
            claims = jwt.decode(
                token,
                jwt.PyJWK(jwk).key,
                algorithms=[jwk["alg"]],
                audience=self.audience,
                issuer=self.issuer,
                options={"require": ["exp", "iat", "iss", "aud", "sub", "jti"]},
            )
        except (jwt.PyJWTError, ValueError, RecursionError):
            return None
        expires = datetime.fromtimestamp(claims["exp"], UTC)
        return Token(str(claims["jti"]), str(claims["sub"]), expires, claims)

    def jwks(self) -> Mapping[str, Any]:
        """The public keys that verify these tokens, the one that signs first."""
        keys = {jwk["kid"]: jwk for jwk in (public_jwk(key) for key in (self.key, *self.further))}
        return {"keys": list(keys.values())}


def token_maker(settings: GatewaySettings) -> TokenMaker | None:
    """From the settings; None where no `token_key` is set. Raises UnusableKey."""
    if settings.token_key is None:
        return None
    return TokenMaker(
        settings.token_issuer,
        settings.audience,
        settings.token_seconds,
        signing_key(settings.token_key, "LIENTHONG_TOKEN_KEY"),
        tuple(verifying_key(key, "LIENTHONG_TOKEN_FURTHER_KEYS") for key in settings.token_further_keys),
    )
