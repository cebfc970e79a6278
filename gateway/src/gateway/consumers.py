"""Events in: each is handed to its use cases. Decides nothing."""

from chassis.database import UnitOfWork
from chassis.inbox import Handler, Handlers, Received
from chassis.service import Runtime
from contracts.catalog import WorkingCalendarPublished
from contracts.civil_registry import BirthRegistrationRequested
from contracts.event import Event
from contracts.submission import (
    DossierRefused,
    DossierReturned,
    DossierStopped,
    DossierSubmitted,
    DossierWithdrawn,
)
from gateway.handlers.calendar import keep_working_calendar
from gateway.handlers.dossier_copies import end_dossier, keep_dossier
from gateway.handlers.ministry_cases import take_birth_case
from gateway.handlers.portal import HEARD as PORTAL

_ENDS = (DossierRefused, DossierWithdrawn, DossierStopped, DossierReturned)


def handlers(_: Runtime) -> Handlers:
    """What the gateway itself subscribes to (see contracts.registry)."""
    return merged(
        {BirthRegistrationRequested: take_birth_case},
        {WorkingCalendarPublished: keep_working_calendar},
        {DossierSubmitted: keep_dossier, **dict.fromkeys(_ENDS, end_dossier)},
        PORTAL,
    )


def merged(*features: Handlers) -> Handlers:
    """The handlers of several features as one: an event that more than one of them hears is given to each in turn."""
    found: dict[type[Event], list[Handler]] = {}
    for feature in features:
        for kind, handler in feature.items():
            found.setdefault(kind, []).append(handler)
    return {kind: handling[0] if len(handling) == 1 else _in_turn(handling) for kind, handling in found.items()}


def _in_turn(handling: list[Handler]) -> Handler:
    async def handle(received: Received[Event], uow: UnitOfWork) -> None:
        for handler in handling:
            await handler(received, uow)

    return handle
