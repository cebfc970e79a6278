"""An agency's subscription to events: its lifecycle as one table, what it filters, what rights it has. Pure; no I/O."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from gateway.domain.access import in_force, is_for, path_matches
from gateway.domain.partners import CITY, Grant, Registry, ServiceId, Subsystem
from gateway.domain.partners import State as Registered

EVENTS_SERVICE = ServiceId(CITY, "events")
"""The service of this installation whose grants are rights to hear events."""

HEARING = "GET"
"""A grant of the events service that names a method: GET is hearing, POST is publishing."""


class Mode(StrEnum):
    """Who moves: we call the agency's webhook, or the agency asks."""

    PUSH = "push"
    PULL = "pull"


class State(StrEnum):
    """Where a subscription stands. Events are delivered in ACTIVE and FAILING only."""

    REQUESTED = "requested"  # waits for an operator: no grant covers all it asks for
    ACTIVE = "active"
    PAUSED = "paused"  # by its agency, or because its address answered 410 Gone
    FAILING = "failing"  # its address has not taken anything for a while; we go on trying
    SUSPENDED = "suspended"  # by an operator
    CLOSED = "closed"


class Step(StrEnum):
    """What can happen to a subscription."""

    APPROVE = "approve"
    REFUSE = "refuse"
    PAUSE = "pause"
    RESUME = "resume"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    CLOSE = "close"
    FAIL = "fail"
    RECOVER = "recover"
    GONE = "gone"


TRANSITIONS: Mapping[tuple[State, Step], State] = {
    (State.REQUESTED, Step.APPROVE): State.ACTIVE,
    (State.REQUESTED, Step.REFUSE): State.CLOSED,
    (State.ACTIVE, Step.PAUSE): State.PAUSED,
    (State.FAILING, Step.PAUSE): State.PAUSED,
    (State.PAUSED, Step.RESUME): State.ACTIVE,
    (State.ACTIVE, Step.FAIL): State.FAILING,
    (State.FAILING, Step.RECOVER): State.ACTIVE,
    (State.ACTIVE, Step.GONE): State.PAUSED,
    (State.FAILING, Step.GONE): State.PAUSED,
    (State.ACTIVE, Step.SUSPEND): State.SUSPENDED,
    (State.FAILING, Step.SUSPEND): State.SUSPENDED,
    (State.PAUSED, Step.SUSPEND): State.SUSPENDED,
    (State.SUSPENDED, Step.REINSTATE): State.ACTIVE,
    (State.REQUESTED, Step.CLOSE): State.CLOSED,
    (State.ACTIVE, Step.CLOSE): State.CLOSED,
    (State.PAUSED, Step.CLOSE): State.CLOSED,
    (State.FAILING, Step.CLOSE): State.CLOSED,
    (State.SUSPENDED, Step.CLOSE): State.CLOSED,
}
"""Every legal step."""

DELIVERING = frozenset({State.ACTIVE, State.FAILING})


def allowed(state: State) -> list[str]:
    """What may happen in a state."""
    return sorted(step.value for was, step in TRANSITIONS if was is state)


def before(step: Step) -> frozenset[State]:
    """The states in which a step may be taken."""
    return frozenset(state for state, taken in TRANSITIONS if taken is step)


@dataclass(frozen=True)
class Filter:
    """What a subscription wants: types always; units and procedures where it names any."""

    types: frozenset[str]
    units: frozenset[str] | None = None
    procedures: frozenset[str] | None = None

    @property
    def looks_inside(self) -> bool:
        """Whether an event's type alone does not decide."""
        return self.units is not None or self.procedures is not None

    def wants(self, event_type: str, unit: str | None, procedure: str | None) -> bool:
        """Whether an event is wanted. One whose unit or procedure nobody knows is not, where the filter asks for it."""
        return (
            event_type in self.types
            and (self.units is None or unit in self.units)
            and (self.procedures is None or procedure in self.procedures)
        )


@dataclass(frozen=True)
class Approval:
    """The right an operator gave with a subscription itself, for its own types. `fields` None: the open ones."""

    on: date
    until: date | None
    fields: frozenset[str] | None = None

    def holds(self, today: date) -> bool:
        """Whether it is in force on a Hanoi day."""
        return self.on <= today and (self.until is None or today <= self.until)


@dataclass(frozen=True)
class Subscription:
    """A subscription as deciding needs it. `position` is the next ledger position to look at (push) or not acknowledged (pull)."""

    id: UUID
    client_id: str
    mode: Mode
    filter: Filter
    state: State
    position: int
    version: int
    approval: Approval | None = None


def covers(grant: Grant, event_type: str) -> bool:
    """Whether a grant of the events service is for a type.

    Its `path` is a glob over the type's words: dots and slashes are the same there, so `vn.gov.hanoi.payment.*.v1` and
    `vn/gov/hanoi/payment/*/v1` say one thing, and `vn/gov/hanoi/**` is everything the city tells.
    """
    if grant.method not in (None, HEARING):
        return False
    return grant.path is None or path_matches(grant.path.replace(".", "/"), event_type.replace(".", "/"))


def rights(
    registry: Registry, client: Subsystem, event_type: str, today: date, approval: Approval | None = None
) -> list[frozenset[str] | None] | None:
    """The `fields` of every right to hear a type that is in force (None among them: the open fields); None: no right."""
    service = registry.services.get(EVENTS_SERVICE)
    if service is not None and service.state is not Registered.APPROVED:
        return None
    found: list[frozenset[str] | None] = [
        grant.fields
        for grant in registry.grants.get(EVENTS_SERVICE, ())
        if is_for(grant, client) and in_force(grant, today) and covers(grant, event_type)
    ]
    if approval is not None and approval.holds(today):
        found.append(approval.fields)
    return found or None


def all_granted(registry: Registry, client: Subsystem, types: Iterable[str], today: date) -> bool:
    """Whether grants alone cover every type: then nobody needs to be asked."""
    return all(rights(registry, client, event_type, today) is not None for event_type in types)
