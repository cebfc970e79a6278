"""An OIDC issuer for people, in place of VNeID and of the staff's sign-in. Never where strangers can reach it.

Anyone may have a token for anyone: that is its use in the sandbox. It knows nothing of what a token is good for.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Literal

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from sandbox.simulators import sign_in
from sandbox.simulators.bodies import text_fields
from sandbox.simulators.faults import Desk, Operation, install
from sandbox.simulators.faults import Request as FaultRequest
from sandbox.simulators.hanoi import Now
from sandbox.simulators.people import READY, Citizen, Officer, Person

GRANT = "urn:lienthong:sandbox:ready-identity"
LIFETIME = timedelta(hours=1)
ALGORITHM = "EdDSA"

LevelOfAssurance = Literal["LoA1", "LoA2"]


@dataclass(frozen=True)
class IssuerSettings:
    """Where the issuer is (no slash at the end) and whom its tokens are for."""

    issuer: str
    audience: str


class Identity:
    """The issuer: its key and the people it knows by name.

    The key is drawn from `random`: a seed gives the same key in every run. Give SystemRandom where that matters.
    """

    def __init__(self, settings: IssuerSettings, *, now: Now, random: Random, people: Sequence[Person] = READY) -> None:
        self.settings = settings
        self.people: Mapping[str, Person] = {person.name: person for person in people}
        self.desk = Desk(_OPERATIONS, now=now)
        self._now = now
        self._key = Ed25519PrivateKey.from_private_bytes(random.randbytes(32))
        self._key_id = _thumbprint(self._public_x())

    def now(self) -> datetime:
        """The issuer's time."""
        return self._now()

    def claims(self, person: Person) -> dict[str, object]:
        """What tokens say of a person."""
        return claims_of(person)

    def mint(self, person: Person, *, audience: str | None = None, nonce: str | None = None) -> str:
        """A signed token (JWT) for a person, good for an hour."""
        issued = self._now()
        claims = {
            "iss": self.settings.issuer,
            "aud": audience or self.settings.audience,
            "iat": int(issued.timestamp()),
            "exp": int((issued + LIFETIME).timestamp()),
            **claims_of(person),
            **({"nonce": nonce} if nonce is not None else {}),
        }
        return jwt.encode(claims, self._key, algorithm=ALGORITHM, headers={"kid": self._key_id})

    def mint_citizen(self, personal_id: str, full_name: str, *, acr: LevelOfAssurance = "LoA2") -> str:
        """A token for any citizen, for seeds and load."""
        return self.mint(Citizen(name=personal_id, full_name=full_name, personal_id=personal_id, acr=acr))

    def mint_officer(
        self, subject: str, full_name: str, *, roles: Sequence[str], agency: str, units: Sequence[str]
    ) -> str:
        """A token for any member of staff, with the communes (units) she works for."""
        return self.mint(Officer(subject, full_name, roles=tuple(roles), agency=agency, units=tuple(units)))

    def person_with(self, token: str) -> Person | None:
        """Whose access token this is, if it is one of ours that still holds."""
        try:
            claims = jwt.decode(
                token, self._key.public_key(), algorithms=[ALGORITHM], audience=self.settings.audience,
                options={"verify_exp": False, "verify_iat": False},
            )  # fmt: skip
        except jwt.PyJWTError:
            return None
        holds = int(claims["exp"]) > self._now().timestamp()
        return next((p for p in self.people.values() if holds and claims_of(p)["sub"] == claims["sub"]), None)

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The public key, as a JSON Web Key Set."""
        key = {"kty": "OKP", "crv": "Ed25519", "x": self._public_x(), "use": "sig", "alg": ALGORITHM}
        return {"keys": [key | {"kid": self._key_id}]}

    def _public_x(self) -> str:
        return _base64url(self._key.public_key().public_bytes_raw())


def claims_of(person: Person) -> dict[str, object]:
    if isinstance(person, Officer):
        return {
            "sub": person.name,
            "HoVaTen": person.full_name,
            "roles": list(person.roles),
            "agency": person.agency,
            **({} if person.every_unit else {"units": list(person.units)}),
        }
    # Not the personal ID itself: a subject ends up in logs.
    subject = hashlib.sha256(f"citizen:{person.personal_id}".encode()).hexdigest()[:24]
    return {"sub": subject, "SoDinhDanh": person.personal_id, "HoVaTen": person.full_name, "acr": person.acr}


def _thumbprint(x: str) -> str:
    """RFC 7638, with RFC 8037 for Ed25519."""
    members = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": x}, separators=(",", ":"))
    return _base64url(hashlib.sha256(members.encode()).digest())


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _nobody(_request: FaultRequest) -> list[str]:
    """Which dossier a request concerns: none, here."""
    return []


_OPERATIONS = (
    Operation("token", "POST", "/token", _nobody),
    Operation("jwks", "GET", "/jwks.json", _nobody),
    Operation("authorize", "POST", "/authorize", _nobody),
    Operation("userinfo", "GET", "/userinfo", _nobody),
    Operation("discovery", "GET", "/.well-known/openid-configuration", _nobody),
)


def create_app(identity: Identity) -> FastAPI:
    """The issuer's app."""
    app = FastAPI(title="Mô phỏng: định danh điện tử (OIDC)", version="1")
    issuer = identity.settings.issuer
    desk = sign_in.Desk(identity, lifetime=LIFETIME)
    sign_in.install(app, desk)

    @app.get("/.well-known/openid-configuration")
    async def discovery() -> dict[str, object]:
        """What there is."""
        return {
            "issuer": issuer,
            "jwks_uri": f"{issuer}/jwks.json",
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "userinfo_endpoint": f"{issuer}/userinfo",
            "grant_types_supported": [GRANT, "authorization_code"],
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "none"],
            "scopes_supported": ["openid"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "acr_values_supported": ["LoA1", "LoA2"],
            "claims_supported": ["sub", "SoDinhDanh", "HoVaTen", "acr", "roles", "agency", "units"],
        }

    @app.get("/jwks.json")
    async def jwks() -> dict[str, list[dict[str, str]]]:
        return identity.jwks()

    @app.get("/identities")
    async def identities() -> list[dict[str, object]]:
        """The ready identities, by the names POST /token takes."""
        return [{"name": name} | claims_of(person) for name, person in identity.people.items()]

    @app.post("/token")
    async def token(request: Request) -> JSONResponse:
        """A token for a ready identity: grant_type and identity, as a form or as JSON; errors as OAuth 2 has them."""
        fields = await text_fields(request)
        if fields.get("grant_type") == "authorization_code":
            return desk.redeem(fields)
        if fields.get("grant_type") != GRANT:
            return JSONResponse({"error": "unsupported_grant_type", "error_description": GRANT}, status_code=400)
        person = identity.people.get(fields.get("identity", ""))
        if person is None:
            return JSONResponse({"error": "invalid_grant", "error_description": "no such identity"}, status_code=400)
        minted = identity.mint(person, audience=fields.get("audience"))
        return sign_in.tokens(minted, minted, LIFETIME)

    install(app, identity.desk)
    return app
