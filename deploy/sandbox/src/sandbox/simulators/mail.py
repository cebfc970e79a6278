"""A mail server that catches every mail and sends none: SMTP to put them in, HTTP to look at them. It knows no sender.

Faults of `PUT /faults`, played at the operation `deliver`: `down` and `error` before the text is asked for (a cut connection,
451), `refuse` (550 for the recipient), `slow` and `lose-answer` once the mail is here. A mail that comes twice is here twice.
"""

import asyncio
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from fastapi import FastAPI

from sandbox.simulators.faults import Desk, install
from sandbox.simulators.hanoi import Now

KEPT_MAILS = 10_000
DELIVER = "deliver"


@dataclass(frozen=True)
class Mail:
    """A mail as it was caught."""

    at: str
    sender: str
    to: tuple[str, ...]
    message_id: str
    subject: str
    text: str
    language: str


class MailServer:
    """Every mail since the start (the last 10,000), and what the server was told to do wrong."""

    def __init__(self, *, now: Now) -> None:
        self._now = now
        self._listener: asyncio.Server | None = None
        self.mails: list[Mail] = []
        self.desk = Desk((), now=now, business_modes=frozenset({"refuse"}), outgoing=frozenset({DELIVER}))

    async def handle_RCPT(self, server: SMTP, _: Session, envelope: Envelope, address: str, __: list[str]) -> str:  # noqa: N802 - aiosmtpd's name
        """Whether the recipient is taken. Every fault that leaves the mail with its sender is played here."""
        fault = self.desk.take(DELIVER, "down", "error", "refuse")
        if fault is None:
            envelope.rcpt_tos.append(address)
            return "250 OK"
        self.desk.received(DELIVER, [address], fault)
        if fault.mode == "down":
            _cut(server)
        return "550 No such mailbox" if fault.mode == "refuse" else "451 Not now"

    async def handle_DATA(self, server: SMTP, _: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Take the mail, and then perhaps keep quiet about it."""
        mail = self._read(envelope)
        fault = self.desk.take(DELIVER, "slow", "lose-answer")
        self.desk.received(DELIVER, [mail.message_id], fault)
        self.mails = [*self.mails[1 - KEPT_MAILS :], mail]
        self.desk.acted(DELIVER, mail.message_id)
        if fault is not None and fault.mode == "slow":
            await self.desk.sleep(fault.delay_seconds)
        if fault is not None and fault.mode == "lose-answer":
            _cut(server)
        return "250 OK"

    def _read(self, envelope: Envelope) -> Mail:
        letter = message_from_bytes(envelope.original_content or b"", _class=EmailMessage, policy=default)
        body = letter.get_body(("plain",))
        return Mail(
            at=self._now().isoformat(),
            sender=str(envelope.mail_from),
            to=tuple(envelope.rcpt_tos),
            message_id=str(letter.get("Message-ID", "")),
            subject=str(letter.get("Subject", "")),
            text=str(body.get_content()) if body is not None else "",
            language=str(letter.get("Content-Language", "")),
        )

    async def listen(self, host: str, port: int) -> int:
        """Take mails on this address until `close`; gives the port, also where 0 asked for a free one."""
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(lambda: SMTP(self, hostname="mail.sandbox", loop=loop), host, port)
        bound: int = self._listener.sockets[0].getsockname()[1]
        return bound

    def close(self) -> None:
        """Take no more mails."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None


def _cut(server: SMTP) -> None:
    if isinstance(server.transport, asyncio.Transport):
        server.transport.abort()


def create_app(server: MailServer) -> FastAPI:
    """What was caught, for a test or a curious person to look at."""
    app = FastAPI(title="Mô phỏng: máy chủ thư", version="1")

    @app.get("/messages")
    async def messages(to: str | None = None) -> list[dict[str, Any]]:
        """Every mail, oldest first; `to` only those to that address."""
        return [_shown(mail) for mail in server.mails if to is None or to in mail.to]

    @app.delete("/messages", status_code=204)
    async def forget() -> None:
        """Begin anew."""
        server.mails = []

    install(app, server.desk)
    return app


def _shown(mail: Mail) -> dict[str, Any]:
    return {
        "at": mail.at, "from": mail.sender, "to": list(mail.to), "messageId": mail.message_id, "subject": mail.subject,
        "text": mail.text, "language": mail.language,
    }  # fmt: skip
