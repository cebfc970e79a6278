"""Routes of rights (quyền truy cập): given, listed, taken back; never changed. They decide nothing."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from chassis import idempotency, problems
from chassis.auth import Kind
from chassis.etags import IfMatch, IfNoneMatch, etag, not_modified
from chassis.idempotency import Stored, act_once
from chassis.ids import new_id
from chassis.paging import Cursor, Limit, Page, decode_cursor, page_of
from chassis.problems import FieldError, Text
from chassis.service import Running, Work
from gateway.api.models.partners import GrantView, NewGrant, Revocation, ServiceName, SubsystemName
from gateway.api.partners.who import LISTED, Operator, Reader, changed_by, own_subsystem
from gateway.domain import identifiers
from gateway.domain.partners import Grant
from gateway.handlers import partners as handlers
from gateway.problems.partners import DeclarationRefused, GrantNotFound
from gateway.queries import partners as queries
from gateway.queries.partners import GrantFilter, GrantRow

router = APIRouter(prefix="/lgsp/v1/partners/grants", tags=["partners"])


@router.get("", operation_id="list-grants", summary="Rights, the oldest first", responses=LISTED)
async def list_grants(
    reader: Reader,
    uow: Work,
    runtime: Running,
    service: Annotated[ServiceName | None, Query(description="Only on this service")] = None,
    to: Annotated[SubsystemName | None, Query(description="Only those given to this subsystem itself")] = None,
    revoked: Annotated[bool, Query(description="Also those that were taken back")] = False,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[GrantView]:
    """All for an operator; for an agency's client what it holds, by itself or by a group, and what is held on its services."""
    key = decode_cursor(cursor, 1, (UUID,))
    wanted = GrantFilter(
        service=identifiers.service_id(service) if service else None,
        subsystem=identifiers.subsystem_id(to) if to else None,
        seen_by=await own_subsystem(reader, runtime),
        revoked=revoked,
    )
    rows = await queries.grants(uow, wanted, key[0] if key else None, limit + 1)
    whole = reader.kind is Kind.OFFICER
    return page_of(rows, limit, lambda row: (row.grant.id,), lambda row: GrantView.of(row, whole=whole))


@router.get(
    "/{grant_id}",
    operation_id="get-grant",
    summary="One right",
    response_model=GrantView,
    responses={
        304: {"description": "Unchanged since the version named by If-None-Match"},
        **problems.responses(problems.Unauthorized, problems.Forbidden, GrantNotFound, problems.InvalidPayload),
    },
)
async def get_grant(
    grant_id: UUID,
    reader: Reader,
    uow: Work,
    runtime: Running,
    response: Response,
    if_none_match: IfNoneMatch = None,
) -> GrantView | Response:
    """Also after it was taken back."""
    own = await own_subsystem(reader, runtime)
    row = await queries.grant(uow, grant_id)
    concerned = row is not None and (
        own is None
        or own.id in (row.grant.subsystem, row.grant.service.provider)
        or (row.grant.group is not None and row.grant.group in own.groups)
    )
    if row is None or not concerned:
        raise GrantNotFound
    if not_modified(response, row.version, if_none_match):
        return Response(status_code=304, headers={"ETag": response.headers["ETag"]})
    return GrantView.of(row, whole=own is None)


@router.post(
    "",
    operation_id="give-grant",
    summary="Give a right",
    status_code=201,
    response_model=GrantView,
    responses=problems.responses(problems.Unauthorized, problems.Forbidden, DeclarationRefused, *idempotency.PROBLEMS),
)
async def give_grant(
    wanted: NewGrant, operator: Operator, uow: Work, request: Request, key: idempotency.Key = None
) -> Response:
    """Deny by default: this is what lets a call pass. Given without a request, on the initiative of who shares."""
    grant = _grant(wanted)

    def render(row: GrantRow) -> Stored:
        headers = (("Location", f"{router.prefix}/{row.grant.id}"), ("ETag", etag(row.version)))
        return Stored(201, headers, GrantView.of(row, whole=True).model_dump_json(by_alias=True))

    return await act_once(
        uow,
        request,
        caller=operator.account,
        key=key,
        act=lambda: handlers.give_grant(grant, changed_by(operator, None), uow),
        render=render,
    )


@router.put(
    "/{grant_id}/revocation",
    operation_id="revoke-grant",
    summary="Take a right back",
    responses=problems.responses(
        problems.Unauthorized,
        problems.Forbidden,
        GrantNotFound,
        problems.PreconditionFailed,
        problems.InvalidPayload,
    ),
)
async def revoke_grant(
    grant_id: UUID,
    revocation: Revocation,
    operator: Operator,
    uow: Work,
    response: Response,
    if_match: IfMatch = None,
) -> GrantView:
    """Calls it covered are denied within a second. What it was, and why it ended, stays readable."""
    row = await handlers.revoke_grant(grant_id, revocation.reason, changed_by(operator, if_match), uow)
    response.headers["ETag"] = etag(row.version)
    return GrantView.of(row, whole=True)


def _grant(wanted: NewGrant) -> Grant:
    if (wanted.to is None) == (wanted.group is None):
        message = Text("Chọn đúng một: `to` hoặc `group`", "Give one of `to` and `group`")
        raise DeclarationRefused(errors=[FieldError("/to", "one-subject", message)])
    if wanted.valid_to is not None and wanted.valid_to < wanted.valid_from:
        message = Text("Ngày cuối trước ngày đầu", "The last day is before the first")
        raise DeclarationRefused(errors=[FieldError("/validTo", "ends-before-it-begins", message)])
    return Grant(
        new_id(),
        identifiers.service_id(wanted.service),
        identifiers.subsystem_id(wanted.to) if wanted.to else None,
        wanted.group,
        wanted.valid_from,
        wanted.valid_to,
        wanted.legal_basis,
        method=wanted.method,
        path=wanted.path,
        fields=frozenset(wanted.fields) if wanted.fields is not None else None,
    )
