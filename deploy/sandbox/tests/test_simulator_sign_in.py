"""The issuer's sign-in by browser: what a client must do right, and what it gets."""

import base64
import hashlib
from random import Random
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest

from deploy.sandbox.tests.simulator_kit import StandingClock, in_process
from sandbox.simulators.identity import Identity, IssuerSettings
from sandbox.simulators.identity import create_app as create_identity
from sandbox.simulators.people import OPERATOR

VERIFIER = "a-verifier-that-only-the-client-knows-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ASKED = {
    "response_type": "code", "client_id": "console", "redirect_uri": "http://city.test/console/callback", "scope": "openid",
    "state": "st<at>e", "nonce": "once", "code_challenge": CHALLENGE, "code_challenge_method": "S256",
}  # fmt: skip


@pytest.fixture
def identity(clock: StandingClock) -> Identity:
    return Identity(IssuerSettings("http://id.test", "lienthong"), now=clock, random=Random(1))


async def code(client: httpx.AsyncClient, **changes: str) -> str:
    answer = await client.post("/authorize", data={**ASKED, **changes, "identity": OPERATOR.name})
    assert answer.status_code == 303
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert query["state"] == [ASKED["state"]]
    return query["code"][0]


def redeeming(given: str, **changes: str) -> dict[str, str]:
    fields = {
        "grant_type": "authorization_code",
        "code": given,
        "redirect_uri": ASKED["redirect_uri"],
        "client_id": "console",
    }
    return fields | {"code_verifier": VERIFIER} | changes


async def test_the_page_offers_the_ready_identities_and_shows_what_was_asked_as_text(identity: Identity) -> None:
    async with in_process(create_identity(identity)) as client:
        page = await client.get("/authorize", params=ASKED)
    assert OPERATOR.full_name in page.text
    assert "st&lt;at&gt;e" in page.text


async def test_a_code_gives_an_id_token_for_the_client_and_an_access_token_for_the_city(identity: Identity) -> None:
    async with in_process(create_identity(identity)) as client:
        tokens = (await client.post("/token", data=redeeming(await code(client)))).json()
        userinfo = await client.get("/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"})
        with_id_token = await client.get("/userinfo", headers={"Authorization": f"Bearer {tokens['id_token']}"})
    claims = jwt.decode(tokens["id_token"], options={"verify_signature": False})
    assert (claims["aud"], claims["nonce"], claims["sub"]) == ("console", "once", OPERATOR.name)
    assert claims["roles"] == ["operator"]
    assert "units" not in claims  # all of them
    assert jwt.decode(tokens["access_token"], options={"verify_signature": False})["aud"] == "lienthong"
    assert (userinfo.status_code, userinfo.json()["sub"]) == (200, OPERATOR.name)
    assert with_id_token.status_code == 401


async def test_a_code_is_taken_once(identity: Identity) -> None:
    async with in_process(create_identity(identity)) as client:
        given = await code(client)
        assert (await client.post("/token", data=redeeming(given))).status_code == 200
        assert (await client.post("/token", data=redeeming(given))).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "wrong",
    [
        {"code_verifier": "guessed"},
        {"redirect_uri": "http://city.test/other"},
        {"client_id": "another"},
        {"code": "none"},
    ],
    ids=["verifier", "redirect", "client", "code"],
)
async def test_a_code_is_worth_nothing_to_others(identity: Identity, wrong: dict[str, str]) -> None:
    async with in_process(create_identity(identity)) as client:
        answer = await client.post("/token", data=redeeming(await code(client)) | wrong)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


async def test_a_code_is_worth_nothing_after_a_minute(identity: Identity, clock: StandingClock) -> None:
    async with in_process(create_identity(identity)) as client:
        given = await code(client)
        clock.advance(seconds=61)
        assert (await client.post("/token", data=redeeming(given))).status_code == 400


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("redirect_uri", "javascript:alert(1)"), ("redirect_uri", ""), ("response_type", "token"), ("code_challenge", ""),
        ("code_challenge_method", "plain"), ("scope", "profile"), ("client_id", ""),
    ],
)  # fmt: skip
async def test_a_client_that_asks_wrongly_is_told_so_and_nobody_is_sent_anywhere(
    identity: Identity, name: str, value: str
) -> None:
    async with in_process(create_identity(identity)) as client:
        shown = await client.get("/authorize", params=ASKED | {name: value})
        chosen = await client.post("/authorize", data=ASKED | {name: value, "identity": OPERATOR.name})
    for answer in (shown, chosen):
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
        assert name in answer.json()["error_description"]


async def test_who_is_not_on_the_page_is_refused_to_the_client(identity: Identity) -> None:
    async with in_process(create_identity(identity)) as client:
        answer = await client.post("/authorize", data=ASKED | {"identity": "nobody"})
    assert parse_qs(urlsplit(answer.headers["location"]).query)["error"] == ["access_denied"]
