"""Which approved subsystem an agency's token speaks for, for the routes by which agencies publish. Decides no more."""

from chassis.auth import Principal
from chassis.service import Runtime
from gateway.domain.partners import Subsystem
from gateway.problems.event_types import PublisherNotRegistered
from gateway.registry import registry_of


async def registered(runtime: Runtime, agency: Principal) -> Subsystem:
    """The subsystem of this client, approved with its member. Raises PublisherNotRegistered."""
    active = (await registry_of(runtime, knowing=agency.subject)).active_client(agency.subject)
    if active is None:
        raise PublisherNotRegistered
    return active
