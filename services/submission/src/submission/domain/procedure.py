"""What intake must know of a procedure (thủ tục hành chính), made from what the catalogue published. Reads no table."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from jsonschema_rs import Draft202012Validator

from chassis.problems import FieldError, Text
from contracts.catalog import Case, Component, FeeRule, ProcedurePublished, ResultDocument, TimeLimit
from contracts.codes import Channel
from contracts.fee_rules import unknown_facts
from contracts.submission import FeeFacts
from submission.domain.form import MOST_FAULTS, cleaned, compiled, day_at, escaped, schema_faults
from submission.domain.people import IN_FUTURE, FormRules, person_faults

_REQUIRED = Text("Thiếu thông tin bắt buộc của trường hợp này", "Required in this case")
_OTHER_CASE = Text("Không thuộc trường hợp này", "Not part of this case")
_FOR_FEE = Text("Cần để xác định phí, lệ phí", "Needed to assess the fee")
_NOT_A_DAY = Text("Phải là ngày dạng YYYY-MM-DD", "Must be a day as YYYY-MM-DD")


@dataclass(frozen=True)
class Procedure:
    """One version of a procedure, its form schema compiled. Made once per process and version, used for every filing."""

    code: str
    version: int
    name: str
    handled_by: str
    components: tuple[Component, ...]
    cases: tuple[Case, ...]
    results: tuple[ResultDocument, ...]
    occurrence_pointer: str | None
    age_pointer: str | None
    supplement_working_days: int | None
    _time_limits: tuple[TimeLimit, ...]
    _fees: tuple[FeeRule, ...]
    _validator: Draft202012Validator
    _schema: dict[str, Any]
    _rules: FormRules

    @classmethod
    def of(cls, published: ProcedurePublished, rules: FormRules = FormRules()) -> "Procedure":  # noqa: B008 - frozen
        """From the catalogue's event; `rules`: what forms are held to besides. Raises ValueError if its schema is none."""
        return cls(
            published.code,
            published.version,
            published.name,
            published.handled_by,
            published.components,
            published.cases,
            published.results,
            published.occurrence_pointer,
            published.age_pointer,
            published.supplement_working_days,
            published.time_limits,
            published.fees,
            compiled(published.form_schema),
            published.form_schema,
            rules,
        )

    @property
    def has_time_limit(self) -> bool:
        """Whether the catalogue names a time limit (thời hạn giải quyết): without one no appointment can be promised."""
        return bool(self._time_limits)

    def time_limit(self, channel: Channel, case: str | None = None) -> TimeLimit:
        """The limit of a channel and case; where the catalogue names none of its own, the first that comes nearest."""

        def nearness(limit: TimeLimit) -> tuple[bool, bool]:
            return limit.case != case, limit.channel is not channel

        of_case = [limit for limit in self._time_limits if limit.case in (case, None)] or list(self._time_limits)
        return min(of_case, key=nearness)

    def components_of(self, case: str | None) -> tuple[Component, ...]:
        """The papers (thành phần hồ sơ) that a dossier of this case holds."""
        return tuple(part for part in self.components if part.cases is None or case in part.cases)

    def read_form(self, form: dict[str, Any], today: date, case: str | None = None) -> "ReadForm":
        """The form cleaned and checked, with what fees and lateness are counted from.

        `case`: trường hợp; None leaves the parts of cases alone. No fault is left out but beyond the cap.
        """
        faults: list[FieldError] = []
        clean = cleaned(form, faults)
        if any(fault.rule == "depth" for fault in faults):
            return ReadForm(clean, None, None, faults)
        found = {fault.pointer for fault in faults}
        for fault in schema_faults(self._validator, clean):
            if len(faults) > MOST_FAULTS:
                break
            if fault.pointer not in found:
                faults.append(fault)
        faults += self._case_faults(clean, case)
        occurred = self._day(self.occurrence_pointer, clean, today, faults)
        born = self._day(self.age_pointer, clean, today, faults)
        told = {(fault.pointer, fault.rule) for fault in faults}
        faults += [
            fault for fault in person_faults(clean, self._rules, today) if (fault.pointer, fault.rule) not in told
        ]
        return ReadForm(
            clean, (today - occurred).days if occurred else None, _whole_years(born, today) if born else None, faults
        )

    def unknown_for_fee(
        self, facts: FeeFacts, *, channel: Channel, day: date, case: str | None = None
    ) -> list[FieldError]:
        """What the fee of that day depends on and is not known, each at its place in what was sent.

        At the form as a whole where the procedure names no place: no filing is better than a wrong fee.
        """
        places = {
            "age": f"/form{self.age_pointer or ''}",
            "case": "/case",
            "daysSinceOccurrence": f"/form{self.occurrence_pointer or ''}",
            "pages": "/pages",
        }
        unknown = unknown_facts(self._fees, facts, channel=channel, received_on=day, case=case)
        return [FieldError(places[fact], "required-for-fee", _FOR_FEE) for fact in unknown]

    def has_place(self, pointer: str) -> bool:
        """Whether the form's schema names a property at this JSON pointer."""
        schema: Any = self._schema
        for token in pointer.split("/")[1:]:
            schema = self._resolved(schema).get("properties", {})
            if token not in schema:
                return False
            schema = schema[token]
        return True

    def in_case(self, part: str, case: str | None) -> bool:
        """Whether a top-level property of the form belongs to this case (trường hợp): to all, if no case names it."""
        naming = [row.code for row in self.cases if part in row.form_parts]
        return case is None or not naming or case in naming

    def _resolved(self, schema: Any) -> dict[str, Any]:
        """The schema, or what its `$ref` within the same document names; what is no object names no properties."""
        for _ in range(8):
            if not isinstance(schema, dict):
                return {}
            if not str(schema.get("$ref", "")).startswith("#/"):
                return schema
            named: Any = self._schema
            for token in schema["$ref"].split("/")[1:]:
                named = named.get(token) if isinstance(named, dict) else None
            schema = named
        return {}

    def _case_faults(self, form: dict[str, Any], case: str | None) -> list[FieldError]:
        chosen = next((row for row in self.cases if row.code == case), None)
        if chosen is None:
            return []
        missing = [part for part in chosen.form_parts if part not in form]
        return [
            *(FieldError(f"/form/{escaped(part)}", "case-required", _REQUIRED) for part in missing),
            *(
                FieldError(f"/form/{escaped(part)}", "case-other", _OTHER_CASE)
                for part in form
                if not self.in_case(part, case)
            ),
        ]

    def _day(self, pointer: str | None, form: dict[str, Any], today: date, faults: list[FieldError]) -> date | None:
        """The day a pointer of the procedure names. One that is none, or lies ahead, is a fault, told once."""
        if pointer is None:
            return None
        at = "/form" + pointer
        try:
            day = day_at(form, pointer)
        except ValueError:
            if all(fault.pointer != at for fault in faults):
                faults.append(FieldError(at, "date", _NOT_A_DAY))
            return None
        if day is not None and day > today:
            if all((fault.pointer, fault.rule) != (at, "in-future") for fault in faults):
                faults.append(FieldError(at, "in-future", IN_FUTURE))
            return None
        return day

    def is_late(self, days_since_occurrence: int | None, today: date) -> bool:
        """Quá hạn đăng ký: whether more days passed than the procedure's period.

        The catalogue states the period where it matters, in the fee rules: it is the longest
        `max_days_since_occurrence` of the day's rules (60 for a birth, 15 for a death).
        """
        periods = [
            rule.max_days_since_occurrence
            for rule in self._fees
            if rule.max_days_since_occurrence is not None
            and rule.valid_from <= today
            and (rule.valid_to is None or today <= rule.valid_to)
        ]
        return days_since_occurrence is not None and bool(periods) and days_since_occurrence > max(periods)


@dataclass(frozen=True, slots=True)
class ReadForm:
    """A form after reading: as it will be kept, the days since the event it registers, and what is wrong with it.

    `age`: whole years, on the day of filing, of the person by whose age a fee asks.
    """

    form: dict[str, Any]
    days_since_occurrence: int | None
    age: int | None
    faults: list[FieldError]


def _whole_years(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
