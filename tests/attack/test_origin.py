"""What the origin makes of addresses and headers that try to be taken for something else."""

import asyncio
import json

import pytest
import uvicorn
from starlette.responses import PlainTextResponse

from chassis.head import HEAD_BYTES, BoundedHead
from chassis.ids import new_id
from sandbox.stack import Sandbox
from tests.attack.raw import ask, bearer, send
from tests.e2e.callers import DOSSIERS, Caller, birth
from tests.servers.enclosure import free_ports


@pytest.mark.parametrize(
    "target",
    [
        b"/api/submission/../payment/v1/vnpay/ipn",
        b"/api/submission/v1/../metrics",
        b"/api/submission/v1/%2e%2e/metrics",
        b"/api/submission/v1/%2e%2e%2fmetrics",
        b"/api/submission/v1/..%2fmetrics",
        b"/api/submission/v1/.%2e/metrics",
        b"/api/submission/v1/%252e%252e/metrics",
        b"/api/submission/v1/..%5cmetrics",
        b"/api/submission/v1;/metrics",
        b"/api/submission//metrics",
        b"/api//submission/v1/dossiers",
        b"//api/submission/v1/dossiers",
        b"/%61pi/submission/v1/dossiers",
        b"/api/submission%2fv1/dossiers",
        b"/api/submission/%76%31/dossiers",
        b"/api/submission/v1/dossiers%00",
        b"/api/submission/v1/dossiers/x%0d%0aSet-Cookie:a=b",
        b"/api/submission/v1/" + b"a/" * 20_000,
        b"/openapi/%2e%2e%2f%2e%2e%2fetc%2fpasswd.json",
    ],
)
async def test_no_spelling_of_an_address_leads_past_the_public_ones(
    sandbox: Sandbox, mother: Caller, target: bytes
) -> None:
    assert (await ask(sandbox.url, target, lines=bearer(mother))).status_code == 404


@pytest.mark.parametrize("name", ["Authorization", "Idempotency-Key", "Content-Type", "If-Match", "Host"])
async def test_a_header_that_must_be_one_is_refused_when_there_are_two(
    sandbox: Sandbox, mother: Caller, stranger: Caller, name: str
) -> None:
    given = {
        "Authorization": bearer(stranger),
        "Idempotency-Key": f"Idempotency-Key: {new_id()}\r\n".encode(),
        "Content-Type": b"Content-Type: application/json\r\n",
        "If-Match": b'If-Match: "1"\r\n',
        "Host": b"Host: elsewhere.test\r\n",
    }
    lines = b"".join(line for other, line in given.items() if other not in ("Host", "Authorization")) + bearer(mother)
    body = json.dumps(birth(late=False)).encode()
    answer = await ask(sandbox.url, DOSSIERS.encode(), method=b"POST", lines=lines + given[name], body=body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == f"header:{name.lower()}"


@pytest.mark.parametrize(
    "lines",
    [
        b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: xchunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"Content-Length: -1\r\n\r\n",
        b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"Authorization : Bearer x\r\n\r\n",
        b"X-A: a\r\n b\r\n\r\n",
        b"X-A: a\x00b\r\n\r\n",
    ],
)
async def test_a_request_whose_end_could_be_read_in_two_ways_is_refused(sandbox: Sandbox, lines: bytes) -> None:
    head = b"POST " + DOSSIERS.encode() + b" HTTP/1.1\r\nHost: city.test\r\nConnection: close\r\n"
    assert (await send(sandbox.url, head + lines)).startswith(b"HTTP/1.1 400 ")


async def test_five_megabytes_are_refused_whether_announced_or_not(sandbox: Sandbox, mother: Caller) -> None:
    lines = bearer(mother) + b"Content-Type: application/json\r\nIdempotency-Key: k\r\n"
    head = b"POST " + DOSSIERS.encode() + b" HTTP/1.1\r\nHost: city.test\r\nConnection: close\r\n" + lines
    announced = await send(sandbox.url, head + b"Content-Length: 5000000\r\n\r\n{")
    chunk = b"10000\r\n" + b"a" * 65536 + b"\r\n"
    chunked = await send(sandbox.url, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 17)
    assert {answer.split(b" ", 2)[1] for answer in (announced, chunked)} == {b"413"}


async def test_a_head_without_end_is_given_up_and_a_large_one_is_served() -> None:
    port = free_ports(1)[0]
    config = uvicorn.Config(
        PlainTextResponse("here"), port=port, http=BoundedHead, log_config=None, lifespan="off", access_log=False
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    try:
        while not server.started:
            await asyncio.sleep(0.01)
        url = f"http://127.0.0.1:{port}"
        start = b"GET / HTTP/1.1\r\nHost: city.test\r\nConnection: close\r\nX-A: "
        large = await send(url, start + b"a" * (HEAD_BYTES // 2) + b"\r\n\r\n")
        # Without an end, so only who counts can answer. In pieces, as the network would bring it.
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(start)
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.write(b"a" * (HEAD_BYTES + 1))
        endless = await asyncio.wait_for(reader.read(), 10)
        writer.close()
    finally:
        server.should_exit = True
        await serving
    assert large.startswith(b"HTTP/1.1 200 ")
    assert endless.startswith(b"HTTP/1.1 400 ")
