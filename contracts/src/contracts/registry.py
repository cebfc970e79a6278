"""Every event, who states it and who listens: the bus is laid out from this table, and the router refuses what is not in it."""

from collections.abc import Mapping

from contracts import catalog, civil_registry, gateway, payment, submission
from contracts.event import Event

EVENTS: Mapping[str, type[Event]] = {
    model.type: model
    for model in (
        catalog.ProcedurePublished,
        catalog.ProcedureWithdrawn,
        catalog.AgenciesPublished,
        catalog.AdministrativeUnitsPublished,
        catalog.WorkingCalendarPublished,
        submission.DossierSubmitted,
        submission.DossierPaymentAwaited,
        submission.DossierFeeSettled,
        submission.DossierAccepted,
        submission.DossierRefused,
        submission.DossierSupplementRequested,
        submission.DossierSupplemented,
        submission.DossierWithdrawn,
        submission.DossierProcessingStarted,
        submission.DossierExtended,
        submission.DossierStopped,
        submission.DossierFinished,
        submission.DossierReturned,
        payment.FeeAssessed,
        payment.PaymentSucceeded,
        civil_registry.BirthRegistrationRequested,
        civil_registry.BirthRegistered,
        civil_registry.BirthRegistrationRefused,
        gateway.PersonalIdIssued,
        gateway.BirthRegistrationDeclined,
        gateway.MinistryCaseAnswered,
        gateway.MinistrySupplementRequested,
        gateway.NationalPaymentConfirmed,
    )
}

SERVICES = ("catalog", "submission", "civil-registry", "payment", "reporting", "gateway")

SUBSCRIPTIONS: Mapping[str, tuple[type[Event], ...]] = {
    "catalog": (),
    "submission": (
        catalog.ProcedurePublished,
        catalog.ProcedureWithdrawn,
        catalog.AgenciesPublished,
        catalog.AdministrativeUnitsPublished,
        catalog.WorkingCalendarPublished,
        payment.FeeAssessed,
        payment.PaymentSucceeded,
        civil_registry.BirthRegistrationRequested,
        civil_registry.BirthRegistered,
        civil_registry.BirthRegistrationRefused,
    ),
    "payment": (
        catalog.ProcedurePublished,
        catalog.ProcedureWithdrawn,
        submission.DossierSubmitted,
        submission.DossierRefused,
        submission.DossierWithdrawn,
        submission.DossierStopped,
    ),
    "civil-registry": (
        catalog.AdministrativeUnitsPublished,
        submission.DossierAccepted,
        gateway.PersonalIdIssued,
        gateway.BirthRegistrationDeclined,
    ),
    "reporting": (
        catalog.ProcedurePublished,
        catalog.ProcedureWithdrawn,
        catalog.AdministrativeUnitsPublished,
        submission.DossierSubmitted,
        submission.DossierPaymentAwaited,
        submission.DossierFeeSettled,
        submission.DossierAccepted,
        submission.DossierRefused,
        submission.DossierSupplementRequested,
        submission.DossierSupplemented,
        submission.DossierWithdrawn,
        submission.DossierProcessingStarted,
        submission.DossierExtended,
        submission.DossierStopped,
        submission.DossierFinished,
        submission.DossierReturned,
        payment.PaymentSucceeded,
    ),
    "gateway": (
        catalog.WorkingCalendarPublished,
        civil_registry.BirthRegistrationRequested,
        submission.DossierSubmitted,
        submission.DossierRefused,
        submission.DossierWithdrawn,
        submission.DossierStopped,
        submission.DossierReturned,
        catalog.ProcedurePublished,
        submission.DossierPaymentAwaited,
        submission.DossierFeeSettled,
        submission.DossierAccepted,
        submission.DossierSupplementRequested,
        submission.DossierSupplemented,
        submission.DossierProcessingStarted,
        submission.DossierExtended,
        submission.DossierFinished,
        payment.FeeAssessed,
        payment.PaymentSucceeded,
    ),
}
