"""Who read my data: the citizen's own look at the records of access. There is no route to anyone else's."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, ConfigDict, Field

from chassis import problems
from chassis.auth import Allow, Kind, Principal
from chassis.paging import Cursor, Limit, Page, page_of
from chassis.service import Work
from submission.api.cursors import below_position
from submission.api.models import Wire
from submission.queries.reads import reads_of

router = APIRouter(prefix="/v1/me", tags=["data-accesses"])

Citizen = Annotated[Principal, Depends(Allow(citizens=True))]


class DataAccess(Wire):
    """One time that someone read the caller's personal data here, or had it looked up in the population database."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "at": "2026-10-12T03:10:00Z",
                "dossier": "H26-20261012-0000042",
                "what": "dossier",
                "byKind": "officer",
                "by": "officer-1",
                "agency": "H26",
                "role": "one-stop-officer",
                "purpose": "Giải quyết hồ sơ H26-20261012-0000042",
            }
        }
    )

    at: AwareDatetime
    dossier: str | None = Field(default=None, description="The dossier that held the data, where it was one")
    what: str = Field(description="What was read: `dossier`, `search`, `file`, `population-database`, …")
    by_kind: Kind
    by: str | None = Field(
        default=None, description="Account that read; absent where it would be a citizen's personal ID"
    )
    agency: str | None = None
    role: str | None = Field(default=None, description="The officer's roles at that time")
    purpose: str = Field(description="Why")


@router.get(
    "/data-accesses",
    operation_id="list-my-dossier-data-accesses",
    summary="Who read my data (ai đã xem dữ liệu của tôi)",
    response_model_exclude_none=True,
    responses=problems.responses(
        problems.BadRequest, problems.Unauthorized, problems.Forbidden, problems.InvalidPayload
    ),
)
async def list_my_data_accesses(me: Citizen, uow: Work, limit: Limit = 50, cursor: Cursor = None) -> Page[DataAccess]:
    """Every read of one's dossiers by someone else and every look-up of one in the population database, one's own too.

    Newest first. It stays when the data itself has been erased.
    """
    rows = await reads_of(uow, me.subject, before=below_position(cursor), rows=limit + 1)

    def shown(row: Any) -> DataAccess:
        by_kind = Kind(row.reader_kind)
        return DataAccess(
            at=row.at,
            dossier=row.dossier_code,
            what=row.what,
            by_kind=by_kind,
            by=None if by_kind is Kind.CITIZEN else row.reader,
            agency=row.reader_agency,
            role=row.reader_role,
            purpose=row.purpose,
        )

    return page_of(rows, limit, lambda row: (row.position,), shown)
