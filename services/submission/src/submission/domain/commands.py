"""What may be asked of a dossier: one command for each kind of edge of its lifecycle. They decide nothing themselves."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.submission import FeeFacts
from submission.domain.dossier import Actor, FeeState, Filing


@dataclass(frozen=True, kw_only=True)
class Command:
    """Base of all: who asks, and the reason that goes into the history where one must be given."""

    by: Actor
    reason: str | None = None

    def changes(self, _at: datetime) -> dict[str, Any]:
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

    def changes(self, at: datetime) -> dict[str, Any]:
        """The fee is due, and the clock stands if the rules say so."""
        stopped = at if self.stops_clock else None
        return {"fee_state": FeeState.DUE, "fee_amount": self.amount, "clock_stopped_at": stopped}


@dataclass(frozen=True, kw_only=True)
class SettleFee(Command):
    """The fee is paid. `due_at` is the due time after the clock stood still for as long as the payment was awaited."""

    due_at: datetime

    def changes(self, _at: datetime) -> dict[str, Any]:
        """The fee is paid and the clock runs."""
        return {"fee_state": FeeState.PAID, "due_at": self.due_at, "clock_stopped_at": None}


@dataclass(frozen=True, kw_only=True)
class Accept(Command):
    """Tiếp nhận: the desk takes the dossier in."""


@dataclass(frozen=True, kw_only=True)
class StartProcessing(Command):
    """The competent agency began to act."""


@dataclass(frozen=True, kw_only=True)
class Finish(Command):
    """The result exists; `result_reference` is where (e.g. the id of a civil-status record)."""

    result_reference: str | None = None

    def changes(self, at: datetime) -> dict[str, Any]:
        """When, and what."""
        return {"finished_at": at, "result_reference": self.result_reference}


@dataclass(frozen=True, kw_only=True)
class Stop(Command):
    """Dừng giải quyết: there will be no result, and the applicant is told why."""

    reason: str

    def changes(self, at: datetime) -> dict[str, Any]:
        """Handling ended, without a result."""
        return {"finished_at": at}


@dataclass(frozen=True, kw_only=True)
class Return(Command):
    """Trả kết quả: handed over at the desk, or fetched online."""

    online: bool

    def changes(self, at: datetime) -> dict[str, Any]:
        """When it was handed over."""
        return {"returned_at": at}
