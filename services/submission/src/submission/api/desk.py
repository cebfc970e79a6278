"""Routes of the one-stop desk (một cửa): accept, refuse, process, finish, stop, return. They translate; handlers.desk decides."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import ConfigDict

from chassis import idempotency
from chassis.auth import Principal
from chassis.etags import IfMatch
from chassis.service import Work
from submission.api.acting import Reason, act, guard, problems_of
from submission.api.dossiers import Code
from submission.api.models import DossierState, Wire
from submission.domain.commands import Accept, Finish, Refuse, Return, StartProcessing, Stop
from submission.handlers.desk import (
    accept_dossier,
    finish_dossier,
    refuse_dossier,
    return_dossier,
    start_processing,
    stop_dossier,
)
from submission.problems.desk import OriginalsDoNotMatch, ResultOnTheWay
from submission.problems.dossiers import FeeNotAssessedYet, NotHandledByDesk

router = APIRouter(prefix="/v1/dossiers", tags=["desk"])

Accepter = Annotated[Principal, guard(Accept)]
Refuser = Annotated[Principal, guard(Refuse)]
Starter = Annotated[Principal, guard(StartProcessing)]
Finisher = Annotated[Principal, guard(Finish)]
Stopper = Annotated[Principal, guard(Stop)]
Returner = Annotated[Principal, guard(Return)]


class RefusalRequest(Wire):
    """Why the dossier is not taken in (paper 03)."""

    model_config = ConfigDict(json_schema_extra={"example": {"reason": "Không thuộc thẩm quyền giải quyết của phường"}})

    reason: Reason


class StopRequest(Wire):
    """Why there will be no result (paper 05)."""

    model_config = ConfigDict(json_schema_extra={"example": {"reason": "Bản chính trích lục không còn được lưu trữ"}})

    reason: Reason


@router.post(
    "/{code}/acceptance",
    operation_id="accept-dossier",
    summary="Take a dossier in (tiếp nhận)",
    response_model=DossierState,
    responses=problems_of(FeeNotAssessedYet),
)
async def post_acceptance(
    code: Code, officer: Accepter, uow: Work, request: Request, if_match: IfMatch = None, key: idempotency.Key = None
) -> Response:
    """Possible once the fee is known and, where one is due, paid. Who handles the procedure then begins."""
    return await act(lambda: accept_dossier(code, officer, if_match, uow), officer, uow, request, key)


@router.post(
    "/{code}/refusal",
    operation_id="refuse-dossier",
    summary="Do not take a dossier in (từ chối tiếp nhận)",
    response_model=DossierState,
    responses=problems_of(),
)
async def post_refusal(
    code: Code,
    body: RefusalRequest,
    officer: Refuser,
    uow: Work,
    request: Request,
    if_match: IfMatch = None,
    key: idempotency.Key = None,
) -> Response:
    """Only before it is taken in; afterwards it is stopped. The reason goes to the applicant, with paper 03."""
    return await act(lambda: refuse_dossier(code, body.reason, officer, if_match, uow), officer, uow, request, key)


@router.post(
    "/{code}/processing",
    operation_id="start-processing-dossier",
    summary="The desk begins on it (đang xử lý)",
    response_model=DossierState,
    responses=problems_of(NotHandledByDesk),
)
async def post_processing(
    code: Code, officer: Starter, uow: Work, request: Request, if_match: IfMatch = None, key: idempotency.Key = None
) -> Response:
    """Only for procedures that the desk itself handles; of others the handling service says when it began."""
    return await act(lambda: start_processing(code, officer, if_match, uow), officer, uow, request, key)


@router.post(
    "/{code}/finish",
    operation_id="finish-dossier",
    summary="The desk has produced the result (xử lý xong)",
    response_model=DossierState,
    responses=problems_of(NotHandledByDesk),
)
async def post_finish(
    code: Code, officer: Finisher, uow: Work, request: Request, if_match: IfMatch = None, key: idempotency.Key = None
) -> Response:
    """Only for procedures that the desk itself handles; of others the handling service says when they are finished."""
    return await act(lambda: finish_dossier(code, officer, if_match, uow), officer, uow, request, key)


@router.post(
    "/{code}/stop",
    operation_id="stop-dossier",
    summary="Stop handling a dossier (dừng giải quyết)",
    response_model=DossierState,
    responses=problems_of(NotHandledByDesk),
)
async def post_stop(
    code: Code,
    body: StopRequest,
    officer: Stopper,
    uow: Work,
    request: Request,
    if_match: IfMatch = None,
    key: idempotency.Key = None,
) -> Response:
    """There will be no result; the reason goes to the applicant, with paper 05. Only for what the desk itself handles."""
    return await act(lambda: stop_dossier(code, body.reason, officer, if_match, uow), officer, uow, request, key)


@router.post(
    "/{code}/return",
    operation_id="return-dossier",
    summary="Hand the result over (trả kết quả)",
    response_model=DossierState,
    responses=problems_of(OriginalsDoNotMatch, ResultOnTheWay),
)
async def post_return(
    code: Code,
    returner: Returner,
    uow: Work,
    request: Request,
    if_match: IfMatch = None,
    key: idempotency.Key = None,
) -> Response:
    """By the desk, over the counter, or by the owner who fetches the result online. It closes the dossier. By post: `dispatch`."""
    return await act(lambda: return_dossier(code, returner, if_match, uow), returner, uow, request, key)
