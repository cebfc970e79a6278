"""One behaviour, every store: a folder of this machine, and a bucket of an S3 server over a real socket."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from chassis.ids import new_id
from submission.files.disk import DiskStorage
from submission.files.s3 import Bucket, S3Storage, StoreAway
from submission.files.storage import READ_BYTES, NotStored, Storage, bytes_of, content_key, part_key
from tests.servers.enclosure import free_ports

KEY = content_key("ab" * 32, new_id())


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The URL of an S3 server."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def bucket_at(url: str) -> S3Storage:
    return S3Storage(Bucket(f"files-{new_id().hex[-12:]}", url, "us-east-1", "key", "secret"))


@pytest.fixture(params=["disk", "s3"])
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    if request.param == "disk":
        yield DiskStorage(tmp_path / "files")
        return
    kept = bucket_at(request.getfixturevalue("s3_server"))
    yield kept
    await kept.close()


async def whole(storage: Storage, key: str, start: int = 0, size: int | None = None) -> bytes:
    return b"".join([piece async for piece in storage.read(key, start, size)])


async def keys(storage: Storage, prefix: str, seconds: float = -60) -> list[str]:
    return [key async for key in storage.older_than(prefix, seconds)]


@pytest.mark.parametrize("size", [0, 1, READ_BYTES, READ_BYTES * 3 + 5, 17 * 1024 * 1024 + 1])
async def test_what_is_put_is_read_in_pieces_that_are_not_large(storage: Storage, size: int) -> None:
    content = os.urandom(size)

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, size, 100_000):
            yield content[start : start + 100_000]

    await storage.put(KEY, pieces())
    assert await whole(storage, KEY) == content
    async for piece in storage.read(KEY):
        assert len(piece) <= READ_BYTES


@pytest.mark.parametrize(
    ("start", "size", "read"),
    [(0, 4, b"0123"), (3, None, b"3456789"), (8, 10, b"89"), (9, 1, b"9"), (10, None, b""), (50, 5, b""), (2, 0, b"")],
)
async def test_a_part_is_read(storage: Storage, start: int, size: int | None, read: bytes) -> None:
    await storage.put(KEY, bytes_of(b"0123456789"))
    assert await whole(storage, KEY, start, size) == read


@pytest.mark.parametrize("before", [10, 20 * 1024 * 1024])
async def test_what_breaks_off_is_not_there(storage: Storage, before: int) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield bytes(before)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await storage.put(KEY, broken())
    with pytest.raises(NotStored):
        await whole(storage, KEY)
    assert await keys(storage, "contents") == []


async def test_written_again_the_later_content_counts(storage: Storage) -> None:
    await storage.put(KEY, bytes_of(b"first"))
    await storage.put(KEY, bytes_of(b"second"))
    assert await whole(storage, KEY) == b"second"


async def test_what_is_deleted_is_gone_and_may_be_deleted_again(storage: Storage) -> None:
    await storage.put(KEY, bytes_of(b"x"))
    await storage.delete([KEY, "contents/00/none"])
    await storage.delete([KEY])
    await storage.delete([])
    with pytest.raises(NotStored):
        await whole(storage, KEY)


async def test_keys_are_listed_by_prefix_and_age(storage: Storage) -> None:
    upload = new_id()
    parts = sorted(part_key(upload, start, new_id()) for start in (0, 100, 2000))
    for key in (*parts, KEY):
        await storage.put(key, bytes_of(b"x"))
    assert await keys(storage, "parts") == parts
    assert await keys(storage, "contents") == [KEY]
    assert await keys(storage, "contents", 3600) == []


async def test_a_folder_refuses_keys_that_lead_out_of_it(tmp_path: Path) -> None:
    storage = DiskStorage(tmp_path / "files")
    for key in ("../x", "/etc/passwd", "a//b", "a/../b", "A", "a\n", ""):
        with pytest.raises(ValueError, match="key"):
            await storage.put(key, bytes_of(b"x"))
    assert not (tmp_path / "x").exists()


async def test_a_folder_shows_nothing_that_is_not_whole_and_clears_what_a_killed_writer_left(tmp_path: Path) -> None:
    storage = DiskStorage(tmp_path)
    left = tmp_path / "contents/ab/x.123.unfinished"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    assert await keys(storage, "contents") == []
    assert not left.exists()


async def test_files_in_the_folder_are_for_their_owner_only(tmp_path: Path) -> None:
    storage = DiskStorage(tmp_path / "files")
    await storage.put(KEY, bytes_of(b"x"))
    assert (tmp_path / "files" / KEY).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "files").stat().st_mode & 0o777 == 0o700


async def test_a_bucket_that_is_there_is_used_by_who_comes_later(s3_server: str) -> None:
    first = bucket_at(s3_server)
    await first.put(KEY, bytes_of(b"x"))
    later = S3Storage(first._bucket)
    assert await whole(later, KEY) == b"x"
    await first.close()
    await later.close()


async def test_a_server_that_is_not_there_is_away_and_found_when_it_is_back(s3_server: str) -> None:
    [port] = free_ports(1)
    storage = bucket_at(f"http://127.0.0.1:{port}")
    with pytest.raises(StoreAway):
        await storage.put(KEY, bytes_of(b"x"))
    storage._bucket = bucket_at(s3_server)._bucket
    await storage.put(KEY, bytes_of(b"x"))
    assert await whole(storage, KEY) == b"x"
    await storage.close()
