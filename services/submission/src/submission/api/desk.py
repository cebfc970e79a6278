"""Routes of the one-stop desk (một cửa): accept, finish, return. They translate; handlers.desk decides."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from chassis import idempotency, problems
from chassis.auth import Allow, Principal
from chassis.database import UnitOfWork
from chassis.etags import IfMatch, etag
from chassis.idempotency import Stored, act_once
from chassis.service import Work
from submission.api.dossiers import Code
from submission.api.models import DossierState
from submission.domain.dossier import Dossier
from submission.handlers.desk import accept_dossier, finish_dossier, return_dossier
from submission.problems import DossierNotFound, FeeNotAssessedYet, NotHandledByDesk, WrongState

router = APIRouter(prefix="/v1/dossiers", tags=["desk"])

Officer = Annotated[Principal, Depends(Allow(roles={"one-stop-officer"}))]
Returner = Annotated[Principal, Depends(Allow(citizens=True, roles={"one-stop-officer"}))]

UseCase = Callable[[str, Principal, str | None, UnitOfWork], Awaitable[Dossier]]


def _problems(*more: type[problems.Problem]) -> dict[int | str, dict[str, Any]]:
    return problems.responses(
        problems.Unauthorized,
        problems.Forbidden,
        DossierNotFound,
        WrongState,
        *more,
        problems.PreconditionFailed,
        problems.InvalidPayload,
        *idempotency.PROBLEMS,
    )


@router.post(
    "/{code}/acceptance",
    operation_id="accept-dossier",
    summary="Take a dossier in (tiếp nhận)",
    response_model=DossierState,
    responses=_problems(FeeNotAssessedYet),
)
async def post_acceptance(
    code: Code, officer: Officer, uow: Work, request: Request, if_match: IfMatch = None, key: idempotency.Key = None
) -> Response:
    """Possible once the fee is known and, where one is due, paid. Who handles the procedure then begins."""
    return await _act(accept_dossier, code, officer, if_match, uow, request, key)


@router.post(
    "/{code}/finish",
    operation_id="finish-dossier",
    summary="The desk has produced the result (xử lý xong)",
    response_model=DossierState,
    responses=_problems(NotHandledByDesk),
)
async def post_finish(
    code: Code, officer: Officer, uow: Work, request: Request, if_match: IfMatch = None, key: idempotency.Key = None
) -> Response:
    """Only for procedures that the desk itself handles; of others the handling service says when they are finished."""
    return await _act(finish_dossier, code, officer, if_match, uow, request, key)


@router.post(
    "/{code}/return",
    operation_id="return-dossier",
    summary="Hand the result over (trả kết quả)",
    response_model=DossierState,
    responses=_problems(),
)
async def post_return(
    code: Code, returner: Returner, uow: Work, request: Request, if_match: IfMatch = None, key: idempotency.Key = None
) -> Response:
    """By the desk, or by the owner who fetches the result online. It closes the dossier."""
    return await _act(return_dossier, code, returner, if_match, uow, request, key)


async def _act(
    use_case: UseCase,
    code: str,
    principal: Principal,
    if_match: str | None,
    uow: UnitOfWork,
    request: Request,
    key: str | None,
) -> Response:
    return await act_once(
        uow,
        request,
        caller=principal.subject,
        key=key,
        act=lambda: use_case(code, principal, if_match, uow),
        render=_moved,
    )


def _moved(dossier: Dossier) -> Stored:
    return Stored(200, (("ETag", etag(dossier.version)),), DossierState.of(dossier).model_dump_json(by_alias=True))
