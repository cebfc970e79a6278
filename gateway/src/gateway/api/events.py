"""Routes by which agencies publish events in. They decide nothing."""

import json
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import JSONResponse

from chassis import problems
from chassis.auth import Allow, Principal
from chassis.clock import SystemClock
from chassis.problems import BadRequest, FieldError, Text
from chassis.service import Running
from gateway.api.models.event_types import PublishedView
from gateway.api.publishers import registered
from gateway.domain.agency_event import DEEPEST, is_too_deep
from gateway.domain.scopes import WRITE_SCOPE
from gateway.handlers.agency_events import PublishEvents, publish_events
from gateway.problems.event_types import EventIdReused, EventSignatureWrong, EventsRefused, PublisherNotRegistered
from gateway.settings import settings_of

router = APIRouter(prefix="/lgsp/v1/events", tags=["events"])

Agency = Annotated[Principal, Depends(Allow(scope=WRITE_SCOPE))]
Signature = Annotated[
    str | None,
    Header(
        alias="X-JWS-Signature",
        max_length=2000,
        description="Detached JWS (RFC 7515, appendix F; EdDSA or ES256) over the body, by a registered key of the caller",
    ),
]

_ONE, _BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
_EXAMPLE = {
    "specversion": "1.0",
    "id": "01927f5e-0000-7000-8000-0000000000e1",
    "source": "/VN/GOV/G24/bhyt",
    "type": "vn.gov.baohiemxahoi.health-card-issued.v1",
    "subject": "H26-20261012-0000042",
    "time": "2026-10-12T03:05:00Z",
    "data": {"cardNumber": "mau"},
}


@router.post(
    "",
    operation_id="publish-events",
    summary="Publish events of one's own types",
    status_code=202,
    response_model=PublishedView,
    responses=problems.responses(
        problems.BadRequest,
        problems.Unauthorized,
        EventSignatureWrong,
        problems.Forbidden,
        PublisherNotRegistered,
        EventIdReused,
        problems.PayloadTooLarge,
        EventsRefused,
    ),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                _ONE: {"schema": {"type": "object"}, "example": _EXAMPLE},
                _BATCH: {"schema": {"type": "array", "items": {"type": "object"}}, "example": [_EXAMPLE]},
            },
        }
    },
)
async def post_events(agency: Agency, running: Running, request: Request, signature: Signature = None) -> JSONResponse:
    """CloudEvents 1.0 in JSON, one or a batch, signed. A batch enters as a whole or not at all.

    Sent again with the same ids and bytes nothing changes: so an answer that was lost is simply asked for again.
    """
    publisher = await registered(running, agency)
    settings = settings_of(running)
    body = await request.body()
    documents = _documents(body, request.headers.get("content-type", ""), settings.events_in_batch)
    if signature is None:
        raise EventSignatureWrong
    command = PublishEvents(publisher, documents, body, signature)
    ids = await publish_events(
        command,
        running.database,
        SystemClock(),
        most_ahead=timedelta(seconds=settings.events_ahead_seconds),
        most_behind=timedelta(hours=settings.events_behind_hours),
    )
    return JSONResponse(PublishedView(ids=ids).model_dump(mode="json", by_alias=True), 202)


def _documents(body: bytes, content_type: str, most: int) -> list[Any]:
    """The events of a body. Raises BadRequest."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in {_ONE, _BATCH}:
        raise _bad(
            "header:Content-Type", "content_type", f"Phải là {_ONE} hoặc {_BATCH}", f"Must be {_ONE} or {_BATCH}"
        )
    try:
        parsed = json.loads(body.decode(), parse_constant=_refused)
        json.dumps(parsed, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):  # half a surrogate pair is a ValueError too
        raise _bad("body", "json", "Không phải JSON hợp lệ", "Not valid JSON") from None
    if is_too_deep(parsed):
        raise _bad(
            "body", "too_deep", f"JSON lồng sâu nhất {DEEPEST} mức", f"JSON is nested at most {DEEPEST} levels deep"
        )
    if kind == _ONE:
        return [parsed]
    if not isinstance(parsed, list) or not 1 <= len(parsed) <= most:
        raise _bad("body", "batch", f"Một lô có 1 đến {most} sự kiện", f"A batch has 1 to {most} events")
    return parsed


def _refused(constant: str) -> Any:
    raise ValueError(constant)


def _bad(where: str, rule: str, vi: str, en: str) -> BadRequest:
    return BadRequest(errors=[FieldError(where, rule, Text(vi, en))])
