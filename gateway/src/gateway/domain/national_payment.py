"""A payment at the national payment platform: its lifecycle as one table, and what it is for. Pure; no I/O.

Nền tảng thanh toán quốc gia (Cổng Dịch vụ công quốc gia). Money is whole đồng.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum, StrEnum

SUCCESS = "00"
"""MaLoi of a payment that was made."""


class State(StrEnum):
    """Where a payment stands, as we know it."""

    REQUESTED = "requested"  # the platform's answer is not there yet
    STARTED = "started"  # it waits for the payer
    PAID = "paid"
    FAILED = "failed"  # the platform would not take it, or the payer did not pay
    EXPIRED = "expired"  # nothing was heard of it for too long


class News(StrEnum):
    """What moves a payment. All but the last come from the platform."""

    TAKEN = "taken"
    NOT_TAKEN = "not-taken"
    CONFIRMED = "confirmed"
    DENIED = "denied"
    TIME_OVER = "time-over"


TRANSITIONS: Mapping[tuple[State, News], State] = {
    (State.REQUESTED, News.TAKEN): State.STARTED,
    (State.REQUESTED, News.NOT_TAKEN): State.FAILED,
    # The platform's answer may be lost on its way here, and its payer be faster than our next try.
    (State.REQUESTED, News.CONFIRMED): State.PAID,
    (State.REQUESTED, News.DENIED): State.FAILED,
    (State.REQUESTED, News.TIME_OVER): State.EXPIRED,
    (State.STARTED, News.CONFIRMED): State.PAID,
    (State.STARTED, News.DENIED): State.FAILED,
    (State.STARTED, News.TIME_OVER): State.EXPIRED,
    # The platform has the money, whatever was thought before: it counts whenever it is heard of.
    (State.FAILED, News.CONFIRMED): State.PAID,
    (State.EXPIRED, News.CONFIRMED): State.PAID,
    (State.EXPIRED, News.DENIED): State.FAILED,
}
"""Every legal step. Nothing follows `paid`: no message of the platform's that we know gives money back."""

OPEN = (State.REQUESTED, State.STARTED)


class ServiceKind(IntEnum):
    """Loại dịch vụ (MaDichVu)."""

    FINE = 1
    FEE = 2


@dataclass(frozen=True)
class FeeItem:
    """One line of PhiLePhi. The codes are the platform's own lists."""

    kind: str
    code: str
    name: str
    amount: int


@dataclass(frozen=True)
class PaymentOrder:
    """What is to be paid, for what, and by which reference it is known on both sides (MaThamChieu)."""

    reference: str
    amount: int
    dossier_code: str
    procedure: str
    fees: tuple[FeeItem, ...]
    service: ServiceKind = ServiceKind.FEE
    bank: str = ""
    payer_ip: str = field(default="", repr=False)
    at: datetime | None = None

    @property
    def fingerprint(self) -> bytes:
        """What makes two orders the same, whenever each was given."""
        whole = {name: value for name, value in vars(replace(self, at=None)).items() if name != "fees"}
        whole["fees"] = [vars(fee) for fee in self.fees]
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).digest()


@dataclass(frozen=True)
class Confirmation:
    """What the platform says became of a payment."""

    reference: str
    code: str
    transaction: str

    @property
    def news(self) -> News:
        """What it means for the payment."""
        return News.CONFIRMED if self.code == SUCCESS else News.DENIED


@dataclass(frozen=True)
class Payment:
    """A payment as it stands."""

    reference: str
    asked_by: str
    dossier_code: str
    procedure: str
    amount: int
    fingerprint: bytes = field(repr=False)
    state: State
    version: int
    started_at: datetime
    expires_at: datetime
    pay_url: str | None = field(default=None, repr=False)
    transaction: str | None = None
    words: str | None = None
    paid_at: datetime | None = None


class Verdict(StrEnum):
    """How a confirmation is taken."""

    SETTLES = "settles"
    HEARD_BEFORE = "heard-before"
    CONTRADICTS = "contradicts"
    UNKNOWN_REFERENCE = "unknown-reference"


def verdict(payment: Payment | None, said: Confirmation) -> Verdict:
    """How what the platform says goes with what is known of the payment."""
    if payment is None:
        return Verdict.UNKNOWN_REFERENCE
    if (payment.state, said.news) in TRANSITIONS:
        return Verdict.SETTLES
    heard = {State.PAID: News.CONFIRMED, State.FAILED: News.DENIED}.get(payment.state)
    same = payment.state is State.FAILED or payment.transaction == said.transaction
    return Verdict.HEARD_BEFORE if heard is said.news and same else Verdict.CONTRADICTS
