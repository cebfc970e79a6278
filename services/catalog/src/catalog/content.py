"""What a version of a procedure says, as stored, served and published. Words only: no rule, no SQL."""

from datetime import date
from typing import Any, Literal

from catalog.domain.search import document
from contracts.catalog import (
    Component,
    FeeRule,
    LegalSource,
    Offering,
    ProcedureField,
    ProcedurePublished,
    TimeLimit,
)
from contracts.event import Part

Gap = Literal["fees", "time-limits", "components"]


class ProcedureContent(Part):
    """Nội dung thủ tục hành chính.

    `keywords`: what people call it who do not know its official name. `fee_text`: the fee as published, also where the
    rules in `fees` cannot express it; then `omissions` says so. `notes` are for readers, `source` is where it is from.
    """

    name: str
    field: ProcedureField
    keywords: tuple[str, ...] = ()
    legal_sources: tuple[LegalSource, ...] = ()
    time_limits: tuple[TimeLimit, ...] = ()
    fees: tuple[FeeRule, ...] = ()
    fee_text: str | None = None
    components: tuple[Component, ...] = ()
    offerings: tuple[Offering, ...]
    form_schema: dict[str, Any]
    occurrence_pointer: str | None = None
    handled_by: Literal["desk", "civil-registry"] = "desk"
    omissions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    source: str

    @property
    def not_published(self) -> tuple[Gap, ...]:
        """What our sources do not say of this procedure: left out, never guessed."""
        gaps: list[Gap] = []
        if not self.fees and self.fee_text is None:
            gaps.append("fees")
        if not self.time_limits:
            gaps.append("time-limits")
        if not self.components:
            gaps.append("components")
        return tuple(gaps)

    def stored(self) -> str:
        """The JSON that is kept, and compared to tell whether anything changed."""
        return self.model_dump_json(by_alias=True, exclude_none=True)

    def search_texts(self, code: str) -> dict[str, str]:
        """The words it is found by: name, what people call it, and code with field."""
        return {
            "names": document(self.name),
            "keywords": document(*self.keywords),
            "others": document(code, self.field.name),
        }

    def published(self, code: str, version: int, valid_from: date, valid_to: date | None) -> ProcedurePublished:
        """The event that says this version came into the catalogue."""
        return ProcedurePublished(
            version=version,
            code=code,
            name=self.name,
            field=self.field,
            valid_from=valid_from,
            valid_to=valid_to,
            legal_sources=self.legal_sources,
            time_limits=self.time_limits,
            fees=self.fees,
            components=self.components,
            offerings=self.offerings,
            form_schema=self.form_schema,
            occurrence_pointer=self.occurrence_pointer,
            handled_by=self.handled_by,
        )
