"""Runs one service as processes of its own: `lienthong <service> api|worker|migrate|openapi`. No business here."""

import asyncio
import gc
import json
import ssl
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from socket import socket
from typing import Annotated

import typer
import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from chassis import health
from chassis.bus.rabbitmq import RabbitTransport
from chassis.certificates import BehindProxy
from chassis.head import BoundedHead
from chassis.migrations import migrate as run_migrations
from chassis.migrations import migration_sql
from chassis.service import Runtime, Service, create_app
from chassis.settings import Settings
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
        tls_cert: Annotated[Path | None, typer.Option(help="Certificate (PEM): TLS ends here, not at a proxy")] = None,
        tls_key: Annotated[Path | None, typer.Option(help="Its private key (PEM)")] = None,
        tls_client_ca: Annotated[
            Path | None, typer.Option(help="Authorities (PEM) whose certificates clients may show (mTLS); none must")
        ] = None,
    ) -> None:
        """Serve the HTTP API of this service."""
        if (tls_cert is None) is not (tls_key is None) or (tls_client_ca is not None and tls_cert is None):
            typer.echo("TLS wants --tls-cert and --tls-key together; --tls-client-ca goes with them.", err=True)
            raise typer.Exit(2)
        settings = service.settings()
        configure_logging(settings.log_level)
        config = uvicorn.Config(
            _behind_proxy(application(Runtime.of(service, settings)), settings),
            host=host,
            port=port,
            http=BoundedHead,
            log_config=None,
            # Past what callers' clients keep a connection for: or a request could go out on one just closed.
            timeout_keep_alive=75,
            access_log=False,
            timeout_graceful_shutdown=10,
            # Left to itself, uvicorn would believe X-Forwarded-For of anyone on this machine.
            proxy_headers=False,
            ssl_certfile=tls_cert,
            ssl_keyfile=tls_key,
            ssl_ca_certs=str(tls_client_ca) if tls_client_ca else None,
            ssl_cert_reqs=ssl.CERT_OPTIONAL if tls_client_ca else ssl.CERT_NONE,
        )
        _Server(config).run()

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
        _Server(config).run()

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


class _Server(uvicorn.Server):
    """What a process is made of when it starts stays to its end: the garbage collector need not look through it again.

    Measured: 150 ms for a full collection, in which nothing is answered, every 600 to 1,000 requests.
    """

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        gc.collect()
        gc.freeze()


def _behind_proxy(app: ASGIApp, settings: Settings) -> ASGIApp:
    if not settings.trusted_proxies:
        return app
    return BehindProxy(app, settings.trusted_proxies, certificates=settings.proxy_sends_certificate)


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
