"""Events in: each is handed to its use case. Decides nothing."""

from chassis.inbox import Handlers
from chassis.service import Runtime
from contracts.civil_registry import BirthRegistrationRequested
from gateway.handlers import take_birth_case


def handlers(_: Runtime) -> Handlers:
    """What the gateway itself subscribes to (see contracts.registry)."""
    return {BirthRegistrationRequested: take_birth_case}
