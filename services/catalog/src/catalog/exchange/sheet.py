"""The catalogue as a sheet (CSV) for many small edits at once: one row per version, its flat fields. Pure.

For Excel: UTF-8 with a byte order mark; a cell that a spreadsheet would take for a formula begins with an apostrophe, which
is taken off again. Several values of one cell stand on lines of their own. A cell that still says what the version says
changes nothing.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import TypeAdapter

from catalog.content import ProcedureContent
from catalog.forms import Fault
from chassis.problems import Text
from chassis.text import CleanText

BOM = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
_text = TypeAdapter(CleanText)


@dataclass(frozen=True)
class Dated:
    """A version's content with its first and last day."""

    content: ProcedureContent
    valid_from: date
    valid_to: date | None


_SHOWN: Mapping[str, Callable[[Dated], str]] = {
    "validFrom": lambda version: version.valid_from.isoformat(),
    "validTo": lambda version: version.valid_to.isoformat() if version.valid_to else "",
    "name": lambda version: version.content.name,
    "fieldCode": lambda version: version.content.field.code,
    "fieldName": lambda version: version.content.field.name,
    "keywords": lambda version: "\n".join(version.content.keywords),
    "feeText": lambda version: version.content.fee_text or "",
    "conditions": lambda version: version.content.conditions or "",
    "applicants": lambda version: "\n".join(version.content.applicants),
    "lifeEvents": lambda version: "\n".join(version.content.life_events),
    "supplementWorkingDays": lambda version: str(version.content.supplement_working_days or ""),
    "notes": lambda version: "\n".join(version.content.notes),
    "source": lambda version: version.content.source,
}
KEYS = ("code", "version")
COLUMNS = (*KEYS, *_SHOWN)
_NEEDED = {"name", "fieldCode", "fieldName", "source", "validFrom"}
_LONGEST = {"name": 500, "fieldCode": 60, "fieldName": 200}


def sheet_of(rows: Iterable[tuple[str, int, Dated]]) -> str:
    """The sheet, with its byte order mark."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(COLUMNS)
    for code, number, version in rows:
        cells = [code, str(number), *(show(version) for show in _SHOWN.values())]
        writer.writerow([_guarded(cell) for cell in cells])
    return BOM + written.getvalue()


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def unguarded(cell: str) -> str:
    """The cell without the apostrophe that kept it from being a formula."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def edited(cells: Mapping[str, str], base: Dated) -> tuple[Dated, list[Fault]]:
    """The version after the cells of its row, and what of them cannot be taken; a fault names its column."""
    faults: list[Fault] = []
    changes: dict[str, Any] = {}
    for column, show in _SHOWN.items():
        if column not in cells or _lines(cells[column]) == _lines(show(base)):
            continue
        value, fault = _value(column, cells[column])
        if fault is not None:
            faults.append(fault)
        else:
            changes[column] = value
    if faults:
        return base, faults
    first, last = changes.pop("validFrom", base.valid_from), changes.pop("validTo", base.valid_to)
    if last is not None and last < first:
        message = Text("Ngày hết hiệu lực trước ngày có hiệu lực", "The last day is before the first")
        return base, [Fault("validTo", "order", message)]
    field = base.content.field.model_copy(
        update={
            part: changes.pop(column)
            for part, column in (("code", "fieldCode"), ("name", "fieldName"))
            if column in changes
        }
    )
    update = {_NAMES.get(column, column): value for column, value in changes.items()} | {"field": field}
    return Dated(base.content.model_copy(update=update), first, last), []


_NAMES = {
    "feeText": "fee_text",
    "lifeEvents": "life_events",
    "supplementWorkingDays": "supplement_working_days",
}
_LISTS = {"keywords", "applicants", "lifeEvents", "notes"}


def _lines(cell: str) -> list[str]:
    return [line.strip() for line in cell.replace("\r\n", "\n").replace("\r", "\n").split("\n")]


def _value(column: str, cell: str) -> tuple[Any, Fault | None]:
    try:
        cell = _text.validate_python(cell.replace("\r\n", "\n").replace("\r", "\n"))
    except ValueError:
        message = Text("Không được chứa ký tự điều khiển, ký tự ẩn", "No control or invisible characters")
        return None, Fault(column, "text", message)
    if column in _NEEDED and not cell:
        return None, Fault(column, "missing", Text("Bắt buộc", "Required"))
    if len(cell) > _LONGEST.get(column, 20_000):
        return None, Fault(column, "string_too_long", Text("Quá dài", "Too long"))
    if column in {"validFrom", "validTo"}:
        return _day(column, cell)
    if column == "supplementWorkingDays":
        if not cell:
            return None, None
        if not (cell.isascii() and cell.isdecimal() and len(cell) <= 3 and 1 <= int(cell) <= 365):
            message = Text("Phải là số nguyên từ 1 đến 365", "Must be a whole number from 1 to 365")
            return None, Fault(column, "whole", message)
        return int(cell), None
    if column in _LISTS:
        return tuple(line for line in _lines(cell) if line), None
    return cell or None, None


def _day(column: str, cell: str) -> tuple[date | None, Fault | None]:
    if not cell:
        return None, None
    try:
        day = date.fromisoformat(cell)
    except ValueError:
        day = None
    # Other forms of ISO 8601 (20260131, 2026-W05-6) are days, too, and are taken for slips.
    if day is None or day.isoformat() != cell:
        return None, Fault(column, "day", Text("Phải là ngày dạng YYYY-MM-DD", "Must be a day, YYYY-MM-DD"))
    return day, None
