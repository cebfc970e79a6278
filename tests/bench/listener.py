"""A worker in reporting's place whose handlers do nothing: what the bus costs when the subscriber has no work of its own.

Run as `python -m tests.bench.listener worker --port N`. It uses reporting's database (its inbox), queue and broker user.
"""

from chassis.database import UnitOfWork
from chassis.inbox import Handlers, Received
from chassis.run import commands
from chassis.service import Runtime, Service
from contracts.event import Event
from contracts.registry import SUBSCRIPTIONS


async def nothing(_: Received[Event], uow: UnitOfWork) -> None:
    """Handled: its id is in the inbox when this has committed."""
    await uow.commit(None)


def handlers(_: Runtime) -> Handlers:
    """All that reporting subscribes to."""
    return dict.fromkeys(SUBSCRIPTIONS["reporting"], nothing)


SERVICE = Service(
    name="reporting",
    package="reporting",
    title="Nothing",
    description="Hears everything, does nothing.",
    routers=(),
    handlers=handlers,
)

if __name__ == "__main__":
    commands(SERVICE)()
