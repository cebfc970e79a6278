"""The city that the fault tests kill, and how often: `pytest tests/faults --repeat 20`. Marks every test here `fault`."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.simulators.people import MOTHER
from tests.e2e.callers import Caller, calling
from tests.e2e.city import City, Name, running_city
from tests.faults.wholeness import Before

_HERE = Path(__file__).parent

# What a dossier with a fee needs until it waits for payment. The registry and its ministry have their own tests.
PROCESSES: tuple[Name, ...] = (
    ("gateway", "api"),
    ("gateway", "worker"),
    ("catalog", "worker"),
    ("submission", "api"),
    ("submission", "worker"),
    ("payment", "worker"),
    ("reporting", "worker"),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--repeat", type=int, default=1, help="run the fault tests so many times in a row, on one city")
    parser.addoption(
        "--outage", type=float, help="seconds that the broker is away (default 8; first round of several: 60)"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    # Where the tests are collected from above (plain `pytest`), the options of this folder do not exist.
    rounds = metafunc.config.getoption("--repeat", default=1)
    if rounds > 1:
        metafunc.fixturenames.append("round_number")
        metafunc.parametrize("round_number", range(1, rounds + 1))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    ours = [item for item in items if _HERE in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.fault)
    in_rounds = iter(sorted(ours, key=_round_of))
    items[:] = [next(in_rounds) if item in ours else item for item in items]


def _round_of(item: pytest.Item) -> int:
    callspec = getattr(item, "callspec", None)
    return int(callspec.params.get("round_number", 1)) if callspec else 1


@pytest.fixture
def outage_seconds(request: pytest.FixtureRequest) -> float:
    """How long a server stays away."""
    asked: float | None = request.config.getoption("--outage", default=None)
    if asked is not None:
        return asked
    several = request.config.getoption("--repeat", default=1) > 1
    return 60 if several and _round_of(request.node) == 1 else 8


@pytest.fixture(scope="package")
async def reduced_city() -> AsyncIterator[City]:
    """The processes a dossier passes until it waits for payment."""
    async with running_city(PROCESSES) as city:
        yield city


@pytest.fixture
async def city(reduced_city: City) -> AsyncIterator[City]:
    """The city, whole and at rest; whatever a test left dead is started again for the next one."""
    yield reduced_city
    reduced_city.rabbitmq.start()
    reduced_city.postgres.start()
    for service, role in reduced_city.names:
        if not reduced_city.is_running(service, role):
            reduced_city.start(service, role)
    await reduced_city.ready()


@pytest.fixture
async def mother(city: City) -> AsyncIterator[Caller]:
    """A citizen, with a token of this minute: a long run outlives one."""
    async with calling(city, MOTHER) as caller:
        yield caller


@pytest.fixture
async def before(city: City) -> Before:
    """What there was before this test."""
    return await Before.of(city)
