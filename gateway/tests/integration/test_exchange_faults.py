"""Providers, callers and logs that fail in the middle of an exchange."""

import asyncio
import socket
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from gateway.exchange.record import Asked, Ended
from tests.support.exchange import ADDRESS, Provider, World, answer, read, world

pytestmark = pytest.mark.integration


async def test_the_end_is_written_down_before_the_last_of_the_answer_is_passed_on() -> None:
    written = asyncio.Event()
    provider = Provider(200, b"all of it")
    async with world(provider) as here:
        kept_end = here.log.end

        async def slowly(asked: Asked, ended: Ended) -> None:
            await written.wait()
            await kept_end(asked, ended)

        here.log.end = slowly  # type: ignore[method-assign]  # the log is the test's own
        calling = asyncio.create_task(here.call())
        async with asyncio.timeout(5):
            while not provider.got:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        assert not calling.done()
        written.set()
        assert (await calling).content == b"all of it"


async def test_what_cannot_be_logged_does_not_take_place() -> None:
    """R-233."""
    provider = Provider()
    async with world(provider) as here:
        here.log.failing = frozenset({"begin"})
        unsafe = await here.call("POST", content=b"act")
        assert not provider.got
        here.log.failing = frozenset({"end"})
        read_only = await here.call()
    assert (unsafe.status_code, unsafe.json()["type"]) == (503, "server.serverproxy.logging_failed")
    assert (read_only.status_code, read_only.json()["type"]) == (503, "server.serverproxy.logging_failed")


async def test_an_answer_that_breaks_off_never_looks_complete() -> None:
    async def provider(scope: Scope, receive: Receive, send: Send) -> None:
        await read(receive)
        headers = [(b"content-length", b"10")] if scope["path"] == "/said" else []
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        await asyncio.sleep(0.05)
        raise ConnectionError

    for path in ("/said", "/unsaid"):
        async with world(provider) as here:
            with pytest.raises(httpx.RemoteProtocolError):
                await here.call(path=path)
            _, ended = await here.log.only()
            assert (ended.status, ended.error) == (200, "server.serverproxy.service_failed.broken_off")


async def test_a_provider_that_is_silent_is_given_up_and_left_alone_after_some_failures() -> None:
    async def provider(scope: Scope, receive: Receive, send: Send) -> None:
        await read(receive)
        if scope["path"] == "/drip":
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9")]})
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
        await asyncio.sleep(2)

    settings = {"exchange_breaker_failures": 2, "exchange_breaker_delays": (60,)}
    async with world(provider, settings=settings, timeout_seconds=0.1) as here:
        silent = await here.call()
        with pytest.raises(httpx.RemoteProtocolError):
            await here.call(path="/drip")
        resting = await here.call()
    assert (silent.status_code, silent.json()["type"]) == (504, "server.serverproxy.service_failed.timeout")
    assert (resting.status_code, resting.json()["type"]) == (503, "server.serverproxy.service_failed.circuit_open")
    assert 0 < int(resting.headers["retry-after"]) <= 60


async def test_a_provider_that_is_not_there_or_at_an_address_that_is_not_called_is_502() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    network = "server.serverproxy.service_failed.network_error"
    async with world(f"http://127.0.0.1:{port}") as here:
        assert (await here.call()).json()["type"] == network
    for address in ("http://169.254.169.254/x", "http://[::ffff:169.254.169.254]/x"):
        async with world(address) as here:
            got = await here.call()
            assert (got.status_code, got.json()["type"]) == (502, network)


async def test_a_name_that_stands_for_an_address_that_is_not_called_is_502_and_nothing_is_connected_to() -> None:
    elsewhere = {"egress_networks_allowed": ["10.0.0.0/8"]}
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0)
        async with world(f"http://localhost:{listening.getsockname()[1]}", settings=elsewhere) as here:
            got = await here.call()
        with pytest.raises(BlockingIOError):
            listening.accept()
    assert (got.status_code, got.json()["type"]) == (502, "server.serverproxy.service_failed.network_error")


async def raw(here: World, head: str, body: bytes = b"", *, close: bool = False) -> bytes:
    """Bytes as no HTTP library would send them; what comes back until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", here.client.base_url.port)
    lines = "".join(f"{name}: {value}\r\n" for name, value in here.headers.items())
    writer.write(f"{head}\r\nHost: x\r\n{lines}\r\n".encode() + body)
    await writer.drain()
    if close:
        await asyncio.sleep(0.1)
        writer.close()
        return b""
    async with asyncio.timeout(5):
        got = await reader.read(65_536)
    writer.close()
    return got


async def test_a_body_that_does_not_come_is_not_waited_for_and_never_passed_off_as_whole() -> None:
    ended: asyncio.Queue[str] = asyncio.Queue()

    async def provider(_: Scope, receive: Receive, send: Send) -> None:
        try:
            await read(receive)
        except ConnectionError:
            await ended.put("broken off")
            return
        await ended.put("whole")
        await answer(send, 200, b"")

    async with world(provider, timeout_seconds=0.2) as here:
        got = await raw(here, f"POST {ADDRESS} HTTP/1.1\r\nContent-Length: 10", b"half")
        assert b"408" in got.split(b"\r\n")[0]
        assert b"client.timeout" in got
        assert (await here.log.only())[1].error == "client.timeout"
        assert await asyncio.wait_for(ended.get(), 5) == "broken off"


async def test_a_caller_that_breaks_off_is_noticed_and_logged() -> None:
    gone = asyncio.Event()

    async def provider(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await read(receive)
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
            while (await receive())["type"] != "http.disconnect":
                pass
        except ConnectionError:
            pass
        gone.set()

    for head, body in ((f"POST {ADDRESS} HTTP/1.1\r\nContent-Length: 10", b"half"), (f"GET {ADDRESS} HTTP/1.1", b"")):
        gone.clear()
        async with world(provider) as here:
            await raw(here, head, body, close=True)
            assert (await here.log.only())[1].error == "client.disconnected"
            await asyncio.wait_for(gone.wait(), 5)


async def test_a_body_over_the_limit_is_cut_off_though_nothing_was_announced() -> None:
    async def upload() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"x" * 1000

    async with world(Provider(), request_bytes=5000) as here:
        got = await here.call("POST", content=upload())
    assert (got.status_code, got.json()["type"]) == (413, "client.payload_too_large")


@pytest.mark.parametrize("announced", ["3", "5"])
async def test_a_body_longer_or_shorter_than_said_is_never_passed_off_as_whole(announced: str) -> None:
    provider = Provider()
    async with world(provider) as here, httpx.AsyncClient(transport=httpx.ASGITransport(here.exchange)) as client:
        # Past the server, whose parser would not let it through.
        headers = {**here.headers, "Content-Length": announced}
        got = await client.post(f"http://x{ADDRESS}", content=b"four", headers=headers)
        assert (await here.log.only())[1].error == "client.body_length_mismatch"
    assert (got.status_code, got.json()["type"]) == (400, "client.body_length_mismatch")
    assert not provider.got


async def test_a_provider_that_drips_is_cut_off_when_the_whole_takes_too_long() -> None:
    async def provider(_: Scope, receive: Receive, send: Send) -> None:
        await read(receive)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for __ in range(100):
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
            await asyncio.sleep(0.05)

    async with world(provider, timeout_seconds=0.3, settings={"exchange_total_seconds": 0.6}) as here:
        with pytest.raises(httpx.RemoteProtocolError):
            await here.call()
        ended = (await here.log.only())[1]
    assert (ended.error, ended.millis < 3000) == ("server.serverproxy.service_failed.timeout", True)
