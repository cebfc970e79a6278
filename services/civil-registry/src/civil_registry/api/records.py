"""Routes of records and certificates. Each read leaves its trace; what is shown is the rights' decision."""

import asyncio
import hashlib
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Response

from chassis import etags, problems
from chassis.paging import Page
from chassis.service import Running, Work
from civil_registry import handlers, queries
from civil_registry.api.callers import Anyone, DossierQuery, Person, Purpose
from civil_registry.api.models import RecordStatus, RecordView
from civil_registry.certificate import certificate
from civil_registry.domain.numbering import number_label
from civil_registry.domain.rights import View, view_of
from civil_registry.problems import RecordNotFound, SealBroken
from civil_registry.registrar import registrar_of

router = APIRouter(prefix="/v1/records", tags=["records"])

RecordId = Annotated[UUID, Path(description="Identity of the record")]

_READ_PROBLEMS = problems.responses(
    problems.Unauthorized, problems.Forbidden, RecordNotFound, problems.InvalidPayload, SealBroken, problems.Unavailable
)
_PDF: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}, "example": "%PDF-1.7 …"}},
        "description": "Giấy khai sinh",
    },
    304: {"description": "Unchanged"},
}


@router.get(
    "",
    operation_id="list-records",
    summary="Bản ghi của một hồ sơ / Records that a dossier led to",
    responses=problems.responses(
        problems.Unauthorized, problems.Forbidden, problems.InvalidPayload, problems.Unavailable
    ),
)
async def list_records(dossier: DossierQuery, caller: Person, uow: Work) -> Page[RecordStatus]:
    """Number, book and date of what a dossier led to, of twins one a child; without what the caller may not see."""
    found = [
        RecordStatus(
            id=row.id,
            unit=row.unit,
            number=number_label(row.number, row.year),
            volume=row.volume,
            registered_on=row.registered_on,
        )
        for row in await queries.records_of_dossier(uow, dossier)
        if view_of(caller, unit=row.unit, people=row.people) is not None
    ]
    return Page[RecordStatus](items=found)


@router.get(
    "/{record_id}",
    operation_id="read-record",
    summary="Đọc bản ghi khai sinh / Read a birth record",
    response_model=RecordView | RecordStatus,
    response_model_exclude_none=True,
    responses={304: {"description": "Unchanged"}, **_READ_PROBLEMS},
)
async def read_record(
    record_id: RecordId,
    caller: Anyone,
    uow: Work,
    running: Running,
    response: Response,
    purpose: Purpose = None,
    if_none_match: etags.IfNoneMatch = None,
) -> RecordView | RecordStatus | Response:
    """In full for the people it concerns and officers of its unit; number, book and date for an agency. It is logged."""
    query = handlers.ReadRecord(record_id, caller, "record", purpose)
    reading = await handlers.read_record(query, uow, registrar_of(running).seal)
    if etags.not_modified(response, f"{reading.digest}-{reading.view}", if_none_match):
        return Response(status_code=304, headers=dict(response.headers))
    response.headers["Cache-Control"] = "private, no-cache"
    if reading.view is View.STATUS:
        return RecordStatus.of(reading.record)
    return RecordView.whole(
        reading.record,
        sha256=reading.digest,
        verification_url=verification_url(running.settings.public_url, reading.token),
    )


@router.get(
    "/{record_id}/certificate",
    operation_id="read-certificate",
    summary="Giấy khai sinh (PDF) / Birth certificate",
    response_class=Response,
    responses={**_PDF, **_READ_PROBLEMS},
)
async def read_certificate(
    record_id: RecordId,
    caller: Person,
    running: Running,
    purpose: Purpose = None,
    if_none_match: etags.IfNoneMatch = None,
) -> Response:
    """The certificate, printed from the signed record: the same bytes each time. It is logged."""
    query = handlers.ReadRecord(record_id, caller, "certificate", purpose)
    # Not the route's own unit of work: printing takes a while, and no connection should wait for it.
    async with running.database.begin() as uow:
        reading = await handlers.read_record(query, uow, registrar_of(running).seal)
    pdf = await asyncio.to_thread(
        certificate,
        reading.record,
        verify_at=verification_url(running.settings.public_url, reading.token),
        digest=reading.digest,
        key_id=reading.key_id,
    )
    name = f"giay-khai-sinh-{reading.record.entry.label.replace('/', '-')}.pdf"
    headers = {"Cache-Control": "private, no-cache", "Content-Disposition": f'inline; filename="{name}"'}
    response = Response(pdf, media_type="application/pdf", headers=headers)
    if etags.not_modified(response, hashlib.sha256(pdf).hexdigest(), if_none_match):
        return Response(status_code=304, headers={"ETag": response.headers["ETag"]})
    return response


def verification_url(public_url: str, token: str) -> str:
    """The public address at which a certificate is checked."""
    return f"{public_url.rstrip('/')}/api/civil-registry/v1/verifications/{token}"
