"""How a version of a procedure is told as a national record. Pure, and it changes nothing.

The record knows less than the catalogue (no form, no rule of a fee, no place where it is offered): what it cannot say is
left out here, and left as it is when a record comes back (merging.py).
"""

from collections.abc import Iterable, Mapping

from catalog.content import ProcedureContent
from catalog.exchange.record import (
    AgencyOf,
    Fee,
    FieldOf,
    LegalBasis,
    NationalRecord,
    Paper,
    PapersOf,
    ResultOf,
    Step,
    StepsOf,
    Time,
    Way,
)
from contracts.catalog import Component, FeeRule, TimeLimit
from contracts.codes import Channel, TimeLimitUnit

UNITS = {
    TimeLimitUnit.SAME_DAY: "Trong ngày",
    TimeLimitUnit.WORKING_DAYS: "Ngày làm việc",
    TimeLimitUnit.WORKING_HOURS: "Giờ làm việc",
    TimeLimitUnit.HOURS: "Giờ",
}
"""DONVITINH. The national portal writes "Ngày làm việc"; the others are this system's wording: no list is published."""


def record_of(code: str, content: ProcedureContent, agency_names: Mapping[str, str] | None = None) -> NationalRecord:
    """The record of a version, every section of it."""
    names = {case.code: case.name for case in content.cases}
    return NationalRecord(
        code=code,
        name=content.name,
        fields=(FieldOf(code=content.field.code, name=content.field.name),),
        steps=tuple(
            StepsOf(case=_named(steps.case, names), steps=tuple(Step(text=step) for step in steps.steps))
            for steps in content.steps
        ),
        ways=tuple(_way(channel, content) for channel in channels_of(content)),
        papers=_papers(content.components, names),
        conditions=content.conditions or "",
        applicants="; ".join(content.applicants),
        results=tuple(ResultOf(code=result.code, name=result.name) for result in content.results),
        legal_bases=tuple(LegalBasis(number=source.number, title=source.title) for source in content.legal_sources),
        agencies=tuple(AgencyOf(code=agency, name=(agency_names or {}).get(agency, "")) for agency in content.agencies),
    )


def channels_of(content: ProcedureContent) -> list[Channel]:
    """The channels of which the version says anything."""
    found = {channel for offering in content.offerings for channel in offering.channels}
    found |= {limit.channel for limit in content.time_limits}
    found |= {channel for rule in content.fees for channel in rule.channels or ()}
    return sorted(found)


def time_of(limit: TimeLimit) -> Time:
    """A time limit without what it costs."""
    return Time(amount=limit.amount, unit=UNITS[limit.unit], text=limit.text)


def fee_of(rule: FeeRule) -> Fee:
    """A row of the fee table. A fee by pages shows what the first page costs; its wording says the rest."""
    return Fee(amount=rule.tiers[0].amount if rule.tiers else rule.amount, text=rule.text)


def paper_of(component: Component) -> Paper:
    """A paper. The record has the name of a form only: where a paper has no form of its own, its own name stands there."""
    return Paper(
        code=component.code, name=component.template_name or component.name, address=component.template_url or ""
    )


def _way(channel: Channel, content: ProcedureContent) -> Way:
    fees = tuple(fee_of(rule) for rule in content.fees if rule.channels is None or channel in rule.channels)
    times = [time_of(limit) for limit in content.time_limits if limit.channel == channel]
    if not times and fees:
        times = [Time()]
    return Way(channel=channel, times=tuple(time.model_copy(update={"fees": fees}) for time in times))


def _papers(components: Iterable[Component], names: Mapping[str, str]) -> tuple[PapersOf, ...]:
    by_case: dict[str, list[Paper]] = {}
    for component in components:
        for case in component.cases or (None,):
            by_case.setdefault(_named(case, names), []).append(paper_of(component))
    return tuple(PapersOf(case=case, papers=tuple(papers)) for case, papers in by_case.items())


def _named(case: str | None, names: Mapping[str, str]) -> str:
    return "" if case is None else names.get(case, case)
