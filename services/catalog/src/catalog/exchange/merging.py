"""What a version says after a national record came in: section by section, what is said otherwise is taken. Pure.

A section equal to what the version itself would export is left as it is, with all that a record cannot say (the cut-off
of a time limit, the conditions of a fee, copies of a paper). Of a section that differs, the rows that are still the
same are kept, too.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from catalog.content import ProcedureContent, Steps
from catalog.exchange.national import UNITS, fee_of, paper_of, record_of, time_of
from catalog.exchange.record import Fee, NationalRecord, PapersOf, StepsOf, Time, Way
from catalog.forms import Fault
from chassis.problems import Text
from chassis.text import folded
from contracts.catalog import (
    Case,
    Component,
    FeeRule,
    LegalSource,
    ProcedureField,
    ResultDocument,
    TimeLimit,
)
from contracts.codes import Channel, TimeLimitUnit

_BY_WORDING = {folded(wording): unit for unit, wording in UNITS.items()}


@dataclass(frozen=True)
class Origin:
    """From which day, and from where, what a record says anew is said."""

    valid_from: date
    source: str


def merged(record: NationalRecord, base: ProcedureContent, origin: Origin) -> tuple[ProcedureContent, list[Fault]]:
    """The content after the record, and what of the record cannot be taken."""
    merger = _Merger(base, origin)
    own = record_of(record.code, base)
    sections: dict[str, Callable[[Any], dict[str, Any]]] = {
        "name": lambda name: {"name": name},
        "fields": merger.field,
        "steps": merger.steps,
        "ways": merger.ways,
        "papers": merger.papers,
        "conditions": lambda said: {"conditions": said or None},
        "applicants": lambda said: {"applicants": tuple(part.strip() for part in said.split(";") if part.strip())},
        "results": lambda rows: {"results": tuple(ResultDocument(code=row.code, name=row.name) for row in rows)},
        "legal_bases": lambda rows: {
            "legal_sources": tuple(LegalSource(number=row.number, title=row.title) for row in rows)
        },
        "agencies": lambda rows: {"agencies": tuple(row.code for row in rows)},
    }
    changes: dict[str, Any] = {}
    for section, take in sections.items():
        said = getattr(record, section)
        if said is not None and not _same(section, said, getattr(own, section)):
            changes |= take(said)
    if merger.new_cases:
        changes["cases"] = (*base.cases, *merger.new_cases)
    changed = base.model_copy(update=changes)
    if changed != base:
        changed = changed.model_copy(update={"source": origin.source})
    return changed, merger.faults


def _same(section: str, said: Any, own: Any) -> bool:
    if section == "agencies":  # their names are for readers
        return [row.code for row in said] == [row.code for row in own]
    return bool(said == own)


class _Merger:
    """The sections that need the version to be read by: cases by their names, rows by what they say."""

    def __init__(self, base: ProcedureContent, origin: Origin) -> None:
        self._base = base
        self._origin = origin
        self._cases = {case.name: case.code for case in base.cases}
        self.new_cases: list[Case] = []
        self.faults: list[Fault] = []

    def field(self, rows: tuple[Any, ...]) -> dict[str, Any]:
        if len(rows) != 1:
            message = Text("Phải có đúng một lĩnh vực", "There must be exactly one field")
            self.faults.append(Fault("/LINHVUCTHUCHIEN", "one-field", message))
            return {}
        return {"field": ProcedureField(code=rows[0].code, name=rows[0].name)}

    def steps(self, rows: tuple[StepsOf, ...]) -> dict[str, Any]:
        return {
            "steps": tuple(
                Steps(case=self._case(row.case), steps=tuple(step.text for step in row.steps)) for row in rows
            )
        }

    def ways(self, rows: tuple[Way, ...]) -> dict[str, Any]:
        limits: dict[tuple[Channel, Time], TimeLimit] = {}
        fees: dict[Fee, list[Channel]] = {}
        for at, way in enumerate(rows):
            for number, time in enumerate(way.times):
                where = f"/CACHTHUCTHUCHIEN/{at}/THOIGIAN/{number}"
                if (limit := self._limit(way.channel, time, where)) is not None:
                    limits.setdefault((way.channel, time_of(limit)), limit)
                for index, fee in enumerate(time.fees):
                    self._check_currency(fee, f"{where}/PHILEPHI/{index}/DONVI")
                    channels = fees.setdefault(fee, [])
                    if way.channel not in channels:
                        channels.append(way.channel)
        return {"time_limits": self._limits(limits), "fees": self._fees(fees, rows)}

    def _limits(self, limits: dict[tuple[Channel, Time], TimeLimit]) -> tuple[TimeLimit, ...]:
        """Those that are still said, as they were; then the new ones."""
        kept = [limit for limit in self._base.time_limits if (limit.channel, time_of(limit)) in limits]
        said = {(limit.channel, time_of(limit)) for limit in kept}
        return (*kept, *(limit for key, limit in limits.items() if key not in said))

    def _limit(self, channel: Channel, time: Time, where: str) -> TimeLimit | None:
        if time.amount is None:
            return None
        unit = _BY_WORDING.get(folded(time.unit))
        if unit is None:
            known = ", ".join(UNITS.values())
            message = Text(f"Đơn vị tính không thuộc: {known}", f"The unit is none of: {known}")
            self.faults.append(Fault(f"{where}/DONVITINH", "unit", message))
            return None
        amount = 0 if unit is TimeLimitUnit.SAME_DAY else time.amount
        return TimeLimit(channel=channel, unit=unit, amount=amount, text=time.text)

    def _check_currency(self, fee: Fee, where: str) -> None:
        if folded(fee.unit) not in {"dong", "vnd", "viet nam dong"}:
            message = Text("Đơn vị tiền phải là đồng", "Money must be in đồng")
            self.faults.append(Fault(where, "currency", message))

    def _fees(self, fees: dict[Fee, list[Channel]], rows: tuple[Way, ...]) -> tuple[FeeRule, ...]:
        """Rules whose row is still there, for the same channels, stay what they are; others are made of what is said."""
        every = [way.channel for way in rows if way.times]
        kept: list[FeeRule] = []
        for rule in self._base.fees:
            row = fee_of(rule)
            channels = [channel for channel in every if rule.channels is None or channel in rule.channels]
            if row in fees and fees[row] == channels:
                kept.append(rule)
        said = {fee_of(rule) for rule in kept}
        ids = {rule.id for rule in self._base.fees}
        numbers = (number for number in range(1, 10**6) if f"import-{number}" not in ids)
        new = [
            FeeRule(
                id=f"import-{next(numbers)}",
                amount=fee.amount,
                channels=None if channels == every else tuple(channels),
                valid_from=self._origin.valid_from,
                legal_source=self._origin.source,
                text=fee.text,
            )
            for fee, channels in fees.items()
            if fee not in said
        ]
        return (*kept, *new)

    def papers(self, rows: tuple[PapersOf, ...]) -> dict[str, Any]:
        known = {component.code: component for component in self._base.components}
        found: dict[str, Component] = {}
        for row in rows:
            case = self._case(row.case)
            for paper in row.papers:
                before = found.get(paper.code)
                if before is not None:
                    cases = None if case is None or before.cases is None else (*before.cases, case)
                    found[paper.code] = before.model_copy(update={"cases": cases})
                    continue
                cases = None if case is None else (case,)
                own = known.get(paper.code)
                if own is not None and paper_of(own) == paper:
                    found[paper.code] = own.model_copy(update={"cases": cases})
                    continue
                name = paper.name or paper.code
                found[paper.code] = (own or Component(code=paper.code, name=name)).model_copy(
                    update={
                        "cases": cases,
                        "template_name": name if own is not None and own.template_name else None,
                        "name": own.name if own is not None and own.template_name else name,
                        "template_url": paper.address or None,
                    }
                )
        return {"components": tuple(found.values())}

    def _case(self, name: str) -> str | None:
        """The code of a case that the record names; one that is new gets a code of its own."""
        if not name:
            return None
        if name not in self._cases:
            code = re.sub(r"[^a-z0-9]+", "-", folded(name)).strip("-")[:60] or "truong-hop"
            taken = set(self._cases.values())
            number = 2
            free = code
            while free in taken:
                free, number = f"{code}-{number}", number + 1
            self._cases[name] = free
            self.new_cases.append(Case(code=free, name=name))
        return self._cases[name]
