"""The fixtures of the simulators' tests."""

from collections.abc import Iterator
from contextlib import ExitStack
from random import Random

import pytest

from deploy.sandbox.tests.simulator_kit import Serve, StandingClock, served
from sandbox.simulators import Simulators, WorldSettings, build


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def world(clock: StandingClock) -> Simulators:
    settings = WorldSettings(origin="http://world.test", ipn_url="http://merchant.test/ipn?kind=vnpay")
    return build(settings, now=clock, random=Random(7))


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve apps until the test ends; gives each one's address."""
    with ExitStack() as servers:
        yield lambda app: servers.enter_context(served(app))
