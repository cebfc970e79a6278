"""The routes by which the catalogue goes to others and comes back: national records and a sheet. They decide nothing."""

import hashlib
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import ConfigDict, Field
from sqlalchemy import Row

from catalog import problems
from catalog.api.models import Code, Day, On
from catalog.content import ProcedureContent
from catalog.exchange import queries
from catalog.exchange.handlers import Import, ImportReport, LineReport, Outcome, import_procedures
from catalog.exchange.national import record_of
from catalog.exchange.record import EXAMPLES as RECORD_EXAMPLES
from catalog.exchange.record import NationalRecord
from catalog.exchange.sheet import Dated, sheet_of
from catalog.exchange.upload import records_in, rows_in
from chassis import idempotency
from chassis import problems as chassis_problems
from chassis.auth import Allow, Principal, Public
from chassis.clock import hanoi_day
from chassis.etags import IfNoneMatch, not_modified
from chassis.idempotency import Stored
from chassis.paging import Cursor, Limit, Page, decode_cursor, page_of
from chassis.problems import BadRequest, Forbidden, InvalidPayload, PayloadTooLarge, Unauthorized
from chassis.service import Running, Work
from chassis.text import CleanText
from contracts.event import Part

exporting = APIRouter(prefix="/v1/export", dependencies=[Depends(Public())], tags=["exchange"])
importing = APIRouter(prefix="/v1/import", tags=["exchange"])

Editor = Annotated[Principal, Depends(Allow(roles={"catalog-editor"}))]


class Format(StrEnum):
    """What a file is: national records in JSON, or the sheet in CSV."""

    NATIONAL = "national"
    CSV = "csv"


class LineFault(Part):
    """One thing wrong with a line: where (JSON pointer of the record, or column), which rule, and why."""

    pointer: str
    rule: str
    vi: str
    en: str


class ImportedLine(Part):
    """What became of a line. `line`: the how-manieth record, or the line of the sheet, its head being 1."""

    line: int
    code: str | None = None
    outcome: Outcome
    version: int | None = None
    published: bool = False
    faults: tuple[LineFault, ...] = ()


class ImportAnswer(Part):
    """What became of a file."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "dryRun": True,
                    "newVersions": 1,
                    "unchanged": 0,
                    "refused": 1,
                    "lines": [
                        {
                            "line": 1,
                            "code": "1.004873",
                            "outcome": "new-version",
                            "version": 2,
                            "published": False,
                            "faults": [],
                        },
                        {
                            "line": 2,
                            "code": "1.000894",
                            "outcome": "refused",
                            "published": False,
                            "faults": [
                                {
                                    "pointer": "/TENTTHC",
                                    "rule": "missing",
                                    "vi": "Thiếu trường bắt buộc",
                                    "en": "Required",
                                }
                            ],
                        },
                    ],
                }
            ]
        }
    )

    dry_run: bool
    new_versions: int = Field(ge=0)
    unchanged: int = Field(ge=0)
    refused: int = Field(ge=0)
    lines: tuple[ImportedLine, ...]


@exporting.get(
    "/procedures",
    operation_id="export-procedures",
    summary="Export procedures as national records",
    responses=chassis_problems.responses(BadRequest, InvalidPayload),
    response_model_exclude_none=True,
)
async def export_procedures(
    uow: Work, on: On = None, cursor: Cursor = None, limit: Limit = 100
) -> Page[NationalRecord]:
    """The procedures in force on a day (LayDanhSachTTHC), by code. What comes back this way, import takes."""
    day = on or hanoi_day(uow.now)
    after = decode_cursor(cursor, 1, [_text_key])
    rows = await queries.in_force(uow, on=day, after=after[0] if after else "", limit=limit + 1)
    names = await queries.agency_names(uow, day)
    return page_of(rows, limit, key=lambda row: (row.code,), item=lambda row: _record(row, names))


def _text_key(part: Any) -> str:
    if not isinstance(part, str):
        raise TypeError
    return part


def _record(row: Row[Any], names: dict[str, str]) -> NationalRecord:
    return record_of(row.code, ProcedureContent.model_validate_json(row.content), names)


@exporting.get(
    "/procedures.csv",
    operation_id="export-sheet",
    summary="Export every version as a sheet",
    responses={
        200: {"content": {"text/csv": {}}, "description": "UTF-8 with a byte order mark; one row per version"},
        **chassis_problems.responses(),
    },
    response_class=Response,
)
async def export_sheet(uow: Work) -> Response:
    """Every published version with its flat fields, to be edited in bulk and imported again.

    A cell that a spreadsheet would take for a formula begins with an apostrophe; import takes it off.
    """
    rows = [_dated(row) for row in await queries.every_version(uow)]
    headers = {"Content-Disposition": 'attachment; filename="procedures.csv"'}
    return Response(sheet_of(rows), headers=headers, media_type="text/csv; charset=utf-8")


def _dated(row: Row[Any]) -> tuple[str, int, Dated]:
    content = ProcedureContent.model_validate_json(row.content)
    return row.code, row.version, Dated(content, row.valid_from, row.valid_to)


@exporting.get(
    "/procedures/{code}",
    operation_id="export-procedure",
    summary="Export a procedure as a national record",
    responses={
        304: {"description": "Unchanged since the ETag in If-None-Match"},
        **chassis_problems.responses(InvalidPayload, problems.UnknownProcedure, problems.ProcedureNotInForce),
    },
    response_model=NationalRecord,
    response_model_exclude_none=True,
)
async def export_procedure(
    code: Code, uow: Work, response: Response, on: On = None, if_none_match: IfNoneMatch = None
) -> NationalRecord | Response:
    """The version in force on that day (LayThuTuc)."""
    day = on or hanoi_day(uow.now)
    row = _in_force(await queries.of_code(uow, code, day), code, day)
    names = await queries.agency_names(uow, day)
    record = _record(row, names)
    # The names of agencies are another's to change: the tag is made of what is said, not of the version's number.
    tag = hashlib.sha256(record.model_dump_json().encode()).hexdigest()[:32]
    if not_modified(response, tag, if_none_match):
        return Response(status_code=304, headers=dict(response.headers))
    return record


def _in_force(rows: Sequence[Row[Any]], code: str, day: date) -> Row[Any]:
    """The version in force that day. Raises UnknownProcedure, ProcedureNotInForce."""
    if not rows:
        raise problems.UnknownProcedure(code=code)
    for row in rows:
        if row.content is not None:
            return row
    in_force = [{"validFrom": row.valid_from, "validTo": row.valid_to} for row in rows]
    raise problems.ProcedureNotInForce(code=code, on=day, inForce=in_force)


_BODY = {
    "requestBody": {
        "required": True,
        "description": "With `format=national` a record, a list of records, or a page of the export; with `format=csv` the sheet.",
        "content": {
            "application/json": {
                "schema": {"type": "array", "items": {"type": "object"}},
                "example": RECORD_EXAMPLES,
            },
            "text/csv": {
                "schema": {"type": "string"},
                "example": "code,version,keywords\r\n1.004873,1,giấy độc thân\r\n",
            },
        },
    }
}


@importing.post(
    "/procedures",
    operation_id="import-procedures",
    summary="Import procedures",
    response_model=ImportAnswer,
    responses=chassis_problems.responses(
        *idempotency.PROBLEMS, BadRequest, Unauthorized, Forbidden, PayloadTooLarge, InvalidPayload
    ),
    openapi_extra=_BODY,
)
async def post_import(
    editor: Editor,
    uow: Work,
    runtime: Running,
    request: Request,
    kind: Annotated[Format, Query(alias="format", description="What the file is")],
    dry_run: Annotated[bool, Query(alias="dryRun", description="Only say what would become of it")] = False,
    publish: Annotated[bool, Query(description="Publish the new versions; otherwise they are drafts")] = False,
    valid_from: Annotated[
        Day | None, Query(alias="validFrom", description="First day of what national records say anew; today if absent")
    ] = None,
    source: Annotated[
        CleanText | None,
        Query(min_length=1, max_length=500, description="Where what national records say anew is from: the decision"),
    ] = None,
    key: idempotency.Key = None,
) -> Response:
    """Take in a file line by line, each by itself: one that is refused stops no other.

    What a line does not say otherwise than the version it is about is left as it is. Imported twice, a file changes
    nothing the second time.
    """
    body = await request.body()
    command = Import(
        lines=records_in(body) if kind is Format.NATIONAL else rows_in(body),
        valid_from=valid_from or hanoi_day(uow.now),
        publish=publish,
        dry_run=dry_run,
        editor=editor.subject,
        source=source,
    )
    return await idempotency.act_once(
        uow,
        request,
        caller=editor.account,
        key=key,
        act=lambda: import_procedures(command, uow, runtime.database),
        render=lambda report: Stored(200, (), answer_of(report).model_dump_json(by_alias=True, exclude_none=True)),
    )


def answer_of(report: ImportReport) -> ImportAnswer:
    """The report as it is answered, and as the command prints it."""
    return ImportAnswer(
        dry_run=report.dry_run,
        new_versions=report.count(Outcome.NEW_VERSION),
        unchanged=report.count(Outcome.UNCHANGED),
        refused=report.count(Outcome.REFUSED),
        lines=tuple(_line(line) for line in report.lines),
    )


def _line(line: LineReport) -> ImportedLine:
    return ImportedLine(
        line=line.line,
        code=line.code,
        outcome=line.outcome,
        version=line.version,
        published=line.published,
        faults=tuple(
            LineFault(pointer=fault.pointer, rule=fault.rule, vi=fault.message.vi, en=fault.message.en)
            for fault in line.faults
        ),
    )


router = APIRouter()
router.include_router(exporting)
router.include_router(importing)
