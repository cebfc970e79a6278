"""Events in: each is handed to its use case. Decides nothing."""

from chassis.inbox import Handlers
from chassis.service import Runtime
from contracts.catalog import ProcedurePublished, ProcedureWithdrawn
from contracts.submission import DossierRefused, DossierStopped, DossierSubmitted, DossierWithdrawn
from payment.handlers import assess_fee, cancel_obligation, end_procedure, keep_procedure


def handlers(_: Runtime) -> Handlers:
    """What payment subscribes to (see contracts.registry)."""
    return {
        ProcedurePublished: keep_procedure,
        ProcedureWithdrawn: end_procedure,
        DossierSubmitted: assess_fee,
        DossierRefused: cancel_obligation,
        DossierWithdrawn: cancel_obligation,
        DossierStopped: cancel_obligation,
    }
