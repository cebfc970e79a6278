"""Routes by which an operator has a service told again what the ledger holds. They decide nothing."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from chassis import idempotency, problems
from chassis.auth import Allow, Principal
from chassis.etags import IfNoneMatch, not_modified
from chassis.idempotency import Stored, act_once
from chassis.ids import new_id
from chassis.paging import Cursor, Limit, Page, decode_cursor, page_of
from chassis.service import Work
from gateway.api.models.replays import NewReplay, ReplayView
from gateway.domain.scopes import OPERATOR
from gateway.handlers.replays import StartReplay, start_replay
from gateway.problems.replays import NothingToReplay, ReplayNotFound, ReplayRunning
from gateway.queries import replays as queries
from gateway.queries.replays import Replay

router = APIRouter(prefix="/lgsp/v1/replays", tags=["events"])

Operator = Annotated[Principal, Depends(Allow(roles={OPERATOR}))]


@router.post(
    "",
    operation_id="start-replay",
    summary="Have a service told again",
    status_code=202,
    response_model=ReplayView,
    response_model_exclude_none=True,
    responses=problems.responses(
        problems.Unauthorized, problems.Forbidden, ReplayRunning, NothingToReplay, *idempotency.PROBLEMS
    ),
)
async def start(
    wanted: NewReplay, operator: Operator, uow: Work, request: Request, key: idempotency.Key = None
) -> Response:
    """From a position or an instant up to where the ledger ends now. What it has handled before takes no effect again.

    To rebuild a read model: `lienthong reporting reset`, then a replay from position 0.
    """
    command = StartReplay(new_id(), wanted.service, wanted.beginning, operator.account)

    def render(started: Replay) -> Stored:
        location = (("Location", f"/lgsp/v1/replays/{started.id}"),)
        return Stored(202, location, ReplayView.of(started).model_dump_json(by_alias=True, exclude_none=True))

    return await act_once(
        uow, request, caller=operator.account, key=key, act=lambda: start_replay(command, uow), render=render
    )


@router.get(
    "",
    operation_id="list-replays",
    summary="Replays, the latest first",
    response_model_exclude_none=True,
    responses=problems.responses(
        problems.BadRequest, problems.Unauthorized, problems.Forbidden, problems.InvalidPayload
    ),
)
async def list_replays(_: Operator, uow: Work, cursor: Cursor = None, limit: Limit = 50) -> Page[ReplayView]:
    """What was told again, to whom, and how far it has come."""
    key = decode_cursor(cursor, 1, (UUID,))
    rows = await queries.latest(uow, key[0] if key else None, limit + 1)
    return page_of(rows, limit, lambda row: (row.id,), ReplayView.of)


@router.get(
    "/{replay_id}",
    operation_id="get-replay",
    summary="One replay",
    response_model=ReplayView,
    response_model_exclude_none=True,
    responses={
        304: {"description": "Unchanged since the version named by If-None-Match"},
        **problems.responses(problems.Unauthorized, problems.Forbidden, ReplayNotFound, problems.InvalidPayload),
    },
)
async def get_replay(
    replay_id: UUID, _: Operator, uow: Work, response: Response, if_none_match: IfNoneMatch = None
) -> ReplayView | Response:
    """How far it has come. The ETag is its position."""
    found = await queries.one(uow, replay_id)
    if found is None:
        raise ReplayNotFound
    if not_modified(response, found.position, if_none_match):
        return Response(status_code=304, headers={"ETag": response.headers["ETag"]})
    return ReplayView.of(found)
