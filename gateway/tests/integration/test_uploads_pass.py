"""Uploads through the public origin (tus): large, slow, cut off, refused half-way. The hop holds nothing and adds nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from gateway.tests.integration.test_upstream import answer, hop, read

OpenGateway = Callable[..., Any]
pytestmark = pytest.mark.integration

TUS = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
PATH = "/api/catalog/v1/uploads/1"


async def test_the_protocols_methods_and_headers_pass_both_ways(open_gateway: OpenGateway) -> None:
    seen: list[tuple[str, dict[bytes, bytes]]] = []

    async def service(scope: Scope, receive: Receive, send: Send) -> None:
        await read(receive)
        seen.append((scope["method"], dict(scope["headers"])))
        headers = ((b"tus-resumable", b"1.0.0"), (b"upload-offset", b"4"), (b"location", b"/v1/uploads/1"))
        await answer(send, 204 if scope["method"] != "HEAD" else 200, b"", *headers)

    async with hop(open_gateway, service) as client:
        answers = [
            await client.request(method, PATH, headers=TUS, content=b"body" if method in ("POST", "PATCH") else None)
            for method in ("OPTIONS", "POST", "HEAD", "PATCH", "DELETE")
        ]
    assert [method for method, _ in seen] == ["OPTIONS", "POST", "HEAD", "PATCH", "DELETE"]
    for _, headers in seen:
        assert (headers[b"tus-resumable"], headers[b"upload-offset"]) == (b"1.0.0", b"0")
    for got in answers:
        assert (got.headers["Tus-Resumable"], got.headers["Upload-Offset"]) == ("1.0.0", "4")
        assert got.headers["Location"] == "/api/catalog/v1/uploads/1"


async def test_an_upload_may_take_longer_than_an_answer_may(open_gateway: OpenGateway) -> None:
    async def service(_: Scope, receive: Receive, send: Send) -> None:
        await answer(send, 200, str(len(await read(receive))).encode())

    async def slowly() -> AsyncIterator[bytes]:
        for _ in range(6):
            yield b"x" * 1000
            await asyncio.sleep(0.1)

    async with hop(open_gateway, service, timeout=0.3) as client:
        response = await client.patch(PATH, headers=TUS, content=slowly())
    assert (response.status_code, response.text) == (200, "6000")


@pytest.mark.parametrize("size", [1_000, 300_000, 20_000_000])
async def test_a_refusal_is_passed_on_although_the_body_is_still_coming(open_gateway: OpenGateway, size: int) -> None:
    async def service(_: Scope, __: Receive, send: Send) -> None:
        await answer(send, 409, b"{}", (b"upload-offset", b"7"), (b"content-type", b"application/problem+json"))

    async with hop(open_gateway, service) as client:
        for _ in range(3):
            response = await client.patch(PATH, headers=TUS, content=bytes(size))
            assert (response.status_code, response.headers["Upload-Offset"]) == (409, "7")


async def test_what_came_before_a_cut_reaches_the_service(open_gateway: OpenGateway) -> None:
    received = asyncio.Queue[int]()

    async def service(_: Scope, receive: Receive, __: Send) -> None:
        size = 0
        while (message := await receive())["type"] == "http.request":
            size += len(message.get("body", b""))
        await received.put(size)

    async with hop(open_gateway, service) as client:
        _, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
        head = f"PATCH {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n"
        writer.write(head.encode() + bytes(3_000_001))
        await writer.drain()
        await asyncio.sleep(0.3)
        writer.close()
        async with asyncio.timeout(5):
            assert await received.get() == 3_000_001


async def test_a_large_body_passes_whole(open_gateway: OpenGateway) -> None:
    async def service(_: Scope, receive: Receive, send: Send) -> None:
        size = 0
        while True:
            message = await receive()
            size += len(message["body"])
            if not message["more_body"]:
                break
        await answer(send, 200, str(size).encode())

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(60):
            yield bytes(1_000_000)

    async with hop(open_gateway, service) as client:
        response: httpx.Response = await client.patch(PATH, headers=TUS, content=pieces())
    assert response.text == "60000000"
