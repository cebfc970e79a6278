"""The desk's queue: what is open, how much of it, who takes what in hand, and many at once accepted. The handlers decide."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime, ConfigDict, Field
from sqlalchemy import Row

from chassis import idempotency, problems
from chassis.auth import Allow, Principal
from chassis.etags import IfMatch
from chassis.idempotency import Stored, act_once
from chassis.paging import Cursor, Limit, Page, page_of
from chassis.problems import problem_body
from chassis.service import Running, Work
from contracts.codes import DossierStatus
from submission.api.acting import act, problems_of
from submission.api.cursors import after_dossier
from submission.api.dossiers import DESK, Code
from submission.api.models import DossierLine, DossierState, StatusView, Wire
from submission.domain.queue import OPEN, Colour, colour
from submission.handlers.bulk import Accepted, BulkResult, accept_many
from submission.handlers.claims import TAKES_OVER, claim_dossier, release_dossier
from submission.problems.dossiers import UnitNotServed
from submission.queries import queues
from submission.queries.queues import MOST_COUNTED, Held, QueueWanted, Sort
from submission.settings import SubmissionSettings

router = APIRouter(tags=["desk"])

Looker = Annotated[Principal, Depends(Allow(roles=DESK | {TAKES_OVER}))]
Claimer = Annotated[Principal, Depends(Allow(roles={"one-stop-officer", TAKES_OVER}))]
Officer = Annotated[Principal, Depends(Allow(roles={"one-stop-officer"}))]

Unit = Annotated[str | None, Query(max_length=35, description="Only this unit; it must be one the officer serves")]
OpenStatus = Annotated[
    list[DossierStatus] | None, Query(description="Only these statuses; may be repeated. Without it, every open one")
]
DueAfter = Annotated[AwareDatetime | None, Query(alias="dueAfter", description="Due at this instant or later")]
DueBefore = Annotated[AwareDatetime | None, Query(alias="dueBefore", description="Due before this instant")]
ByOfficer = Annotated[
    str | None,
    Query(
        alias="officer",
        max_length=200,
        description="`me`: what I have in hand; `none`: what nobody has; else an officer's account",
    ),
]
OfProcedure = Annotated[str | None, Query(max_length=60, description="Only dossiers of this procedure")]

_LINE: dict[str, Any] = {
    "code": "H26-20261012-0000042", "status": {"number": 2, "name": "được tiếp nhận"}, "version": 3,
    "procedure": "2.000635", "unit": "00004", "channel": 1, "receivedAt": "2026-10-12T02:55:00Z",
    "dueAt": "2026-10-15T10:00:00Z", "feeState": "none", "colour": "on-time", "alerts": [], "claimedBy": "officer-1",
}  # fmt: skip


class QueueLine(DossierLine):
    """A dossier in the queue: no personal data."""

    model_config = ConfigDict(json_schema_extra={"example": _LINE})

    colour: Colour = Field(description="How it stands with its due time")
    alerts: list[str] = Field(description="What the clocks have warned of: `warning`, `overdue`, `check-late`")
    claimed_by: str | None = Field(default=None, description="Account of the officer who has it in hand")


class StatusCount(Wire):
    """How many dossiers there are of one status. Beyond 1,000 nobody counts on: `more` says that there are more."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "status": {"number": 1, "name": "mới đăng ký"},
                "count": 1000,
                "more": True,
                "overdue": 3,
                "moreOverdue": False,
            }
        }
    )

    status: StatusView
    count: int
    more: bool
    overdue: int = Field(description="Of those whose clock runs (statuses 1, 2 and 4)")
    more_overdue: bool


class QueueCounts(Wire):
    """The open dossiers by status."""

    counts: list[StatusCount]


class BulkAcceptance(Wire):
    """Which dossiers to accept. Each is held against its own rules; one that cannot be does not hold up the others."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"codes": ["H26-20261012-0000042", "H26-20261012-0000043"]}}
    )

    codes: Annotated[list[Annotated[str, Field(max_length=60)]], Field(min_length=1, max_length=200)]


class BulkItem(Wire):
    """What became of one of them: accepted, with its state; or refused, with the problem a single acceptance would have met."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "code": "H26-20261012-0000043",
                "outcome": "refused",
                "problem": {
                    "type": "/problems/fee-not-assessed-yet",
                    "title": "Đang xác định phí, lệ phí",
                    "status": 409,
                },
            }
        }
    )

    code: str
    outcome: str = Field(description="`accepted` or `refused`")
    state: DossierState | None = None
    problem: dict[str, Any] | None = None


class BulkAnswer(Wire):
    """What became of each, in the order they were named (one named twice is answered once)."""

    items: list[BulkItem]


@router.get(
    "/v1/desk/queue",
    operation_id="list-desk-queue",
    summary="The open dossiers of one's units (hàng chờ), the most urgent first",
    response_model_exclude_none=True,
    responses=problems.responses(
        problems.BadRequest, problems.Unauthorized, problems.Forbidden, UnitNotServed, problems.InvalidPayload
    ),
)
async def list_queue(
    officer: Looker,
    uow: Work,
    runtime: Running,
    unit: Unit = None,
    status: OpenStatus = None,
    due_after: DueAfter = None,
    due_before: DueBefore = None,
    by: ByOfficer = None,
    procedure: OfProcedure = None,
    sort: Annotated[Sort, Query(description="By due time, or by when it came in; the earliest first")] = Sort.DUE,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[QueueLine]:
    """What the desk still has to do something about, with its colour and alerts. Closed statuses are never in it."""
    held = {None: Held.ANY, "none": Held.NOBODY}.get(by, Held.OFFICER)
    wanted = QueueWanted(
        units=served(officer, unit),
        statuses=[one for one in OPEN if status is None or one in status],
        limit=limit,
        sort=sort,
        held=held,
        officer=officer.subject if by == "me" else by,
        procedure=procedure,
        due_after=due_after,
        due_before=due_before,
        after=after_dossier(cursor),
    )
    settings = runtime.settings
    assert isinstance(settings, SubmissionSettings)  # noqa: S101 - SERVICE names this class
    soon = timedelta(hours=settings.due_soon_hours)
    rows = await queues.queue(uow, wanted)
    return page_of(rows, limit, lambda row: (row.at.isoformat(), row.code), lambda row: _line(row, uow.now, soon))


@router.get(
    "/v1/desk/queue/counts",
    operation_id="count-desk-queue",
    summary="How many open dossiers, by status",
    responses=problems.responses(problems.Unauthorized, problems.Forbidden, UnitNotServed, problems.InvalidPayload),
)
async def count_queue(officer: Looker, uow: Work, unit: Unit = None) -> QueueCounts:
    """Counted afresh each time, up to 1,000 of each status, so it costs the same however many there are."""
    rows = await queues.counts(uow, served(officer, unit), uow.now)
    return QueueCounts(counts=[_count(row) for row in rows])


@router.post(
    "/v1/dossiers/{code}/claim",
    operation_id="claim-dossier",
    summary="Take a dossier in hand (nhận xử lý)",
    response_model=DossierState,
    responses=problems_of(),
)
async def post_claim(
    code: Code, officer: Claimer, uow: Work, request: Request, if_match: IfMatch = None, key: idempotency.Key = None
) -> Response:
    """Until it is released, other officers can change nothing about it but hand over its result. An operator may take it over."""
    return await act(lambda: claim_dossier(code, officer, if_match, uow), officer, uow, request, key)


@router.post(
    "/v1/dossiers/{code}/release",
    operation_id="release-dossier",
    summary="Put a dossier back into the queue (trả lại hàng chờ)",
    response_model=DossierState,
    responses=problems_of(),
)
async def post_release(
    code: Code, officer: Claimer, uow: Work, request: Request, if_match: IfMatch = None, key: idempotency.Key = None
) -> Response:
    """By the officer who has it in hand, or by an operator for one who cannot."""
    return await act(lambda: release_dossier(code, officer, if_match, uow), officer, uow, request, key)


@router.post(
    "/v1/desk/bulk-acceptance",
    operation_id="accept-dossiers",
    summary="Take many dossiers in at once (tiếp nhận hàng loạt)",
    response_model=BulkAnswer,
    responses=problems.responses(
        problems.Unauthorized,
        problems.Forbidden,
        problems.InvalidPayload,
        problems.Unavailable,
        *idempotency.PROBLEMS,
    ),
)
async def post_bulk_acceptance(
    body: BulkAcceptance, officer: Officer, uow: Work, request: Request, key: idempotency.Key = None
) -> Response:
    """Each stands for itself: 200 with what became of every one. Sent again with the same key, nothing is done twice."""
    codes = list(dict.fromkeys(body.codes))
    english = request.headers.get("accept-language", "").strip().lower().startswith("en")

    def render(results: list[BulkResult]) -> Stored:
        items = [_item(result, "en" if english else "vi") for result in results]
        return Stored(200, (), BulkAnswer(items=items).model_dump_json(by_alias=True, exclude_none=True))

    return await act_once(
        uow,
        request,
        caller=officer.account,
        key=key,
        act=lambda: accept_many(codes, officer, uow),
        render=render,
    )


def served(officer: Principal, unit: str | None) -> frozenset[str] | None:
    """The units a list is about: the one named, which must be served, or all that are served (None: every unit)."""
    if unit is None:
        return officer.units
    if not officer.serves(unit):
        raise UnitNotServed(unit)
    return frozenset({unit})


def _line(row: Row[Any], now: datetime, soon: timedelta) -> QueueLine:
    stands = colour(row.due_at, now, soon=soon, stopped_at=row.clock_stopped_at, finished_at=row.finished_at)
    return QueueLine.of(row, colour=stands, alerts=row.alerts, claimed_by=row.claimed_by)


def _count(row: Row[Any]) -> StatusCount:
    return StatusCount(
        status=StatusView.of(DossierStatus(row.status)),
        count=min(row.number, MOST_COUNTED),
        more=row.number > MOST_COUNTED,
        overdue=min(row.overdue, MOST_COUNTED),
        more_overdue=row.overdue > MOST_COUNTED,
    )


def _item(result: BulkResult, language: str) -> BulkItem:
    if isinstance(result, Accepted):
        return BulkItem(code=result.code, outcome="accepted", state=DossierState.of(result.dossier))
    return BulkItem(code=result.code, outcome="refused", problem=problem_body(result.problem, language))
