"""The mail server that catches: what comes is shown, and each fault leaves what it says it leaves."""

import asyncio
import smtplib
from collections.abc import AsyncIterator

import pytest

from deploy.sandbox.tests.simulator_kit import in_process
from sandbox.simulators import Simulators
from sandbox.simulators.faults import Fault
from sandbox.simulators.mail import create_app

LETTER = "From: a@x.vn\r\nTo: b@x.vn\r\nSubject: =?utf-8?b?w4Ju?=\r\nMessage-ID: <1@x.vn>\r\n\r\nText\r\n"


@pytest.fixture
async def port(world: Simulators) -> AsyncIterator[int]:
    yield await world.mail.listen("127.0.0.1", 0)
    world.mail.close()


async def sent(port: int) -> str:
    """What the sender learns."""

    def send() -> str:
        try:
            with smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
                client.sendmail("a@x.vn", ["b@x.vn"], LETTER)
        except smtplib.SMTPRecipientsRefused as refused:
            return str(refused.recipients["b@x.vn"][0])
        except smtplib.SMTPServerDisconnected:
            return "cut"
        return "taken"

    return await asyncio.to_thread(send)


async def test_a_mail_is_caught_and_shown(world: Simulators, port: int) -> None:
    assert await sent(port) == "taken"
    async with in_process(create_app(world.mail)) as http:
        (mail,) = (await http.get("/messages", params={"to": "b@x.vn"})).json()
        assert (mail["subject"], mail["messageId"], mail["text"].strip()) == ("Ân", "<1@x.vn>", "Text")
        assert (await http.get("/messages", params={"to": "c@x.vn"})).json() == []
        assert (await http.delete("/messages")).status_code == 204
        assert (await http.get("/messages")).json() == []


@pytest.mark.parametrize(
    ("mode", "told", "caught"),
    [("down", "cut", 0), ("error", "451", 0), ("refuse", "550", 0), ("slow", "taken", 1), ("lose-answer", "cut", 1)],
)
async def test_it_fails_as_it_is_told_to_and_then_no_more(
    world: Simulators, port: int, mode: str, told: str, caught: int
) -> None:
    world.mail.desk.script(Fault(mode=mode, times=1))
    assert (await sent(port), len(world.mail.mails)) == (told, caught)
    assert (await sent(port), len(world.mail.mails)) == ("taken", caught + 1)
    counts = world.mail.desk.report()["counts"]
    assert isinstance(counts, dict)
    assert counts["deliver"]["<1@x.vn>"]["acted"] == caught + 1
