"""What is asked and answered about versions of a procedure: their list, what changed between two, a withdrawal. Shape only."""

from datetime import date, datetime
from typing import Any, Literal, Self

from pydantic import ConfigDict, Field
from sqlalchemy import Row

from catalog.api.models import Day, Procedure, Strict
from catalog.content import ProcedureContent
from catalog.domain.change_texts import sentence
from catalog.domain.diffs import Change
from catalog.domain.versions import Status
from chassis.text import CleanText
from contracts.event import Part


class Withdrawal(Strict):
    """Bãi bỏ: `lastDay` is the last day in force, today or later; dossiers filed by then go on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "lastDay": "2027-02-28",
                    "legalSource": "Quyết định bãi bỏ của thành phố",
                    "reason": "Thay bằng thủ tục mới theo Luật Hộ tịch có hiệu lực từ 01/3/2027",
                }
            ]
        }
    )

    last_day: Day
    legal_source: CleanText = Field(min_length=1, max_length=500)
    reason: CleanText = Field(default="", max_length=2000)


class VersionSummary(Part):
    """A version of a procedure in a list. `withdrawal`: why and by what it ended, where it was withdrawn."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "2.002621",
                    "version": 1,
                    "status": "withdrawn",
                    "name": "Liên thông khai sinh, thường trú, thẻ BHYT cho trẻ em dưới 6 tuổi",
                    "validFrom": "2025-07-01",
                    "validTo": "2026-08-31",
                    "publishedAt": "2026-01-05T02:00:00Z",
                    "withdrawalSource": "Thay bằng 3.000722 từ 01/09/2026",
                    "withdrawalReason": "",
                }
            ]
        }
    )

    code: str
    version: int
    status: Status
    name: str
    valid_from: date
    valid_to: date | None = None
    published_at: datetime | None = None
    withdrawal_source: str | None = None
    withdrawal_reason: str | None = None


class WholeVersion(Procedure):
    """A version of a procedure, its form and the hints for drawing it included. `notPublished`: what is left out."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "1.004222",
                    "version": 2,
                    "status": "draft",
                    "validFrom": "2027-03-01",
                    "name": "Đăng ký thường trú",
                    "field": {"code": "cu-tru", "name": "Cư trú"},
                    "keywords": ["hộ khẩu"],
                    "legalSources": [],
                    "timeLimits": [],
                    "fees": [],
                    "components": [],
                    "cases": [],
                    "steps": [],
                    "applicants": [],
                    "results": [],
                    "agencies": [],
                    "lifeEvents": [],
                    "offerings": [],
                    "formSchema": {"type": "object", "properties": {"content": {"type": "string"}}},
                    "formUi": {"/content": {"widget": "textarea"}},
                    "handledBy": "desk",
                    "omissions": [],
                    "notes": [],
                    "notPublished": ["fees", "time-limits", "components"],
                    "source": "Quyết định công bố của thành phố",
                }
            ]
        }
    )

    form_schema: dict[str, Any]
    form_ui: dict[str, Any]
    withdrawal_source: str | None = None
    withdrawal_reason: str | None = None

    @classmethod
    def of_row(cls, row: Row[Any]) -> Self:
        content = ProcedureContent.model_validate_json(row.content)
        said = Procedure.of(row.code, row.version, row.status, (row.valid_from, row.valid_to), content)
        return cls.model_validate(
            said.model_dump()
            | {"form_schema": content.form_schema, "form_ui": content.form_ui}
            | {"withdrawal_source": row.withdrawal_source, "withdrawal_reason": row.withdrawal_reason}
        )


class ChangeOut(Part):
    """One difference, in the manner of RFC 6902, and as a sentence.

    `pointer` leads into the newer version for `add` and `move`, into the older one for `remove` and `replace`. Rows of a
    list are matched by their id, code, channel or number: `names` are those of the rows it goes through. `move` is a list
    in another order: `before` and `after` name its rows.
    """

    op: Literal["add", "remove", "replace", "move"]
    pointer: str
    before: Any = None
    after: Any = None
    names: tuple[str, ...] = ()
    vi: str
    en: str

    @classmethod
    def of(cls, change: Change) -> Self:
        said = sentence(change)
        return cls(
            op=change.op,
            pointer=change.pointer,
            before=change.before,
            after=change.after,
            names=change.names,
            vi=said.vi,
            en=said.en,
        )


class VersionDiff(Part):
    """What changed from one version of a procedure to another."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "2.000635",
                    "from": 1,
                    "to": 2,
                    "changes": [
                        {
                            "op": "replace",
                            "pointer": "/fees/1/amount",
                            "before": 8000,
                            "after": 10000,
                            "names": ["extract-copy"],
                            "vi": "Phí, lệ phí “extract-copy”, mức: đổi từ 8000 thành 10000.",
                            "en": "Fee “extract-copy”, amount: changed from 8000 to 10000.",
                        }
                    ],
                }
            ]
        }
    )

    code: str
    from_: int = Field(alias="from")
    to: int
    changes: tuple[ChangeOut, ...]


def document(row: Row[Any]) -> dict[str, Any]:
    """All that a version says, as the JSON document that changes are found in."""
    content = ProcedureContent.model_validate_json(row.content)
    validity = {"validFrom": row.valid_from.isoformat()}
    if row.valid_to is not None:
        validity["validTo"] = row.valid_to.isoformat()
    return {**validity, **content.model_dump(mode="json", by_alias=True, exclude_none=True)}
