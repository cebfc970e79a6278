"""Access tokens the gateway gives to agencies' systems: made and signed here, their public keys shown. Decides no rights."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chassis.ids import new_id
from gateway.clients import Client
from gateway.keys import private_key, public_jwk
from gateway.settings import GatewaySettings


@dataclass(frozen=True)
class TokenMaker:
    """Signs access tokens (JWT, EdDSA) of one issuer."""

    issuer: str
    audience: str
    seconds: int
    key: Ed25519PrivateKey = field(repr=False)

    def access_token(self, client: Client, scopes: Iterable[str]) -> str:
        """A token that lets the client use these of its scopes for `seconds` from now, by the machine's time."""
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
        }
        return jwt.encode(
            claims, self.key, algorithm="EdDSA", headers={"kid": public_jwk(self.key)["kid"], "typ": "at+jwt"}
        )

    def jwks(self) -> Mapping[str, Any]:
        """The public keys that verify these tokens."""
        return {"keys": [public_jwk(self.key)]}


def token_maker(settings: GatewaySettings) -> TokenMaker | None:
    """From the settings; None where no `token_key` is set. Raises UnusableKey."""
    if settings.token_key is None:
        return None
    key = private_key(settings.token_key, "LIENTHONG_TOKEN_KEY")
    return TokenMaker(settings.token_issuer, settings.audience, settings.token_seconds, key)
