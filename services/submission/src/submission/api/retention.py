"""For operators: holds that keep a dossier from being erased, and what was erased. No personal data passes here."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import AwareDatetime, ConfigDict, Field
from sqlalchemy import Row

from chassis import idempotency, problems
from chassis.auth import Allow, Principal
from chassis.idempotency import Stored, act_once
from chassis.paging import Cursor, Limit, Page, page_of
from chassis.service import Work
from chassis.text import CleanText
from submission.api.acting import problems_of_dossier
from submission.api.cursors import below_position
from submission.api.dossiers import Code
from submission.api.models import Wire
from submission.handlers.retention import lift_hold, place_hold
from submission.problems.desk import AlreadyErased, HoldInForce, NoHoldInForce
from submission.problems.dossiers import DossierNotFound
from submission.queries import dossiers, retention
from submission.rights import seen

router = APIRouter(prefix="/v1", tags=["retention"])

Operator = Annotated[Principal, Depends(Allow(roles={"operator"}))]

_CODE = "H26-20261012-0000042"
_HOLD: dict[str, Any] = {
    "reason": "Theo yêu cầu của Tòa án, công văn số 12/2026", "placedAt": "2026-10-12T03:00:00Z", "placedBy": "operator-1",
}  # fmt: skip


class HoldRequest(Wire):
    """Why a dossier must be kept whole: who demands it, by which paper. No personal data belongs here."""

    model_config = ConfigDict(json_schema_extra={"example": {"reason": _HOLD["reason"]}})

    reason: Annotated[CleanText, Field(min_length=3, max_length=500)]


class HoldView(Wire):
    """One hold. `liftedAt` is absent while it stands."""

    model_config = ConfigDict(json_schema_extra={"example": _HOLD})

    reason: str
    placed_at: AwareDatetime
    placed_by: str
    lifted_at: AwareDatetime | None = None
    lifted_by: str | None = None


class Holds(Wire):
    """Every hold of a dossier, the oldest first."""

    model_config = ConfigDict(json_schema_extra={"example": {"code": _CODE, "holds": [_HOLD]}})

    code: str
    holds: list[HoldView]


class Erasure(Wire):
    """That a dossier's personal data was erased: when, by which row, and what went. `files` are SHA-256 sums: proof, not data."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "code": _CODE,
                "at": "2027-10-13T17:00:00Z",
                "rule": "refused-or-withdrawn",
                "erased": {"files": [], "notices": 2, "papers": 1, "originalsShown": 0, "handovers": 0},
            }
        }
    )

    code: str
    at: AwareDatetime
    rule: str
    erased: dict[str, Any]


@router.post(
    "/dossiers/{code}/legal-hold",
    operation_id="hold-dossier",
    summary="Keep a dossier from being erased (tạm giữ)",
    response_model=Holds,
    responses=problems_of_dossier(AlreadyErased, HoldInForce),
)
async def post_hold(
    code: Code, body: HoldRequest, operator: Operator, uow: Work, request: Request, key: idempotency.Key = None
) -> Response:
    """Until it is lifted, retention passes the dossier over."""
    return await act_once(
        uow,
        request,
        caller=operator.account,
        key=key,
        act=lambda: place_hold(code, body.reason, operator, uow),
        render=lambda rows: Stored(200, (), _holds(code, rows).model_dump_json(by_alias=True, exclude_none=True)),
    )


@router.post(
    "/dossiers/{code}/legal-hold/lifting",
    operation_id="lift-hold",
    summary="Lift the hold of a dossier",
    response_model=Holds,
    responses=problems_of_dossier(NoHoldInForce),
)
async def post_lifting(
    code: Code, operator: Operator, uow: Work, request: Request, key: idempotency.Key = None
) -> Response:
    """What is due by then is erased by the next run."""
    return await act_once(
        uow,
        request,
        caller=operator.account,
        key=key,
        act=lambda: lift_hold(code, operator, uow),
        render=lambda rows: Stored(200, (), _holds(code, rows).model_dump_json(by_alias=True, exclude_none=True)),
    )


@router.get(
    "/dossiers/{code}/legal-hold",
    operation_id="list-holds",
    summary="The holds of a dossier",
    response_model_exclude_none=True,
    responses=problems.responses(problems.Unauthorized, problems.Forbidden, DossierNotFound, problems.InvalidPayload),
)
async def get_holds(code: Code, operator: Operator, uow: Work) -> Holds:
    """The one in force, if there is one, is last and has no `liftedAt`."""
    seen(operator, await dossiers.find(uow, code))
    return _holds(code, await retention.holds(uow, code))


@router.get(
    "/erasures",
    operation_id="list-erasures",
    summary="What was erased, by which row, and when",
    dependencies=[Depends(Allow(roles={"operator"}))],
    responses=problems.responses(
        problems.BadRequest, problems.Unauthorized, problems.Forbidden, problems.InvalidPayload
    ),
)
async def list_erasures(uow: Work, limit: Limit = 50, cursor: Cursor = None) -> Page[Erasure]:
    """Newest first. The record of an erasure is itself never erased."""
    rows = await retention.erasures(uow, before=below_position(cursor), rows=limit + 1)
    return page_of(
        rows,
        limit,
        lambda row: (row.position,),
        lambda row: Erasure(code=row.dossier_code, at=row.at, rule=row.rule, erased=row.erased),
    )


def _holds(code: str, rows: Sequence[Row[Any]]) -> Holds:
    return Holds(
        code=code,
        holds=[
            HoldView(
                reason=row.reason,
                placed_at=row.placed_at,
                placed_by=row.placed_by,
                lifted_at=row.lifted_at,
                lifted_by=row.lifted_by,
            )
            for row in rows
        ],
    )
