"""Events in: each is handed to its use case. Decides nothing."""

from functools import partial

from chassis.database import UnitOfWork
from chassis.inbox import Handlers, Received
from chassis.service import Runtime
from contracts.catalog import (
    AdministrativeUnitsPublished,
    AgenciesPublished,
    ProcedurePublished,
    ProcedureWithdrawn,
    WorkingCalendarPublished,
)
from contracts.civil_registry import BirthRegistered, BirthRegistrationRefused, BirthRegistrationRequested
from contracts.payment import FeeAssessed, PaymentSucceeded
from submission.copies import Copies
from submission.handlers import catalogue, news
from submission.settings import SubmissionSettings


def handlers(runtime: Runtime) -> Handlers:
    """What submission subscribes to (see contracts.registry)."""
    settings = runtime.settings
    assert isinstance(settings, SubmissionSettings)  # noqa: S101 - SERVICE names this class

    async def settle_fee(told: Received[PaymentSucceeded], uow: UnitOfWork) -> None:
        copies: Copies = runtime.extras["copies"]
        await news.settle_fee(told, uow, copies)

    return {
        ProcedurePublished: catalogue.keep_procedure,
        ProcedureWithdrawn: catalogue.keep_withdrawal,
        AdministrativeUnitsPublished: catalogue.keep_units,
        AgenciesPublished: catalogue.keep_agencies,
        WorkingCalendarPublished: catalogue.keep_calendar,
        FeeAssessed: partial(news.assess_fee, fee_wait_stops_clock=settings.fee_wait_stops_clock),
        PaymentSucceeded: settle_fee,
        BirthRegistrationRequested: news.start_processing,
        BirthRegistered: news.take_registered,
        BirthRegistrationRefused: news.take_refused,
    }
