"""The route that answers a citizen's "why this day": the deadline of a dossier, told step by step. It changes nothing."""

from typing import Annotated, Any, Self

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, ConfigDict

from chassis import problems
from chassis.auth import Allow, Principal
from chassis.clock import hanoi_day
from chassis.service import Running, Work
from contracts.codes import TimeLimitUnit
from submission.api.dossiers import DESK, Code
from submission.api.models import Wire
from submission.api.models.wire import CODE_EXAMPLE
from submission.copies import Copies
from submission.domain.dated import in_force
from submission.domain.explanation import Line, Matter, Passed, explained
from submission.handlers.due import limit_of, procedure_of
from submission.problems.dossiers import DossierNotFound
from submission.queries import dossiers
from submission.rights import seen
from submission.rules import CHECKS

router = APIRouter(prefix="/v1/dossiers", tags=["dossiers"])

Viewer = Annotated[Principal, Depends(Allow(citizens=True, roles=DESK, scope="submission:read"))]

_LINES: list[Any] = [
    {
        "matter": "received",
        "vi": "Nhận hồ sơ lúc 16:10 thứ Hai 12/10/2026",
        "en": "Received at 16:10 on Monday 12/10/2026",
        "at": "2026-10-12T09:10:00Z",
    },
    {
        "matter": "counts-for",
        "vi": "Nhận sau 15:00: tính như nhận ngày làm việc tiếp theo, thứ Ba 13/10/2026",
        "en": "Later than 15:00: counted as received on the next working day, Tuesday 13/10/2026",
    },
    {
        "matter": "limit",
        "vi": "Thời hạn trong ngày: hạn 17:00 thứ Ba 13/10/2026",
        "en": "Limit the same day: due 17:00 on Tuesday 13/10/2026",
        "dueAt": "2026-10-13T10:00:00Z",
    },
]


class DeadlineLine(Wire):
    """One step of the reckoning, as a sentence. `at`, `until`: what it is about; `dueAt`: due after it."""

    model_config = ConfigDict(json_schema_extra={"example": _LINES[2]})

    matter: Matter
    vi: str
    en: str
    at: AwareDatetime | None = None
    until: AwareDatetime | None = None
    due_at: AwareDatetime | None = None

    @classmethod
    def of(cls, line: Line) -> Self:
        """As told."""
        return cls(matter=line.matter, vi=line.vi, en=line.en, at=line.at, until=line.until, due_at=line.due_at)


class LimitView(Wire):
    """The time limit (thời hạn giải quyết) that counts, with its wording as published."""

    model_config = ConfigDict(json_schema_extra={"example": {"unit": "same-day", "amount": 0, "cutoff": "15:00"}})

    unit: TimeLimitUnit
    amount: int
    cutoff: str | None = None
    text: str | None = None


class DeadlineView(Wire):
    """When a dossier is due, and why then. `limit` is the one that counts; `checkBy`: of an online dossier not yet accepted."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "code": CODE_EXAMPLE,
                "receivedAt": "2026-10-12T09:10:00Z",
                "dueAt": "2026-10-13T10:00:00Z",
                "limit": {"unit": "same-day", "amount": 0, "cutoff": "15:00"},
                "steps": _LINES,
            }
        }
    )

    code: str
    received_at: AwareDatetime
    due_at: AwareDatetime
    check_by: AwareDatetime | None = None
    supplement_by: AwareDatetime | None = None
    clock_stopped_at: AwareDatetime | None = None
    limit: LimitView
    steps: list[DeadlineLine]


@router.get(
    "/{code}/deadline",
    operation_id="get-dossier-deadline",
    summary="Why this day: the deadline, step by step",
    response_model_exclude_none=True,
    responses=problems.responses(problems.Unauthorized, problems.Forbidden, DossierNotFound, problems.InvalidPayload),
)
async def get_deadline(code: Code, viewer: Viewer, uow: Work, runtime: Running) -> DeadlineView:
    """Received, counted from when, the limit, holidays, every wait, verification, extension: one readable line each."""
    copies: Copies = runtime.extras["copies"]
    dossier = seen(viewer, await dossiers.find(uow, code))
    filed = dossier.filed
    received_on = hanoi_day(filed.received_at)
    procedure = await procedure_of(dossier, uow, copies)
    calendar = await copies.current_calendar(uow, received_on)
    steps = [
        Passed(step.status, step.at, step.due_at, step.clock_stopped, step.paper)
        for step in await dossiers.history(uow, code)
    ]
    published = procedure.time_limit(filed.channel, filed.case)
    lines = explained(dossier, steps, published, calendar, in_force(CHECKS, received_on).within)
    counts = limit_of(dossier, procedure)
    check = next((line for line in lines if line.matter is Matter.CHECK), None)
    return DeadlineView(
        code=code,
        received_at=filed.received_at,
        due_at=dossier.due_at,
        check_by=check.until if check else None,
        supplement_by=dossier.supplement_by,
        clock_stopped_at=dossier.clock_stopped_at,
        limit=LimitView(
            unit=counts.unit,
            amount=counts.amount,
            cutoff=counts.cutoff.strftime("%H:%M") if counts.cutoff else None,
            text=published.text or None,
        ),
        steps=[DeadlineLine.of(line) for line in lines],
    )
