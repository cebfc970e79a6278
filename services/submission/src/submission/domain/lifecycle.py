"""The lifecycle of a dossier (vòng đời hồ sơ) as one table: the only place where a status is set. No I/O, no rights.

An edge that is not in `TRANSITIONS` does not exist. The diagram in the docs is drawn from the table by `diagram`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from contracts.codes import DossierStatus
from contracts.submission import DossierEvent
from submission.domain import events
from submission.domain.commands import (
    Accept,
    AwaitPayment,
    Command,
    Finish,
    Return,
    SettleFee,
    StartProcessing,
    Stop,
    Submit,
)
from submission.domain.dossier import DESK, STATUS_NAMES, Dossier, FeeState

S = DossierStatus


@dataclass(frozen=True)
class Condition:
    """What must also hold of a dossier for an edge to be open to it, in the words of the diagram."""

    says: str
    holds: Callable[[Dossier], bool]


@dataclass(frozen=True)
class Edge:
    """Where a command leads, and how the step is told to the other services."""

    to: DossierStatus
    event: Callable[[Dossier, Any], DossierEvent]
    when: Condition | None = None

    def open_to(self, dossier: Dossier) -> bool:
        """Whether its condition, if it has one, holds."""
        return self.when is None or self.when.holds(dossier)


FEE_UNASSESSED = Condition("fee not assessed yet", lambda dossier: dossier.fee_state is FeeState.UNKNOWN)
NO_FEE_LEFT = Condition("no fee, or paid", lambda dossier: dossier.fee_state in (FeeState.NONE, FeeState.PAID))
BY_DESK = Condition("handled by the desk", lambda dossier: dossier.filed.handled_by == DESK)
BY_ANOTHER = Condition("handled by another service", lambda dossier: dossier.filed.handled_by != DESK)

TRANSITIONS: Mapping[tuple[DossierStatus | None, type[Command]], Edge] = {
    (None, Submit): Edge(S.NEW, events.submitted),
    (S.NEW, AwaitPayment): Edge(S.PAYMENT_AWAITED, events.payment_awaited, FEE_UNASSESSED),
    (S.PAYMENT_AWAITED, SettleFee): Edge(S.NEW, events.fee_settled),
    (S.NEW, Accept): Edge(S.ACCEPTED, events.accepted, NO_FEE_LEFT),
    (S.ACCEPTED, StartProcessing): Edge(S.PROCESSING, events.processing_started, BY_ANOTHER),
    (S.ACCEPTED, Finish): Edge(S.FINISHED, events.finished, BY_DESK),
    (S.ACCEPTED, Stop): Edge(S.STOPPED, events.stopped),
    (S.PROCESSING, Finish): Edge(S.FINISHED, events.finished),
    (S.PROCESSING, Stop): Edge(S.STOPPED, events.stopped),
    (S.FINISHED, Return): Edge(S.RETURNED, events.returned),
}


class NotAllowed(Exception):
    """The table has no edge for this command from where the dossier stands."""

    def __init__(self, dossier: Dossier, command: Command) -> None:
        super().__init__(f"{command.slug()} from {dossier.status.name}")
        self.dossier = dossier


@dataclass(frozen=True, slots=True)
class Step:
    """One transition: the dossier after it, the command that made it, and the event that tells it."""

    dossier: Dossier
    command: Command
    event: DossierEvent


def submit(command: Submit) -> Step:
    """The first step: a filing becomes a dossier."""
    edge = TRANSITIONS[None, Submit]
    dossier = Dossier(command.filing, status=edge.to, version=1, due_at=command.due_at)
    return Step(dossier, command, edge.event(dossier, command))


def step(dossier: Dossier, command: Command, at: datetime) -> Step:
    """Every further step; raises NotAllowed."""
    edge = TRANSITIONS.get((dossier.status, type(command)))
    if edge is None or not edge.open_to(dossier):
        raise NotAllowed(dossier, command)
    after = replace(dossier, status=edge.to, version=dossier.version + 1, **command.changes(at))
    return Step(after, command, edge.event(after, command))


def allowed(dossier: Dossier) -> list[str]:
    """What can be asked of this dossier as it stands, by the commands' slugs."""
    return [
        command.slug()
        for (status, command), edge in TRANSITIONS.items()
        if status is dossier.status and edge.open_to(dossier)
    ]


def still_to_come(status: DossierStatus, command: type[Command]) -> bool:
    """Whether the table has this command further on from `status`: news of it has come too early, not in vain."""
    seen: set[DossierStatus] = set()
    ahead = {status}
    while ahead:
        seen |= ahead
        ahead = {edge.to for (origin, _), edge in TRANSITIONS.items() if origin in ahead} - seen
    return any((other, command) in TRANSITIONS for other in seen - {status})


def diagram() -> str:
    """The table as a Mermaid state diagram."""
    reached = sorted({edge.to for edge in TRANSITIONS.values()})
    lines = ["stateDiagram-v2", *(f"    {status.name} : {status.value} {STATUS_NAMES[status]}" for status in reached)]
    for (origin, command), edge in TRANSITIONS.items():
        condition = f" [{edge.when.says}]" if edge.when else ""
        lines.append(f"    {origin.name if origin else '[*]'} --> {edge.to.name} : {command.__name__}{condition}")
    ends = [status for status in reached if not any(origin is status for origin, _ in TRANSITIONS)]
    lines += [f"    {status.name} --> [*]" for status in ends]
    return "\n".join(lines) + "\n"
