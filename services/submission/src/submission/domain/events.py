"""How a dossier's steps are told to the other services: one function for each event. They state facts, never decide."""

from typing import TypedDict

from chassis.clock import hanoi_day
from contracts.codes import Channel
from contracts.submission import (
    Applicant,
    DossierAccepted,
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
from submission.domain.commands import (
    Accept,
    AwaitPayment,
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
from submission.domain.dossier import CIVIL_REGISTRY, ActorKind, Dossier


class _Common(TypedDict):
    version: int
    dossier_code: str
    procedure: str
    unit: str
    channel: Channel


def _common(dossier: Dossier) -> _Common:
    filed = dossier.filed
    return {
        "version": dossier.version,
        "dossier_code": filed.code,
        "procedure": filed.procedure,
        "unit": filed.unit,
        "channel": filed.channel,
    }


def submitted(dossier: Dossier, command: Submit) -> DossierSubmitted:
    """It came in. The day is the Hanoi day of receipt, also where the cut-off counts the deadline from the next one."""
    filed = dossier.filed
    return DossierSubmitted(
        **_common(dossier),
        applicant_class=filed.applicant_class,
        received_on=hanoi_day(filed.received_at),
        due_at=dossier.due_at,
        fee_facts=command.fee_facts,
        owner=filed.owner,
        case=filed.case,
        applicant_kind=filed.applicant.kind,
        assisted=filed.typed_by.kind is ActorKind.OFFICER,
        identity_verified=bool(filed.identity_level),
        applicant=Applicant(
            kind=filed.applicant.kind,
            personal_id=filed.applicant.personal_id,
            full_name=filed.applicant.full_name,
        ),
    )


def payment_awaited(dossier: Dossier, command: AwaitPayment) -> DossierPaymentAwaited:
    """A fee is due."""
    return DossierPaymentAwaited(**_common(dossier), amount=command.amount)


def fee_settled(dossier: Dossier, command: SettleFee) -> DossierFeeSettled:
    """The fee is paid; the due time may have moved."""
    return DossierFeeSettled(**_common(dossier), due_at=command.due_at)


def accepted(dossier: Dossier, command: Accept) -> DossierAccepted:
    """Taken in: whoever handles the procedure gets the form."""
    filed = dossier.filed
    return DossierAccepted(
        **_common(dossier),
        handled_by=filed.handled_by,
        owner=filed.owner,
        form=dict(filed.form),
        occurrence_is_late=filed.occurrence_is_late,
        accepted_by=command.by.subject,
        due_at=dossier.due_at,
    )


def refused(dossier: Dossier, command: Refuse) -> DossierRefused:
    """The desk did not take it in."""
    assert dossier.finished_at is not None  # noqa: S101 - Refuse.changes sets it
    return DossierRefused(**_common(dossier), reason=command.reason, refused_at=dossier.finished_at)


def lapsed(dossier: Dossier, command: Lapse) -> DossierRefused:
    """What was asked for did not come in time."""
    assert dossier.finished_at is not None  # noqa: S101 - Lapse.changes sets it
    return DossierRefused(**_common(dossier), reason=command.reason, refused_at=dossier.finished_at, lapsed=True)


def supplement_requested(dossier: Dossier, command: RequestSupplement) -> DossierSupplementRequested:
    """The applicant must bring something."""
    return DossierSupplementRequested(
        **_common(dossier),
        reason=command.reason,
        supplement_by=command.by_when,
        request=dossier.supplement_requests,
        components=command.components,
    )


def supplemented(dossier: Dossier, command: Supplement) -> DossierSupplemented:
    """The applicant brought it; the due time may have moved."""
    return DossierSupplemented(
        **_common(dossier), status=dossier.status, due_at=dossier.due_at, components=command.components
    )


def withdrawn(dossier: Dossier, command: Withdraw) -> DossierWithdrawn:
    """The applicant took it back."""
    assert dossier.finished_at is not None  # noqa: S101 - Withdraw.changes sets it
    return DossierWithdrawn(**_common(dossier), reason=command.reason, withdrawn_at=dossier.finished_at)


def extended(dossier: Dossier, command: Extend | Verify) -> DossierExtended:
    """It is due later than was promised."""
    return DossierExtended(
        **_common(dossier),
        cause="extension" if isinstance(command, Extend) else "verification",
        reason=command.reason,
        previous_due_at=command.previous_due_at,
        due_at=dossier.due_at,
    )


def processing_started(dossier: Dossier, _: StartProcessing) -> DossierProcessingStarted:
    """The competent agency began."""
    return DossierProcessingStarted(**_common(dossier))


def finished(dossier: Dossier, command: Finish) -> DossierFinished:
    """The result exists."""
    assert dossier.finished_at is not None  # noqa: S101 - Finish.changes sets it
    return DossierFinished(
        **_common(dossier),
        finished_at=dossier.finished_at,
        due_at=dossier.due_at,
        result_reference=dossier.result_reference,
        result_references=dossier.results,
        # The registry's record has a signed certificate; what the desk itself produces may be paper.
        electronic_result=dossier.filed.handled_by == CIVIL_REGISTRY,
        supplement_requests=dossier.supplement_requests,
        components=command.components,
    )


def stopped(dossier: Dossier, command: Stop) -> DossierStopped:
    """There will be no result."""
    assert dossier.finished_at is not None  # noqa: S101 - Stop.changes sets it
    return DossierStopped(**_common(dossier), reason=command.reason, finished_at=dossier.finished_at)


def returned(dossier: Dossier, command: Return) -> DossierReturned:
    """The result was handed over."""
    assert dossier.returned_at is not None  # noqa: S101 - Return.changes sets it
    return DossierReturned(
        **_common(dossier),
        returned_at=dossier.returned_at,
        returned_by=command.by.subject,
        online=command.online,
        by_post=command.by_post,
    )
