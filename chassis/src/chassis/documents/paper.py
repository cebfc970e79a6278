"""What a paper says, as plain values: no font, no coordinate, no PDF here, and no noun of any one service."""

from dataclasses import dataclass
from typing import Literal

Align = Literal["left", "center", "right"]


@dataclass(frozen=True, slots=True)
class Fields:
    """Label and value pairs, one under the other: ``Họ và tên: NGUYỄN VĂN A``. A value may hold line breaks."""

    pairs: tuple[tuple[str, str], ...]
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text, justified, first line indented; each line break in it begins a new paragraph."""

    text: str
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table. ``share`` is its part of the width, relative to the shares of the others."""

    title: str
    share: float = 1.0
    align: Align = "left"

    def __post_init__(self) -> None:
        if not self.share > 0:
            raise ValueError("a column needs a share of the width greater than zero")


@dataclass(frozen=True, slots=True)
class Table:
    """Ruled rows under a head that is repeated on every page the table reaches."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    heading: str = ""

    def __post_init__(self) -> None:
        if not self.columns:
            raise ValueError("a table needs a column")
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError("every row of a table needs one cell for each column")


Section = Fields | Paragraph | Table


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR code at the foot of the text; an ``https://`` address is also a link for who reads on a screen."""

    url: str
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs: the lines of authority and office (*chức vụ*), a note such as how it was signed, the name."""

    titles: tuple[str, ...]
    name: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """One administrative document (*văn bản hành chính*).

    ``code`` is printed at the foot of every page, so that a loose page can be told from any other; ``number`` is what
    follows "Số:" (*số, ký hiệu*); of ``agency_lines`` the last is the issuing agency, those before it the agencies
    above it; ``place_and_date`` is printed as given; ``footer`` stands beside the code. ``language`` is a BCP 47 tag.
    """

    title: str
    code: str
    agency_lines: tuple[str, ...]
    sections: tuple[Section, ...]
    national_motto: bool = True
    number: str = ""
    place_and_date: str = ""
    qr: Qr | None = None
    signer: Signer | None = None
    footer: str = ""
    language: str = "vi"
