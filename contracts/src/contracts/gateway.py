"""What the gateway states after an exchange with a ministry. Words only."""

from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from contracts.event import Event


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
