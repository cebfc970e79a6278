"""Paper 07, sổ theo dõi, as a table file: CSV or XLSX, written as the lines come. Holds a batch at a time, decides nothing."""

import asyncio
import csv
import tempfile
from collections.abc import AsyncIterator, Iterator
from io import StringIO
from pathlib import Path
from typing import BinaryIO

import xlsxwriter  # type: ignore[import-untyped]  # ships no py.typed marker
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]  # likewise

from submission.domain.register import COLUMNS, Line, guarded

Batches = AsyncIterator[list[Line]]

_CHUNK = 64 * 1024
_BOM = "\ufeff"
_WIDTHS = (6, 24, 14, 40, 28, 17, 17, 26, 17, 17, 14, 40)


async def csv_of(batches: Batches) -> AsyncIterator[bytes]:
    """CSV (RFC 4180) in UTF-8, with the mark by which spreadsheets know it. No cell can be taken for a formula."""
    yield (_BOM + _rows([COLUMNS])).encode()
    place = 1
    async for lines in batches:
        cells = [tuple(map(guarded, line.cells(place + step))) for step, line in enumerate(lines)]
        place += len(lines)
        yield _rows(cells).encode()


def _rows(rows: list[tuple[str, ...]]) -> str:
    out = StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


async def xlsx_of(batches: Batches) -> AsyncIterator[bytes]:
    """XLSX, every cell as text. It grows in a temporary file, which goes when the last byte has, or the reader."""
    with tempfile.TemporaryDirectory(prefix="register-") as folder:
        path = Path(folder) / "register.xlsx"
        book = xlsxwriter.Workbook(path, {"constant_memory": True, "tmpdir": folder, "strings_to_formulas": False})
        sheet = book.add_worksheet("Sổ theo dõi")
        bold = book.add_format({"bold": True})
        for column, (title, width) in enumerate(zip(COLUMNS, _WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, title, bold)
        sheet.freeze_panes(1, 0)
        place = 1
        async for lines in batches:
            await asyncio.to_thread(_write, sheet, place, lines)
            place += len(lines)
        await asyncio.to_thread(book.close)
        with path.open("rb") as file:
            for chunk in _chunks(file):
                yield chunk


def _write(sheet: Worksheet, place: int, lines: list[Line]) -> None:
    for step, line in enumerate(lines):
        for column, cell in enumerate(line.cells(place + step)):
            sheet.write_string(place + step, column, cell)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk
