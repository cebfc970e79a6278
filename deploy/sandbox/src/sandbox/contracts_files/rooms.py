"""Finds what the code promises: the services with their routes, settings and problems. It reads classes, and starts nothing."""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass

from chassis.problems import Problem
from chassis.service import Service
from contracts.registry import SERVICES

HOUSE = "chassis"
"""The owner of what every service has."""


@dataclass(frozen=True)
class FoundProblem:
    """A kind of problem and whose it is: a service's name, or HOUSE."""

    owner: str
    kind: type[Problem]


def package_of(name: str) -> str:
    """The import name of a service."""
    return name.replace("-", "_")


def service_of(name: str) -> Service:
    """The definition of a service. Raises ImportError where there is none."""
    service: Service = importlib.import_module(f"{package_of(name)}.app").SERVICE
    return service


def problems_of(owner: str) -> list[FoundProblem]:
    """Every kind of problem that a service (or HOUSE) defines, by slug.

    One that takes over the slug of another, to group some or to say more, is no kind of its own.
    """
    package = package_of(owner)
    _import_all(package)
    found = [
        FoundProblem(owner, kind)
        for kind in dict.fromkeys(_kinds(Problem))
        if _is_of(package, kind.__module__) and ("slug" in vars(kind) or kind.__base__ is Problem)
    ]
    return sorted(found, key=lambda problem: problem.kind.slug)


def _is_of(package: str, module: str) -> bool:
    """Whether a module belongs to a room: its tests, which pytest names `<package>.tests.…`, do not."""
    root, _, rest = module.partition(".")
    return root == package and not rest.startswith("tests.")


def owners() -> tuple[str, ...]:
    """Everyone who may define problems and settings."""
    return (HOUSE, *SERVICES)


def _import_all(package: str) -> None:
    """Import every module, so that every class is known. Not migrations: Alembic runs them, nobody imports them."""
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
        if ".migrations" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def _kinds(kind: type[Problem]) -> Iterator[type[Problem]]:
    for narrower in kind.__subclasses__():
        yield narrower
        yield from _kinds(narrower)
