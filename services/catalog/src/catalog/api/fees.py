"""The routes that quote a fee. They change nothing, and decide nothing: contracts.fee_rules does, for payment too."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from catalog import problems
from catalog.api.models import Code, Day, Strict
from catalog.api.standing import in_force, refuse_unknown_case
from catalog.content import Gap, ProcedureContent
from catalog.domain.fee_quotes import quote
from chassis import problems as chassis_problems
from chassis.auth import Public
from chassis.clock import hanoi_day
from chassis.database import UnitOfWork
from chassis.problems import FieldError, InvalidPayload, Text
from chassis.service import Work
from chassis.text import CleanText
from contracts.codes import ApplicantClass, Channel
from contracts.event import Part
from contracts.payment import FeeLine
from contracts.submission import FeeFacts

router = APIRouter(prefix="/v1", dependencies=[Depends(Public())], tags=["procedures"])


class QuoteFacts(Strict):
    """What is known of a filing that someone has in mind. What is left out is not known, but for copies (1)."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"channel": 2, "dateOfOccurrence": "2026-08-01", "on": "2026-11-20"}]}
    )

    channel: Channel = Field(description="1 counter, 2 online, 3 post")
    case: CleanText | None = Field(default=None, max_length=60, description="Code of the case (trường hợp)")
    applicant_class: ApplicantClass = Field(
        default=ApplicantClass.GENERAL, description="Class of the applicant that exempts, or general"
    )
    date_of_occurrence: Day | None = Field(default=None, description="Day of the event (birth, death)")
    days_since_occurrence: int | None = Field(
        default=None, ge=0, le=100_000, description="Instead of its day: days from the event to the filing"
    )
    age: int | None = Field(default=None, ge=0, le=200, description="Whole years of the person concerned, on that day")
    identity_level: int | None = Field(default=None, ge=0, le=2, description="VNeID level of the account")
    copies: int = Field(default=1, ge=1, le=10_000, description="Copies wanted")
    pages: int | None = Field(default=None, ge=1, le=100_000, description="Pages of each copy")
    on: Day | None = Field(default=None, description="Hanoi day of the filing; today if absent")

    @field_validator("days_since_occurrence")
    @classmethod
    def _occurred_once(cls, days: int | None, info: ValidationInfo) -> int | None:
        if days is not None and info.data.get("date_of_occurrence") is not None:
            raise ValueError("dateOfOccurrence says it already / đã có dateOfOccurrence")
        return days


class FeeQuote(Part):
    """A fee for the facts given. `total` in đồng is absent where it cannot be said: `unknown` names the facts that are wanting.

    Where `unknown` is empty too, a fee is published (`feeText`) that the rules cannot compute, and `omissions` says why.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "1.001193",
                    "version": 1,
                    "on": "2026-11-20",
                    "lines": [
                        {
                            "rule": "birth-late",
                            "item": "fee",
                            "amount": 5000,
                            "exemption": False,
                            "text": "Quá 60 ngày: 5.000 đồng",
                            "legalSource": "Mức thu phí, lệ phí tại Hà Nội, công bố 08/10/2026",
                        }
                    ],
                    "total": 5000,
                    "unknown": [],
                    "feeText": "0 đồng nếu đăng ký trong 60 ngày kể từ ngày sinh, quá hạn 5.000 đồng",
                    "omissions": [],
                    "notPublished": [],
                }
            ]
        }
    )

    code: str
    version: int
    on: date
    lines: tuple[FeeLine, ...]
    total: int | None = None
    unknown: tuple[str, ...]
    fee_text: str | None = None
    omissions: tuple[str, ...]
    not_published: tuple[Gap, ...]


_ANSWERS: dict[int | str, dict[str, Any]] = chassis_problems.responses(
    InvalidPayload, problems.UnknownCase, problems.UnknownProcedure, problems.ProcedureNotInForce
)


@router.post(
    "/procedures/{code}/fee-quote",
    operation_id="quote-fee",
    summary="Quote the fee of a procedure",
    responses=_ANSWERS,
    response_model_exclude_none=True,
)
async def post_fee_quote(code: Code, facts: QuoteFacts, uow: Work) -> FeeQuote:
    """What would be charged for these facts on that day: each line with the rule that gave it. It changes nothing."""
    return await _quoted(code, facts, uow, "/{}")


@router.get(
    "/procedures/{code}/fee-quote",
    operation_id="get-fee-quote",
    summary="Quote the fee of a procedure, as an address",
    responses=_ANSWERS,
    response_model_exclude_none=True,
)
async def get_fee_quote(code: Code, facts: Annotated[QuoteFacts, Query()], uow: Work) -> FeeQuote:
    """The same, with the facts in the query."""
    return await _quoted(code, facts, uow, "query:{}")


async def _quoted(code: str, facts: QuoteFacts, uow: UnitOfWork, pointer: str) -> FeeQuote:
    day = facts.on or hanoi_day(uow.now)
    days = facts.days_since_occurrence
    if facts.date_of_occurrence is not None:
        days = (day - facts.date_of_occurrence).days
        if days < 0:
            message = Text("Sau ngày nộp hồ sơ", "After the day of filing")
            raise InvalidPayload(errors=[FieldError(pointer.format("dateOfOccurrence"), "future", message)])
    row = await in_force(uow, code, day)
    content = ProcedureContent.model_validate_json(row.content)
    refuse_unknown_case(code, content, facts.case, pointer.format("case"))
    supposed = FeeFacts(
        applicant_class=facts.applicant_class,
        days_since_occurrence=days,
        identity_level=facts.identity_level,
        age=facts.age,
        quantity=facts.copies,
        pages=facts.pages,
    )
    found = quote(content, supposed, channel=facts.channel, on=day, case=facts.case)
    return FeeQuote(
        code=code,
        version=row.version,
        on=day,
        lines=found.lines,
        total=found.total,
        unknown=found.unknown,
        fee_text=content.fee_text,
        omissions=content.omissions,
        not_published=content.not_published,
    )
