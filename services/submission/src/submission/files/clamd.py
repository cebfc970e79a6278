"""The scanner as ClamAV's daemon, by its INSTREAM command over TCP or a Unix socket. It keeps no connection and no byte.

Our own few lines: the protocol is one command, and what PyPI has for it is unmaintained, blocking, or reads files whole.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator

from submission.files.scanner import Infected, Scan, ScannerAway

_ANSWER = re.compile(rb"stream: (?:(?P<clean>OK)|(?P<signature>.+) FOUND)\0")


class Clamd:
    """`address`: `host:port`, or the path of a Unix socket. `seconds`: the longest it may take over one step of a scan."""

    def __init__(self, address: str, *, seconds: float) -> None:
        self._address = address
        self._seconds = seconds

    async def scan(self, content: AsyncIterator[bytes]) -> Scan | Infected:
        writer = None
        try:
            async with asyncio.timeout(self._seconds):
                reader, writer = await self._connected()
            answer = await self._asked(reader, writer, content)
        except (OSError, EOFError, asyncio.LimitOverrunError) as error:
            raise ScannerAway(type(error).__name__) from error
        finally:
            if writer is not None:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
        return _verdict(answer)

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._address.startswith("/"):
            return await asyncio.open_unix_connection(self._address)
        host, _, port = self._address.rpartition(":")
        return await asyncio.open_connection(host, int(port))

    async def _asked(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, content: AsyncIterator[bytes]
    ) -> bytes:
        # Read from the start: it may say that it has had enough, and hang up, before all is sent.
        answer = asyncio.create_task(reader.readuntil(b"\0"))
        try:
            with contextlib.suppress(ConnectionError):
                await self._sent(writer, content)
            async with asyncio.timeout(self._seconds):
                return await answer
        finally:
            answer.cancel()

    async def _sent(self, writer: asyncio.StreamWriter, content: AsyncIterator[bytes]) -> None:
        writer.write(b"zINSTREAM\0")
        async for piece in content:
            writer.write(len(piece).to_bytes(4, "big") + piece)
            async with asyncio.timeout(self._seconds):
                await writer.drain()
        writer.write((0).to_bytes(4, "big"))
        async with asyncio.timeout(self._seconds):
            await writer.drain()


def _verdict(answer: bytes) -> Scan | Infected:
    """Only `OK` is clean. An error (the stream longer than StreamMaxLength, a database that is not loaded) is none."""
    match = _ANSWER.fullmatch(answer)
    if match is None:
        raise ScannerAway(answer.decode("ascii", "replace"))
    if match["clean"]:
        return Scan.CLEAN
    return Infected(match["signature"].decode("utf-8", "replace"))
