"""The document exchange (trục liên thông văn bản) over HTTP. The message is edXML; its addresses are not public, so these are ours.

It claims no likeness beyond the message. It keeps nothing.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx

from chassis.text import nfc
from gateway.adapters.routes import Routes, client, send
from gateway.domain.connection_mode import Route
from gateway.ports import Accepted, OutOfReach, Rejected
from gateway.settings import GatewaySettings

NAME = "documents"
XML = "application/xml"
_LONGEST = 500
_AT_ONCE = 50


class DocumentExchangeByHttp:
    """`DocumentExchange` by way of its HTTP face."""

    def __init__(self, http: httpx.AsyncClient, routes: Routes, settings: GatewaySettings) -> None:
        self._http = http
        self._routes = routes
        self._settings = settings

    def calls_allowed(self, most: int) -> int:
        """How many calls may be started now."""
        return self._routes.calls_allowed(most)

    async def send(self, edxml: bytes) -> Accepted | Rejected:
        """Hand a document over."""
        answer = await self._call("POST", "/documents", content=edxml, headers={"Content-Type": XML})
        if answer.status_code in (httpx.codes.CREATED, httpx.codes.OK):
            return Accepted()
        if answer.status_code in (httpx.codes.BAD_REQUEST, httpx.codes.CONFLICT, httpx.codes.UNPROCESSABLE_ENTITY):
            return Rejected((nfc(answer.text)[:_LONGEST],))
        raise OutOfReach(f"HTTP {answer.status_code}")

    async def news(self, organ: str, documents: Sequence[str]) -> Mapping[str, str]:
        """How documents of an organisation stand."""
        found: dict[str, str] = {}
        for start in range(0, len(documents), _AT_ONCE):
            asked = {"organ": organ, "documents": list(documents[start : start + _AT_ONCE])}
            answer = _json(await self._call("POST", "/status", json=asked))
            found |= {str(key): str(value) for key, value in answer.items()}
        return found

    async def waiting(self, organ: str, most: int) -> Sequence[str]:
        """Which documents wait for an organisation, oldest first."""
        answer = _json(await self._call("GET", "/inbox", params={"organ": organ, "limit": str(most)}))
        ids = answer.get("waiting")
        if not isinstance(ids, list):
            raise OutOfReach("unintelligible answer")
        return [str(found) for found in ids]

    async def fetch(self, organ: str, waiting: str) -> bytes:
        """One of those that wait, as edXML."""
        answer = await self._call("GET", "/inbox/document", params={"organ": organ, "id": waiting})
        if answer.status_code != httpx.codes.OK:
            raise OutOfReach(f"HTTP {answer.status_code}")
        return answer.content

    async def acknowledge(self, organ: str, sender: str, document_id: str) -> None:
        """Say that a document arrived: it waits no more, and its sender learns of it."""
        body = {"organ": organ, "sender": sender, "documentId": document_id}
        answer = await self._call("POST", "/acknowledgements", json=body)
        if not answer.is_success:
            raise OutOfReach(f"HTTP {answer.status_code}")

    async def _call(self, method: str, path: str, **request: Any) -> httpx.Response:
        async def by(route: Route) -> httpx.Response:
            answer = await send(self._http, method, route.to(path), self._settings.documents_timeout_seconds, **request)
            if answer.is_server_error or answer.status_code in (
                httpx.codes.UNAUTHORIZED,
                httpx.codes.TOO_MANY_REQUESTS,
            ):
                raise OutOfReach(f"HTTP {answer.status_code}")
            return answer

        return await self._routes.call(by)


def _json(answer: httpx.Response) -> Mapping[str, Any]:
    if answer.status_code != httpx.codes.OK:
        raise OutOfReach(f"HTTP {answer.status_code}")
    try:
        said = answer.json()
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise OutOfReach("unintelligible answer")
    return said


@asynccontextmanager
async def document_exchange(routes: Routes, settings: GatewaySettings) -> AsyncIterator[DocumentExchangeByHttp]:
    """The adapter with its connections, for as long as the block lasts."""
    token = settings.documents_token.get_secret_value() if settings.documents_token else None
    async with client(token=token) as http:
        yield DocumentExchangeByHttp(http, routes, settings)
