"""Setting a table: wrapped cells, ruled rows, a head repeated on each page; a row longer than a page is split."""

from collections.abc import Sequence

from chassis.documents.flow import BOTTOM, LEFT, TOP, WIDTH, Flow, broken, leading
from chassis.documents.paper import Align, Table
from chassis.documents.text import clean
from chassis.documents.typeface import Style

_SIZE = 11.0
_PAD = 1.6
_RULE = 0.2

Cells = list[list[str]]


def set_table(flow: Flow, table: Table) -> None:
    whole = sum(column.share for column in table.columns)
    widths = [WIDTH * column.share / whole for column in table.columns]
    aligns: list[Align] = [column.align for column in table.columns]
    head = _wrapped([column.title for column in table.columns], "Bold", widths)
    rows = [_wrapped(row, "Regular", widths) for row in table.rows]
    page_height = BOTTOM - TOP - _height(head)
    if page_height < (BOTTOM - TOP) / 2:
        raise ValueError("the head of a table may not fill half a page")
    first = _height(rows[0]) if rows else 0.0
    # A head does not stay behind at the foot of a page: it goes with the first row, or a piece of one to be split.
    flow.need(_height(head) + (first if first <= page_height else page_height / 6))
    _set_head(flow, head, widths)
    for row in rows:
        left = row
        while _height(left) > flow.room:
            fits = int((flow.room - 2 * _PAD) // leading(_SIZE))
            if _height(left) > page_height and fits > 0:
                # No page holds it whole: fill this one.
                _set_row(flow, [cell[:fits] for cell in left], "Regular", widths, aligns)
                left = [cell[fits:] for cell in left]
            flow.turn()
            _set_head(flow, head, widths)
        _set_row(flow, left, "Regular", widths, aligns)


def _wrapped(texts: Sequence[str], style: Style, widths: list[float]) -> Cells:
    return [broken(clean(text), style, _SIZE, width - 2 * _PAD) for text, width in zip(texts, widths, strict=True)]


def _height(cells: Cells) -> float:
    return max(len(lines) for lines in cells) * leading(_SIZE) + 2 * _PAD


def _set_head(flow: Flow, head: Cells, widths: list[float]) -> None:
    flow.document.rectangles([(LEFT, flow.y, WIDTH, _RULE)])
    _set_row(flow, head, "Bold", widths, ["center"] * len(widths))


def _set_row(flow: Flow, cells: Cells, style: Style, widths: list[float], aligns: list[Align]) -> None:
    """The cells, with a rule on each side of every cell and below; the rule above is that of the row before."""
    height = _height(cells)
    x = LEFT
    rules = [(LEFT, flow.y + height, WIDTH + _RULE, _RULE), (LEFT, flow.y, _RULE, height)]
    for lines, width, align in zip(cells, widths, aligns, strict=True):
        for place, line in enumerate(lines):
            down = _PAD + place * leading(_SIZE)
            flow.line(line, style, _SIZE, x=x + _PAD, width=width - 2 * _PAD, align=align, down=down)
        x += width
        rules.append((x, flow.y, _RULE, height))
    flow.document.rectangles(rules)
    flow.space(height)
