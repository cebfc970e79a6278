"""What the gateway states after an exchange with a ministry. Words only."""

from datetime import date
from enum import StrEnum
from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.event import Event, Part


class MinistryCaseKind(StrEnum):
    """What a ministry's register is asked for (loại hồ sơ liên thông)."""

    BIRTH = "moj-birth"  # khai sinh, Bộ Tư pháp
    DEATH = "moj-death"  # khai tử, Bộ Tư pháp
    MARRIAGE = "moj-marriage"  # kết hôn, Bộ Tư pháp
    RESIDENCE = "residence"  # cư trú, Bộ Công an
    HEALTH_CARD = "health-card"  # thẻ bảo hiểm y tế, Bảo hiểm xã hội Việt Nam


class MinistryEntry(Part):
    """Where the result stands in the ministry's own books. It names no person; what does is asked for by the case."""

    number: str | None = None
    book: str | None = None
    page: str | None = None
    on: date | None = None


class PersonalIdIssued(Event, producer="gateway", name="personal-id-issued", subject="dossier_code"):
    """The Ministry of Justice answered a birth case with the child's personal ID (số định danh cá nhân). Personal data."""

    dossier_code: str
    case_id: UUID
    personal_id: str
    ministry_number: str | None = None
    ministry_book: str | None = None
    ministry_page: str | None = None
    answered_on: date | None = None

    example: ClassVar[dict[str, Any]] = {
        "version": 1,
        "dossierCode": "H26-20261012-0000042",
        "caseId": "01927f5e-0000-7000-8000-0000000000c1",
        "personalId": "001326000123",
        "ministryNumber": "45",
        "ministryBook": "01/2026",
        "answeredOn": "2026-10-12",
    }


class BirthRegistrationDeclined(Event, producer="gateway", name="birth-registration-declined", subject="dossier_code"):
    """The Ministry of Justice refused a birth case (trangThai 6), or refused to take it; `errors` are its words."""

    dossier_code: str
    case_id: UUID
    errors: tuple[str, ...]

    example: ClassVar[dict[str, Any]] = {
        "version": 1,
        "dossierCode": "H26-20261012-0000042",
        "caseId": "01927f5e-0000-7000-8000-0000000000c1",
        "errors": ["Thông tin người mẹ không khớp"],
    }


class MinistryCaseAnswered(Event, producer="gateway", name="ministry-case-answered", subject="dossier_code"):
    """A ministry's register gave its last word on a case that is no birth: registered, or declined in its own `words`."""

    dossier_code: str
    case_id: UUID
    kind: MinistryCaseKind
    outcome: Literal["registered", "declined"]
    words: tuple[str, ...] = ()
    result: MinistryEntry | None = None

    example: ClassVar[dict[str, Any]] = {
        "version": 1,
        "dossierCode": "H26-20261012-0000043",
        "caseId": "01927f5e-0000-7000-8000-0000000000d1",
        "kind": "moj-death",
        "outcome": "registered",
        "result": {"number": "45", "book": "01/2026", "page": "45", "on": "2026-10-12"},
    }


class MinistrySupplementRequested(
    Event, producer="gateway", name="ministry-supplement-requested", subject="dossier_code"
):
    """A ministry's register asks for more papers (trangThai 2) before it goes on; `words` are its own, for the applicant."""

    dossier_code: str
    case_id: UUID
    kind: MinistryCaseKind
    words: tuple[str, ...] = ()
    supplement_by: date | None = Field(default=None, description="hanBoSungHoSo: refused if nothing comes until then")

    example: ClassVar[dict[str, Any]] = {
        "version": 1,
        "dossierCode": "H26-20261012-0000043",
        "caseId": "01927f5e-0000-7000-8000-0000000000d1",
        "kind": "moj-death",
        "words": ["Thiếu giấy báo tử"],
        "supplementBy": "2026-10-21",
    }


class NationalPaymentConfirmed(Event, producer="gateway", name="national-payment-confirmed", subject="reference"):
    """The national payment platform confirmed a payment that an agency's system started there; `transaction` is its own."""

    dossier_code: str
    reference: str
    amount: int
    transaction: str
    paid_at: AwareDatetime = Field(description="When the gateway took the confirmation: the platform sends no time")

    example: ClassVar[dict[str, Any]] = {
        "version": 3,
        "dossierCode": "H26-20261012-0000043",
        "reference": "H26-20261012-0000043-1",
        "amount": 50000,
        "transaction": "QG20261012000001",
        "paidAt": "2026-10-12T03:00:00Z",
    }
