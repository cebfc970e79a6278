"""The storage port: where bytes are kept under keys. What adapters must do is held by one suite of tests over all of them.

No rule of dossiers here. A key is a path of small letters, digits, `-`, `.` and `/`, and never a name a person gave.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Protocol
from uuid import UUID

from submission.domain.upload import Part

READ_BYTES = 256 * 1024
"""How much is held in memory at a time while a file passes."""


class NotStored(LookupError):
    """Nothing is kept under that key."""


class Storage(Protocol):
    """Keeps bytes under keys."""

    async def put(self, key: str, content: AsyncIterator[bytes]) -> None:
        """Keep `content` under the key, whole or not at all: if it breaks off by an error, nothing is there.

        On return it survives the machine's end. Written again under the same key, the later content counts.
        """
        ...

    def read(self, key: str, start: int = 0, size: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` on, at most `size`, in pieces of at most READ_BYTES. Raises NotStored."""
        ...

    async def delete(self, keys: Iterable[str]) -> None:
        """Nothing is kept under these keys any more; those that hold nothing are passed over."""
        ...

    def older_than(self, prefix: str, seconds: float) -> AsyncIterator[str]:
        """The keys below a prefix that were written more than so many seconds ago, by the store's own time."""
        ...


PARTS, CONTENTS = "parts", "contents"


def part_key(upload: UUID, start: int, writer: UUID) -> str:
    """A piece of an upload. Each writer has keys of its own: of two at once, neither writes over the other's bytes."""
    return f"{PARTS}/{upload}/{start:015d}-{writer}"


def content_key(sha256: str, file: UUID) -> str:
    """A whole file, by its content; `file` keeps two holders of the same content apart."""
    return f"{CONTENTS}/{sha256[:2]}/{sha256}.{file}"


async def bytes_of(content: bytes) -> AsyncIterator[bytes]:
    """A piece at hand, as `put` takes it."""
    yield content


async def read_parts(
    storage: Storage, parts: Sequence[Part], start: int = 0, size: int | None = None
) -> AsyncIterator[bytes]:
    """The same as `Storage.read`, of something that is still kept in parts (in order, without a gap)."""
    end = sum(part.size for part in parts) if size is None else start + size
    for part in parts:
        first, last = max(start, part.start), min(end, part.start + part.size)
        if first < last:
            async for piece in storage.read(part.storage_key, first - part.start, last - first):
                yield piece
