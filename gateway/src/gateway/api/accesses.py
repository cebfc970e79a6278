"""Routes by which a person sees who read their data through the exchange. There is no route to anyone else's."""

from typing import Annotated

from fastapi import APIRouter, Depends

from chassis import problems
from chassis.auth import Allow, Principal
from chassis.paging import Cursor, Limit, Page, decode_cursor, page_of
from chassis.service import Work
from gateway.api.models.accesses import DataAccessView
from gateway.queries import accesses as queries

router = APIRouter(prefix="/lgsp/v1/me", tags=["data-accesses"])

Citizen = Annotated[Principal, Depends(Allow(citizens=True))]

_LAST = 2**63 - 1


@router.get(
    "/data-accesses",
    operation_id="list-my-exchanged-data",
    summary="Cơ quan nào đã lấy dữ liệu của tôi / Which agencies asked for my data",
    response_model_exclude_none=True,
    responses=problems.responses(
        problems.BadRequest, problems.Unauthorized, problems.Forbidden, problems.InvalidPayload
    ),
)
async def list_my_data_accesses(
    me: Citizen, uow: Work, limit: Limit = 50, cursor: Cursor = None
) -> Page[DataAccessView]:
    """Every read of one's data by another agency over `/r1`, newest first: when, by whom, why, which fields.

    Reads inside the city are under `/api/submission/v1/me/data-accesses` and `/api/civil-registry/v1/me/data-accesses`.
    """
    key = decode_cursor(cursor, 1, (int,))
    rows = await queries.of_person(uow, me.subject, before=key[0] if key else _LAST, limit=limit + 1)
    return page_of(rows, limit, lambda row: (row.position,), DataAccessView.of)
