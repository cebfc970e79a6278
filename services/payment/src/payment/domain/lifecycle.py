"""The lifecycles of payment, each as one table: what may happen in which state, and what then becomes true.

An obligation (nghĩa vụ tài chính) states an event on each edge but one: that it is cancelled follows from what submission
said, and is no news. An attempt is one try to pay it online; it states
nothing by itself. No state is set anywhere but by `after_obligation` and `after_attempt`.
"""

from collections.abc import Mapping
from enum import StrEnum

from contracts.event import Event
from contracts.payment import FeeAssessed, PaymentSucceeded


class ObligationState(StrEnum):
    """Whether a fee is still owed."""

    DUE = "due"
    PAID = "paid"
    CANCELLED = "cancelled"


class Action(StrEnum):
    """What can happen to an obligation."""

    ASSESS = "assess"
    SETTLE = "settle"
    CANCEL = "cancel"  # the dossier was refused, withdrawn or stopped


class AttemptState(StrEnum):
    """How far a try to pay online has come."""

    CREATED = "created"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SUSPECTED = "suspected"


class Outcome(StrEnum):
    """What a provider says of an attempt."""

    SUCCESS = "success"
    FAILURE = "failure"
    SUSPICION = "suspicion"


class NotAllowed(Exception):
    """The table has no such edge; `allowed` names those it has."""

    def __init__(self, state: ObligationState | None, action: Action) -> None:
        super().__init__(f"{action} is not allowed in {state}")
        self.state = state
        self.allowed = tuple(on for at, on in OBLIGATION if at is state)


OBLIGATION: Mapping[tuple[ObligationState | None, Action], tuple[ObligationState, type[Event] | None]] = {
    (None, Action.ASSESS): (ObligationState.DUE, FeeAssessed),
    (ObligationState.DUE, Action.SETTLE): (ObligationState.PAID, PaymentSucceeded),
    (ObligationState.DUE, Action.CANCEL): (ObligationState.CANCELLED, None),
}

# A success counts whenever it comes: the provider has the money, so an attempt it first called failed or suspect still
# succeeds when it says so later. Nothing follows a success; giving money back is not the attempt's affair.
ATTEMPT: Mapping[tuple[AttemptState, Outcome], AttemptState] = {
    (AttemptState.CREATED, Outcome.SUCCESS): AttemptState.SUCCEEDED,
    (AttemptState.CREATED, Outcome.FAILURE): AttemptState.FAILED,
    (AttemptState.CREATED, Outcome.SUSPICION): AttemptState.SUSPECTED,
    (AttemptState.FAILED, Outcome.SUCCESS): AttemptState.SUCCEEDED,
    (AttemptState.FAILED, Outcome.SUSPICION): AttemptState.SUSPECTED,
    (AttemptState.SUSPECTED, Outcome.SUCCESS): AttemptState.SUCCEEDED,
    (AttemptState.SUSPECTED, Outcome.FAILURE): AttemptState.FAILED,
}


def after_obligation(state: ObligationState | None, action: Action) -> ObligationState:
    """The state that follows; raises NotAllowed."""
    edge = OBLIGATION.get((state, action))
    if edge is None:
        raise NotAllowed(state, action)
    return edge[0]


def after_attempt(state: AttemptState, outcome: Outcome) -> AttemptState | None:
    """The state that follows what the provider says, or None where it says nothing new."""
    return ATTEMPT.get((state, outcome))
