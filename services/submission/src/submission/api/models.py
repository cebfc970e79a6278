"""What submission's API takes and gives, as pydantic models. They carry values; they decide nothing."""

from typing import Annotated, Any, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from chassis.text import CleanText
from contracts.codes import ApplicantClass, ApplicantKind, Channel, DossierStatus
from submission.domain.dossier import STATUS_NAMES, Actor, ActorKind, Dossier, FeeState
from submission.domain.personal_id import personal_id
from submission.queries.dossiers import Entry, Summary

PUBLIC = "/api/submission/v1/dossiers"
"""Where the gateway shows these routes to the world."""

_CODE = "H26-20261012-0000042"
_STATUS: dict[str, Any] = {"number": 1, "name": "mới đăng ký"}
_LINKS: dict[str, Any] = {
    "self": f"{PUBLIC}/{_CODE}",
    "history": f"{PUBLIC}/{_CODE}/history",
    "receipt": f"{PUBLIC}/{_CODE}/receipt",
    "tracking": f"{PUBLIC}/{_CODE}/tracking",
    "fee": f"/api/payment/v1/obligations?dossier={_CODE}",
}
_STATE: dict[str, Any] = {
    "code": _CODE, "status": _STATUS, "version": 1, "receivedAt": "2026-10-12T02:55:00Z", "dueAt": "2026-10-12T10:00:00Z",
    "feeState": "unknown", "links": _LINKS,
}  # fmt: skip
_SUMMARY: dict[str, Any] = {
    "code": _CODE, "status": _STATUS, "version": 1, "procedure": "1.001193", "unit": "00004", "channel": 2,
    "receivedAt": "2026-10-12T02:55:00Z", "dueAt": "2026-10-12T10:00:00Z", "feeState": "unknown",
}  # fmt: skip
_APPLICANT: dict[str, Any] = {"kind": 1, "personalId": "001190000001", "fullName": "TRẦN THỊ VÍ DỤ"}
_FORM: dict[str, Any] = {
    "birthType": 1,
    "child": {
        "fullName": "NGUYỄN THỊ MẪU", "sex": 2, "dateOfBirth": "2026-07-29", "placeOfBirth": "Bệnh viện Mẫu, Hà Nội",
        "nativePlace": "Hà Nội", "ethnicity": "Kinh", "nationality": "Việt Nam",
    },
    "mother": {"fullName": "TRẦN THỊ VÍ DỤ", "dateOfBirth": "1990-05-01", "personalId": "001190000001"},
    "father": {"fullName": "NGUYỄN VĂN VÍ DỤ", "dateOfBirth": "1988-02-03", "personalId": "001088000002"},
    "requester": {"fullName": "TRẦN THỊ VÍ DỤ", "relationship": "mẹ", "personalId": "001190000001"},
    "copies": 1,
}  # fmt: skip


class Wire(BaseModel):
    """camelCase on the wire; in what is sent to us, nothing that is not named."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


PersonalIdText = Annotated[str, AfterValidator(personal_id)]


class ApplicantBody(Wire):
    """Chủ hồ sơ: in whose name the dossier is filed. `personalId` may be absent where the person has none yet."""

    kind: ApplicantKind = ApplicantKind.CITIZEN
    personal_id: PersonalIdText | None = None
    full_name: Annotated[CleanText, Field(min_length=1, max_length=200)]


class FileRequest(Wire):
    """A dossier to file. `form` is held against the form schema of the procedure, as the catalogue shows it."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "procedure": "1.001193",
                "unit": "00004",
                "applicant": _APPLICANT,
                "applicantClass": "general",
                "form": _FORM,
                "quantity": 1,
            }
        }
    )

    procedure: Annotated[CleanText, Field(min_length=1, max_length=60, description="Code of the procedure (mã TTHC)")]
    unit: Annotated[CleanText, Field(min_length=1, max_length=35, description="Code of the commune-level unit")]
    channel: Channel | None = Field(
        default=None,
        description="Citizens: 2 online. Officers: 1 counter (default) or 3 post. Agencies: any, default 2",
    )
    applicant: ApplicantBody | None = Field(default=None, description="Citizens may leave it out: it is they")
    applicant_class: ApplicantClass = ApplicantClass.GENERAL
    form: dict[str, Any] = Field(
        description="As the procedure's schema wants it: GET /api/catalog/v1/procedures/{code}/form"
    )
    quantity: Annotated[
        int, Field(ge=1, le=10_000, strict=True, description="How many, where the fee is per item (copies, pages)")
    ] = 1


class StatusView(Wire):
    """Trạng thái: number and name of the national portal."""

    number: DossierStatus
    name: str

    @classmethod
    def of(cls, status: DossierStatus) -> Self:
        """With its Vietnamese name."""
        return cls(number=status, name=STATUS_NAMES[status])


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


class PersonView(Wire):
    """What of a dossier is personal data: shown to its owner, to the desk, and to the agency that entered it."""

    owner: str
    applicant: ApplicantBody
    applicant_class: ApplicantClass
    form: dict[str, Any]


class DossierView(Wire):
    """One dossier. `person` is there for who may see personal data."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": _SUMMARY
            | {"handledBy": "civil-registry", "quantity": 1, "links": _LINKS}
            | {"person": {"owner": "001190000001", "applicant": _APPLICANT, "applicantClass": "general", "form": _FORM}}
        }
    )

    code: str
    status: StatusView
    version: int
    procedure: str
    handled_by: str
    unit: str
    channel: Channel
    quantity: int
    received_at: AwareDatetime
    due_at: AwareDatetime
    clock_stopped_at: AwareDatetime | None = None
    finished_at: AwareDatetime | None = None
    returned_at: AwareDatetime | None = None
    fee_state: FeeState
    fee_amount: int | None = None
    result_reference: str | None = None
    links: dict[str, str]
    person: PersonView | None = None

    @classmethod
    def of(cls, dossier: Dossier, *, with_person: bool) -> Self:
        """The dossier, with or without personal data."""
        filed = dossier.filed
        return cls(
            code=filed.code,
            status=StatusView.of(dossier.status),
            version=dossier.version,
            procedure=filed.procedure,
            handled_by=filed.handled_by,
            unit=filed.unit,
            channel=filed.channel,
            quantity=filed.quantity,
            received_at=filed.received_at,
            due_at=dossier.due_at,
            clock_stopped_at=dossier.clock_stopped_at,
            finished_at=dossier.finished_at,
            returned_at=dossier.returned_at,
            fee_state=dossier.fee_state,
            fee_amount=dossier.fee_amount,
            result_reference=dossier.result_reference,
            links=links(filed.code),
            person=_person(dossier) if with_person else None,
        )


class DossierLine(Wire):
    """A dossier in a list: no personal data."""

    model_config = ConfigDict(json_schema_extra={"example": _SUMMARY})

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
    def of(cls, row: Summary) -> Self:
        """A row of a list."""
        return cls(
            code=row.code,
            status=StatusView.of(row.status),
            version=row.version,
            procedure=row.procedure,
            unit=row.unit,
            channel=row.channel,
            received_at=row.received_at,
            due_at=row.due_at,
            fee_state=row.fee_state,
        )


class HistoryLine(Wire):
    """One step of a dossier. `actor` is shown to officers and agencies; to citizens only what kind of actor it was."""

    version: int
    status: StatusView
    at: AwareDatetime
    actor_kind: ActorKind
    actor: str | None = None
    reason: str | None = None

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
        )


class HistoryView(Wire):
    """All steps of a dossier, oldest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "code": _CODE,
                "steps": [{"version": 1, "status": _STATUS, "at": "2026-10-12T02:55:00Z", "actorKind": "citizen"}],
            }
        }
    )

    code: str
    steps: list[HistoryLine]


class TrackingView(Wire):
    """What anyone who holds the code may know: the status, and nothing of a person."""

    model_config = ConfigDict(json_schema_extra={"example": {"code": _CODE, "status": _STATUS}})

    code: str
    status: StatusView


def links(code: str) -> dict[str, str]:
    """Where the things of a dossier are. The fee is payment's to tell; the address is its public one."""
    here = f"{PUBLIC}/{code}"
    return {
        "self": here,
        "history": f"{here}/history",
        "receipt": f"{here}/receipt",
        "tracking": f"{here}/tracking",
        "fee": f"/api/payment/v1/obligations?dossier={code}",
    }


def _person(dossier: Dossier) -> PersonView:
    filed = dossier.filed
    applicant = ApplicantBody.model_construct(
        kind=filed.applicant.kind, personal_id=filed.applicant.personal_id, full_name=filed.applicant.full_name
    )
    return PersonView(
        owner=filed.owner, applicant=applicant, applicant_class=filed.applicant_class, form=dict(filed.form)
    )


def _shown(actor: Actor) -> str | None:
    # A citizen's identity is her personal ID: the kind says enough.
    return None if actor.kind is ActorKind.CITIZEN else actor.subject
