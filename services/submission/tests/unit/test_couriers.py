"""The couriers against servers on real sockets: TLS, sign-in, what is refused, what is known and what is not."""

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from submission.notices.ports import Message, Outcome
from submission.notices.sms import HttpSmsCourier
from submission.notices.smtp import SmtpCourier

MESSAGE = Message(
    reference="019c7a60-0000-7000-8000-000000000001",
    to="vi.du@example.org",
    subject="Xin lỗi và hẹn lại ngày trả kết quả hồ sơ H26-20261012-0000042 của ông/bà tại phường",
    body="Chào ông/bà,\n.\nDòng sau dấu chấm.\n",
    language="vi",
)
LATER, TAKEN, REFUSED, UNKNOWN = Outcome.LATER, Outcome.TAKEN, Outcome.REFUSED, Outcome.UNKNOWN


class Catcher:
    """Keeps what comes."""

    def __init__(self) -> None:
        self.letters: list[bytes] = []
        self.signed_in: list[bytes] = []

    async def handle_DATA(self, _: Any, __: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.letters.append(envelope.original_content)
        return "250 OK"

    def authenticate(self, _: Any, __: Any, ___: Any, ____: str, data: Any) -> AuthResult:
        self.signed_in.append(data.login)
        return AuthResult(success=(data.login, data.password) == (b"desk", b"word"))


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost that signs itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    return path


@asynccontextmanager
async def mail_server(catcher: Catcher, certificate: Path, tls: str) -> AsyncIterator[int]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    starttls: dict[str, Any] = {"tls_context": context, "require_starttls": True} if tls == "starttls" else {}
    loop = asyncio.get_running_loop()

    def protocol() -> SMTP:
        with warnings.catch_warnings():
            # aiosmtpd does not count TLS from the first byte as TLS.
            warnings.simplefilter("ignore", UserWarning)
            return SMTP(
                catcher,
                hostname="localhost",
                authenticator=catcher.authenticate,
                auth_required=True,
                auth_require_tls=tls == "starttls",
                loop=loop,
                **starttls,
            )

    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=context if tls == "implicit" else None)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def courier(port: int, tls: Any, certificate: Path | None) -> SmtpCourier:
    return SmtpCourier(
        "localhost", port, "Một cửa <mot-cua@example.org>", tls, 5, user="desk", password="word", ca_file=certificate
    )


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
async def test_a_mail_goes_over_tls_with_sign_in_and_arrives_as_it_was_written(certificate: Path, tls: str) -> None:
    catcher = Catcher()
    async with mail_server(catcher, certificate, tls) as port:
        handed = await courier(port, tls, certificate).hand_over(MESSAGE)
    assert handed.outcome is TAKEN, handed
    assert catcher.signed_in == [b"desk"]
    letter = message_from_bytes(catcher.letters[0], policy=default)
    assert letter["Subject"] == MESSAGE.subject
    assert letter["From"] == "Một cửa <mot-cua@example.org>"
    assert letter["Message-ID"] == f"<{MESSAGE.reference}@example.org>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content().replace("\r\n", "\n") == MESSAGE.body
    assert max(map(len, catcher.letters[0].split(b"\r\n"))) <= 78


async def test_a_server_that_cannot_prove_itself_gets_no_mail_and_no_password(certificate: Path) -> None:
    catcher = Catcher()
    async with mail_server(catcher, certificate, "starttls") as port:
        handed = await courier(port, "starttls", None).hand_over(MESSAGE)
    assert handed.outcome is LATER
    assert (catcher.letters, catcher.signed_in) == ([], [])


async def test_a_wrong_password_is_ours_to_mend_and_costs_no_notice(certificate: Path) -> None:
    catcher = Catcher()
    async with mail_server(catcher, certificate, "implicit") as port:
        wrong = replace(courier(port, "implicit", certificate), password="wrong", timeout_seconds=1)
        handed = await wrong.hand_over(MESSAGE)
    assert handed.outcome is LATER
    assert catcher.letters == []


@pytest.mark.parametrize("to", ["nobody", "ai đó@example.org", "a@b.vn\r\nRCPT TO:<c@d.vn>"])
async def test_what_is_no_address_is_not_even_tried(to: str) -> None:
    handed = await courier(1, "none", None).hand_over(replace(MESSAGE, to=to))
    assert handed.outcome is REFUSED


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ([], LATER),
        ([b"220 hi"], LATER),
        ([b"554 no service"], LATER),
        ([b"220 hi", b"250 hi", b"250 ok", b"550 nobody"], REFUSED),
        ([b"220 hi", b"250 hi", b"250 ok", b"450 full"], LATER),
        ([b"220 hi", b"250 hi", b"250 ok", b"250 ok", b"354 go"], UNKNOWN),
        ([b"220 hi", b"250 hi", b"250 ok", b"250 ok", b"354 go", b"554 spam"], REFUSED),
        ([b"220 hi", b"250 hi", b"250 ok", b"250 ok", b"354 go", b"452 later"], LATER),
        ([b"220 hi", b"250 hi", b"250 ok", b"250 ok", b"354 go", b"250 ok"], TAKEN),
    ],
)
async def test_only_an_answer_after_the_text_tells_who_has_the_mail(answers: list[bytes], outcome: Outcome) -> None:
    """A server that says these lines and then hangs up."""

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            writer.write(answer + b"\r\n")
            await writer.drain()
            line = await (reader.readuntil(b"\r\n.\r\n") if answer.startswith(b"354") else reader.readline())
            if not line:
                break
        writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    plain = SmtpCourier("127.0.0.1", port, "mot-cua@example.org", "none", 5)
    assert (await plain.hand_over(MESSAGE)).outcome is outcome
    server.close()


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(200, TAKEN), (202, TAKEN), (302, LATER), (400, REFUSED), (401, LATER), (429, LATER), (500, LATER)],
)
async def test_what_a_provider_answers_decides(status: int, outcome: Outcome) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {status} x\r\nContent-Length: 0\r\nLocation: http://127.0.0.1:1/\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    assert (await HttpSmsCourier(url, 5).hand_over(replace(MESSAGE, to="0912345678"))).outcome is outcome
    server.close()


async def test_a_provider_that_is_not_there_is_tried_later() -> None:
    assert (await HttpSmsCourier("http://127.0.0.1:1", 5).hand_over(MESSAGE)).outcome is LATER
    assert (await HttpSmsCourier("not an address", 5).hand_over(MESSAGE)).outcome is LATER
