"""The malware scanner: ClamAV's protocol against a server of its kind and against the real one; away, slow, and back."""

import asyncio
import logging
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from services.submission.tests.conftest import CATALOGUE
from services.submission.tests.files import samples
from services.submission.tests.files.conftest import CITIZEN, TUS, Opening
from submission.files.clamd import Clamd
from submission.files.scanner import EICAR, Infected, NoScanner, Scan, ScannerAway
from submission.files.storage import bytes_of
from submission.handlers import file_upkeep
from tests.servers.enclosure import Enclosure, last_words

PDF = samples.pdf()


class FakeClamd:
    """A server that speaks INSTREAM: it keeps what it was sent and gives `answer`; with `hold` it waits before."""

    def __init__(self, answer: bytes = b"stream: OK\0") -> None:
        self.answer = answer
        self.seen: list[bytes] = []
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.arrived = asyncio.Event()
        self.address = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(10) == b"zINSTREAM\0"
        content = b""
        while size := int.from_bytes(await reader.readexactly(4), "big"):
            content += await reader.readexactly(size)
        self.seen.append(content)
        self.arrived.set()
        await self.go_on.wait()
        writer.write(self.answer)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def listening(clamd: FakeClamd) -> AsyncIterator[FakeClamd]:
    server = await asyncio.start_server(clamd.serve, "127.0.0.1", 0)
    clamd.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield clamd
    finally:
        server.close()


async def test_the_daemon_gets_every_byte_and_its_answer_is_read() -> None:
    async with listening(FakeClamd()) as clamd:
        assert await Clamd(clamd.address, seconds=5).scan(bytes_of(PDF)) is Scan.CLEAN
        clamd.answer = b"stream: Win.Test.EICAR_HDB-1 FOUND\0"
        assert await Clamd(clamd.address, seconds=5).scan(bytes_of(b"x")) == Infected("Win.Test.EICAR_HDB-1")
    assert clamd.seen == [PDF, b"x"]


@pytest.mark.parametrize(
    "answer",
    [b"INSTREAM size limit exceeded. ERROR\0", b"stream: OK", b"", b"\0", b"stream: OKAY\0", b"UNKNOWN COMMAND\0"],
)
async def test_nothing_but_ok_is_clean(answer: bytes) -> None:
    async with listening(FakeClamd(answer)) as clamd:
        with pytest.raises(ScannerAway):
            await Clamd(clamd.address, seconds=5).scan(bytes_of(PDF))


async def test_a_daemon_that_is_not_there_or_says_nothing_is_away(tmp_path: Path) -> None:
    with pytest.raises(ScannerAway):
        await Clamd(str(tmp_path / "none.sock"), seconds=5).scan(bytes_of(PDF))
    async with listening(FakeClamd()) as clamd:
        clamd.go_on.clear()
        with pytest.raises(ScannerAway):
            await Clamd(clamd.address, seconds=0.1).scan(bytes_of(PDF))
        clamd.go_on.set()


@pytest.mark.parametrize("step", [1, 7, 68, 10_000])
async def test_without_a_scanner_the_test_string_is_found_and_all_else_marked(
    step: int, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    async def pieces(content: bytes) -> AsyncIterator[bytes]:
        for start in range(0, len(content), step):
            yield content[start : start + step]

    with caplog.at_level(logging.WARNING):
        scanner = NoScanner()
    # Where it goes depends on whether something in this process has set up logging before.
    assert "NO MALWARE SCANNER" in capsys.readouterr().out + caplog.text
    assert await scanner.scan(pieces(b"x" * 100 + EICAR + b"y" * 100)) == Infected("EICAR-Test-File")
    assert await scanner.scan(pieces(b"x" * 100 + EICAR[:-1] + b"?")) is Scan.NOT_SCANNED


async def test_while_the_scanner_is_away_an_upload_waits_and_cannot_be_used(opening: Opening) -> None:
    """R-161."""
    clamd = FakeClamd()
    async with listening(clamd):
        address = clamd.address
    async with opening(clamd=address, scan_again_seconds=0) as desk:
        await desk.hear(*CATALOGUE)
        upload = await desk.uploaded(PDF, "a.pdf")
        assert (await desk.upload(upload))["state"] == "scanning"
        assert await file_upkeep.check_again(desk.files.intake, desk.runtime.database) == 1
        assert (await desk.upload(upload))["state"] == "scanning"
        assert await desk.count("files") == 0
    async with listening(FakeClamd()) as back, opening(clamd=back.address, scan_again_seconds=0) as desk:
        assert await file_upkeep.check_again(desk.files.intake, desk.runtime.database) == 1
        assert (await desk.upload(upload))["state"] == "ready"
        assert await desk.scalar("SELECT scan FROM files") == "clean"
        assert await file_upkeep.check_again(desk.files.intake, desk.runtime.database) == 0


class FailingOnce:
    """A scanner that fails, the first time, in a way nobody foresaw."""

    def __init__(self) -> None:
        self.asked = 0

    async def scan(self, content: AsyncIterator[bytes]) -> Scan:
        self.asked += 1
        read = sum([len(piece) async for piece in content])
        if self.asked == 1 and read:
            raise RuntimeError("a bug")
        return Scan.CLEAN


async def test_one_file_that_cannot_be_checked_holds_up_no_other(opening: Opening) -> None:
    async with listening(FakeClamd()) as gone:
        address = gone.address
    async with opening(clamd=address, scan_again_seconds=0) as desk:
        uploads = [await desk.uploaded(samples.pdf(bytes_more=more), "a.pdf") for more in (0, 100)]
        intake = replace(desk.files.intake, scanner=FailingOnce())
        assert await file_upkeep.check_again(intake, desk.runtime.database) == 2
        assert sorted([(await desk.upload(upload))["state"] for upload in uploads]) == ["ready", "scanning"]
        await file_upkeep.check_again(intake, desk.runtime.database)
        assert [(await desk.upload(upload))["state"] for upload in uploads] == ["ready", "ready"]


async def test_malware_found_by_the_job_is_refused_as_well(opening: Opening) -> None:
    clamd = FakeClamd()
    async with listening(clamd):
        address = clamd.address
    async with opening(clamd=address, scan_again_seconds=0) as desk:
        upload = await desk.uploaded(PDF, "a.pdf")
    async with listening(FakeClamd(b"stream: X FOUND\0")) as back, opening(clamd=back.address) as desk:
        assert await file_upkeep.check_again(desk.files.intake, desk.runtime.database) == 1
        state = await desk.upload(upload)
        assert (state["state"], state["refusal"]) == ("refused", "file-infected")
        assert await desk.kept() == []


async def test_two_who_check_the_same_upload_at_once_store_it_once(opening: Opening) -> None:
    clamd = FakeClamd()
    async with listening(clamd), opening(clamd=clamd.address, scan_again_seconds=0) as desk:
        clamd.go_on.clear()
        begun = await desk.begin(CITIZEN, len(PDF), filename="a.pdf")
        where = begun.headers["Location"]
        sending = asyncio.create_task(desk.send(CITIZEN, where, 0, PDF))
        await clamd.arrived.wait()
        checking = asyncio.create_task(file_upkeep.check_again(desk.files.intake, desk.runtime.database))
        async with asyncio.timeout(10):
            while len(clamd.seen) < 2:
                await asyncio.sleep(0.01)
        clamd.go_on.set()
        sent, _ = await asyncio.gather(sending, checking)
        assert sent.status_code == 204
        assert (await desk.upload(where.rpartition("/")[2]))["state"] == "ready"
        assert (await desk.count("files"), len(await desk.kept())) == (1, 1)


async def test_a_file_kept_unscanned_is_scanned_when_it_comes_again(opening: Opening) -> None:
    async with opening() as desk:
        await desk.uploaded(PDF, "a.pdf")
        assert await desk.scalar("SELECT scan FROM files") == "not-scanned"
    async with listening(FakeClamd()) as clamd, opening(clamd=clamd.address) as desk:
        await desk.uploaded(PDF, "a.pdf")
        assert (await desk.scalar("SELECT scan FROM files"), await desk.count("files")) == ("clean", 1)
        await desk.uploaded(PDF, "a.pdf")
        assert len(clamd.seen) == 1


# The real daemon, where it is installed: `apt-get install clamav-daemon`. Its database is one signature of our own.

CLAMD = shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin")


@pytest.fixture(scope="module")
def real_clamd() -> Iterator[str]:
    if CLAMD is None:
        pytest.skip("clamd is not installed")
    enclosure = Enclosure("clamd")
    folder = enclosure.folder
    (folder / "db").mkdir()
    # An extended signature: the test string anywhere in a file of any type.
    (folder / "db/test.ndb").write_text(f"Test.Eicar:0:*:{EICAR.hex()}\n")
    config = folder / "clamd.conf"
    socket = folder / "clamd.sock"
    config.write_text(
        f"Foreground yes\nDatabaseDirectory {folder}/db\nLocalSocket {socket}\nTemporaryDirectory {folder}\n"
        "StreamMaxLength 1M\nConcurrentDatabaseReload no\n"
    )
    output = folder / "clamd.log"
    process = enclosure.spawn([CLAMD, "--config-file", str(config)], {}, output=output)
    try:
        for _ in range(300):
            if socket.exists():
                break
            assert process.poll() is None, last_words(output)
            time.sleep(0.05)
        yield str(socket)
    finally:
        enclosure.close()


async def test_the_real_daemon_tells_clean_from_infected_and_from_too_large(real_clamd: str) -> None:
    scanner = Clamd(real_clamd, seconds=30)
    assert await scanner.scan(bytes_of(PDF)) is Scan.CLEAN
    assert await scanner.scan(bytes_of(EICAR)) == Infected("Test.Eicar.UNOFFICIAL")
    with pytest.raises(ScannerAway, match="size limit"):
        await scanner.scan(bytes_of(bytes(3_000_000)))


async def test_the_real_daemon_lets_a_clean_upload_through_and_stops_an_infected_one(
    opening: Opening, real_clamd: str
) -> None:
    """R-161."""
    async with opening(clamd=real_clamd) as desk:
        clean = await desk.uploaded(PDF, "a.pdf")
        assert (await desk.upload(clean))["state"] == "ready"
        assert await desk.scalar("SELECT scan FROM files") == "clean"
        content = samples.infected_png()
        begun = await desk.begin(CITIZEN, len(content), filename="a.png")
        refused = await desk.send(CITIZEN, begun.headers["Location"], 0, content)
        assert (refused.status_code, refused.json()["type"]) == (422, "/problems/file-infected")
        asked = await desk.client.head(begun.headers["Location"], headers=CITIZEN | TUS)
        assert asked.status_code == 410
        assert len(await desk.kept()) == 1
