"""A service of the same chassis whose one POST does nothing: what middleware, auth and framework cost by themselves.

Run as `python -m tests.bench.empty_service api --port N`. It touches its database only to say that it is ready.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from chassis.auth import Allow, Principal
from chassis.run import commands
from chassis.service import Service

router = APIRouter(prefix="/v1/nothing")


@router.post("", status_code=201)
async def post_nothing(_: Annotated[Principal, Depends(Allow(citizens=True))]) -> Response:
    """The empty handler: the guard is passed, the body is not even read."""
    return Response(status_code=201)


SERVICE = Service(name="empty", package="tests.bench", title="Nothing", description="Does nothing.", routers=(router,))

if __name__ == "__main__":
    commands(SERVICE)()
