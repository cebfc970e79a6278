"""`/healthz`, `/readyz`, `/metrics`: what the process says of itself to whoever keeps it running. No business state."""

import asyncio
from typing import TYPE_CHECKING, Annotated

from asyncpg.exceptions import InterfaceError, PostgresError
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from chassis.auth import Public
from chassis.database import Database

if TYPE_CHECKING:
    from chassis.service import Runtime

router = APIRouter(tags=["operations"])
Anyone = Annotated[None, Depends(Public())]


class Health(BaseModel):
    """`ok`, or which of the things the service stands on is away."""

    status: str
    checks: dict[str, str] = {}


@router.get(
    "/healthz",
    operation_id="is-alive",
    summary="Is the process alive",
    responses={503: {"model": Health, "description": "A part of the process has died: restart it"}},
)
async def healthz(request: Request, response: Response, _: Anyone) -> Health:
    """200 while the process answers and all its parts (relay, retries, jobs) run; restart it if not."""
    runtime: Runtime = request.app.state.runtime
    response.status_code = 503 if runtime.died else 200
    return Health(status="dead" if runtime.died else "ok", checks=dict.fromkeys(runtime.died, "died"))


@router.get(
    "/readyz",
    operation_id="is-ready",
    summary="Can it do its work",
    responses={503: {"model": Health, "description": "Something it stands on is away"}},
)
async def readyz(request: Request, response: Response, _: Anyone) -> Health:
    """200 if the database answers, its migrations are in place, and the bus (where this process has one) is up; else 503."""
    runtime: Runtime = request.app.state.runtime
    checks = {"database": await _database(runtime.database)}
    if runtime.transport is not None:
        checks["bus"] = "ok" if await runtime.transport.healthy() else "away"
    ready = all(state == "ok" for state in checks.values())
    response.status_code = 200 if ready else 503
    return Health(status="ok" if ready else "unavailable", checks=checks)


@router.get("/metrics", operation_id="read-metrics", response_class=Response, summary="Prometheus metrics")
async def metrics(request: Request, _: Anyone) -> Response:
    """Text exposition format. The gateway does not pass this address on to the outside."""
    runtime: Runtime = request.app.state.runtime
    content, media_type = runtime.metrics.exposition()
    return Response(content, media_type=media_type)


async def _database(database: Database) -> str:
    try:
        async with asyncio.timeout(2), database.begin() as uow:
            await uow.execute(text("SELECT FROM alembic_version LIMIT 1"))
    except (SQLAlchemyError, PostgresError, InterfaceError, OSError, TimeoutError):
        return "away"
    return "ok"
