"""What the tests of notices share: a desk with a mail server and an SMS provider beside it, both simulators on real sockets."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn
from pydantic import SecretStr
from sqlalchemy import text

from chassis.clock import SettableClock
from chassis.service import Runtime, create_app
from sandbox.simulators import sms
from sandbox.simulators.faults import Fault
from sandbox.simulators.mail import Mail, MailServer
from sandbox.simulators.sms import SmsProvider
from services.submission.tests.conftest import CATALOGUE, MORNING, Desk
from services.submission.tests.counter import OWNER, PATH
from submission.app import SERVICE
from submission.notices import work
from submission.settings import SubmissionSettings
from tests.servers.postgres import Postgres
from tests.support.identities import ISSUERS

EMAIL, PHONE = "vi.du@example.org", "0912345678"
CONTACT = {"email": EMAIL, "phone": PHONE, "language": "vi"}
TOKEN = "sms-token"

_numbers = itertools.count(1)


@dataclass
class PostOffice:
    """The desk, and what its applicants have got."""

    desk: Desk
    mail: MailServer
    sms: SmsProvider

    @property
    def mails(self) -> list[Mail]:
        return self.mail.mails

    @property
    def texts(self) -> list[dict[str, Any]]:
        return self.sms.shown()

    def fail_mail(self, mode: str, times: int | None = 1, **more: Any) -> None:
        self.mail.desk.script(Fault(mode=mode, times=times, **more))

    def fail_sms(self, mode: str, times: int | None = 1, **more: Any) -> None:
        self.sms.desk.script(Fault(mode=mode, times=times, **more))

    async def plan(self) -> None:
        await work.plan(self.desk.runtime)

    async def send(self) -> None:
        """Plan and send until a round finds nothing to do, or is put off."""
        await self.plan()
        await work.send_mail(self.desk.runtime)
        await work.send_sms(self.desk.runtime)

    async def sql(self, statement: str) -> list[Any]:
        async with self.desk.runtime.database.begin() as uow:
            result = await uow.execute(text(statement))
            rows = list(result.all()) if result.returns_rows else []
            return await uow.commit(rows)

    async def hasten(self) -> None:
        """What waits to be tried again is due now."""
        await self.sql("UPDATE notices SET due_at = now() WHERE state = 'planned'")

    async def notices(self, code: str) -> list[dict[str, Any]]:
        answer = await self.desk.get(f"{PATH}/{code}/notices", OWNER)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def states(self, code: str) -> dict[str, str]:
        """The state of each medium's last notice."""
        return {notice["medium"]: notice["state"] for notice in await self.notices(code)}


@asynccontextmanager
async def post_office(postgres: Postgres, template: str, **settings: Any) -> AsyncIterator[PostOffice]:
    """A desk on a database of its own, its mail server and its SMS provider."""
    clock = SettableClock(MORNING)
    mail, provider = MailServer(now=clock.now), SmsProvider(now=clock.now, token=TOKEN)
    smtp_port = await mail.listen("127.0.0.1", 0)
    name = f"submission_post_{next(_numbers)}"
    url = await postgres.create_database(name, template)
    async with _served(sms.create_app(provider)) as sms_url:
        told = SubmissionSettings(
            database_url=SecretStr(url),
            smtp_host="127.0.0.1",
            smtp_port=smtp_port,
            smtp_tls="none",
            smtp_sender="Một cửa <mot-cua@example.org>",
            sms_url=sms_url,
            sms_token=SecretStr(TOKEN),
            notice_timeout_seconds=3,
            **settings,
        )
        runtime = Runtime.of(SERVICE, told, clock=clock, issuers=ISSUERS)
        await runtime.start()
        transport = httpx.ASGITransport(app=create_app(runtime))
        async with httpx.AsyncClient(transport=transport, base_url="http://submission.test") as client:
            desk = Desk(runtime, client, clock)
            await desk.hear(*CATALOGUE)
            yield PostOffice(desk, mail, provider)
        await runtime.close()
    mail.close()
    await postgres.drop_database(name)


@asynccontextmanager
async def _served(app: Any) -> AsyncIterator[str]:
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
