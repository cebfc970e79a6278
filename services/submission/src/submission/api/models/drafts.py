"""Drafts as the API takes and gives them. The filing in one is not held to anything here."""

from typing import Any, Self
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from chassis.problems import FieldError
from submission.api.models.wire import ROOT, Wire
from submission.domain.draft import Draft

_ID = "01927f5e-0000-7000-8000-000000000001"
_FILING: dict[str, Any] = {"procedure": "1.001193", "form": {"child": {"fullName": "NGUYỄN THỊ MẪU"}}}
_DRAFT: dict[str, Any] = {
    "id": _ID,
    "version": 1,
    "updatedAt": "2026-10-12T02:55:00Z",
    "expiresAt": "2026-12-11T02:55:00Z",
    "links": {"self": f"{ROOT}/drafts/{_ID}"},
}


class DraftRequest(Wire):
    """What is typed up to now: any part of what POST /v1/dossiers takes, right or wrong."""

    model_config = ConfigDict(json_schema_extra={"example": {"filing": _FILING}})

    filing: dict[str, Any] = Field(description="As POST /v1/dossiers takes it, as far as it is filled in")


class DraftLine(Wire):
    """A draft in a list. `procedure`: what was typed there, if it is text."""

    model_config = ConfigDict(json_schema_extra={"example": _DRAFT | {"procedure": "1.001193"}})

    id: UUID
    version: int
    updated_at: AwareDatetime
    expires_at: AwareDatetime = Field(description="When it is forgotten, unless it is changed before")
    links: dict[str, str]
    procedure: str | None = None

    @classmethod
    def of(cls, draft: Draft) -> Self:
        """A row of a list."""
        procedure = draft.filing.get("procedure")
        return cls(
            id=draft.id,
            version=draft.version,
            updated_at=draft.updated_at,
            expires_at=draft.expires_at,
            links={"self": f"{ROOT}/drafts/{draft.id}"},
            procedure=procedure if isinstance(procedure, str) else None,
        )


class DraftView(Wire):
    """One draft, whole."""

    model_config = ConfigDict(json_schema_extra={"example": _DRAFT | {"filing": _FILING}})

    id: UUID
    version: int
    updated_at: AwareDatetime
    expires_at: AwareDatetime
    links: dict[str, str]
    filing: dict[str, Any]

    @classmethod
    def of(cls, draft: Draft) -> Self:
        """As it is kept."""
        return cls(
            id=draft.id,
            version=draft.version,
            updated_at=draft.updated_at,
            expires_at=draft.expires_at,
            links={"self": f"{ROOT}/drafts/{draft.id}"},
            filing=draft.filing,
        )


class FaultView(Wire):
    """One thing wrong: where in the filing, which rule, and why, in two languages."""

    pointer: str
    rule: str
    vi: str
    en: str

    @classmethod
    def of(cls, fault: FieldError) -> Self:
        """As problems give it in `errors`."""
        return cls(pointer=fault.pointer, rule=fault.rule, vi=fault.message.vi, en=fault.message.en)


class ValidationView(Wire):
    """Whether a draft could be filed now, and all that stands against it."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "valid": False,
                "errors": [
                    {"pointer": "/unit", "rule": "missing", "vi": "Thiếu trường bắt buộc", "en": "Required"},
                    {
                        "pointer": "/form/child/sex",
                        "rule": "required",
                        "vi": "Thiếu thông tin bắt buộc",
                        "en": "Required",
                    },
                ],
            }
        }
    )

    valid: bool
    errors: list[FaultView]
