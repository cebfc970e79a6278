"""Who calls and what they may: bearer tokens (JWT), principals, and the guard each route declares. Deny by default."""

import asyncio
import contextlib
import json
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx
import jwt
from fastapi import Request
from fastapi.security import HTTPBearer

from chassis.problems import Forbidden, Text, Unauthorized, Unavailable
from chassis.telemetry.logging import get_logger

ALGORITHMS = ("EdDSA", "ES256")
THUMBPRINT = "x5t#S256"
"""Where a token names the certificate it is bound to (RFC 8705): in `cnf`."""
_CACHE = 4096
_KEYS_RETRY, _KEYS_FRESH, _KEYS_KEPT = 10, 300, 3600  # seconds
_log = get_logger("auth")


class Kind(StrEnum):
    """Which kind of caller a token speaks for."""

    CITIZEN = "citizen"
    OFFICER = "officer"
    AGENCY = "agency"


def account_of(kind: str, subject: str) -> str:
    """Kind and subject as one word, as it is stored."""
    return f"{kind}:{subject}"


@dataclass(frozen=True)
class Principal:
    """The caller, as the token says.

    `subject` is the stable identity (a citizen's personal ID, an officer's account, an agency's client id). Officers
    have `roles`, an `agency` and the `units` (commune-level codes) they serve; None means every unit of the agency.
    Agencies have `scopes`. `assurance` is the VNeID level of a citizen (0 unknown, 1, 2).
    `token_id` is the token's `jti`; `certificate` the thumbprint (RFC 8705, `x5t#S256`) of the one client certificate
    it may be used with, for whoever sees that certificate to check: None where it is bound to none.
    """

    kind: Kind
    subject: str
    name: str = ""
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    agency: str | None = None
    units: frozenset[str] | None = None
    assurance: int = 0
    token_id: str | None = None
    certificate: str | None = None

    @property
    def account(self) -> str:
        """Kind and subject: what a key, a draft or an upload belongs to. Two kinds of caller may have the same subject."""
        return account_of(self.kind, self.subject)

    def serves(self, unit: str) -> bool:
        """Whether an officer's desk covers this unit."""
        return self.kind is Kind.OFFICER and (self.units is None or unit in self.units)


KeySource = Callable[[], Awaitable[Mapping[str, Any]]]


def jwks_source(location: str) -> KeySource:
    """Reads a JWKS from a URL, or from a file."""

    async def read() -> Mapping[str, Any]:
        if location.startswith(("http://", "https://")):
            async with httpx.AsyncClient(timeout=5) as client:
                answer = await client.get(location)
                answer.raise_for_status()
                keys: Mapping[str, Any] = answer.json()
        else:
            keys = json.loads(Path(location).read_text(encoding="utf-8"))
        return keys

    return read


class Issuer:
    """A token issuer we trust.

    Its keys are read again every five minutes, so that one taken back stops counting, and
    (at most every ten seconds) when an unknown key shows up. While they cannot be read, those known count for an hour.
    """

    def __init__(self, source: KeySource) -> None:
        self._source = source
        self._keys: dict[str, jwt.PyJWK] = {}
        self._read_at = self._tried_at = float("-inf")
        self._reading = asyncio.Lock()

    async def key(self, key_id: str) -> jwt.PyJWK | None:
        """The public key of that id, or None. Raises Unavailable if the keys are out of reach and this one is not known."""
        # Who knows no key waits for the keys that are on their way; who knows one goes on with it.
        if self._due(key_id) or (key_id not in self._keys and self._reading.locked()):
            async with self._reading:
                if self._due(key_id):  # else another request has read them meanwhile
                    await self._read()
        if key_id not in self._keys and self._read_at < self._tried_at:
            raise Unavailable(Text("Không đọc được khóa của nơi cấp token", "The token issuer's keys are out of reach"))
        return self._keys.get(key_id)

    def _due(self, key_id: str) -> bool:
        now = time.monotonic()
        wanted = key_id not in self._keys or now - self._read_at > _KEYS_FRESH
        return wanted and now - self._tried_at > _KEYS_RETRY

    async def _read(self) -> None:
        self._tried_at = time.monotonic()
        try:
            self._keys = _usable(await self._source())
            self._read_at = self._tried_at
        except (httpx.HTTPError, OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            _log.warning("keys of a token issuer out of reach", error_type=type(error).__name__)
            if self._tried_at - self._read_at > _KEYS_KEPT:
                self._keys = {}


def _usable(jwks: Mapping[str, Any]) -> dict[str, jwt.PyJWK]:
    """The keys we can verify with; one of another kind, or a broken one, does not take the others along."""
    found = {}
    for key in jwks["keys"]:
        if key.get("alg") in ALGORITHMS and "kid" in key:
            with contextlib.suppress(jwt.PyJWTError):
                found[str(key["kid"])] = jwt.PyJWK(key)
    return found


class Authenticator:
    """Turns bearer tokens into principals. A token verified once is taken as such until it expires, at most five minutes.

    `kinds` says which kinds of caller an issuer may speak for; one that is not in it may speak for all.
    """

    def __init__(
        self, issuers: Mapping[str, KeySource], audience: str, kinds: Mapping[str, Collection[str]] | None = None
    ) -> None:
        self._issuers = {issuer: Issuer(source) for issuer, source in issuers.items()}
        self._audience = audience
        self._kinds = {issuer: frozenset(map(Kind, may)) for issuer, may in (kinds or {}).items()}
        self._seen: OrderedDict[str, tuple[float, Principal]] = OrderedDict()

    async def principal(self, token: str) -> Principal:
        """The principal of a valid token; raises Unauthorized."""
        known = self._seen.get(token)
        if known is not None and known[0] > time.time():
            return known[1]
        claims = await self._verified(token)
        token_id, certificate = _proof(claims)
        principal = replace(principal_of(claims), token_id=token_id, certificate=certificate)
        # Each issuer knows its own kind of caller: what lets agencies in must not be able to make an officer of one.
        if principal.kind not in self._kinds.get(str(claims["iss"]), frozenset(Kind)):
            raise _invalid()
        self._seen[token] = (min(float(claims["exp"]), time.time() + _KEYS_FRESH), principal)
        if len(self._seen) > _CACHE:
            self._seen.popitem(last=False)
        return principal

    async def _verified(self, token: str) -> Mapping[str, Any]:
        invalid = _invalid()
        try:
            header = jwt.get_unverified_header(token)
            issuer = self._issuers.get(str(jwt.decode(token, options={"verify_signature": False}).get("iss")))
            key = await issuer.key(str(header.get("kid"))) if issuer is not None else None
            if key is None or header.get("alg") not in ALGORITHMS:
                raise invalid
            claims: Mapping[str, Any] = jwt.decode(
                token,
                key.key,
                algorithms=[key.algorithm_name],
                audience=self._audience,
                leeway=5,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except (
            jwt.PyJWTError,
            ValueError,
            RecursionError,
        ) as error:  # nothing of a token is to be trusted, its depth neither
            raise invalid from error
        return claims


def _invalid() -> Unauthorized:
    return Unauthorized(Text("Token không hợp lệ hoặc đã hết hạn", "The token is not valid here, or has expired"))


def principal_of(claims: Mapping[str, Any]) -> Principal:
    """The principal a set of verified claims describes. Claim names of people are VNeID's (`SoDinhDanh`, `HoVaTen`, `acr`)."""
    if "SoDinhDanh" in claims:
        level = str(claims.get("acr", "")).removeprefix("LoA")
        return Principal(
            Kind.CITIZEN,
            str(claims["SoDinhDanh"]),
            name=str(claims.get("HoVaTen", "")),
            assurance=int(level) if level in {"1", "2"} else 0,
        )
    if "roles" in claims:
        units = claims.get("units")
        return Principal(
            Kind.OFFICER,
            str(claims["sub"]),
            name=str(claims.get("HoVaTen", "")),
            roles=_words(claims["roles"]),
            agency=claims.get("agency"),
            units=None if units is None else _words(units),
        )
    return Principal(
        Kind.AGENCY,
        str(claims["sub"]),
        scopes=frozenset(str(claims.get("scope", "")).split()),
        agency=claims.get("agency"),
    )


def _proof(claims: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The token's id, and the certificate it is bound to. One bound to what we cannot check is not taken as unbound."""
    bound = claims.get("cnf")
    if bound is not None and not (isinstance(bound, dict) and isinstance(bound.get(THUMBPRINT), str)):
        raise _invalid()
    return str(claims["jti"]) if "jti" in claims else None, bound[THUMBPRINT] if bound else None


def _words(claim: object) -> frozenset[str]:
    """A claim that must be a list of strings: a lone string would be taken apart into letters."""
    if not isinstance(claim, list) or not all(isinstance(word, str) for word in claim):
        raise _invalid()
    return frozenset(claim)


class Allow:
    """The guard of one route: who may pass. Object-level rights are the handler's, with the principal it gives.

    Used as `Annotated[Principal, Depends(Allow(citizens=True, roles={"one-stop-officer"}, scope="dossiers:write"))]`.
    """

    def __init__(
        self, *, citizens: bool = False, roles: frozenset[str] | set[str] = frozenset(), scope: str | None = None
    ) -> None:
        self.citizens = citizens
        self.roles = frozenset(roles)
        self.scope = scope

    async def __call__(self, request: Request) -> Principal:
        principal = await authenticate(request)
        passes = {
            Kind.CITIZEN: self.citizens,
            Kind.OFFICER: bool(self.roles & principal.roles),
            Kind.AGENCY: self.scope is not None and self.scope in principal.scopes,
        }[principal.kind]
        if not passes:
            raise Forbidden(
                Text("Tài khoản không có quyền thực hiện thao tác này", "This account has no right to do this"),
                needs=self.describe(),
            )
        return principal

    def describe(self) -> dict[str, Any]:
        """What would let a caller pass: shown in the 403 and in the API's documentation."""
        return {"citizen": self.citizens, "roles": sorted(self.roles), "scope": self.scope}


class Public:
    """The guard of a route that anyone may call: saying so is deliberate, and the architecture test wants it said."""

    async def __call__(self) -> None:
        return None


bearer_scheme = HTTPBearer(auto_error=False, bearerFormat="JWT", description="OAuth2 access token or OIDC identity")


async def authenticate(request: Request) -> Principal:
    """The principal of a request; raises Unauthorized if it brings no valid bearer token."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthorized(Text("Thiếu bearer token", "A bearer token is needed"))
    authenticator: Authenticator = request.app.state.runtime.authenticator
    return await authenticator.principal(token.strip())
