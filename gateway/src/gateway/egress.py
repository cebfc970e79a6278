"""Calls out of the house to addresses that partners name, webhooks and providers' servers: which may be called. It calls none.

An address is judged twice: as it is written (`checked`), and as it resolves, at registration (`vetted`) and again by
the connector of each call (`JudgedResolver`), which connects to the very addresses that were judged: what DNS says a
moment later does not matter. Ministries' and witnesses' addresses are not judged: they are settings, and whoever writes
those runs this gateway. It knows no business.
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from chassis.problems import Text
from gateway.settings.egress import EgressSettings

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Lookup = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host and port to addresses, as text. Raises OSError."""

_MOST_CHARS = 2000
_RESOLVE_SECONDS = 5
_NAME = re.compile(r"(?=.{1,253}\Z)(?:(?!-)[a-z0-9_-]{1,63}(?<!-)\.)*(?!-)[a-z0-9-]{1,63}(?<!-)\.?")
# What inet_aton takes for an address and a reader for a name: 2130706433, 0x7f.1, 0177.0.0.1.
_ODD_NUMBER = re.compile(r"(?:0x[0-9a-f]*|\d+)\.?", re.IGNORECASE)
# What Python's `is_global` lets through in one version or another: protocol assignments, relays, documentation, and IPv6
# that carries an IPv4 address to somewhere else or never leaves a site.
_NOT_FOR_EVERYONE = tuple(
    map(
        ipaddress.ip_network,
        (
            "192.0.0.0/24", "192.88.99.0/24", "::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64",
            "2001::/23", "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10",
        ),
    )
)  # fmt: skip


UNRESOLVABLE = "unresolvable"
_WORDS = {
    "malformed": Text("Địa chỉ viết không đúng", "Not a well-written address"),
    "scheme": Text("Chỉ nhận https", "Only https"),
    "https-only": Text("Chỉ nhận https", "Only https"),
    "credentials": Text("Địa chỉ không được chứa tên, mật khẩu", "No user name or password in the address"),
    "not-public": Text("Máy chủ không ở địa chỉ công khai", "The host is not at a public address"),
    "port": Text("Cổng không được phép", "That port is not called"),
    UNRESOLVABLE: Text("Không tìm thấy máy chủ", "The host cannot be found"),
}


class EgressRefused(Exception):
    """The address may not be called. `rule` names why, `words` say it: they may be told to whoever gave the address."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule
        self.words = _WORDS[rule]


@dataclass(frozen=True)
class Target:
    """A URL that is well written."""

    url: str
    secure: bool
    host: str
    port: int


@dataclass(frozen=True)
class Egress:
    """Where calls may go. `networks` may be called although they are not public, over http and on any port."""

    networks: tuple[Network, ...] = ()
    ports: Collection[int] = frozenset({443})

    def checked(self, url: str) -> Target:
        """The URL as it is written. Raises EgressRefused."""
        if len(url) > _MOST_CHARS or not url.isascii() or any(char <= " " or char in '\\"<>^`{|}\x7f' for char in url):
            raise EgressRefused("malformed")
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
            read_by_client = URL(url)
        except ValueError:
            raise EgressRefused("malformed") from None
        if parts.scheme not in ("http", "https"):
            raise EgressRefused("scheme")
        if parts.username is not None or parts.password is not None or "@" in parts.netloc:
            raise EgressRefused("credentials")
        # The client reads URLs by itself: where its reading is another one, what was judged is not what would be called.
        if not host or "#" in url or (read_by_client.raw_host, read_by_client.explicit_port) != (host, port):
            raise EgressRefused("malformed")
        secure = parts.scheme == "https"
        target = Target(url, secure, host, port if port is not None else (443 if secure else 80))
        literal = _literal(host, bracketed="[" in parts.netloc)
        if literal is not None:
            self.judged(literal, target)
        elif not secure and not self.networks:
            raise EgressRefused("https-only")
        return target

    def judged(self, address: Address, target: Target) -> None:
        """One address that a target stands for. Raises EgressRefused."""
        if any(address in network for network in self.networks if network.version == address.version):
            return
        if not is_public(address):
            raise EgressRefused("not-public")
        if not target.secure:
            raise EgressRefused("https-only")
        if target.port not in self.ports:
            raise EgressRefused("port")

    async def vetted(self, url: str, lookup: Lookup | None = None) -> list[Address]:
        """The addresses a URL stands for now, every one of which may be called. Raises EgressRefused."""
        target = self.checked(url)
        try:
            async with asyncio.timeout(_RESOLVE_SECONDS):
                found = await (lookup or resolve)(target.host, target.port)
        except (OSError, UnicodeError):
            raise EgressRefused(UNRESOLVABLE) from None
        addresses = [ipaddress.ip_address(address) for address in found]
        if not addresses:
            raise EgressRefused(UNRESOLVABLE)
        for address in addresses:
            self.judged(address, target)
        return addresses


def is_public(address: Address) -> bool:
    """Whether an address is out there for everyone: no private, loopback, link-local, shared, reserved or group address."""
    if isinstance(address, IPv6Address) and address.scope_id:
        return False
    if any(address in network for network in _NOT_FOR_EVERYONE if network.version == address.version):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _literal(host: str, *, bracketed: bool) -> Address | None:
    """The address a host is written as; None where it is a name. Raises EgressRefused."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        last = host.rstrip(".").rsplit(".", 1)[-1]
        if bracketed or _ODD_NUMBER.fullmatch(last) or not _NAME.fullmatch(host):
            raise EgressRefused("malformed") from None
        return None


async def resolve(host: str, port: int) -> list[str]:
    """By the machine's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class JudgedResolver(AbstractResolver):
    """Gives aiohttp's connector the addresses that were judged for one connection, and no others.

    A connector asks it for names only: a URL that names an address itself is to be `checked` before.
    """

    def __init__(self, egress: Egress, scheme: str, lookup: Lookup | None = None) -> None:
        self._egress = egress
        self._scheme = scheme
        self._lookup = lookup

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002 - aiohttp's signature; every family is judged
    ) -> list[ResolveResult]:
        try:
            addresses = await self._egress.vetted(f"{self._scheme}://{host}:{port}", self._lookup)
        except EgressRefused as refused:
            raise RefusedByResolver(refused.rule) from refused
        return [
            ResolveResult(
                hostname=host, host=str(address), port=port, proto=0, flags=socket.AI_NUMERICHOST,
                family=socket.AF_INET6 if address.version == 6 else socket.AF_INET,
            )
            for address in addresses
        ]  # fmt: skip

    async def close(self) -> None:
        return None


class RefusedByResolver(OSError):
    """A refusal on its way through aiohttp, which knows OSError only."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def egress_of(settings: EgressSettings) -> Egress:
    """As the deployment has it."""
    return Egress(settings.egress_networks_allowed, settings.egress_ports)
