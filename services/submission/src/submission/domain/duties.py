"""Who may ask for which step of a dossier: one table beside that of the lifecycle. No I/O; whose dossier it is, is rights.py's.

The routes' guards are made from it, and its rows say what the guards cannot: what an officer may do only where the desk
handles the procedure itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from submission.domain.commands import (
    Accept,
    AwaitPayment,
    Command,
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
from submission.domain.dossier import DESK, Dossier

ONE_STOP = "one-stop-officer"
CIVIL_STATUS = "civil-status-officer"


@dataclass(frozen=True)
class Duty:
    """Who may ask for a step: the applicant (her own), officers of these roles (of units they serve), other services' news.

    `agencies`: the system of an agency, for dossiers it entered. `desk_handled`: officers only where the desk handles the
    procedure; elsewhere the handling service says so by its events. `clock`: nobody asks, time does.
    """

    applicant: bool = False
    agencies: bool = False
    roles: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    desk_handled: bool = False
    clock: bool = False


_DESK = frozenset({ONE_STOP})
_HANDLERS = frozenset({ONE_STOP, CIVIL_STATUS})
_REGISTRY = frozenset({"civil-registry"})
_PAYMENT = frozenset({"payment"})

DUTIES: Mapping[type[Command], Duty] = {
    Submit: Duty(applicant=True, agencies=True, roles=_DESK),
    AwaitPayment: Duty(services=_PAYMENT),
    SettleFee: Duty(services=_PAYMENT),
    Accept: Duty(roles=_DESK),
    Refuse: Duty(roles=_DESK),
    RequestSupplement: Duty(roles=_HANDLERS),
    Supplement: Duty(applicant=True, agencies=True, roles=_DESK),
    Lapse: Duty(clock=True),
    # Nobody withdraws for the applicant: a dossier that an officer would rather not see in her figures stays there.
    Withdraw: Duty(applicant=True, agencies=True),
    StartProcessing: Duty(roles=_HANDLERS, services=_REGISTRY, desk_handled=True),
    Extend: Duty(roles=_HANDLERS),
    Verify: Duty(roles=_HANDLERS),
    Finish: Duty(roles=_HANDLERS, services=_REGISTRY, desk_handled=True),
    Stop: Duty(roles=_HANDLERS, services=_REGISTRY, desk_handled=True),
    Return: Duty(applicant=True, roles=_DESK),
}


def left_to_another(dossier: Dossier, command: type[Command]) -> bool:
    """Whether this step of this dossier is not for officers: another service handles it, and says when it happens."""
    return DUTIES[command].desk_handled and dossier.filed.handled_by != DESK
