"""The procedures of the data files, with their forms and fees put together. Reads only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Literal

from catalog.content import ProcedureContent, Steps
from catalog.sources.files import Row, names, read_yaml
from catalog.sources.forms import Form, Name, forms
from catalog.sources.life_events import life_events
from catalog.sources.rollouts import rollouts
from contracts.catalog import (
    Case,
    Component,
    FeeRule,
    FeeTier,
    LegalSource,
    LongerLimit,
    Offering,
    ProcedureField,
    ResultDocument,
    TimeLimit,
)
from contracts.codes import ApplicantClass, Channel, ServiceLevel, TimeLimitUnit

OCCURRENCE = {"birth": "/child/dateOfBirth", "death": "/deceased/dateOfDeath"}
"""Where a form holds the day from which lateness is counted."""
BIRTHDAY = {"correction": "/person/dateOfBirth"}
"""Where a form holds the date of birth by which a fee asks for age."""


@dataclass(frozen=True)
class SeedProcedure:
    """A procedure of the data files, ready to be published."""

    code: str
    valid_from: date
    valid_to: date | None
    content: ProcedureContent


class _Offering(Row):
    units_of: str | None = None
    channels: tuple[Channel, ...]
    service_level: ServiceLevel
    legal_source: str


class _TimeLimit(Row):
    unit: TimeLimitUnit
    amount: int
    cutoff: time | None = None
    text: str
    verification: LongerLimit | None = None


class _Procedure(Row):
    """A row; what it does not say itself is said once at the head of its file."""

    code: str
    name: str
    field: ProcedureField
    valid_from: date
    valid_to: date | None = None
    source: str
    keywords: tuple[str, ...] = ()
    form: Name = "general"
    handled_by: Literal["desk", "civil-registry"] = "desk"
    offering: _Offering
    time_limit: _TimeLimit | None = None
    legal_sources: tuple[LegalSource, ...] = ()
    components: tuple[Component, ...] = ()
    cases: tuple[Case, ...] = ()
    steps: tuple[Steps, ...] = ()
    applicants: tuple[str, ...] = ()
    conditions: str | None = None
    results: tuple[ResultDocument, ...] = ()
    agencies: tuple[str, ...] = ()
    life_events: tuple[str, ...] = ()
    supplement_working_days: int | None = None
    notes: tuple[str, ...] = ()


class _Rule(Row):
    id: str
    amount: int
    channels: tuple[Channel, ...] | None = None
    min_days_since_occurrence: int | None = None
    max_days_since_occurrence: int | None = None
    min_age: int | None = None
    max_age: int | None = None
    min_identity_level: int | None = None
    tiers: tuple[FeeTier, ...] = ()
    cap: int | None = None
    per_item: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    text: str


class _FeeTable(Row):
    procedures: tuple[str, ...]
    text: str
    omission: str | None = None
    rules: tuple[_Rule, ...]


class _Exemption(Row):
    id: str
    applicant_classes: tuple[ApplicantClass, ...]
    text: str


class _Fees(Row):
    source: str
    valid_from: date
    exemption: _Exemption
    tables: tuple[_FeeTable, ...]


def procedures() -> tuple[SeedProcedure, ...]:
    """Every procedure of the data files, ordered by code. Raises ValueError where a file contradicts itself."""
    fees = _Fees.model_validate(read_yaml("fees.yaml"))
    tables = {code: table for table in fees.tables for code in table.procedures}
    waves = {wave.id: wave.units for wave in rollouts()}
    drawn = forms()
    known = {event.code for event in life_events()}
    found = []
    for row in _rows():
        if strange := set(row.life_events) - known:
            raise ValueError(f"{row.code} names life events that are not in data/life_events.yaml: {sorted(strange)}")
        table = tables.pop(row.code, None)
        found.append(_procedure(row, drawn[row.form], waves, table, fees))
    if tables:
        raise ValueError(f"data/fees.yaml has fees of procedures that are not in data/procedures: {sorted(tables)}")
    return tuple(sorted(found, key=lambda procedure: procedure.code))


def _rows() -> list[_Procedure]:
    rows = []
    for name in names("procedures"):
        head = read_yaml("procedures", name)
        own = head.pop("procedures")
        rows += [_Procedure.model_validate({**head, **row}) for row in own]
    return rows


def _procedure(
    row: _Procedure, form: Form, waves: Mapping[str, tuple[str, ...]], table: _FeeTable | None, fees: _Fees
) -> SeedProcedure:
    limit = row.time_limit
    content = ProcedureContent(
        name=row.name,
        field=row.field,
        keywords=row.keywords,
        legal_sources=row.legal_sources,
        time_limits=tuple(
            TimeLimit(channel=channel, **limit.model_dump()) for channel in row.offering.channels if limit is not None
        ),
        fees=_rules(table, fees),
        fee_text=table.text if table else None,
        components=row.components,
        cases=row.cases,
        steps=row.steps,
        applicants=row.applicants,
        conditions=row.conditions,
        results=row.results,
        agencies=row.agencies,
        life_events=row.life_events,
        offerings=(_offering(row, waves),),
        form_schema=form.schema,
        form_ui=form.ui,
        occurrence_pointer=OCCURRENCE.get(row.form),
        age_pointer=BIRTHDAY.get(row.form),
        supplement_working_days=row.supplement_working_days,
        handled_by=row.handled_by,
        omissions=(table.omission,) if table and table.omission else (),
        notes=row.notes,
        source=row.source,
    )
    return SeedProcedure(row.code, row.valid_from, row.valid_to, content)


def _offering(row: _Procedure, waves: Mapping[str, tuple[str, ...]]) -> Offering:
    return Offering(
        units=waves[row.offering.units_of] if row.offering.units_of else None,
        channels=row.offering.channels,
        service_level=row.offering.service_level,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        legal_source=row.offering.legal_source,
    )


def _rules(table: _FeeTable | None, fees: _Fees) -> tuple[FeeRule, ...]:
    """The rules in the order they are tried: the exemption stands before what it exempts from."""
    if table is None:
        return ()
    rules = [
        FeeRule(
            **rule.model_dump(exclude={"valid_from"}),
            valid_from=rule.valid_from or fees.valid_from,
            legal_source=fees.source,
        )
        for rule in table.rules
    ]
    if any(rule.amount or rule.tiers for rule in rules):
        exemption = FeeRule(
            **fees.exemption.model_dump(),
            amount=0,
            exemption=True,
            valid_from=fees.valid_from,
            legal_source=fees.source,
        )
        rules.insert(0, exemption)
    return tuple(rules)
