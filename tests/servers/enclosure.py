"""A temporary folder and the processes that live in it; nothing of it may outlive this interpreter, however that ends."""

import atexit
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.servers import guard

# Below the ports that Linux gives to outgoing connections (32768 and up). A client that keeps dialling a stopped server
# on one of those can be given the very port it dials, connect to itself, and keep the server from coming back.
FIRST_PORT, LAST_PORT = 15_000, 31_999


class ServerError(RuntimeError):
    """A private server could not be started or stopped; the message is a sentence a person can act on."""


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nothing listens on."""
    found: list[int] = []
    while len(found) < count:
        port = random.randint(FIRST_PORT, LAST_PORT)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in found:
            found.append(port)
    return found


_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it, by mkdtemp
_ROOM = 2 * 1024**3


def _memory() -> Path | None:
    """A file system in memory, if there is one with room: a test's database is made of 500 files, and lives for a second."""
    return _MEMORY if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM else None


class Enclosure:
    """The folder, the user its processes run as, and the processes.

    `user` is taken only where we are root; anyone else can run servers only as themselves.
    """

    def __init__(self, name: str, *, user: str | None = None, in_memory: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"lienthong-{name}-", dir=_memory() if in_memory else None))
        self._account = pwd.getpwnam(user) if user and os.geteuid() == 0 else None
        if self._account:
            os.chown(self.folder, self._account.pw_uid, self._account.pw_gid)
        # Kept by us, not by that user: what stands here is what gets killed.
        self._running = self.folder / "running"
        self._running.mkdir()
        self._processes: list[subprocess.Popen[bytes]] = []
        self._guard = subprocess.Popen(
            [sys.executable, "-I", "-S", guard.__file__, str(self.folder)],
            stdin=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for us; the guard acts when we are gone
        )
        atexit.register(self.close)

    def run(self, argv: Sequence[str], env: Mapping[str, str]) -> None:
        """Run a command to its end.

        Raises ServerError with the command's own last words if it fails.
        """
        result = subprocess.run(
            argv,
            env=env,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            user=self._account.pw_uid if self._account else None,
            group=self._account.pw_gid if self._account else None,
            extra_groups=[] if self._account else None,
        )
        if result.returncode != 0:
            words = result.stdout.decode(errors="replace").strip()
            raise ServerError(f"{Path(argv[0]).name} ended with status {result.returncode}: {words}")

    def spawn(
        self, argv: Sequence[str], env: Mapping[str, str], *, output: Path, at_the_end: signal.Signals = signal.SIGKILL
    ) -> subprocess.Popen[bytes]:
        """Start a process that gets `at_the_end` when the enclosure closes or we die."""
        with output.open("wb") as sink:
            process = subprocess.Popen(
                argv,
                env=env,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self._account.pw_uid if self._account else None,
                group=self._account.pw_gid if self._account else None,
                extra_groups=[] if self._account else None,
            )
        (self._running / str(process.pid)).write_text(str(int(at_the_end)))
        self._processes.append(process)
        return process

    def end(self, process: subprocess.Popen[bytes], number: signal.Signals, *, seconds: float) -> None:
        """Signal a process of ours and wait for its end; kill -9 after `seconds`."""
        process.send_signal(number)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        (self._running / str(process.pid)).unlink(missing_ok=True)
        self._processes.remove(process)

    def close(self) -> None:
        """End every process, remove the folder. May be called again."""
        atexit.unregister(self.close)
        for process in list(self._processes):
            number = signal.Signals(int((self._running / str(process.pid)).read_text()))
            self.end(process, number, seconds=guard.GRACE_SECONDS)
        if self._guard.poll() is None:
            self._guard.communicate()  # closes its standard input: it finds nothing to kill and removes the folder
        shutil.rmtree(self.folder, ignore_errors=True)


def last_words(output: Path, lines: int = 15) -> str:
    """The end of a server's output, for the message about its failure."""
    if not output.exists():
        return "(it said nothing)"
    return "\n".join(output.read_text(errors="replace").splitlines()[-lines:])
