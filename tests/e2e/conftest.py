"""The city that the end-to-end tests share, and those who call it. Marks every test here `e2e`."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.simulators.people import MOTHER, OFFICER
from tests.e2e.callers import Caller, calling
from tests.e2e.city import City, running_city

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="package")
async def city() -> AsyncIterator[City]:
    """Every service as API and worker, the simulators, PostgreSQL and RabbitMQ."""
    async with running_city() as city:
        yield city


@pytest.fixture(scope="package")
async def mother(city: City) -> AsyncIterator[Caller]:
    """A citizen."""
    async with calling(city, MOTHER) as caller:
        yield caller


@pytest.fixture(scope="package")
async def officer(city: City) -> AsyncIterator[Caller]:
    """The desk, the register and the cashier of Ba Đình, in one person."""
    async with calling(city, OFFICER) as caller:
        yield caller


@pytest.fixture(scope="package")
async def nobody(city: City) -> AsyncIterator[Caller]:
    """Anyone, without a token."""
    async with calling(city) as caller:
        yield caller


@pytest.fixture(scope="package")
async def watcher(city: City) -> AsyncIterator[Caller]:
    """An agency that was granted the reading of event bodies."""
    async with calling(city, token=await city.token()) as caller:
        yield caller
