"""What tests of subscriptions stand on: an agency with its grants, a receiver on a real socket, events of dossiers."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import httpx
from aiohttp import web
from sqlalchemy import text

from chassis.database import Database
from chassis.ids import new_id
from contracts.event import Event
from contracts.payment import PaymentSucceeded
from contracts.submission import DossierAccepted, DossierFinished, DossierSubmitted
from tests.support.clients import register
from tests.support.identities import agency

SUBSCRIPTIONS = "/lgsp/v1/subscriptions"
CLIENT = "so-y-te"
SUBMITTED, ACCEPTED, FINISHED, PAID = (
    event.type for event in (DossierSubmitted, DossierAccepted, DossierFinished, PaymentSucceeded)
)


def of(event: type[Event], dossier: str, **changes: Any) -> Event:
    """An event of a dossier."""
    return event.model_validate(event.example | {"dossierCode": dossier} | changes)


async def grant(
    database: Database,
    path: str | None,
    *,
    client: str = CLIENT,
    fields: list[str] | None = None,
    valid_to: date | None = None,
) -> None:
    """A right of the client to hear events."""
    async with database.begin() as uow:
        await register(uow, client, agency="H99", scopes=())
        await register(uow, "lienthong", agency="H26", scopes=())
        await uow.execute(
            text(
                "INSERT INTO service (instance, member_class, member, subsystem, code, title, upstream, address, log, state,"
                " created_at, changed_at) VALUES ('VN', 'GOV', 'H26', 'lienthong', 'events', 'Events', 'city', '',"
                " 'metadata', 'approved', now(), now()) ON CONFLICT DO NOTHING"
            )
        )
        await uow.execute(
            text(
                "INSERT INTO access_grant (id, instance, member_class, member, subsystem, service, to_instance,"
                " to_member_class, to_member, to_subsystem, path, fields, valid_from, valid_to, legal_basis, granted_at,"
                " granted_by) VALUES (:id, 'VN', 'GOV', 'H26', 'lienthong', 'events', 'VN', 'GOV', 'H99', :client, :path,"
                " :fields, '2020-01-01', :valid_to, 'test', now(), 'test')"
            ),
            {"id": new_id(), "client": client, "path": path, "fields": fields, "valid_to": valid_to},
        )
        await uow.execute(text("UPDATE registry_revision SET revision = revision + 1"))
        await uow.commit(None)


@dataclass
class Agency:
    """An agency's developer at the API."""

    client: httpx.AsyncClient
    client_id: str = CLIENT
    token: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.token = self.token or agency("gateway:read", "gateway:write", client=self.client_id)

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        named = {"Idempotency-Key": new_id().hex, **self.token, **headers}
        return await self.client.post(SUBSCRIPTIONS + path, json=body, headers=named)

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self.client.get(SUBSCRIPTIONS + path, headers=self.token, params=query or None)

    async def subscribes(
        self, *types: str, url: str | None = None, start: Mapping[str, Any] | None = None, **more: Any
    ) -> dict[str, Any]:
        """A subscription, push if there is an address, that comes out well."""
        asked = {
            "name": "Thử nghiệm",
            "mode": "push" if url else "pull",
            "types": list(types),
            "url": url,
            "from": start,
        }
        answer = await self.post("", {name: value for name, value in (asked | more).items() if value is not None})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def does(self, subscription: Mapping[str, Any], step: str, body: Any = None) -> dict[str, Any]:
        """A step that comes out well."""
        answer = await self.post(f"/{subscription['id']}/{step}", body)
        assert answer.status_code == 200, answer.text
        done: dict[str, Any] = answer.json()
        return done

    async def deliveries(self, subscription: Mapping[str, Any], **query: Any) -> list[dict[str, Any]]:
        """In the order of the ledger."""
        answer = await self.get(f"/{subscription['id']}/deliveries", limit=200, **query)
        assert answer.status_code == 200, answer.text
        return list(reversed(answer.json()["items"]))


@dataclass
class Call:
    """One webhook as it arrived."""

    headers: Mapping[str, str]
    body: bytes
    event: dict[str, Any]


@dataclass
class Receiver:
    """An agency's server. `answers` says what comes back to a call; without it 204."""

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    answers: Callable[[Call], Awaitable[web.StreamResponse]] | None = None

    async def take(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        call = Call({name.lower(): value for name, value in request.headers.items()}, body, json.loads(body))
        self.calls.append(call)
        return await self.answers(call) if self.answers is not None else web.Response(status=204)

    def subjects(self) -> list[tuple[str, str]]:
        """Subject and last word of the type of each call, in the order of arrival."""
        return [(call.event["subject"], call.event["type"].rsplit(".", 2)[-2]) for call in self.calls]

    async def got(self, number: int) -> list[Call]:
        """The calls, once there are so many."""
        async with asyncio.timeout(15):
            while len(self.calls) < number:
                await asyncio.sleep(0.01)
        return self.calls


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver on a free port of the loopback."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/{tail:.*}", receiver.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    receiver.url = f"http://127.0.0.1:{port}/events"
    try:
        yield receiver
    finally:
        await runner.cleanup()
