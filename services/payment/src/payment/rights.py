"""Who may see or pay which obligation. The route's guard has checked role and scope; here it is the object's turn."""

from chassis.auth import Kind, Principal
from payment.domain.obligation import Obligation
from payment.problems import ObligationNotFound


def may_see(principal: Principal, obligation: Obligation) -> bool:
    """Citizens theirs, officers those of units they serve, agencies with the scope all: no personal data is shown."""
    match principal.kind:
        case Kind.CITIZEN:
            return obligation.owner == principal.subject
        case Kind.OFFICER:
            return principal.serves(obligation.unit)
        case Kind.AGENCY:
            return True


def may_pay(principal: Principal, obligation: Obligation) -> bool:
    """As `may_see`, but an agency pays only for dossiers it filed itself."""
    if principal.kind is Kind.AGENCY:
        return obligation.owner == principal.subject
    return may_see(principal, obligation)


def seen(principal: Principal, obligation: Obligation | None) -> Obligation:
    """The obligation if the caller may see it; else raises ObligationNotFound, as if there were none."""
    if obligation is None or not may_see(principal, obligation):
        raise ObligationNotFound
    return obligation


def payable(principal: Principal, obligation: Obligation | None) -> Obligation:
    """The obligation if the caller may pay it; else raises ObligationNotFound."""
    if obligation is None or not may_pay(principal, obligation):
        raise ObligationNotFound
    return obligation
