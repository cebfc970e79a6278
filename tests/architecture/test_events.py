"""Every event has a schema, an example, one service that states it and somebody who listens; every listener listens."""

import importlib
import json
import pkgutil
from collections.abc import Iterator

import pytest

import contracts
from chassis.migrations import migration_sql
from contracts.event import Event
from contracts.registry import EVENTS, SERVICES, SUBSCRIPTIONS
from sandbox.contracts_files.event_files import example_files, file_of, schema_files
from sandbox.contracts_files.rooms import package_of
from tests.architecture.house import ROOT, calls_in, modules, runtime_of, source_of

every_service = pytest.mark.parametrize("service", SERVICES)
every_event = pytest.mark.parametrize("model", EVENTS.values(), ids=lambda model: model.event_name)

_FOR_AGENCIES = "for agencies' own systems, by /lgsp/v1/subscriptions: no service here opens or supplements a case that is no birth yet"
UNHEARD: dict[str, str] = {
    "vn.gov.hanoi.gateway.ministry-case-answered.v1": _FOR_AGENCIES,
    "vn.gov.hanoi.gateway.ministry-supplement-requested.v1": _FOR_AGENCIES,
    "vn.gov.hanoi.gateway.national-payment-confirmed.v1": (
        "for the agency that started the payment: the city's own fees are paid by VNPAY and VietQR, adapters of payment's"
    ),
}
"""Event type → why it is stated although no service listens."""


def test_every_event_that_is_written_is_in_the_registry() -> None:
    for module in pkgutil.iter_modules(contracts.__path__, "contracts."):
        importlib.import_module(module.name)
    written = {model.type for model in _kinds(Event) if "event_name" in vars(model)}
    assert written == set(EVENTS)


def test_every_service_is_in_the_registry_once() -> None:
    assert set(SUBSCRIPTIONS) == set(SERVICES)
    assert all(len(set(models)) == len(models) for models in SUBSCRIPTIONS.values())


@every_event
def test_every_event_has_its_schema_and_example_committed(model: type[Event]) -> None:
    name = file_of(model.type)
    for folder, made in (("schemas", schema_files()), ("examples", example_files())):
        committed = (ROOT / "contracts" / folder / name).read_text(encoding="utf-8")
        assert json.loads(committed) == json.loads(made[name]), "run `make contracts`"


@every_event
def test_every_event_says_what_it_means(model: type[Event]) -> None:
    assert model.__doc__
    assert model.__doc__ != Event.__doc__


@every_event
def test_every_event_is_stated_by_its_producer_and_by_nobody_else(model: type[Event]) -> None:
    assert [service for service in SERVICES if _states(service, model)] == [model.producer]


@every_event
def test_every_event_is_heard_or_it_is_written_why_not(model: type[Event]) -> None:
    heard = any(model in models for models in SUBSCRIPTIONS.values())
    assert heard != (model.type in UNHEARD)


@every_event
def test_nobody_listens_to_itself(model: type[Event]) -> None:
    assert model not in SUBSCRIPTIONS[model.producer]


@every_service
def test_every_service_handles_exactly_what_it_subscribes_to(service: str) -> None:
    runtime = runtime_of(service)
    assert set(runtime.service.handlers(runtime)) == set(SUBSCRIPTIONS[service])


@every_service
def test_every_queue_has_a_parking_place(service: str) -> None:
    assert "CREATE TABLE deferred" in migration_sql(package_of(service))


def _kinds(model: type[Event]) -> Iterator[type[Event]]:
    for narrower in model.__subclasses__():
        yield narrower
        yield from _kinds(narrower)


def _states(service: str, model: type[Event]) -> bool:
    """Whether the code of the service makes such an event."""
    return any(
        call.rpartition(".")[2] == model.__name__ for file in modules(source_of(service)) for call in calls_in(file)
    )
