"""Who may see what events said, beside what anyone may see: that they were. Decides nothing else."""

from typing import Annotated

from fastapi import Depends, Request

from chassis.auth import Kind, authenticate
from chassis.telemetry.logging import get_logger
from gateway.domain.scopes import BODIES_SCOPE, OPERATOR

_log = get_logger("ledger")


async def _may_read_bodies(request: Request) -> bool:
    """Nobody in particular may not; who brings a token must bring a good one, whatever it lets them see."""
    if "authorization" not in request.headers:
        return False
    principal = await authenticate(request)
    allowed = BODIES_SCOPE in principal.scopes or (principal.kind is Kind.OFFICER and OPERATOR in principal.roles)
    if allowed:
        # Bodies hold personal data: who looked must be on record.
        _log.info(
            "ledger bodies read", client=principal.subject, caller_kind=principal.kind.value, agency=principal.agency
        )
    return allowed


MayReadBodies = Annotated[bool, Depends(_may_read_bodies)]
"""Whether the caller may see subjects, salts and bodies. Not a guard: the address itself is public."""
