"""The three faces papers are set in: read once per process, cut to the glyphs a document uses; draws nothing itself.

fpdf2 parses and subsets its fonts anew for each document, which costs more than all the rest of making a page. Here a
face is parsed once and kept as raw glyph outlines. A document's own font file is the same tables with the outlines it
does not use left empty: glyph numbers stay, so cutting is copying bytes.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO
from itertools import pairwise
from typing import Literal

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # fontTools ships no py.typed marker

Style = Literal["Regular", "Bold", "Italic"]
STYLES: tuple[Style, ...] = ("Regular", "Bold", "Italic")

_KEPT_TABLES = ("head", "hhea", "hmtx", "maxp")
_SFNT_CHECKSUM = 0xB1B0AFBA


@dataclass(frozen=True, slots=True, eq=False)
class Typeface:
    """One face. Widths and metrics are in thousandths of the font size, as PDF wants them."""

    name: str
    widths: dict[str, int]
    glyph_ids: dict[str, int]
    ascent: int
    descent: int
    cap_height: int
    bounding_box: tuple[int, int, int, int]
    italic_angle: int
    weight: int
    _outlines: tuple[bytes, ...]
    _parts: dict[int, tuple[int, ...]]
    _tables: dict[str, bytes]

    def width(self, text: str, size: float) -> float:
        """Width of a line set in this face, in the unit of ``size``. The text must be clean (see ``text.clean``)."""
        widths = self.widths
        return sum([widths[character] for character in text]) * size / 1000

    def cut(self, characters: Iterable[str]) -> bytes:
        """A TrueType file that draws these characters and nothing else; the same set gives the same bytes."""
        kept = {0}
        waiting = [self.glyph_ids[character] for character in characters]
        while waiting:
            glyph = waiting.pop()
            if glyph not in kept:
                kept.add(glyph)
                waiting.extend(self._parts.get(glyph, ()))
        glyf = bytearray()
        offsets = [0]
        for glyph, outline in enumerate(self._outlines):
            if glyph in kept:
                glyf += outline
            offsets.append(len(glyf))
        loca = struct.pack(f">{len(offsets)}L", *offsets)
        return _sfnt({**self._tables, "glyf": bytes(glyf), "loca": loca})


def _sfnt(tables: dict[str, bytes]) -> bytes:
    """Write an sfnt container; ``head`` must come in with a zero ``checkSumAdjustment``."""
    count = len(tables)
    power = count.bit_length() - 1
    header = struct.pack(">LHHHH", 0x00010000, count, 16 << power, power, (count - (1 << power)) * 16)
    directory, body = bytearray(), bytearray()
    start = len(header) + 16 * count
    head_at = 0
    for tag, data in sorted(tables.items()):
        if tag == "head":
            head_at = start + len(body)
        directory += struct.pack(">4sLLL", tag.encode(), _checksum(data), start + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    font = bytearray(header + directory + body)
    struct.pack_into(">L", font, head_at + 8, (_SFNT_CHECKSUM - _checksum(bytes(font))) & 0xFFFFFFFF)
    return bytes(font)


def _checksum(data: bytes) -> int:
    padded = data + b"\0" * (-len(data) % 4)
    total: int = sum(struct.unpack(f">{len(padded) // 4}L", padded))
    return total & 0xFFFFFFFF


@cache
def typeface(style: Style) -> Typeface:
    """The face of this style, parsed at the first call and shared afterwards: it never changes."""
    data = (files(__package__) / "fonts" / f"NotoSerif-{style}.ttf").read_bytes()
    font = TTFont(BytesIO(data), lazy=True)
    scale = 1000 / font["head"].unitsPerEm
    tables = {tag: bytes(font.reader[tag]) for tag in _KEPT_TABLES}
    # Long offsets whatever the source used, and a zero checksum for _sfnt to fill in.
    tables["head"] = tables["head"][:8] + b"\0" * 4 + tables["head"][12:50] + b"\0\1" + tables["head"][52:]
    glyph_ids = {chr(code): font.getGlyphID(name) for code, name in font.getBestCmap().items()}
    advances = [font["hmtx"][name][0] for name in font.getGlyphOrder()]
    glyf, places = font.reader["glyf"], font["loca"].locations
    outlines = tuple(_padded(glyf[start:end]) for start, end in pairwise(places))
    parts = {
        number: tuple(font.getGlyphID(part.glyphName) for part in glyph.components)
        for number, glyph in enumerate(font["glyf"][name] for name in font.getGlyphOrder())
        if glyph.isComposite()
    }
    head, os2 = font["head"], font["OS/2"]
    return Typeface(
        name=f"NotoSerif-{style}",
        widths={character: round(advances[glyph] * scale) for character, glyph in glyph_ids.items()},
        glyph_ids=glyph_ids,
        ascent=round(font["hhea"].ascent * scale),
        descent=round(font["hhea"].descent * scale),
        cap_height=round(os2.sCapHeight * scale),
        bounding_box=tuple(round(edge * scale) for edge in (head.xMin, head.yMin, head.xMax, head.yMax)),
        italic_angle=int(font["post"].italicAngle),
        weight=os2.usWeightClass,
        _outlines=outlines,
        _parts=parts,
        _tables=tables,
    )


def _padded(outline: bytes) -> bytes:
    return outline + b"\0" * (-len(outline) % 4)


@cache
def drawable() -> frozenset[str]:
    """The characters that every face can draw."""
    return frozenset.intersection(*(frozenset(typeface(style).glyph_ids) for style in STYLES))
