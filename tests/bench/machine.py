"""What the machine says of itself: processor time of processes, load. Linux's /proc alone; it starts and measures nothing."""

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """Processor time a process has used so far, user and system."""
    user, system, *_ = _times(pid)
    return user + system


def family_cpu_seconds(pid: int) -> float:
    """The same for a process and its children, the ended ones too: a PostgreSQL server with its backends."""
    children = (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())
    alive = sum(cpu_seconds(child) for child in children if _parent(child) == pid)
    return sum(_times(pid)) + alive


def resident_megabytes(pid: int) -> float:
    """Memory a process has in RAM."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


def load_average() -> float:
    """Processes that ran or wanted to, over the last minute."""
    return round(os.getloadavg()[0], 2)


def cores() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0))


def _fields(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []  # it ended between being listed and being looked at


def _times(pid: int) -> list[float]:
    """User and system time, its own and that of children it has collected."""
    return [int(ticks) / _TICKS for ticks in _fields(pid)[11:15]] or [0.0] * 4


def _parent(pid: int) -> int:
    fields = _fields(pid)
    return int(fields[1]) if fields else 0
