"""The fixtures that give a test a server; nothing starts before a test asks for it. Loaded by /conftest.py."""

import itertools
import os
from collections.abc import Iterator

import aio_pika
import pytest

from chassis.bus.rabbitmq import EVENTS, INGRESS, events_queue
from gateway.broker_definitions import SERVICES
from tests.servers.postgres import Postgres, PrivatePostgres
from tests.servers.rabbitmq import VHOSTS, PrivateRabbitMQ, RabbitMQ

SERVER_FIXTURES = {"postgres", "rabbitmq"}

_vhosts = itertools.cycle(VHOSTS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that uses a server is an integration test, whether or not its author remembered to say so."""
    for item in items:
        if SERVER_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.integration)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """PostgreSQL: the server of LIENTHONG_TEST_POSTGRES, else one of our own."""
    if url := os.environ.get("LIENTHONG_TEST_POSTGRES"):
        yield Postgres(url)
        return
    server = PrivatePostgres()
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[RabbitMQ]:
    """RabbitMQ: the broker of LIENTHONG_TEST_AMQP, else one of our own."""
    if url := os.environ.get("LIENTHONG_TEST_AMQP"):
        yield RabbitMQ.at(url)
        return
    broker = PrivateRabbitMQ()
    try:
        broker.start()
        yield broker
    finally:
        broker.close()


@pytest.fixture
def killable_postgres(postgres: Postgres) -> Iterator[PrivatePostgres]:
    """PostgreSQL that this test may stop, kill and restart; it runs again afterwards."""
    if not isinstance(postgres, PrivatePostgres):
        pytest.skip("LIENTHONG_TEST_POSTGRES names a server that is not ours to kill")
    yield postgres
    postgres.start()


@pytest.fixture
def killable_rabbitmq(rabbitmq: RabbitMQ) -> Iterator[PrivateRabbitMQ]:
    """RabbitMQ that this test may stop, kill and restart; it runs again afterwards."""
    if not isinstance(rabbitmq, PrivateRabbitMQ):
        pytest.skip("LIENTHONG_TEST_AMQP names a broker that is not ours to kill")
    yield rabbitmq
    rabbitmq.start()


@pytest.fixture
async def vhost(rabbitmq: RabbitMQ) -> str:
    """A virtual host with none of the bus's exchanges and queues on it.

    They are handed out in turn and swept when their turn comes, not afterwards: a test may leave the broker dead.
    """
    name = next(_vhosts)
    connection = await aio_pika.connect(rabbitmq.amqp_url("gateway", name))
    async with connection, connection.channel() as channel:
        for queue in (INGRESS, *map(events_queue, SERVICES)):
            await channel.queue_delete(queue)
        for exchange in (INGRESS, EVENTS):
            await channel.exchange_delete(exchange)
    return name
