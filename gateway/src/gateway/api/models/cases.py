"""Cases at ministries as they are asked for at /r1 and shown, and the health of the ways there. Shapes only."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from contracts.gateway import MinistryCaseKind
from gateway.api.models.shape import Model
from gateway.case_declarations import (
    MOST_PAPERS,
    DeathDeclaration,
    HealthCardRequest,
    MarriageDeclaration,
    Paper,
    ResidenceRequest,
)
from gateway.domain.ministry_case import State
from gateway.queries.adapters import WayHealth
from gateway.queries.ministry_cases import SeenCase

DossierCode = Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9A-Za-z.-]{3,63}$")]
UnitCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{5}$")]
Instant = Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), le=datetime(2200, 1, 1, tzinfo=UTC))]
Papers = Annotated[tuple[Paper, ...], Field(max_length=MOST_PAPERS)]

_CASE_ID = "01927f5e-0000-7000-8000-0000000000d1"
_CASE: dict[str, Any] = {
    "caseId": _CASE_ID,
    "kind": "moj-death",
    "dossierCode": "H26-20261012-0000043",
    "unit": "00004",
    "state": "SUPPLEMENT_AWAITED",
    "words": ["Thiếu giấy báo tử"],
    "supplementBy": "2026-10-21",
    "takenAt": "2026-10-12T03:05:00Z",
    "changedAt": "2026-10-12T03:09:00Z",
}
_PERSON: dict[str, Any] = {
    "fullName": "NGUYỄN THỊ MẪU",
    "dateOfBirth": "2026-07-29",
    "sex": 2,
    "personalId": "001326000123",
}


class Opening(Model):
    """What every case brings. The dossier may be named by X-Road-Issue instead."""

    model_config = ConfigDict(extra="forbid")

    dossier_code: DossierCode | None = None
    unit: UnitCode = Field(description="Commune-level unit of the dossier")
    received_at: Instant | None = Field(default=None, description="When the city received the dossier; default: now")
    papers: Papers = ()


class OpenDeath(Opening):
    """Liên thông khai tử (LTKT)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "moj-death",
                    "unit": "00004",
                    "declaration": {
                        "deceased": {
                            "fullName": "NGUYỄN VĂN MẪU",
                            "sex": 1,
                            "dateOfBirth": "1941-02-03",
                            "residence": "Phường Mẫu, Hà Nội",
                            "diedOn": "2026-10-10",
                            "diedAt": "05:30",
                            "placeOfDeath": "Bệnh viện Mẫu, Hà Nội",
                            "causeOfDeath": "Bệnh",
                        },
                        "paper": {"kind": 1, "number": "12", "issuedOn": "2026-10-10", "issuedBy": "Bệnh viện Mẫu"},
                        "requester": {"fullName": "NGUYỄN THỊ VÍ DỤ", "relationship": "con"},
                    },
                }
            ]
        }
    )

    kind: Literal[MinistryCaseKind.DEATH]
    declaration: DeathDeclaration


_SPOUSE: dict[str, Any] = {
    "dateOfBirth": "2000-01-01",
    "ethnicity": "Kinh",
    "nationality": "Việt Nam",
    "residence": "Hà Nội",
    "paperKind": 4,
    "marriageNumber": 1,
}


class OpenMarriage(Opening):
    """Liên thông kết hôn (LTKH)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "moj-marriage",
                    "unit": "00004",
                    "declaration": {
                        "husband": _SPOUSE | {"fullName": "TRẦN VĂN MẪU", "paperNumber": "001200000001"},
                        "wife": _SPOUSE | {"fullName": "LÊ THỊ MẪU", "paperNumber": "001300000002"},
                    },
                }
            ]
        }
    )

    kind: Literal[MinistryCaseKind.MARRIAGE]
    declaration: MarriageDeclaration


class OpenResidence(Opening):
    """Đăng ký, xóa đăng ký thường trú."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "unit": "00004",
                    "declaration": {"action": "register", "person": _PERSON, "address": "1 phố Mẫu, Hà Nội"},
                }
            ]
        }
    )

    kind: Literal[MinistryCaseKind.RESIDENCE] = MinistryCaseKind.RESIDENCE
    declaration: ResidenceRequest


class OpenHealthCard(Opening):
    """Cấp thẻ bảo hiểm y tế."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"unit": "00004", "declaration": {"person": _PERSON, "address": "1 phố Mẫu, Hà Nội"}}]
        }
    )

    kind: Literal[MinistryCaseKind.HEALTH_CARD] = MinistryCaseKind.HEALTH_CARD
    declaration: HealthCardRequest


class Supplement(Model):
    """What was asked for: papers added, or taking the place of those of the same id, or withdrawn; the declaration anew."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "papers": [
                        {
                            "id": "gbt",
                            "kind": "8",
                            "title": "Giấy báo tử",
                            "fileName": "giay-bao-tu.pdf",
                            "content": "JVBERi0=",
                        }
                    ]
                }
            ]
        },
    )

    declaration: dict[str, Any] | None = Field(default=None, description="The whole declaration, mended")
    papers: Papers = ()


class CaseView(Model):
    """A case as who manages the gateway sees it: nothing of the declaration, nothing that names a person."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                _CASE | {"attempts": 0, "nextAttemptAt": "2026-10-12T03:09:30Z", "askedBy": "VN/GOV/G15/sandbox-agency"}
            ]
        }
    )

    case_id: str
    kind: MinistryCaseKind
    dossier_code: str
    unit: str
    state: State
    words: tuple[str, ...] = Field(description="The ministry's own, of its last word")
    supplement_by: date | None = None
    attempts: int = Field(description="Calls in a row that came to no end")
    last_error: str | None = None
    next_attempt_at: datetime | None = Field(default=None, description="When it is tried or asked after again")
    asked_by: str | None = Field(default=None, description="The subsystem that opened it; births come from inside")
    taken_at: datetime
    changed_at: datetime
    ended_at: datetime | None = None

    @classmethod
    def of(cls, case: SeenCase) -> Self:
        """From a row."""
        return cls(**_common(case), attempts=case.attempts, last_error=case.last_error, asked_by=case.asked_by,
                   next_attempt_at=None if case.state.ends else case.next_attempt_at)  # fmt: skip


class AskedCase(Model):
    """A case as who asked for it sees it, with its result."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                _CASE
                | {
                    "state": "ANSWERED",
                    "words": [],
                    "supplementBy": None,
                    "result": {"number": "45/2026", "book": "01/2026", "page": "45", "on": "2026-10-12"},
                }
            ]
        }
    )

    case_id: str
    kind: MinistryCaseKind
    dossier_code: str
    unit: str
    state: State
    words: tuple[str, ...]
    supplement_by: date | None = None
    taken_at: datetime
    changed_at: datetime
    ended_at: datetime | None = None
    result: dict[str, str] | None = Field(
        default=None, description="number, book, page, on; cardNumber of a health card"
    )

    @classmethod
    def of(cls, case: SeenCase) -> Self:
        """From a row."""
        return cls(**_common(case), result=dict(case.result) if case.result is not None else None)


class AdapterView(Model):
    """How one way to another side stands. Ways of one adapter are listed in the order of preference."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "adapter": "moj",
                    "mode": "direct",
                    "address": "https://hotich.example",
                    "preference": 0,
                    "source": "",
                    "state": "open",
                    "failures": 7,
                    "lastFailureAt": "2026-10-12T03:05:00Z",
                    "lastError": "HTTP 503",
                    "openedAt": "2026-10-12T03:04:40Z",
                    "calls": 120,
                    "errors": 7,
                    "millisPerCall": 41.5,
                    "changedAt": "2026-10-12T03:05:00Z",
                }
            ]
        }
    )

    adapter: str
    mode: str = Field(description="lgsp-national, national, lgsp or direct")
    address: str
    preference: int = Field(description="0 is tried first")
    source: str = Field(description="The agreement or law the way rests on")
    valid_from: date | None = None
    valid_to: date | None = None
    state: str = Field(description="closed: calls go through; open: held back; probing: one is out to see")
    failures: int = Field(description="In a row")
    last_ok_at: datetime | None = None
    last_failure_at: datetime | None = None
    last_error: str | None = None
    opened_at: datetime | None = None
    calls: int
    errors: int
    millis_per_call: float
    changed_at: datetime

    @classmethod
    def of(cls, way: WayHealth) -> Self:
        """From a row."""
        shown = {name: getattr(way, name) for name in cls.model_fields if name != "millis_per_call"}
        return cls(**shown, millis_per_call=round(way.millis / way.calls, 1) if way.calls else 0)


def _common(case: SeenCase) -> dict[str, Any]:
    names = ("kind", "dossier_code", "unit", "state", "words", "supplement_by", "taken_at", "changed_at", "ended_at")
    return {"case_id": str(case.case_id)} | {name: getattr(case, name) for name in names}
