"""Runs one service as processes of its own: `lienthong <service> api|worker|migrate|openapi`. No business here."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Annotated

import typer
import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from chassis import health
from chassis.bus.rabbitmq import RabbitTransport
from chassis.head import BoundedHead
from chassis.migrations import migrate as run_migrations
from chassis.migrations import migration_sql
from chassis.service import Runtime, Service, create_app
from chassis.telemetry.logging import configure_logging, get_logger

_log = get_logger("run")


def commands(
    service: Service,
    *,
    topology: Mapping[str, frozenset[str]] | None = None,
    application: Callable[[Runtime], ASGIApp] = create_app,
) -> typer.Typer:
    """The subcommands of one service.

    Only the gateway gives a `topology`, since it lays out exchanges and queues, and an `application` of its own: its API
    is the public origin.
    """
    app = typer.Typer(help=service.title, no_args_is_help=True)

    @app.command()
    def api(
        port: Annotated[int, typer.Option(help="TCP port")] = 8000,
        host: Annotated[str, typer.Option(help="Address to listen on")] = "127.0.0.1",
    ) -> None:
        """Serve the HTTP API of this service."""
        settings = service.settings()
        configure_logging(settings.log_level)
        config = uvicorn.Config(
            application(Runtime.of(service, settings)),
            host=host,
            port=port,
            http=BoundedHead,
            log_config=None,
            timeout_graceful_shutdown=10,
            # Left to itself, uvicorn would believe X-Forwarded-For of anyone on this machine.
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=settings.trusted_proxies or None,
        )
        uvicorn.Server(config).run()

    @app.command()
    def worker(
        port: Annotated[int, typer.Option(help="TCP port of the worker's /healthz, /readyz and /metrics")] = 8001,
        host: Annotated[str, typer.Option(help="Address to listen on")] = "127.0.0.1",
    ) -> None:
        """Carry the outbox off, handle events, run jobs."""
        settings = service.settings()
        configure_logging(settings.log_level)
        if settings.amqp_url is None:
            typer.echo("LIENTHONG_AMQP_URL is not set: a worker needs the broker.", err=True)
            raise typer.Exit(2)
        transport = RabbitTransport(settings.amqp_url.get_secret_value(), service.name, topology=topology)
        health_app = _worker_app(Runtime.of(service, settings, transport=transport))
        config = uvicorn.Config(
            health_app, host=host, port=port, http=BoundedHead, log_config=None, timeout_graceful_shutdown=10
        )
        uvicorn.Server(config).run()

    @app.command()
    def migrate(
        sql: Annotated[
            bool, typer.Option("--sql", help="Print the SQL of all migrations instead of running them")
        ] = False,
    ) -> None:
        """Bring the database to this version. Safe to run again, and by two processes at once."""
        if sql:
            sys.stdout.write(migration_sql(service.package))
            return
        asyncio.run(run_migrations(service.package, service.settings().database_url.get_secret_value()))
        typer.echo(f"{service.name}: database is at the newest migration.")

    @app.command()
    def openapi() -> None:
        """Print the OpenAPI 3.1 document of this service."""
        document = create_app(Runtime.of(service, service.settings())).openapi()
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))

    return app


def _worker_app(runtime: Runtime) -> FastAPI:
    """The worker's own little server: the three operations addresses, nothing of the API. Its life is the worker's."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await runtime.start()
        await runtime.work()
        _log.info("worker started", service=runtime.service.name)
        try:
            yield
        finally:
            if runtime.transport is not None:
                await runtime.transport.close()
            await runtime.close()
            _log.info("worker stopped", service=runtime.service.name)

    app = FastAPI(openapi_url=None, lifespan=lifespan)
    app.state.runtime = runtime
    app.include_router(health.router)
    return app
