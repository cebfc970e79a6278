"""Routes of notices: what one prefers, what was sent of a dossier, and what an operator must look at. They send nothing."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import ConfigDict
from sqlalchemy import Row

from chassis import problems
from chassis.auth import Allow, Principal
from chassis.etags import IfMatch, IfNoneMatch, etag, not_modified
from chassis.idempotency import PROBLEMS, Key, Stored, act_once
from chassis.paging import Cursor, Limit, Page, decode_cursor, page_of
from chassis.problems import BadRequest, PreconditionFailed
from chassis.service import Work
from submission.api.dossiers import DESK, Code
from submission.api.models import Email, Phone, Wire
from submission.domain.notice import Medium, NoticeKind, NoticeState, Preferences, masked
from submission.handlers.notices import resend_notice, set_preferences
from submission.handlers.reads import note_read
from submission.problems.dossiers import DossierNotFound
from submission.problems.papers import NoticeNotFound, NoticeNotStuck
from submission.queries import dossiers, notices
from submission.rights import seen

router = APIRouter(prefix="/v1", tags=["notices"])

Person = Annotated[Principal, Depends(Allow(citizens=True))]
Holder = Annotated[Principal, Depends(Allow(citizens=True, roles=DESK))]
Operator = Annotated[Principal, Depends(Allow(roles={"operator"}))]
NoticeId = Annotated[UUID, Path(description="Id of the notice")]

_PREFERENCES: dict[str, Any] = {
    "language": "vi", "email": True, "sms": False, "emailAddress": "vi.du@example.org", "phone": None,
}  # fmt: skip
_NOTICE: dict[str, Any] = {
    "id": "019c7a60-0000-7000-8000-000000000001", "dossierCode": "H26-20261012-0000042", "version": 4,
    "kind": "supplement-requested", "medium": "email", "language": "vi", "to": "v***@example.org", "state": "sent",
    "attempts": 1, "plannedAt": "2026-10-12T03:00:01Z", "sentAt": "2026-10-12T03:00:02Z",
}  # fmt: skip


class NoticePreferences(Wire):
    """How one wants to be told. `language` and addresses, where given, stand in for those named in a filing."""

    model_config = ConfigDict(json_schema_extra={"example": _PREFERENCES})

    language: Literal["vi", "en"] | None = None
    email: bool = True
    sms: bool = True
    email_address: Email | None = None
    phone: Phone | None = None

    @classmethod
    def of(cls, preferences: Preferences) -> Self:
        """As kept."""
        return cls(
            language="en" if preferences.language == "en" else "vi" if preferences.language else None,
            email=preferences.email,
            sms=preferences.sms,
            email_address=preferences.email_address,
            phone=preferences.phone,
        )


class NoticeView(Wire):
    """One notice and where it stands. The address is masked. `fault`: why the last attempt did not succeed."""

    model_config = ConfigDict(json_schema_extra={"example": _NOTICE})

    id: UUID
    dossier_code: str
    version: int
    kind: NoticeKind
    medium: Medium
    language: str
    to: str
    state: NoticeState
    attempts: int
    planned_at: datetime
    sent_at: datetime | None = None
    next_attempt_at: datetime | None = None
    fault: str | None = None

    @classmethod
    def of(cls, row: Row[Any]) -> Self:
        """As kept, with the address masked."""
        medium = Medium(row.medium)
        return cls(
            id=row.id,
            dossier_code=row.dossier_code,
            version=row.version,
            kind=NoticeKind(row.kind),
            medium=medium,
            language=row.language,
            to=masked(medium, row.address),
            state=NoticeState(row.state),
            attempts=row.attempts,
            planned_at=row.planned_at,
            sent_at=row.sent_at,
            next_attempt_at=row.next_attempt_at,
            fault=row.fault,
        )


class NoticePlanned(Wire):
    """The notice that will go out again."""

    model_config = ConfigDict(json_schema_extra={"example": {"id": _NOTICE["id"], "state": "planned"}})

    id: UUID
    state: NoticeState = NoticeState.PLANNED


@router.get(
    "/me/notice-preferences",
    operation_id="get-notice-preferences",
    summary="How one wants to be told (cài đặt thông báo)",
    response_model=NoticePreferences,
    responses={
        304: {"description": "Unchanged since the version named by If-None-Match"},
        **problems.responses(problems.Unauthorized, problems.Forbidden),
    },
)
async def get_preferences(
    person: Person, uow: Work, response: Response, if_none_match: IfNoneMatch = None
) -> NoticePreferences | Response:
    """What was set, or what holds for who has set nothing: all that a filing gives an address for."""
    preferences = await notices.preferences(uow, person.subject)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Authorization"
    if not_modified(response, preferences.version, if_none_match):
        return Response(status_code=304, headers=dict(response.headers))
    return NoticePreferences.of(preferences)


@router.put(
    "/me/notice-preferences",
    operation_id="set-notice-preferences",
    summary="Say how one wants to be told",
    responses=problems.responses(
        BadRequest, problems.Unauthorized, problems.Forbidden, PreconditionFailed, problems.InvalidPayload
    ),
)
async def put_preferences(
    wanted: NoticePreferences, person: Person, uow: Work, response: Response, if_match: IfMatch = None
) -> NoticePreferences:
    """It takes the place of what was set, and holds for notices planned from now on."""
    asked = Preferences(
        language=wanted.language,
        email=wanted.email,
        sms=wanted.sms,
        email_address=wanted.email_address,
        phone=wanted.phone,
    )
    kept = await set_preferences(asked, person, if_match, uow)
    response.headers["ETag"] = etag(kept.version)
    return NoticePreferences.of(kept)


@router.get(
    "/dossiers/{code}/notices",
    operation_id="list-dossier-notices",
    summary="What the applicant was told, and whether it went out",
    response_model_exclude_none=True,
    responses=problems.responses(problems.Unauthorized, problems.Forbidden, DossierNotFound, problems.InvalidPayload),
)
async def list_dossier_notices(code: Code, holder: Holder, uow: Work) -> Page[NoticeView]:
    """Oldest first. A step that tells nothing, or has no address to go to, has none."""
    dossier = seen(holder, await dossiers.find(uow, code))
    told = await notices.of_dossier(uow, dossier.code)
    await note_read(dossier, holder, "notices", uow)
    return Page[NoticeView](items=[NoticeView.of(row) for row in told])


@router.get(
    "/notices",
    operation_id="list-notices",
    summary="Notices that an operator must look at",
    response_model_exclude_none=True,
    responses=problems.responses(BadRequest, problems.Unauthorized, problems.Forbidden, problems.InvalidPayload),
)
async def list_notices(
    _: Operator,
    uow: Work,
    state: Annotated[
        Literal[NoticeState.FAILED, NoticeState.UNKNOWN],
        Query(description="`unknown`: it may have gone out; `failed`: it was given up"),
    ] = NoticeState.UNKNOWN,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[NoticeView]:
    """Oldest first. Look the mail up at the mail server by its Message-ID, `<id@sender's domain>`, before sending it again."""
    after = decode_cursor(cursor, 1, (UUID,))
    rows = await notices.in_state(uow, state, after[0] if after else UUID(int=0), limit)
    return page_of(rows, limit, lambda row: (str(row.id),), NoticeView.of)


@router.post(
    "/notices/{notice_id}/resend",
    operation_id="resend-notice",
    summary="Send a notice again that failed, or of which nobody knows",
    response_model=NoticePlanned,
    responses=problems.responses(
        *PROBLEMS, problems.Unauthorized, problems.Forbidden, NoticeNotFound, NoticeNotStuck, problems.InvalidPayload
    ),
)
async def post_resend(
    notice_id: NoticeId, operator: Operator, uow: Work, request: Request, key: Key = None
) -> Response:
    """It goes out with the next round, with a fresh set of attempts, and under the same Message-ID or reference."""
    return await act_once(
        uow,
        request,
        caller=operator.account,
        key=key,
        act=lambda: resend_notice(notice_id, uow),
        render=lambda sent: Stored(200, (), NoticePlanned(id=sent).model_dump_json(by_alias=True)),
    )
