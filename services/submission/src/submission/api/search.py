"""The desk's search: by name, code, personal ID, phone or procedure, in the units one serves. handlers.search decides."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import ConfigDict, Field
from sqlalchemy import Row

from chassis import problems
from chassis.auth import Allow, Principal
from chassis.paging import Cursor, Limit, Page, page_of
from chassis.problems import FieldError, InvalidPayload, Text
from chassis.service import Work
from chassis.text import CleanText
from contracts.codes import DossierStatus
from submission.api.cursors import after_dossier
from submission.api.dossiers import DESK
from submission.api.models import DossierLine
from submission.api.queues import OfProcedure, Unit, served
from submission.handlers.search import Search, says_nothing, search_dossiers
from submission.problems.dossiers import UnitNotServed

router = APIRouter(prefix="/v1/desk", tags=["desk"])

Officer = Annotated[Principal, Depends(Allow(roles=DESK))]
Asked = Annotated[
    CleanText,
    Query(
        min_length=1,
        max_length=200,
        description="Name with or without accents, code or a part of it, whole personal ID, phone, or name of a procedure",
    ),
]
Statuses = Annotated[list[DossierStatus] | None, Query(description="Only these statuses; may be repeated")]


class FoundDossier(DossierLine):
    """A dossier that was found, with the name it was filed under. That it was shown is on record."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "code": "H26-20261012-0000042", "status": {"number": 1, "name": "mới đăng ký"}, "version": 1,
                "procedure": "1.001193", "unit": "00004", "channel": 2, "receivedAt": "2026-10-12T02:55:00Z",
                "dueAt": "2026-10-12T10:00:00Z", "feeState": "none", "applicantName": "TRẦN THỊ VÍ DỤ",
            }
        }
    )  # fmt: skip

    applicant_name: str = Field(description="Chủ hồ sơ")
    claimed_by: str | None = None


@router.get(
    "/search",
    operation_id="search-dossiers",
    summary="Find dossiers of one's units (tra cứu hồ sơ)",
    response_model_exclude_none=True,
    responses=problems.responses(
        problems.BadRequest, problems.Unauthorized, problems.Forbidden, UnitNotServed, problems.InvalidPayload
    ),
)
async def get_search(
    officer: Officer,
    uow: Work,
    q: Asked,
    unit: Unit = None,
    status: Statuses = None,
    procedure: OfProcedure = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[FoundDossier]:
    """Newest first. All words must fit, the last one in its beginning. Each person shown can later see who looked."""
    if says_nothing(q):
        empty = Text("Cần ít nhất một từ hoặc số để tra cứu", "At least one word or number to search by")
        raise InvalidPayload(errors=[FieldError("query:q", "empty", empty)])
    command = Search(q, served(officer, unit), limit, status, procedure, after_dossier(cursor))
    rows = await search_dossiers(command, officer, uow)
    return page_of(rows, limit, lambda row: (row.received_at.isoformat(), row.code), _found)


def _found(row: Row[Any]) -> FoundDossier:
    return FoundDossier.of(row, applicant_name=row.applicant["full_name"], claimed_by=row.claimed_by)
