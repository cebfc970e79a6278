"""RabbitMQ brokers for tests: one that is given by its URL, and one of our own that may be stopped and killed.

Knows the users of the bus and their rights (gateway.broker_definitions) and no exchange, queue or message.
"""

import json
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from gateway.broker_definitions import USERS, broker_definitions
from tests.servers.enclosure import Enclosure, ServerError, free_ports, last_words

# Virtual hosts share a broker and nothing else: each test can have one of its own.
VHOSTS: Final = tuple(f"t{number}" for number in range(16))

# Not the wrapper in /usr/sbin, which insists on the system's own node.
SERVER: Final = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")


class RabbitMQ:
    """A broker that has the users and virtual hosts of the tests."""

    def __init__(self, host: str, port: int, passwords: Mapping[str, str]) -> None:
        self._host = host
        self._port = port
        self._passwords = passwords

    @classmethod
    def at(cls, url: str) -> "RabbitMQ":
        """The broker of an AMQP URL, prepared as tests/README.md says: one password for all users."""
        parts = urlsplit(url)
        if not parts.hostname or not parts.password:
            raise ServerError("LIENTHONG_TEST_AMQP must read like amqp://admin:PASSWORD@HOST:5672")
        return cls(parts.hostname, parts.port or 5672, dict.fromkeys(USERS, unquote(parts.password)))

    def amqp_url(self, user: str, vhost: str) -> str:
        """How `user`, one of `gateway.broker_definitions.USERS`, connects to a virtual host."""
        name, password = quote(user, safe=""), quote(self._passwords[user], safe="")
        return f"amqp://{name}:{password}@{self._host}:{self._port}/{quote(vhost, safe='')}"


class PrivateRabbitMQ(RabbitMQ):
    """A node of our own, in a temporary folder, on free ports of 127.0.0.1. Call `start`, and `close` at the end.

    It has its own port mapper (epmd), so it neither sees nor disturbs another node of the machine.
    """

    def __init__(self, vhosts: Sequence[str] = VHOSTS) -> None:
        find_server()
        self._epmd_port, self._dist_port, port = free_ports(3)
        passwords = {user: secrets.token_hex(16) for user in USERS}
        super().__init__("127.0.0.1", port, passwords)
        self._enclosure = Enclosure("rabbitmq")
        self._folder = self._enclosure.folder
        self._log = self._folder / "server.log"
        self._env = self._environment()
        self._write_configuration(broker_definitions(passwords, vhosts))
        self._epmd: subprocess.Popen[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, *, seconds: float = 60) -> None:
        """Start, with the messages of before if there are any; returns when clients can log in (4 to 10 s)."""
        if self.is_running:
            return
        self._start_epmd()
        process = self._enclosure.spawn([str(SERVER)], self._env, output=self._log)
        deadline = time.monotonic() + seconds
        while "Server startup complete" not in self._log.read_text(errors="replace"):
            if process.poll() is not None or time.monotonic() > deadline:
                self._enclosure.end(process, signal.SIGKILL, seconds=5)
                raise ServerError(f"RabbitMQ did not start. It said:\n{last_words(self._log)}")
            time.sleep(0.05)
        self._process = process

    def stop(self) -> None:
        """Stop in order (about 6 s): clients are told, everything is written."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """kill -9: no one is told and nothing is written."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """kill -9 and start with the data that had reached the disk."""
        self.kill()
        self.start()

    def close(self) -> None:
        """End the node and remove its data."""
        self._enclosure.close()
        self._process = self._epmd = None

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._enclosure.end(self._process, number, seconds=30)
            self._process = None

    def _start_epmd(self) -> None:
        """Our own, in the foreground: the one that Erlang would start leaves our process group and stays for good."""
        if self._epmd is None or self._epmd.poll() is not None:
            argv = [find_epmd(), "-address", "127.0.0.1", "-port", str(self._epmd_port)]
            self._epmd = self._enclosure.spawn(argv, self._env, output=self._folder / "epmd.log")

    def _environment(self) -> dict[str, str]:
        folder = self._folder
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LC_ALL": "C.UTF-8",
            "HOME": str(folder),
            "RABBITMQ_NODENAME": f"lienthong-{self._port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self._port),
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "none.conf"),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "generated"),
            "RABBITMQ_SCHEMA_DIR": str(folder / "schema"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._epmd_port),
            # Makes the start script become the broker instead of its parent, so that a kill -9 hits the broker itself.
            "RUNNING_UNDER_SYSTEMD": "true",
        }

    def _write_configuration(self, definitions: dict[str, object]) -> None:
        cookie = self._folder / ".erlang.cookie"
        cookie.write_text(secrets.token_hex(16))
        cookie.chmod(0o400)
        (self._folder / "enabled_plugins").write_text("[].\n")
        (self._folder / "definitions.json").write_text(json.dumps(definitions))
        (self._folder / "rabbitmq.conf").write_text(
            f"load_definitions = {self._folder / 'definitions.json'}\nlog.console = true\nlog.console.level = info\n"
        )


def find_server() -> Path:
    """RabbitMQ's start script, or a ServerError that says how to get it."""
    if not SERVER.exists():
        raise ServerError(
            "RabbitMQ is not installed: run scripts/ensure-test-servers, or set LIENTHONG_TEST_AMQP to the URL of a "
            "broker prepared for tests (tests/README.md)."
        )
    return SERVER


def find_epmd() -> str:
    """Erlang's port mapper; it comes with RabbitMQ."""
    if path := shutil.which("epmd"):
        return path
    raise ServerError("epmd, which comes with Erlang, is not on PATH: reinstall the package erlang-base.")
