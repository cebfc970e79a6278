"""The public origin: `/api/<service>/v1/…` goes to that service, `/r1` to the exchange, the rest is the gateway's own. It decides no right.

A service is reached as an ASGI app, whether it lives in this process or behind `HttpUpstream`; it sees the same request
either way: its own path without the prefix, who called in X-Forwarded-* as the gateway saw it, and the gateway's span as
its parent.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.faults import answer_to
from chassis.problems import Problem, problem_response
from chassis.service import Runtime, create_app
from chassis.telemetry.middleware import TelemetryMiddleware
from chassis.telemetry.tracing import current_traceparent
from gateway.console.app import create_console
from gateway.exchange.app import Exchange, create_exchange
from gateway.openapi_documents import Documents
from gateway.problems.origin import ServiceNotFound
from gateway.revocations import TokenGate
from gateway.settings import GatewaySettings, settings_of
from gateway.upstream import Headers, HttpUpstream, end_to_end

# Only versioned addresses are public: /healthz, /readyz, /metrics of a service are for those who run it.
_API = re.compile(r"/api/(?P<service>[a-z][a-z-]*)(?P<path>/v[0-9]+/.*)", re.DOTALL)
_VERSIONED = re.compile(r"/v[0-9]+/")
_CLAIMED_BY_PROXIES = re.compile(rb"x-forwarded-.*|forwarded|x-real-ip")


@dataclass(frozen=True)
class _Route:
    """What metrics and spans call the requests of one service; the services count their own routes."""

    path: str


class Origin:
    """The ASGI app of the whole city."""

    def __init__(self, own: ASGIApp, areas: Mapping[str, ASGIApp], upstreams: Mapping[str, ASGIApp]) -> None:
        self._own = own
        self._areas = areas
        self._upstreams = upstreams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._own(scope, self._closing(receive), send)
        else:
            first = "/" + scope["path"].split("/", 2)[1] if scope["type"] == "http" and "/" in scope["path"] else ""
            await self._areas.get(first, self._own)(scope, receive, send)

    def _closing(self, receive: Receive) -> Receive:
        async def receive_and_close() -> Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                for upstream in (*self._upstreams.values(), *self._areas.values()):
                    if isinstance(upstream, HttpUpstream | Exchange):
                        await upstream.close()
            return message

        return receive_and_close


class Api:
    """`/api/<service>/…`: finds the upstream and passes the request on."""

    def __init__(self, upstreams: Mapping[str, ASGIApp]) -> None:
        self._upstreams = upstreams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def send_on(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message = {**message, "headers": _public_location(message["headers"], prefix, scope)}
            await send(message)

        prefix = ""
        try:
            service, inner = _inner(scope)
            upstream = self._upstreams.get(service)
            if upstream is None:
                raise ServiceNotFound
            prefix = f"/api/{service}"
            scope["route"] = _Route(f"{prefix}/*")
            await upstream(inner, receive, send_on)
        except Problem as problem:
            if started:
                raise
            await problem_response(problem, scope)(scope, receive, send)


def _inner(scope: Scope) -> tuple[str, Scope]:
    """Whose request it is, and the request as that service gets it. Raises ServiceNotFound."""
    match = _API.fullmatch(scope["path"])
    if match is None:
        raise ServiceNotFound
    service, path = match["service"], match["path"]
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    prefix = f"/api/{service}"
    # Dots that a service, or a proxy before it, would resolve could lead out of what is public.
    dotted = any(segment in (".", "..") for segment in path.split("/"))
    if dotted or not raw.startswith(f"{prefix}/v".encode()):
        raise ServiceNotFound
    inner = {
        **scope,
        "path": path,
        "raw_path": raw[len(prefix) :],
        "root_path": "",
        "headers": _forwarded(scope, prefix),
        "state": {},
    }
    inner.pop("route", None)
    return service, inner


def _forwarded(scope: Scope, prefix: str) -> Headers:
    """The caller's headers, with what a proxy says of a caller said by us alone."""
    kept = [
        (name, value)
        for name, value in end_to_end(scope["headers"])
        if not _CLAIMED_BY_PROXIES.fullmatch(name) and name != b"traceparent"
    ]
    client: tuple[str, int] | None = scope.get("client")
    address = client[0] if client else "unknown"
    host = next((value for name, value in kept if name == b"host"), b"")
    said = {
        b"x-forwarded-for": address.encode(),
        b"x-forwarded-proto": scope["scheme"].encode(),
        b"x-forwarded-host": host,
        b"x-forwarded-prefix": prefix.encode(),
        b"forwarded": f'for="{f"[{address}]" if ":" in address else address}";proto={scope["scheme"]}'.encode(),
    }
    if traceparent := current_traceparent():
        said[b"traceparent"] = traceparent.encode()
    return [*kept, *said.items()]


def _public_location(headers: Any, prefix: str, scope: Scope) -> Headers:
    """A service knows its own paths only: where it sends a caller on to one of them, the prefix is put before it."""
    return [
        (name, _with_prefix(value, prefix, scope) if name.lower() == b"location" else value) for name, value in headers
    ]


def _with_prefix(location: bytes, prefix: str, scope: Scope) -> bytes:
    parts = urlsplit(location.decode("latin-1"))
    host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
    if parts.netloc not in ("", host) or not _VERSIONED.match(parts.path):
        return location
    return parts._replace(scheme="", netloc="", path=prefix + parts.path).geturl().encode("latin-1")


def create_origin(runtime: Runtime, upstreams: Mapping[str, ASGIApp]) -> ASGIApp:
    """The public origin of a gateway runtime over these services (name → app).

    The upstreams' own lifespans are not run here: who gives an app of this process starts and closes its runtime.
    """
    runtime.extras["documents"] = Documents(upstreams)
    runtime.extras["upstreams"] = upstreams
    own = create_app(runtime)
    runtime.extras["documents"].add("gateway", own)
    api = TelemetryMiddleware(Api(upstreams), metrics=runtime.metrics, tracing=runtime.tracing, answer_to=answer_to)
    exchange = create_exchange(runtime, upstreams)
    areas: dict[str, ASGIApp] = {
        "/api": api,
        "/r1": exchange,
        "/listClients": exchange,
        "/console": create_console(runtime),
    }
    return TokenGate(Origin(own, areas, upstreams), runtime)


def create_public_origin(runtime: Runtime) -> ASGIApp:
    """The public origin of a deployment: the services of the settings, each over HTTP."""
    return create_origin(runtime, http_upstreams(settings_of(runtime)))


def http_upstreams(settings: GatewaySettings) -> dict[str, ASGIApp]:
    """The services of the settings, each over HTTP."""
    timeout = settings.upstream_timeout_seconds
    return {name: HttpUpstream(url, timeout_seconds=timeout) for name, url in settings.upstreams.items()}
