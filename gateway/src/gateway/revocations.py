"""Tokens that no longer count at the public origin: revoked, of a suspended subsystem, without their certificate. It gives no right.

The gate only takes away: a token that passes it is still verified by whoever serves the request. So what it reads of a
token need not be verified here, and a request without trouble costs it a look into a small set.
"""

import asyncio
import base64
import json
from dataclasses import dataclass
from functools import lru_cache

from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.auth import THUMBPRINT
from chassis.certificates import thumbprint, without_certificate
from chassis.database import Database
from chassis.problems import problem_response
from chassis.service import Runtime
from chassis.telemetry.logging import get_logger, places
from gateway.problems.tokens import TokenTakenBack
from gateway.queries import tokens as queries
from gateway.settings import settings_of

_log = get_logger("revocations")

REFRESH_SECONDS = 1.0
# The exchange asks the same itself (gateway.callers): its refusals have a form of their own, and are logged as exchanges.
_EXCHANGE = ("/r1/", "/listClients")
_KEPT_BYTES = 4096  # ours have some 700; what anyone may send must not be remembered whole


class Revocations:
    """Tokens taken back that have not run out, and clients that may not connect, as this process knows them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._ids: frozenset[str] = frozenset()
        self._suspended: frozenset[str] = frozenset()

    def __contains__(self, jti: str) -> bool:
        return jti in self._ids

    def suspended(self, client_id: str) -> bool:
        """Whether the client is registered, and not approved to connect, or no longer."""
        return client_id in self._suspended

    def add(self, jti: str) -> None:
        """One that was taken back by this process, and is in the database."""
        self._ids |= {jti}

    async def refresh(self) -> None:
        """What any process has taken back or suspended."""
        async with self._database.begin() as uow:
            self._ids, self._suspended = await queries.not_counting(uow)


async def watch_revocations(runtime: Runtime) -> None:
    """Keep the picture of this process at most a second old; without the database, the last one stays."""
    revocations: Revocations = runtime.extras["revocations"]
    seen = True
    while True:
        try:
            await revocations.refresh()
            seen = True
        except Exception as error:  # noqa: BLE001 - whatever the database does, requests go on by what is known
            if seen:
                _log.warning("revoked tokens cannot be read", error_type=type(error).__name__, exception=places(error))
            seen = False
        await asyncio.sleep(REFRESH_SECONDS)


@dataclass(frozen=True, slots=True)
class _Said:
    """What a token says of itself, unverified."""

    issuer: str | None
    client_id: str
    token_id: str
    certificate: str | None


_NOTHING = _Said(None, "", "", None)


class TokenGate:
    """Before everything else of the public origin: refuses tokens taken back, and drops headers that claim a certificate."""

    def __init__(self, app: ASGIApp, runtime: Runtime) -> None:
        self._app = app
        self._runtime = runtime
        self._issuer = settings_of(runtime).token_issuer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = without_certificate(scope)
            token = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
            bearer = token[:7].lower() == b"bearer " and not scope["path"].startswith(_EXCHANGE)
            if bearer and not self._counts(token[7:].strip(), scope):
                _log.info("token refused that was taken back", area=scope["path"].split("/", 2)[1])
                await problem_response(TokenTakenBack(), scope)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _counts(self, token: bytes, scope: Scope) -> bool:
        said = _said(token) if len(token) <= _KEPT_BYTES else _read(token)
        if said.issuer == self._issuer:
            revocations: Revocations = self._runtime.extras["revocations"]
            if said.token_id in revocations or revocations.suspended(said.client_id):
                return False
        return said.certificate is None or said.certificate == thumbprint(scope)


def _read(token: bytes) -> _Said:
    try:
        payload = token.split(b".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)))
        said = [claims.get("iss"), claims.get("sub"), claims.get("jti"), (claims.get("cnf") or {}).get(THUMBPRINT)]
    except (ValueError, LookupError, AttributeError, RecursionError):
        return _NOTHING
    issuer, client_id, token_id, certificate = (word if isinstance(word, str) else None for word in said)
    return _Said(issuer, client_id or "", token_id or "", certificate)


_said = lru_cache(maxsize=4096)(_read)
