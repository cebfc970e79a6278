"""The receipt (biên lai) of a paid obligation, as PDF. It shows what was decided; it decides nothing."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from chassis import problems
from chassis.auth import Allow, Principal
from chassis.documents import render
from chassis.etags import IfNoneMatch, not_modified
from chassis.service import Running
from payment import queries
from payment.api.obligations import DESK
from payment.domain.receipt import receipt_paper
from payment.problems import ObligationNotFound, ObligationNotPaid
from payment.providers import settings_of
from payment.rights import seen

router = APIRouter(prefix="/v1/obligations", tags=["obligations"])

Holder = Annotated[Principal, Depends(Allow(citizens=True, roles=DESK))]


@router.get(
    "/{obligation_id}/receipt",
    operation_id="get-receipt",
    summary="The receipt, as PDF",
    response_class=Response,
    responses={
        200: {
            "description": "The receipt",
            "content": {
                "application/pdf": {"schema": {"type": "string", "format": "binary"}, "example": "%PDF-1.7 ..."}
            },
        },
        304: {"description": "The caller holds it already"},
        **problems.responses(
            problems.Unauthorized, problems.Forbidden, ObligationNotFound, ObligationNotPaid, problems.InvalidPayload
        ),
    },
)
async def get_receipt(
    obligation_id: UUID, holder: Holder, runtime: Running, response: Response, if_none_match: IfNoneMatch = None
) -> Response:
    """Biên lai thu phí, lệ phí. The state's e-receipt format is not known: no compatibility with it is claimed."""
    async with runtime.database.begin() as uow:
        obligation = seen(holder, await queries.obligation(uow, obligation_id))
    settled = obligation.settled
    if settled is None:
        raise ObligationNotPaid(state=obligation.state, allowed=[])
    unchanged = not_modified(response, settled.receipt_number, if_none_match)
    headers = {"ETag": response.headers["ETag"]}
    if unchanged:
        return Response(status_code=304, headers=headers)
    paper = receipt_paper(obligation, settled, settings_of(runtime).receipt_agency)
    pdf = await asyncio.to_thread(render, paper, created_at=settled.paid_at)
    headers["Content-Disposition"] = f'inline; filename="bien-lai-{settled.receipt_number}.pdf"'
    return Response(pdf, media_type="application/pdf", headers=headers)
