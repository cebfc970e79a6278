"""Pick-up and handover: originals shown, results over the counter and by post. They translate; handlers.pickup decides."""

from collections.abc import Sequence
from typing import Annotated, Any, Self

from fastapi import APIRouter, Depends, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from chassis import idempotency, problems
from chassis.auth import Allow, Principal
from chassis.etags import IfMatch
from chassis.idempotency import Stored, act_once
from chassis.service import Running, Work
from chassis.text import CleanText
from submission.api.acting import act, problems_of_dossier
from submission.api.dossiers import DESK, Code
from submission.api.models import CODE_EXAMPLE, DossierState, PersonalIdText, Wire
from submission.copies import Copies
from submission.domain.pickup import Outcome, PaperKind, Person, Shown, unresolved
from submission.handlers.pickup import Deliver, Dispatch, ShowOriginals, deliver, dispatch, hand_over, show_originals
from submission.handlers.reads import note_read
from submission.problems.desk import (
    ComponentNotOfDossier,
    DeliveredTooEarly,
    NoPostalAddress,
    NothingOnTheWay,
    OriginalsDoNotMatch,
    ResultOnTheWay,
)
from submission.problems.dossiers import DossierNotFound, WrongState
from submission.queries import dossiers, pickup
from submission.queries.pickup import Handover, Showing
from submission.rights import seen

router = APIRouter(prefix="/v1/dossiers", tags=["pick-up"])

Officer = Annotated[Principal, Depends(Allow(roles={"one-stop-officer"}))]
Viewer = Annotated[Principal, Depends(Allow(citizens=True, roles=DESK))]

_PERSON: dict[str, Any] = {
    "fullName": "NGUYỄN VĂN VÍ DỤ", "personalId": "001088000002", "relationship": "chồng",
    "authorisation": "Giấy ủy quyền ngày 12/10/2026",
}  # fmt: skip
_PAPER: dict[str, Any] = {"component": "giay-chung-sinh", "kind": "original", "matches": True, "note": ""}
_SENT: dict[str, Any] = {
    "byPost": True, "at": "2026-10-15T03:00:00Z", "officer": "officer-1", "carrier": "Bưu điện Hà Nội",
    "trackingNumber": "EB123456789VN",
}  # fmt: skip


class PersonBody(Wire):
    """Who stood at the counter. `relationship` and `authorisation` where it was not the applicant."""

    model_config = ConfigDict(json_schema_extra={"example": _PERSON})

    full_name: Annotated[CleanText, Field(min_length=1, max_length=200)]
    personal_id: PersonalIdText | None = None
    relationship: Annotated[CleanText, Field(max_length=100, description="To the applicant; empty: it is she")] = ""
    authorisation: Annotated[
        CleanText, Field(max_length=300, description="The paper by which someone may act for her")
    ] = ""

    def person(self) -> Person:
        """As the domain has it."""
        return Person(self.full_name, self.personal_id, self.relationship, self.authorisation)


class PaperBody(Wire):
    """One paper held against what was filed."""

    model_config = ConfigDict(json_schema_extra={"example": _PAPER})

    component: Annotated[CleanText, Field(min_length=1, max_length=100, description="Code of the thành phần hồ sơ")]
    kind: PaperKind
    matches: Annotated[bool, Field(strict=True)]
    note: Annotated[CleanText, Field(max_length=300)] = ""


class OriginalsRequest(Wire):
    """What was laid on the counter, and by whom."""

    model_config = ConfigDict(json_schema_extra={"example": {"shown": [_PAPER], "shownBy": _PERSON}})

    shown: Annotated[list[PaperBody], Field(min_length=1, max_length=50)]
    shown_by: PersonBody


class ShowingView(Wire):
    """One time that originals were shown. `shownBy` is absent once it was erased."""

    at: AwareDatetime
    officer: str
    shown: list[PaperBody]
    shown_by: PersonBody | None = None


class OriginalsView(Wire):
    """All showings in order; `unresolved`: components that did not match when last shown, which hold the result back."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "code": CODE_EXAMPLE,
                "showings": [
                    {"at": "2026-10-15T02:50:00Z", "officer": "officer-1", "shown": [_PAPER], "shownBy": _PERSON}
                ],
                "unresolved": [],
            }
        }
    )

    code: str
    showings: list[ShowingView]
    unresolved: list[str]

    @classmethod
    def of(cls, code: str, showings: Sequence[Showing]) -> Self:
        """As they were kept."""
        return cls(
            code=code,
            showings=[
                ShowingView(
                    at=showing.at,
                    officer=showing.officer,
                    shown=[_paper(paper) for paper in showing.shown],
                    shown_by=_person(showing.by),
                )
                for showing in showings
            ],
            unresolved=list(unresolved(showing.shown for showing in showings)),
        )


class HandoverRequest(Wire):
    """To whom the result goes. Absent: to the applicant herself."""

    model_config = ConfigDict(json_schema_extra={"example": {"receivedBy": _PERSON}})

    received_by: PersonBody | None = None


class DispatchRequest(Wire):
    """With whom, and under which number, the result was sent to the address the applicant gave."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"carrier": _SENT["carrier"], "trackingNumber": _SENT["trackingNumber"]}}
    )

    carrier: Annotated[CleanText, Field(min_length=1, max_length=100)]
    tracking_number: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]{1,50}$")]


class DeliveryRequest(Wire):
    """How the consignment ended. `at` absent: now."""

    model_config = ConfigDict(json_schema_extra={"example": {"outcome": "delivered", "at": "2026-10-16T04:00:00Z"}})

    outcome: Outcome
    at: AwareDatetime | None = None


class HandoverView(Wire):
    """One handing over. `outcome` is absent while the post has it."""

    model_config = ConfigDict(json_schema_extra={"example": _SENT})

    by_post: bool
    at: AwareDatetime
    officer: str
    received_by: PersonBody | None = None
    carrier: str | None = None
    tracking_number: str | None = None
    outcome: Outcome | None = None
    outcome_at: AwareDatetime | None = None
    outcome_by: str | None = None

    @classmethod
    def of(cls, handover: Handover) -> Self:
        """As it was kept."""
        return cls(
            by_post=handover.by_post,
            at=handover.at,
            officer=handover.officer,
            received_by=_person(handover.receiver),
            carrier=handover.carrier,
            tracking_number=handover.tracking_number,
            outcome=handover.outcome,
            outcome_at=handover.outcome_at,
            outcome_by=handover.outcome_by,
        )


class Handovers(Wire):
    """Every handing over of a dossier's result, in order."""

    model_config = ConfigDict(json_schema_extra={"example": {"code": CODE_EXAMPLE, "handovers": [_SENT]}})

    code: str
    handovers: list[HandoverView]


_LOOK_PROBLEMS = problems.responses(problems.Unauthorized, problems.Forbidden, DossierNotFound, problems.InvalidPayload)


@router.post(
    "/{code}/originals-shown",
    operation_id="show-originals",
    summary="Originals were compared at the counter (đối chiếu bản chính)",
    status_code=201,
    response_model=OriginalsView,
    responses=problems_of_dossier(WrongState, ComponentNotOfDossier),
)
async def post_originals(
    code: Code,
    body: OriginalsRequest,
    officer: Officer,
    uow: Work,
    runtime: Running,
    request: Request,
    key: idempotency.Key = None,
) -> Response:
    """Of each component the last word counts: while one does not match, the result is not handed over."""
    copies: Copies = runtime.extras["copies"]
    shown = tuple(Shown(paper.component, paper.kind, paper.matches, paper.note) for paper in body.shown)
    command = ShowOriginals(code, shown, body.shown_by.person())
    return await act_once(
        uow,
        request,
        caller=officer.account,
        key=key,
        act=lambda: show_originals(command, officer, uow, copies),
        render=lambda showings: _json(201, OriginalsView.of(code, showings)),
    )


@router.get(
    "/{code}/originals-shown",
    operation_id="list-originals-shown",
    summary="What was shown at the counter, and by whom",
    response_model_exclude_none=True,
    responses=_LOOK_PROBLEMS,
)
async def get_originals(code: Code, viewer: Viewer, uow: Work) -> OriginalsView:
    """Its owner and the desk see it. A look by the desk is on record."""
    dossier = seen(viewer, await dossiers.find(uow, code))
    view = OriginalsView.of(code, await pickup.showings(uow, code))
    await note_read(dossier, viewer, "originals-shown", uow)
    return view


@router.post(
    "/{code}/handover",
    operation_id="hand-over-result",
    summary="Hand the result over at the counter (trả kết quả)",
    response_model=DossierState,
    responses=problems_of_dossier(WrongState, OriginalsDoNotMatch, ResultOnTheWay, problems.PreconditionFailed),
)
async def post_handover(
    code: Code,
    body: HandoverRequest,
    officer: Officer,
    uow: Work,
    request: Request,
    if_match: IfMatch = None,
    key: idempotency.Key = None,
) -> Response:
    """To the applicant, or to someone who may act for her. It closes the dossier (10)."""
    receiver = body.received_by.person() if body.received_by is not None else None
    return await act(lambda: hand_over(code, receiver, officer, if_match, uow), officer, uow, request, key)


@router.post(
    "/{code}/dispatch",
    operation_id="dispatch-result",
    summary="Send the result by post (gửi qua bưu chính)",
    status_code=201,
    response_model=HandoverView,
    response_model_exclude_none=True,
    responses=problems_of_dossier(WrongState, NoPostalAddress, OriginalsDoNotMatch, ResultOnTheWay),
)
async def post_dispatch(
    code: Code, body: DispatchRequest, officer: Officer, uow: Work, request: Request, key: idempotency.Key = None
) -> Response:
    """The dossier stays finished (9): it counts as returned once it was delivered."""
    command = Dispatch(code, body.carrier, body.tracking_number)
    return await act_once(
        uow,
        request,
        caller=officer.account,
        key=key,
        act=lambda: dispatch(command, officer, uow),
        render=lambda sent: _json(201, HandoverView.of(sent)),
    )


@router.post(
    "/{code}/delivery",
    operation_id="report-delivery",
    summary="What the carrier reports of the result (đã phát, chuyển hoàn)",
    response_model=HandoverView,
    response_model_exclude_none=True,
    responses=problems_of_dossier(NothingOnTheWay, DeliveredTooEarly),
)
async def post_delivery(
    code: Code, body: DeliveryRequest, officer: Officer, uow: Work, request: Request, key: idempotency.Key = None
) -> Response:
    """Delivered: the dossier is returned (10). Returned to sender: it stays at 9, and may be sent again or fetched."""
    command = Deliver(code, body.outcome, body.at)
    return await act_once(
        uow,
        request,
        caller=officer.account,
        key=key,
        act=lambda: deliver(command, officer, uow),
        render=lambda ended: _json(200, HandoverView.of(ended)),
    )


@router.get(
    "/{code}/handovers",
    operation_id="list-handovers",
    summary="How the result was handed over, and to whom",
    response_model_exclude_none=True,
    responses=_LOOK_PROBLEMS,
)
async def get_handovers(code: Code, viewer: Viewer, uow: Work) -> Handovers:
    """Its owner and the desk see it, the number of a consignment too. A look by the desk is on record."""
    dossier = seen(viewer, await dossiers.find(uow, code))
    found = await pickup.handovers(uow, code)
    await note_read(dossier, viewer, "handovers", uow)
    return Handovers(code=code, handovers=[HandoverView.of(handover) for handover in found])


def _paper(paper: Shown) -> PaperBody:
    return PaperBody(component=paper.component, kind=paper.kind, matches=paper.matches, note=paper.note)


def _person(person: Person | None) -> PersonBody | None:
    if person is None:
        return None
    return PersonBody(
        full_name=person.full_name,
        personal_id=person.personal_id,
        relationship=person.relationship,
        authorisation=person.authorisation,
    )


def _json(status: int, view: BaseModel) -> Stored:
    return Stored(status, (), view.model_dump_json(by_alias=True, exclude_none=True))
