"""The connections of adapters that answer while a caller waits: kept for as long as the process lives. They carry nothing themselves."""

import asyncio

import httpx

from chassis.service import Runtime
from gateway.adapters.routes import client

_EXTRA = "adapter_connections"


def kept_client(runtime: Runtime, token: str | None) -> httpx.AsyncClient:
    """A client that is closed with the process (`close_connections`); opening it connects nothing."""
    made = client(token=token, connections=32)
    runtime.extras.setdefault(_EXTRA, []).append(made)
    return made


async def close_connections(runtime: Runtime) -> None:
    """Alongside whatever the process does: waits for its end, and lets go of what is still open."""
    try:
        await asyncio.Event().wait()
    finally:
        for made in runtime.extras.get(_EXTRA, ()):
            await made.aclose()
