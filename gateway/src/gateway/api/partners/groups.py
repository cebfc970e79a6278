"""Routes of groups: names that rights may be given to. They decide nothing."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from chassis.etags import IfMatch, IfNoneMatch, not_modified
from chassis.paging import Cursor, Limit, Page, decode_cursor, page_of
from chassis.service import Work
from gateway.api.models.partners import GroupView, NewGroup
from gateway.api.partners.who import CHANGED, LISTED, READ, Operator, answered, changed_by
from gateway.domain import identifiers
from gateway.domain.partners import Group
from gateway.handlers import partners as handlers
from gateway.problems.partners import PartnerNotFound
from gateway.queries import partners as queries

router = APIRouter(prefix="/lgsp/v1/partners/groups", tags=["partners"])
Name = Annotated[str, Path(pattern=rf"^{identifiers.PART.pattern}$")]


@router.get("", operation_id="list-groups", summary="Groups, by name", responses=LISTED)
async def list_groups(_: Operator, uow: Work, cursor: Cursor = None, limit: Limit = 50) -> Page[GroupView]:
    """Who is in one is said at each subsystem."""
    key = decode_cursor(cursor, 1, (str,))
    rows = await queries.groups(uow, key, limit + 1)
    return page_of(rows, limit, lambda row: (row.item.name,), GroupView.of)


@router.get("/{name}", operation_id="get-group", summary="One group", response_model=GroupView, responses=READ)
async def get_group(
    name: Name, _: Operator, uow: Work, response: Response, if_none_match: IfNoneMatch = None
) -> GroupView | Response:
    """What it is for."""
    held = await queries.group(uow, name)
    if held is None:
        raise PartnerNotFound
    if not_modified(response, held.version, if_none_match):
        return Response(status_code=304, headers={"ETag": response.headers["ETag"]})
    return GroupView.of(held)


@router.put(
    "/{name}",
    operation_id="put-group",
    summary="Make a group, or describe it anew",
    responses={201: {"model": GroupView, "description": "Made"}, **CHANGED},
)
async def put_group(
    name: Name, wanted: NewGroup, operator: Operator, uow: Work, response: Response, if_match: IfMatch = None
) -> GroupView:
    """A right given to it is a right of every subsystem in it, from the moment that joins to the moment it leaves."""
    outcome = await handlers.put_group(Group(name, wanted.description), changed_by(operator, if_match), uow)
    return answered(response, outcome, GroupView.of(outcome.registered))
