"""What a file is, by its content and never by its name: its hash, its type, and why it is not taken. It stores nothing."""

import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import puremagic

from submission.domain.upload import name_for
from submission.files.formats import (
    JPEG_START,
    PDF_START,
    PNG_START,
    Damaged,
    JpegWalk,
    PdfWalk,
    PngWalk,
    Walk,
    is_pdf_index,
)
from submission.files.rules import FILE_TYPES, FileType, type_called
from submission.problems.files import (
    FileCutOff,
    FileDamaged,
    FileOfTwoTypes,
    FileRefused,
    FileTypeLies,
    FileTypeNotAllowed,
)

Read = Callable[[int, int | None], AsyncIterator[bytes]]
"""Reads the file from a place on, so many bytes or to its end."""

_STARTS: dict[bytes, tuple[str, type[Walk]]] = {
    PDF_START: ("application/pdf", PdfWalk),
    JPEG_START: ("image/jpeg", JpegWalk),
    PNG_START: ("image/png", PngWalk),
}
_HEAD = 1024
"""As far as readers look for the beginning of a PDF, and so as much as one could hide at the head of something else."""
_ZIP_TAIL = 65_535 + 22
"""As far from the end as readers look for the directory of a ZIP, which a docx, an apk and a jar are too."""
_ZIP_END = b"PK\x05\x06\0\0\0\0"
_ARCHIVES = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c")
"""Found by their programs wherever they begin."""
_LONGEST = max(map(len, _ARCHIVES))


@dataclass(frozen=True, slots=True)
class Accepted:
    """The file is whole and of a type that is taken. `name`: as it is kept, with an ending of its type."""

    sha256: str
    size: int
    media_type: str
    name: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Why the file is not taken, and what it seems to be."""

    why: type[FileRefused]
    found: str


async def inspected(read: Read, *, name: str, declared_type: str | None) -> Accepted | Refused:
    """Look the whole file through, once, holding little of it."""
    head = b""
    async for piece in read(0, _HEAD):
        head += piece
    media_type, walk = _begun(head)
    kind = FILE_TYPES.get(media_type)
    if kind is None or walk is None:
        return Refused(FileTypeNotAllowed, media_type)
    looked = _Look()
    try:
        async for piece in read(0, None):
            looked.feed(piece)
            walk.feed(piece)
    except Damaged:
        return Refused(FileOfTwoTypes if looked.hides_archive() else FileDamaged, media_type)
    if looked.hides_archive() or (media_type != "application/pdf" and PDF_START in head):
        return Refused(FileOfTwoTypes, media_type)
    if not walk.ended():
        return Refused(FileCutOff, media_type)
    if isinstance(walk, PdfWalk) and not await _indexed(walk, read):
        return Refused(FileDamaged, media_type)
    kept = _kept_name(kind, name, declared_type)
    if kept is None:
        return Refused(FileTypeLies, media_type)
    return Accepted(looked.sha256.hexdigest(), looked.size, media_type, kept)


class _Look:
    """What is gathered of a file of any type while it passes."""

    def __init__(self) -> None:
        self.sha256 = hashlib.sha256()
        self.size = 0
        self._tail = b""
        self._archive = False

    def feed(self, piece: bytes) -> None:
        self.sha256.update(piece)
        self.size += len(piece)
        seam = self._tail[-_LONGEST:] + piece
        self._archive = self._archive or any(start in seam for start in _ARCHIVES)
        self._tail = (self._tail + piece)[-_ZIP_TAIL:]

    def hides_archive(self) -> bool:
        return self._archive or _ZIP_END in self._tail


def _begun(head: bytes) -> tuple[str, Walk | None]:
    for start, (media_type, walk) in _STARTS.items():
        if head.startswith(start):
            return media_type, walk()
    try:
        return str(puremagic.from_string(head, mime=True)) or "application/octet-stream", None
    except (puremagic.PureError, ValueError):
        return "application/octet-stream", None


async def _indexed(walk: PdfWalk, read: Read) -> bool:
    if walk.index_at is None:
        return False
    start = b""
    async for piece in read(walk.index_at, 64):
        start += piece
    return is_pdf_index(start)


def _kept_name(kind: FileType, name: str, declared_type: str | None) -> str | None:
    declared = type_called(declared_type) if declared_type else None
    # A type that is none of ours says little: programs make names up. One of ours that it is not is a lie.
    if declared is not None and declared != kind:
        return None
    return name_for(name, kind.extensions)
