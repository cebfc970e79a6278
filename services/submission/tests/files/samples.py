"""Files to upload: real ones made by real libraries, and what somebody might try instead."""

import io
import random
import struct
import zipfile
import zlib

from fpdf import FPDF
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from submission.files.scanner import EICAR


def pdf(text: str = "Giay chung sinh", *, bytes_more: int = 0) -> bytes:
    """A PDF; `bytes_more` makes it larger by a comment of that length, which changes nothing else."""
    document = FPDF()
    document.add_page()
    document.set_font("helvetica", size=12)
    document.cell(text=text)
    made = bytes(document.output())
    if not bytes_more:
        return made
    head, _, rest = made.rpartition(b"startxref")
    return (
        head
        + b"%"
        + random.Random(bytes_more).randbytes(bytes_more - 2).replace(b"\n", b" ").replace(b"\r", b" ")
        + b"\nstartxref"
        + rest
    )


def _picture() -> Image.Image:
    picture = Image.effect_noise((320, 200), 80).convert("RGB")
    ImageDraw.Draw(picture).rectangle((10, 10, 200, 100), fill=(200, 30, 30))
    return picture


def jpeg(**options: object) -> bytes:
    """A JPEG as a camera makes it."""
    out = io.BytesIO()
    _picture().save(out, "JPEG", **options)
    return out.getvalue()


def png(comment: str = "") -> bytes:
    """A PNG, with a text chunk if a comment is given."""
    out, info = io.BytesIO(), PngInfo()
    if comment:
        info.add_text("Comment", comment)
    _picture().save(out, "PNG", pnginfo=info)
    return out.getvalue()


def docx() -> bytes:
    """What a word processor writes: a ZIP."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<document/>")
    return out.getvalue()


def program() -> bytes:
    """The beginning of a Windows program."""
    return b"MZ\x90\x00\x03\x00\x00\x00" + bytes(52) + struct.pack("<I", 128) + bytes(64) + b"PE\0\0" + bytes(200)


def infected_png() -> bytes:
    """A whole PNG with the scanners' test string in it."""
    return png(EICAR.decode())


def png_chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk as the format has it."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
