"""Storage in a folder of this machine: for one machine, and the sandbox. It knows no upload and no dossier."""

import asyncio
import contextlib
import os
import re
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from chassis.ids import new_id
from submission.files.storage import READ_BYTES, NotStored

_KEY = re.compile(r"[a-z0-9][a-z0-9.-]*(/[a-z0-9][a-z0-9.-]*)*")
_UNFINISHED = ".unfinished"


class DiskStorage:
    """Keys are paths below `folder`, which is made when it is first needed, and for its owner only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, key: str, content: AsyncIterator[bytes]) -> None:
        path = self._path(key)
        # Written beside its place and moved there when it is whole and on the disk: a rename is all or nothing.
        unfinished = path.with_name(f"{path.name}.{new_id()}{_UNFINISHED}")
        file = await asyncio.to_thread(self._opened, unfinished)
        try:
            async for piece in content:
                await asyncio.to_thread(file.write, piece)
            await asyncio.to_thread(_finished, file, unfinished, path)
        except BaseException:
            file.close()
            unfinished.unlink(missing_ok=True)
            raise

    async def read(self, key: str, start: int = 0, size: int | None = None) -> AsyncIterator[bytes]:
        path = self._path(key)
        try:
            file = await asyncio.to_thread(path.open, "rb")
        except FileNotFoundError as error:
            raise NotStored(key) from error
        with file:
            file.seek(start)
            left = size
            while left is None or left > 0:
                piece = await asyncio.to_thread(file.read, READ_BYTES if left is None else min(READ_BYTES, left))
                if not piece:
                    return
                if left is not None:
                    left -= len(piece)
                yield piece

    async def delete(self, keys: Iterable[str]) -> None:
        paths = [self._path(key) for key in keys]
        await asyncio.to_thread(self._delete, paths)

    async def older_than(self, prefix: str, seconds: float) -> AsyncIterator[str]:
        # The machine's own time, as that of the files is: the business clock may stand in another year.
        for key in await asyncio.to_thread(lambda: list(self._older(prefix, time.time() - seconds))):
            yield key

    def _older(self, prefix: str, before: float) -> Iterator[str]:
        for path in sorted((self._folder / prefix).rglob("*")):
            with contextlib.suppress(FileNotFoundError):  # deleted meanwhile
                if path.is_file() and path.stat().st_mtime < before:
                    if path.name.endswith(_UNFINISHED):
                        path.unlink()  # its writer died
                    else:
                        yield path.relative_to(self._folder).as_posix()

    def _delete(self, paths: Iterable[Path]) -> None:
        for path in paths:
            path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # another file is in it, or another has removed it
                path.parent.rmdir()

    def _opened(self, path: Path) -> BinaryIO:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        while True:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Between the two, another's delete may take the empty folder away.
            with contextlib.suppress(FileNotFoundError):
                return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError("not a key of the store")
        return self._folder / key


def _finished(file: BinaryIO, unfinished: Path, path: Path) -> None:
    file.flush()
    os.fsync(file.fileno())
    file.close()
    unfinished.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
