"""Reads the registry of partners from the database and gives it as one picture, at most a second old. It changes nothing."""

import asyncio
import time
from collections.abc import Callable

from asyncpg.exceptions import InterfaceError, PostgresError
from sqlalchemy.exc import SQLAlchemyError

from chassis.database import Database
from chassis.problems import Text, Unavailable
from chassis.service import Runtime
from chassis.telemetry.logging import get_logger
from gateway.domain.partners import Registry
from gateway.queries import partners as queries

_log = get_logger("registry")

_FRESH_SECONDS = 1.0
_AGAIN_SECONDS = 0.02
"""So often it is asked for the newest at most, however many strangers call."""
_PATIENCE_SECONDS = 3.0
"""A call waits no longer than this for news: then it is decided by the last picture."""


class RegistryBook:
    """The registry as this process sees it. `current` asks the database for its revision at most once a second."""

    def __init__(self, database: Database, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._monotonic = monotonic
        self._registry: Registry | None = None
        self._asked_at = float("-inf")
        self._asking = asyncio.Lock()

    async def current(self) -> Registry:
        """The picture to decide by; at most a second behind the last committed change, or older while the database is away.

        Raises Unavailable where there never was one: without a registry nobody can be told that they have no right.
        """
        if self._due():
            async with self._asking:
                if self._due():  # else another call has asked meanwhile
                    await self._ask()
        if self._registry is None:
            raise Unavailable(Text("Chưa đọc được sổ đăng ký đối tác", "The registry of partners is out of reach"))
        return self._registry

    async def newest(self) -> Registry:
        """The same, asked for now: for who is not in the picture, and may have been put into it a moment ago."""
        async with self._asking:
            if self._monotonic() - self._asked_at >= _AGAIN_SECONDS:
                await self._ask()
        return await self.current()

    def _due(self) -> bool:
        return self._monotonic() - self._asked_at >= _FRESH_SECONDS

    async def _ask(self) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS), self._database.begin() as uow:
                known = self._registry.revision if self._registry is not None else None
                if known is None or await queries.revision(uow) != known:
                    self._registry = await queries.picture(uow)
        except (SQLAlchemyError, PostgresError, InterfaceError, OSError) as error:  # TimeoutError is an OSError
            _log.warning("registry of partners not read", error_type=type(error).__name__)
        self._asked_at = self._monotonic()


async def registry_of(runtime: Runtime, *, knowing: str | None = None) -> Registry:
    """The registry as this process sees it; asked for anew where it does not know the client `knowing`. Raises Unavailable."""
    book: RegistryBook = runtime.extras["registry"]
    registry = await book.current()
    return registry if knowing is None or knowing in registry.clients else await book.newest()


async def newest_registry_of(runtime: Runtime) -> Registry:
    """The registry as it is now: for acts that may follow on a grant given a moment ago. Raises Unavailable."""
    book: RegistryBook = runtime.extras["registry"]
    return await book.newest()
