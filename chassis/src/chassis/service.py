"""How a service is put together: one definition, from which its API, its worker and its place in one process are made.

`Service` is what a service is (routes, handlers, jobs, migrations); `Runtime` is one running instance (settings,
database, clock, transport). API process: `create_app`. Worker process: `Runtime.work`. All-in-one: both on one Runtime.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, Self

from fastapi import APIRouter, Depends, FastAPI, Request
from sqlalchemy import text

from chassis import problems
from chassis.auth import Authenticator, KeySource, jwks_source
from chassis.bus.transport import Transport
from chassis.clock import Clock, SystemClock
from chassis.database import Database, UnitOfWork
from chassis.deferred import Retrier
from chassis.edge import EdgeMiddleware
from chassis.faults import answer_to
from chassis.health import router as health_router
from chassis.inbox import Handlers, Inbox
from chassis.openapi import documented
from chassis.outbox import CHANNEL, relay
from chassis.pump import Notifier
from chassis.settings import Settings
from chassis.telemetry.logging import get_logger, places
from chassis.telemetry.metrics import Metrics
from chassis.telemetry.middleware import TelemetryMiddleware
from chassis.telemetry.tracing import Tracing

_log = get_logger("service")


@dataclass(frozen=True)
class Job:
    """Something a worker does again and again: `run(runtime)` every `seconds`."""

    name: str
    seconds: float
    run: Callable[["Runtime"], Awaitable[object]]


@dataclass(frozen=True)
class Service:
    """What a service is. `name` is its name on the bus and in addresses; `package` its import name.

    `handlers(runtime)` gives what to do with each event type it subscribes to. `workers` are
    long-running parts of its own (the gateway's router), `alongside` those that every process has, the API's too (the
    writer of its message log). `started(runtime)` runs once per process before anything is
    served and gives what the service keeps in `runtime.extras`.
    """

    name: str
    package: str
    title: str
    description: str
    routers: Sequence[APIRouter]
    handlers: Callable[["Runtime"], Handlers] = lambda _: {}
    jobs: Sequence[Job] = ()
    workers: Sequence[Callable[["Runtime"], Coroutine[Any, Any, None]]] = ()
    alongside: Sequence[Callable[["Runtime"], Coroutine[Any, Any, None]]] = ()
    settings: type[Settings] = Settings
    started: Callable[["Runtime"], Awaitable[Mapping[str, Any]]] | None = None
    tags: Sequence[Mapping[str, str]] = ()


@dataclass(eq=False)
class Runtime:
    """One running instance of a service; routes reach it as `request.app.state.runtime`."""

    service: Service
    settings: Settings
    clock: Clock
    database: Database
    authenticator: Authenticator
    metrics: Metrics
    tracing: Tracing
    transport: Transport | None = None
    extras: dict[str, Any] = field(default_factory=dict)
    died: list[str] = field(default_factory=list)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        service: Service,
        settings: Settings,
        *,
        clock: Clock | None = None,
        transport: Transport | None = None,
        issuers: Mapping[str, KeySource] | None = None,
    ) -> Self:
        """A runtime from its settings. `issuers` given here replace those of the settings."""
        clock = clock or SystemClock()
        sources = issuers if issuers is not None else {name: jwks_source(at) for name, at in settings.issuers.items()}
        return cls(
            service,
            settings,
            clock,
            Database.connect(
                settings.database_url.get_secret_value(),
                clock,
                pool_size=settings.database_pool_size,
                wait_seconds=settings.database_wait_seconds,
                statement_seconds=settings.statement_seconds,
            ),
            Authenticator(sources, settings.audience, settings.issuer_kinds),
            Metrics(service.name),
            Tracing(service.name, endpoint=settings.otlp_endpoint, ratio=settings.trace_ratio),
            transport,
        )

    async def start(self) -> None:
        """Before serving: what the service itself prepares, and what runs alongside."""
        if self.service.started is not None:
            self.extras.update(await self.service.started(self))
        for part in self.service.alongside:
            self._spawn(part(self))

    async def work(self) -> None:
        """Start relay, consumer, retries and jobs on the transport; they run until `close`."""
        if self.transport is None:
            raise RuntimeError(f"{self.service.name} has no transport to work with")
        settings = self.settings
        outbox = relay(
            self.service.name,
            self.database,
            self.transport,
            self.metrics,
            batch=settings.relay_batch,
            poll_seconds=settings.poll_seconds,
        )
        self.database.on_commit.append(outbox.wakeup.ring)
        self._spawn(outbox.run())
        handlers = self.service.handlers(self)
        if handlers:
            inbox = Inbox(
                self.service.name,
                self.database,
                handlers,
                metrics=self.metrics,
                tracing=self.tracing,
                retry_delays=settings.retry_delays,
            )
            self._spawn(Retrier(inbox, poll_seconds=settings.poll_seconds).run())
            await self.transport.subscribe(self.service.name, inbox.deliver)
        for worker in self.service.workers:
            self._spawn(worker(self))
        for job in (Job("housekeeping", 600, _housekeeping), Job("gauges", 5, _gauges), *self.service.jobs):
            self._spawn(self._repeat(job))

    def notify_other_process(self) -> None:
        """API process: after commits, wake the relay that runs in the worker process."""
        notifier = Notifier(self.database, CHANNEL)
        self.database.on_commit.append(notifier.bell.ring)
        self._spawn(notifier.run())

    async def close(self) -> None:
        """Stop working, let go of everything. Safe to call twice."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        await self.database.close()
        self.tracing.close()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name=getattr(work, "__qualname__", "worker"))
        task.add_done_callback(self._ended)
        self._tasks.append(task)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A part that ends by an error is not started again here: /healthz says so, and who runs the process restarts it."""
        if task.cancelled() or (error := task.exception()) is None:
            return
        self.died.append(task.get_name())
        _log.critical("worker died", job=task.get_name(), error_type=type(error).__name__, exception=places(error))

    async def _repeat(self, job: Job) -> None:
        while True:
            try:
                await job.run(self)
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 - a job that fails is logged and runs again on its next turn
                _log.warning("job failed", job=job.name, error_type=type(error).__name__, exception=places(error))
            await asyncio.sleep(job.seconds)


async def _housekeeping(runtime: Runtime) -> None:
    async with runtime.database.begin() as uow:
        await uow.execute(
            text("DELETE FROM inbox WHERE received_at < now() - make_interval(days => :days)"),
            {"days": runtime.settings.inbox_days},
        )
        await uow.execute(
            text("DELETE FROM idempotency WHERE created_at < now() - make_interval(hours => :hours)"),
            {"hours": runtime.settings.idempotency_hours},
        )
        await uow.commit(None)


async def _gauges(runtime: Runtime) -> None:
    query = (
        "SELECT (SELECT count(*) FROM outbox) AS waiting_out,"
        " count(*) FILTER (WHERE state = 'waiting') AS waiting, count(*) FILTER (WHERE state = 'parked') AS parked"
        " FROM deferred"
    )
    async with runtime.database.begin() as uow:
        row = (await uow.execute(text(query))).one()
    name = runtime.service.name
    runtime.metrics.outbox_waiting.labels(name).set(row.waiting_out)
    runtime.metrics.deferred.labels(name, "waiting").set(row.waiting)
    runtime.metrics.deferred.labels(name, "parked").set(row.parked)


def create_app(runtime: Runtime) -> FastAPI:
    """The HTTP side of a runtime. The caller starts and closes the runtime, or lets `lifespan_of` do it."""
    service = runtime.service
    app = FastAPI(
        title=service.title,
        description=service.description,
        version="1.0.0",
        openapi_tags=[dict(tag) for tag in service.tags] or None,
        servers=[{"url": f"/api/{service.name}"}] if service.name != "gateway" else [{"url": "/"}],
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # behind the gateway a redirect would name an address that is not there
        lifespan=lifespan_of(runtime),
    )
    app.state.runtime = runtime
    problems.install(app)
    app.add_middleware(TelemetryMiddleware, metrics=runtime.metrics, tracing=runtime.tracing, answer_to=answer_to)
    app.add_middleware(EdgeMiddleware, request_bytes=runtime.settings.request_bytes)
    app.include_router(health_router)
    for router in service.routers:
        app.include_router(router)
    app.openapi = documented(app)  # type: ignore[method-assign]  # how FastAPI wants its document extended
    return app


def lifespan_of(runtime: Runtime) -> Callable[[FastAPI], Any]:
    """Start the runtime with the server and close it with the server (for a process that is the API alone)."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await runtime.start()
        runtime.notify_other_process()
        try:
            yield
        finally:
            await runtime.close()

    return lifespan


async def _unit_of_work(request: Request) -> AsyncIterator[UnitOfWork]:
    runtime: Runtime = request.app.state.runtime
    async with runtime.database.begin() as uow:
        yield uow


Work = Annotated[UnitOfWork, Depends(_unit_of_work, scope="function")]
"""A route's unit of work: open for the length of the route function."""


async def _runtime(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    return runtime


Running = Annotated[Runtime, Depends(_runtime)]
"""The runtime, for a route that needs settings or extras."""
