"""PostgreSQL servers for tests: one that is given by its URL, and one of our own that may be stopped and killed.

Knows no table: what is created in a database is its caller's business.
"""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path

import asyncpg
from sqlalchemy.engine import URL, make_url

from tests.servers.enclosure import Enclosure, ServerError, free_ports, last_words

# Settings of a private server. Times in UTC so that a wrong conversion shows on any machine.
SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
timezone = 'UTC'
log_timezone = 'UTC'
max_connections = 300
shared_buffers = '128MB'
log_min_messages = warning
"""

# A process that is killed loses nothing that the operating system has already taken; only a machine that loses power
# would. Tests kill processes, so they need not wait for the disk. (synchronous_commit stays on: without it a commit is
# answered while it is still in the server's own memory, and kill -9 does lose it.)
NOT_DURABLE = """
fsync = off
full_page_writes = off
"""


class Postgres:
    """A server and a superuser's way into it. Databases made here are the caller's to drop."""

    def __init__(self, admin_url: str) -> None:
        self._url = make_url(admin_url).set(drivername="postgresql+asyncpg")

    def url(self, database: str | None = None) -> str:
        """The SQLAlchemy URL of a database, of the administrator's own without a name."""
        return self._rendered(self._url.set(database=database or self._url.database))

    def libpq_url(self, database: str | None = None) -> str:
        """The same for asyncpg itself, psql and pgbench."""
        return self._rendered(self._url.set(drivername="postgresql", database=database or self._url.database))

    async def create_database(self, name: str, template: str | None = None) -> str:
        """Make a database, as a copy of `template` if given, and return its SQLAlchemy URL.

        Nothing may be connected to the template. UTF-8 with byte order, whatever the server's own locale is.
        """
        # FILE_COPY: where the server does not wait for the disk, three times as fast as a copy through the log.
        await self._execute(
            f"""CREATE DATABASE "{name}" TEMPLATE "{template or "template0"}" STRATEGY FILE_COPY
                ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'"""
        )
        return self.url(name)

    async def drop_database(self, name: str) -> None:
        """Drop a database, cutting off whoever is still connected; no error if there is none."""
        await self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.libpq_url())
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    @staticmethod
    def _rendered(url: URL) -> str:
        return url.render_as_string(hide_password=False)


class PrivatePostgres(Postgres):
    """A server of our own, in a temporary folder, on a free port of 127.0.0.1. Call `start`, and `close` at the end.

    With `durable` it waits for the disk as a server in use would: for benchmarks.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._bin = find_binaries()
        self._durable = durable
        self._port = free_ports(1)[0]
        self._password = secrets.token_hex(16)
        # PostgreSQL refuses to run as root.
        self._enclosure = Enclosure("postgres", user=unprivileged_user(), in_memory=not durable)
        self._data = self._enclosure.folder / "data"
        self._log = self._enclosure.folder / "server.log"
        self._env = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        self._process: subprocess.Popen[bytes] | None = None
        super().__init__(f"postgresql://postgres:{self._password}@127.0.0.1:{self._port}/postgres")

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start, with the data of before if there are any; returns when connections are taken."""
        if self.is_running:
            return
        if not self._data.exists():
            self._init()
        # After a kill -9 the last backends may take a moment to notice; until then a new server refuses the folder.
        deadline = time.monotonic() + 10
        while not self._came_up():
            if time.monotonic() > deadline:
                raise ServerError(f"PostgreSQL did not start. It said:\n{last_words(self._log)}")
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop in order: connections are cut, everything is written."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """kill -9, as the kernel does when memory runs out."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop at once without writing anything down, and recover: what a crash looks like to those connected."""
        self._end(signal.SIGQUIT)
        self.start()

    def close(self) -> None:
        """Stop for good and remove the data."""
        self._enclosure.close()
        self._process = None

    def _init(self) -> None:
        password_file = self._enclosure.folder / "password"
        password_file.write_text(self._password)
        password_file.chmod(0o644)  # the folder itself is closed to everyone else
        options = ["--username=postgres", f"--pwfile={password_file}", "--auth=scram-sha-256", "--no-sync"]
        options += ["--encoding=UTF8", "--locale=C.UTF-8"]
        self._enclosure.run([str(self._bin / "initdb"), f"--pgdata={self._data}", *options], self._env)
        with (self._data / "postgresql.conf").open("a") as conf:
            conf.write(f"{SETTINGS}port = {self._port}\n{'' if self._durable else NOT_DURABLE}")

    def _came_up(self) -> bool:
        process = self._enclosure.spawn(
            [str(self._bin / "postgres"), "-D", str(self._data)],
            self._env,
            output=self._log,
            at_the_end=signal.SIGQUIT,  # not SIGKILL, which would leave a piece of shared memory behind
        )
        while process.poll() is None:
            if self._says_ready(process.pid):
                self._process = process
                return True
            time.sleep(0.02)
        self._enclosure.end(process, signal.SIGKILL, seconds=1)
        return False

    def _says_ready(self, pid: int) -> bool:
        """The server keeps its state in the eighth line of its pid file."""
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._enclosure.end(self._process, number, seconds=20)
            self._process = None


def find_binaries() -> Path:
    """The folder of initdb and postgres: the one on PATH, else Debian's newest."""
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not versions:
        raise ServerError(
            "PostgreSQL is not installed: run scripts/ensure-test-servers, or set LIENTHONG_TEST_POSTGRES to the URL "
            "of a superuser on a server that tests may use."
        )
    return versions[-1].parent


def unprivileged_user() -> str:
    """Who the server runs as when we are root: Debian's own account for it, else nobody."""
    return "postgres" if any(account.pw_name == "postgres" for account in pwd.getpwall()) else "nobody"
