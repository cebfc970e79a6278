"""Starts processes of the system by forking one interpreter that has imported everything; runs by itself, knows no test.

Each child is a process of its own, in a session of its own, with its own environment, and ends when the nursery does.
Forking costs 0.1 s of CPU where a fresh `lienthong` costs 4 s of imports: with thirteen processes, and faults that kill
them by the dozen, on two cores, that is what keeps the suites short. Run as `python -P nursery.py SOCKET`.

A line of JSON on a connection asks for a process (`Order`); the answer is its id, and when it has ended its status as
`waitstatus_to_exitcode` has it.
"""

import contextlib
import ctypes
import gc
import json
import os
import selectors
import signal
import socket
import sys
import traceback
from dataclasses import asdict, dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import NoReturn

PR_SET_PDEATHSIG = 1
SIMULATORS = "simulators"


@dataclass(frozen=True)
class Order:
    """A process to start: the arguments of `lienthong`, or `simulators` and its own; `output` takes what it says."""

    arguments: list[str]
    environment: dict[str, str]
    folder: str
    output: str


class Ended(RuntimeError):
    """The nursery is gone, and with it every process it started."""


class Child:
    """A process that the nursery started, as its parent's parent sees it."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._status: int | None = None
        self.pid = int(self._line(None) or 0)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; one that has ended takes none."""
        if self.status is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def wait(self, seconds: float) -> int | None:
        """Its exit status (negative: the signal that ended it), or None if it has not ended by then."""
        if self._status is None and (line := self._line(seconds)) is not None:
            self._status = int(line)
            self._connection.close()
        return self._status

    @property
    def status(self) -> int | None:
        """The exit status, None while it runs."""
        return self.wait(0)

    def _line(self, seconds: float | None) -> str | None:
        self._connection.settimeout(seconds)
        try:
            said = self._connection.recv(32)
        except (TimeoutError, BlockingIOError):
            return None
        if not said:
            self._connection.close()
            raise Ended
        return said.decode()


def start(socket_path: Path, order: Order) -> Child:
    """Ask the nursery at `socket_path` for a process."""
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(socket_path))
        connection.sendall(json.dumps(asdict(order)).encode() + b"\n")
        return Child(connection)
    except BaseException:
        connection.close()
        raise


def serve(path: str) -> None:
    """Take orders until killed. One thread: a child that asks to die with its parent's thread dies with the nursery."""
    for entry in entry_points(group="lienthong.commands"):
        entry.load()
    gc.freeze()  # or the first collection of every child would copy all that is shared
    woken, wake = socket.socketpair()
    woken.settimeout(0)
    wake.settimeout(0)
    signal.set_wakeup_fd(wake.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    children: dict[int, socket.socket] = {}
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        selector.register(woken, selectors.EVENT_READ)
        while True:
            ready = {key.fileobj for key, _ in selector.select()}
            if listener in ready:
                connection, _ = listener.accept()
                order = Order(**json.loads(connection.makefile("r").readline()))
                if (pid := os.fork()) == 0:
                    _become(order)
                connection.sendall(str(pid).encode())
                children[pid] = connection
            if woken in ready:
                woken.recv(4096)
                _collect(children)


def _collect(children: dict[int, socket.socket]) -> None:
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        with children.pop(pid) as connection, contextlib.suppress(BrokenPipeError):
            connection.sendall(str(os.waitstatus_to_exitcode(status)).encode())


def _become(order: Order) -> NoReturn:
    """In the child: be that process to its end, and never come back into the nursery's loop."""
    status = 1
    try:
        os.setsid()
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        with Path(order.output).open("ab", buffering=0) as sink:
            os.dup2(sink.fileno(), 1)
            os.dup2(sink.fileno(), 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.closerange(3, 1024)
        os.chdir(order.folder)
        os.environ.clear()
        os.environ.update(order.environment)
        status = _run(order.arguments)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - whatever it is, it belongs into this process's own output
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _run(arguments: list[str]) -> int:
    import chassis.crash  # noqa: PLC0415 - the half of this module that asks must not import the system
    from chassis.cli import main  # noqa: PLC0415
    from sandbox.simulators.__main__ import main as simulate  # noqa: PLC0415

    # Read when the module was imported, which was before this process was told where to die.
    chassis.crash._ARMED = os.environ.get("LIENTHONG_CRASH_AT")
    sys.argv = arguments if arguments[0] == SIMULATORS else ["lienthong", *arguments]
    (simulate if arguments[0] == SIMULATORS else main)()
    return 0


if __name__ == "__main__":
    serve(sys.argv[1])
