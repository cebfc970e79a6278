"""Mail by SMTP (RFC 5321), with TLS and sign-in as set. One connection a mail; it keeps nothing and tries nothing twice.

SMTP has no question "do you have this one": once the text has begun to leave and no answer came, it may have been taken.
"""

import ssl
from dataclasses import dataclass, field
from email.header import Header
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import formataddr, formatdate, parseaddr
from pathlib import Path
from typing import Literal

import aiosmtplib

from submission.domain.addresses import is_email
from submission.notices.ports import Handed, Message, Outcome

Tls = Literal["none", "starttls", "implicit"]


@dataclass(frozen=True, slots=True)
class SmtpCourier:
    """A mail server and how to speak with it. `sender` may carry a name: `Một cửa <no-reply@…>`."""

    host: str
    port: int
    sender: str
    tls: Tls
    timeout_seconds: float
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    repeatable: bool = False

    async def hand_over(self, message: Message) -> Handed:
        """Until DATA every failure leaves the mail with us; from DATA on only an answer tells who has it."""
        try:
            letter = self._letter(message)
        except (ValueError, UnicodeError):
            return Handed(Outcome.REFUSED, "address or text cannot be a mail")
        client = aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            username=self.user,
            password=self.password,
            use_tls=self.tls == "implicit",
            start_tls=self.tls == "starttls",
            tls_context=self._tls_context(),
            timeout=self.timeout_seconds,
        )
        try:
            return await self._speak(client, message.to, letter)
        finally:
            client.close()

    async def _speak(self, client: aiosmtplib.SMTP, to: str, letter: bytes) -> Handed:
        try:
            await client.connect()
            await client.mail(parseaddr(self.sender)[1])
            await client.rcpt(to)
        except aiosmtplib.SMTPRecipientRefused as refusal:
            return _by_code(refusal.code)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            # A sign-in or a sender that is refused is our own fault, to be mended, and no reason to give a notice up.
            return Handed(Outcome.LATER, _named(error))
        try:
            await client.data(letter)
        except aiosmtplib.SMTPResponseException as refusal:
            return _by_code(refusal.code)
        except (aiosmtplib.SMTPException, OSError) as error:
            return Handed(Outcome.UNKNOWN, _named(error))
        return Handed(Outcome.TAKEN)

    def _letter(self, message: Message) -> bytes:
        if not is_email(message.to):
            raise ValueError("an address beyond ASCII needs SMTPUTF8, which not every server has")
        # The older of the two mail APIs of the standard library: the newer one loses spaces where it folds a long
        # subject with accents.
        letter = MIMEText(message.body, "plain", "utf-8")
        letter["From"] = formataddr(parseaddr(self.sender), "utf-8")
        letter["To"] = message.to
        letter["Subject"] = Header(message.subject, "utf-8", header_name="Subject").encode()
        letter["Date"] = formatdate()
        letter["Message-ID"] = f"<{message.reference}@{parseaddr(self.sender)[1].rpartition('@')[2]}>"
        letter["Content-Language"] = message.language
        # RFC 3834: holiday replies stay at home.
        letter["Auto-Submitted"] = "auto-generated"
        return letter.as_bytes(policy=compat32.clone(linesep="\r\n"))

    def _tls_context(self) -> ssl.SSLContext | None:
        return None if self.tls == "none" else ssl.create_default_context(cafile=self.ca_file)


def _by_code(code: int) -> Handed:
    return Handed(Outcome.REFUSED if code >= 500 else Outcome.LATER, f"SMTP {code}")


def _named(error: Exception) -> str:
    code = getattr(error, "code", None)
    return f"{type(error).__name__} {code}" if isinstance(code, int) else type(error).__name__
