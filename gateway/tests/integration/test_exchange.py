"""What passes through the exchange, and how: over real sockets."""

import asyncio
import base64
import hashlib
import resource
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import SecretStr
from starlette.types import Receive, Scope, Send

from gateway.domain.partners import MessageLogPolicy, Registry, Service, Upstream
from gateway.exchange.record import Direction
from gateway.settings import GatewaySettings
from gateway.tests.conftest import opened, pem
from gateway.tokens import token_maker
from tests.support import identities
from tests.support.exchange import (
    ADDRESS,
    CLIENT,
    LOOPBACK,
    PROVIDED,
    Book,
    Log,
    Provider,
    grant,
    read,
    registry,
    served,
    world,
)

pytestmark = pytest.mark.integration


def straightforward_hash(method: str, target: str, headers: list[tuple[bytes, bytes]], body: bytes) -> str:
    """The request hash as the protocol words it, from what a provider got."""
    head = f"{method}\r\n{target}\r\n".encode()
    for name, value in headers:
        if name not in (b"host", b"content-length"):
            head += name + b":" + value + b"\r\n"
    digest = hashlib.sha512(head).digest()
    if body:
        digest = hashlib.sha512(digest + hashlib.sha512(body).digest()).digest()
    return base64.b64encode(digest).decode()


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_every_method_passes_and_the_answer_is_tied_to_the_request(method: str) -> None:
    """R-232."""
    provider = Provider(207, b"a body", (b"x-own", b"1"), (b"content-type", b"text/x-own"))
    body = b"" if method in ("GET", "HEAD", "OPTIONS") else "được".encode()
    async with world(provider) as here:
        sent = here.client.build_request(
            method, ADDRESS + "/a/%C4%91;v=1/?q=%2F&q=a+b", content=body, headers={**here.headers, "X-Road-Id": "id-1"}
        )
        got = await here.client.send(sent)
        asked, ended = await here.log.only()
    scope, received = provider.got[0]
    assert (scope["method"], scope["raw_path"], scope["query_string"]) == (method, b"/a/%C4%91;v=1/", b"q=%2F&q=a+b")
    assert received == body
    assert (got.status_code, got.headers["x-own"], got.headers["content-type"]) == (207, "1", "text/x-own")
    assert got.content == (b"" if method == "HEAD" else b"a body")
    assert "x-road-error" not in got.headers
    assert got.headers["x-road-client"] == "VN/GOV/G15/hotich"
    assert got.headers["x-road-service"] == "VN/GOV/H26/lienthong/thu"
    assert got.headers["x-road-id"] == "id-1"
    target = f"{ADDRESS}/a/%C4%91;v=1/?q=%2F&q=a+b"
    assert got.headers["x-road-request-hash"] == straightforward_hash(method, target, provider.headers, body)
    assert [name for name, _ in provider.headers if name.startswith(b"x-road-")][-2:] == [
        b"x-road-request-id",
        b"x-road-id",
    ]
    assert got.headers["x-road-request-id"] == str(asked.request_id)
    assert (asked.client, asked.service) == ("VN/GOV/G15/hotich", "VN/GOV/H26/lienthong/thu")
    assert (asked.path, asked.query) == ("/a/%C4%91;v=1/", "q=%2F&q=a+b")
    assert (ended.status, ended.error, ended.request_bytes) == (207, None, len(body))
    assert ended.request_sha512 == (hashlib.sha512(body).digest() if body else None)
    assert ended.response_sha512 == (None if method == "HEAD" else hashlib.sha512(b"a body").digest())
    assert ended.request_hash == got.headers["x-road-request-hash"]


async def test_what_names_the_caller_or_its_proxies_never_reaches_the_provider() -> None:
    provider = Provider(200, b"", (b"server", b"x"), (b"set-cookie", b"a=1"), (b"x-road-error", b"no"))
    forged = {
        "Cookie": "console=1", "Client-Cert": ":MA==:", "X-Forwarded-For": "1.2.3.4", "Forwarded": "for=1.2.3.4",
        "X-Road-Request-Id": "mine", "X-Road-Request-Hash": "mine", "X-Road-Service": "mine", "X-Hop": "1",
        "Connection": "x-hop, x-road-issue", "X-Road-Issue": "H26-1", "Accept-Encoding": "br", "X-Other": "kept",
    }  # fmt: skip
    async with world(provider) as here:
        got = await here.call(headers=forged)
    names = {name for name, _ in provider.headers}
    gone = {b"authorization", b"cookie", b"client-cert", b"x-forwarded-for", b"forwarded", b"x-road-service", b"x-hop"}
    assert not gone & names
    assert b"user-agent" not in names
    assert provider.header(b"x-road-request-id") == [got.headers["x-road-request-id"].encode()] != [b"mine"]
    assert b"x-road-request-hash" not in names
    assert provider.header(b"x-road-issue") == [b"H26-1"]
    assert (provider.header(b"accept-encoding"), provider.header(b"x-other")) == ([b"br"], [b"kept"])
    assert not {"x-road-error", "set-cookie", "access-control-allow-origin", "cache-control"} & set(got.headers)
    assert got.headers.get_list("server") == ["uvicorn"]
    assert got.headers["x-road-id"].startswith("VN-")
    assert got.headers["ratelimit"] == '"second";r=9;t=1'


async def test_both_notations_of_an_agency_s_code_mean_one_agency() -> None:
    async with world(Provider()) as here:
        got = await here.client.get(
            "/r1/VN/GOV/000.00.00.H26/lienthong/thu", headers={**here.headers, "X-Road-Client": "VN/GOV/000.00.00.G15"}
        )
    assert got.status_code == 200
    assert got.headers["x-road-service"] == "VN/GOV/H26/lienthong/thu"


async def test_headers_of_any_language_pass_both_ways_as_the_bytes_they_were() -> None:
    name = "Nguyễn Thị Ví Dụ".encode()
    provider = Provider(200, b"", (b"x-name", name), (b"x-old", b"caf\xe9"))
    async with world(provider) as here:
        got = await here.call(headers={b"X-Name": name})
    assert provider.header(b"x-name") == [name]
    assert dict(got.headers.raw)[b"x-name"] == name
    assert dict(got.headers.raw)[b"x-old"] == b"caf\xe9"
    assert got.headers["x-road-request-hash"] == straightforward_hash("GET", ADDRESS, provider.headers, b"")


async def test_a_providers_error_and_redirect_pass_as_they_are() -> None:
    """R-234."""
    provider = Provider(500, b"broken", (b"www-authenticate", b"Basic"), (b"cache-control", b"max-age=5"))
    async with world(provider) as here:
        broken = await here.call()
        provider.said = 302, b"", ((b"location", b"http://169.254.169.254/latest"),)
        moved = await here.call()
    assert (broken.status_code, broken.content, broken.headers["cache-control"]) == (500, b"broken", "max-age=5")
    assert "x-road-error" not in broken.headers
    assert (moved.status_code, moved.headers["location"]) == (302, "http://169.254.169.254/latest")
    assert len(provider.got) == 2


async def test_a_hundred_megabytes_pass_both_ways_without_being_held_in_memory() -> None:
    block = b"x" * 65_536
    count = 100 * 1024 * 1024 // len(block)
    digest = hashlib.sha512()

    async def provider(_: Scope, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            digest.update(message["body"])
            if not message["more_body"]:
                break
        length = str(count * len(block)).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
        for __ in range(count):
            await send({"type": "http.response.body", "body": block, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def upload() -> AsyncIterator[bytes]:
        for _ in range(count):
            yield block

    async with world(provider) as here:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        answered = hashlib.sha512()
        headers = {**here.headers, "Content-Length": str(count * len(block))}
        async with here.client.stream("PUT", ADDRESS, content=upload(), headers=headers) as response:
            async for chunk in response.aiter_raw():
                answered.update(chunk)
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        _, ended = await here.log.only()
    assert response.headers["content-length"] == str(count * len(block))
    assert digest.digest() == answered.digest() == ended.request_sha512 == ended.response_sha512
    assert after - before < 40 * 1024  # kilobytes; caller, gateway and provider together


async def test_an_answer_in_pieces_is_passed_on_piece_by_piece() -> None:
    go_on = asyncio.Event()

    async def provider(_: Scope, receive: Receive, send: Send) -> None:
        await read(receive)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        await go_on.wait()
        await send({"type": "http.response.body", "body": b"last"})

    async with world(provider) as here, here.client.stream("GET", ADDRESS, headers=here.headers) as response:
        chunks = response.aiter_raw()
        assert await anext(chunks) == b"first"
        assert not here.log.ends
        go_on.set()
        assert await anext(chunks) == b"last"
        assert "x-road-request-hash" in response.headers


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        (MessageLogPolicy.OFF, ["end"]),
        (MessageLogPolicy.METADATA, ["begin", "end"]),
        (MessageLogPolicy.FULL, ["begin", "body", "body", "end"]),
    ],
)
async def test_each_policy_keeps_what_it_says(policy: MessageLogPolicy, told: list[str]) -> None:
    async with world(Provider(), log=policy) as here:
        await here.call("POST", content=b"act")
        assert [what for what, _ in here.log.told] == told
        assert here.log.ends[0][0].policy is policy
        bodies = [value for what, value in here.log.told if what == "body"]
    if bodies:
        assert bodies == [(Direction.REQUEST, 0, b"act"), (Direction.RESPONSE, 0, b"ok")]


async def test_a_city_service_gets_the_path_below_its_own_and_a_token_for_the_calling_agency() -> None:
    service = Provider(200, b"{}", (b"content-type", b"application/json"))
    fields: dict[str, Any] = {
        "upstream": Upstream.CITY,
        "address": "submission/v1/dossiers",
        "scope": "submission:read",
    }
    async with world("http://unused", city={"submission": service}, **fields) as here:
        key = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        maker = token_maker(GatewaySettings(token_key=SecretStr(key)))
        here.runtime.extras["tokens"] = maker
        got = await here.call(path="/H26-1/h%C3%A0?q=1")
        again = await here.call(path="/H26-1")
    assert got.status_code == again.status_code == 200
    scope = service.got[0][0]
    assert (scope["path"], scope["raw_path"], scope["query_string"]) == (
        "/v1/dossiers/H26-1/hà", b"/v1/dossiers/H26-1/h%C3%A0", b"q=1",
    )  # fmt: skip
    (authorization,) = service.header(b"authorization")
    token = maker.read(authorization.decode().removeprefix("Bearer ")) if maker else None
    assert token is not None
    assert (token.claims["agency"], token.claims["scope"], token.client_id) == ("G15", "submission:read", "justice-1")
    assert authorization != here.headers["Authorization"].encode()


async def test_an_adapter_answers_by_its_name_and_one_that_fails_is_our_error() -> None:
    async def failing(_: Scope, __: Receive, ___: Send) -> None:
        raise KeyError("secret")

    adapter = Provider(200, b"from the ministry")
    async with world(
        "http://unused", adapters={"moj": adapter, "bad": failing}, upstream=Upstream.ADAPTER, address="moj/records"
    ) as here:
        got = await here.call(path="/7")
        here.offer(address="bad")
        failed = await here.call()
        here.offer(address="none")
        missing = await here.call()
    assert (got.content, adapter.got[0][0]["path"]) == (b"from the ministry", "/records/7")
    assert (failed.status_code, failed.json()["type"]) == (500, "server.serverproxy.internal_error")
    assert "secret" not in failed.text
    assert missing.status_code == 502


async def test_the_exchange_counts_what_it_did() -> None:
    async with world(Provider()) as here:
        await here.call()
        here.offer(grant(method="POST"))
        await here.call()
        text, _ = here.runtime.metrics.exposition()
    assert b'exchanges_total{outcome="ok"} 1.0' in text
    assert b'exchanges_total{outcome="server.serverproxy.access_denied"} 1.0' in text
    assert b"exchange_upstream_seconds_count 1.0" in text


OpenGateway = Callable[..., Any]


async def test_the_origin_leads_r1_to_the_exchange(open_gateway: OpenGateway) -> None:
    async with open_gateway({}) as gateway:
        gateway.runtime.extras["registry"] = Book(Registry())
        gateway.runtime.extras["message_log"] = log = Log()
        got = await gateway.get("/r1/VN/GOV/H26/lienthong/thu", headers=CLIENT)
    assert (got.status_code, got.json()["type"]) == (401, "server.clientproxy.ssl_authentication_failed")
    assert len(log.ends) == 1


async def test_an_exchange_and_a_denial_stand_in_the_log_of_a_real_gateway(database_url: SecretStr) -> None:
    provider = Provider()
    settings = GatewaySettings(database_url=database_url, exchange_key=pem(), egress_networks_allowed=LOOPBACK)
    async with served(provider) as address, opened(settings, {}) as gateway:
        service = Service(PROVIDED, "Thử", Upstream.HTTP, address)
        gateway.runtime.extras["registry"] = Book(registry(service, grant(method="POST")))
        headers = CLIENT | identities.agency(client="justice-1")
        done = await gateway.client.post(ADDRESS + "/a", content=b"act", headers={**headers, "X-Road-Id": "id-1"})
        denied = await gateway.client.get(ADDRESS + "/b", headers=headers)
        rows = await gateway.rows("SELECT path, status, error, request_hash FROM exchange ORDER BY request_id")
        await gateway.runtime.extras["exchange"].close()
    assert (done.status_code, denied.status_code) == (200, 403)
    assert [(row.path, row.status, row.error) for row in rows] == [
        ("/a", 200, None),
        ("/b", 403, "server.serverproxy.access_denied"),
    ]
    assert rows[0].request_hash == done.headers["x-road-request-hash"]
