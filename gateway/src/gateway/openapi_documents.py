"""The OpenAPI documents of all services, asked of the services themselves and kept for a while. It renders nothing."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from starlette.types import ASGIApp

from chassis.problems import Problem
from gateway.problems.origin import ServiceNotFound, UpstreamUnavailable

_KEPT_SECONDS = 60
_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Operation:
    """One operation of a service, at its public address."""

    service: str
    method: str
    path: str
    about: Mapping[str, Any]

    @property
    def name(self) -> str:
        """As one writes it: `GET /api/catalog/v1/procedures`."""
        return f"{self.method} {self.path}"


class Documents:
    """Asks each service for its document, at most once a minute."""

    def __init__(self, services: Mapping[str, ASGIApp]) -> None:
        self._services = dict(services)
        self._kept: dict[str, tuple[float, Document]] = {}

    def add(self, name: str, app: ASGIApp) -> None:
        """One more app to ask."""
        self._services[name] = app

    @property
    def names(self) -> list[str]:
        """Whose documents there are, the gateway's own last."""
        return sorted(self._services, key=lambda name: (name == "gateway", name))

    async def of(self, service: str) -> Document:
        """The document of one service. Raises ServiceNotFound, UpstreamUnavailable."""
        app = self._services.get(service)
        if app is None:
            raise ServiceNotFound
        kept = self._kept.get(service)
        if kept is None or time.monotonic() - kept[0] > _KEPT_SECONDS:
            kept = self._kept[service] = (time.monotonic(), await _asked(app))
        return kept[1]

    async def all(self) -> dict[str, Document | None]:
        """Every document; None where a service cannot be asked now."""
        found: dict[str, Document | None] = {}
        for name in self.names:
            try:
                found[name] = await self.of(name)
            except Problem:
                found[name] = None
        return found


async def _asked(app: ASGIApp) -> Document:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as client:
        answer = await client.get("/openapi.json")
    try:
        document: Document = answer.raise_for_status().json()
    except (httpx.HTTPStatusError, ValueError) as error:
        raise UpstreamUnavailable from error
    return document


def operations(service: str, document: Document) -> Iterator[Operation]:
    """The operations of a document that can be called from outside, in its order."""
    prefix = next((server["url"] for server in document.get("servers", ())), "").rstrip("/")
    for path, item in document.get("paths", {}).items():
        if "operations" in next(iter(item.values())).get("tags", ()) and service != "gateway":
            continue
        for method, about in item.items():
            if method in _METHODS:
                yield Operation(service, method.upper(), prefix + path, about)
