"""Who may see or touch which dossier. The route's guard has checked role and scope; here it is the object's turn."""

from chassis.auth import Kind, Principal
from submission.domain.dossier import Actor, ActorKind, Dossier
from submission.problems.dossiers import DossierNotFound


def actor_of(principal: Principal) -> Actor:
    """The caller, as the history keeps it."""
    return Actor(ActorKind(principal.kind), principal.subject)


def may_see(principal: Principal, dossier: Dossier) -> bool:
    """Citizens theirs, officers those of units they serve, agencies with the scope all (`sees_person` says how much)."""
    match principal.kind:
        case Kind.CITIZEN:
            return dossier.filed.owner == principal.subject
        case Kind.OFFICER:
            return principal.serves(dossier.filed.unit)
        case Kind.AGENCY:
            return True


def sees_person(principal: Principal, dossier: Dossier) -> bool:
    """Whether the caller gets the applicant and the form too: an agency only of what it entered itself."""
    if principal.kind is Kind.AGENCY:
        return dossier.filed.typed_by == actor_of(principal)
    return may_see(principal, dossier)


def seen(principal: Principal, dossier: Dossier | None) -> Dossier:
    """The dossier if the caller may see it; else raises DossierNotFound, as if there were none."""
    if dossier is None or not may_see(principal, dossier):
        raise DossierNotFound
    return dossier


def seen_whole(principal: Principal, dossier: Dossier | None) -> Dossier:
    """The dossier if the caller may see its personal data; else raises DossierNotFound."""
    if dossier is None or not sees_person(principal, dossier):
        raise DossierNotFound
    return dossier
