"""The route of the registry's history. It decides nothing."""

from typing import Annotated

from fastapi import APIRouter, Query

from chassis.paging import Cursor, Limit, Page, decode_cursor, page_of
from chassis.service import Work
from gateway.api.models.partners import ChangeView
from gateway.api.partners.who import LISTED, Operator
from gateway.queries import partner_changes as queries

router = APIRouter(prefix="/lgsp/v1/partners/changes", tags=["partners"])


@router.get("", operation_id="list-registry-changes", summary="Who changed what, the latest first", responses=LISTED)
async def list_changes(
    _: Operator,
    uow: Work,
    name: Annotated[
        str | None,
        Query(
            alias="object", max_length=520, pattern=r"^[\x21-\x7e]+$", description="Only of this registration or grant"
        ),
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[ChangeView]:
    """Every registration, change of state, right given and taken back: by the API, by a file, by the answer to a request."""
    key = decode_cursor(cursor, 1, (int,))
    rows = await queries.changes(uow, key[0] if key else None, limit + 1, name=name)
    return page_of(rows, limit, lambda row: (row.revision,), ChangeView.of)
