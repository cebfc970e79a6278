"""What of a procedure is for one case (trường hợp), channel, commune and day. Pure: content in, the parts of it out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from catalog.content import ProcedureContent
from contracts.catalog import Case, Component, FeeRule, Offering, TimeLimit
from contracts.codes import Channel


@dataclass(frozen=True)
class Guide:
    """What one applicant needs of a procedure. `form_parts`: top-level properties of the form, None where it has none."""

    steps: tuple[str, ...]
    components: tuple[Component, ...]
    time_limit: TimeLimit | None
    fees: tuple[FeeRule, ...]
    form_parts: tuple[str, ...]
    required_parts: tuple[str, ...]


def case_of(content: ProcedureContent, code: str) -> Case | None:
    """The case of that code."""
    return next((case for case in content.cases if case.code == code), None)


def guide(content: ProcedureContent, *, case: str | None, channel: Channel, on: date) -> Guide:
    """The parts for a case and channel on a day; without a case, those that are for every case."""
    form = form_for(content.form_schema, content.cases, case)
    return Guide(
        steps=_steps(content, case),
        components=tuple(part for part in content.components if part.cases is None or case in part.cases),
        time_limit=time_limit(content.time_limits, channel, case),
        fees=tuple(rule for rule in content.fees if _counts(rule, case, channel, on)),
        form_parts=tuple(name for name, part in form.get("properties", {}).items() if part is not False),
        required_parts=tuple(form.get("required", ())),
    )


def _steps(content: ProcedureContent, case: str | None) -> tuple[str, ...]:
    own = {part.case: part.steps for part in content.steps}
    return own.get(case, own.get(None, ()))


def time_limit(limits: Iterable[TimeLimit], channel: Channel, case: str | None) -> TimeLimit | None:
    """The limit of the case, else the one for every case that has none of its own."""
    of_channel = {limit.case: limit for limit in limits if limit.channel == channel}
    return of_channel.get(case) or of_channel.get(None)


def _counts(rule: FeeRule, case: str | None, channel: Channel, on: date) -> bool:
    """Whether a fee rule can hold for someone of this case and channel on that day."""
    in_force = rule.valid_from <= on and (rule.valid_to is None or on <= rule.valid_to)
    return (
        in_force and (rule.channels is None or channel in rule.channels) and (rule.cases is None or case in rule.cases)
    )


def offered(offerings: Iterable[Offering], on: date, unit: str | None = None) -> tuple[Offering, ...]:
    """The offerings that count on a day: at one commune, or anywhere."""
    return tuple(
        offering
        for offering in offerings
        if offering.valid_from <= on
        and (offering.valid_to is None or on <= offering.valid_to)
        and (unit is None or offering.units is None or unit in offering.units)
    )


def form_for(schema: dict[str, Any], cases: Iterable[Case], case: str | None) -> dict[str, Any]:
    """The form of one case: the parts of other cases are gone, those of the case are required. None: the whole form."""
    if case is None:
        return schema
    named = {part: other.code for other in cases for part in other.form_parts}
    own = {part for other in cases if other.code == case for part in other.form_parts}
    foreign = named.keys() - own
    closed = schema.get("additionalProperties") is False or schema.get("unevaluatedProperties") is False
    properties = {
        # Where the form lets unknown properties pass, one that is gone must still be refused.
        name: False if name in foreign else part
        for name, part in schema.get("properties", {}).items()
        if name not in foreign or not closed
    }
    required = [name for name in schema.get("required", ()) if name not in foreign]
    required += [name for name in properties if name in own and name not in required]
    return {**schema, "properties": properties, "required": required}


def hints_for(hints: dict[str, Any], form: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The hints for drawing a form, without those of parts that are gone from it."""
    kept = {name for name, part in form.get("properties", {}).items() if part is not False}
    gone = schema.get("properties", {}).keys() - kept
    return {pointer: hint for pointer, hint in hints.items() if pointer[1:].split("/")[0] not in gone}
