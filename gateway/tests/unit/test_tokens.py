"""Keys and commands of the token endpoint that need no database."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from pydantic import SecretStr
from typer.testing import CliRunner

from gateway.app import commands
from gateway.keys import UnusableKey, private_key, public_jwk, signing_key, verifying_key
from gateway.tests.conftest import pem


def pem_of(key: Any) -> SecretStr:
    return SecretStr(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


async def test_without_a_key_no_tokens_are_given_and_the_key_set_is_empty(open_gateway: Callable[..., Any]) -> None:
    async with open_gateway() as gateway:
        for path in ("/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"):
            answer = await gateway.client.post(path, data={"grant_type": "client_credentials"})
            assert (answer.status_code, answer.json()["type"]) == (503, "/problems/tokens-unavailable")
        assert (await gateway.get("/.well-known/jwks.json")).json() == {"keys": []}


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


def test_a_key_of_p256_signs_tokens_but_not_checkpoints_and_one_of_another_curve_nothing() -> None:
    p256, p384 = (pem_of(ec.generate_private_key(curve)) for curve in (ec.SECP256R1(), ec.SECP384R1()))
    assert public_jwk(signing_key(p256, "KEY"))["alg"] == "ES256"
    for read, secret in ((private_key, p256), (signing_key, p384), (verifying_key, p384)):
        with pytest.raises(UnusableKey):
            read(secret, "KEY")


def test_a_further_key_may_be_the_public_half_alone() -> None:
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    assert public_jwk(verifying_key(SecretStr(public), "KEYS")) == public_jwk(verifying_key(pem_of(key), "KEYS"))
