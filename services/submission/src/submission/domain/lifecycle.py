"""The lifecycle of a dossier (vòng đời hồ sơ) as one table: the only place where a status is set. No I/O, no rights.

An edge that is not in `TRANSITIONS` does not exist. The diagram in the docs is drawn from the table by `diagram`. Who may
ask for which step is domain/duties.py's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from contracts.codes import Channel, DossierStatus
from contracts.submission import DossierEvent
from submission.domain import events
from submission.domain.commands import (
    Accept,
    AwaitPayment,
    Command,
    Extend,
    Finish,
    Lapse,
    Refuse,
    RequestSupplement,
    Return,
    SettleFee,
    StartProcessing,
    Stop,
    Submit,
    Supplement,
    Verify,
    Withdraw,
)
from submission.domain.dossier import DESK, STATUS_NAMES, Dossier, FeeState, Paper

S = DossierStatus


@dataclass(frozen=True)
class Condition:
    """What must also hold of a dossier for an edge to be open to it, in the words of the diagram."""

    says: str
    holds: Callable[[Dossier], bool]


@dataclass(frozen=True)
class WhereItStood:
    """The end of an edge that leads back to where the dossier waited from: one of `may_be`, kept in `resumes_to`."""

    may_be: tuple[DossierStatus, ...]


@dataclass(frozen=True)
class Edge:
    """Where a command leads, how the step is told to the other services, and which paper it gives the applicant."""

    to: DossierStatus | WhereItStood
    event: Callable[[Dossier, Any], DossierEvent]
    when: Condition | None = None
    paper: Paper | None = None

    def open_to(self, dossier: Dossier) -> bool:
        """Whether its condition, if it has one, holds."""
        return self.when is None or self.when.holds(dossier)

    @property
    def ends(self) -> tuple[DossierStatus, ...]:
        """All statuses it may lead to."""
        return self.to.may_be if isinstance(self.to, WhereItStood) else (self.to,)

    def leads(self, dossier: Dossier) -> DossierStatus:
        """The status it leads this dossier to."""
        if isinstance(self.to, DossierStatus):
            return self.to
        assert dossier.resumes_to in self.to.may_be  # noqa: S101 - whatever leads to a wait keeps where from
        return dossier.resumes_to


FEE_UNASSESSED = Condition("fee not assessed yet", lambda dossier: dossier.fee_state is FeeState.UNKNOWN)
NO_FEE_LEFT = Condition("no fee, or paid", lambda dossier: dossier.fee_state in (FeeState.NONE, FeeState.PAID))
BY_DESK = Condition("handled by the desk", lambda dossier: dossier.filed.handled_by == DESK)
NOT_EXTENDED = Condition("not extended yet", lambda dossier: dossier.extended_at is None)
NOT_VERIFIED = Condition("not verified yet", lambda dossier: dossier.verified_at is None)

TRANSITIONS: Mapping[tuple[DossierStatus | None, type[Command]], Edge] = {
    (None, Submit): Edge(S.NEW, events.submitted, paper=Paper.RECEIPT),
    (S.NEW, AwaitPayment): Edge(S.PAYMENT_AWAITED, events.payment_awaited, FEE_UNASSESSED),
    (S.PAYMENT_AWAITED, SettleFee): Edge(WhereItStood((S.NEW,)), events.fee_settled),
    (S.NEW, Accept): Edge(S.ACCEPTED, events.accepted, NO_FEE_LEFT),
    (S.NEW, Refuse): Edge(S.REFUSED, events.refused, paper=Paper.REFUSAL),
    # A fee that is asked for while papers are awaited would be a second wait in the first: it must be known before.
    (S.NEW, RequestSupplement): Edge(S.SUPPLEMENT_AWAITED, events.supplement_requested, NO_FEE_LEFT, Paper.SUPPLEMENT),
    # What another service handles has left the desk with its acceptance: its form would change under their hands.
    (S.ACCEPTED, RequestSupplement): Edge(S.SUPPLEMENT_AWAITED, events.supplement_requested, BY_DESK, Paper.SUPPLEMENT),
    (S.PROCESSING, RequestSupplement): Edge(
        S.SUPPLEMENT_AWAITED, events.supplement_requested, BY_DESK, Paper.SUPPLEMENT
    ),
    (S.SUPPLEMENT_AWAITED, Supplement): Edge(WhereItStood((S.NEW, S.ACCEPTED, S.PROCESSING)), events.supplemented),
    (S.SUPPLEMENT_AWAITED, Lapse): Edge(S.REFUSED, events.lapsed, paper=Paper.REFUSAL),
    (S.NEW, Withdraw): Edge(S.WITHDRAWN, events.withdrawn),
    (S.PAYMENT_AWAITED, Withdraw): Edge(S.WITHDRAWN, events.withdrawn),
    (S.SUPPLEMENT_AWAITED, Withdraw): Edge(S.WITHDRAWN, events.withdrawn),
    (S.ACCEPTED, Withdraw): Edge(S.WITHDRAWN, events.withdrawn, BY_DESK),
    (S.PROCESSING, Withdraw): Edge(S.WITHDRAWN, events.withdrawn, BY_DESK),
    (S.ACCEPTED, StartProcessing): Edge(S.PROCESSING, events.processing_started),
    (S.ACCEPTED, Extend): Edge(S.ACCEPTED, events.extended, NOT_EXTENDED, Paper.APOLOGY),
    (S.PROCESSING, Extend): Edge(S.PROCESSING, events.extended, NOT_EXTENDED, Paper.APOLOGY),
    (S.ACCEPTED, Verify): Edge(S.ACCEPTED, events.extended, NOT_VERIFIED),
    (S.PROCESSING, Verify): Edge(S.PROCESSING, events.extended, NOT_VERIFIED),
    (S.ACCEPTED, Finish): Edge(S.FINISHED, events.finished, BY_DESK),
    (S.ACCEPTED, Stop): Edge(S.STOPPED, events.stopped, paper=Paper.STOP),
    (S.PROCESSING, Finish): Edge(S.FINISHED, events.finished),
    (S.PROCESSING, Stop): Edge(S.STOPPED, events.stopped, paper=Paper.STOP),
    (S.FINISHED, Return): Edge(S.RETURNED, events.returned),
}

ENDS = frozenset(DossierStatus) - {origin for origin, _ in TRANSITIONS}
"""Statuses that nothing leads out of: refused, withdrawn, stopped, returned."""


class NotAllowed(Exception):
    """The table has no edge for this command from where the dossier stands."""

    def __init__(self, dossier: Dossier, command: Command) -> None:
        super().__init__(f"{command.slug()} from {dossier.status.name}")
        self.dossier = dossier


@dataclass(frozen=True, slots=True)
class Step:
    """One transition: the dossier after it, the command that made it, the event that tells it, and the paper it gives."""

    dossier: Dossier
    command: Command
    event: DossierEvent
    paper: Paper | None


def submit(command: Submit) -> Step:
    """The first step: a filing becomes a dossier. What came online is to be checked within the desk's time for it."""
    edge = TRANSITIONS[None, Submit]
    filing = command.filing
    dossier = Dossier(
        filing,
        status=S.NEW,
        version=1,
        due_at=command.due_at,
        check_from=filing.received_at if filing.channel is Channel.ONLINE else None,
    )
    return Step(dossier, command, edge.event(dossier, command), edge.paper)


def step(dossier: Dossier, command: Command, at: datetime) -> Step:
    """Every further step; raises NotAllowed."""
    if not is_open(dossier, type(command)):
        raise NotAllowed(dossier, command)
    edge = TRANSITIONS[dossier.status, type(command)]
    changes = command.changes(dossier, at)
    after = replace(dossier, status=edge.leads(dossier), version=dossier.version + 1, **changes)
    return Step(after, command, edge.event(after, command), edge.paper)


def is_open(dossier: Dossier, command: type[Command]) -> bool:
    """Whether the table has an edge for this command from where the dossier stands, and its condition holds."""
    edge = TRANSITIONS.get((dossier.status, command))
    return edge is not None and edge.open_to(dossier)


def allowed(dossier: Dossier) -> list[str]:
    """What can be asked of this dossier as it stands, by the commands' slugs."""
    return [
        command.slug()
        for (status, command), edge in TRANSITIONS.items()
        if status is dossier.status and edge.open_to(dossier)
    ]


def still_to_come(dossier: Dossier, command: type[Command]) -> bool:
    """Whether the table has this command further on from where it stands: news of it has come too early, not in vain.

    A wait leads back to where it began, so a step that is behind the dossier does not lie ahead of it again.
    """
    seen: set[tuple[DossierStatus, DossierStatus | None]] = set()
    ahead = {(dossier.status, dossier.resumes_to)}
    while ahead:
        seen |= ahead
        ahead = {
            _after(edge, origin, resumes_to)
            for status, resumes_to in ahead
            for (origin, _), edge in TRANSITIONS.items()
            if origin is status
        } - seen
    return any((status, command) in TRANSITIONS for status, _ in seen if status is not dossier.status)


def _after(
    edge: Edge, origin: DossierStatus, resumes_to: DossierStatus | None
) -> tuple[DossierStatus, DossierStatus | None]:
    if isinstance(edge.to, WhereItStood):
        return resumes_to or edge.to.may_be[0], None
    return edge.to, origin if edge.to in (S.SUPPLEMENT_AWAITED, S.PAYMENT_AWAITED) else None


def diagram() -> str:
    """The table as a Mermaid state diagram."""
    reached = sorted({end for edge in TRANSITIONS.values() for end in edge.ends})
    lines = ["stateDiagram-v2", *(f"    {status.name} : {status.value} {STATUS_NAMES[status]}" for status in reached)]
    for (origin, command), edge in TRANSITIONS.items():
        came_from = " [it stood there]" if isinstance(edge.to, WhereItStood) and len(edge.ends) > 1 else ""
        condition = f" [{edge.when.says}]" if edge.when else came_from
        lines += [
            f"    {origin.name if origin else '[*]'} --> {end.name} : {command.__name__}{condition}"
            for end in edge.ends
        ]
    lines += [f"    {status.name} --> [*]" for status in sorted(ENDS)]
    return "\n".join(lines) + "\n"
