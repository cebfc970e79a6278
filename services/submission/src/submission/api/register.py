"""Routes of the register (sổ theo dõi hồ sơ, paper 07) and of the gaps in its numbers. They show; they change nothing."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import ConfigDict

from chassis import problems
from chassis.auth import Allow, Principal
from chassis.paging import Cursor, Limit, Page, decode_cursor, page_of
from chassis.problems import BadRequest
from chassis.service import Running, Work
from chassis.text import CleanText
from contracts.codes import Channel
from submission.api.cursors import after_dossier
from submission.api.dossiers import DESK
from submission.api.models import StatusView, Wire
from submission.domain.register import Line
from submission.handlers.register import bounds, period_of, read_page, read_whole
from submission.papers.register import csv_of, xlsx_of
from submission.problems.dossiers import UnitNotServed
from submission.problems.papers import PeriodUnusable
from submission.queries import register

router = APIRouter(prefix="/v1/register", tags=["papers"])

Officer = Annotated[Principal, Depends(Allow(roles=DESK))]
From = Annotated[date, Query(alias="from", description="First day of receipt, of Hanoi")]
To = Annotated[date, Query(description="Last day of receipt, of Hanoi")]

_MOST_DAYS = 366
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LINE: dict[str, Any] = {
    "code": "H26-20261012-0000042", "procedure": "1.001193", "procedureName": "Thủ tục đăng ký khai sinh",
    "applicant": "TRẦN THỊ VÍ DỤ", "receivedAt": "2026-10-12T02:55:00Z", "dueAt": "2026-10-12T10:00:00Z",
    "status": {"number": 10, "name": "đã trả kết quả"}, "finishedAt": "2026-10-12T08:00:00Z",
    "returnedAt": "2026-10-12T09:00:00Z", "channel": 2, "notes": "Yêu cầu bổ sung 1 lần",
}  # fmt: skip
_GAP: dict[str, Any] = {
    "first": 43, "last": 43, "count": 1, "after": "H26-20261012-0000042", "before": "H26-20261012-0000044",
    "explanation": {"vi": "Số đã lấy cho một lượt nộp không hoàn tất.", "en": "Drawn for a filing that did not complete."},
}  # fmt: skip
_EXPLANATION = {
    "vi": "Số đã lấy cho một lượt nộp hồ sơ không hoàn tất (giao dịch không được ghi nhận); không có hồ sơ nào mang số này và "
    "số này không được cấp lại.",
    "en": "Drawn for a filing that did not complete (its transaction was not committed); no dossier bears this number, and "
    "it is not given out again.",
}


class RegisterLine(Wire):
    """A dossier in the register, with its applicant's name."""

    model_config = ConfigDict(json_schema_extra={"example": _LINE})

    code: str
    procedure: str
    procedure_name: str
    applicant: str
    received_at: datetime
    due_at: datetime
    status: StatusView
    finished_at: datetime | None = None
    returned_at: datetime | None = None
    channel: Channel
    notes: str

    @classmethod
    def of(cls, line: Line) -> Self:
        """A line."""
        return cls(
            code=line.code,
            procedure=line.procedure,
            procedure_name=line.procedure_name,
            applicant=line.applicant,
            received_at=line.received_at,
            due_at=line.due_at,
            status=StatusView.of(line.status),
            finished_at=line.finished_at,
            returned_at=line.returned_at,
            channel=line.channel,
            notes=line.notes,
        )


class GapView(Wire):
    """Numbers, `first` to `last`, that no dossier bears, and the dossiers on either side."""

    model_config = ConfigDict(json_schema_extra={"example": _GAP})

    first: int
    last: int
    count: int
    after: str
    before: str
    explanation: dict[str, str]


@router.get(
    "",
    operation_id="read-register",
    summary="Sổ theo dõi hồ sơ (paper 07)",
    response_model=Page[RegisterLine],
    response_model_exclude_none=True,
    responses={
        200: {
            "description": "A page of lines, or with `format=csv` or `xlsx` the whole period as a file",
            "content": {
                "text/csv": {"schema": {"type": "string"}, "example": "TT,Mã hồ sơ,…"},
                _XLSX: {"schema": {"type": "string", "format": "binary"}, "example": "PK…"},
            },
        },
        **problems.responses(
            BadRequest,
            problems.Unauthorized,
            problems.Forbidden,
            UnitNotServed,
            problems.InvalidPayload,
            PeriodUnusable,
        ),
    },
)
async def read_register(
    officer: Officer,
    runtime: Running,
    uow: Work,
    unit: Annotated[CleanText, Query(max_length=35, description="Code of the commune-level unit")],
    first: From,
    to: To,
    form: Annotated[
        Literal["json", "csv", "xlsx"],
        Query(alias="format", description="A page as JSON, or the whole as a table file"),
    ] = "json",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response | Page[RegisterLine]:
    """What the unit received in the period, in order of receipt. Every reading is noted with the people it shows."""
    period = period_of(officer, unit, first, to)
    if form == "json":
        lines = await read_page(period, officer, after_dossier(cursor), limit, uow)
        return page_of(lines, limit, lambda line: (line.received_at.isoformat(), line.code), RegisterLine.of)
    whole = read_whole(period, officer, runtime.database)
    headers = {
        "Cache-Control": "private, no-store",
        "Content-Disposition": f'attachment; filename="so-theo-doi-{first}-{to}.{form}"',
    }
    if form == "csv":
        return StreamingResponse(csv_of(whole), media_type="text/csv; charset=utf-8", headers=headers)
    return StreamingResponse(xlsx_of(whole), media_type=_XLSX, headers=headers)


@router.get(
    "/gaps",
    operation_id="list-register-gaps",
    summary="Numbers that were drawn and became no dossier",
    responses=problems.responses(
        BadRequest, problems.Unauthorized, problems.Forbidden, problems.InvalidPayload, PeriodUnusable
    ),
)
async def list_gaps(
    _: Officer, uow: Work, first: From, to: To, limit: Limit = 50, cursor: Cursor = None
) -> Page[GapView]:
    """Of the whole city, since all dossiers draw from one sequence. A gap is shown with the day of the dossier before it."""
    start, end = bounds(first, to, _MOST_DAYS)
    after = decode_cursor(cursor, 1, (int,))
    rows = await register.gaps(uow, start, end, from_number=after[0] if after else 0, limit=limit)
    return page_of(rows, limit, lambda row: (row.last + 1,), _gap)


def _gap(row: Any) -> GapView:
    return GapView(
        first=row.first,
        last=row.last,
        count=row.last - row.first + 1,
        after=row.after,
        before=row.before,
        explanation=_EXPLANATION,
    )
