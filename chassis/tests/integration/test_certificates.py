"""Client certificates over real TLS: shown, not shown, of an authority nobody trusts; and the options of the command."""

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send
from typer.testing import CliRunner

from chassis.certificates import thumbprint, thumbprint_of
from chassis.head import BoundedHead
from chassis.run import commands
from chassis.service import Service


@dataclass(frozen=True)
class Identity:
    """A certificate and its key, in files."""

    name: x509.Name
    key: EllipticCurvePrivateKey
    certificate: Path
    key_file: Path

    @property
    def thumb(self) -> str:
        return thumbprint_of(self.certificate.read_text())


Make = Callable[..., Identity]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Makes a certificate, signed by another or by itself."""

    def made(name: str, by: Identity | None = None) -> Identity:
        key = generate_private_key(SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = dt.datetime.now(dt.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(by.name if by else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .sign(by.key if by else key, SHA256())
        )
        files = tmp_path / f"{name}.pem", tmp_path / f"{name}.key"
        files[0].write_bytes(certificate.public_bytes(Encoding.PEM))
        files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return Identity(subject, key, *files)

    return made


async def who(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers which certificate it sees."""
    await JSONResponse({"thumbprint": thumbprint(scope)})(scope, receive, send)


@pytest.fixture
async def port(make: Make) -> AsyncIterator[tuple[int, Identity]]:
    """A server with TLS that asks for certificates of one authority."""
    authority = make("authority")
    server_identity = make("server", authority)
    config = uvicorn.Config(
        who, port=0, http=BoundedHead, log_config=None, lifespan="off",
        ssl_certfile=server_identity.certificate, ssl_keyfile=server_identity.key_file,
        ssl_ca_certs=str(authority.certificate), ssl_cert_reqs=ssl.CERT_OPTIONAL,
    )  # fmt: skip
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    async with asyncio.timeout(10):
        while not server.started:
            await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1], authority
    server.should_exit = True
    await serving


def client(authority: Identity, shown: Identity | None = None) -> httpx.AsyncClient:
    trust = ssl.create_default_context(cafile=str(authority.certificate))
    if shown is not None:
        trust.load_cert_chain(shown.certificate, shown.key_file)
    return httpx.AsyncClient(verify=trust)


async def test_a_certificate_shown_in_the_handshake_is_seen_with_each_request(
    port: tuple[int, Identity], make: Make
) -> None:
    number, authority = port
    shown = make("portal", authority)
    async with client(authority, shown) as http:
        for _ in range(2):
            answer = await http.get(f"https://localhost:{number}/", headers={"Client-Cert": ":AAAA:"})
            assert answer.json() == {"thumbprint": shown.thumb}


async def test_without_a_certificate_none_is_seen(port: tuple[int, Identity]) -> None:
    number, authority = port
    async with client(authority) as http:
        assert (await http.get(f"https://localhost:{number}/")).json() == {"thumbprint": None}


async def test_a_certificate_of_an_authority_nobody_trusts_ends_the_connection(
    port: tuple[int, Identity], make: Make
) -> None:
    number, authority = port
    async with client(authority, make("forged")) as http:
        with pytest.raises(httpx.TransportError):
            await http.get(f"https://localhost:{number}/")


@pytest.mark.parametrize(
    "options",
    [["--tls-cert", "a.pem"], ["--tls-key", "a.key"], ["--tls-client-ca", "ca.pem"]],
)
def test_half_of_what_tls_needs_is_said_to_be_half(options: list[str]) -> None:
    service = Service(name="toy", package="toy", title="Toy", description="", routers=())
    app: Any = commands(service)
    run = CliRunner().invoke(app, ["api", *options])
    assert run.exit_code == 2
    assert "--tls-cert and --tls-key" in run.output
