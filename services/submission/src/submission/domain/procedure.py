"""What intake must know of a procedure (thủ tục hành chính), made from what the catalogue published. Reads no table."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from jsonschema_rs import Draft202012Validator

from chassis.problems import FieldError, Text
from contracts.catalog import FeeRule, ProcedurePublished, TimeLimit
from contracts.codes import Channel
from submission.domain.form import MOST_FAULTS, cleaned, compiled, day_at, schema_faults

_IN_FUTURE = Text(
    "Ngày xảy ra sự việc không được sau ngày nộp", "The day it happened may not lie after the day of filing"
)
_NOT_A_DAY = Text("Phải là ngày dạng YYYY-MM-DD", "Must be a day as YYYY-MM-DD")


@dataclass(frozen=True)
class Procedure:
    """One version of a procedure, its form schema compiled. Made once per process and version, used for every filing."""

    code: str
    version: int
    name: str
    handled_by: str
    components: tuple[str, ...]
    occurrence_pointer: str | None
    _time_limits: tuple[TimeLimit, ...]
    _fees: tuple[FeeRule, ...]
    _validator: Draft202012Validator

    @classmethod
    def of(cls, published: ProcedurePublished) -> "Procedure":
        """From the catalogue's event. Raises ValueError if its schema is none."""
        return cls(
            published.code,
            published.version,
            published.name,
            published.handled_by,
            tuple(component.name for component in published.components),
            published.occurrence_pointer,
            published.time_limits,
            published.fees,
            compiled(published.form_schema),
        )

    @property
    def has_time_limit(self) -> bool:
        """Whether the catalogue names a time limit (thời hạn giải quyết): without one no appointment can be promised."""
        return bool(self._time_limits)

    def time_limit(self, channel: Channel) -> TimeLimit:
        """The limit of a channel; where the catalogue names none for it, the first one it names."""
        return next((limit for limit in self._time_limits if limit.channel is channel), self._time_limits[0])

    def read_form(self, form: dict[str, Any], today: date) -> "ReadForm":
        """The form cleaned and checked, with the day of the event it registers. No fault is left out but beyond the cap."""
        faults: list[FieldError] = []
        clean = cleaned(form, faults)
        if not any(fault.rule == "depth" for fault in faults):
            found = {fault.pointer for fault in faults}
            for fault in schema_faults(self._validator, clean):
                if len(faults) > MOST_FAULTS:
                    break
                if fault.pointer not in found:
                    faults.append(fault)
        occurred = self._occurrence(clean, today, faults)
        return ReadForm(clean, (today - occurred).days if occurred else None, faults)

    def _occurrence(self, form: dict[str, Any], today: date, faults: list[FieldError]) -> date | None:
        if self.occurrence_pointer is None:
            return None
        pointer = "/form" + self.occurrence_pointer
        try:
            day = day_at(form, self.occurrence_pointer)
        except ValueError:
            if all(fault.pointer != pointer for fault in faults):
                faults.append(FieldError(pointer, "date", _NOT_A_DAY))
            return None
        if day is not None and day > today:
            faults.append(FieldError(pointer, "in-future", _IN_FUTURE))
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
    """A form after reading: as it will be kept, the days since the event it registers, and what is wrong with it."""

    form: dict[str, Any]
    days_since_occurrence: int | None
    faults: list[FieldError]
