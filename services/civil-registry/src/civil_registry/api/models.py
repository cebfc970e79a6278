"""What the API answers with, as declared to callers. No behaviour beyond making an answer from what was read."""

from collections.abc import Collection
from datetime import date
from typing import Any, ClassVar, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from civil_registry.domain.lifecycle import CaseState, Cause
from civil_registry.record import BirthRecord
from contracts.civil_registry import Child, Parent, Requester
from contracts.codes import BirthRegistrationKind, BirthType

_RECORD_ID = "01927f5e-0000-7000-8000-000000000001"
_DOSSIER = "H26-20261012-0000042"
_ENTRY: dict[str, Any] = {
    "id": _RECORD_ID,
    "unit": "00004",
    "number": "45/2026",
    "volume": "01/2026",
    "registeredOn": "2026-10-12",
}


class Answer(BaseModel):
    """Base of what is answered: camelCase."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class RecordStatus(Answer):
    """Where a birth stands in the book. No personal data."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ENTRY]})

    id: UUID = Field(description="The record's identity, unique nationally, as numbers are not")
    unit: str = Field(description="Commune-level unit code")
    number: str = Field(description="Số, with its year")
    volume: str = Field(description="Quyển số")
    registered_on: date

    @classmethod
    def of(cls, record: BirthRecord) -> Self:
        """From the record."""
        entry = record.entry
        return cls(
            id=record.record_id,
            unit=entry.unit,
            number=entry.label,
            volume=entry.volume,
            registered_on=entry.registered_on,
        )


class RecordView(RecordStatus):
    """A birth record in full (bản ghi khai sinh)."""

    example: ClassVar[dict[str, Any]] = {
        **_ENTRY,
        "dossierCode": _DOSSIER,
        "office": "Ủy ban nhân dân phường Ba Đình",
        "registrationKind": 4,
        "birthType": 1,
        "personalId": "001326000123",
        "child": {
            "fullName": "NGUYỄN THỊ MẪU",
            "sex": 2,
            "dateOfBirth": "2026-07-29",
            "placeOfBirth": "Bệnh viện Mẫu, Hà Nội",
            "nativePlace": "Hà Nội",
            "ethnicity": "Kinh",
            "nationality": "Việt Nam",
        },
        "dateOfBirthInWords": "Ngày hai mươi chín tháng bảy năm hai nghìn không trăm hai mươi sáu",
        "mother": {"fullName": "TRẦN THỊ VÍ DỤ", "dateOfBirth": "1990-05-01", "personalId": "001190000001"},
        "requester": {"fullName": "TRẦN THỊ VÍ DỤ", "relationship": "mẹ", "personalId": "001190000001"},
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "verificationUrl": "https://example.test/api/civil-registry/v1/verifications/3p2mKx0Yw9vB7dQ1nR5tUA",
    }
    model_config = ConfigDict(json_schema_extra={"examples": [example]})

    dossier_code: str
    office: str
    registration_kind: BirthRegistrationKind
    birth_type: BirthType
    personal_id: str = Field(description="Số định danh cá nhân")
    child: Child
    date_of_birth_in_words: str
    mother: Parent | None = None
    father: Parent | None = None
    requester: Requester
    sha256: str = Field(description="Hash of the signed record, as printed on the certificate")
    verification_url: str = Field(description="Where anyone holding the certificate can check it")

    @classmethod
    def whole(cls, record: BirthRecord, *, sha256: str, verification_url: str) -> Self:
        """From the record."""
        return cls(
            **RecordStatus.of(record).model_dump(),
            dossier_code=record.dossier_code,
            office=record.entry.office,
            registration_kind=record.registration_kind,
            birth_type=record.birth_type,
            personal_id=record.personal_id,
            child=record.child,
            date_of_birth_in_words=record.date_of_birth_in_words,
            mother=record.mother,
            father=record.father,
            requester=record.requester,
            sha256=sha256,
            verification_url=verification_url,
        )


class RecordExtract(Answer):
    """Trích lục khai sinh: what a birth record says of a person, as far as the asking agency may see it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    key: RecordView.example[key]
                    for key in ("personalId", "child", "number", "volume", "registeredOn", "office")
                }
            ]
        }
    )

    personal_id: str | None = Field(default=None, description="Số định danh cá nhân")
    child: Child | None = Field(default=None, description="Người được khai sinh")
    mother: Parent | None = None
    father: Parent | None = None
    registration_kind: BirthRegistrationKind | None = None
    number: str | None = Field(default=None, description="Số, with its year")
    volume: str | None = Field(default=None, description="Quyển số")
    registered_on: date | None = None
    office: str | None = None

    @classmethod
    def of(cls, record: BirthRecord, fields: Collection[str] | None) -> Self:
        """From the record; of what it says only these fields (by their names on the wire), None: all."""
        whole: dict[str, Any] = {
            "personalId": record.personal_id,
            "child": record.child,
            "mother": record.mother,
            "father": record.father,
            "registrationKind": record.registration_kind,
            "number": record.entry.label,
            "volume": record.entry.volume,
            "registeredOn": record.entry.registered_on,
            "office": record.entry.office,
        }
        return cls.model_validate({name: value for name, value in whole.items() if fields is None or name in fields})


class CaseView(Answer):
    """A registration case (việc đăng ký) of a dossier. `reason` is not shown to agencies: it is the applicant's."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "dossierCode": _DOSSIER,
                    "childNumber": 1,
                    "caseId": "01927f5e-0000-7000-8000-0000000000c1",
                    "unit": "00004",
                    "state": "registered",
                    "receivedAt": "2026-10-12T03:05:00Z",
                    "changedAt": "2026-10-12T03:05:09Z",
                    "recordId": _RECORD_ID,
                }
            ]
        }
    )

    dossier_code: str
    child_number: int = Field(description="Which of the children the dossier declares")
    case_id: UUID
    unit: str
    state: CaseState
    received_at: AwareDatetime
    changed_at: AwareDatetime
    record_id: UUID | None = None
    cause: Cause | None = None
    reason: str | None = None


class DataAccess(Answer):
    """One time that someone read a record that concerns the caller."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "at": "2026-10-12T09:30:00Z",
                    "recordId": _RECORD_ID,
                    "item": "certificate",
                    "byKind": "officer",
                    "by": "officer-1",
                    "agency": "H26",
                    "purpose": f"Giải quyết hồ sơ {_DOSSIER}",
                }
            ]
        }
    )

    at: AwareDatetime
    record_id: UUID
    item: str = Field(description="`record`, `record-status` or `certificate`")
    by_kind: str = Field(description="`citizen`, `officer` or `agency`")
    by: str | None = Field(description="Account that read; absent where it is another citizen's personal ID")
    agency: str | None = None
    purpose: str = Field(description="Why, as the reader stated it, or the dossier that gave the reason")


class Verification(Answer):
    """Whether a certificate is genuine, and what must stand on it. No personal data."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "genuine": True,
                    "document": "Giấy khai sinh",
                    "number": "45/2026",
                    "volume": "01/2026",
                    "office": "Ủy ban nhân dân phường Ba Đình",
                    "registeredOn": "2026-10-12",
                    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                    "keyId": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
                },
                {"genuine": False},
            ]
        }
    )

    genuine: bool
    document: str | None = None
    number: str | None = Field(default=None, description="Số, with its year")
    volume: str | None = Field(default=None, description="Quyển số")
    office: str | None = None
    registered_on: date | None = None
    sha256: str | None = Field(default=None, description="Compare with the hash printed on the certificate")
    key_id: str | None = Field(default=None, description="Key of `/v1/keys` that signed the record")


class Jwk(BaseModel):
    """A public Ed25519 key (RFC 8037)."""

    kty: str
    crv: str
    x: str
    kid: str
    alg: str
    use: str


class Jwks(BaseModel):
    """A JWK set (RFC 7517)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "keys": [
                        {
                            "kty": "OKP",
                            "crv": "Ed25519",
                            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
                            "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
                            "alg": "EdDSA",
                            "use": "sig",
                        }
                    ]
                }
            ]
        }
    )

    keys: list[Jwk]
