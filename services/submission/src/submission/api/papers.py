"""The papers of a dossier, as PDF. They show what was decided; they decide nothing."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from chassis import problems
from chassis.auth import Allow, Principal
from chassis.clock import hanoi_day
from chassis.documents import render
from chassis.etags import IfNoneMatch, not_modified
from chassis.service import Running
from submission.api.dossiers import DESK, Code
from submission.api.models import links
from submission.copies import Copies
from submission.papers import appointment_slip
from submission.problems import DossierNotFound
from submission.queries import copies as copies_sql
from submission.queries import dossiers
from submission.rights import seen_whole

router = APIRouter(prefix="/v1/dossiers", tags=["dossiers"])

Holder = Annotated[Principal, Depends(Allow(citizens=True, roles=DESK, scope="submission:read"))]


@router.get(
    "/{code}/receipt",
    operation_id="get-dossier-receipt",
    summary="Receipt and appointment slip (paper 01), as PDF",
    response_class=Response,
    responses={
        200: {
            "description": "Giấy tiếp nhận hồ sơ và hẹn trả kết quả",
            "content": {
                "application/pdf": {"schema": {"type": "string", "format": "binary"}, "example": "%PDF-1.7 ..."}
            },
        },
        304: {"description": "The caller holds it already"},
        **problems.responses(problems.Unauthorized, problems.Forbidden, DossierNotFound, problems.InvalidPayload),
    },
)
async def get_receipt(
    code: Code, holder: Holder, runtime: Running, response: Response, if_none_match: IfNoneMatch = None
) -> Response:
    """Its QR code leads to the public status. A new version of the dossier may name a later due time."""
    copies: Copies = runtime.extras["copies"]
    # The connection is given back before the paper is set: setting takes longer than reading.
    async with runtime.database.begin() as uow:
        dossier = seen_whole(holder, await dossiers.find(uow, code))
        filed = dossier.filed
        procedure = await copies.procedure(uow, filed.procedure, filed.procedure_version)
        unit = await copies_sql.unit_name(uow, filed.unit, hanoi_day(filed.received_at))
    unchanged = not_modified(response, dossier.version, if_none_match)
    headers = {"ETag": response.headers["ETag"], "Cache-Control": "private, no-cache", "Vary": "Authorization"}
    if unchanged:
        return Response(status_code=304, headers=headers)
    tracking = runtime.settings.public_url.rstrip("/") + links(code)["tracking"]
    paper = appointment_slip(dossier, procedure, unit, tracking)
    pdf = await asyncio.to_thread(render, paper, created_at=filed.received_at)
    headers["Content-Disposition"] = f'inline; filename="{code}.pdf"'
    return Response(pdf, media_type="application/pdf", headers=headers)
