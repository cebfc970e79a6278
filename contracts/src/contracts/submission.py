"""What submission states of a dossier (hồ sơ): each edge of its lifecycle is one event. Words only."""

from datetime import date
from typing import Any, ClassVar, Literal

from pydantic import AwareDatetime, Field

from contracts.codes import ApplicantClass, ApplicantKind, Channel, DossierStatus
from contracts.event import Event, Part

_CODE = "H26-20261012-0000042"


class FeeFacts(Part):
    """What the fee rules may ask about a dossier, and nothing more personal than that."""

    applicant_class: ApplicantClass = ApplicantClass.GENERAL
    days_since_occurrence: int | None = None
    identity_level: int | None = None
    age: int | None = Field(default=None, description="Whole years, on the day of filing, of the person concerned")
    quantity: int = Field(default=1, ge=1, description="Copies")
    pages: int | None = Field(default=None, ge=1, description="Pages of each copy")


class ComponentCounts(Part):
    """How the papers of a dossier came (thành phần hồ sơ): what indicators 4.2 to 4.4 of QĐ 766/QĐ-TTg ask for.

    `digitised`: there as a file. `reused`: taken from what the citizen or the city already held. `from_national_store`:
    taken from the national data store.
    """

    total: int = Field(ge=0)
    digitised: int = Field(default=0, ge=0)
    reused: int = Field(default=0, ge=0)
    from_national_store: int = Field(default=0, ge=0)


class Applicant(Part):
    """Chủ hồ sơ: in whose name the dossier is filed."""

    kind: ApplicantKind = ApplicantKind.CITIZEN
    personal_id: str | None = None
    full_name: str


class DossierEvent(Event, producer="submission", subject="dossier_code"):
    """What every dossier event carries, so that each can be counted by itself."""

    dossier_code: str
    procedure: str
    unit: str
    channel: Channel


class DossierSubmitted(DossierEvent, name="dossier-submitted"):
    """A dossier came in (status 1). `received_on` is the Hanoi day it counts as received."""

    applicant_class: ApplicantClass = ApplicantClass.GENERAL
    received_on: date
    due_at: AwareDatetime
    fee_facts: FeeFacts
    owner: str = Field(description="Subject to whom the dossier belongs: the personal ID, or the client of an agency")
    case: str | None = None
    applicant_kind: ApplicantKind = ApplicantKind.CITIZEN
    assisted: bool = Field(default=False, description="An officer entered it for the applicant")
    identity_verified: bool = Field(default=False, description="Filed from an account verified by VNeID")
    components: ComponentCounts | None = None
    applicant: Applicant | None = Field(default=None, description="Chủ hồ sơ: personal data")
    concerns: tuple[str, ...] = Field(
        default=(), description="Personal IDs of everyone the dossier is about: whose data it gives a reason to read"
    )

    example: ClassVar[dict[str, Any]] = {
        "version": 1,
        "dossierCode": _CODE,
        "procedure": "1.001193",
        "unit": "00004",
        "channel": 2,
        "receivedOn": "2026-10-12",
        "dueAt": "2026-10-12T10:00:00Z",
        "feeFacts": {"applicantClass": "general", "daysSinceOccurrence": 75, "quantity": 1},
        "owner": "001190000001",
        "applicant": {"kind": 1, "personalId": "001190000001", "fullName": "TRẦN THỊ VÍ DỤ"},
        "concerns": ["001190000001", "001090000002"],
    }


class DossierPaymentAwaited(DossierEvent, name="dossier-payment-awaited"):
    """A fee is due before the dossier can go on (status 6); its clock stops."""

    amount: int
    example: ClassVar[dict[str, Any]] = {
        "version": 2,
        "dossierCode": _CODE,
        "procedure": "1.001193",
        "unit": "00004",
        "channel": 2,
        "amount": 5000,
    }


class DossierFeeSettled(DossierEvent, name="dossier-fee-settled"):
    """The fee was paid; the dossier is back among the new ones (status 1) with its clock running again."""

    due_at: AwareDatetime
    example: ClassVar[dict[str, Any]] = {
        "version": 3,
        "dossierCode": _CODE,
        "procedure": "1.001193",
        "unit": "00004",
        "channel": 2,
        "dueAt": "2026-10-12T10:00:00Z",
    }


class DossierAccepted(DossierEvent, name="dossier-accepted"):
    """The desk took the dossier in (status 2); who handles its procedure may begin. Carries the form: personal data."""

    handled_by: str
    owner: str
    form: dict[str, Any]
    occurrence_is_late: bool = False
    accepted_by: str
    due_at: AwareDatetime
    example: ClassVar[dict[str, Any]] = {
        "version": 4,
        "dossierCode": _CODE,
        "procedure": "1.001193",
        "unit": "00004",
        "channel": 2,
        "handledBy": "civil-registry",
        "owner": "001190000001",
        "acceptedBy": "officer-1",
        "dueAt": "2026-10-12T10:00:00Z",
        "form": {"child": {"fullName": "NGUYỄN THỊ MẪU"}},
    }


class DossierProcessingStarted(DossierEvent, name="dossier-processing-started"):
    """The competent agency began to act on the dossier (status 4)."""

    example: ClassVar[dict[str, Any]] = {
        "version": 5,
        "dossierCode": _CODE,
        "procedure": "1.001193",
        "unit": "00004",
        "channel": 2,
    }


class DossierRefused(DossierEvent, name="dossier-refused"):
    """The dossier was not taken in, or what was asked for did not come in time (status 3). `reason` is the applicant's.

    `lapsed`: nobody refused it; the time to supplement ran out.
    """

    reason: str
    refused_at: AwareDatetime
    lapsed: bool = False
    example: ClassVar[dict[str, Any]] = {
        "version": 4,
        "dossierCode": _CODE,
        "procedure": "1.001193",
        "unit": "00004",
        "channel": 2,
        "reason": "Không thuộc thẩm quyền giải quyết",
        "refusedAt": "2026-10-12T09:00:00Z",
    }


class DossierSupplementRequested(DossierEvent, name="dossier-supplement-requested"):
    """The applicant must supplement the dossier (status 5) by `supplement_by`; its clock stops. `request` counts from 1."""

    reason: str
    supplement_by: AwareDatetime
    request: int = Field(ge=1)
    components: tuple[str, ...] = Field(default=(), description="Codes of the papers asked for")
    example: ClassVar[dict[str, Any]] = {
        "version": 4,
        "dossierCode": _CODE,
        "procedure": "1.001193",
        "unit": "00004",
        "channel": 2,
        "reason": "Bổ sung giấy chứng sinh",
        "supplementBy": "2026-10-21T10:00:00Z",
        "request": 1,
        "components": ["giay-chung-sinh"],
    }


class DossierSupplemented(DossierEvent, name="dossier-supplemented"):
    """The applicant supplemented the dossier: it stands where it stood before, with its clock running again."""

    status: DossierStatus
    due_at: AwareDatetime
    components: ComponentCounts | None = None
    example: ClassVar[dict[str, Any]] = {
        "version": 5,
        "dossierCode": _CODE,
        "procedure": "1.001193",
        "unit": "00004",
        "channel": 2,
        "status": 1,
        "dueAt": "2026-10-14T10:00:00Z",
    }


class DossierWithdrawn(DossierEvent, name="dossier-withdrawn"):
    """The applicant took the dossier back (status 7)."""

    reason: str | None = None
    withdrawn_at: AwareDatetime
    example: ClassVar[dict[str, Any]] = {
        "version": 2,
        "dossierCode": _CODE,
        "procedure": "1.001193",
        "unit": "00004",
        "channel": 2,
        "withdrawnAt": "2026-10-12T09:00:00Z",
    }


class DossierExtended(DossierEvent, name="dossier-extended"):
    """The dossier is due later than was promised: once by an extension with an apology, or since it must be verified."""

    cause: Literal["extension", "verification"]
    reason: str
    previous_due_at: AwareDatetime
    due_at: AwareDatetime
    example: ClassVar[dict[str, Any]] = {
        "version": 5,
        "dossierCode": _CODE,
        "procedure": "1.004873",
        "unit": "00004",
        "channel": 2,
        "cause": "extension",
        "reason": "Chờ kết quả xác minh của nơi cư trú trước đây",
        "previousDueAt": "2026-10-15T10:00:00Z",
        "dueAt": "2026-10-20T10:00:00Z",
    }


class DossierStopped(DossierEvent, name="dossier-stopped"):
    """Handling was stopped for a stated reason (status 8); the dossier will have no result."""

    reason: str
    finished_at: AwareDatetime
    example: ClassVar[dict[str, Any]] = {
        "version": 6,
        "dossierCode": _CODE,
        "procedure": "1.001193",
        "unit": "00004",
        "channel": 2,
        "reason": "Trẻ đã được đăng ký khai sinh",
        "finishedAt": "2026-10-12T09:00:00Z",
    }


class DossierFinished(DossierEvent, name="dossier-finished"):
    """The result exists (status 9). `due_at` is the due time it is held against."""

    finished_at: AwareDatetime
    due_at: AwareDatetime
    result_reference: str | None = None
    result_references: tuple[str, ...] = Field(default=(), description="All results, where there are several (twins)")
    electronic_result: bool = Field(default=False, description="The result is there as a signed file")
    supplement_requests: int = Field(default=0, ge=0, description="How often a supplement was asked for")
    components: ComponentCounts | None = None
    example: ClassVar[dict[str, Any]] = {
        "version": 6,
        "dossierCode": _CODE,
        "procedure": "1.001193",
        "unit": "00004",
        "channel": 2,
        "finishedAt": "2026-10-12T09:00:00Z",
        "dueAt": "2026-10-12T10:00:00Z",
        "resultReference": "01927f5e-0000-7000-8000-000000000001",
    }


class DossierReturned(DossierEvent, name="dossier-returned"):
    """The result was handed over (status 10), by the desk or online; the dossier is closed."""

    returned_at: AwareDatetime
    returned_by: str
    online: bool
    by_post: bool = False
    example: ClassVar[dict[str, Any]] = {
        "version": 7,
        "dossierCode": _CODE,
        "procedure": "1.001193",
        "unit": "00004",
        "channel": 2,
        "returnedAt": "2026-10-12T09:30:00Z",
        "returnedBy": "officer-1",
        "online": False,
    }
