"""The route by which people find a procedure in their own words. It decides nothing: search/ does."""

from collections.abc import Callable
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import ConfigDict, Field

from catalog import problems
from catalog.api.models import On
from catalog.search import ranking
from catalog.search.index import Kind, Procedure
from catalog.search.kept import Kept
from catalog.search.vocabulary import How
from chassis import problems as chassis_problems
from chassis.auth import Public
from chassis.clock import hanoi_day
from chassis.problems import InvalidPayload, Text
from chassis.service import Running, Work
from chassis.text import CleanText
from contracts.catalog import ProcedureField
from contracts.codes import Channel
from contracts.event import Part

router = APIRouter(prefix="/v1", dependencies=[Depends(Public())], tags=["procedures"])

_KINDS = {
    Kind.NAME: Text("tên thủ tục", "the official name"),
    Kind.EVERYDAY_NAME: Text("tên thường gọi", "what people call it"),
    Kind.CODE: Text("mã thủ tục", "the code"),
    Kind.LIFE_EVENT: Text("sự kiện", "a life event"),
    Kind.FIELD: Text("lĩnh vực", "the field"),
}
_HOWS = {
    How.PREFIX: Text("mới gõ phần đầu", "only begun"),
    How.TYPO: Text("gõ nhầm", "mistyped"),
    How.SYNONYM: Text("cách gọi khác", "said otherwise"),
}


class MatchedWord(Part):
    """What was typed, the word of the procedure it met, and how: itself, its beginning, a slip, or a synonym of it."""

    typed: str
    word: str
    how: How


class MatchReason(Part):
    """Why a procedure was found: a text of it, the words met there, and where they stand in it (from, to before)."""

    matched: Kind
    text: str
    words: tuple[MatchedWord, ...]
    highlights: tuple[tuple[int, int], ...]
    vi: str
    en: str


class SearchHit(Part):
    """A procedure that was found. `score` is from 0 to 100, comparable within one answer only."""

    code: str
    version: int
    name: str
    field: ProcedureField
    channels: tuple[Channel, ...]
    valid_from: date
    valid_to: date | None = None
    score: int = Field(ge=0, le=100)
    reasons: tuple[MatchReason, ...]


class SearchAnswer(Part):
    """What was found, the likeliest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "code": "1.001193",
                            "version": 1,
                            "name": "Thủ tục đăng ký khai sinh",
                            "field": {"code": "ho-tich", "name": "Hộ tịch"},
                            "channels": [1, 2],
                            "validFrom": "2025-07-01",
                            "validTo": None,
                            "score": 83,
                            "reasons": [
                                {
                                    "matched": "name",
                                    "text": "Thủ tục đăng ký khai sinh",
                                    "words": [
                                        {"typed": "kahi", "word": "khai", "how": "typo"},
                                        {"typed": "sinh", "word": "sinh", "how": "exact"},
                                    ],
                                    "highlights": [[16, 20], [21, 25]],
                                    "vi": "Khớp tên thủ tục: “khai” (gõ nhầm “kahi”), “sinh”",
                                    "en": "Matches the official name: “khai” (mistyped “kahi”), “sinh”",
                                }
                            ],
                        }
                    ]
                }
            ]
        }
    )

    items: tuple[SearchHit, ...]


@router.get(
    "/procedures/search",
    operation_id="search-procedures",
    summary="Find procedures in one's own words",
    responses=chassis_problems.responses(InvalidPayload, problems.UnknownUnit),
)
async def search_procedures(
    uow: Work,
    runtime: Running,
    q: Annotated[
        CleanText | None,
        Query(max_length=200, description="What one would say, accents or none, slips or none", examples=["kahi sinh"]),
    ] = None,
    unit: Annotated[
        CleanText | None,
        Query(max_length=10, description="Only those this commune offers on that day", examples=["00004"]),
    ] = None,
    channel: Annotated[Channel | None, Query(description="Only those taken in by this channel on that day")] = None,
    life_event: Annotated[
        CleanText | None,
        Query(alias="lifeEvent", max_length=60, description="Code of a life event", examples=["sinh-con"]),
    ] = None,
    field: Annotated[
        CleanText | None, Query(max_length=60, description="Code of the field", examples=["ho-tich"])
    ] = None,
    on: On = None,
    limit: Annotated[int, Query(ge=1, le=50, description="Most procedures to return")] = 10,
) -> SearchAnswer:
    """Procedures (thủ tục hành chính) in force on a day, the likeliest first, each with the reason it was found.

    Without `q`: those that the other conditions leave, by code. Nothing is found rather than something far-fetched.
    """
    day = on or hanoi_day(uow.now)
    kept: Kept = runtime.extras.setdefault("search", Kept())
    fresh = await kept.fresh(uow, unit=unit, on=day)
    if not fresh.unit_known:
        raise problems.UnknownUnit(
            Text("Không có đơn vị cấp xã mang mã này vào ngày này", "No commune has this code on this day"),
            unit=unit,
            on=day,
        )

    def wanted(procedure: Procedure) -> bool:
        return (
            procedure.in_force(day)
            and (field is None or procedure.field_code == field)
            and (life_event is None or life_event in procedure.life_events)
            and ((unit is None and channel is None) or _offered(procedure, day, unit, channel))
        )

    if q:
        hits = ranking.search(fresh.index, q, wanted, limit)
    else:
        left = (procedure for procedure in fresh.index.procedures if wanted(procedure))
        hits = [ranking.Hit(procedure, 0.0, ()) for _, procedure in zip(range(limit), left, strict=False)]
    return SearchAnswer(items=tuple(_hit(hit, day, unit) for hit in hits))


def _offered(procedure: Procedure, day: date, unit: str | None, channel: Channel | None) -> bool:
    channels = procedure.channels(day, unit)
    return bool(channels) if channel is None else channel in channels


def _hit(hit: ranking.Hit, day: date, unit: str | None) -> SearchHit:
    found = hit.procedure
    return SearchHit(
        code=found.code,
        version=found.version,
        name=found.name,
        field=ProcedureField(code=found.field_code, name=found.field_name),
        channels=found.channels(day, unit),
        valid_from=found.valid_from,
        valid_to=found.valid_to,
        score=round(hit.score * 100),
        reasons=tuple(_reason(reason) for reason in hit.reasons),
    )


def _reason(reason: ranking.Reason) -> MatchReason:
    kind = _KINDS[reason.kind]
    return MatchReason(
        matched=reason.kind,
        text=reason.written,
        words=tuple(MatchedWord(typed=met.typed, word=met.word, how=met.how) for met in reason.met),
        highlights=reason.highlights,
        vi=f"Khớp {kind.vi}: " + ", ".join(_said(met, lambda text: text.vi) for met in reason.met),
        en=f"Matches {kind.en}: " + ", ".join(_said(met, lambda text: text.en) for met in reason.met),
    )


def _said(met: ranking.Met, pick: Callable[[Text], str]) -> str:
    how = _HOWS.get(met.how)
    return f"“{met.word}”" if how is None else f"“{met.word}” ({pick(how)} “{met.typed}”)"
