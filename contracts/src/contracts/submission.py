"""What submission states of a dossier (hồ sơ): each edge of its lifecycle is one event. Words only."""

from datetime import date
from typing import Any, ClassVar

from pydantic import AwareDatetime, Field

from contracts.codes import ApplicantClass, ApplicantKind, Channel
from contracts.event import Event, Part

_CODE = "H26-20261012-0000042"


class FeeFacts(Part):
    """What the fee rules may ask about a dossier, and nothing more personal than that."""

    applicant_class: ApplicantClass = ApplicantClass.GENERAL
    days_since_occurrence: int | None = None
    identity_level: int | None = None
    quantity: int = Field(default=1, ge=1)


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
