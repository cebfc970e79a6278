"""The life of a birth case as one table: which step leads from which state to which, and the event that says so.

No state is set anywhere but through `after`. Storing it and recording the event are the handlers'.
"""

from collections.abc import Mapping
from enum import StrEnum

from contracts.civil_registry import BirthRegistered, BirthRegistrationRefused, BirthRegistrationRequested
from contracts.event import Event


class CaseState(StrEnum):
    """Where a case stands. OPEN lasts only while it is being checked; it is never stored."""

    OPEN = "open"
    AWAITING_PERSONAL_ID = "awaiting-personal-id"
    REGISTERED = "registered"
    REFUSED = "refused"


class Step(StrEnum):
    """What can happen to a case."""

    ASK_MINISTRY = "ask-ministry"
    REFUSE = "refuse"
    REGISTER = "register"
    DECLINE = "decline"


class Cause(StrEnum):
    """Why a birth is refused, as `BirthRegistrationRefused.cause` says it."""

    INCOMPLETE = "incomplete"
    DUPLICATE = "duplicate"
    MINISTRY_DECLINED = "ministry-declined"


TRANSITIONS: Mapping[tuple[CaseState, Step], tuple[CaseState, type[Event]]] = {
    (CaseState.OPEN, Step.ASK_MINISTRY): (CaseState.AWAITING_PERSONAL_ID, BirthRegistrationRequested),
    (CaseState.OPEN, Step.REFUSE): (CaseState.REFUSED, BirthRegistrationRefused),
    (CaseState.AWAITING_PERSONAL_ID, Step.REGISTER): (CaseState.REGISTERED, BirthRegistered),
    (CaseState.AWAITING_PERSONAL_ID, Step.DECLINE): (CaseState.REFUSED, BirthRegistrationRefused),
}


class StepNotAllowed(Exception):
    """The ministry's answer does not fit the state of the case. An operator must look: the event is parked."""

    slug = "step-not-allowed"

    def __init__(self, state: CaseState, step: Step) -> None:
        super().__init__(f"{step} from {state}")
        self.state = state
        self.step = step


def after(state: CaseState, step: Step) -> CaseState:
    """The state that `step` leads to from `state`; raises StepNotAllowed."""
    edge = TRANSITIONS.get((state, step))
    if edge is None:
        raise StepNotAllowed(state, step)
    return edge[0]
