"""What is owed for a dossier, the tries to pay it, and how a payment settles it. Pure values and decisions."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.codes import Channel, PaymentMethod
from contracts.payment import FeeLine
from payment.domain.lifecycle import AttemptState, ObligationState, Outcome, after_attempt

CASH = "cash"


@dataclass(frozen=True)
class Settled:
    """How an obligation was paid, and the receipt (biên lai) given for it. `provider` is `cash` at the desk."""

    method: PaymentMethod
    provider: str
    paid_at: datetime
    receipt_number: str


@dataclass(frozen=True)
class Obligation:
    """Nghĩa vụ tài chính of one dossier. `amount` in whole đồng, above 0; `version` counts what payment said of it."""

    id: UUID
    dossier_code: str
    procedure: str
    procedure_name: str
    unit: str
    owner: str
    channel: Channel
    amount: int
    lines: tuple[FeeLine, ...]
    state: ObligationState
    version: int
    raised_at: datetime
    settled: Settled | None = None
    cancelled_at: datetime | None = None


@dataclass(frozen=True)
class Attempt:
    """One payment of an obligation through a provider. `reference` is ours, unique at that provider."""

    id: UUID
    provider: str
    reference: str
    amount: int
    state: AttemptState


@dataclass(frozen=True)
class Notice:
    """What a provider says became of a payment, after its word was verified. `amount` None: no sum of whole đồng."""

    reference: str
    amount: int | None
    outcome: Outcome
    codes: str
    provider_transaction: str


class Verdict(StrEnum):
    """How a notice was taken."""

    UNKNOWN_REFERENCE = "unknown-reference"
    WRONG_AMOUNT = "wrong-amount"
    NOTHING_NEW = "nothing-new"
    NOTED = "noted"
    SETTLES = "settles"
    OVERPAYS = "overpays"


@dataclass(frozen=True)
class Decision:
    """A verdict, and the state the attempt comes into where the notice changes it."""

    verdict: Verdict
    attempt_state: AttemptState | None = None


def judge(notice: Notice, attempt: Attempt | None, obligation: Obligation | None) -> Decision:
    """What a verified notice means, checked in this order: is the payment ours, is the amount right, is it news.

    Money that arrives for an obligation already paid another way, or cancelled, overpays it: it is to be given back, not
    forgotten.
    """
    if attempt is None or obligation is None:
        return Decision(Verdict.UNKNOWN_REFERENCE)
    if notice.amount != attempt.amount:
        return Decision(Verdict.WRONG_AMOUNT)
    state = after_attempt(attempt.state, notice.outcome)
    if state is None:
        return Decision(Verdict.NOTHING_NEW)
    if state is not AttemptState.SUCCEEDED:
        return Decision(Verdict.NOTED, state)
    due = obligation.state is ObligationState.DUE
    return Decision(Verdict.SETTLES if due else Verdict.OVERPAYS, state)


def receipt_number(year: int, sequence: int) -> str:
    """The number of the `sequence`-th receipt of a Hanoi year, counted from 1 without gaps."""
    return f"{year}-{sequence:07d}"
