"""The token endpoint, as RFC 6749 has it, and the clients it serves."""

import base64
import json
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import httpx
import jwt
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from chassis.auth import Authenticator, Kind
from gateway.app import commands
from gateway.clients import add_client, read_clients
from gateway.keys import private_key, public_jwk
from gateway.tests.conftest import Gateway, pem
from gateway.tokens import token_maker

ISSUER = "http://city.test"


@pytest.fixture
def clients_file(tmp_path: Path) -> Path:
    return tmp_path / "clients.json"


@pytest.fixture
def secret(clients_file: Path) -> str:
    return add_client(clients_file, "portal", agency="G15", scopes=["submission:read", "reporting:read"])


@pytest.fixture
async def gateway(open_gateway: Callable[..., Any], clients_file: Path) -> AsyncIterator[Gateway]:
    settings = {"token_key": pem(), "token_issuer": ISSUER, "public_url": ISSUER, "clients_file": clients_file}
    async with open_gateway({}, **settings) as opened:
        yield opened


async def ask(
    gateway: Gateway, form: Mapping[str, str] | None = None, *, basic: tuple[str, str] | None = None, **more: str
) -> httpx.Response:
    headers = {}
    if basic is not None:
        pair = f"{quote_plus(basic[0])}:{quote_plus(basic[1])}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    return await gateway.client.post(
        "/oauth2/token", data={"grant_type": "client_credentials"} | dict(form or {}) | more, headers=headers
    )


@pytest.mark.parametrize("way", ["client_secret_basic", "client_secret_post"])
async def test_a_client_gets_a_token_that_every_service_takes(gateway: Gateway, secret: str, way: str) -> None:
    if way == "client_secret_basic":
        answer = await ask(gateway, basic=("portal", secret), scope="submission:read")
    else:
        answer = await ask(gateway, client_id="portal", client_secret=secret, scope="submission:read")
    assert answer.status_code == 200
    assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")
    body = answer.json()
    assert {key: body[key] for key in ("token_type", "expires_in", "scope")} == {
        "token_type": "Bearer",
        "expires_in": 900,
        "scope": "submission:read",
    }

    async def keys() -> Any:
        return (await gateway.get("/.well-known/jwks.json")).json()

    principal = await Authenticator({ISSUER: keys}, "lienthong").principal(body["access_token"])
    assert (principal.kind, principal.subject, principal.agency) == (Kind.AGENCY, "portal", "G15")
    assert principal.scopes == {"submission:read"}
    claims = jwt.decode(body["access_token"], options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 900
    assert claims.keys() == {"iss", "sub", "client_id", "aud", "iat", "exp", "jti", "scope", "agency"}


async def test_without_a_scope_all_that_were_granted_are_given(gateway: Gateway, secret: str) -> None:
    answer = await ask(gateway, basic=("portal", secret))
    assert answer.json()["scope"] == "reporting:read submission:read"
    assert (await ask(gateway, basic=("portal", secret), scope="")).json()["scope"] == "reporting:read submission:read"


@pytest.mark.parametrize(
    "form",
    [
        {"client_id": "portal", "client_secret": "wrong"},
        {"client_id": "nobody", "client_secret": "wrong"},
        {"client_id": "portal"},
        {"client_secret": "wrong"},
        {},
    ],
)
async def test_who_is_not_authenticated_is_refused_alike(gateway: Gateway, secret: str, form: dict[str, str]) -> None:
    assert secret
    answer = await ask(gateway, form)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="lienthong"'
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("header", ["Basic !!!", "Basic cG9ydGFs", "Bearer x", "Basic", "Basic /w=="])
async def test_a_header_that_is_not_http_basic_is_refused(gateway: Gateway, header: str) -> None:
    form = {"grant_type": "client_credentials"}
    answer = await gateway.client.post("/oauth2/token", data=form, headers={"Authorization": header})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "invalid_request"),
        ({"scope": "payment:write"}, "invalid_scope"),
        ({"scope": "submission:read payment:write"}, "invalid_scope"),
        ({"scope": "submission:read  reporting:read"}, "invalid_scope"),
        ({"client_secret": "twice"}, "invalid_request"),
        ({"client_id": "other"}, "invalid_request"),
    ],
)
async def test_a_wrong_request_gets_the_error_the_rfc_names(
    gateway: Gateway, secret: str, form: dict[str, str], error: str
) -> None:
    answer = await ask(gateway, form, basic=("portal", secret))
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert answer.json()["error_description"]
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b'{"grant_type": "client_credentials"}', "application/json"),
        (b"grant_type=client_credentials&grant_type=password", "application/x-www-form-urlencoded"),
        (b"grant_type", "application/x-www-form-urlencoded"),
        (b"grant_type=%ff", "application/x-www-form-urlencoded"),
        (b"\xff=\xff", "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=1" % number for number in range(100)), "application/x-www-form-urlencoded"),
    ],
)
async def test_what_is_no_form_is_an_invalid_request(gateway: Gateway, content: bytes, media_type: str) -> None:
    answer = await gateway.client.post("/oauth2/token", content=content, headers={"Content-Type": media_type})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_a_client_added_or_renewed_while_the_gateway_runs_is_known_at_once(
    gateway: Gateway, clients_file: Path, secret: str
) -> None:
    assert (await ask(gateway, basic=("portal", secret))).status_code == 200
    renewed = add_client(clients_file, "portal", agency="G15", scopes=["reporting:read"], replace=True)
    other = add_client(clients_file, "bhxh", agency="G24", scopes=["submission:read"])
    assert (await ask(gateway, basic=("portal", secret))).status_code == 401
    assert (await ask(gateway, basic=("portal", renewed))).json()["scope"] == "reporting:read"
    assert (await ask(gateway, basic=("bhxh", other))).status_code == 200


async def test_metadata_leads_to_the_endpoints(gateway: Gateway) -> None:
    metadata = (await gateway.get("/.well-known/oauth-authorization-server")).json()
    assert (metadata["issuer"], metadata["token_endpoint"]) == (ISSUER, f"{ISSUER}/oauth2/token")
    assert metadata["jwks_uri"] == f"{ISSUER}/.well-known/jwks.json"
    (key,) = (await gateway.get("/.well-known/jwks.json")).json()["keys"]
    assert (key["kty"], key["crv"], key["alg"], "d" in key) == ("OKP", "Ed25519", "EdDSA", False)
    maker = token_maker(gateway.settings)
    assert maker is not None
    assert maker.jwks() == {"keys": [key]}


async def test_without_a_key_no_tokens_are_given_and_the_key_set_is_empty(open_gateway: Callable[..., Any]) -> None:
    async with open_gateway() as gateway:
        answer = await ask(gateway)
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/tokens-unavailable")
        assert (await gateway.get("/.well-known/jwks.json")).json() == {"keys": []}


def test_the_command_adds_a_client_shows_its_secret_once_and_keeps_only_a_hash(clients_file: Path) -> None:
    arguments = ["client", "add", "portal", "--agency", "G15", "--scope", "submission:read", "--scope", "ledger:bodies"]
    arguments += ["--file", str(clients_file)]
    run = CliRunner().invoke(commands, arguments)
    assert run.exit_code == 0, run.output
    (secret,) = run.stdout.split()
    kept = clients_file.read_text(encoding="utf-8")
    assert secret not in kept
    assert clients_file.stat().st_mode & 0o077 == 0
    assert read_clients(clients_file)["portal"].scopes == {"submission:read", "ledger:bodies"}
    again = CliRunner().invoke(commands, arguments)
    assert again.exit_code == 1
    assert "--replace" in again.output
    assert clients_file.read_text(encoding="utf-8") == kept


@pytest.mark.parametrize(
    ("client_id", "scope"),
    [("a b", "submission:read"), ("", "submission:read"), ("a:b", "x"), ("portal", 'a"b'), ("portal", "a b")],
)
def test_a_client_that_could_not_be_written_in_oauth_is_refused(clients_file: Path, client_id: str, scope: str) -> None:
    run = CliRunner().invoke(
        commands, ["client", "add", client_id, "--agency", "G15", "--scope", scope, "--file", str(clients_file)]
    )
    assert run.exit_code == 1
    assert not clients_file.exists()


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"clients": [{"id": "x"}]}',
        '{"clients": [{"id": "x", "agency": "y", "scopes": ["z"], "secretHash": "plain"}]}',
    ],
)
def test_a_clients_file_that_is_wrong_is_said_to_be(clients_file: Path, content: str) -> None:
    clients_file.write_text(content, encoding="utf-8")
    run = CliRunner().invoke(
        commands, ["client", "add", "p", "--agency", "G15", "--scope", "s", "--file", str(clients_file)]
    )
    assert run.exit_code == 1
    assert "clients" in run.output or "secretHash" in run.output
    assert clients_file.read_text(encoding="utf-8") == content


def test_the_worker_without_a_ledger_key_refuses_to_start_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIENTHONG_LEDGER_KEY", raising=False)
    run = CliRunner().invoke(commands, ["worker"])
    assert run.exit_code == 2
    assert run.output.strip().startswith("LIENTHONG_LEDGER_KEY is not set")
    assert json.dumps(run.output).count("\\n") == 1


@pytest.mark.parametrize(
    ("command", "setting"),
    [("worker", "LIENTHONG_LEDGER_KEY"), ("worker", "LIENTHONG_TOKEN_KEY"), ("api", "LIENTHONG_TOKEN_KEY")],
)
@pytest.mark.parametrize(
    "value", ["/nowhere/key.pem", "-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----"]
)
def test_a_key_that_is_none_is_named_by_its_setting_and_never_shown(
    monkeypatch: pytest.MonkeyPatch, command: str, setting: str, value: str
) -> None:
    monkeypatch.setenv("LIENTHONG_LEDGER_KEY", pem().get_secret_value())
    monkeypatch.setenv(setting, value)
    run = CliRunner().invoke(commands, [command])
    assert run.exit_code == 2
    assert run.output.startswith(f"{setting} must be an unencrypted Ed25519 private key")
    assert value not in run.output


def test_a_key_may_be_given_as_the_path_of_its_file(tmp_path: Path) -> None:
    secret = pem()
    path = tmp_path / "key.pem"
    path.write_text(secret.get_secret_value(), encoding="utf-8")
    by_path, by_text = (private_key(SecretStr(value), "KEY") for value in (str(path), secret.get_secret_value()))
    assert public_jwk(by_path) == public_jwk(by_text)
