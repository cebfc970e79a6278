"""Tokens by key and certificate, what becomes of them, and who calls with them."""

import json
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.auth import Authenticator
from chassis.certificates import BehindProxy, thumbprint_of
from gateway.callers import NotIdentified, caller_of
from gateway.domain.credentials import DeclaredKey, Kind
from gateway.handlers.credentials import declare_keys
from gateway.settings import GatewaySettings
from gateway.tests.conftest import Gateway, opened, pem
from tests.support import identities
from tests.support.clients import add_client
from tests.support.counting import counted
from tests.support.tokens import (
    ENDPOINT,
    ISSUER,
    ask,
    assertion,
    certificate,
    claims_of,
    jwk_of,
    p256,
    signed_form,
)

KEY, EC = Ed25519PrivateKey.generate(), p256()
PEM, _ = certificate()
THUMB = thumbprint_of(PEM)
OTHER_PEM, _ = certificate("other")


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """A service behind the origin: it answers what it was sent, whoever asks."""
    await JSONResponse(dict(Request(scope).headers))(scope, receive, send)


@pytest.fixture
async def gateway(database_url: SecretStr) -> AsyncIterator[Gateway]:
    settings = GatewaySettings(
        database_url=database_url, ledger_key=pem(), token_key=pem(), token_issuer=ISSUER, public_url=ISSUER
    )
    async with opened(settings, {"catalog": echo}) as opened_gateway:

        async def own_keys() -> Mapping[str, Any]:
            keys: Mapping[str, Any] = opened_gateway.runtime.extras["tokens"].jwks()
            return keys

        sources = {ISSUER: own_keys, **identities.ISSUERS}
        opened_gateway.runtime.authenticator = Authenticator(sources, "lienthong", {ISSUER: ("agency",)})
        yield opened_gateway


@pytest.fixture
async def secret(gateway: Gateway) -> str:
    """Of a client that has two keys and a certificate too."""
    made = await add_client(gateway.runtime.database, "portal", agency="G15", scopes=["submission:read"])
    keys = [
        DeclaredKey(Kind.JWK, "ed", json.dumps(jwk_of(KEY))),
        DeclaredKey(Kind.JWK, "ec", json.dumps(jwk_of(EC))),
        DeclaredKey(Kind.CERTIFICATE, "tls", PEM),
    ]
    async with gateway.runtime.database.begin() as uow:
        assert await uow.commit(await declare_keys(uow, "portal", keys)) == 3
    return made


async def token_of(gateway: Gateway, secret: str) -> str:
    return str((await ask(gateway.client, basic=("portal", secret))).json()["access_token"])


def with_certificate(app: ASGIApp, shown: str) -> httpx.AsyncClient:
    """A client whose TLS connection showed this certificate."""

    async def tls(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "extensions": {"tls": {"client_cert_chain": (shown,)}}}, receive, send)

    return httpx.AsyncClient(transport=httpx.ASGITransport(tls), base_url=ISSUER)


def app_of(gateway: Gateway) -> ASGIApp:
    transport = gateway.client._transport
    assert isinstance(transport, httpx.ASGITransport)
    return transport.app


# private_key_jwt


@pytest.mark.parametrize(("key", "algorithm"), [(KEY, "EdDSA"), (EC, "ES256")])
async def test_a_client_proves_itself_by_an_assertion_it_signed(
    gateway: Gateway, secret: str, key: Any, algorithm: str
) -> None:
    assert secret
    signed = assertion(key, algorithm=algorithm)
    answer = await ask(gateway.client, signed_form(signed), client_id="portal")
    assert answer.status_code == 200
    assert claims_of(answer.json()["access_token"])["sub"] == "portal"


async def test_an_assertion_counts_once_for_each_client(gateway: Gateway, secret: str) -> None:
    """R-226."""
    assert secret
    signed = assertion(KEY, jti="the-same")
    answers = [await ask(gateway.client, signed_form(signed)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 401]
    assert "used before" in answers[1].json()["error_description"]
    assert (await ask(gateway.client, signed_form(assertion(KEY, jti="the-same")))).status_code == 401
    assert (await ask(gateway.client, signed_form(assertion(KEY, jti="another")))).status_code == 200


async def test_what_was_used_is_forgotten_once_it_could_not_be_used_again(gateway: Gateway, secret: str) -> None:
    assert secret
    await ask(gateway.client, signed_form(assertion(KEY)))
    await gateway.execute("UPDATE assertion_seen SET expires_at = now() - interval '1 second'")
    await ask(gateway.client, signed_form(assertion(KEY, jti="new")))
    assert [row.jti for row in await gateway.rows("SELECT jti FROM assertion_seen")] == ["new"]


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://other.test/oauth2/token"},
        {"aud": [ENDPOINT, "https://other.test"]},
        {"exp": int(time.time()) - 60},
        {"exp": int(time.time()) + 3600},
        {"jti": None},
        {"sub": "bhxh", "iss": "bhxh"},
        {"sub": "a\x00b", "iss": "a\x00b"},
    ],
)
async def test_an_assertion_that_proves_nothing_is_refused(
    gateway: Gateway, secret: str, changes: dict[str, Any]
) -> None:
    assert secret
    answer = await ask(gateway.client, signed_form(assertion(KEY, **changes)))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert await gateway.rows("SELECT jti FROM assertion_seen") == []


async def test_ways_to_prove_oneself_are_not_mixed(gateway: Gateway, secret: str) -> None:
    form = signed_form(assertion(KEY))
    answers = [
        await ask(gateway.client, form, basic=("portal", secret)),
        await ask(gateway.client, form, client_id="portal", client_secret=secret),
        await ask(gateway.client, form | {"client_assertion_type": "saml"}),
        await ask(gateway.client, signed_form(assertion(KEY)), client_id="other"),
    ]
    assert [(answer.status_code, answer.json()["error"]) for answer in answers] == [(400, "invalid_request")] * 4


# Introspection and revocation


async def test_a_revoked_token_is_refused_at_once_everywhere(gateway: Gateway, secret: str) -> None:
    token = await token_of(gateway, secret)
    bearer = {"Authorization": f"Bearer {token}"}
    assert (await gateway.get("/api/catalog/v1/x", bearer)).status_code == 200
    seen = (await ask(gateway.client, path="/oauth2/introspect", basic=("portal", secret), token=token)).json()
    assert (seen["active"], seen["agency"], seen["subsystem"]) == (True, "G15", "VN/GOV/G15/portal")
    answer = await ask(gateway.client, path="/oauth2/revoke", basic=("portal", secret), token=token)
    assert (answer.status_code, answer.content) == (200, b"")
    with pytest.raises(NotIdentified):  # so /r1 refuses it too, in its own words
        await caller_of(request(bearer["Authorization"]), gateway.runtime)
    for path in ("/api/catalog/v1/x", "/lgsp/v1/credentials"):
        for header in (bearer, {"Authorization": f"bearer  {token} "}):
            refused = await gateway.get(path, header)
            assert (path, refused.status_code, refused.json()["type"]) == (path, 401, "/problems/token-taken-back")
    seen = (await ask(gateway.client, path="/oauth2/introspect", basic=("portal", secret), token=token)).json()
    assert seen == {"active": False}
    assert (await gateway.get("/api/catalog/v1/x")).status_code == 200
    fresh = await token_of(gateway, secret)
    assert (await gateway.get("/api/catalog/v1/x", {"Authorization": f"Bearer {fresh}"})).status_code == 200


async def test_a_token_revoked_by_another_process_is_known_after_the_next_look(gateway: Gateway, secret: str) -> None:
    token = await token_of(gateway, secret)
    await gateway.execute(
        "INSERT INTO revoked_token (jti, client_id, expires_at) VALUES (:jti, 'portal', now() + interval '1 hour')",
        jti=claims_of(token)["jti"],
    )
    await gateway.runtime.extras["revocations"].refresh()
    assert (await gateway.get("/api/catalog/v1/x", {"Authorization": f"Bearer {token}"})).status_code == 401
    await gateway.execute("UPDATE revoked_token SET expires_at = now() - interval '2 minutes'")
    await gateway.runtime.extras["revocations"].refresh()
    assert claims_of(token)["jti"] not in gateway.runtime.extras["revocations"]


async def test_a_request_asks_the_database_nothing_about_revocations(gateway: Gateway, secret: str) -> None:
    token = await token_of(gateway, secret)
    with counted(gateway.runtime.database) as statements:
        for _ in range(3):
            await gateway.get("/api/catalog/v1/x", {"Authorization": f"Bearer {token}"})
    assert statements == []


@pytest.mark.parametrize(
    "header", ["Bearer x", "Bearer a.b.c", "Bearer ..", "Bearer eyJ.W10.x", "Bearer " + "." * 9000]
)
async def test_what_is_no_token_is_left_to_the_service_to_refuse(gateway: Gateway, header: str) -> None:
    assert (await gateway.get("/api/catalog/v1/x", {"Authorization": header})).status_code == 200
    assert (await gateway.get("/lgsp/v1/credentials", {"Authorization": header})).status_code == 401


async def test_of_a_token_of_another_client_nothing_is_told_and_it_is_not_taken_back(
    gateway: Gateway, secret: str
) -> None:
    token = await token_of(gateway, secret)
    other = await add_client(gateway.runtime.database, "bhxh", agency="G24", scopes=["payment:read"])
    auditor = await add_client(gateway.runtime.database, "audit", agency="H26", scopes=["gateway:introspect"])
    path = "/oauth2/introspect"
    assert (await ask(gateway.client, path=path, basic=("bhxh", other), token=token)).json() == {"active": False}
    assert (await ask(gateway.client, path=path, basic=("audit", auditor), token=token)).json()["active"] is True
    refused = await ask(gateway.client, path="/oauth2/revoke", basic=("bhxh", other), token=token)
    assert (refused.status_code, refused.json()["error"]) == (400, "unauthorized_client")
    assert (await gateway.get("/api/catalog/v1/x", {"Authorization": f"Bearer {token}"})).status_code == 200


async def test_what_is_no_token_of_ours_is_inactive_and_revoking_it_changes_nothing(
    gateway: Gateway, secret: str
) -> None:
    foreign = identities.token({"sub": "portal", "jti": "1"})
    for token in ("x", "a.b.c", foreign, (await token_of(gateway, secret))[:-4] + "AAAA"):
        seen = await ask(gateway.client, path="/oauth2/introspect", basic=("portal", secret), token=token)
        assert (seen.status_code, seen.json()) == (200, {"active": False})
        revoked = await ask(gateway.client, path="/oauth2/revoke", basic=("portal", secret), token=token)
        assert revoked.status_code == 200
    assert await gateway.rows("SELECT jti FROM revoked_token") == []


@pytest.mark.parametrize("path", ["/oauth2/introspect", "/oauth2/revoke"])
async def test_only_a_proven_client_may_ask(gateway: Gateway, secret: str, path: str) -> None:
    assert (await ask(gateway.client, path=path, token="x")).status_code == 401
    assert (await ask(gateway.client, path=path, basic=("portal", "wrong"), token="x")).status_code == 401
    missing = await ask(gateway.client, path=path, basic=("portal", secret))
    assert (missing.status_code, missing.json()["error"]) == (400, "invalid_request")
    signed = await ask(gateway.client, signed_form(assertion(KEY)), path=path, token="x")
    assert signed.status_code == 200


async def test_a_token_of_a_suspended_subsystem_is_inactive(gateway: Gateway, secret: str) -> None:
    token = await token_of(gateway, secret)
    auditor = await add_client(gateway.runtime.database, "audit", agency="H26", scopes=["gateway:introspect"])
    await gateway.execute("UPDATE subsystem SET state = 'suspended' WHERE client_id = 'portal'")
    seen = await ask(gateway.client, path="/oauth2/introspect", basic=("audit", auditor), token=token)
    assert seen.json() == {"active": False}


async def test_tokens_of_a_suspended_subsystem_or_agency_are_refused_until_it_is_approved_again(
    gateway: Gateway, secret: str
) -> None:
    bearer = {"Authorization": f"Bearer {await token_of(gateway, secret)}"}
    for table in ("subsystem", "member"):
        for state, status in (("suspended", 401), ("approved", 200)):
            await gateway.execute(f"UPDATE {table} SET state = :state", state=state)  # noqa: S608 - our own words
            await gateway.runtime.extras["revocations"].refresh()
            assert (await gateway.get("/api/catalog/v1/x", bearer)).status_code == status


# Certificates


async def test_a_certificate_proves_a_client_and_its_token_is_good_with_it_alone(gateway: Gateway, secret: str) -> None:
    assert secret
    async with (
        with_certificate(app_of(gateway), PEM) as own,
        with_certificate(app_of(gateway), OTHER_PEM) as other,
    ):
        assert (await ask(other, client_id="portal")).status_code == 401
        token = (await ask(own, client_id="portal")).json()["access_token"]
        assert claims_of(token)["cnf"] == {"x5t#S256": THUMB}
        bearer = {"Authorization": f"Bearer {token}"}
        assert (await own.get("/api/catalog/v1/x", headers=bearer)).status_code == 200
        for http in (other, gateway.client):
            assert (await http.get("/api/catalog/v1/x", headers=bearer)).status_code == 401


async def test_a_token_got_by_secret_is_bound_to_the_clients_certificate_but_to_no_other(
    gateway: Gateway, secret: str
) -> None:
    for shown, bound in ((PEM, True), (OTHER_PEM, False)):
        async with with_certificate(app_of(gateway), shown) as http:
            token = (await ask(http, basic=("portal", secret))).json()["access_token"]
            assert ("cnf" in claims_of(token)) is bound


async def test_a_header_that_claims_a_certificate_counts_only_from_a_trusted_proxy(
    gateway: Gateway, secret: str
) -> None:
    assert secret
    app = app_of(gateway)
    der = "".join(PEM.splitlines()[1:-1])
    header = {"Client-Cert": f":{der}:"}

    async def answer(app: ASGIApp, address: str, headers: Mapping[str, str]) -> httpx.Response:
        transport = httpx.ASGITransport(app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url=ISSUER, headers=headers) as http:
            assert "client-cert" not in (await http.get("/api/catalog/v1/x")).json()
            return await ask(http, client_id="portal")

    believing = BehindProxy(app, "10.0.0.1", certificates=True)
    assert (await answer(believing, "10.0.0.1", header)).status_code == 200
    assert (await answer(believing, "10.0.0.2", header)).status_code == 401
    assert (await answer(believing, "10.0.0.2", header | {"X-Forwarded-For": "10.0.0.1"})).status_code == 401
    assert (await answer(BehindProxy(app, "10.0.0.1", certificates=False), "10.0.0.1", header)).status_code == 401
    assert (await answer(app, "10.0.0.1", header)).status_code == 401
    for wrong in (der, ":!!:", "::", f":{der}", f":{der}:, :{der}:"):
        assert (await answer(believing, "10.0.0.1", {"Client-Cert": wrong})).status_code == 401


# Who calls


def request(authorization: str | None = None, shown: str | None = None) -> Scope:
    headers = [(b"authorization", authorization.encode())] if authorization is not None else []
    extensions = {"tls": {"client_cert_chain": (shown,)}} if shown else {}
    return {"type": "http", "path": "/r1/x", "headers": headers, "extensions": extensions}


async def test_a_caller_is_known_by_its_token_or_its_certificate(gateway: Gateway, secret: str) -> None:
    token = await token_of(gateway, secret)
    by_token = await caller_of(request(f"Bearer {token}"), gateway.runtime)
    by_certificate = await caller_of(request(shown=PEM), gateway.runtime)
    assert by_token.subsystem == by_certificate.subsystem
    assert (str(by_token.subsystem.id), by_token.subsystem.client_id) == ("VN/GOV/G15/portal", "portal")
    assert (by_token.token_id, by_certificate.token_id) == (claims_of(token)["jti"], None)


async def test_who_is_no_active_subsystem_is_not_identified(gateway: Gateway, secret: str) -> None:
    async with with_certificate(app_of(gateway), PEM) as http:
        bound = (await ask(http, basic=("portal", secret))).json()["access_token"]
    nobody = [
        request(),
        request(shown=OTHER_PEM),
        request("Basic x"),
        request("Bearer"),
        request("Bearer x", PEM),
        request(f"Bearer {bound}"),
        request(f"Bearer {bound}", OTHER_PEM),
        request(identities.citizen()["Authorization"]),
        request(identities.officer("operator")["Authorization"]),
        request(identities.agency(client="unknown")["Authorization"]),
    ]
    for scope in nobody:
        with pytest.raises(NotIdentified):
            await caller_of(scope, gateway.runtime)
    caller = await caller_of(request(f"Bearer {bound}", PEM), gateway.runtime)
    assert caller.subsystem.client_id == "portal"


async def test_a_certificate_is_looked_up_once_a_second_at_most(gateway: Gateway, secret: str) -> None:
    assert secret
    await caller_of(request(shown=PEM), gateway.runtime)
    with counted(gateway.runtime.database) as statements:
        for _ in range(5):
            await caller_of(request(shown=PEM), gateway.runtime)
    assert [statement for statement in statements if "credential" in statement] == []


async def test_a_token_of_ours_that_claims_to_be_a_persons_is_nobodys(gateway: Gateway, secret: str) -> None:
    maker = gateway.runtime.extras["tokens"]
    claims = claims_of(await token_of(gateway, secret))
    kid = maker.jwks()["keys"][0]["kid"]
    for more in ({"roles": ["operator"]}, {"SoDinhDanh": "001190000001", "acr": "LoA2"}):
        forged = jwt.encode(claims | more, maker.key, algorithm="EdDSA", headers={"kid": kid})
        answer = await gateway.get("/lgsp/v1/quarantine", {"Authorization": f"Bearer {forged}"})
        assert answer.status_code == 401
