"""How a dossier's steps are told to the other services: one function for each event. They state facts, never decide."""

from typing import TypedDict

from chassis.clock import hanoi_day
from contracts.codes import Channel
from contracts.submission import (
    DossierAccepted,
    DossierFeeSettled,
    DossierFinished,
    DossierPaymentAwaited,
    DossierProcessingStarted,
    DossierReturned,
    DossierStopped,
    DossierSubmitted,
)
from submission.domain.commands import Accept, AwaitPayment, Finish, Return, SettleFee, StartProcessing, Stop, Submit
from submission.domain.dossier import Dossier


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
    return DossierSubmitted(
        **_common(dossier),
        applicant_class=dossier.filed.applicant_class,
        received_on=hanoi_day(dossier.filed.received_at),
        due_at=dossier.due_at,
        fee_facts=command.fee_facts,
        owner=dossier.filed.owner,
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
        result_reference=command.result_reference,
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
    )
