"""A service in another process: the streaming hop over real sockets."""

import asyncio
import hashlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.upstream import HttpUpstream

OpenGateway = Callable[..., Any]
pytestmark = pytest.mark.integration


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """A real server on a free port of the loopback."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, lifespan="off", log_config=None, proxy_headers=False)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


@asynccontextmanager
async def hop(open_gateway: OpenGateway, service: ASGIApp, timeout: float = 5) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an origin on one socket, with the service behind it on another."""
    async with served(service) as url:
        upstream = HttpUpstream(url, timeout_seconds=timeout)
        async with (
            open_gateway({"catalog": upstream}) as gateway,
            served(gateway.client._transport.app) as origin,
            httpx.AsyncClient(base_url=origin, timeout=10) as client,
        ):
            yield client
        await upstream.close()


async def read(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError
        body += bytes(message.get("body", b""))
        if not message.get("more_body", False):
            return body


async def answer(send: Send, status: int, body: bytes, *headers: tuple[bytes, bytes]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})


async def test_request_and_answer_pass_unchanged(open_gateway: OpenGateway) -> None:
    seen: dict[str, Any] = {}

    async def service(scope: Scope, receive: Receive, send: Send) -> None:
        seen.update(scope, body=await read(receive))
        headers = (
            (b"x-answer", b"1"),
            (b"set-cookie", b"a=1"),
            (b"set-cookie", b"b=2"),
            (b"connection", b"x-hop"),
            (b"x-hop", b"1"),
        )
        await answer(send, 418, b"\x1f\x8bnot really gzip", *headers, (b"content-encoding", b"gzip"))

    async with hop(open_gateway, service) as client:
        request = client.build_request(
            "PUT",
            "/api/catalog/v1/x%2Fy?q=%C4%91&q=a+b",
            content=b"body",
            headers={"X-Own": "1", "Connection": "close"},
        )
        response = await client.send(request, stream=True)
        raw = b"".join([chunk async for chunk in response.aiter_raw()])
    assert (seen["method"], seen["raw_path"], seen["query_string"]) == ("PUT", b"/v1/x%2Fy", b"q=%C4%91&q=a+b")
    assert seen["body"] == b"body"
    received = dict(seen["headers"])
    assert len(received) == len(seen["headers"])
    assert received[b"x-own"] == b"1"
    assert received[b"x-forwarded-for"] == b"127.0.0.1"
    assert received[b"traceparent"].startswith(b"00-")
    assert received[b"user-agent"].startswith(b"python-httpx")
    assert (response.status_code, raw) == (418, b"\x1f\x8bnot really gzip")
    assert response.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert "x-hop" not in response.headers
    assert [name for name, _ in response.headers.raw].count(b"Date") + [n for n, _ in response.headers.raw].count(
        b"date"
    ) == 1


async def test_bodies_are_streamed_both_ways(open_gateway: OpenGateway) -> None:
    first_arrived, go_on = asyncio.Event(), asyncio.Event()
    digest = hashlib.sha256()
    block = b"x" * 65_536

    async def service(_: Scope, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            digest.update(message["body"])
            first_arrived.set()
            if not message["more_body"]:
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        await go_on.wait()
        await send({"type": "http.response.body", "body": b"last"})

    async def upload() -> AsyncIterator[bytes]:
        yield block
        await first_arrived.wait()  # would never be, if the hop waited for the whole body
        for _ in range(15):
            yield block

    async with (
        hop(open_gateway, service) as client,
        client.stream("POST", "/api/catalog/v1/x", content=upload()) as response,
    ):
        chunks = response.aiter_raw()
        assert await anext(chunks) == b"first"
        go_on.set()
        assert await anext(chunks) == b"last"
    assert digest.digest() == hashlib.sha256(block * 16).digest()


async def test_a_service_that_is_not_there_is_502(open_gateway: OpenGateway) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    upstream = HttpUpstream(f"http://127.0.0.1:{port}", timeout_seconds=5)
    async with open_gateway({"catalog": upstream}) as gateway:
        response = await gateway.get("/api/catalog/v1/x")
        document = await gateway.get("/openapi/catalog.json")
        page = await gateway.get("/docs")
    await upstream.close()
    assert (response.status_code, response.json()["type"]) == (502, "/problems/upstream-unavailable")
    assert document.status_code == 502
    assert (page.status_code, "cannot be reached" in page.text) == (200, True)


async def test_a_service_that_says_nothing_is_504(open_gateway: OpenGateway) -> None:
    async def service(_: Scope, __: Receive, ___: Send) -> None:
        await asyncio.sleep(1)

    async with hop(open_gateway, service, timeout=0.1) as client:
        response = await client.get("/api/catalog/v1/x")
    assert (response.status_code, response.json()["type"]) == (504, "/problems/upstream-timeout")


async def test_a_service_that_hangs_up_without_an_answer_is_502(open_gateway: OpenGateway) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    upstream = HttpUpstream(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", timeout_seconds=5)
    async with open_gateway({"catalog": upstream}) as gateway:
        response = await gateway.client.post("/api/catalog/v1/x", content=b"act")
    await upstream.close()
    server.close()
    assert (response.status_code, response.json()["type"]) == (502, "/problems/upstream-unavailable")


async def test_an_answer_that_breaks_off_breaks_off_for_the_caller_too(open_gateway: OpenGateway) -> None:
    async def service(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"10")]})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise ConnectionError

    async with hop(open_gateway, service) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/api/catalog/v1/x")


async def test_a_redirect_is_returned_not_followed(open_gateway: OpenGateway) -> None:
    async def service(scope: Scope, _: Receive, send: Send) -> None:
        assert scope["path"] == "/v1/x"
        await answer(send, 303, b"", (b"location", b"/v1/y"))

    async with hop(open_gateway, service) as client:
        response = await client.get("/api/catalog/v1/x")
    assert (response.status_code, response.headers["Location"]) == (303, "/api/catalog/v1/y")


async def test_half_an_upload_never_reaches_the_service_as_a_whole_one(open_gateway: OpenGateway) -> None:
    ended: asyncio.Queue[str] = asyncio.Queue()

    async def service(_: Scope, receive: Receive, send: Send) -> None:
        try:
            await read(receive)
        except ConnectionError:
            await ended.put("broken off")
            return
        await ended.put("whole")
        await answer(send, 200, b"")

    async with hop(open_gateway, service) as client:
        port = client.base_url.port
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /api/catalog/v1/x HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.close()
        async with asyncio.timeout(5):
            assert await ended.get() == "broken off"
