"""The malware scanner port, and what stands in where there is none. It reads bytes and keeps none."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from chassis.telemetry.logging import get_logger

_log = get_logger("files.scanner")

# The industry's harmless test string (eicar.org), in two halves: whole, a scanner would take this source file away.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}" + rb"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Scan(StrEnum):
    """What a stored file was found to be. Nothing infected is ever stored."""

    CLEAN = "clean"
    NOT_SCANNED = "not-scanned"


@dataclass(frozen=True, slots=True)
class Infected:
    """Something was found; `signature` is the scanner's name for it."""

    signature: str


class ScannerAway(ConnectionError):
    """The scanner cannot be reached, or does not say whether the file is clean: it must be asked again."""


class Scanner(Protocol):
    """Looks for malware."""

    async def scan(self, content: AsyncIterator[bytes]) -> Scan | Infected:
        """What the scanner says of these bytes. Raises ScannerAway."""
        ...


class NoScanner:
    """Stands in where no scanner is configured. It says so loudly, and marks each file as not scanned.

    It does find the test string, so that what happens to an infected file can be seen anywhere.
    """

    def __init__(self) -> None:
        _log.warning("NO MALWARE SCANNER: files are kept unscanned; set LIENTHONG_CLAMD before real people upload")

    async def scan(self, content: AsyncIterator[bytes]) -> Scan | Infected:
        seen = b""
        async for piece in content:
            seen += piece
            if EICAR in seen:
                return Infected("EICAR-Test-File")
            seen = seen[-len(EICAR) :]
        return Scan.NOT_SCANNED
