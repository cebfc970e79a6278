"""Who reads and who changes the registry, and what an address names. Decides who sees what; knows no SQL."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Path, Response

from chassis import problems
from chassis.auth import Allow, Kind, Principal
from chassis.etags import IfMatch, etag
from chassis.service import Runtime
from gateway.api.models.shape import Model
from gateway.domain import identifiers
from gateway.domain.partners import MemberId, ServiceId, Subsystem, SubsystemId
from gateway.domain.scopes import OPERATOR, READ_SCOPE
from gateway.handlers.partners import Operator as ChangedBy
from gateway.handlers.partners import Outcome
from gateway.problems.partners import (
    ClientIdTaken,
    CodeTaken,
    DeclarationRefused,
    PartnerNotFound,
    RegistrationStateConflict,
)
from gateway.registry import registry_of

Reader = Annotated[Principal, Depends(Allow(roles={OPERATOR}, scope=READ_SCOPE))]
Operator = Annotated[Principal, Depends(Allow(roles={OPERATOR}))]

Segment = Annotated[str, Path(max_length=100)]
Id = TypeVar("Id")
View = TypeVar("View", bound=Model)

LISTED = problems.responses(problems.BadRequest, problems.Unauthorized, problems.Forbidden, problems.InvalidPayload)
READ: dict[int | str, dict[str, Any]] = {
    304: {"description": "Unchanged since the version named by If-None-Match"},
    **problems.responses(problems.Unauthorized, problems.Forbidden, PartnerNotFound, problems.InvalidPayload),
}
CHANGED = problems.responses(
    problems.Unauthorized,
    problems.Forbidden,
    PartnerNotFound,
    RegistrationStateConflict,
    CodeTaken,
    ClientIdTaken,
    problems.PreconditionFailed,
    problems.InvalidPayload,
    DeclarationRefused,
)


async def own_subsystem(reader: Principal, runtime: Runtime) -> Subsystem | None:
    """None for an operator, who sees all; else the subsystem whose token it is. Raises PartnerNotFound."""
    if reader.kind is Kind.OFFICER:
        return None
    own = (await registry_of(runtime, knowing=reader.subject)).clients.get(reader.subject)
    if own is None:
        raise PartnerNotFound
    return own


def changed_by(operator: Principal, if_match: IfMatch) -> ChangedBy:
    """Who changes it, and on which version that is based."""
    return ChangedBy(operator.account, if_match)


def member_named(instance: Segment, member_class: Segment, member: Segment) -> MemberId:
    """The member of an address, its code in either notation. Raises PartnerNotFound."""
    return _named(identifiers.member_id, instance, member_class, member)


def subsystem_named(instance: Segment, member_class: Segment, member: Segment, subsystem: Segment) -> SubsystemId:
    """The subsystem of an address. Raises PartnerNotFound."""
    return _named(identifiers.subsystem_id, instance, member_class, member, subsystem)


def service_named(
    instance: Segment, member_class: Segment, member: Segment, subsystem: Segment, service: Segment
) -> ServiceId:
    """The service of an address. Raises PartnerNotFound."""
    return _named(identifiers.service_id, instance, member_class, member, subsystem, service)


def _named(read: Callable[[str], Id], *segments: str) -> Id:
    try:
        return read("/".join(segments))
    except identifiers.NotAnIdentifier:
        raise PartnerNotFound from None


MemberNamed = Annotated[MemberId, Depends(member_named)]
SubsystemNamed = Annotated[SubsystemId, Depends(subsystem_named)]
ServiceNamed = Annotated[ServiceId, Depends(service_named)]


def answered(response: Response, outcome: Outcome[Any], view: View) -> View:
    """What stands now: 201 where it did not stand before, with its ETag."""
    response.headers["ETag"] = etag(outcome.registered.version)
    response.status_code = 201 if outcome.created else 200
    return view
