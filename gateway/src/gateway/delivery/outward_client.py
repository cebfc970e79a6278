"""An HTTP client for webhooks: it can reach no address but those that egress allows. It knows no subscription.

Redirects are not followed, proxies of the environment not used.
"""

from dataclasses import dataclass

import aiohttp
from aiohttp.abc import AbstractResolver

from gateway.egress import Egress, EgressRefused, JudgedResolver, Lookup, RefusedByResolver


@dataclass(frozen=True)
class Answer:
    """All that is kept of an answer."""

    status: int
    retry_after: str | None = None


class OutwardClient:
    """An HTTP client for addresses that others named. It can reach nothing that `egress` does not allow."""

    def __init__(self, egress: Egress, *, parallel: int = 64, lookup: Lookup | None = None) -> None:
        self._egress = egress
        # One for each scheme: what may be called over https may not be over http, and a resolver is told the host only.
        self._sessions = {
            secure: _session(JudgedResolver(egress, "https" if secure else "http", lookup), parallel)
            for secure in (True, False)
        }

    async def post(self, url: str, body: bytes, headers: dict[str, str], *, timeout_seconds: float) -> Answer:
        """One POST. Raises EgressRefused, OSError, TimeoutError, aiohttp.ClientError."""
        target = self._egress.checked(url)
        timeout = aiohttp.ClientTimeout(total=timeout_seconds, connect=min(timeout_seconds, 10))
        try:
            async with self._sessions[target.secure].post(
                url, data=body, headers=headers, allow_redirects=False, timeout=timeout
            ) as response:
                # A little is read so that the connection can be used again; what it says is nobody's business here.
                await response.content.read(4096)
                return Answer(response.status, response.headers.get("Retry-After"))
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, RefusedByResolver):
                raise EgressRefused(error.os_error.rule) from None
            raise

    async def close(self) -> None:
        """Let go of the connections."""
        for session in self._sessions.values():
            await session.close()


def _session(resolver: AbstractResolver, parallel: int) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False, limit=parallel)
    return aiohttp.ClientSession(
        connector=connector, trust_env=False, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
    )
