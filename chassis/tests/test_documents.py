"""What holds of the papers the chassis makes: exact text, same bytes, readable QR, whole pages; no service's form."""

import os
import re
import subprocess
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO

import pypdf
import pypdfium2  # type: ignore[import-untyped]  # ships no py.typed marker
import pytest
import zxingcpp
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # ships no py.typed marker

from chassis.documents import Column, Fields, Paper, Paragraph, Qr, Signer, Table, render
from chassis.documents.text import clean, wrap
from chassis.documents.typeface import typeface

CREATED = datetime(2026, 6, 9, 3, 0, tzinfo=UTC)
URL = "https://giayto.example.vn/v/Zm9vYmFy?k=1&n=2"
PAPER = Paper(
    title="GIẤY XÁC NHẬN",
    code="X-20260609-0001",
    agency_lines=("UBND THÀNH PHỐ HÀ NỘI", "ỦY BAN NHÂN DÂN PHƯỜNG BA ĐÌNH"),
    number="45/GXN",
    place_and_date="Ba Đình, ngày 09 tháng 6 năm 2026",
    sections=(
        Paragraph("Xác nhận người có tên dưới đây đã nộp đủ giấy tờ."),
        Fields((("Họ và tên", "NGUYỄN THỊ QUỲNH ANH"), ("Nơi ở", "Phố Nguyễn Khuyến, Hà Nội")), heading="I. Thông tin"),
        Table(
            (Column("TT", 0.3, "center"), Column("Tên giấy tờ", 2), Column("Số tiền", 1, "right")),
            (("1", "Tờ khai", "8.000"), ("2", "Bản sao có chứng thực", "15.000")),
        ),
    ),
    qr=Qr(URL, "Quét mã để kiểm tra"),
    signer=Signer(("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"), "Trần Thị Ngọc Ánh", "(Đã ký số)"),
    footer="Lập bằng hệ thống điện tử",
)
VIETNAMESE = [
    unicodedata.normalize("NFC", letter + mark)
    for letter in "aăâbcdđeêghiklmnoôơpqrstuưvxyAĂÂBCDĐEÊGHIKLMNOÔƠPQRSTUƯVXY"
    for mark in ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
    if not mark or letter.lower() in "aăâeêioôơuưy"
]


def reader(paper: Paper) -> pypdf.PdfReader:
    return pypdf.PdfReader(BytesIO(render(paper, created_at=CREATED)))


def lines(paper: Paper) -> list[str]:
    return [line.strip() for page in reader(paper).pages for line in page.extract_text().splitlines()]


def words(paper: Paper) -> str:
    return " ".join(" ".join(lines(paper)).split())


def paragraph(text: str) -> Paper:
    return Paper(title="GIẤY", code="X-1", agency_lines=(), sections=(Paragraph(text),))


def test_the_text_of_a_paper_is_read_back_exactly() -> None:
    text = lines(PAPER)
    for line in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "UBND THÀNH PHỐ HÀ NỘI",
        "Số: 45/GXN Ba Đình, ngày 09 tháng 6 năm 2026",
        "GIẤY XÁC NHẬN",
        "Xác nhận người có tên dưới đây đã nộp đủ giấy tờ.",
        "I. Thông tin",
        "Họ và tên: NGUYỄN THỊ QUỲNH ANH",
        "Quét mã để kiểm tra",
        "TM. ỦY BAN NHÂN DÂN",
        "(Đã ký số)",
        "Trần Thị Ngọc Ánh",
        "X-20260609-0001 · Lập bằng hệ thống điện tử",
    ):
        assert line in text
    assert all(cell in words(PAPER) for cell in ("Bản sao có chứng thực", "8.000", "15.000"))


def test_every_vietnamese_letter_is_printed_in_every_face() -> None:
    every = " ".join(VIETNAMESE)
    assert len(VIETNAMESE) == 178
    in_all_faces = Paper(
        title="T", code="c", agency_lines=(), sections=(Paragraph(every), Fields((("v", every),))), qr=Qr("x", every)
    )
    read = words(in_all_faces)
    assert read.count(every) == 3
    assert unicodedata.is_normalized("NFC", read)


def test_decomposed_input_comes_out_composed() -> None:
    assert "Nguyễn Thị Ế" in words(paragraph(unicodedata.normalize("NFD", "Nguyễn Thị Ế")))


def test_the_same_paper_gives_the_same_bytes_in_every_process() -> None:
    script = (
        "import datetime, sys; from chassis.documents import *; "
        f"sys.stdout.buffer.write(render({PAPER!r}, created_at={CREATED!r}))"
    )
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        made = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=True)
        assert made.stdout == render(PAPER, created_at=CREATED)


def test_papers_made_at_the_same_time_do_not_disturb_one_another() -> None:
    papers = [replace(PAPER, number=f"{number}/GXN") for number in range(8)]
    alone = [render(paper, created_at=CREATED) for paper in papers]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda paper: render(paper, created_at=CREATED), papers))
    assert together == alone
    assert len(set(alone)) == len(papers)


def test_the_same_instant_in_another_zone_gives_the_same_bytes() -> None:
    hanoi = CREATED.astimezone(timezone(timedelta(hours=7)))
    assert render(PAPER, created_at=hanoi) == render(PAPER, created_at=CREATED)
    assert render(PAPER, created_at=CREATED + timedelta(seconds=1)) != render(PAPER, created_at=CREATED)


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        render(PAPER, created_at=CREATED.replace(tzinfo=None))


def test_the_file_says_its_title_language_and_time() -> None:
    made = reader(PAPER)
    assert made.metadata is not None
    assert made.metadata.title == "GIẤY XÁC NHẬN"
    assert made.metadata.subject == "X-20260609-0001"
    assert made.metadata.creation_date == CREATED
    assert str(made.root_object["/Lang"]) == "vi"
    assert [round(float(side)) for side in made.pages[0].mediabox[2:]] == [595, 842]


def test_the_qr_code_is_read_from_the_printed_page_and_is_a_link() -> None:
    page = pypdfium2.PdfDocument(render(PAPER, created_at=CREATED))[0]
    codes = zxingcpp.read_barcodes(page.render(scale=2).to_pil())
    assert [code.text for code in codes] == [URL]
    (link,) = reader(PAPER).pages[0].annotations or []
    assert link.get_object()["/A"]["/URI"] == URL


def test_a_qr_that_is_no_address_is_no_link() -> None:
    paper = replace(PAPER, qr=Qr("javascript:alert(1)"))
    assert "/Annots" not in reader(paper).pages[0]


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert('x')</script> & <b>đậm</b> &amp;",
        "'; DROP TABLE ho_so; --",
        "{nb} {0} %s ${x} **đậm** __gạch__ --gạch--",
        r"(\) \101 ) Tj ET (",
    ],
)
def test_text_that_looks_like_code_is_printed_as_it_stands(text: str) -> None:
    paper = Paper(title=text, code=text, agency_lines=(text,), sections=(Paragraph(text), Fields(((text, text),))))
    read = words(paper)
    assert read.count(text) == 6
    assert reader(paper).metadata.title == text  # type: ignore[union-attr]  # render always writes metadata


def test_control_and_invisible_characters_are_stripped() -> None:
    dirty = "Nguyễn\x00 Văn\x1b[31m \u202eAn\u202c\u200b \ufeffBình\u00ad\x7f"
    assert clean(dirty) == "Nguyễn Văn[31m An Bình"
    assert clean("một\r\nhai\rba\u2028bốn\tnăm\u3000sáu") == "một\nhai\nba\nbốn năm sáu"


def test_a_joiner_does_not_keep_an_accent_from_its_letter() -> None:
    assert clean("e\u200d\u0302\u0301") == "ế"


def test_a_character_without_glyph_is_shown_as_missing_not_dropped() -> None:
    assert "An \ufffd Bình \ufffd" in words(paragraph("An 😀 Bình \ud800"))


def test_long_values_wrap_inside_the_page() -> None:
    value = "Tổ dân phố số 5 phường Văn Miếu " * 30 + "x" * 400
    fields = Fields((("Địa chỉ", value), ("N" * 300, "Z" * 300)))
    made = Paper(title="T", code="c", agency_lines=(), sections=(fields,))
    read = words(made)
    assert "".join(value.split()) in "".join(read.split())
    assert "N" * 300 + ":" + "Z" * 300 in "".join(read.split())
    bitmap = pypdfium2.PdfDocument(render(made, created_at=CREATED))[0].render(scale=1).to_pil().convert("L")
    margin = bitmap.crop((bitmap.width - 40, 0, bitmap.width, bitmap.height))
    assert margin.getextrema() == (255, 255)


def test_wrapped_lines_are_no_wider_than_asked() -> None:
    face = typeface("Regular")
    broken = wrap("Một hai " * 20 + "nghiêng" * 40, face, 12, 200, first_width=30)
    assert face.width(broken[0], 12) <= 30
    assert all(face.width(line, 12) <= 200 for line in broken)
    assert "".join(broken).replace(" ", "") == "Mộthai" * 20 + "nghiêng" * 40


def test_pages_break_and_are_numbered_from_the_second() -> None:
    long = replace(PAPER, sections=(Paragraph("\n".join(f"Đoạn thứ {number}." for number in range(120))),))
    pages = [page.extract_text().splitlines() for page in reader(long).pages]
    assert len(pages) == 4
    assert "1" not in pages[0]
    assert [page[0].strip() for page in pages[1:]] == ["2", "3", "4"]
    assert all("X-20260609-0001 · Lập bằng hệ thống điện tử" in "\n".join(page) for page in pages)
    assert [line for line in lines(long) if line.startswith("Đoạn")] == [f"Đoạn thứ {number}." for number in range(120)]


def test_a_table_repeats_its_head_and_loses_no_row() -> None:
    rows = tuple((str(number), f"Giấy tờ {number}") for number in range(90))
    paper = replace(PAPER, sections=(Table((Column("TT", 0.2), Column("Tên giấy tờ")), rows),), qr=None, signer=None)
    pages = [page.extract_text() for page in reader(paper).pages]
    assert len(pages) > 2
    assert all(page.count("Tên giấy tờ") == 1 for page in pages)
    assert re.findall(r"Giấy tờ \d+", " ".join(pages)) == [name for _, name in rows]


def test_a_row_longer_than_a_page_is_split() -> None:
    long = "\n".join(f"dòng {number}" for number in range(100))
    paper = replace(PAPER, sections=(Table((Column("A"), Column("B")), (("ngắn", long), ("cuối", "hết"))),))
    read = lines(paper)
    assert len([line for line in read if "dòng" in line]) == 100
    assert any("cuối" in line for line in read)


def test_a_table_is_refused_when_a_row_does_not_fit_its_columns() -> None:
    with pytest.raises(ValueError, match="one cell for each column"):
        Table((Column("A"), Column("B")), (("một",),))
    with pytest.raises(ValueError, match="share"):
        Column("A", share=0)
    with pytest.raises(ValueError, match="half a page"):
        render(replace(PAPER, sections=(Table((Column("A\n" * 30),), ()),)), created_at=CREATED)


def test_a_paper_may_go_without_motto_agency_code_and_signature() -> None:
    bare = Paper(title="T", code="c", agency_lines=(), sections=(), national_motto=False, language="en")
    assert [line for line in lines(bare) if line] == ["c", "T"]
    assert str(reader(bare).root_object["/Lang"]) == "en"


def test_only_the_glyphs_a_paper_uses_travel_with_it() -> None:
    assert len(render(PAPER, created_at=CREATED)) < 40_000
    face = typeface("Regular")
    font = TTFont(BytesIO(face.cut("Ḉz")), checkChecksums=2)
    order = font.getGlyphOrder()
    outlines = font["glyf"]

    # "Ḉ" is drawn as "Ç" and an acute, "Ç" as "C" and a cedilla: what the parts are made of comes along.
    assert outlines[order[face.glyph_ids["Ḉ"]]].isComposite()
    assert outlines[order[face.glyph_ids["Ç"]]].isComposite()
    assert outlines[order[face.glyph_ids["C"]]].numberOfContours == 1
    assert outlines[order[face.glyph_ids["D"]]].numberOfContours == 0
    assert face.cut("zḈ") == face.cut("Ḉz")
