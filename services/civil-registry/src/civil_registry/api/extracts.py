"""Route of extracts (trích lục) for other agencies, reached over the gateway's exchange. Each read leaves its trace."""

from typing import Annotated

from fastapi import APIRouter, Header, Path

from chassis import problems
from chassis.service import Running, Work
from chassis.text import CleanText
from civil_registry import handlers
from civil_registry.api.callers import Exchange
from civil_registry.api.models import RecordExtract
from civil_registry.problems import RecordNotFound, SealBroken
from civil_registry.registrar import registrar_of

router = APIRouter(prefix="/v1/people", tags=["records"])

Issue = Annotated[
    CleanText, Header(alias="X-Road-Issue", min_length=1, max_length=100, description="Dossier it is needed for")
]
Fields = Annotated[
    str | None,
    Header(alias="X-LGSP-Fields", max_length=2000, description="Fields the grant allows, by commas; without it all"),
]


@router.get(
    "/{personal_id}/birth-record",
    operation_id="read-extract",
    summary="Trích lục khai sinh / Extract of a person's birth record",
    response_model_exclude_none=True,
    responses=problems.responses(
        problems.Unauthorized,
        problems.Forbidden,
        RecordNotFound,
        problems.InvalidPayload,
        SealBroken,
        problems.Unavailable,
    ),
)
async def read_extract(
    personal_id: Annotated[str, Path(pattern=r"^\d{12}$", description="Số định danh cá nhân")],
    caller: Exchange,
    uow: Work,
    running: Running,
    issue: Issue,
    fields: Fields = None,
) -> RecordExtract:
    """What the birth record of the person says, as far as the grant allows. The person sees that it was read."""
    query = handlers.ReadExtract(personal_id, caller, f"Giải quyết hồ sơ {issue}")
    record = await handlers.read_extract(query, uow, registrar_of(running).seal)
    allowed = None if fields is None else {name.strip() for name in fields.split(",")}
    return RecordExtract.of(record, allowed)
