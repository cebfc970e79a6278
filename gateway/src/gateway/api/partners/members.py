"""Routes of members (cơ quan, đơn vị). They decide nothing."""

from fastapi import APIRouter, Response

from chassis.etags import IfMatch, IfNoneMatch, not_modified
from chassis.paging import Cursor, Limit, Page, decode_cursor, page_of
from chassis.problems import FieldError, Text
from chassis.service import Running, Work
from gateway.api.models.partners import MemberView, NewMember, NewState
from gateway.api.partners.who import (
    CHANGED,
    LISTED,
    READ,
    MemberNamed,
    Operator,
    Reader,
    answered,
    changed_by,
    own_subsystem,
)
from gateway.domain import identifiers
from gateway.domain.partners import Member, MemberId
from gateway.handlers import partners as handlers
from gateway.problems.partners import DeclarationRefused, PartnerNotFound
from gateway.queries import partners as queries

router = APIRouter(prefix="/lgsp/v1/partners/members", tags=["partners"])
_ONE = "/{instance}/{member_class}/{member}"


@router.get(
    "",
    operation_id="list-members",
    summary="Members, by code",
    responses=LISTED,
)
async def list_members(
    reader: Reader, uow: Work, runtime: Running, cursor: Cursor = None, limit: Limit = 50
) -> Page[MemberView]:
    """All of them for an operator; its own for an agency's client."""
    key = decode_cursor(cursor, 3, (str, str, str))
    own = await own_subsystem(reader, runtime)
    if own is not None:
        held = await queries.member(uow, own.id.owner)
        return Page[MemberView](items=[MemberView.of(held)] if held is not None else [])
    rows = await queries.members(uow, key, limit + 1)
    return page_of(rows, limit, lambda row: str(row.item.id).split("/"), MemberView.of)


@router.get(
    _ONE,
    operation_id="get-member",
    summary="One member",
    response_model=MemberView,
    responses=READ,
)
async def get_member(
    name: MemberNamed,
    reader: Reader,
    uow: Work,
    runtime: Running,
    response: Response,
    if_none_match: IfNoneMatch = None,
) -> MemberView | Response:
    """By its code in either notation: `H56.22.17` and `000.17.22.H56` are one."""
    own = await own_subsystem(reader, runtime)
    held = await queries.member(uow, name) if own is None or own.id.owner == name else None
    if held is None:
        raise PartnerNotFound
    if not_modified(response, held.version, if_none_match):
        return Response(status_code=304, headers={"ETag": response.headers["ETag"]})
    return MemberView.of(held)


@router.put(
    _ONE,
    operation_id="put-member",
    summary="Register a member, or change it",
    responses={201: {"model": MemberView, "description": "Registered"}, **CHANGED},
)
async def put_member(
    name: MemberNamed,
    wanted: NewMember,
    operator: Operator,
    uow: Work,
    response: Response,
    if_match: IfMatch = None,
) -> MemberView:
    """As the body says it is to stand; the same again changes nothing. It is kept under both notations of all its codes."""
    codes = _codes(name, wanted.aliases)
    member = Member(name.instance, name.member_class, name.code, wanted.name, codes, wanted.state)
    outcome = await handlers.put_member(member, changed_by(operator, if_match), uow)
    return answered(response, outcome, MemberView.of(outcome.registered))


@router.put(
    f"{_ONE}/state",
    operation_id="move-member",
    summary="Approve, suspend, resume or close a member",
    responses=CHANGED,
)
async def move_member(
    name: MemberNamed,
    wanted: NewState,
    operator: Operator,
    uow: Work,
    response: Response,
    if_match: IfMatch = None,
) -> MemberView:
    """A member that is not approved takes no part, nor do its subsystems, whatever their own state."""
    outcome = await handlers.move_member(name, wanted.state, changed_by(operator, if_match), uow)
    return answered(response, outcome, MemberView.of(outcome.registered))


def _codes(name: MemberId, aliases: list[str]) -> frozenset[str]:
    try:
        return frozenset(identifiers.member_code(name.member_class, alias) for alias in aliases)
    except identifiers.NotAnIdentifier as error:
        message = Text("Có mã không đúng dạng mã định danh cơ quan", str(error))
        raise DeclarationRefused(errors=[FieldError("/aliases", "agency-code", message)]) from None
