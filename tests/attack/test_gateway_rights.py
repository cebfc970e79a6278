"""Every guarded address of the gateway, tried by everybody it is not for; and one agency on what is another's."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import jwt
import pytest

from chassis.ids import new_id
from gateway.settings import settings_of
from gateway.tokens import token_maker
from sandbox.simulators.people import EDITOR, MOTHER, OFFICER, OPERATOR
from sandbox.stack import Sandbox
from tests.architecture.house import Route, routes_of
from tests.attack.conftest import _calling
from tests.e2e.callers import Caller, Json
from tests.e2e.city import until
from tests.support.clients import add_client

GUARDED = [route for route in routes_of("gateway") if not route.public]
OWN = frozenset({"gateway:read", "gateway:write", "gateway:credentials", "gateway:exchanges"})
TYPE = "vn.gov.hanoi.submission.dossier-finished.v1"
CALL = "/r1/VN/GOV/H26/lienthong/listMethods"
_NAMES = re.compile(r"{(\w+)(?::\w+)?}")
_FILLED = {
    "instance": "VN", "member_class": "GOV", "member": "G15", "subsystem": "sandbox-agency", "service": "x", "name": TYPE,
    "position": "0", "number": "1",
}  # fmt: skip


def address(route: Route) -> str:
    """The route, with what could be there in its places."""
    return _NAMES.sub(lambda name: _FILLED.get(name[1], str(UUID(int=1))), route.path)


@dataclass
class Agency:
    """An agency's system, with the token and the secret it was given."""

    client_id: str
    member: str
    token: str
    secret: str
    caller: Caller

    @property
    def subsystem(self) -> str:
        """Its name in the exchange."""
        return f"VN/GOV/{self.member}/{self.client_id}"

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Anything, as itself."""
        named = {**self.caller._headers, "Idempotency-Key": str(new_id()), **headers}
        return await self.caller._http.request(method, path, json=body, headers=named)


async def _agency(sandbox: Sandbox, client_id: str, member: str, scopes: frozenset[str]) -> Agency:
    runtime = sandbox.runtimes["gateway"]
    secret = await add_client(runtime.database, client_id, agency=member, scopes=scopes)
    form = {"grant_type": "client_credentials"}
    async with httpx.AsyncClient(base_url=sandbox.url) as http:
        token = (await http.post("/oauth2/token", data=form, auth=(client_id, secret))).json()["access_token"]
    http = httpx.AsyncClient(base_url=sandbox.url, timeout=30)
    return Agency(client_id, member, token, secret, Caller(http, token))


@pytest.fixture(scope="module")
async def agencies(sandbox: Sandbox) -> AsyncIterator[dict[str, Agency]]:
    """`one` and `two` with every scope of the gateway, `none` without any, and some for whom it ends."""
    wanted = {
        "one": ("tan-cong-1", "G88", OWN), "two": ("tan-cong-2", "G89", OWN), "none": ("tan-cong-3", "G88", frozenset()),
        "suspended": ("tan-cong-4", "G88", OWN), "closed": ("tan-cong-5", "G90", OWN),
    }  # fmt: skip
    made = {name: await _agency(sandbox, *how) for name, how in wanted.items()}
    async with _calling(sandbox, OPERATOR) as operator:
        for path, state in (
            ("subsystems/VN/GOV/G88/tan-cong-4", "suspended"),
            ("members/VN/GOV/G90", "suspended"),
            ("members/VN/GOV/G90", "closed"),
        ):
            answer = await operator._http.put(
                f"/lgsp/v1/partners/{path}/state", json={"state": state}, headers=operator._headers
            )
            assert answer.status_code == 200, answer.text
    await asyncio.sleep(1.5)  # what is taken back counts a second later at most
    yield made
    for agency in made.values():
        await agency.caller._http.aclose()


async def answered(caller: Caller, route: Route) -> httpx.Response:
    """What a route says to a caller, who sends it an empty body where it takes one."""
    body: Json | None = {} if route.method in ("POST", "PUT") else None
    return await caller._http.request(route.method, address(route), json=body, headers=caller._headers)


def reads_only(route: Route) -> bool:
    return route.method == "GET"


@pytest.mark.parametrize("route", GUARDED, ids=str)
async def test_a_route_lets_in_whom_it_says_and_nobody_else(
    sandbox: Sandbox, agencies: dict[str, Agency], nobody: Caller, route: Route
) -> None:
    """401 without an identity, 403 without the right; and no answer to them is an error of ours."""
    (guard,) = (guard.describe() for guard in route.guards)  # type: ignore[union-attr]  # none of them is public
    assert (await answered(nobody, route)).status_code == 401
    for person in (MOTHER, OFFICER, EDITOR):
        citizen = person is MOTHER
        async with _calling(sandbox, person) as caller:
            answer = await answered(caller, route)
        if citizen and guard["citizen"]:
            assert answer.status_code == 200, answer.text
        else:
            assert answer.status_code == 403, f"{person.name}: {answer.text}"
    assert (await answered(agencies["none"].caller, route)).status_code == 403
    if guard["scope"] is None:
        assert (await answered(agencies["one"].caller, route)).status_code == 403
    elif reads_only(route):
        assert (await answered(agencies["one"].caller, route)).status_code in (200, 404, 409)
    if "operator" in guard["roles"] and reads_only(route):
        async with _calling(sandbox, OPERATOR) as operator:
            assert (await answered(operator, route)).status_code in (200, 404, 422)
    for name in ("suspended", "closed"):
        answer = await answered(agencies[name].caller, route)
        assert answer.status_code == 401, name
        assert answer.json()["type"].endswith("/token-taken-back")


async def test_for_whom_it_ended_there_is_no_token_and_no_exchange(
    sandbox: Sandbox, agencies: dict[str, Agency], nobody: Caller
) -> None:
    for name in ("suspended", "closed"):
        agency = agencies[name]
        answer = await nobody._http.post(
            "/oauth2/token", data={"grant_type": "client_credentials"}, auth=(agency.client_id, agency.secret)
        )
        assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")
        refused = await agency.send("GET", CALL, **{"X-Road-Client": agency.subsystem})
        assert (refused.status_code, refused.headers["X-Road-Error"][:19]) == (401, "server.clientproxy.")


async def test_a_revoked_token_opens_nothing(sandbox: Sandbox, agencies: dict[str, Agency], nobody: Caller) -> None:
    one = agencies["one"]
    auth = (one.client_id, one.secret)
    form = {"grant_type": "client_credentials"}
    token = (await nobody._http.post("/oauth2/token", data=form, auth=auth)).json()["access_token"]
    stranger = agencies["two"]
    refused = await nobody._http.post(
        "/oauth2/revoke", data={"token": token}, auth=(stranger.client_id, stranger.secret)
    )
    assert refused.status_code == 400
    seen = await nobody._http.post(
        "/oauth2/introspect", data={"token": token}, auth=(stranger.client_id, stranger.secret)
    )
    assert seen.json() == {"active": False}
    caller = Caller(nobody._http, token)
    assert (await caller.get("/lgsp/v1/subscriptions")).status_code == 200
    assert (await nobody._http.post("/oauth2/revoke", data={"token": token}, auth=auth)).status_code == 200
    answers = {str(route): (await answered(caller, route)).status_code for route in GUARDED}
    assert set(answers.values()) == {401}, answers
    call = await caller._http.get(CALL, headers={**caller._headers, "X-Road-Client": one.subsystem})
    assert call.status_code == 401


async def test_a_token_says_no_more_than_its_client_may(sandbox: Sandbox, agencies: dict[str, Agency]) -> None:
    """Nor does one of the same key for another audience, or that calls an agency an operator."""
    maker = token_maker(settings_of(sandbox.runtimes["gateway"]))
    assert maker is not None
    good = jwt.decode(agencies["none"].token, options={"verify_signature": False})
    header = jwt.get_unverified_header(agencies["none"].token)
    for changes in (
        {"aud": "elsewhere"}, {"iss": "https://elsewhere.test"}, {"roles": ["operator"]}, {"exp": good["iat"] - 60},
        {"SoDinhDanh": "001190000001"}, {"aud": None},
    ):  # fmt: skip
        claims = {name: value for name, value in (good | changes).items() if value is not None}
        forged = jwt.encode(claims, maker.key, algorithm=header["alg"], headers=header)
        answer = await agencies["none"].send("GET", "/lgsp/v1/partners/changes", Authorization=f"Bearer {forged}")
        assert answer.status_code == 401, changes


@pytest.fixture(scope="module")
async def of_one(agencies: dict[str, Agency]) -> dict[str, Json]:
    """What the first agency has: one of each."""
    one = agencies["one"]

    async def made(path: str, body: Json) -> Json:
        answer = await one.send("POST", path, body)
        assert answer.status_code in (201, 202), answer.text
        document: Json = answer.json()
        return document

    subscription = await made("/lgsp/v1/subscriptions", {"name": "Của G88", "mode": "pull", "types": [TYPE]})
    wanted = {
        "kind": "service", "service": "VN/GOV/H26/lienthong/procedures", "methods": ["GET"], "paths": ["**"],
        "purpose": "Tra cứu thủ tục", "legalBasis": "NĐ 194/2025/NĐ-CP",
    }  # fmt: skip
    request = await made("/lgsp/v1/access-requests", wanted)
    credential = await made("/lgsp/v1/credentials/secrets", {"name": "thứ hai"})
    document = await made(
        "/lgsp/v1/documents",
        {
            "sender": {"id": "G88", "name": "Bộ thử"}, "receivers": [{"id": "H26", "name": "UBND thành phố Hà Nội"}],
            "documentId": "G88-1", "codeNumber": "1", "codeNotation": "TT", "place": "Hà Nội",
            "promulgatedOn": "2026-10-12", "documentType": "Công văn", "subject": "Thử",
            "attachments": [{"name": "a.pdf", "contentType": "application/pdf", "content": "JVBERi0xLjcK"}],
        },
    )  # fmt: skip
    called = await one.send("GET", CALL, **{"X-Road-Client": one.subsystem})
    assert called.status_code == 200, called.text
    exchange = {"id": called.headers["X-Road-Request-Id"]}

    async def logged() -> bool:
        return (await one.send("GET", f"/lgsp/v1/exchanges/{exchange['id']}")).status_code == 200

    await until(logged, "the exchange in the log")
    return {
        "subscriptions": subscription, "access-requests": request, "credentials": credential, "documents": document,
        "exchanges": exchange,
    }  # fmt: skip


async def test_what_is_anothers_is_not_there(agencies: dict[str, Agency], of_one: dict[str, Json]) -> None:
    one, two = agencies["one"], agencies["two"]
    for kind, thing in of_one.items():
        own = f"/lgsp/v1/{kind}/{thing['id']}"
        before = (await one.send("GET", own)).json()
        steps = [
            (route.method, re.sub(r"{\w+}", thing["id"], path, count=1).format(position=0, number=1))
            for route in GUARDED
            if (path := route.path).startswith(f"/lgsp/v1/{kind}/{{")
        ]
        assert steps, kind
        for method, path in steps:
            body: Any = None
            if path.endswith("/replay"):
                body = {"from": {"position": 0}}
            elif path.endswith("/url"):
                body = {"url": "https://example.org/"}
            elif path.endswith("/ack"):
                body = {"cursor": "WzFd"}
            answer = await two.send(method, path, body)
            assert answer.status_code in (403, 404, 422), f"{method} {path}: {answer.text}"
            # The body of a step that only operators take need not be right for 403 to come first.
            assert answer.status_code != 422 or path.endswith("/url"), f"{method} {path}: {answer.text}"
        assert (await one.send("GET", own)).json() == before
        listed = (await two.send("GET", f"/lgsp/v1/{kind}")).json()["items"]
        assert thing["id"] not in {item.get("id", item.get("requestId")) for item in listed}


async def test_an_agency_acts_in_nobody_elses_name(agencies: dict[str, Agency], of_one: dict[str, Json]) -> None:
    one, two = agencies["one"], agencies["two"]
    for path, body in (
        ("/lgsp/v1/credentials/secrets", {"client": one.client_id, "name": "x"}),
        ("/lgsp/v1/credentials/keys", {"client": one.client_id, "name": "x", "jwk": {"kty": "OKP"}}),
    ):
        assert (await two.send("POST", path, body)).status_code in (404, 422), path
    listed = await two.send("GET", f"/lgsp/v1/credentials?client={one.client_id}")
    assert listed.json()["items"] == []
    for client in (one.subsystem, "VN/GOV/G88", "VN/GOV/G15/sandbox-agency"):
        refused = await two.send("GET", CALL, **{"X-Road-Client": client})
        assert (refused.status_code, refused.headers["X-Road-Error"]) == (403, "server.clientproxy.access_denied")
    for kind in ("members/VN/GOV/G88", f"subsystems/{one.subsystem}"):
        assert (await two.send("GET", f"/lgsp/v1/partners/{kind}")).status_code == 404
    # What each agency is told of partners is its own.
    for kind in ("members", "subsystems"):
        names = {item["id"] for item in (await two.send("GET", f"/lgsp/v1/partners/{kind}")).json()["items"]}
        assert all(name.startswith("VN/GOV/G89") for name in names), names
