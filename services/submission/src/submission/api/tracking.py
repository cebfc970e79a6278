"""The public status of a dossier, for whoever holds its slip: code and secret together, and never a person's data."""

import hmac
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Response

from chassis import problems
from chassis.auth import Public
from chassis.clock import HANOI
from chassis.etags import IfNoneMatch, not_modified
from chassis.problems import Text
from chassis.public_page import page_of, prefers_html
from chassis.service import Work
from contracts.codes import DossierStatus
from submission.api.dossiers import Code
from submission.api.models import StatusView, TrackingView
from submission.api.models.dossiers import AWAITED
from submission.problems.dossiers import DossierNotFound
from submission.queries import tracking

router = APIRouter(prefix="/v1/dossiers", tags=["dossiers"])

_SAID = Text(
    "Trang này chỉ cho biết hồ sơ đang ở đâu; nội dung hồ sơ chỉ chủ hồ sơ xem được sau khi đăng nhập.",
    "This page tells where the dossier stands; what is in it only its owner sees, signed in.",
)

Secret = Annotated[str, Query(description="The secret on the receipt; its QR code holds it")]


@router.get(
    "/{code}/tracking",
    operation_id="track-dossier",
    summary="The status, for anyone who holds the slip",
    dependencies=[Depends(Public())],
    responses={
        200: {"content": {"text/html": {"example": "<!doctype html>…"}}, "description": "Where it stands"},
        304: {"description": "Unchanged since the version named by If-None-Match"},
        **problems.responses(DossierNotFound, problems.InvalidPayload),
    },
    response_model=TrackingView,
    response_model_exclude_none=True,
)
async def track_dossier(
    code: Code,
    uow: Work,
    response: Response,
    secret: Secret = "",
    if_none_match: IfNoneMatch = None,
    accept: Annotated[str, Header()] = "",
) -> TrackingView | Response:
    """Where the QR code of a receipt leads: status, days and what is awaited; no personal data, no token.

    JSON, or a page for people where `Accept` names `text/html`.

    Without the secret, or with another, there is no such dossier: who can count up codes learns nothing.
    """
    found = await tracking.track(uow, code)
    # Compared in constant time, and also where there is no dossier: how long a refusal takes says nothing either.
    held = found.secret if found is not None else "-" * 10
    if not hmac.compare_digest(held.encode(), secret.encode()) or found is None:
        raise DossierNotFound
    # The address lets its holder in: no cache keeps it, no page that is linked from here is told of it.
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Vary"] = "Accept"
    response.headers["Referrer-Policy"] = "no-referrer"
    if not_modified(response, found.version, if_none_match):
        return Response(status_code=304, headers=dict(response.headers))
    view = TrackingView(
        code=code,
        status=StatusView.of(found.status),
        received_at=found.received_at,
        due_at=found.due_at,
        finished_at=found.finished_at,
        returned_at=found.returned_at,
        awaits=AWAITED.get(found.status),
        until=found.supplement_by if found.status is DossierStatus.SUPPLEMENT_AWAITED else None,
    )
    return _page(view) if prefers_html(accept) else view


def _page(view: TrackingView) -> Response:
    days = (
        ("Ngày nhận", view.received_at),
        ("Hẹn trả kết quả", view.due_at),
        ("Bổ sung trước", view.until),
        ("Xử lý xong", view.finished_at),
        ("Đã trả kết quả", view.returned_at),
    )
    return page_of(
        "Tình trạng hồ sơ",
        _SAID,
        [
            ("Mã hồ sơ", view.code),
            ("Trạng thái", view.status.name),
            *((label, f"{day.astimezone(HANOI):%H:%M %d/%m/%Y}") for label, day in days if day is not None),
        ],
    )
