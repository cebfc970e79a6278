"""Who answers a call: a provider's own server, one of the city's services, or an adapter. It decides no right.

Each is an ASGI app and sees the same request: method, headers and query as they came, below its own path. Each has a
circuit breaker.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from starlette.types import ASGIApp

from chassis.problems import FieldError, Text
from chassis.telemetry.tracing import current_traceparent
from gateway.domain.breaker import Breaker, Position
from gateway.domain.partners import Service, Subsystem, Upstream
from gateway.egress import UNRESOLVABLE, Egress, EgressRefused, JudgedResolver, egress_of
from gateway.exchange.errors import NETWORK, Refusal
from gateway.problems.partners import DeclarationRefused
from gateway.queries.credentials import Client
from gateway.settings import GatewaySettings
from gateway.tokens import TokenMaker
from gateway.upstream import Headers, HttpUpstream

# Only what is public of a service: its versioned addresses, without dots that could lead out of them.
_INSIDE = {
    Upstream.CITY: re.compile(r"[a-z][a-z-]*/v[0-9]+(?:/[A-Za-z0-9_-]+)*"),
    Upstream.ADAPTER: re.compile(r"[a-z][a-z-]*(?:/[A-Za-z0-9_-]+)*"),
}
_NOT_INSIDE = Text(
    "Phải là tên dịch vụ của thành phố và đường dẫn có phiên bản (catalog/v1/procedures), hoặc tên bộ chuyển đổi",
    "Must be a service of the city with a versioned path (catalog/v1/procedures), or the name of an adapter",
)


async def vet_addresses(service: Service, egress: Egress) -> None:
    """Raise DeclarationRefused for a service at an address that the exchange would not call.

    A name that stands for nothing is none of them: an agency is registered before its server runs, and each connection
    is judged anew.
    """
    inside = _INSIDE.get(service.upstream)
    if inside is not None and not inside.fullmatch(service.address):
        raise DeclarationRefused(errors=[FieldError("/address", "address", _NOT_INSIDE)])
    named = {
        "/address": service.address if service.upstream is Upstream.HTTP else None,
        "/openapi": service.openapi_url,
    }
    for pointer, url in named.items():
        try:
            if url is not None:
                await egress.vetted(url)
        except EgressRefused as refused:
            if refused.rule != UNRESOLVABLE:
                error = FieldError(pointer, refused.rule, refused.words)
                raise DeclarationRefused(errors=[error]) from None


@dataclass(frozen=True)
class Provider:
    """What a call goes to. `path` precedes what follows the service in the address; `headers` are the gateway's own to it."""

    app: ASGIApp
    breaker: Breaker
    path: bytes = b""
    headers: Headers = field(default_factory=list, repr=False)


class Providers:
    """Finds who answers for a service. `city` are the city's services, `adapters` the gateway's, both by name."""

    def __init__(self, settings: GatewaySettings, city: Mapping[str, ASGIApp]) -> None:
        self._settings = settings
        self._city = city
        self._egress = egress_of(settings)
        self._servers: dict[str, HttpUpstream] = {}
        self._breakers: dict[str, Breaker] = {}
        self._tokens: dict[tuple[str, str], tuple[float, bytes]] = {}

    def of(
        self, service: Service, client: Subsystem, adapters: Mapping[str, ASGIApp], tokens: TokenMaker | None
    ) -> Provider:
        """Who answers. Raises Refusal where nobody does."""
        if service.upstream is Upstream.HTTP:
            return Provider(self.server(service.address), self._breaker(service.address))
        name, slash, path = service.address.partition("/")
        prefix = (slash + path).rstrip("/").encode("ascii", "replace")
        if service.upstream is Upstream.ADAPTER:
            app = adapters.get(name)
            headers: Headers = []
        else:
            app = self._city.get(name)
            headers = self._for_the_city(service, client, tokens)
        if app is None:
            raise Refusal(NETWORK, "nothing stands behind this service")
        return Provider(app, self._breaker(f"{service.upstream}:{name}"), prefix, headers)

    def server(self, address: str) -> HttpUpstream:
        """The server at an address; its connections are kept. Raises Refusal if the address may not be called."""
        found = self._servers.get(address)
        if found is None:
            try:
                target = self._egress.checked(address)
            except EgressRefused as refused:
                raise Refusal(NETWORK, f"the provider's address may not be called: {refused.rule}") from refused
            judged = partial(JudgedResolver, self._egress, "https" if target.secure else "http")
            found = self._servers[address] = HttpUpstream(address, timeout_seconds=None, resolver=judged)
        return found

    def breakers(self) -> Mapping[str, Position]:
        """How the breaker of each other side stands, by its address or name."""
        return {name: breaker.position for name, breaker in self._breakers.items()}

    async def close(self) -> None:
        """Let go of the connections."""
        for server in self._servers.values():
            await server.close()

    def _breaker(self, name: str) -> Breaker:
        found = self._breakers.get(name)
        if found is None:
            settings = self._settings
            found = Breaker(settings.exchange_breaker_delays, settings.exchange_breaker_failures)
            self._breakers[name] = found
        return found

    def _for_the_city(self, service: Service, client: Subsystem, tokens: TokenMaker | None) -> Headers:
        """The city's services know agencies by a token of the gateway: which agency calls, and what the service is for."""
        headers: Headers = []
        if traceparent := current_traceparent():
            headers.append((b"traceparent", traceparent.encode()))
        if tokens is not None and service.scope is not None:
            headers.append((b"authorization", self._token(service.scope, client, tokens)))
        return headers

    def _token(self, scope: str, client: Subsystem, tokens: TokenMaker) -> bytes:
        key = (client.client_id, scope)
        kept = self._tokens.get(key)
        now = time.monotonic()
        if kept is None or kept[0] < now:
            known = Client(
                client.client_id,
                client.id.member,
                frozenset(),
                str(client.id),
                frozenset({scope}),
                active=True,
                credentials=(),
            )
            token = tokens.access_token(known, known.scopes)
            kept = self._tokens[key] = (now + tokens.seconds / 2, b"Bearer " + token.encode())
        return kept[1]
