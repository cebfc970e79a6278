"""What the architecture tests look at: the services as they are put together, their routes, their files. It judges nothing."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from chassis.auth import Allow, Public
from chassis.service import Runtime, Service, create_app
from contracts.registry import SERVICES
from sandbox.contracts_files.rooms import package_of, service_of

ROOT = Path(__file__).parents[2]

Guard = Allow | Public


@dataclass(frozen=True)
class Route:
    """One address and method. `guards` holds every guard among its dependencies, however deep."""

    method: str
    path: str
    guards: tuple[Guard, ...]
    operation: dict[str, Any]
    document: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def public(self) -> bool:
        """Whether it says that anyone may call it."""
        return any(isinstance(guard, Public) for guard in self.guards)


def home_of(service: str) -> Path:
    """The folder with a service's pyproject.toml."""
    return ROOT / service if service == "gateway" else ROOT / "services" / service


def source_of(service: str) -> Path:
    """The folder of a service's package."""
    return home_of(service) / "src" / package_of(service)


def sources() -> list[Path]:
    """The source folder of every package of the house."""
    services = [source_of(service) for service in SERVICES]
    others = ["contracts/src/contracts", "chassis/src/chassis", "deploy/sandbox/src/sandbox"]
    return [*services, *(ROOT / other for other in others)]


def modules(folder: Path) -> list[Path]:
    """The Python files below a folder."""
    return sorted(folder.rglob("*.py"))


def place(file: Path) -> str:
    """A file as one would name it."""
    return file.relative_to(ROOT).as_posix()


@cache
def tree_of(file: Path) -> ast.Module:
    """The syntax of a module."""
    return ast.parse(file.read_text(encoding="utf-8"))


def calls_in(file: Path) -> Iterator[str]:
    """What a module calls, as it is written: `uuid4`, `datetime.now`, `contracts.payment.FeeAssessed`."""
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


@cache
def runtime_of(service: str) -> Runtime:
    """A service put together with the settings' defaults, and not started: nothing is connected to."""
    definition: Service = service_of(service)
    return Runtime.of(definition, definition.settings(), issuers={})


@cache
def app_of(service: str) -> FastAPI:
    """The HTTP side of a service."""
    return create_app(runtime_of(service))


@cache
def routes_of(service: str) -> tuple[Route, ...]:
    """Every route of a service, of the chassis (`/healthz` …) too."""
    return tuple(routes_in(app_of(service)))


def routes_in(app: FastAPI) -> Iterator[Route]:
    """Every route of an app. One that FastAPI knows nothing of (a mount, a plain Starlette route) has no guards."""
    document = app.openapi()
    for route in iter_route_contexts(app.routes):
        path = str(getattr(route, "path_format", None) or route.path)
        # FastAPI's own: it gives the document that the routes describe, and describes itself nowhere.
        if path == app.openapi_url:
            continue
        dependant = getattr(route, "dependant", None)
        guards = tuple(_guards(dependant)) if dependant is not None else ()
        for method in sorted(route.methods or {"ANY"}):
            operation = document["paths"].get(path, {}).get(method.lower(), {})
            yield Route(method, path, guards, operation, document)


def _guards(dependant: Dependant) -> Iterator[Guard]:
    if isinstance(dependant.call, Allow | Public):
        yield dependant.call
    for needed in dependant.dependencies:
        yield from _guards(needed)
