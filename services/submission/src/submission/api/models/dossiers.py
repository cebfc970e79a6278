"""A dossier as submission's API shows it: whole, in a line, its history, its public status. They carry values only."""

from datetime import date
from typing import Any, Literal, Self

from pydantic import AwareDatetime, ConfigDict, Field
from sqlalchemy import Row

from contracts.codes import ApplicantClass, Channel, DossierStatus
from submission.api.models.filing import (
    APPLICANT_EXAMPLE,
    FORM_EXAMPLE,
    ApplicantBody,
    ContactBody,
    DeliveryBody,
    RepresentativeBody,
)
from submission.api.models.wire import CODE_EXAMPLE, STATUS_EXAMPLE, StatusView, Wire, links
from submission.domain.dossier import Actor, ActorKind, Dossier, FeeState
from submission.queries.dossiers import Entry, Summary

_LINKS = links(CODE_EXAMPLE)
_STATE: dict[str, Any] = {
    "code": CODE_EXAMPLE, "status": STATUS_EXAMPLE, "version": 1, "receivedAt": "2026-10-12T02:55:00Z",
    "dueAt": "2026-10-12T10:00:00Z", "feeState": "unknown", "links": _LINKS,
}  # fmt: skip
SUMMARY_EXAMPLE: dict[str, Any] = {
    "code": CODE_EXAMPLE, "status": STATUS_EXAMPLE, "version": 1, "procedure": "1.001193", "unit": "00004", "channel": 2,
    "receivedAt": "2026-10-12T02:55:00Z", "dueAt": "2026-10-12T10:00:00Z", "feeState": "unknown",
}  # fmt: skip


class DossierState(Wire):
    """Where a dossier stands: the answer to whatever changes it."""

    model_config = ConfigDict(json_schema_extra={"example": _STATE})

    code: str
    status: StatusView
    version: int
    received_at: AwareDatetime
    due_at: AwareDatetime
    fee_state: FeeState
    links: dict[str, str]

    @classmethod
    def of(cls, dossier: Dossier) -> Self:
        """As it stands."""
        return cls(
            code=dossier.code,
            status=StatusView.of(dossier.status),
            version=dossier.version,
            received_at=dossier.filed.received_at,
            due_at=dossier.due_at,
            fee_state=dossier.fee_state,
            links=links(dossier.code),
        )


class FiledDossier(DossierState):
    """A dossier just filed. `trackingSecret` goes on the slip: with code and secret anyone may follow the status."""

    model_config = ConfigDict(json_schema_extra={"example": _STATE | {"trackingSecret": "5f1c0a9be2"}})

    tracking_secret: str

    @classmethod
    def of(cls, dossier: Dossier) -> Self:
        """As it came in."""
        state = DossierState.of(dossier)
        return cls(**dict(state), tracking_secret=dossier.filed.tracking_secret)


class PersonView(Wire):
    """What of a dossier is personal data: shown to its owner, to the desk, and to the agency that entered it.

    `trackingSecret` is shown to the owner alone.
    """

    owner: str
    applicant: ApplicantBody
    representative: RepresentativeBody | None = None
    applicant_class: ApplicantClass
    contact: ContactBody
    delivery: DeliveryBody
    form: dict[str, Any]
    tracking_secret: str | None = None

    @classmethod
    def of(cls, dossier: Dossier, *, with_secret: bool) -> Self:
        """As it was filed. What was checked when it came in is not checked again."""
        filed = dossier.filed
        acting = filed.representative
        return cls.model_construct(
            owner=filed.owner,
            applicant=ApplicantBody.of(filed.applicant),
            representative=RepresentativeBody.model_construct(
                full_name=acting.full_name, personal_id=acting.personal_id, basis=acting.basis
            )
            if acting
            else None,
            applicant_class=filed.applicant_class,
            contact=ContactBody.model_construct(
                email=filed.contact.email, phone=filed.contact.phone, language=filed.contact.language
            ),
            delivery=DeliveryBody.model_construct(by=filed.delivery.by, address=filed.delivery.address),
            form=dict(filed.form),
            tracking_secret=filed.tracking_secret if with_secret else None,
        )


class DossierView(Wire):
    """One dossier. `person` is there for who may see personal data; `assisted`: an officer or agency typed it in."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": SUMMARY_EXAMPLE
            | {"handledBy": "civil-registry", "quantity": 1, "supplementRequests": 0, "assisted": False, "results": []}
            | {"links": _LINKS}
            | {
                "person": {
                    "owner": "001190000001",
                    "applicant": APPLICANT_EXAMPLE,
                    "applicantClass": "general",
                    "contact": {"email": "vidu@example.vn", "language": "vi"},
                    "delivery": {"by": "online"},
                    "form": FORM_EXAMPLE,
                }
            }
        }
    )

    code: str
    status: StatusView
    version: int
    procedure: str
    handled_by: str
    unit: str
    channel: Channel
    case: str | None = None
    quantity: int
    pages: int | None = None
    assisted: bool
    received_at: AwareDatetime
    due_at: AwareDatetime
    clock_stopped_at: AwareDatetime | None = None
    supplement_by: AwareDatetime | None = None
    supplement_requests: int
    extended_at: AwareDatetime | None = None
    verified_at: AwareDatetime | None = None
    finished_at: AwareDatetime | None = None
    returned_at: AwareDatetime | None = None
    fee_state: FeeState
    fee_amount: int | None = None
    result_reference: str | None = None
    results: list[str]
    links: dict[str, str]
    person: PersonView | None = None
    erased_on: date | None = Field(default=None, description="The day its personal data was erased (retention)")

    @classmethod
    def of(cls, dossier: Dossier, *, with_person: bool, viewer: str | None = None) -> Self:
        """The dossier, with or without personal data. `viewer`: whose eyes, so that the owner gets the slip's secret."""
        filed = dossier.filed
        return cls(
            code=filed.code,
            status=StatusView.of(dossier.status),
            version=dossier.version,
            procedure=filed.procedure,
            handled_by=filed.handled_by,
            unit=filed.unit,
            channel=filed.channel,
            case=filed.case,
            quantity=filed.quantity,
            pages=filed.pages,
            assisted=filed.typed_by.kind is not ActorKind.CITIZEN,
            received_at=filed.received_at,
            due_at=dossier.due_at,
            clock_stopped_at=dossier.clock_stopped_at,
            supplement_by=dossier.supplement_by,
            supplement_requests=dossier.supplement_requests,
            extended_at=dossier.extended_at,
            verified_at=dossier.verified_at,
            finished_at=dossier.finished_at,
            returned_at=dossier.returned_at,
            fee_state=dossier.fee_state,
            fee_amount=dossier.fee_amount,
            result_reference=dossier.result_reference,
            results=list(dossier.results),
            links=links(filed.code),
            person=PersonView.of(dossier, with_secret=viewer == filed.owner) if with_person else None,
        )


class DossierLine(Wire):
    """A dossier in a list: no personal data."""

    model_config = ConfigDict(json_schema_extra={"example": SUMMARY_EXAMPLE})

    code: str
    status: StatusView
    version: int
    procedure: str
    unit: str
    channel: Channel
    received_at: AwareDatetime
    due_at: AwareDatetime
    fee_state: FeeState

    @classmethod
    def of(cls, row: Summary | Row[Any], **more: Any) -> Self:
        """A row of a list; `more`: what a list shows besides."""
        return cls(
            code=row.code,
            status=StatusView.of(DossierStatus(row.status)),
            version=row.version,
            procedure=row.procedure,
            unit=row.unit,
            channel=Channel(row.channel),
            received_at=row.received_at,
            due_at=row.due_at,
            fee_state=FeeState(row.fee_state),
            **more,
        )


class HistoryLine(Wire):
    """One step of a dossier. `actor` is shown to officers and agencies; to citizens only what kind of actor it was.

    `paper`: number of the paper that the step gave. `components`: codes of the papers asked for by it.
    """

    version: int
    status: StatusView
    at: AwareDatetime
    actor_kind: ActorKind
    actor: str | None = None
    reason: str | None = None
    paper: str | None = None
    components: tuple[str, ...] | None = None

    @classmethod
    def of(cls, entry: Entry, *, with_actor: bool) -> Self:
        """A line of the history."""
        return cls(
            version=entry.version,
            status=StatusView.of(entry.status),
            at=entry.at,
            actor_kind=entry.by.kind,
            actor=_shown(entry.by) if with_actor else None,
            reason=entry.reason,
            paper=entry.paper,
            components=entry.components or None,
        )


class HistoryView(Wire):
    """All steps of a dossier, oldest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "code": CODE_EXAMPLE,
                "steps": [
                    {"version": 1, "status": STATUS_EXAMPLE, "at": "2026-10-12T02:55:00Z", "actorKind": "citizen"}
                ],
            }
        }
    )

    code: str
    steps: list[HistoryLine]


Awaited = Literal["acceptance", "processing", "supplement", "payment", "collection"]


class TrackingView(Wire):
    """What anyone who holds the slip may know: the status and its days, and nothing of a person.

    `awaits`: what comes next: `acceptance` and `processing` by the agency, `supplement` and `payment` by the applicant,
    `collection` of the result. Absent when the dossier is closed. `until`: to when, where that is fixed.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "code": CODE_EXAMPLE,
                "status": STATUS_EXAMPLE,
                "receivedAt": "2026-10-12T02:55:00Z",
                "dueAt": "2026-10-12T10:00:00Z",
                "awaits": "acceptance",
            }
        }
    )

    code: str
    status: StatusView
    received_at: AwareDatetime
    due_at: AwareDatetime = Field(description="While a supplement or a payment is awaited, its clock stands still")
    finished_at: AwareDatetime | None = None
    returned_at: AwareDatetime | None = None
    awaits: Awaited | None = None
    until: AwareDatetime | None = None


AWAITED: dict[DossierStatus, Awaited] = {
    DossierStatus.NEW: "acceptance",
    DossierStatus.ACCEPTED: "processing",
    DossierStatus.PROCESSING: "processing",
    DossierStatus.SUPPLEMENT_AWAITED: "supplement",
    DossierStatus.PAYMENT_AWAITED: "payment",
    DossierStatus.FINISHED: "collection",
}


def _shown(actor: Actor) -> str | None:
    # A citizen's identity is her personal ID: the kind says enough.
    return None if actor.kind is ActorKind.CITIZEN else actor.subject
