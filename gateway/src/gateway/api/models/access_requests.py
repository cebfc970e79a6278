"""What the routes of requests for access take and answer. Shapes only."""

import json
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import Body
from pydantic import AfterValidator, ConfigDict, Field

from chassis.clock import hanoi_day
from gateway.answer_terms import answer_terms
from gateway.api.models.partners import (
    ClientId,
    FieldName,
    Glob,
    Method,
    Name,
    Part,
    Scope,
    ServiceName,
    SubsystemName,
    Words,
)
from gateway.api.models.shape import Model
from gateway.domain import access
from gateway.domain.access_request import AccessRequest, Kind, RequestState, hours_left, is_overdue, term_for
from gateway.domain.credentials import UnusableCredential, public_members


def _public_key(jwk: dict[str, Any]) -> dict[str, Any]:
    try:
        public_members(json.dumps(jwk))
    except (UnusableCredential, ValueError, RecursionError) as error:
        said = f"{error.en} / {error.vi}" if isinstance(error, UnusableCredential) else "not a JWK / không phải JWK"
        raise ValueError(said) from None
    return {name: jwk[name] for name in ("kty", "crv", "x", "y") if name in jwk}


def _event_glob(name: str) -> str:
    """An event type, or a glob over its words: dots part it there as slashes part a path."""
    try:
        access.checked_glob(name.replace(".", "/"))
    except access.BadGlob as error:
        raise ValueError(f"{error.en} / {error.vi}") from None
    return name


PublicKey = Annotated[dict[str, Any], Field(max_length=20), AfterValidator(_public_key)]
EventType = Annotated[
    str, Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9.*/_-]+$"), AfterValidator(_event_glob)
]
_JWK: dict[str, Any] = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
_CONNECTION: dict[str, Any] = {
    "subsystem": "VN/GOV/G15/ho-tich",
    "memberName": "Bộ Tư pháp",
    "subsystemName": "Hệ thống hộ tịch điện tử",
    "contact": "Phòng Hạ tầng, Cục Công nghệ thông tin",
    "publicKey": _JWK,
    "purpose": "Tra cứu trạng thái hồ sơ hộ tịch",
    "legalBasis": "NĐ 194/2025/NĐ-CP",
}
_SERVICE: dict[str, Any] = {
    "kind": "service",
    "service": "VN/GOV/H26/lienthong/procedures",
    "methods": ["GET"],
    "paths": ["**"],
    "validTo": "2027-12-31",
    "purpose": "Hiển thị thủ tục trên cổng của bộ",
    "legalBasis": "NĐ 194/2025/NĐ-CP",
}
_EVENTS: dict[str, Any] = {
    "kind": "events",
    "types": ["vn.gov.hanoi.submission.dossier-returned.v1"],
    "purpose": "Đồng bộ trạng thái hồ sơ",
    "legalBasis": "NĐ 194/2025/NĐ-CP",
}
_ANSWERED: dict[str, Any] = {
    "id": "01927f5e-0000-7000-8000-0000000000b1",
    "subsystem": "VN/GOV/G15/ho-tich",
    "askedAt": "2026-10-12T03:00:00Z",
    "answerDueAt": "2026-10-14T10:00:00Z",
    "term": {"workingDays": 2, "source": "NĐ 194/2025/NĐ-CP"},
    "hoursLeft": 55.0,
    "overdue": False,
    "state": "waiting",
    "version": 1,
}


def _example(*examples: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": list(examples)}, extra="forbid")


class NewConnection(Model):
    """A request for an account, from who has none yet."""

    model_config = _example(_CONNECTION)

    subsystem: SubsystemName = Field(
        description="Instance, class, agency code in either notation, a name of your choice"
    )
    member_name: Name
    subsystem_name: Name
    contact: Words = Field(description="Whom to speak with at the agency")
    public_key: PublicKey | None = Field(
        default=None, description="A JWK (Ed25519 or P-256): once granted, tokens are asked for with it"
    )
    purpose: Words
    legal_basis: Words


class _NewAccess(Model):
    fields: list[FieldName] | None = Field(
        default=None, max_length=200, description="Which fields are needed; none: all"
    )
    valid_to: date | None = Field(default=None, description="Until when it is needed")
    purpose: Words
    legal_basis: Words


class NewServiceAccess(_NewAccess):
    """A request for the right to call a service, or some methods and paths of it."""

    model_config = _example(_SERVICE)

    kind: Literal["service"]
    service: ServiceName
    methods: list[Method] | None = Field(default=None, min_length=1, max_length=8)
    paths: list[Glob] | None = Field(default=None, min_length=1, max_length=20)


class NewEventsAccess(_NewAccess):
    """A request for the right to be told of events."""

    model_config = _example(_EVENTS)

    kind: Literal["events"]
    types: list[EventType] = Field(min_length=1, max_length=50, description="Event types, or globs over their words")


NewAccess = Annotated[
    NewServiceAccess | NewEventsAccess,
    Body(discriminator="kind", openapi_examples={"service": {"value": _SERVICE}, "events": {"value": _EVENTS}}),
]


class GrantedAnswer(Model):
    """The operator's yes. What is left out is as it was asked for."""

    model_config = _example({"legalBasis": "NĐ 194/2025/NĐ-CP", "validFrom": "2026-10-13", "validTo": "2027-12-31"})

    legal_basis: Words
    valid_from: date | None = Field(default=None, description="Left out: today")
    valid_to: date | None = Field(default=None, description="The last day; left out: as it was asked for")
    fields: list[FieldName] | None = Field(default=None, max_length=200, description="Fewer fields than asked for")
    client_id: ClientId | None = Field(default=None, description="Of a connection; left out: made of its name")
    scopes: list[Scope] | None = Field(
        default=None, max_length=50, description="Of a connection; left out: gateway:read and gateway:write"
    )
    groups: list[Part] = Field(default=[], max_length=50, description="Of a connection")


class RefusedAnswer(Model):
    """The operator's no: why, and by which legal basis. Both are demanded by law."""

    model_config = _example({"reason": "Dữ liệu thuộc phạm vi không chia sẻ", "legalBasis": "NĐ 194/2025/NĐ-CP"})

    reason: Words
    legal_basis: Words


class TermView(Model):
    """Within how many working days the answer is due, and what says so."""

    working_days: int
    source: str


class AccessRequestView(Model):
    """A request with its clock. `wanted` is what was asked for."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **_ANSWERED,
                    "kind": "connection",
                    "wanted": {
                        name: _CONNECTION[name] for name in ("memberName", "subsystemName", "contact", "publicKey")
                    },
                    "purpose": _CONNECTION["purpose"],
                    "legalBasis": _CONNECTION["legalBasis"],
                }
            ]
        }
    )

    id: UUID
    kind: Kind
    subsystem: str
    wanted: dict[str, Any]
    purpose: str
    legal_basis: str
    asked_at: datetime
    answer_due_at: datetime
    term: TermView
    hours_left: float | None = Field(
        default=None, description="Until the answer is due, by the clock; below 0: overdue"
    )
    overdue: bool = Field(description="The answer is late, or came late")
    state: RequestState
    answered_at: datetime | None = None
    reason: str | None = Field(default=None, description="Why it was refused")
    refusal_legal_basis: str | None = None
    client_id: str | None = Field(default=None, description="Of a granted connection: what to ask tokens with")
    asked_by: str | None = Field(default=None, description="For operators")
    answered_by: str | None = Field(default=None, description="For operators")
    version: int

    @classmethod
    def of(cls, request: AccessRequest, now: datetime, *, whole: bool = False) -> Self:
        """From a request; `whole` for an operator."""
        term = term_for(answer_terms(), request.kind, hanoi_day(request.asked_at))
        return cls(
            id=request.id, kind=request.kind, subsystem=str(request.subsystem), wanted=dict(request.wanted),
            purpose=request.purpose, legal_basis=request.legal_basis, asked_at=request.asked_at,
            answer_due_at=request.answer_due_at, term=TermView(working_days=term.working_days, source=term.source),
            hours_left=hours_left(request, now), overdue=is_overdue(request, now), state=request.state,
            answered_at=request.answered_at, reason=request.reason, refusal_legal_basis=request.refusal_legal_basis,
            client_id=request.client_id, asked_by=request.asked_by if whole else None,
            answered_by=request.answered_by if whole else None, version=request.version,
        )  # fmt: skip


class ConnectionAskedView(Model):
    """A request for a connection as it was taken. The token follows it: it is shown this once."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": _ANSWERED["id"],
                    "trackingToken": "Xk3v…",
                    "answerDueAt": _ANSWERED["answerDueAt"],
                    "term": _ANSWERED["term"],
                }
            ]
        }
    )

    id: UUID
    tracking_token: str = Field(description="To be sent as Tracking-Token; only its hash is kept")
    answer_due_at: datetime
    term: TermView
