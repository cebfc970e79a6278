"""What must hold within one version of a procedure before it is kept: its parts name each other rightly. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from catalog.content import ProcedureContent
from catalog.domain.agency_code import NotAnAgencyCode, agency_code
from catalog.domain.service_classes import LEVELS
from catalog.forms import Fault, form_faults, part_of
from chassis.problems import Text
from contracts.catalog import FeeRule, Offering

_TWICE = Text("Trùng với dòng khác", "Another row has it already")
_NO_CASE = Text("Không có trường hợp này", "The procedure has no such case")
_NOT_IN_FORM = Text("Không có phần này trong biểu mẫu", "The form has no such part")
_NO_COMMUNE = Text("Không có đơn vị cấp xã mang mã này", "No commune has this code")
_BACKWARDS = Text("Mức cuối nhỏ hơn mức đầu", "It ends before it begins")


def content_faults(content: ProcedureContent, life_events: Iterable[str] = ()) -> list[Fault]:
    """Everything that keeps a version from being drafted; empty if nothing does. `life_events` are the known codes."""
    faults = form_faults(content.form_schema, content.occurrence_pointer, content.age_pointer)
    faults += _repeated(content)
    faults += _cases(content)
    faults += _form_parts(content)
    for index, rule in enumerate(content.fees):
        faults += _fee(rule, f"/fees/{index}")
    for index, offering in enumerate(content.offerings):
        faults += _offering(offering, f"/offerings/{index}")
    for index, code in enumerate(content.agencies):
        if not _is_agency(code):
            message = Text(
                "Không phải mã cơ quan viết từ trái sang phải", "Not a code of an agency, from left to right"
            )
            faults.append(Fault(f"/agencies/{index}", "agency-code", message))
    known = set(life_events)
    for index, code in enumerate(content.life_events):
        if code not in known:
            message = Text("Không có trong danh mục sự kiện", "Not one of the life events")
            faults.append(Fault(f"/lifeEvents/{index}", "life-event", message))
    return faults


Days = tuple[date, date | None]
"""A first day, and the last, or None if it is open."""


def place_faults(offerings: Sequence[Offering], communes: Mapping[str, Sequence[Days]]) -> Iterator[Fault]:
    """Units that are no commune on some day of the offering that names them. `communes`: the days of each code."""
    for index, offering in enumerate(offerings):
        for place, code in enumerate(offering.units or ()):
            day = _first_day_without(offering, communes.get(code, ()))
            if day is not None:
                message = Text(f"{_NO_COMMUNE.vi} vào ngày {day:%d/%m/%Y}", f"{_NO_COMMUNE.en} on {day.isoformat()}")
                yield Fault(f"/offerings/{index}/units/{place}", "unit", message)


def _first_day_without(offering: Offering, spans: Iterable[Days]) -> date | None:
    """The first day of an offering that none of these spans has. A code may pass from one commune to the next."""
    day = offering.valid_from
    for first, last in sorted(spans, key=lambda span: span[0]):
        if first > day:
            break
        if last is None:
            return None
        day = max(day, last + timedelta(days=1))
    return day if offering.valid_to is None or day <= offering.valid_to else None


def _repeated(content: ProcedureContent) -> Iterator[Fault]:
    """Rows that are named by the same key: whoever looks one up would find either."""
    lists: dict[str, tuple[Sequence[Any], str, Callable[[Any], Any]]] = {
        "legalSources": (content.legal_sources, "number", lambda row: row.number),
        "timeLimits": (content.time_limits, "channel", lambda row: (row.channel, row.case)),
        "fees": (content.fees, "id", lambda row: row.id),
        "components": (content.components, "code", lambda row: row.code),
        "cases": (content.cases, "code", lambda row: row.code),
        "steps": (content.steps, "case", lambda row: row.case),
        "results": (content.results, "code", lambda row: row.code),
    }
    for name, (rows, part, key) in lists.items():
        seen = set()
        for index, row in enumerate(rows):
            if key(row) in seen:
                yield Fault(f"/{name}/{index}/{part}", "unique", _TWICE)
            seen.add(key(row))


def _cases(content: ProcedureContent) -> Iterator[Fault]:
    known = {case.code for case in content.cases}
    single: list[tuple[str, str | None]] = []
    single += [(f"/timeLimits/{index}/case", limit.case) for index, limit in enumerate(content.time_limits)]
    single += [(f"/steps/{index}/case", steps.case) for index, steps in enumerate(content.steps)]
    several = [(f"/components/{index}", component.cases) for index, component in enumerate(content.components)]
    several += [(f"/fees/{index}", rule.cases) for index, rule in enumerate(content.fees)]
    single += [(f"{at}/cases/{place}", case) for at, cases in several for place, case in enumerate(cases or ())]
    for pointer, case in single:
        if case is not None and case not in known:
            yield Fault(pointer, "case", _NO_CASE)


def _form_parts(content: ProcedureContent) -> Iterator[Fault]:
    properties = content.form_schema.get("properties")
    top = properties if isinstance(properties, dict) else {}
    for index, case in enumerate(content.cases):
        for place, part in enumerate(case.form_parts):
            if part not in top:
                yield Fault(f"/cases/{index}/formParts/{place}", "form-part", _NOT_IN_FORM)
    for pointer in content.form_ui:
        if pointer and part_of(content.form_schema, pointer) is None:
            at = pointer.replace("~", "~0").replace("/", "~1")
            yield Fault(f"/formUi/{at}", "form-part", _NOT_IN_FORM)


def _fee(rule: FeeRule, at: str) -> Iterator[Fault]:
    bounds = (
        ("maxDaysSinceOccurrence", rule.min_days_since_occurrence, rule.max_days_since_occurrence),
        ("maxAge", rule.min_age, rule.max_age),
        ("validTo", rule.valid_from, rule.valid_to),
    )
    for name, least, most in bounds:
        if least is not None and most is not None and most < least:  # type: ignore[operator]  # two of a kind
            yield Fault(f"{at}/{name}", "order", _BACKWARDS)
    if rule.exemption and (rule.amount or rule.tiers):
        yield Fault(f"{at}/amount", "exemption", Text("Quy định miễn thì mức thu là 0", "An exemption costs nothing"))
    ends = [tier.up_to for tier in rule.tiers]
    for index, end in enumerate(ends):
        before = ends[index - 1] if index else 0
        if before is None or (end is not None and end <= before):
            message = Text("Các bậc phải theo thứ tự số trang tăng dần", "The steps must rise from page to page")
            yield Fault(f"{at}/tiers/{index}/upTo", "order", message)


def _offering(offering: Offering, at: str) -> Iterator[Fault]:
    if offering.valid_to is not None and offering.valid_to < offering.valid_from:
        yield Fault(f"{at}/validTo", "order", _BACKWARDS)
    if offering.former_level is not None and offering.service_level in LEVELS:
        message = Text("serviceLevel đã là mức độ theo NĐ 43/2011", "serviceLevel is a level of NĐ 43/2011 already")
        yield Fault(f"{at}/formerLevel", "former-level", message)


def _is_agency(code: str) -> bool:
    try:
        return agency_code(code).code == code
    except NotAnAgencyCode:
        return False
