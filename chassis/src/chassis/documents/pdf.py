"""The way into PDF: fpdf2's document with our shared typefaces in place of its own fonts; decides no layout.

This is the only module that leans on fpdf2's internals (`_out`, `_add_pdf_obj`, `_add_fonts`, the resource catalogue).
Text is encoded as UTF-16, one code for each character, so that what a reader copies out is what was printed.
"""

import zlib
from collections.abc import Iterable
from datetime import UTC, datetime

from fpdf import FPDF
from fpdf.enums import FontDescriptorFlags, PDFResourceType
from fpdf.fonts import PDFFontDescriptor
from fpdf.output import (
    CIDSystemInfo,
    OutputProducer,
    PDFExtGState,
    PDFFont,
    PDFFontStream,
    PDFType3Font,
    PDFXObject,
)
from fpdf.pattern import Pattern
from fpdf.prefs import ViewerPreferences
from fpdf.syntax import Name, PDFArray, PDFContentStream

from chassis.documents.typeface import STYLES, Style, Typeface, typeface

_SLANTED = FontDescriptorFlags.SYMBOLIC | FontDescriptorFlags.ITALIC

_TO_UNICODE = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
{count} beginbfrange
{ranges}
endbfrange
endcmap
CMapName currentdict /CMap defineresource pop
end
end"""


class Document(FPDF):
    """An A4 document, in millimetres from the top left corner. Text given to it must be clean (see ``text.clean``)."""

    def __init__(self, *, title: str, subject: str, language: str, created_at: datetime) -> None:
        super().__init__(unit="mm", format="A4")
        self.characters: dict[Style, set[str]] = {style: set() for style in STYLES}
        self.set_auto_page_break(False)
        self.set_title(title)
        self.set_subject(subject)
        self.set_lang(language)
        self.set_creation_date(created_at.astimezone(UTC))
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)

    def put(self, x: float, y: float, text: str, style: Style, size: float, stretch: float = 0.0) -> None:
        """Print one line with its baseline at ``y``; ``stretch`` millimetres are added to each space in it."""
        if not text:
            return
        self.characters[style].update(text)
        number = STYLES.index(style) + 1
        self._resource_catalog.add(PDFResourceType.FONT, number, self.page)
        if stretch:
            # PDF's own word spacing does not see two-byte codes: each space is widened by hand, in thousandths of size.
            shift = f" {-stretch * self.k / size * 1000:.1f} "
            words = text.split(" ")
            shown = shift.join([_hex(word + " ") for word in words[:-1]] + [_hex(words[-1])])
        else:
            shown = _hex(text)
        self._out(f"BT /F{number} {size:.2f} Tf {x * self.k:.2f} {(self.h - y) * self.k:.2f} Td [{shown}] TJ ET")

    def rectangles(self, shapes: Iterable[tuple[float, float, float, float]]) -> None:
        """Fill many black rectangles (x, y, width, height) at once, as one path."""
        k, h = self.k, self.h
        path = [f"{x * k:.2f} {(h - y - high) * k:.2f} {w * k:.2f} {high * k:.2f} re" for x, y, w, high in shapes]
        self._out(" ".join(["q 0 g", *path, "f Q"]))

    def finish(self) -> bytes:
        return bytes(self.output(output_producer_class=_Producer))


class _Producer(OutputProducer):
    """fpdf2's writer, with fonts embedded from the shared typefaces."""

    def _add_fonts(
        self,
        image_objects_per_index: dict[int, PDFXObject],  # noqa: ARG002 - fpdf2's signature
        gfxstate_objs_per_name: dict[str, PDFExtGState],  # noqa: ARG002 - fpdf2's signature
        pattern_objs_per_name: dict[str, Pattern],  # noqa: ARG002 - fpdf2's signature
    ) -> dict[int, PDFFont | PDFType3Font]:
        document = self.fpdf
        assert isinstance(document, Document)  # noqa: S101 - narrows the type; only Document uses this producer
        fonts: dict[int, PDFFont | PDFType3Font] = {}
        for number, style in enumerate(STYLES, start=1):
            if used := sorted(document.characters[style]):
                fonts[number] = self._embed(typeface(style), used)
        return fonts

    def _embed(self, face: Typeface, used: list[str]) -> PDFFont:
        name = f"{_subset_tag(used)}+{face.name}"
        font = PDFFont(subtype="Type0", base_font=name, encoding="Identity-H")
        descendant = PDFFont(subtype="CIDFontType2", base_font=name, d_w=0, w=_widths(face, used))
        descriptor = PDFFontDescriptor(
            ascent=face.ascent,
            descent=face.descent,
            cap_height=face.cap_height,
            flags=_SLANTED if face.italic_angle else FontDescriptorFlags.SYMBOLIC,
            font_b_box=f"[{' '.join(map(str, face.bounding_box))}]",
            italic_angle=face.italic_angle,
            stem_v=50 + (face.weight // 65) ** 2,
            missing_width=0,
        )
        descriptor.font_name = Name(name)
        info = CIDSystemInfo()
        to_unicode = PDFContentStream(_to_unicode(used), compress=True)
        glyph_map = PDFContentStream(_glyph_map(face, used), compress=True)
        program = PDFFontStream(face.cut(used))
        for item in (font, descendant, descriptor, info, to_unicode, glyph_map, program):
            self._add_pdf_obj(item, "fonts")
        font.descendant_fonts = PDFArray([descendant])
        font.to_unicode = to_unicode
        descendant.c_i_d_system_info = info
        descendant.font_descriptor = descriptor
        descendant.c_i_d_to_g_i_d_map = glyph_map
        descriptor.font_file2 = program  # type: ignore[attr-defined]  # fpdf2 sets it from outside too
        return font


def _hex(text: str) -> str:
    return f"<{text.encode('utf-16-be').hex()}>"


def _subset_tag(used: list[str]) -> str:
    """The six capitals by which PDF tells one subset of a font from another."""
    number = zlib.crc32("".join(used).encode())
    return "".join(chr(ord("A") + number // 26**place % 26) for place in range(6))


def _widths(face: Typeface, used: list[str]) -> str:
    return f"[{' '.join(f'{ord(character)} [{face.widths[character]}]' for character in used)}]"


def _to_unicode(used: list[str]) -> bytes:
    """Codes are UTF-16 already; a range may not cross a high byte, so one range for each high byte in use."""
    pages = sorted({ord(character) >> 8 for character in used})
    ranges = "\n".join(f"<{page:02X}00> <{page:02X}FF> <{page:02X}00>" for page in pages)
    return _TO_UNICODE.format(count=len(pages), ranges=ranges).encode()


def _glyph_map(face: Typeface, used: list[str]) -> bytes:
    table = bytearray(2 * (ord(used[-1]) + 1))
    for character in used:
        code = 2 * ord(character)
        table[code : code + 2] = face.glyph_ids[character].to_bytes(2, "big")
    return bytes(table)
