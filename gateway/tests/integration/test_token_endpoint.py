"""The token endpoint, as RFC 6749 has it, and the clients it serves."""

from collections.abc import AsyncIterator
from typing import Any

import jwt
import pytest
from pydantic import SecretStr

from chassis.auth import Authenticator, Kind
from chassis.problems import Unauthorized
from gateway.settings import GatewaySettings
from gateway.tests.conftest import Gateway, opened, pem
from gateway.tokens import token_maker
from tests.support.clients import add_client
from tests.support.tokens import ISSUER, ask


@pytest.fixture
async def gateway(database_url: SecretStr) -> AsyncIterator[Gateway]:
    settings = GatewaySettings(
        database_url=database_url, ledger_key=pem(), token_key=pem(), token_issuer=ISSUER, public_url=ISSUER
    )
    async with opened(settings, {}) as opened_gateway:
        yield opened_gateway


@pytest.fixture
async def secret(gateway: Gateway) -> str:
    scopes = ["submission:read", "reporting:read"]
    return await add_client(gateway.runtime.database, "portal", agency="G15", scopes=scopes)


@pytest.mark.parametrize("way", ["client_secret_basic", "client_secret_post"])
async def test_a_client_gets_a_token_that_every_service_takes(gateway: Gateway, secret: str, way: str) -> None:
    if way == "client_secret_basic":
        answer = await ask(gateway.client, basic=("portal", secret), scope="submission:read")
    else:
        answer = await ask(gateway.client, client_id="portal", client_secret=secret, scope="submission:read")
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
    assert claims.keys() == {"iss", "sub", "client_id", "aud", "iat", "exp", "jti", "scope", "agency", "subsystem"}
    assert claims["subsystem"] == "VN/GOV/G15/portal"


async def test_without_a_scope_all_that_were_granted_are_given(gateway: Gateway, secret: str) -> None:
    answer = await ask(gateway.client, basic=("portal", secret))
    assert answer.json()["scope"] == "reporting:read submission:read"
    assert (await ask(gateway.client, basic=("portal", secret), scope="")).json()[
        "scope"
    ] == "reporting:read submission:read"


@pytest.mark.parametrize(
    "form",
    [
        {"client_id": "portal", "client_secret": "wrong"},
        {"client_id": "nobody", "client_secret": "wrong"},
        {"client_id": "portal"},
        {"client_secret": "wrong"},
        {"client_id": "a\x00b", "client_secret": "wrong"},
        {},
    ],
)
async def test_who_is_not_authenticated_is_refused_alike(gateway: Gateway, secret: str, form: dict[str, str]) -> None:
    assert secret
    answer = await ask(gateway.client, form)
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
    answer = await ask(gateway.client, form, basic=("portal", secret))
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


async def test_a_client_added_or_given_other_rights_while_the_gateway_runs_is_known_at_once(
    gateway: Gateway, secret: str
) -> None:
    assert (await ask(gateway.client, basic=("portal", secret))).status_code == 200
    await gateway.execute("UPDATE subsystem SET scopes = '{reporting:read}' WHERE client_id = 'portal'")
    other = await add_client(gateway.runtime.database, "bhxh", agency="G24", scopes=["submission:read"])
    assert (await ask(gateway.client, basic=("portal", secret))).json()["scope"] == "reporting:read"
    assert (await ask(gateway.client, basic=("bhxh", other))).status_code == 200


async def test_metadata_leads_to_the_endpoints(gateway: Gateway) -> None:
    metadata = (await gateway.get("/.well-known/oauth-authorization-server")).json()
    assert (metadata["issuer"], metadata["token_endpoint"]) == (ISSUER, f"{ISSUER}/oauth2/token")
    assert metadata["jwks_uri"] == f"{ISSUER}/.well-known/jwks.json"
    (key,) = (await gateway.get("/.well-known/jwks.json")).json()["keys"]
    assert (key["kty"], key["crv"], key["alg"], "d" in key) == ("OKP", "Ed25519", "EdDSA", False)
    maker = token_maker(gateway.settings)
    assert maker is not None
    assert maker.jwks() == {"keys": [key]}


async def test_a_suspended_subsystem_gets_no_token(gateway: Gateway, secret: str) -> None:
    await gateway.execute("UPDATE subsystem SET state = 'suspended'")
    answer = await ask(gateway.client, basic=("portal", secret))
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")


async def test_two_secrets_count_side_by_side_until_one_is_revoked(gateway: Gateway, secret: str) -> None:
    second = await add_client(gateway.runtime.database, "portal", agency="G15", scopes=[])
    for one in (secret, second, secret):
        assert (await ask(gateway.client, basic=("portal", one))).status_code == 200
    await gateway.execute(
        "UPDATE credential SET revoked_at = now() WHERE created_at = (SELECT min(created_at) FROM credential)"
    )
    assert (await ask(gateway.client, basic=("portal", secret))).status_code == 401
    assert (await ask(gateway.client, basic=("portal", second))).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE credential SET valid_from = now() + interval '1 hour'",
        "UPDATE credential SET valid_to = now() - interval '1 second'",
    ],
)
async def test_a_secret_counts_only_between_its_dates(gateway: Gateway, secret: str, change: str) -> None:
    await gateway.execute("UPDATE credential SET valid_from = now() - interval '1 day'")
    assert (await ask(gateway.client, basic=("portal", secret))).status_code == 200
    await gateway.execute(change)
    assert (await ask(gateway.client, basic=("portal", secret))).status_code == 401


async def test_who_asks_for_tokens_too_often_is_told_when_to_come_again(database_url: SecretStr) -> None:
    settings = GatewaySettings(database_url=database_url, token_key=pem(), quota_tokens_per_minute=2)
    async with opened(settings, {}) as gateway:
        secret = await add_client(gateway.runtime.database, "portal", agency="G15", scopes=["submission:read"])
        other = await add_client(gateway.runtime.database, "bhxh", agency="G24", scopes=["submission:read"])
        for _ in range(3):  # of one that is not proven nothing is counted
            assert (await ask(gateway.client, basic=("portal", "wrong"))).status_code == 401
        answers = [await ask(gateway.client, basic=("portal", secret)) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[0].headers["RateLimit-Policy"] == '"tokens";q=2;w=60'
        assert answers[0].headers["RateLimit"].startswith('"tokens";r=1;t=')
        assert 1 <= int(answers[2].headers["Retry-After"]) <= 60
        assert (await ask(gateway.client, basic=("bhxh", other))).status_code == 200


async def test_keys_rotate_without_a_token_being_refused(database_url: SecretStr) -> None:
    first, second = pem(), pem()
    phases: list[dict[str, Any]] = [
        {"token_key": first},
        {"token_key": first, "token_further_keys": (second,)},
        {"token_key": second, "token_further_keys": (first,)},
        {"token_key": second},
    ]
    tokens, shown = [], []
    for number, phase in enumerate(phases):
        settings = GatewaySettings(database_url=database_url, token_issuer=ISSUER, public_url=ISSUER, **phase)
        async with opened(settings, {}) as gateway:
            if not number:
                secret = await add_client(gateway.runtime.database, "portal", agency="G15", scopes=["submission:read"])
            tokens.append((await ask(gateway.client, basic=("portal", secret))).json()["access_token"])
            shown.append((await gateway.get("/.well-known/jwks.json")).json())

    async def counts(token: int, keys: int) -> bool:
        async def source() -> Any:
            return shown[keys]

        try:
            return bool(await Authenticator({ISSUER: source}, "lienthong").principal(tokens[token]))
        except Unauthorized:
            return False

    # Whoever has read the key set of a phase takes the tokens of that phase, of the one before and of the one after.
    taken = {(token, keys) for token in range(4) for keys in range(4) if await counts(token, keys)}
    assert taken == {(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (2, 1), (2, 2), (2, 3), (3, 1), (3, 2), (3, 3)}
