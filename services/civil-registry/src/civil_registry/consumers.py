"""Events in: what each means as a use case of the civil registry. It decides only whether an event is for us."""

from chassis.clock import hanoi_day
from chassis.database import UnitOfWork
from chassis.inbox import Handlers, Received
from chassis.service import Runtime
from civil_registry import handlers as use_cases
from civil_registry.problems import UnknownProcedure
from civil_registry.procedures import registers_birth
from civil_registry.registrar import registrar_of
from contracts.catalog import AdministrativeUnitsPublished
from contracts.gateway import BirthRegistrationDeclined, PersonalIdIssued
from contracts.submission import DossierAccepted


def handlers(runtime: Runtime) -> Handlers:
    """What to do with each event subscribed to."""

    async def on_accepted(received: Received[DossierAccepted], uow: UnitOfWork) -> None:
        dossier = received.data
        if dossier.handled_by != runtime.service.name:
            return
        if not registers_birth(dossier.procedure, hanoi_day(received.time), registrar_of(runtime).births):
            raise UnknownProcedure
        command = use_cases.OpenCases(
            dossier.dossier_code, dossier.unit, dossier.owner, dossier.form, dossier.occurrence_is_late, received.time
        )
        await use_cases.open_cases(command, uow)

    async def on_issued(received: Received[PersonalIdIssued], uow: UnitOfWork) -> None:
        answer = received.data
        command = use_cases.RegisterBirth(answer.dossier_code, answer.case_id, answer.personal_id)
        await use_cases.register_birth(command, uow, registrar_of(runtime))

    async def on_declined(received: Received[BirthRegistrationDeclined], uow: UnitOfWork) -> None:
        answer = received.data
        command = use_cases.DeclineBirth(answer.dossier_code, answer.case_id, answer.errors)
        await use_cases.decline_birth(command, uow)

    async def on_units(received: Received[AdministrativeUnitsPublished], uow: UnitOfWork) -> None:
        published = received.data
        await use_cases.keep_units(published.province, published.version, published.units, uow)

    return {
        DossierAccepted: on_accepted,
        PersonalIdIssued: on_issued,
        BirthRegistrationDeclined: on_declined,
        AdministrativeUnitsPublished: on_units,
    }
