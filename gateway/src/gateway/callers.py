"""Which subsystem makes a call: by access token, by certificate, by both. It decides no right.

A token got with an LGSP AccessKey is a token like any other. A token bound to a certificate needs the same certificate;
a registered certificate alone is enough, for it proves the subsystem without a token.
"""

import time
from dataclasses import dataclass

from starlette.types import Scope

from chassis.auth import Kind
from chassis.certificates import thumbprint
from chassis.database import Database
from chassis.problems import Unauthorized
from chassis.service import Runtime
from gateway.domain.partners import Registry, Subsystem
from gateway.queries import credentials as queries
from gateway.registry import registry_of
from gateway.revocations import Revocations

_FRESH_SECONDS = 1.0
_KEPT = 4096


class NotIdentified(Exception):
    """No subsystem could be established. `reason` is for the caller and holds nothing secret."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Caller:
    """A subsystem that proved who it is. `token_id` is the `jti` of its access token, if it came with one."""

    subsystem: Subsystem
    token_id: str | None = None


class CertificateBook:
    """Whose a certificate is, at most a second old. An unknown one is remembered too, or each request would ask for it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, tuple[float, str | None]] = {}

    async def owner(self, thumb: str) -> str | None:
        """Id of the client that has this certificate registered, while it counts."""
        known = self._known.get(thumb)
        if known is not None and time.monotonic() - known[0] < _FRESH_SECONDS:
            return known[1]
        async with self._database.begin() as uow:
            owner = await queries.owner_of_certificate(uow, thumb)
        if len(self._known) >= _KEPT:
            self._known.clear()
        self._known[thumb] = time.monotonic(), owner
        return owner


async def caller_of(scope: Scope, runtime: Runtime) -> Caller:
    """The caller of a request, from its Authorization header (bearer) and its certificate. Raises NotIdentified.

    Raises Unavailable where the keys of the token's issuer are out of reach and not known.
    """
    shown = thumbprint(scope)
    authorization = next((value for name, value in scope["headers"] if name == b"authorization"), None)
    if authorization is not None:
        return await _by_token(authorization.decode("latin-1"), shown, runtime)
    if shown is None:
        raise NotIdentified("neither an access token nor a client certificate was shown")
    certificates: CertificateBook = runtime.extras["certificates"]
    owner = await certificates.owner(shown)
    return Caller(_active(await registry_of(runtime, knowing=owner), owner, "the certificate is not registered"))


async def _by_token(authorization: str, shown: str | None, runtime: Runtime) -> Caller:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotIdentified("the Authorization header is not a bearer token")
    try:
        principal = await runtime.authenticator.principal(token.strip())
    except Unauthorized:
        raise NotIdentified("the token is not valid here, or has expired") from None
    if principal.kind is not Kind.AGENCY:
        raise NotIdentified("the token is a person's, not an agency's system's")
    if principal.certificate is not None and principal.certificate != shown:
        raise NotIdentified("the token is bound to a certificate that was not shown")
    revocations: Revocations = runtime.extras["revocations"]
    if principal.token_id is not None and principal.token_id in revocations:
        raise NotIdentified("the token was taken back")
    registry = await registry_of(runtime, knowing=principal.subject)
    subsystem = _active(registry, principal.subject, "the token's client is not a registered subsystem")
    return Caller(subsystem, principal.token_id)


def _active(registry: Registry, client_id: str | None, unknown: str) -> Subsystem:
    subsystem = registry.clients.get(client_id) if client_id is not None else None
    if subsystem is None:
        raise NotIdentified(unknown)
    if registry.active_subsystem(subsystem.id) is None:
        raise NotIdentified("the subsystem, or its agency, is not approved to connect")
    return subsystem
