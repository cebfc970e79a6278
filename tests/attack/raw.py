"""Requests as no client library would send them, byte by byte. It knows no address of the system."""

import asyncio
from urllib.parse import urlsplit

import httpx

from tests.e2e.callers import Caller


def bearer(caller: Caller) -> bytes:
    """The caller's Authorization line."""
    return f"Authorization: {caller._headers['Authorization']}\r\n".encode()


async def send(url: str, request: bytes, *, seconds: float = 10) -> bytes:
    """Everything that is answered until the connection ends. The request must ask for that."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        writer.write(request)
        return await asyncio.wait_for(reader.read(), seconds)
    finally:
        writer.close()


async def ask(
    url: str, target: bytes, *, method: bytes = b"GET", lines: bytes = b"", body: bytes = b""
) -> httpx.Response:
    """The answer to one request to `target`, exactly as spelled, with these header lines."""
    head = method + b" " + target + b" HTTP/1.1\r\nHost: city.test\r\nConnection: close\r\n" + lines
    answer = await send(url, head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    start, _, content = answer.partition(b"\r\n\r\n")
    return httpx.Response(int(start.split(b" ", 2)[1]), content=content)
