"""What a version of a procedure says, as stored, served and published. Words only: no rule, no SQL."""

from datetime import date
from typing import Any, Literal

from pydantic import Field

from catalog.domain.search import document
from contracts.catalog import (
    Case,
    Component,
    FeeRule,
    LegalSource,
    Offering,
    ProcedureField,
    ProcedurePublished,
    ResultDocument,
    TimeLimit,
)
from contracts.event import Part

Gap = Literal["fees", "time-limits", "components"]


class Steps(Part):
    """Trình tự thực hiện: the steps of a case, or (None) of every case that has none of its own."""

    case: str | None = None
    steps: tuple[str, ...]


class ProcedureContent(Part):
    """Nội dung thủ tục hành chính: the parts of NĐ 63/2010/NĐ-CP art. 8, and what a machine needs to act by them.

    `steps`: trình tự; `applicants`: who may apply (đối tượng thực hiện), in words; `conditions`: yêu cầu, điều kiện;
    `agencies`: codes of those who carry it out; `life_events`: codes of data/life_events.yaml; `form_ui`: hints for
    drawing the form (order, widget, help), by JSON pointer into the filled form. `keywords`: what people call it who do
    not know its official name. `fee_text`: the fee as published, also where the rules in `fees` cannot express it; then
    `omissions` says so. `notes` are for readers, `source` is where it is from.
    """

    name: str
    field: ProcedureField
    keywords: tuple[str, ...] = ()
    legal_sources: tuple[LegalSource, ...] = ()
    time_limits: tuple[TimeLimit, ...] = ()
    fees: tuple[FeeRule, ...] = ()
    fee_text: str | None = None
    components: tuple[Component, ...] = ()
    cases: tuple[Case, ...] = ()
    steps: tuple[Steps, ...] = ()
    applicants: tuple[str, ...] = ()
    conditions: str | None = None
    results: tuple[ResultDocument, ...] = ()
    agencies: tuple[str, ...] = ()
    life_events: tuple[str, ...] = ()
    offerings: tuple[Offering, ...]
    form_schema: dict[str, Any]
    form_ui: dict[str, Any] = Field(default_factory=dict)
    occurrence_pointer: str | None = None
    age_pointer: str | None = None
    supplement_working_days: int | None = None
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
            cases=self.cases,
            results=self.results,
            agencies=self.agencies,
            offerings=self.offerings,
            form_schema=self.form_schema,
            occurrence_pointer=self.occurrence_pointer,
            age_pointer=self.age_pointer,
            supplement_working_days=self.supplement_working_days,
            handled_by=self.handled_by,
        )
