"""The adapters: each speaks one other side's own protocol behind a port (gateway.ports). The apps among them serve /r1."""

from collections.abc import Callable, Mapping

from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.service import Runtime
from gateway.adapters import national_payment, population
from gateway.adapters.case_apps import case_apps
from gateway.adapters.national_payment_app import national_payment_app
from gateway.adapters.population_app import population_app


def apps(runtime: Runtime) -> Mapping[str, ASGIApp]:
    """The adapters that answer calls under /r1, by the name a service's `address` gives."""
    made: Mapping[str, Callable[[], ASGIApp]] = {
        **case_apps(runtime),
        population.NAME: lambda: population_app(runtime),
        national_payment.NAME: lambda: national_payment_app(runtime),
    }
    return {name: _WhenCalled(make) for name, make in made.items()}


class _WhenCalled:
    """An app that is made at its first call: most processes never get one for it, and all would wait for it at start."""

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        self._make = make
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._app is None:
            self._app = self._make()
        await self._app(scope, receive, send)
