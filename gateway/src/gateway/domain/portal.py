"""What the national portal must know of a dossier, and what each event adds to it, in whatever order they come. Pure; no I/O."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from contracts.codes import ApplicantKind, Channel, DossierStatus, PaymentMethod
from contracts.payment import FeeAssessed, PaymentSucceeded
from contracts.submission import (
    DossierAccepted,
    DossierEvent,
    DossierExtended,
    DossierFeeSettled,
    DossierFinished,
    DossierPaymentAwaited,
    DossierProcessingStarted,
    DossierRefused,
    DossierReturned,
    DossierStopped,
    DossierSubmitted,
    DossierSupplemented,
    DossierSupplementRequested,
    DossierWithdrawn,
)

S = DossierStatus


class State(StrEnum):
    """How a dossier stands between us and the portal."""

    PARTIAL = "PARTIAL"  # its submission was not heard of yet: nothing can be told
    CHANGED = "CHANGED"  # the portal must be told
    SYNCED = "SYNCED"  # the portal has what we have
    REFUSED = "REFUSED"  # the portal refuses it; told again when it changes, or by a reconciliation


STATUS_AFTER: Mapping[type[DossierEvent], DossierStatus | None] = {
    DossierSubmitted: S.NEW,
    DossierPaymentAwaited: S.PAYMENT_AWAITED,
    DossierFeeSettled: S.NEW,
    DossierAccepted: S.ACCEPTED,
    DossierRefused: S.REFUSED,
    DossierSupplementRequested: S.SUPPLEMENT_AWAITED,
    DossierSupplemented: None,  # the event says it
    DossierWithdrawn: S.WITHDRAWN,
    DossierProcessingStarted: S.PROCESSING,
    DossierExtended: None,  # it stays as it is
    DossierStopped: S.STOPPED,
    DossierFinished: S.FINISHED,
    DossierReturned: S.RETURNED,
}
"""TrangThaiHoSo after each event of a dossier."""

WORDS: Mapping[DossierStatus, str] = {
    S.NEW: "Mới đăng ký",
    S.ACCEPTED: "Được tiếp nhận",
    S.REFUSED: "Không được tiếp nhận",
    S.PROCESSING: "Đang xử lý",
    S.SUPPLEMENT_AWAITED: "Yêu cầu bổ sung giấy tờ",
    S.PAYMENT_AWAITED: "Yêu cầu nghĩa vụ tài chính",
    S.WITHDRAWN: "Công dân yêu cầu rút",
    S.STOPPED: "Dừng xử lý",
    S.FINISHED: "Đã xử lý xong",
    S.RETURNED: "Đã trả kết quả",
}
"""The portal's names of the ten statuses."""

ENDED = (S.REFUSED, S.WITHDRAWN, S.STOPPED, S.RETURNED)
"""Statuses after which nothing more happens to a dossier."""


@dataclass(frozen=True)
class Person:
    """Chủ hồ sơ: in whose name the dossier is filed."""

    full_name: str
    kind: ApplicantKind
    personal_id: str | None = None


@dataclass(frozen=True)
class FeePart:
    """One line of the fee (lệ phí), in whole đồng."""

    rule: str
    text: str
    amount: int


@dataclass(frozen=True)
class SupplementRequest:
    """One request to supplement (yêu cầu bổ sung), and its answer once that is there. `number` counts from 1."""

    number: int
    reason: str
    asked_at: datetime
    received_at: datetime | None = None
    due_before: datetime | None = None
    due_after: datetime | None = None


@dataclass(frozen=True)
class Step:
    """One processing step (tiến độ). `version` is the dossier's own, by which steps are ordered and told once.

    `status` and `due_at` are None where the step changed neither.
    """

    version: int
    at: datetime
    status: DossierStatus | None
    words: str
    by: str | None = None
    due_at: datetime | None = None


@dataclass(frozen=True)
class Snapshot:
    """Everything we know of a dossier that the portal asks for. What is None is not known, and is not told."""

    unit: str | None = None
    channel: Channel | None = None
    submitted_at: datetime | None = None
    applicant: Person | None = field(default=None, repr=False)
    identity_verified: bool | None = None
    digitised: bool | None = None
    due_at: datetime | None = None
    accepted_at: datetime | None = None
    refused_at: datetime | None = None
    finished_at: datetime | None = None
    returned_at: datetime | None = None
    note: str | None = field(default=None, repr=False)
    fees: tuple[FeePart, ...] = ()
    paid_by: PaymentMethod | None = None
    supplements: tuple[SupplementRequest, ...] = ()
    results: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Record:
    """A dossier's snapshot with where it stands: by its newest event so far, `version`. `procedure` and day of receipt name it."""

    version: int = 0
    status: DossierStatus | None = None
    procedure: str | None = None
    received_on: date | None = None
    snapshot: Snapshot = Snapshot()


@dataclass(frozen=True)
class ProcedureName:
    """What a procedure (thủ tục) and its field (lĩnh vực) are called. The result, where the procedure gives just one."""

    name: str
    field_code: str
    field_name: str
    result_code: str | None = None
    result_name: str | None = None


@dataclass(frozen=True)
class PortalDossier:
    """A dossier as the portal is told it."""

    code: str
    procedure: str
    status: DossierStatus
    snapshot: Snapshot
    named: ProcedureName | None = None


class Standing(StrEnum):
    """What the portal has of a dossier, held against ours."""

    MISSING = "missing"
    STALE = "stale"
    SAME = "same"


def after_event(record: Record, event: DossierEvent, at: datetime) -> Record:
    """The record once the event is taken in. One that is older than the newest adds what it knows and moves nothing."""
    if any(step.version == event.version for step in record.snapshot.steps):
        return record
    status = event.status if isinstance(event, DossierSupplemented) else STATUS_AFTER[type(event)]
    step = Step(event.version, at, status, _words(event, status), _by(event), getattr(event, "due_at", None))
    steps = tuple(sorted((*record.snapshot.steps, step), key=lambda one: one.version))
    facts = _with_facts(record.snapshot, event, at)
    # Of status and due time the newest step that says anything has the last word, whichever was heard last.
    due_at = next((one.due_at for one in reversed(steps) if one.due_at is not None), None)
    return Record(
        version=steps[-1].version,
        status=next((one.status for one in reversed(steps) if one.status is not None), None),
        procedure=event.procedure,
        received_on=event.received_on if isinstance(event, DossierSubmitted) else record.received_on,
        snapshot=replace(facts, unit=event.unit, channel=event.channel, due_at=due_at, steps=steps),
    )


def untold_steps(dossier: PortalDossier, told: Collection[int]) -> tuple[Step, ...]:
    """The steps the portal was not told yet, in order; each with the status the dossier had at it."""
    untold = []
    status = S.NEW
    for step in dossier.snapshot.steps:
        status = step.status or status
        if step.version not in told:
            untold.append(replace(step, status=status))
    return tuple(untold)


def after_payment(record: Record, event: FeeAssessed | PaymentSucceeded) -> Record:
    """The record once the fee is known, or paid. Payment's versions are its own and order nothing here."""
    if isinstance(event, PaymentSucceeded):
        return replace(record, snapshot=replace(record.snapshot, paid_by=event.method))
    fees = tuple(FeePart(line.rule, line.text or line.item, line.amount) for line in event.lines)
    return replace(record, snapshot=replace(record.snapshot, fees=fees))


def _with_facts(known: Snapshot, event: DossierEvent, at: datetime) -> Snapshot:  # noqa: C901 - one case an event
    match event:
        case DossierSubmitted():
            known = replace(known, submitted_at=at, identity_verified=event.identity_verified)
            if event.applicant is not None:
                who = event.applicant
                known = replace(known, applicant=Person(who.full_name, who.kind, who.personal_id))
        case DossierAccepted():
            known = replace(known, accepted_at=at)
        case DossierRefused():
            known = replace(known, refused_at=event.refused_at, note=event.reason)
        case DossierWithdrawn():
            known = replace(known, finished_at=event.withdrawn_at, note=event.reason)
        case DossierStopped():
            known = replace(known, finished_at=event.finished_at, note=event.reason)
        case DossierFinished():
            references = event.result_references or ((event.result_reference,) if event.result_reference else ())
            known = replace(known, finished_at=event.finished_at, results=references)
        case DossierReturned():
            known = replace(known, returned_at=event.returned_at)
        case DossierSupplementRequested():
            asked = SupplementRequest(event.request, event.reason, at, due_before=known.due_at)
            others = tuple(one for one in known.supplements if one.number != event.request)
            known = replace(known, supplements=tuple(sorted((*others, asked), key=lambda one: one.number)))
        case DossierSupplemented():
            known = replace(known, supplements=_answered(known.supplements, at, event.due_at))
        case _:  # the others say nothing but where the dossier stands
            pass
    components = getattr(event, "components", None)
    if components is not None and not isinstance(components, tuple):
        known = replace(known, digitised=components.digitised > 0)
    return known


def _answered(asked: tuple[SupplementRequest, ...], at: datetime, due_at: datetime) -> tuple[SupplementRequest, ...]:
    """The last request made before it is the one that was answered."""
    open_ones = [one for one in asked if one.received_at is None and one.asked_at <= at]
    if not open_ones:
        return asked
    last = open_ones[-1]
    return tuple(replace(one, received_at=at, due_after=due_at) if one is last else one for one in asked)


def _words(event: DossierEvent, status: DossierStatus | None) -> str:
    if isinstance(event, DossierExtended):
        return f"Gia hạn: {event.reason}"
    said = WORDS[status] if status is not None else ""
    reason = getattr(event, "reason", None)
    return f"{said}: {reason}" if reason else said


def _by(event: DossierEvent) -> str | None:
    match event:
        case DossierAccepted():
            return event.accepted_by
        case DossierReturned():
            return event.returned_by
        case _:
            return None
