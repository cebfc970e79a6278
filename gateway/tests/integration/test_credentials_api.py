"""Credentials managed by their owners and by operators, declared by a file, made in the operator's shell; and the LGSP contract."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import uuid4

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import SecretStr
from typer.testing import CliRunner

from gateway.app import commands
from gateway.client_secrets import hash_secret
from gateway.domain.credentials import MOST_LIVE, DeclaredKey, Kind
from gateway.handlers.credentials import declare_keys, keep_secret
from gateway.problems.credentials import ClientNotFound, CredentialTaken, CredentialUnusable
from gateway.settings import GatewaySettings
from gateway.tests.conftest import Gateway, opened, pem
from tests.support import identities
from tests.support.clients import add_client
from tests.support.counting import counted
from tests.support.tokens import ISSUER, ask, assertion, certificate, jwk_of, signed_form

PATH = "/lgsp/v1/credentials"
OWNER = identities.agency("gateway:credentials", client="portal")
STRANGER = identities.agency("gateway:credentials", client="bhxh")
OPERATOR = identities.officer("operator")
KEY = Ed25519PrivateKey.generate()


@pytest.fixture
async def gateway(database_url: SecretStr) -> AsyncIterator[Gateway]:
    settings = GatewaySettings(database_url=database_url, token_key=pem(), token_issuer=ISSUER, public_url=ISSUER)
    async with opened(settings, {}) as opened_gateway:
        yield opened_gateway


@pytest.fixture
async def secret(gateway: Gateway) -> str:
    await add_client(gateway.runtime.database, "bhxh", agency="G24", scopes=["payment:read"])
    return await add_client(gateway.runtime.database, "portal", agency="G15", scopes=["submission:read"])


async def post(
    gateway: Gateway, what: str, body: Mapping[str, Any], who: Mapping[str, str] = OWNER, key: str | None = None
) -> httpx.Response:
    headers = {**who, "Idempotency-Key": key or uuid4().hex}
    return await gateway.client.post(f"{PATH}/{what}", json=body, headers=headers)


async def listed(gateway: Gateway, who: Mapping[str, str] = OWNER, **query: str) -> list[dict[str, Any]]:
    answer = await gateway.get(PATH, who, **query)
    assert answer.status_code == 200
    return list(answer.json()["items"])


async def test_an_agency_changes_its_secret_without_a_moment_in_which_none_works(gateway: Gateway, secret: str) -> None:
    made = (await post(gateway, "secrets", {"name": "next"})).json()
    for one in (secret, made["secret"]):
        assert (await ask(gateway.client, basic=("portal", one))).status_code == 200
    (old,) = [one for one in await listed(gateway) if one["id"] != made["id"]]
    assert (await gateway.client.delete(f"{PATH}/{old['id']}", headers=OWNER)).status_code == 204
    assert (await gateway.client.delete(f"{PATH}/{old['id']}", headers=OWNER)).status_code == 204
    assert (await ask(gateway.client, basic=("portal", secret))).status_code == 401
    assert (await ask(gateway.client, basic=("portal", made["secret"]))).status_code == 200
    assert [one["standing"] for one in await listed(gateway)] == ["revoked", "valid"]


async def test_a_secret_is_shown_once_and_kept_nowhere(gateway: Gateway, secret: str) -> None:
    first = await post(gateway, "secrets", {}, key="once")
    again = await post(gateway, "secrets", {}, key="once")
    assert (first.status_code, again.status_code) == (201, 201)
    made = first.json()
    assert again.json() == {name: value for name, value in made.items() if name != "secret"}
    assert first.headers["Cache-Control"] == "no-store"
    rows = [
        *await gateway.rows("SELECT body FROM idempotency"),
        *await gateway.rows("SELECT value FROM credential"),
    ]
    assert not any(word in str(row) for row in rows for word in (made["secret"], secret))
    assert all("value" not in one and "secret" not in one for one in await listed(gateway))


async def test_a_key_that_was_added_signs_assertions_until_it_is_revoked(gateway: Gateway, secret: str) -> None:
    assert secret
    answer = await post(gateway, "keys", {"name": "k1", "jwk": jwk_of(KEY)})
    assert answer.status_code == 201
    assert (await ask(gateway.client, signed_form(assertion(KEY)))).status_code == 200
    assert (await gateway.client.delete(answer.headers["Location"], headers=OWNER)).status_code == 204
    assert (await ask(gateway.client, signed_form(assertion(KEY)))).status_code == 401
    again = await post(gateway, "keys", {"jwk": jwk_of(KEY)})
    assert (again.status_code, again.json()["type"]) == (409, "/problems/credential-taken")


async def test_the_last_valid_credential_is_not_revoked_by_accident(gateway: Gateway, secret: str) -> None:
    """R-227."""
    (only,) = await listed(gateway)
    waiting = await post(gateway, "keys", {"jwk": jwk_of(KEY), "validFrom": "2100-01-01T00:00:00Z"})
    assert waiting.json()["standing"] == "waiting"
    refused = await gateway.client.delete(f"{PATH}/{only['id']}", headers=OWNER)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/last-credential")
    assert (await ask(gateway.client, basic=("portal", secret))).status_code == 200
    meant = await gateway.client.delete(f"{PATH}/{only['id']}", params={"last": True}, headers=OWNER)
    assert meant.status_code == 204
    assert (await ask(gateway.client, basic=("portal", secret))).status_code == 401


async def test_two_who_revoke_at_once_leave_one(gateway: Gateway, secret: str) -> None:
    assert secret
    await post(gateway, "secrets", {})
    both = [one["id"] for one in await listed(gateway)]
    answers = await asyncio.gather(*(gateway.client.delete(f"{PATH}/{one}", headers=OWNER) for one in both))
    assert sorted(answer.status_code for answer in answers) == [204, 409]


async def test_what_is_another_agencys_is_not_there(gateway: Gateway, secret: str) -> None:
    assert secret
    (own,) = await listed(gateway)
    assert await listed(gateway, STRANGER, client="portal") == []
    assert (await gateway.get(f"{PATH}/{own['id']}", STRANGER)).status_code == 404
    assert (await gateway.client.delete(f"{PATH}/{own['id']}", headers=STRANGER)).status_code == 404
    for what, body in (("secrets", {}), ("keys", {"jwk": jwk_of(KEY)})):
        answer = await post(gateway, what, body | {"client": "portal"}, STRANGER)
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/client-not-found")
    assert len(await listed(gateway)) == 1


@pytest.mark.parametrize(
    "who", [{}, identities.citizen(), identities.officer("cashier"), identities.agency("ledger:bodies")]
)
async def test_without_the_right_nothing_is_told(gateway: Gateway, who: dict[str, str]) -> None:
    refused = 401 if not who else 403
    assert (await gateway.get(PATH, who)).status_code == refused
    assert (await post(gateway, "secrets", {}, who)).status_code == refused


async def test_an_operator_manages_those_of_any_client_and_says_which(gateway: Gateway, secret: str) -> None:
    assert secret
    assert (await gateway.get(PATH, OPERATOR)).status_code == 422
    assert len(await listed(gateway, OPERATOR, client="portal")) == 1
    assert (await post(gateway, "secrets", {}, OPERATOR)).status_code == 422
    made = await post(gateway, "secrets", {"client": "portal"}, OPERATOR)
    assert (await ask(gateway.client, basic=("portal", made.json()["secret"]))).status_code == 200
    assert (await post(gateway, "secrets", {"client": "nobody"}, OPERATOR)).status_code == 404


async def test_one_is_read_with_its_etag_and_few_statements(gateway: Gateway, secret: str) -> None:
    assert secret
    (own,) = await listed(gateway)
    with counted(gateway.runtime.database) as statements:
        answer = await gateway.get(f"{PATH}/{own['id']}", OWNER)
    assert len([one for one in statements if "revoked_token" not in one]) == 1
    assert answer.json() == own
    same = await gateway.get(f"{PATH}/{own['id']}", OWNER | {"If-None-Match": answer.headers["ETag"]})
    assert same.status_code == 304


async def test_a_list_goes_on_from_its_cursor(gateway: Gateway, secret: str) -> None:
    assert secret
    for _ in range(2):
        await post(gateway, "secrets", {})
    first = (await gateway.get(PATH, OWNER, limit=2)).json()
    second = (await gateway.get(PATH, OWNER, limit=2, cursor=first["nextCursor"])).json()
    assert [one["id"] for one in first["items"] + second["items"]] == [one["id"] for one in await listed(gateway)]
    assert "nextCursor" not in second
    assert (await gateway.get(PATH, OWNER, cursor="WyJ4Il0")).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"jwk": jwk_of(KEY), "certificate": "x"},
        {"jwk": {"kty": "OKP"}},
        {"jwk": jwk_of(KEY) | {"d": "x"}},
        {"jwk": {"kty": ["OKP"]}},
        {"jwk": {"kty": "\x00\ud800"}},
        {"certificate": "x\x00"},
        {"certificate": "-----BEGIN CERTIFICATE-----"},
        {"jwk": jwk_of(KEY), "validTo": "1999-01-01T00:00:00Z"},
        {"jwk": jwk_of(KEY), "validFrom": "2027-01-02T00:00:00Z", "validTo": "2027-01-01T00:00:00Z"},
        {"jwk": jwk_of(KEY), "validFrom": "2027-01-02T00:00:00"},
        {"jwk": jwk_of(KEY), "name": "a\x00"},
        {"jwk": jwk_of(KEY), "client": "a\x00"},
        {"jwk": jwk_of(KEY), "more": 1},
    ],
)
async def test_what_is_no_key_is_refused_with_reasons(gateway: Gateway, secret: str, body: dict[str, Any]) -> None:
    assert secret
    headers = {**OWNER, "Idempotency-Key": "k", "Content-Type": "application/json"}
    answer = await gateway.client.post(f"{PATH}/keys", content=json.dumps(body), headers=headers)
    assert (answer.status_code, bool(answer.json()["errors"])) == (422, True)


async def test_a_client_has_only_so_many(gateway: Gateway, secret: str) -> None:
    assert secret
    answers = [await post(gateway, "keys", {"jwk": jwk_of(Ed25519PrivateKey.generate())}) for _ in range(MOST_LIVE)]
    assert [answer.status_code for answer in answers] == [201] * (MOST_LIVE - 1) + [409]
    assert answers[-1].json()["type"] == "/problems/too-many-credentials"


async def test_a_certificate_belongs_to_one_subsystem(gateway: Gateway, secret: str) -> None:
    assert secret
    shown, _ = certificate()
    assert (await post(gateway, "keys", {"certificate": shown})).status_code == 201
    assert (await post(gateway, "keys", {"certificate": shown}, STRANGER)).status_code == 409


# Declared by a file


async def declared(gateway: Gateway, *keys: DeclaredKey, client: str = "portal") -> int:
    async with gateway.runtime.database.begin() as uow:
        return await uow.commit(await declare_keys(uow, client, keys))


async def test_declaring_the_same_keys_again_changes_nothing(gateway: Gateway, secret: str) -> None:
    assert secret
    jwk, (shown, _) = json.dumps(jwk_of(KEY)), certificate()
    keys = [DeclaredKey(Kind.JWK, "k", jwk), DeclaredKey(Kind.CERTIFICATE, "c", shown)]
    assert await declared(gateway, *keys) == 2
    assert await declared(gateway, *keys) == 0
    assert await declared(gateway, DeclaredKey(Kind.JWK, "renamed", jwk)) == 1
    assert [one["name"] for one in await listed(gateway)] == ["", "renamed", "c"]


async def test_a_declared_key_that_was_revoked_stays_so(gateway: Gateway, secret: str) -> None:
    assert secret
    key = DeclaredKey(Kind.JWK, "k", json.dumps(jwk_of(KEY)))
    await declared(gateway, key)
    await gateway.execute("UPDATE credential SET revoked_at = now() WHERE kind = 'jwk'")
    assert await declared(gateway, key) == 0
    assert (await ask(gateway.client, signed_form(assertion(KEY)))).status_code == 401


async def test_a_wrong_declaration_is_refused(gateway: Gateway, secret: str) -> None:
    assert secret
    shown, _ = certificate()
    await declared(gateway, DeclaredKey(Kind.CERTIFICATE, "c", shown), client="bhxh")
    with pytest.raises(CredentialTaken):
        await declared(gateway, DeclaredKey(Kind.CERTIFICATE, "c", shown))
    with pytest.raises(CredentialUnusable):
        await declared(gateway, DeclaredKey(Kind.SECRET, "s", "in the clear"))
    with pytest.raises(ClientNotFound):
        await declared(gateway, client="nobody")
    assert await declared(gateway, DeclaredKey(Kind.SECRET, "s", hash_secret("known"))) == 1
    assert (await ask(gateway.client, basic=("portal", "known"))).status_code == 200


async def test_a_secret_made_elsewhere_is_kept_once(gateway: Gateway, secret: str) -> None:
    for one in (secret, "another", "another"):
        async with gateway.runtime.database.begin() as uow:
            await keep_secret(uow, "portal", one)
    assert len(await listed(gateway)) == 2
    assert (await ask(gateway.client, basic=("portal", "another"))).status_code == 200


# In the operator's shell


async def test_the_command_makes_a_secret_and_shows_it_once(
    gateway: Gateway, secret: str, database_url: SecretStr, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert secret
    monkeypatch.setenv("LIENTHONG_DATABASE_URL", database_url.get_secret_value())
    run = await asyncio.to_thread(CliRunner().invoke, commands, ["client", "secret", "portal"])
    assert run.exit_code == 0, run.output
    assert (await ask(gateway.client, basic=("portal", run.stdout.strip()))).status_code == 200
    unknown = await asyncio.to_thread(CliRunner().invoke, commands, ["client", "secret", "nobody"])
    assert (unknown.exit_code, "nobody" in unknown.output) == (1, True)
    run = await asyncio.to_thread(CliRunner().invoke, commands, ["client", "secret", "portal", "--access-key"])
    access_key, secret_key = run.stdout.split()
    assert (await lgsp(gateway, AccessKey=access_key, SecretKey=secret_key)).status_code == 200


# The contract of an existing city LGSP


async def lgsp(gateway: Gateway, **changes: Any) -> httpx.Response:
    whole = {"AppName": "portal", "PartnerCode": "G15"} | changes
    return await gateway.client.post("/lgsp/v1/token", json=whole)


@pytest.fixture
async def keys(gateway: Gateway, secret: str) -> dict[str, str]:
    assert secret
    made = (await post(gateway, "secrets", {"accessKey": True})).json()
    assert made["kind"] == "access-key"
    return {"AccessKey": made["name"], "SecretKey": made["secret"]}


async def test_access_key_and_secret_key_give_a_token_like_any_other(gateway: Gateway, keys: dict[str, str]) -> None:
    await gateway.execute(
        "INSERT INTO member_code (instance, member_class, alias, code) VALUES ('VN', 'GOV', '000.00.00.G15', 'G15')"
    )
    for code in ("G15", "000.00.00.G15"):
        answer = await lgsp(gateway, **keys, PartnerCode=code)
        assert answer.status_code == 200
        assert (answer.headers["Cache-Control"], answer.json()["scope"]) == ("no-store", "submission:read")
    maker = gateway.runtime.extras["tokens"]
    assert maker.read(answer.json()["access_token"]).client_id == "portal"


@pytest.mark.parametrize(
    "wrong",
    [
        {"AppName": "bhxh"},
        {"PartnerCode": "G24"},
        {"SecretKey": "wrong"},
        {"AccessKey": "wrong"},
        {"AccessKey": "portal"},
    ],
)
async def test_what_does_not_belong_together_is_401(
    gateway: Gateway, keys: dict[str, str], wrong: dict[str, str]
) -> None:
    """R-225."""
    answer = await lgsp(gateway, **keys | wrong)
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/wrong-credentials")


async def test_a_client_secret_is_no_secret_key_nor_the_other_way_round(
    gateway: Gateway, secret: str, keys: dict[str, str]
) -> None:
    assert (await lgsp(gateway, AccessKey=keys["AccessKey"], SecretKey=secret)).status_code == 401
    assert (await ask(gateway.client, basic=("portal", keys["SecretKey"]))).status_code == 401


async def test_a_suspended_subsystem_is_403(gateway: Gateway, keys: dict[str, str]) -> None:
    """R-225."""
    await gateway.execute("UPDATE member SET state = 'suspended' WHERE code = 'G15'")
    answer = await lgsp(gateway, **keys)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/subsystem-not-active")


async def test_too_many_tokens_are_429(database_url: SecretStr) -> None:
    """R-225."""
    settings = GatewaySettings(database_url=database_url, token_key=pem(), quota_tokens_per_minute=1)
    async with opened(settings, {}) as gateway:
        await add_client(gateway.runtime.database, "portal", agency="G15", scopes=["submission:read"])
        made = (await post(gateway, "secrets", {"accessKey": True})).json()
        answers = [await lgsp(gateway, AccessKey=made["name"], SecretKey=made["secret"]) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 429]
        assert answers[1].json()["type"] == "/problems/over-quota"
        assert 1 <= int(answers[1].headers["Retry-After"]) <= 60
        assert answers[1].headers["RateLimit"].startswith('"tokens";r=0;t=')


@pytest.mark.parametrize("body", ["", "{", "[]", "{}", '{"AppName": "\\ud800"}', '{"AppName": "a\\u0000"}', "[" * 9000])
async def test_what_is_not_the_contracts_json_is_refused(gateway: Gateway, body: str) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await gateway.client.post("/lgsp/v1/token", content=body, headers=headers)
    assert answer.status_code in {400, 422}
