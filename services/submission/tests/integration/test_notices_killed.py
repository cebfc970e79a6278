"""Senders killed with SIGKILL half-way: nothing is forgotten, and no mail goes out twice without a person's word."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from chassis.settings import Settings
from services.submission.tests.counter import OPERATOR, at_the_counter, done
from services.submission.tests.post import EMAIL, PHONE, TOKEN, PostOffice, post_office
from submission.settings import SubmissionSettings
from tests.servers.postgres import Postgres

SENDER = [sys.executable, "-m", "services.submission.tests.sender"]

pytestmark = pytest.mark.fault


@pytest.fixture
async def office(postgres: Postgres, template: str) -> AsyncIterator[PostOffice]:
    async with post_office(postgres, template) as office:
        yield office


@contextmanager
def sender(office: PostOffice, **changed: object) -> Iterator[subprocess.Popen[bytes]]:
    """A sender in a process of its own, killed with SIGKILL at the end of the block."""
    settings = office.desk.runtime.settings
    assert isinstance(settings, SubmissionSettings)
    told: dict[str, object] = {
        "database_url": settings.database_url.get_secret_value(),
        "smtp_host": settings.smtp_host,
        "smtp_port": settings.smtp_port,
        "smtp_tls": "none",
        "smtp_sender": settings.smtp_sender,
        "sms_url": settings.sms_url,
        "sms_token": TOKEN,
        "notice_timeout_seconds": 30,
        "data_dir": settings.data_dir,
    }
    prefix = str(Settings.model_config["env_prefix"])
    environment = {prefix + name.upper(): str(value) for name, value in (told | changed).items()}
    process = subprocess.Popen(SENDER, env=os.environ | environment, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def until(what: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await what():
            await asyncio.sleep(0.05)


async def in_state(office: PostOffice, state: str) -> bool:
    return await office.sql("SELECT state FROM notices") == [(state,)]


async def lost(office: PostOffice) -> None:
    """Time passes: the sender that died has not been heard of for long."""
    await office.sql("UPDATE notices SET sending_at = now() - interval '1 hour' WHERE state = 'sending'")


async def test_killed_while_the_mail_server_had_the_mail_it_is_unknown_and_not_sent_again(office: PostOffice) -> None:
    office.fail_mail("slow", delay_seconds=60)
    await at_the_counter(office.desk, contact={"email": EMAIL})
    with sender(office):
        await until(lambda: _true(len(office.mails) == 1))
    assert await in_state(office, "sending")
    await lost(office)
    with sender(office):
        await until(lambda: in_state(office, "unknown"))
        await asyncio.sleep(1)
    assert len(office.mails) == 1


async def test_killed_before_anything_left_it_is_not_forgotten_and_goes_out_by_an_operators_word(
    office: PostOffice,
) -> None:
    await at_the_counter(office.desk, contact={"email": EMAIL})
    # A mail server that lets people in and says nothing.
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        sender(office, smtp_port=silent.getsockname()[1]),
    ):
        await until(lambda: in_state(office, "sending"))
    await lost(office)
    with sender(office):
        await until(lambda: in_state(office, "unknown"))
        assert office.mails == []
        (stuck,) = (await office.desk.get("/v1/notices?state=unknown", OPERATOR)).json()["items"]
        await done(office.desk, await office.desk.post(f"/v1/notices/{stuck['id']}/resend", OPERATOR))
        await until(lambda: in_state(office, "sent"))
    assert len(office.mails) == 1


async def test_killed_while_the_provider_had_the_text_message_it_is_repeated_and_arrives_once(
    office: PostOffice,
) -> None:
    office.fail_sms("slow", delay_seconds=6)
    await at_the_counter(office.desk, contact={"phone": PHONE})
    with sender(office):
        await until(lambda: _true(len(office.texts) == 1))
    await lost(office)
    with sender(office):
        await until(lambda: in_state(office, "sent"))
    assert len(office.texts) == 1
    counts = office.sms.desk.report()["counts"]
    assert isinstance(counts, dict)
    ((_, count),) = counts["send"].items()
    assert count == {"received": 2, "acted": 1}


async def test_killed_in_the_middle_of_planning_the_step_is_planned_for_again_and_once(office: PostOffice) -> None:
    await at_the_counter(office.desk, contact={"email": EMAIL, "phone": PHONE})
    async with office.desk.runtime.database.engine.begin() as holding:
        await holding.execute(text("LOCK TABLE notices IN SHARE ROW EXCLUSIVE MODE"))
        with sender(office):
            waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            await until(lambda: _any(office, waiting))
    assert await office.sql("SELECT 1 FROM notices") == []
    with sender(office):
        await until(lambda: _true(len(office.mails) == 1 and len(office.texts) == 1))
        await asyncio.sleep(0.5)
    assert (len(office.mails), len(office.texts)) == (1, 1)


async def _true(held: bool) -> bool:
    return held


async def _any(office: PostOffice, query: str) -> bool:
    return bool(await office.sql(query))
