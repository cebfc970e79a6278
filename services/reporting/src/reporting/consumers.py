"""Events in: each is handed to its use case. Decides nothing."""

from chassis.inbox import Handlers
from chassis.service import Runtime
from contracts.catalog import AdministrativeUnitsPublished, ProcedurePublished, ProcedureWithdrawn
from contracts.payment import PaymentSucceeded
from reporting.domain.fact import STATUS_AFTER
from reporting.handlers import count_dossier, end_procedure, keep_procedure, keep_units, note_payment


def handlers(_: Runtime) -> Handlers:
    """What reporting subscribes to (see contracts.registry): the catalogue, every step of a dossier, payments."""
    return {
        ProcedurePublished: keep_procedure,
        ProcedureWithdrawn: end_procedure,
        AdministrativeUnitsPublished: keep_units,
        PaymentSucceeded: note_payment,
        **dict.fromkeys(STATUS_AFTER, count_dossier),
    }
