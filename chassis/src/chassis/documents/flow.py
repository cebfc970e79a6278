"""A cursor down the pages of one document: sets lines, breaks pages, numbers them; knows no kind of section."""

from chassis.documents.paper import Align
from chassis.documents.pdf import Document
from chassis.documents.text import clean, wrap
from chassis.documents.typeface import Style, typeface

# Margins within the ranges of NĐ 30/2020, annex I: top and bottom 20-25 mm, left 30-35, right 15-20.
LEFT, TOP, WIDTH, BOTTOM = 30.0, 20.0, 165.0, 277.0
# The decree's sizes are for Times New Roman; Noto Serif is larger on its body, so a point less looks the same.
BODY, SMALL = 12.0, 9.0
LEADING = 1.42

_MM_PER_POINT = 25.4 / 72
_BASELINE = 0.77
_WIDEST_GAP = 5.0
_PAGE_NUMBER_Y, _FOOT_Y = 14.0, 285.0


def leading(size: float) -> float:
    """Height of one line, in millimetres."""
    return size * _MM_PER_POINT * LEADING


def measure(text: str, style: Style, size: float) -> float:
    return typeface(style).width(text, size) * _MM_PER_POINT


def broken(text: str, style: Style, size: float, width: float, first_width: float | None = None) -> list[str]:
    """The lines of a clean text, its own line breaks kept."""
    face, points = typeface(style), 1 / _MM_PER_POINT
    first, *rest = text.split("\n")
    lines = wrap(first, face, size, width * points, None if first_width is None else first_width * points)
    return lines + [line for part in rest for line in wrap(part, face, size, width * points)]


def balanced(text: str, style: Style, size: float, width: float) -> list[str]:
    """As `broken`, in as few lines but of like length: centred text must not leave one word alone on a line."""
    lines = broken(text, style, size, width)
    if len(lines) == 1:
        return lines
    narrow, wide = width / 2, width
    for _ in range(6):
        middle = (narrow + wide) / 2
        tried = broken(text, style, size, middle)
        # A word cut in two is worse than a short line.
        if len(tried) == len(lines) and " ".join(tried) == " ".join(lines):
            lines, wide = tried, middle
        else:
            narrow = middle
    return lines


class Flow:
    """Where the next line goes. ``y`` is the top of the free space, in millimetres from the top of the page."""

    def __init__(self, document: Document, foot: str) -> None:
        self.document = document
        self.y = TOP
        self._foot = broken(foot, "Regular", SMALL, WIDTH)[0]
        self._open_page()

    @property
    def room(self) -> float:
        """What is left of this page, in millimetres."""
        return BOTTOM - self.y

    def turn(self) -> None:
        """Go on at the top of a new page."""
        self._open_page()

    def need(self, height: float) -> None:
        """Turn the page unless this height is still free on it."""
        if height > self.room:
            self.turn()

    def space(self, height: float) -> None:
        self.y += height

    def write(
        self,
        lines: list[str],
        style: Style,
        size: float,
        *,
        x: float = LEFT,
        width: float = WIDTH,
        align: Align = "left",
    ) -> None:
        """Set these lines down the page, turning it where they do not fit."""
        for line in lines:
            self.need(leading(size))
            self.line(line, style, size, x=x, width=width, align=align)
            self.y += leading(size)

    def line(
        self,
        text: str,
        style: Style,
        size: float,
        *,
        x: float = LEFT,
        width: float = WIDTH,
        align: Align = "left",
        justified: bool = False,
        down: float = 0.0,
    ) -> None:
        """Set one line ``down`` millimetres below the cursor, without moving it."""
        stretch = 0.0
        if justified and (gaps := text.count(" ")):
            stretch = (width - measure(text, style, size)) / gaps
            # Before a very long word a line is left short rather than torn apart.
            stretch = stretch if stretch <= _WIDEST_GAP else 0.0
        elif align != "left":
            free = width - measure(text, style, size)
            x += free / 2 if align == "center" else free
        self.document.put(x, self.y + down + leading(size) * _BASELINE, text, style, size, stretch)

    def rule(self, x: float, width: float, y: float | None = None) -> None:
        """A thin line across, at the cursor or at ``y``."""
        y = self.y if y is None else y
        self.document.rectangles([(x, y, width, 0.2)])

    def _open_page(self) -> None:
        self.document.add_page()
        page = self.document.page
        if page > 1:
            # NĐ 30/2020: pages are numbered in the middle of the top margin, the first page not.
            self.y = _PAGE_NUMBER_Y - leading(BODY)
            self.line(str(page), "Regular", BODY, align="center")
        self.y = _FOOT_Y - leading(SMALL)
        self.line(self._foot, "Regular", SMALL)
        self.y = TOP


def printable(*parts: str) -> str:
    """Clean parts of one line, joined by a middle dot; line breaks become spaces, empty parts fall away."""
    return " · ".join(cleaned for part in parts if (cleaned := clean(part).replace("\n", " ").strip()))
