"""What came in a file, line by line: national records in JSON, or rows of a sheet. It judges form, not content.

Raises BadRequest where the file is none of the kind; what is wrong with one line is said of that line.
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from catalog.domain import procedure_code
from catalog.exchange.record import NationalRecord
from catalog.exchange.sheet import BOM, COLUMNS, KEYS, unguarded
from catalog.forms import Fault
from chassis.problems import BadRequest, FieldError, Text, field_errors

MOST_LINES = 5000
_FILE = "body"


@dataclass(frozen=True)
class RecordLine:
    """A national record of the file, or why it is none. `line` counts the records from 1."""

    line: int
    code: str | None
    record: NationalRecord | None
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class RowLine:
    """A row of the sheet by column, or why it is none. `line` is the line of the file it begins on, the head being 1."""

    line: int
    code: str | None
    version: int | None
    cells: Mapping[str, str]
    faults: tuple[Fault, ...] = ()


def records_in(body: bytes) -> list[RecordLine]:
    """A record, a list of records, or a page of the export. Raises BadRequest."""
    try:
        whole = json.loads(_text(body), object_pairs_hook=_once, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise _not_usable("json", Text("Không phải JSON hợp lệ", "Not valid JSON")) from error
    if isinstance(whole, dict) and "items" in whole:
        whole = whole["items"]
    records = whole if isinstance(whole, list) else [whole]
    if len(records) > MOST_LINES:
        raise _too_many()
    return [_record_line(number, record) for number, record in enumerate(records, 1)]


def _record_line(number: int, record: Any) -> RecordLine:
    said = record.get("MATTHC") if isinstance(record, dict) else None
    code = said if isinstance(said, str) and len(said) <= procedure_code.LONGEST and said.isprintable() else None
    try:
        return RecordLine(number, code, NationalRecord.model_validate(record))
    except ValidationError as error:
        named = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors(include_url=False)]
        faults = field_errors(RequestValidationError(named))
        return RecordLine(number, code, None, tuple(Fault(_shown(f.pointer), f.rule, f.message) for f in faults))


def _shown(pointer: str) -> str:
    """A pointer names what was sent, and that may be anything: it is kept with the answer, so it must be text."""
    return "".join(char if char.isprintable() else "\ufffd" for char in pointer[:200])


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is there twice")
    return found


def _refused(constant: str) -> Any:
    raise ValueError(constant)


def rows_in(body: bytes) -> list[RowLine]:
    """The rows of a sheet, parted by commas or, as a Vietnamese Excel writes them, by semicolons. Raises BadRequest."""
    text = _text(body).removeprefix(BOM)
    head = text.split("\n", 1)[0]
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=";" if ";" in head and "," not in head else ",", strict=True
    )
    try:
        return list(_rows(reader))
    except csv.Error as error:
        raise _not_usable("csv", Text("Không phải CSV hợp lệ", "Not valid CSV")) from error


def _rows(reader: Any) -> Iterator[RowLine]:
    columns = [name.strip() for name in next(reader, [])]
    _check_columns(columns)
    count = 0
    begins = reader.line_num + 1
    for cells in reader:
        line, begins = begins, reader.line_num + 1
        if not any(cell.strip() for cell in cells):
            continue
        count += 1
        if count > MOST_LINES:
            raise _too_many()
        yield _row_line(line, columns, cells)


def _row_line(line: int, columns: list[str], cells: list[str]) -> RowLine:
    if len(cells) != len(columns):
        message = Text(f"Có {len(cells)} ô, cần {len(columns)}", f"Has {len(cells)} cells, wants {len(columns)}")
        return RowLine(line, None, None, {}, (Fault("", "cells", message),))
    row = {column: unguarded(cell) for column, cell in zip(columns, cells, strict=True)}
    code, number = row["code"].strip(), row["version"].strip()
    if len(code) > procedure_code.LONGEST or not re.fullmatch(procedure_code.PATTERN, code):
        message = Text("Không phải mã thủ tục", "Not a code of a procedure")
        return RowLine(line, None, None, row, (Fault("code", "code", message),))
    if not (number.isascii() and number.isdecimal() and 1 <= int(number[:9]) <= 1_000_000):
        message = Text("Phải là số phiên bản", "Must be the number of a version")
        return RowLine(line, code, None, row, (Fault("version", "whole", message),))
    return RowLine(line, code, int(number), row)


def _check_columns(columns: list[str]) -> None:
    errors = [
        FieldError(f"{_FILE}:{name}", "unknown-column", Text("Không có cột này", "There is no such column"))
        for name in columns
        if name not in COLUMNS
    ]
    errors += [
        FieldError(f"{_FILE}:{name}", "missing-column", Text("Thiếu cột này", "This column is missing"))
        for name in KEYS
        if name not in columns
    ]
    if len(set(columns)) != len(columns):
        errors.append(FieldError(_FILE, "column-twice", Text("Có cột lặp lại", "A column is there twice")))
    if errors:
        raise BadRequest(Text("Sai tiêu đề cột", "The columns are not those of the sheet"), errors=errors[:100])


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_usable("utf-8", Text("Tệp phải mã hóa UTF-8", "The file must be UTF-8")) from error


def _not_usable(rule: str, message: Text) -> BadRequest:
    return BadRequest(message, errors=[FieldError(_FILE, rule, message)])


def _too_many() -> BadRequest:
    message = Text(f"Tối đa {MOST_LINES} dòng một tệp", f"At most {MOST_LINES} lines in a file")
    return BadRequest(message, errors=[FieldError(_FILE, "too-many", message)])
