"""The public status of a dossier, for whoever holds its slip: code and secret together, and never a person's data."""

import hmac
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from chassis import problems
from chassis.auth import Public
from chassis.etags import IfNoneMatch, not_modified
from chassis.service import Work
from contracts.codes import DossierStatus
from submission.api.dossiers import Code
from submission.api.models import StatusView, TrackingView
from submission.api.models.dossiers import AWAITED
from submission.problems.dossiers import DossierNotFound
from submission.queries import tracking

router = APIRouter(prefix="/v1/dossiers", tags=["dossiers"])

Secret = Annotated[str, Query(description="The secret on the receipt; its QR code holds it")]


@router.get(
    "/{code}/tracking",
    operation_id="track-dossier",
    summary="The status, for anyone who holds the slip",
    dependencies=[Depends(Public())],
    responses={
        304: {"description": "Unchanged since the version named by If-None-Match"},
        **problems.responses(DossierNotFound, problems.InvalidPayload),
    },
    response_model=TrackingView,
    response_model_exclude_none=True,
)
async def track_dossier(
    code: Code, uow: Work, response: Response, secret: Secret = "", if_none_match: IfNoneMatch = None
) -> TrackingView | Response:
    """Where the QR code of a receipt leads: status, days and what is awaited; no personal data, no token.

    Without the secret, or with another, there is no such dossier: who can count up codes learns nothing.
    """
    found = await tracking.track(uow, code)
    # Compared in constant time, and also where there is no dossier: how long a refusal takes says nothing either.
    held = found.secret if found is not None else "-" * 10
    if not hmac.compare_digest(held.encode(), secret.encode()) or found is None:
        raise DossierNotFound
    # The address lets its holder in: no cache keeps it, no page that is linked from here is told of it.
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    if not_modified(response, found.version, if_none_match):
        return Response(status_code=304, headers=dict(response.headers))
    return TrackingView(
        code=code,
        status=StatusView.of(found.status),
        received_at=found.received_at,
        due_at=found.due_at,
        finished_at=found.finished_at,
        returned_at=found.returned_at,
        awaits=AWAITED.get(found.status),
        until=found.supplement_by if found.status is DossierStatus.SUPPLEMENT_AWAITED else None,
    )
