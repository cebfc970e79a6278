"""Route by which a citizen sees who read the records that concern them. It shows no one else's personal ID."""

from typing import Any

from fastapi import APIRouter

from chassis import problems
from chassis.auth import Kind
from chassis.paging import Cursor, Limit, Page, decode_cursor, page_of
from chassis.problems import BadRequest, Text
from chassis.service import Work
from civil_registry import queries
from civil_registry.api.callers import Citizen
from civil_registry.api.models import DataAccess

router = APIRouter(prefix="/v1/me", tags=["data-accesses"])

_LAST = 2**63 - 1


@router.get(
    "/data-accesses",
    operation_id="list-my-data-accesses",
    summary="Ai đã xem dữ liệu hộ tịch của tôi / Who read the records that concern me",
    responses=problems.responses(
        problems.BadRequest, problems.Unauthorized, problems.Forbidden, problems.InvalidPayload, problems.Unavailable
    ),
)
async def list_my_data_accesses(
    caller: Citizen, uow: Work, limit: Limit = 50, cursor: Cursor = None
) -> Page[DataAccess]:
    """Every read of a record or certificate, newest first: when, by whom, what, why."""
    rows = await queries.accesses(uow, caller.subject, before=_position(cursor), rows=limit + 1)

    def shown(row: Any) -> DataAccess:
        is_other_citizen = row.caller_kind == Kind.CITIZEN and row.caller != caller.subject
        return DataAccess(
            at=row.at,
            record_id=row.record_id,
            item=row.item,
            by_kind=row.caller_kind,
            by=None if is_other_citizen else row.caller,
            agency=row.caller_agency,
            purpose=row.purpose,
        )

    return page_of(rows, limit, lambda row: (row.position,), shown)


def _position(cursor: str | None) -> int:
    """Below which position the page begins."""
    key = decode_cursor(cursor, 1)
    if key is None:
        return _LAST
    if type(key[0]) is not int or not 0 <= key[0] <= _LAST:
        raise BadRequest(Text("Con trỏ trang không hợp lệ", "Not a cursor of this list"))
    return key[0]
