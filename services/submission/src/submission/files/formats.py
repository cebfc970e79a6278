"""How PDF, JPEG and PNG are built: enough to tell a whole file from one cut off, damaged, or only dressed up. Reads no name.

Each walks a file piece by piece and holds a few kilobytes of it. Pictures are not decoded and PDFs not rendered.
"""

import re
import zlib
from collections.abc import Generator
from typing import Protocol

PNG_START, JPEG_START, PDF_START = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"%PDF-"
PDF_TAIL = 2048
"""The last bytes of a PDF among which its end is looked for."""
_STEP = 64 * 1024


class Damaged(ValueError):
    """Not built as its beginning promises."""


class Walk(Protocol):
    """Walks a file of one format. `feed` raises Damaged; `ended` says after the last piece whether the file has its end."""

    def feed(self, piece: bytes) -> None: ...

    def ended(self) -> bool: ...


class PngWalk:
    """Chunk by chunk, each held to its checksum, from the header to IEND; nothing may follow."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._chunks = _png_chunks()
        self._wanted = next(self._chunks)
        self._done = False

    def feed(self, piece: bytes) -> None:
        self._held += piece
        at = 0
        while not self._done and len(self._held) - at >= self._wanted:
            taken = bytes(self._held[at : at + self._wanted])
            at += self._wanted
            try:
                self._wanted = self._chunks.send(taken)
            except StopIteration:
                self._done = True
        del self._held[:at]
        if self._done and self._held:
            raise Damaged("bytes after the end")

    def ended(self) -> bool:
        return self._done


def _png_chunks() -> Generator[int, bytes, None]:
    """Asks for so many bytes, is sent them; returns after the last chunk."""
    if (yield len(PNG_START)) != PNG_START:
        raise Damaged("signature")
    kind, seen_data = b"", False
    while kind != b"IEND":
        head = yield 8
        size, before, kind = int.from_bytes(head[:4], "big"), kind, head[4:]
        if size >= 2**31 or not kind.isalpha() or (not before) != (kind == b"IHDR") or (kind == b"IHDR" and size != 13):
            raise Damaged("chunk")
        checksum = zlib.crc32(kind)
        while size:
            step = min(size, _STEP)
            checksum = zlib.crc32((yield step), checksum)
            size -= step
        if int.from_bytes((yield 4), "big") != checksum:
            raise Damaged("checksum")
        seen_data = seen_data or kind == b"IDAT"
    if not seen_data:
        raise Damaged("no picture")


# In the coded picture FF 00 is a byte FF, FF D0-D7 a restart, FF FF filling; any other FF begins the next segment.
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_END, _SCAN = 0xD9, 0xDA


class JpegWalk:
    """Segment by segment to the end-of-image marker. Phones write more behind it (a second picture, depth): that is let be."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._at = len(JPEG_START) - 1
        self._in_picture = self._framed = self._done = False

    def feed(self, piece: bytes) -> None:
        if self._done:
            return
        self._held += piece
        while self._to_next_marker() if self._in_picture else self._over_segment():
            pass
        passed = min(self._at, len(self._held))
        del self._held[:passed]
        self._at -= passed

    def ended(self) -> bool:
        return self._done

    def _over_segment(self) -> bool:
        """Past one segment; False if its head has not come yet, or it was the last."""
        while self._held[self._at : self._at + 2] == b"\xff\xff":
            self._at += 1
        head = self._held[self._at : self._at + 4]
        if len(head) >= 2 and head[0] != 0xFF:
            raise Damaged("marker")
        if len(head) >= 2 and head[1] == _END:
            if not self._framed:
                raise Damaged("no picture")
            self._done = True
            return False
        if len(head) < 4:
            return False
        size = int.from_bytes(head[2:], "big")
        if head[1] in (0x00, 0xD8) or size < 2:
            raise Damaged("segment")
        self._framed = self._framed or head[1] in _FRAMES
        self._in_picture = head[1] == _SCAN
        self._at += 2 + size
        return True

    def _to_next_marker(self) -> bool:
        found = _NEXT_MARKER.search(self._held, self._at)
        if found is None:
            # The last byte may be the FF of a marker whose second byte is still to come.
            self._at = max(self._at, len(self._held) - 1)
            return False
        self._at, self._in_picture = found.start(), False
        return True


class PdfWalk:
    """The header now, the end when all has come; where the end points to is looked up by who can read there."""

    def __init__(self) -> None:
        self._tail = b""
        self._head = b""
        self.index_at: int | None = None

    def feed(self, piece: bytes) -> None:
        if len(self._head) < 8:
            self._head = (self._head + piece)[:8]
            if len(self._head) == 8 and not re.fullmatch(rb"%PDF-[12]\.[0-9]", self._head):
                raise Damaged("header")
        self._tail = (self._tail + piece)[-PDF_TAIL:]

    def ended(self) -> bool:
        """Whether there is an end; `index_at` is then where it says that the index of objects lies."""
        ends = re.findall(rb"startxref\s+([0-9]{1,12})\s+%%EOF", self._tail)
        self.index_at = int(ends[-1]) if ends else None
        return bool(ends)


def is_pdf_index(content: bytes) -> bool:
    """Whether this is how an index of objects begins: a table, or a stream that is an object."""
    return re.match(rb"\s*(xref\b|[0-9]+\s+[0-9]+\s+obj\b)", content) is not None
