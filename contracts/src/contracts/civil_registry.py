"""What the civil registry (hộ tịch) states. Words only."""

from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.codes import BirthRegistrationKind, BirthType, Sex
from contracts.event import Event, Part


class Parent(Part):
    """Mother or father as declared."""

    full_name: str
    date_of_birth: date | None = None
    personal_id: str | None = None
    ethnicity: str | None = None
    nationality: str = "Việt Nam"
    residence: str | None = None


class Child(Part):
    """Người được khai sinh."""

    full_name: str
    sex: Sex
    date_of_birth: date
    place_of_birth: str
    native_place: str
    ethnicity: str
    nationality: str = "Việt Nam"


class Requester(Part):
    """Người yêu cầu."""

    full_name: str
    relationship: str
    personal_id: str | None = None


class BirthDeclaration(Part):
    """Tờ khai đăng ký khai sinh: what is registered, and what the Ministry and the population database are sent."""

    kind: BirthRegistrationKind
    birth_type: BirthType
    child: Child
    mother: Parent | None = None
    father: Parent | None = None
    requester: Requester
    copies: int = 0


class BirthRegistrationRequested(
    Event, producer="civil-registry", name="birth-registration-requested", subject="dossier_code"
):
    """The commune opened a birth case and asks the Ministry's software for the child's personal ID. Personal data."""

    dossier_code: str
    case_id: UUID
    unit: str
    received_at: AwareDatetime
    declaration: BirthDeclaration
    child_number: int = Field(default=1, ge=1, description="Which of the children of one dossier (twins)")
    children: int = Field(default=1, ge=1, description="How many children the dossier declares")

    example: ClassVar[dict[str, Any]] = {
        "version": 1,
        "dossierCode": "H26-20261012-0000042",
        "caseId": "01927f5e-0000-7000-8000-0000000000c1",
        "unit": "00004",
        "receivedAt": "2026-10-12T03:05:00Z",
        "declaration": {
            "kind": 4,
            "birthType": 1,
            "child": {
                "fullName": "NGUYỄN THỊ MẪU",
                "sex": 2,
                "dateOfBirth": "2026-07-29",
                "placeOfBirth": "Bệnh viện Mẫu, Hà Nội",
                "nativePlace": "Hà Nội",
                "ethnicity": "Kinh",
                "nationality": "Việt Nam",
            },
            "mother": {"fullName": "TRẦN THỊ VÍ DỤ", "dateOfBirth": "1990-05-01", "personalId": "001190000001"},
            "father": {"fullName": "NGUYỄN VĂN VÍ DỤ", "dateOfBirth": "1988-02-03", "personalId": "001088000002"},
            "requester": {"fullName": "TRẦN THỊ VÍ DỤ", "relationship": "mẹ", "personalId": "001190000001"},
            "copies": 1,
        },
    }


class BirthRegistered(Event, producer="civil-registry", name="birth-registered", subject="dossier_code"):
    """The birth stands in the commune's book and its certificate is signed. No personal data: the record is asked for."""

    dossier_code: str
    record_id: UUID
    unit: str
    number: int
    year: int
    volume: str
    registered_on: date
    kind: BirthRegistrationKind
    child_number: int = Field(default=1, ge=1, description="Which of the children of one dossier (twins)")
    remaining: int = Field(default=0, ge=0, description="Children of the dossier that are not decided yet")

    example: ClassVar[dict[str, Any]] = {
        "version": 2,
        "dossierCode": "H26-20261012-0000042",
        "recordId": "01927f5e-0000-7000-8000-000000000001",
        "unit": "00004",
        "number": 45,
        "year": 2026,
        "volume": "01/2026",
        "registeredOn": "2026-10-12",
        "kind": 4,
    }


class BirthRegistrationRefused(
    Event, producer="civil-registry", name="birth-registration-refused", subject="dossier_code"
):
    """The birth cannot be registered: a duplicate, or the Ministry declined. `reason` is for the applicant."""

    dossier_code: str
    case_id: UUID
    cause: str
    reason: str
    child_number: int = Field(default=1, ge=1, description="Which of the children of one dossier (twins)")
    remaining: int = Field(default=0, ge=0, description="Children of the dossier that are not decided yet")
    registered: int = Field(default=0, ge=0, description="Children of the dossier that were registered")

    example: ClassVar[dict[str, Any]] = {
        "version": 2,
        "dossierCode": "H26-20261012-0000042",
        "caseId": "01927f5e-0000-7000-8000-0000000000c1",
        "cause": "duplicate",
        "reason": "Trẻ đã được đăng ký khai sinh",
    }
