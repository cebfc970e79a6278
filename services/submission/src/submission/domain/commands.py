"""What may be asked of a dossier: one command for each kind of edge of its lifecycle. They decide nothing themselves."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from contracts.submission import ComponentCounts, FeeFacts
from submission.domain.dossier import Actor, Dossier, FeeState, Filing


@dataclass(frozen=True, kw_only=True)
class Command:
    """Base of all: who asks, and the reason that goes into the history where one must be given."""

    by: Actor
    reason: str | None = None

    def changes(self, _dossier: Dossier, _at: datetime) -> dict[str, Any]:
        """The fields of the dossier, besides status and version, that this command changes."""
        return {}

    @classmethod
    def slug(cls) -> str:
        """Its name on the wire: `StartProcessing` is `start-processing`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()


@dataclass(frozen=True, kw_only=True)
class Submit(Command):
    """Nộp hồ sơ: a checked filing becomes a dossier."""

    filing: Filing
    due_at: datetime
    fee_facts: FeeFacts


@dataclass(frozen=True, kw_only=True)
class AwaitPayment(Command):
    """Yêu cầu nghĩa vụ tài chính: a fee of `amount` đồng is due before the dossier can go on."""

    amount: int
    stops_clock: bool = True

    def changes(self, dossier: Dossier, at: datetime) -> dict[str, Any]:
        """The fee is due, and the clock stands if the rules say so."""
        stopped = at if self.stops_clock else None
        return {
            "fee_state": FeeState.DUE,
            "fee_amount": self.amount,
            "clock_stopped_at": stopped,
            "resumes_to": dossier.status,
        }


@dataclass(frozen=True, kw_only=True)
class SettleFee(Command):
    """The fee is paid. `due_at` is the due time after the clock stood still for as long as the payment was awaited."""

    due_at: datetime

    def changes(self, dossier: Dossier, at: datetime) -> dict[str, Any]:
        """The fee is paid and the clock runs."""
        return {"fee_state": FeeState.PAID, **_resumed(dossier, at, self.due_at)}


@dataclass(frozen=True, kw_only=True)
class Accept(Command):
    """Tiếp nhận: the desk takes the dossier in."""


@dataclass(frozen=True, kw_only=True)
class Refuse(Command):
    """Từ chối tiếp nhận: the desk does not take the dossier in, and the applicant is told why."""

    reason: str

    def changes(self, _dossier: Dossier, at: datetime) -> dict[str, Any]:
        """It ended without a result."""
        return {"finished_at": at}


@dataclass(frozen=True, kw_only=True)
class RequestSupplement(Command):
    """Yêu cầu bổ sung: something is missing or wrong. `components`: codes of the papers asked for; `by_when`: the last instant."""

    reason: str
    by_when: datetime
    components: tuple[str, ...] = ()

    def changes(self, dossier: Dossier, at: datetime) -> dict[str, Any]:
        """The clock stands, and where the dossier will go on is kept."""
        return {
            "clock_stopped_at": at,
            "resumes_to": dossier.status,
            "supplement_by": self.by_when,
            "supplement_requests": dossier.supplement_requests + 1,
        }


@dataclass(frozen=True, kw_only=True)
class Supplement(Command):
    """Bổ sung: what was asked for has come. `form`, where given, takes the place of the one filed; it must be checked.

    `components`: how the papers of the dossier stand now. `due_at`: the due time after the wait.
    """

    due_at: datetime
    form: Mapping[str, Any] | None = None
    occurrence_is_late: bool = False
    components: ComponentCounts | None = None

    def changes(self, dossier: Dossier, at: datetime) -> dict[str, Any]:
        """The clock runs again."""
        changed = {"supplement_by": None, **_resumed(dossier, at, self.due_at)}
        if self.form is not None:
            changed["filed"] = replace(dossier.filed, form=self.form, occurrence_is_late=self.occurrence_is_late)
        return changed


@dataclass(frozen=True, kw_only=True)
class Lapse(Command):
    """Hết thời hạn bổ sung: what was asked for has not come in time."""

    reason: str

    def changes(self, _dossier: Dossier, at: datetime) -> dict[str, Any]:
        """It ended without a result."""
        return {"finished_at": at, "clock_stopped_at": None, "resumes_to": None, "supplement_by": None}


@dataclass(frozen=True, kw_only=True)
class Withdraw(Command):
    """Rút hồ sơ: the applicant takes it back."""

    def changes(self, _dossier: Dossier, at: datetime) -> dict[str, Any]:
        """It ended without a result."""
        return {"finished_at": at, "clock_stopped_at": None, "resumes_to": None, "supplement_by": None}


@dataclass(frozen=True, kw_only=True)
class StartProcessing(Command):
    """The competent agency began to act. `children`: of how many the dossier asks a result, where there are several."""

    children: int = 1

    def changes(self, _dossier: Dossier, _at: datetime) -> dict[str, Any]:
        """How many results to wait for."""
        return {"children": self.children}


@dataclass(frozen=True, kw_only=True)
class Extend(Command):
    """Xin lỗi và gia hạn, once: the result is promised for a later day, and the applicant is told why."""

    reason: str
    previous_due_at: datetime
    due_at: datetime

    def changes(self, _dossier: Dossier, at: datetime) -> dict[str, Any]:
        """The new promise."""
        return {"due_at": self.due_at, "extended_at": at}


@dataclass(frozen=True, kw_only=True)
class Verify(Command):
    """Phải xác minh, once: the longer limit that the procedure names for this case counts, from the same start."""

    reason: str
    previous_due_at: datetime
    due_at: datetime

    def changes(self, _dossier: Dossier, at: datetime) -> dict[str, Any]:
        """The later due time."""
        return {"due_at": self.due_at, "verified_at": at}


@dataclass(frozen=True, kw_only=True)
class Finish(Command):
    """Xử lý xong: the result exists; `result_reference` is where, if the dossier does not hold it yet."""

    result_reference: str | None = None
    components: ComponentCounts | None = None

    def changes(self, dossier: Dossier, at: datetime) -> dict[str, Any]:
        """When, and what."""
        results = (self.result_reference,) if self.result_reference else dossier.results
        return {"finished_at": at, "results": results, "result_reference": results[0] if results else None}


@dataclass(frozen=True, kw_only=True)
class Stop(Command):
    """Dừng giải quyết: there will be no result, and the applicant is told why."""

    reason: str

    def changes(self, _dossier: Dossier, at: datetime) -> dict[str, Any]:
        """Handling ended, without a result."""
        return {"finished_at": at}


@dataclass(frozen=True, kw_only=True)
class Return(Command):
    """Trả kết quả: handed over at the desk, fetched online, or sent by post."""

    online: bool
    by_post: bool = False

    def changes(self, _dossier: Dossier, at: datetime) -> dict[str, Any]:
        """When it was handed over."""
        return {"returned_at": at}


def _resumed(dossier: Dossier, at: datetime, due_at: datetime) -> dict[str, Any]:
    """What was awaited has come: the clock runs, and the desk has its time to check anew if it must."""
    return {
        "due_at": due_at,
        "clock_stopped_at": None,
        "resumes_to": None,
        "check_from": at if dossier.check_from else None,
    }
