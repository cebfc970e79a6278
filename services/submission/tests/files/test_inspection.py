"""What a file is found to be: by its content, whole, and nothing else at the same time."""

import hashlib
from collections.abc import AsyncIterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.submission.tests.files import samples
from submission.files.inspection import Accepted, Read, Refused, inspected
from submission.problems.files import (
    FileCutOff,
    FileDamaged,
    FileOfTwoTypes,
    FileRefused,
    FileTypeLies,
    FileTypeNotAllowed,
)


def reading(content: bytes, step: int = 1000) -> Read:
    def read(start: int, size: int | None) -> AsyncIterator[bytes]:
        end = len(content) if size is None else min(len(content), start + size)

        async def pieces() -> AsyncIterator[bytes]:
            for at in range(start, end, step):
                yield content[at : min(at + step, end)]

        return pieces()

    return read


async def look(content: bytes, name: str = "", declared: str | None = None, step: int = 1000) -> Accepted | Refused:
    return await inspected(reading(content, step), name=name, declared_type=declared)


PDF, JPEG, PNG = samples.pdf(), samples.jpeg(), samples.png()
PROGRESSIVE = samples.jpeg(progressive=True, quality=90)
WHOLE = [(PDF, "application/pdf"), (JPEG, "image/jpeg"), (PROGRESSIVE, "image/jpeg"), (PNG, "image/png")]


@pytest.mark.parametrize(("content", "media_type"), WHOLE)
@pytest.mark.parametrize("step", [1, 7, 1000, 1_000_000])
async def test_a_whole_file_is_known_by_its_content_however_it_comes(
    content: bytes, media_type: str, step: int
) -> None:
    found = await look(content, step=step)
    assert isinstance(found, Accepted)
    assert (found.media_type, found.size) == (media_type, len(content))
    assert found.sha256 == hashlib.sha256(content).hexdigest()


@settings(max_examples=60, deadline=None)
@given(st.data())
async def test_a_file_cut_off_anywhere_is_never_taken_for_whole(data: st.DataObject) -> None:
    """R-160."""
    content, _ = data.draw(st.sampled_from(WHOLE))
    cut = data.draw(st.integers(min_value=1, max_value=len(content) - 7))
    found = await look(content[:cut])
    assert isinstance(found, Refused)


@pytest.mark.parametrize("content", [content for content, _ in WHOLE])
async def test_a_file_cut_in_half_is_told_to_be_cut_off(content: bytes) -> None:
    found = await look(content[: len(content) // 2])
    assert found == Refused(FileCutOff, found.found if isinstance(found, Refused) else "")


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (samples.docx(), "don.pdf", FileTypeNotAllowed),
        (samples.program(), "don.pdf", FileTypeNotAllowed),
        (b"<html><script>alert(1)</script></html>", "anh.png", FileTypeNotAllowed),
        (b"GIF89a" + bytes(100), "anh.gif", FileTypeNotAllowed),
        (bytes(500), "don.pdf", FileTypeNotAllowed),
        (b"x", "don.pdf", FileTypeNotAllowed),
        (PNG, "don.pdf", FileTypeLies),
        (JPEG, "anh.exe", FileTypeLies),
        (PDF, "don.jpg", FileTypeLies),
        (PDF + samples.docx(), "don.pdf", FileOfTwoTypes),
        (JPEG + samples.docx(), "anh.jpg", FileOfTwoTypes),
        (PNG + samples.docx(), "anh.png", FileOfTwoTypes),
        (JPEG + b"Rar!\x1a\x07\x01\x00" + bytes(50), "anh.jpg", FileOfTwoTypes),
        (PNG[:33] + samples.png_chunk(b"teXt", PDF) + PNG[33:], "anh.png", FileOfTwoTypes),
        (PNG + b"more", "anh.png", FileDamaged),
        (PNG[:60] + bytes([PNG[60] ^ 1]) + PNG[61:], "anh.png", FileDamaged),
        (b"%PDF-1.7\nstartxref\n3\n%%EOF\n", "don.pdf", FileDamaged),
        (b"%PDF-1.7\nnothing of a PDF", "don.pdf", FileCutOff),
        (b"\xff\xd8\xff\xd9", "anh.jpg", FileDamaged),
        (b"\xff\xd8\xff\xe0\x00\x04ab\xff\xd9", "anh.jpg", FileDamaged),
    ],
)
async def test_what_is_not_what_it_should_be_is_refused(content: bytes, name: str, why: type[FileRefused]) -> None:
    """R-160."""
    found = await look(content, name)
    assert isinstance(found, Refused)
    assert found.why is why


async def test_a_declared_type_of_ours_that_the_content_is_not_is_a_lie() -> None:
    found = await look(PNG, "anh.png", "application/pdf")
    assert found == Refused(FileTypeLies, "image/png")
    assert isinstance(await look(JPEG, "anh.jpg", "image/jpg"), Accepted)
    assert isinstance(await look(JPEG, "anh.jpg", "application/octet-stream"), Accepted)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("quét", "quét.pdf"),
        ("đơn v1.2", "đơn v1.2.pdf"),
        ("ĐƠN.PDF", "ĐƠN.PDF"),
        ("đơn. gửi ông A", "đơn. gửi ông A.pdf"),
    ],
)
async def test_a_name_that_says_no_type_gets_its_ending(name: str, kept: str) -> None:
    found = await look(PDF, name)
    assert isinstance(found, Accepted)
    assert found.name == kept


async def test_what_a_phone_writes_behind_a_picture_is_let_be() -> None:
    assert isinstance(await look(JPEG + JPEG, "anh.jpg"), Accepted)


async def test_a_pdf_that_was_changed_and_saved_again_is_whole() -> None:
    first = PDF.rpartition(b"startxref")[2].split()[0]
    again = PDF + b"\n5 0 obj\n<<>>\nendobj\nstartxref\n" + first + b"\n%%EOF\n"
    assert isinstance(await look(again, "don.pdf"), Accepted)
