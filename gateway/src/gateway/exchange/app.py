"""`/r1` and `/listClients` as an ASGI app: who calls, what, and whether; then the hop. It passes on, and holds no rule of its own.

The rules are where they belong: `domain.access` (grants), `purpose`, `quotas`, `callers`. No framework is in the path of an
exchange: at a thousand of them a second each layer would be seen.
"""

import time
from collections.abc import Mapping
from typing import Any

from opentelemetry.trace import Span, SpanKind
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.clock import hanoi_day
from chassis.ids import new_id
from chassis.problems import Problem, problem_response
from chassis.service import Runtime
from chassis.telemetry.logging import get_logger, places
from gateway.callers import NotIdentified, caller_of
from gateway.domain.access import grant_for
from gateway.domain.breaker import Breaker
from gateway.domain.partners import Grant, MessageLogPolicy, Registry, Service, ServiceId, State, Subsystem, SubsystemId
from gateway.exchange import errors
from gateway.exchange import headers as heads
from gateway.exchange.address import parse
from gateway.exchange.call import Call
from gateway.exchange.errors import Refusal
from gateway.exchange.hop import Bounds, BrokenOff, Hop
from gateway.exchange.metadata import META_SERVICES, MetaServices, list_clients
from gateway.exchange.metrics import ExchangeMetrics
from gateway.exchange.providers import Providers
from gateway.purpose import PurposeRefused, leave_trace, person_concerned
from gateway.settings import settings_of

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# What cannot act, and so needs no word in the log before it goes out.
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_PROVIDERS_FAULT = frozenset({errors.NETWORK, errors.TIMEOUT, errors.BROKEN_OFF, errors.INVALID_ANSWER})
_log = get_logger("exchange")


class Exchange:
    """The exchange of a gateway runtime; `providers` is what it reaches, and how their breakers stand."""

    def __init__(self, runtime: Runtime, upstreams: Mapping[str, ASGIApp]) -> None:
        self._runtime = runtime
        self._settings = settings_of(runtime)
        self._metrics = ExchangeMetrics(runtime.metrics.registry)
        self.providers = Providers(self._settings, upstreams)
        self._meta = MetaServices(runtime, self.providers)

    async def close(self) -> None:
        """Let go of the connections to providers."""
        await self.providers.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["path"] == "/listClients":
            try:
                registry: Registry = await self._runtime.extras["registry"].current()
            except Problem as problem:
                await problem_response(problem, scope)(scope, receive, send)
            else:
                await list_clients(registry, scope, receive, send)
            return
        call = Call(
            scope=scope,
            request_id=new_id(),
            method=scope["method"],
            raw_path=scope.get("raw_path") or scope["path"].encode(),
            received_at=self._runtime.clock.now(),
            log=self._runtime.extras["message_log"],
        )
        parent = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"), None)
        with self._runtime.tracing.span("exchange", kind=SpanKind.SERVER, parent=parent) as span:
            error = await self._served(call, receive, send)
            self._note(call, error, span)
        if call.started and error is not None:
            raise BrokenOff

    async def _served(self, call: Call, receive: Receive, send: Send) -> Refusal | None:
        """Exchange, or refuse; what went wrong, if anything did."""
        try:
            await self._exchanged(call, receive, send)
        except Refusal as refusal:
            refused = refusal
        except Problem as problem:
            refused = Refusal(errors.UNAVAILABLE if problem.status == errors.UNAVAILABLE.status else errors.INTERNAL)
        except Exception as error:  # noqa: BLE001 - the caller gets an answer, the operator the place
            _log.error("exchange failed", error_type=type(error).__name__, exception=places(error))
            refused = Refusal(errors.INTERNAL)
        else:
            return None
        await self._refuse(call, refused, send)
        return refused

    async def _exchanged(self, call: Call, receive: Receive, send: Send) -> None:
        runtime, scope = self._runtime, call.scope
        call.message_id = f"{self._settings.exchange_instance}-{new_id()}"
        call.address = address = parse(call.raw_path, scope["query_string"])
        if call.method not in _METHODS:
            raise Refusal(errors.BAD_REQUEST, "the method is none of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
        call.asking = asking = heads.read(scope["headers"])
        call.message_id = asking.message_id or call.message_id
        claimed = heads.demanded(asking)
        registry: Registry = await runtime.extras["registry"].current()
        instance, member_class, member, subsystem, code = address.named
        provider = registry.canonical(instance, member_class, member, subsystem)
        call.service_id = service_id = ServiceId(provider, code)
        call.client = client = await self._client(registry, claimed, scope)
        _provider_is_there(registry, provider)
        if code in META_SERVICES:
            app: ASGIApp = self._meta.app(code, registry, client, provider, hanoi_day(call.received_at))
            await self._hop(
                call, Bounds(0, asking.expected, self._settings.exchange_silence_seconds, 60), app, receive, send
            )
            return
        call.service = service = _service(registry, service_id)
        call.grant = grant = grant_for(
            registry, client, service_id, call.method, address.path, hanoi_day(call.received_at)
        )
        if grant is None:
            raise Refusal(errors.DENIED)
        if service.personal:
            try:
                call.person = await person_concerned(
                    runtime, service, asking.issue, address.path, address.query.decode("ascii")
                )
            except PurposeRefused as refused:
                raise Refusal(errors.NO_PURPOSE, refused.reason) from None
        allowance = await runtime.extras["quotas"].take(client.client_id, service)
        call.allowance = allowance.headers
        if not allowance.allowed:
            raise Refusal(errors.QUOTA)
        await self._provided(call, service, client, receive, send)

    async def _client(self, registry: Registry, claimed: tuple[str, ...], scope: Scope) -> Subsystem:
        """The subsystem that calls, as proved; X-Road-Client may not name another."""
        try:
            caller = await caller_of(scope, self._runtime)
        except NotIdentified as unknown:
            raise Refusal(errors.NOT_IDENTIFIED, unknown.reason, {"WWW-Authenticate": "Bearer"}) from None
        proved = caller.subsystem.id
        named = registry.canonical(
            claimed[0], claimed[1], claimed[2], claimed[3] if len(claimed) == 4 else proved.subsystem
        )
        if named != proved:
            raise Refusal(errors.FORGED)
        active = registry.active_subsystem(proved)
        if active is None:
            raise Refusal(errors.DENIED, "the calling subsystem is not approved")
        return active

    async def _provided(self, call: Call, service: Service, client: Subsystem, receive: Receive, send: Send) -> None:
        """Everything is decided: log what must be logged first, and let the provider answer."""
        settings, extras, asking = self._settings, self._runtime.extras, call.asking
        assert asking is not None and call.address is not None  # noqa: S101, PT018 - read before anything was decided
        most = service.request_bytes or settings.exchange_request_bytes
        if asking.length is not None and asking.length > most:
            raise Refusal(errors.TOO_LARGE, f"at most {most} bytes")
        provider = self.providers.of(service, client, extras["adapters"], extras["tokens"])
        _admitted(provider.breaker)
        silence = service.timeout_seconds or settings.exchange_silence_seconds
        bounds = Bounds(most, asking.expected, silence, max(silence, settings.exchange_total_seconds))
        await self._write_down(call, service, client)
        try:
            own = [*provider.headers, *_allowed_fields(call.grant)]
            await self._hop(call, bounds, provider.app, receive, send, provider.path, own)
        except Refusal as refusal:
            if refusal.error in _PROVIDERS_FAULT:
                provider.breaker.failed(time.monotonic())
            elif call.status:
                provider.breaker.succeeded()
            raise
        provider.breaker.succeeded()

    async def _write_down(self, call: Call, service: Service, client: Subsystem) -> None:
        """What must stand written before the provider acts or shows anybody's data. Raises Refusal: unlogged, nothing goes out."""
        try:
            if call.person is not None and call.grant is not None and call.asking is not None:
                await leave_trace(
                    self._runtime,
                    call.person,
                    call.grant,
                    client=str(client.id),
                    user_id=call.asking.user_id,
                    dossier=call.asking.issue or "",
                    request_id=call.request_id,
                )
            if (call.method not in _SAFE or service.personal) and call.policy is not MessageLogPolicy.OFF:
                await call.begin()
        except Exception as error:
            _log.error("exchange not logged", error_type=type(error).__name__, exception=places(error))
            raise Refusal(errors.UNLOGGED) from error

    async def _hop(
        self,
        call: Call,
        bounds: Bounds,
        app: ASGIApp,
        receive: Receive,
        send: Send,
        prefix: bytes = b"",
        own_headers: Any = (),
    ) -> None:
        hop = Hop(call.method, bounds, receive, send, call, keep=call.policy is MessageLogPolicy.FULL)
        await hop.run(app, call.to_provider(hop, prefix, own_headers))
        call.started = hop.started
        if hop.failure is not None:
            raise hop.failure

    async def _refuse(self, call: Call, refusal: Refusal, send: Send) -> None:
        status = refusal.error.status_in(self._settings.exchange_profile)
        try:
            await call.refused(refusal, status)
        except Exception as error:  # noqa: BLE001 - who is refused stays refused, whether or not it can be written down
            _log.error("refusal not logged", error_type=type(error).__name__, exception=places(error))
        if call.started:
            return
        body, headers = call.refusal_answer(refusal, status)
        if refusal.error is errors.CLIENT_TIMEOUT:
            headers.append((b"connection", b"close"))  # the rest of its body may still come, and is none of ours
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _note(self, call: Call, refusal: Refusal | None, span: Span) -> None:
        outcome = "ok" if refusal is None else refusal.error.type
        upstream = call.upstream_millis
        self._metrics.ended(outcome, time.perf_counter() - call.began, None if upstream is None else upstream / 1000)
        if span.is_recording():
            span.set_attribute("exchange.request_id", str(call.request_id))
            span.set_attribute("exchange.outcome", outcome)
            if call.service_id is not None:
                span.update_name(f"{call.method} {call.service_id}")


def _allowed_fields(grant: Grant | None) -> list[tuple[bytes, bytes]]:
    """A provider that can minimise is told what this client may see."""
    if grant is None or grant.fields is None:
        return []
    return [(heads.FIELDS, ",".join(sorted(grant.fields)).encode("ascii", "ignore"))]


def _admitted(breaker: Breaker) -> None:
    """Raises Refusal (resting) while the provider is left alone; the wait is told, so that callers come back after it."""
    now = time.monotonic()
    if not breaker.admits(now):
        raise Refusal(errors.RESTING, headers={"Retry-After": str(max(1, round(breaker.probe_at - now)))})


def _provider_is_there(registry: Registry, provider: SubsystemId) -> None:
    if registry.active_subsystem(provider) is None:
        found = registry.subsystems.get(provider)
        raise Refusal(
            errors.DISABLED if found is not None and found.state is State.SUSPENDED else errors.UNKNOWN_MEMBER
        )


def _service(registry: Registry, service_id: ServiceId) -> Service:
    service = registry.services.get(service_id)
    if service is None or service.state in (State.REQUESTED, State.CLOSED):
        raise Refusal(errors.UNKNOWN_SERVICE)
    if service.state is State.SUSPENDED:
        raise Refusal(errors.DISABLED)
    return service


def create_exchange(runtime: Runtime, upstreams: Mapping[str, ASGIApp]) -> Exchange:
    """The exchange of a gateway runtime; `upstreams` are the city's services by name. Who shows its breakers finds it in `extras`."""
    exchange = runtime.extras["exchange"] = Exchange(runtime, upstreams)
    return exchange
