"""What addresses an agency may make us call: none inside the house, however it is written."""
# ruff: noqa: S104 - nothing is bound to, these are refused

import asyncio
from collections.abc import AsyncIterator, Sequence
from ipaddress import ip_network

import aiohttp
import pytest
from aiohttp import web

from gateway.delivery.outward_client import OutwardClient
from gateway.egress import Egress, EgressRefused, Lookup

PUBLIC = "203.0.114.7"
WORLD = Egress(ports=frozenset({443, 8443}))
SANDBOX = Egress((ip_network("127.0.0.0/8"),))


def dns(*answers: str | Sequence[str]) -> Lookup:
    """A resolver that answers so, one answer after the other, the last for ever."""
    left = [[answer] if isinstance(answer, str) else list(answer) for answer in answers]

    async def lookup(_host: str, _port: int) -> list[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return lookup


async def refusal(url: str, *addresses: str, egress: Egress = WORLD) -> str | None:
    try:
        await egress.vetted(url, dns(addresses or (PUBLIC,)))
    except EgressRefused as refused:
        return refused.rule
    return None


async def test_a_public_https_address_is_called() -> None:
    assert await refusal("https://soyte.example/events?a=b") is None
    assert await refusal("https://soyte.example:8443/events") is None
    assert await refusal("https://soyte.example/", "2606:4700::1111", PUBLIC) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://soyte.example/", "ftp://soyte.example/", "file:///etc/passwd", "gopher://soyte.example/", "//soyte.example/",
        "soyte.example", "https:/soyte.example", "https://", "https:///x", "https://user@soyte.example/",
        "https://user:pw@soyte.example/", "https://@soyte.example/", "https://soyte.example#@10.0.0.1/",
        "https://soyte.example/#fragment", "https://soyte.example\\@10.0.0.1/", "https://soyte.example/\r\nHost: x",
        "https://soyte.example /", "https://soyte.example\t/", "https://söyte.example/", "https://[::1/", "https://a:b/",
        "https://soyte.example:99999/", "https://soyte.example:22/", "https://soyte.example:80/", "https://%31%32%37.0.0.1/",
        "https://soyte..example/", "https://-soyte.example/", "https://soyte.example/" + "x" * 2000, "https://１２７.0.0.1/",
        "https://127。0。0。1/", "",
    ],
)  # fmt: skip
async def test_an_address_that_is_no_plain_https_url_is_refused(url: str) -> None:
    assert await refusal(url) is not None


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "127.0.0.1.", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001",
        "127.0.0.0x1", "0", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "192.0.2.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.0.8", "[::]", "[::1]",
        "[fe80::1]", "[fe80::1%25eth0]", "[fc00::1]", "[fd12::1]", "[ff02::1]", "[::ffff:127.0.0.1]", "[::ffff:8.8.8.8]",
        "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::808:808]", "[64:ff9b:1::a00:1]", "[2002:7f00:1::]",
        "[2001:0:7f00:1::]", "[2001:db8::1]", "[fec0::1]", "[v1.x]",
    ],
)  # fmt: skip
async def test_no_way_to_write_an_inner_address_is_let_through(host: str) -> None:
    assert await refusal(f"https://{host}/") is not None


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "169.254.169.254", "100.127.255.254", "::1", "::ffff:10.0.0.1", "64:ff9b::a00:1",
        "fe80::1%1", "fd00::1", "2002:a00:1::", "0.0.0.0", "224.0.0.1",
    ],
)  # fmt: skip
async def test_a_name_that_stands_for_an_inner_address_is_refused_even_beside_a_public_one(address: str) -> None:
    assert await refusal("https://inner.example/", address) == "not-public"
    assert await refusal("https://inner.example/", PUBLIC, address) == "not-public"


async def test_a_name_that_stands_for_nothing_is_refused() -> None:
    async def nobody(_host: str, _port: int) -> list[str]:
        raise OSError("no such name")

    with pytest.raises(EgressRefused, match="unresolvable"):
        await WORLD.vetted("https://nowhere.example/", nobody)


async def test_an_allowed_network_may_be_called_over_http_and_nothing_else_may() -> None:
    assert await refusal("http://127.0.0.1:9/", "127.0.0.1", egress=SANDBOX) is None
    assert await refusal("http://10.0.0.1/", "10.0.0.1", egress=SANDBOX) == "not-public"
    assert await refusal("http://soyte.example/", PUBLIC, egress=SANDBOX) == "https-only"
    assert await refusal("http://[::ffff:127.0.0.1]/", egress=SANDBOX) is not None


@pytest.fixture
async def inside() -> AsyncIterator[tuple[int, list[str]]]:
    """A server on the loopback that sends whoever comes on to another address: its port, and what it was asked."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=302, headers={"Location": "/elsewhere"}, body=b"x" * 100_000)

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1], asked
    await runner.cleanup()


async def post(client: OutwardClient, url: str) -> int:
    try:
        return (await client.post(url, b"{}", {}, timeout_seconds=5)).status
    finally:
        await client.close()


async def test_a_name_that_turns_inward_after_it_was_vetted_is_not_called(inside: tuple[int, list[str]]) -> None:
    """R-236: DNS rebinding: the connection is made to the addresses that were judged for it, and these are inside now."""
    port, asked = inside
    egress = Egress(ports=frozenset({port}))
    lookup = dns(PUBLIC, "127.0.0.1")
    await egress.vetted(f"https://rebinding.example:{port}/", lookup)
    with pytest.raises(EgressRefused, match="not-public"):
        await post(OutwardClient(egress, lookup=lookup), f"https://rebinding.example:{port}/")
    assert asked == []


async def test_the_connection_goes_to_the_vetted_address_and_a_redirect_is_not_followed(
    inside: tuple[int, list[str]],
) -> None:
    port, asked = inside
    client = OutwardClient(SANDBOX, lookup=dns("127.0.0.1"))
    assert await post(client, f"http://any.example:{port}/hook") == 302
    assert asked == ["/hook"]


async def test_proxies_of_the_environment_are_not_used(
    inside: tuple[int, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, asked = inside
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert await post(OutwardClient(SANDBOX, lookup=dns("127.0.0.1")), f"http://any.example:{port}/hook") == 302
    assert asked == ["/hook"]


async def test_plain_http_cannot_borrow_what_https_may_call(inside: tuple[int, list[str]]) -> None:
    """Both clients of a name at once: what is judged for one scheme says nothing of the other."""
    port, _ = inside
    egress = Egress(SANDBOX.networks, frozenset({port}))
    client = OutwardClient(egress, lookup=dns("198.51.101.9"))
    plain, secure = await asyncio.gather(
        client.post(f"http://a.example:{port}/", b"", {}, timeout_seconds=0.3),
        client.post(f"https://a.example:{port}/", b"", {}, timeout_seconds=0.3),
        return_exceptions=True,
    )
    await client.close()
    assert isinstance(plain, EgressRefused)
    assert isinstance(secure, TimeoutError | aiohttp.ClientError | OSError)
