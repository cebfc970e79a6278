"""Outlives its parent by a moment to end what the parent started; imports the standard library only.

Run as `python guard.py FOLDER` with a pipe on standard input. The pipe closes when the parent ends, even by kill -9;
then every process noted in FOLDER/running gets its signal (file name: process id, content: signal number), and the
folder goes.
"""

import os
import shutil
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

GRACE_SECONDS = 5.0


def running(folder: Path) -> dict[int, int]:
    """The noted processes that are alive, each with the signal that ends it."""
    noted = {int(entry.name): int(entry.read_text()) for entry in (folder / "running").glob("*")}
    return {pid: number for pid, number in noted.items() if is_alive(pid)}


def is_alive(pid: int) -> bool:
    """Whether the process still executes; one that waits for its parent to collect it does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def end(folder: Path) -> None:
    """Signal what runs, kill what stays, remove the folder."""
    for pid, number in running(folder).items():
        with suppress(ProcessLookupError):
            os.kill(pid, number)
    deadline = time.monotonic() + GRACE_SECONDS
    while (left := running(folder)) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in left:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.stdin.read()
    end(Path(sys.argv[1]))
