"""Events in: each is handed to its use case. Decides nothing."""

from chassis.inbox import Handlers
from chassis.service import Runtime
from contracts.catalog import ProcedurePublished
from contracts.submission import DossierSubmitted
from payment.handlers import assess_fee, keep_procedure


def handlers(_: Runtime) -> Handlers:
    """What payment subscribes to (see contracts.registry)."""
    return {ProcedurePublished: keep_procedure, DossierSubmitted: assess_fee}
