"""Routes of subsystems (hệ thống thông tin). They decide nothing."""

from fastapi import APIRouter, Response

from chassis.etags import IfMatch, IfNoneMatch, not_modified
from chassis.paging import Cursor, Limit, Page, decode_cursor, page_of
from chassis.service import Running, Work
from gateway.api.models.partners import NewState, NewSubsystem, SubsystemView
from gateway.api.partners.who import (
    CHANGED,
    LISTED,
    READ,
    Operator,
    Reader,
    SubsystemNamed,
    answered,
    changed_by,
    own_subsystem,
)
from gateway.domain.partners import Subsystem
from gateway.handlers import partners as handlers
from gateway.problems.partners import PartnerNotFound
from gateway.queries import partners as queries

router = APIRouter(prefix="/lgsp/v1/partners/subsystems", tags=["partners"])
_ONE = "/{instance}/{member_class}/{member}/{subsystem}"


@router.get("", operation_id="list-subsystems", summary="Subsystems, by name", responses=LISTED)
async def list_subsystems(
    reader: Reader, uow: Work, runtime: Running, cursor: Cursor = None, limit: Limit = 50
) -> Page[SubsystemView]:
    """All of them for an operator; itself for an agency's client."""
    key = decode_cursor(cursor, 4, (str, str, str, str))
    own = await own_subsystem(reader, runtime)
    if own is not None:
        held = await queries.subsystem(uow, own.id)
        return Page[SubsystemView](items=[SubsystemView.of(held)] if held is not None else [])
    rows = await queries.subsystems(uow, key, limit + 1)
    return page_of(rows, limit, lambda row: str(row.item.id).split("/"), SubsystemView.of)


@router.get(_ONE, operation_id="get-subsystem", summary="One subsystem", response_model=SubsystemView, responses=READ)
async def get_subsystem(
    name: SubsystemNamed,
    reader: Reader,
    uow: Work,
    runtime: Running,
    response: Response,
    if_none_match: IfNoneMatch = None,
) -> SubsystemView | Response:
    """Its client id, what its tokens may say, which groups it is in."""
    own = await own_subsystem(reader, runtime)
    held = await queries.subsystem(uow, name) if own is None or own.id == name else None
    if held is None:
        raise PartnerNotFound
    if not_modified(response, held.version, if_none_match):
        return Response(status_code=304, headers={"ETag": response.headers["ETag"]})
    return SubsystemView.of(held)


@router.put(
    _ONE,
    operation_id="put-subsystem",
    summary="Register a subsystem, or change it",
    responses={201: {"model": SubsystemView, "description": "Registered"}, **CHANGED},
)
async def put_subsystem(
    name: SubsystemNamed,
    wanted: NewSubsystem,
    operator: Operator,
    uow: Work,
    response: Response,
    if_match: IfMatch = None,
) -> SubsystemView:
    """As the body says it is to stand. The client id stays as it was first given: credentials and tokens go by it."""
    subsystem = Subsystem(
        name, wanted.name, wanted.client_id, frozenset(wanted.scopes), frozenset(wanted.groups), wanted.state
    )
    outcome = await handlers.put_subsystem(subsystem, wanted.contact, changed_by(operator, if_match), uow)
    return answered(response, outcome, SubsystemView.of(outcome.registered))


@router.put(
    f"{_ONE}/state",
    operation_id="move-subsystem",
    summary="Approve, suspend, resume or close a subsystem",
    responses=CHANGED,
)
async def move_subsystem(
    name: SubsystemNamed, wanted: NewState, operator: Operator, uow: Work, response: Response, if_match: IfMatch = None
) -> SubsystemView:
    """What is not approved gets no token, and its calls are denied within a second."""
    outcome = await handlers.move_subsystem(name, wanted.state, changed_by(operator, if_match), uow)
    return answered(response, outcome, SubsystemView.of(outcome.registered))
