"""Setting a paper out on A4 like a Vietnamese state document: head, title, sections, signature; no PDF syntax here.

Layout of Nghị định 30/2020/NĐ-CP, annex I: agency left and national motto right, each underlined by a rule; number and
date below them; title centred; signature at the lower right. The QR code stands at the lower left, beside it.
"""

from datetime import datetime

import segno

from chassis.documents.flow import BODY, LEFT, SMALL, WIDTH, Flow, balanced, broken, leading, measure, printable
from chassis.documents.paper import Fields, Paper, Paragraph, Qr, Section, Signer
from chassis.documents.pdf import Document
from chassis.documents.tables import set_table
from chassis.documents.text import clean
from chassis.documents.typeface import Style

MOTTO = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc")

_HEAD = 11.0
_TITLE = 14.0
_AGENCY_WIDTH, _MOTTO_X, _MOTTO_WIDTH = 76.0, LEFT + WIDTH - 86.0, 86.0
# Below the dots of letters like Ạ.
_UNDER = 1.2
_INDENT = 10.0
_QR_SIDE, _QR_WIDTH = 28.0, 62.0
_SIGNER_X, _SIGNER_WIDTH = LEFT + 80.0, 85.0
_SIGNATURE_ROOM = 22.0


def render(paper: Paper, *, created_at: datetime) -> bytes:
    """The paper as a PDF file. The same paper and instant give the same bytes.

    Every text is printed literally, whatever it looks like, after control and format characters are stripped; what no
    face can draw is printed as U+FFFD. Raises ``ValueError`` for a time without zone, or a QR text too long to code.

    Takes 5 to 15 ms of CPU a page, and some 200 ms once per process to read the faces: async code calls it in a thread.
    """
    if created_at.tzinfo is None:
        raise ValueError("created_at needs a time zone")
    title = printable(paper.title)
    document = Document(title=title, subject=printable(paper.code), language=paper.language, created_at=created_at)
    flow = Flow(document, printable(paper.code, paper.footer))
    _set_head(flow, paper)
    flow.space(7)
    flow.write(balanced(clean(paper.title), "Bold", _TITLE, WIDTH), "Bold", _TITLE, align="center")
    flow.space(4)
    for section in paper.sections:
        _set_section(flow, section)
        flow.space(2.5)
    _set_close(flow, paper.qr, paper.signer)
    return document.finish()


def _set_head(flow: Flow, paper: Paper) -> None:
    top = flow.y
    agencies = [clean(line) for line in paper.agency_lines]
    for place, agency in enumerate(agencies, start=1):
        style: Style = "Bold" if place == len(agencies) else "Regular"
        lines = balanced(agency, style, _HEAD, _AGENCY_WIDTH)
        flow.write(lines, style, _HEAD, width=_AGENCY_WIDTH, align="center")
    if agencies:
        # The rule under the agency is a third to a half as long as the line above it.
        length = measure(lines[-1], "Bold", _HEAD) * 0.45
        flow.rule(LEFT + (_AGENCY_WIDTH - length) / 2, length, flow.y + _UNDER)
    left_end, flow.y = flow.y, top
    if paper.national_motto:
        country, motto = MOTTO
        flow.write([country], "Bold", _HEAD, x=_MOTTO_X, width=_MOTTO_WIDTH, align="center")
        flow.write([motto], "Bold", BODY, x=_MOTTO_X, width=_MOTTO_WIDTH, align="center")
        length = measure(motto, "Bold", BODY)
        flow.rule(_MOTTO_X + (_MOTTO_WIDTH - length) / 2, length, flow.y + _UNDER)
    flow.y = max(flow.y, left_end) + 3.5
    _set_number_and_date(flow, paper)


def _set_number_and_date(flow: Flow, paper: Paper) -> None:
    number, date = printable(paper.number), printable(paper.place_and_date)
    top = flow.y
    if number:
        lines = broken(f"Số: {number}", "Regular", _HEAD, _AGENCY_WIDTH)
        flow.write(lines, "Regular", _HEAD, width=_AGENCY_WIDTH, align="center")
    number_end, flow.y = flow.y, top
    if date:
        lines = broken(date, "Italic", BODY, _MOTTO_WIDTH)
        flow.write(lines, "Italic", BODY, x=_MOTTO_X, width=_MOTTO_WIDTH, align="center")
    flow.y = max(flow.y, number_end)


def _set_section(flow: Flow, section: Section) -> None:
    if heading := clean(section.heading):
        lines = broken(heading, "Bold", BODY, WIDTH)
        # A heading does not stay behind at the foot of a page.
        flow.need(leading(BODY) * (len(lines) + 2))
        flow.write(lines, "Bold", BODY)
        flow.space(1)
    if isinstance(section, Fields):
        for label, value in section.pairs:
            _set_field(flow, printable(label), clean(value))
    elif isinstance(section, Paragraph):
        for text in clean(section.text).split("\n"):
            _set_paragraph(flow, text)
    else:
        set_table(flow, section)
        flow.space(1.5)


def _set_field(flow: Flow, label: str, value: str) -> None:
    lines = broken(f"{label}:", "Regular", BODY, WIDTH)
    flow.write(lines[:-1], "Regular", BODY)
    flow.need(leading(BODY))
    last = f"{lines[-1]} "
    flow.line(last, "Regular", BODY)
    taken = measure(last, "Regular", BODY)
    free = WIDTH - taken
    # Beside a label that leaves little room the value would be cut to shreds: it goes below.
    values = broken(value, "Bold", BODY, WIDTH, free) if free > WIDTH / 4 else ["", *broken(value, "Bold", BODY, WIDTH)]
    flow.line(values[0], "Bold", BODY, x=LEFT + taken)
    flow.space(leading(BODY))
    flow.write(values[1:], "Bold", BODY)
    flow.space(0.8)


def _set_paragraph(flow: Flow, text: str) -> None:
    lines = broken(text, "Regular", BODY, WIDTH, WIDTH - _INDENT)
    for place, line in enumerate(lines):
        indent = _INDENT if place == 0 else 0.0
        flow.need(leading(BODY))
        flow.line(line, "Regular", BODY, x=LEFT + indent, width=WIDTH - indent, justified=place < len(lines) - 1)
        flow.space(leading(BODY))
    flow.space(1.2)


def _set_close(flow: Flow, qr: Qr | None, signer: Signer | None) -> None:
    """QR code and signature side by side, kept together on one page with each other."""
    flow.space(4)
    caption: list[str] = []
    titles: list[str] = []
    height = 0.0
    if qr:
        caption = broken(clean(qr.caption), "Italic", SMALL, _QR_WIDTH)
        height = _QR_SIDE + 2 + len(caption) * leading(SMALL)
    if signer:
        titles = [line for title in signer.titles for line in balanced(clean(title), "Bold", _HEAD, _SIGNER_WIDTH)]
        height = max(height, leading(_HEAD) * len(titles) + _SIGNATURE_ROOM + 2 * leading(BODY))
    flow.need(height)
    top = flow.y
    if qr:
        _set_qr(flow, qr, caption)
        flow.y = top
    if signer:
        _set_signature(flow, signer, titles)


def _set_signature(flow: Flow, signer: Signer, titles: list[str]) -> None:
    flow.write(titles, "Bold", _HEAD, x=_SIGNER_X, width=_SIGNER_WIDTH, align="center")
    end = flow.y + _SIGNATURE_ROOM
    note = broken(clean(signer.note), "Italic", SMALL, _SIGNER_WIDTH)
    flow.write(note, "Italic", SMALL, x=_SIGNER_X, width=_SIGNER_WIDTH, align="center")
    flow.y = max(flow.y, end)
    name = broken(clean(signer.name), "Bold", BODY, _SIGNER_WIDTH)
    flow.write(name, "Bold", BODY, x=_SIGNER_X, width=_SIGNER_WIDTH, align="center")


def _set_qr(flow: Flow, qr: Qr, caption: list[str]) -> None:
    matrix = segno.make_qr(qr.url, error="m").matrix
    side = _QR_SIDE / len(matrix)
    shapes: list[tuple[float, float, float, float]] = []
    for row, modules in enumerate(matrix):
        start: int | None = None
        for column, dark in enumerate([*modules, 0]):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                # Rows overlap by a hair so that no viewer draws a white seam between them.
                shapes.append((LEFT + start * side, flow.y + row * side, (column - start) * side, side * 1.02))
                start = None
    flow.document.rectangles(shapes)
    if qr.url.startswith("https://"):
        flow.document.link(LEFT, flow.y, _QR_SIDE, _QR_SIDE, qr.url)
    flow.space(_QR_SIDE + 2)
    flow.write(caption, "Italic", SMALL, width=_QR_WIDTH)
