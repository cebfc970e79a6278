"""`/console` as an ASGI app: pages for operators. Wiring only."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.edge import EdgeMiddleware
from chassis.faults import answer_to
from chassis.service import Runtime
from chassis.telemetry.middleware import TelemetryMiddleware
from gateway.console.oidc import StaffIssuer
from gateway.console.pages import (
    adapters,
    audit,
    entrance,
    ledger,
    messages,
    overview,
    partners,
    requests,
    subscriptions,
)
from gateway.console.web import Console
from gateway.settings import settings_of

_PAGES = (entrance, overview, partners, requests, subscriptions, messages, ledger, adapters, audit)
_HEADERS = {
    b"content-security-policy": b"default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
    b"form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"cache-control": b"no-store",
}


def create_console(runtime: Runtime) -> ASGIApp:
    """The console of a gateway runtime."""
    settings = settings_of(runtime)
    console = Console(runtime, StaffIssuer(settings) if settings.console_issuer is not None else None)
    routes: list[Route] = [Route("/static/{name}", console.assets.serve, methods=["GET"])]
    for page in _PAGES:
        routes += page.routes(console)

    async def home(_: Request) -> Response:
        return RedirectResponse("/console/", 307)

    async def wrong(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        return console.show(request, "wrong.html", status=status, code=status)

    app = Starlette(
        routes=[Route("/console", home), Mount("/console", routes=routes)],
        middleware=[
            Middleware(_SafeHeaders),
            Middleware(TelemetryMiddleware, metrics=runtime.metrics, tracing=runtime.tracing, answer_to=answer_to),
            Middleware(EdgeMiddleware, request_bytes=settings.request_bytes),
        ],
        exception_handlers={HTTPException: wrong},
    )
    app.router.redirect_slashes = False
    return app


class _SafeHeaders:
    """Every answer of the console: in no frame, from no cache, with no script but ours. Pure ASGI."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                kept = [(name, value) for name, value in _HEADERS.items() if name not in given]
                message = {**message, "headers": [*message["headers"], *kept]}
            await send(message)

        await self.app(scope, receive, guarded)
