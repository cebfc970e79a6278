"""What tests of ministry cases share: the simulators as a process, and how one is told to behave and asked what happened."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from uuid import UUID

import httpx


class Register:
    """A simulated register, as a test sees it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = httpx.AsyncClient(base_url=url)

    async def fails(self, mode: str, **fault: Any) -> None:
        (await self._client.put("/faults", json={"mode": mode} | fault)).raise_for_status()

    async def is_well(self) -> None:
        (await self._client.delete("/faults")).raise_for_status()

    async def counts(self, operation: str, case: UUID | str) -> dict[str, int]:
        report = (await self._client.get("/requests")).json()
        counted: dict[str, int] = report["counts"].get(operation, {}).get(str(case), {"received": 0, "acted": 0})
        return counted

    async def close(self) -> None:
        await self._client.aclose()


def world() -> Iterator[str]:
    """The simulators on a free port; where they are, `/sandbox`."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "sandbox.simulators", "--port", str(port), "--seed", "7"])
    url = f"http://127.0.0.1:{port}/sandbox"
    for _ in range(200):
        with suppress(httpx.TransportError):
            httpx.get(f"{url}/moj/faults")
            break
        assert process.poll() is None
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
    yield url
    process.terminate()
    process.wait(10)
