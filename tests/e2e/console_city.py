"""A gateway with a console to look at: one process on a loopback port, its issuer beside it, and a day's worth of data. Checks nothing."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import SecretStr
from sqlalchemy import text
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.bus.transport import Ingress
from chassis.clock import SystemClock
from chassis.service import Runtime
from contracts.registry import EVENTS
from gateway.app import SERVICE
from gateway.domain.exchange_record import BUCKETS
from gateway.ledger.checkpoints import publish_verifier, sign_if_grown, signer_of
from gateway.origin import create_origin
from gateway.router import Router
from gateway.settings import GatewaySettings
from sandbox.simulators.identity import Identity, IssuerSettings
from sandbox.simulators.identity import create_app as create_identity
from tests.support.events import wire

HOSTILE = "<b onmouseover=alert(1)>Sở Thử Nghiệm</b>"
FEE = "vn.gov.hanoi.payment.payment-succeeded.v1"


@dataclass(frozen=True)
class ConsoleCity:
    """The gateway and where it answers."""

    url: str
    runtime: Runtime

    async def execute(self, statement: str, **values: Any) -> None:
        """Write past the gateway."""
        async with self.runtime.database.begin() as uow:
            await uow.execute(text(statement), values)
            await uow.commit(None)

    async def one(self, query: str, **values: Any) -> Any:
        """Read past the gateway: the one row a query gives."""
        async with self.runtime.database.begin() as uow:
            return (await uow.execute(text(query), values)).one()

    async def accept(self, *sent: Ingress) -> None:
        """Hand something to the router, and sign what came of it."""
        router = Router(self.runtime.database, EVENTS, most_bytes=100_000, appended=lambda: None)
        await router.accept(sent)
        settings = self.runtime.settings
        assert isinstance(settings, GatewaySettings)
        signer = signer_of(settings)
        await publish_verifier(self.runtime.database, signer)
        await sign_if_grown(self.runtime.database, signer)


@asynccontextmanager
async def console_city(database_url: str, port: int) -> AsyncIterator[ConsoleCity]:
    """Serve it until the block ends."""
    url = f"http://127.0.0.1:{port}"
    identity = Identity(IssuerSettings(f"{url}/sandbox/identity", "lienthong"), now=SystemClock().now, random=Random(9))
    settings = GatewaySettings(
        database_url=SecretStr(database_url), ledger_key=_pem(), token_key=_pem(), public_url=url,
        console_issuer=identity.settings.issuer, console_refresh_seconds=2,
    )  # fmt: skip
    runtime = Runtime.of(SERVICE, settings, issuers={})
    app = _beside(create_origin(runtime, {}), create_identity(identity))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, lifespan="off"))
    await runtime.start()
    serving = asyncio.create_task(server._serve())
    try:
        while not server.started:
            assert not serving.done()
            await asyncio.sleep(0.01)
        yield ConsoleCity(url, runtime)
    finally:
        server.should_exit = True
        await serving
        await runtime.close()


def _beside(origin: ASGIApp, identity: ASGIApp) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/sandbox/identity"):
            await identity({**scope, "path": scope["path"], "root_path": "/sandbox/identity"}, receive, send)
        else:
            await origin(scope, receive, send)

    return app


def _pem() -> SecretStr:
    key = Ed25519PrivateKey.generate()
    return SecretStr(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


PARTNERS = (
    ("H26", "lienthong", "Hệ thống liên thông thành phố", "Thành phố Hà Nội", "hanoi"),
    ("G15", "hotich", "Hộ tịch điện tử dùng chung", "Bộ Tư pháp", "moj-hotich"),
    ("G24", "bhyt", "Cấp thẻ bảo hiểm y tế", "Bảo hiểm xã hội Việt Nam", "bhxh-bhyt"),
    ("G01", "dancu", "Cơ sở dữ liệu quốc gia về dân cư", "Bộ Công an", "bca-dancu"),
    ("H29", "dvc", "Cổng dịch vụ công", HOSTILE, "h29-dvc"),
)
SERVICES = (
    ("H26", "lienthong", "procedures"), ("H26", "lienthong", "dossier-status"), ("H26", "lienthong", "civil-extract"),
    ("G01", "dancu", "tra-cuu"), ("G24", "bhyt", "cap-the"),
)  # fmt: skip


@dataclass(frozen=True)
class Filled:
    """What a test needs to find again."""

    request: UUID
    overdue: UUID
    subscription: UUID
    parked: UUID


async def fill(city: ConsoleCity) -> Filled:
    """Partners, traffic, requests, subscriptions, events that were refused or parked, adapters."""
    now = datetime.now(UTC)
    await _partners(city)
    await _traffic(city, now)
    overdue, request = await _requests(city, now)
    subscription = await _subscriptions(city, now)
    await _events(city)
    return Filled(request, overdue, subscription, await _stuck(city, now))


async def _partners(city: ConsoleCity) -> None:
    for member, code, name, owner, client in PARTNERS:
        at = {"member": member, "owner": owner}
        await city.execute(
            "INSERT INTO member (instance, member_class, code, name, state, created_at, changed_at)"
            " VALUES ('VN', 'GOV', :member, :owner, 'approved', now(), now())", **at
        )  # fmt: skip
        await city.execute(
            "INSERT INTO subsystem (instance, member_class, member, code, name, client_id, state, contact, created_at,"
            " changed_at) VALUES ('VN', 'GOV', :member, :code, :name, :client, :state, 'truc@vi-du.test', now(), now())",
            member=member, code=code, name=name, client=client, state="suspended" if member == "H29" else "approved",
        )  # fmt: skip
    for member, code, service in SERVICES:
        await city.execute(
            "INSERT INTO service (instance, member_class, member, subsystem, code, title, upstream, address, log, personal,"
            " per_second, state, created_at, changed_at) VALUES ('VN', 'GOV', :member, :code, :service, :service, 'city',"
            " 'submission/v1/dossiers', 'metadata', :personal, 20, 'approved', now(), now())",
            member=member, code=code, service=service, personal=service != "procedures",
        )  # fmt: skip
    await city.execute(
        "INSERT INTO access_grant (id, instance, member_class, member, subsystem, service, to_instance, to_member_class,"
        " to_member, to_subsystem, method, path, valid_from, legal_basis, granted_at, granted_by) VALUES (:id, 'VN', 'GOV',"
        " 'H26', 'lienthong', 'dossier-status', 'VN', 'GOV', 'G15', 'hotich', 'GET', 'dossiers/*', '2026-01-01',"
        " 'NĐ 194/2025', now(), 'officer:van-hanh-mau')", id=uuid4(),
    )  # fmt: skip
    await city.execute(
        "INSERT INTO credential (id, client_id, kind, name, value, valid_from, valid_to, created_at)"
        " VALUES (:id, 'moj-hotich', 'secret', '', 'never-to-be-shown', now(), now() + interval '9 days', now())", id=uuid4(),
    )  # fmt: skip


async def _traffic(city: ConsoleCity, now: datetime) -> None:
    random = Random(4)
    flows = [
        ("G15/hotich", "H26/lienthong/dossier-status", 900, 0.0), ("G24/bhyt", "H26/lienthong/civil-extract", 320, 0.0),
        ("H26/lienthong", "G01/dancu/tra-cuu", 2400, 0.07), ("H26/lienthong", "G24/bhyt/cap-the", 150, 0.0),
        ("G15/hotich", "H26/lienthong/procedures", 40, 0.0), ("H29/dvc", "H26/lienthong/dossier-status", 25, 1.0),
        ("G01/dancu", "H26/lienthong/civil-extract", 75, 0.01),
    ]  # fmt: skip
    for client, service, calls, bad in flows:
        errors, denied = round(calls * bad), round(calls * bad) if bad == 1 else 0
        buckets = [0] * (len(BUCKETS) + 1)
        for _ in range(calls):
            buckets[min(int(abs(random.gauss(4, 2))), len(BUCKETS))] += 1
        await city.execute(
            "INSERT INTO exchange_minute (minute, client, service, exchanges, errors, denied, request_bytes, response_bytes,"
            " millis, buckets) VALUES (:now, :client, :service, :calls, :errors, :denied, :sent, :got, :millis, :buckets)",
            now=now - timedelta(minutes=1), client=f"VN/GOV/{client}", service=f"VN/GOV/{service}", calls=calls,
            errors=errors, denied=denied, sent=calls * 900, got=calls * 4200, millis=calls * 23.0, buckets=buckets,
        )  # fmt: skip


async def _requests(city: ConsoleCity, now: datetime) -> tuple[UUID, UUID]:
    asked = (
        (
            "G24",
            "bhyt",
            "Đối chiếu giấy khai sinh khi cấp thẻ cho trẻ dưới 6 tuổi",
            "civil-extract",
            now - timedelta(hours=3),
        ),
        (
            "G01",
            "dancu",
            "Theo dõi tình trạng hồ sơ đăng ký cư trú liên thông",
            "dossier-status",
            now + timedelta(hours=26),
        ),
    )
    ids = []
    for member, code, purpose, service, due in asked:
        ids.append(uuid4())
        wanted = {"service": f"VN/GOV/H26/lienthong/{service}", "methods": ["GET"], "paths": ["**"]}
        await city.execute(
            "INSERT INTO access_request (id, kind, instance, member_class, member, subsystem, wanted, purpose, legal_basis,"
            " asked_by, asked_at, answer_due_at, state) VALUES (:id, 'service', 'VN', 'GOV', :member, :code,"
            " CAST(:wanted AS jsonb), :purpose, 'NĐ 194/2025/NĐ-CP', :by, :at, :due, 'waiting')",
            id=ids[-1], member=member, code=code, wanted=json.dumps(wanted), purpose=purpose, by=f"agency:{code}",
            at=due - timedelta(days=2), due=due,
        )  # fmt: skip
    return ids[0], ids[1]


async def _subscriptions(city: ConsoleCity, now: datetime) -> UUID:
    ids = []
    for name, client, state in (
        ("Khai sinh để cấp thẻ BHYT", "bhxh-bhyt", "active"), ("Trả kết quả hộ tịch", "moj-hotich", "failing"),
        ("Thanh toán", "h29-dvc", "requested"),
    ):  # fmt: skip
        ids.append(uuid4())
        await city.execute(
            "INSERT INTO subscription (id, client_id, name, mode, types, url, secret, state, position, last_status, reason,"
            " created_at, changed_at) VALUES (:id, :client, :name, 'push', :types, 'https://hook.vi-du.test/su-kien', 'x',"
            " :state, 0, :status, :reason, :now, :now)",
            id=ids[-1], client=client, name=name, types=[FEE], state=state, status=503 if state == "failing" else 204,
            reason="HTTP 503 trong 2 giờ" if state == "failing" else None, now=now,
        )  # fmt: skip
    return ids[0]


async def _events(city: ConsoleCity) -> None:
    events = [EVENTS[name].from_example() for name in sorted(EVENTS)[:6]]
    sent = [Ingress(event.producer, wire(event).body) for event in events]
    await city.accept(*sent, Ingress("submission", b'{"not": "an event", "name": "<img src=x onerror=alert(1)>"}'))


async def _stuck(city: ConsoleCity, now: datetime) -> UUID:
    parked = uuid4()
    await city.execute(
        "INSERT INTO deferred (event_id, type, subject, body, state, attempts, next_attempt_at, reason) VALUES (:id,"
        " 'vn.gov.hanoi.civil-registry.birth-registration-requested.v1', 'H26-260812-0007', '{\"data\": {}}', 'parked', 8,"
        " now(), 'ValueError at handlers.py:31')", id=parked,
    )  # fmt: skip
    ways: tuple[tuple[str, str, str, int], ...] = (
        ("moj", "direct", "closed", 0), ("population", "lgsp-national", "open", 7), ("population", "direct", "closed", 0),
        ("health-card", "lgsp", "probing", 5),
    )  # fmt: skip
    for number, (adapter, mode, state, failures) in enumerate(ways):
        await city.execute(
            "INSERT INTO adapter_health (adapter, address, mode, preference, state, failures, last_ok_at, last_failure_at,"
            " last_error, opened_at, calls, errors, millis) VALUES (:adapter, :address, :mode, :number, :state, :failures,"
            " :ok, :failed, :error, :failed, 4200, :failures, 252000)",
            adapter=adapter, address=f"https://{adapter}-{mode}.vi-du.test", mode=mode, number=number, state=state,
            failures=failures, ok=now - timedelta(minutes=3), failed=now - timedelta(minutes=1) if failures else None,
            error="timed out" if failures else None,
        )  # fmt: skip
    return parked
