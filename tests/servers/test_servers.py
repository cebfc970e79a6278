"""The servers that every other integration test stands on: that they work, keep the walls of the bus, and go away."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aio_pika
import asyncpg
import pytest
from aio_pika.abc import AbstractChannel, AbstractQueue
from aio_pika.exceptions import AMQPError
from aiormq.exceptions import ChannelAccessRefused

from chassis.bus.rabbitmq import EVENTS, INGRESS, events_queue
from tests.servers.guard import is_alive
from tests.servers.postgres import Postgres, PrivatePostgres
from tests.servers.rabbitmq import PrivateRabbitMQ, RabbitMQ

QUORUM: dict[str, Any] = {"x-queue-type": "quorum"}


@asynccontextmanager
async def channel_of(rabbitmq: RabbitMQ, user: str, vhost: str) -> AsyncIterator[AbstractChannel]:
    connection = await aio_pika.connect(rabbitmq.amqp_url(user, vhost))
    async with connection:
        yield await connection.channel(publisher_confirms=True, on_return_raises=True)


async def declare_bus(channel: AbstractChannel) -> AbstractQueue:
    """As the gateway does, in the smallest form: the ingress and the queues of two services. Returns the ingress."""
    ingress = await channel.declare_queue(INGRESS, durable=True, arguments=QUORUM)
    await ingress.bind(await channel.declare_exchange(INGRESS, durable=True))
    events = await channel.declare_exchange(EVENTS, aio_pika.ExchangeType.TOPIC, durable=True)
    for service in ("payment", "submission"):
        queue = await channel.declare_queue(events_queue(service), durable=True, arguments=QUORUM)
        await queue.bind(events, routing_key=f"{service}.#")
    return ingress


async def publish(channel: AbstractChannel, exchange: str, body: bytes, routing_key: str = INGRESS) -> None:
    message = aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
    await (await channel.get_exchange(exchange, ensure=False)).publish(message, routing_key, mandatory=True, timeout=10)


async def test_a_database_can_be_made_as_a_copy_of_another(postgres: Postgres) -> None:
    await postgres.create_database("servers_original")
    original = await asyncpg.connect(postgres.libpq_url("servers_original"))
    await original.execute("CREATE TABLE thing (name text); INSERT INTO thing VALUES ('Đức Giang')")
    await original.close()
    try:
        url = await postgres.create_database("servers_copy", template="servers_original")
        assert url.startswith("postgresql+asyncpg://")
        copy = await asyncpg.connect(postgres.libpq_url("servers_copy"))
        assert await copy.fetchval("SELECT name FROM thing") == "Đức Giang"
        await copy.close()
    finally:
        await postgres.drop_database("servers_copy")
        await postgres.drop_database("servers_original")


async def test_killed_postgres_comes_back_with_what_was_committed(killable_postgres: PrivatePostgres) -> None:
    await killable_postgres.create_database("servers_killed")
    url = killable_postgres.libpq_url("servers_killed")
    try:
        connection = await asyncpg.connect(url)
        await connection.execute("CREATE TABLE thing AS SELECT 7 AS number")
        killable_postgres.kill()
        with pytest.raises(ConnectionRefusedError):
            await asyncpg.connect(url)
        connection.terminate()

        killable_postgres.start()
        connection = await asyncpg.connect(url)
        assert await connection.fetchval("SELECT number FROM thing") == 7
        await connection.close()
    finally:
        killable_postgres.start()
        await killable_postgres.drop_database("servers_killed")


async def test_postgres_restarted_under_a_connection_cuts_it_off(killable_postgres: PrivatePostgres) -> None:
    connection = await asyncpg.connect(killable_postgres.libpq_url())
    killable_postgres.restart()
    with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError)):
        await connection.fetchval("SELECT 1")
    connection.terminate()
    again = await asyncpg.connect(killable_postgres.libpq_url())
    assert await again.fetchval("SHOW timezone") == "UTC"
    await again.close()


async def test_a_service_publishes_to_the_ingress_and_reads_its_queue(rabbitmq: RabbitMQ, vhost: str) -> None:
    async with channel_of(rabbitmq, "gateway", vhost) as gateway, channel_of(rabbitmq, "payment", vhost) as payment:
        ingress = await declare_bus(gateway)
        await publish(payment, INGRESS, b"paid")
        message = await ingress.get(timeout=5)
        assert message.body == b"paid"
        await message.ack()

        await publish(gateway, EVENTS, b"owed", routing_key="payment.owed")
        own = await payment.get_queue(events_queue("payment"))
        message = await own.get(timeout=5)
        assert message.body == b"owed"
        await message.ack()


async def test_a_service_may_not_publish_past_the_gateway(rabbitmq: RabbitMQ, vhost: str) -> None:
    async with channel_of(rabbitmq, "gateway", vhost) as gateway, channel_of(rabbitmq, "payment", vhost) as payment:
        await declare_bus(gateway)
        with pytest.raises(ChannelAccessRefused, match=r"lgsp\.events"):
            await publish(payment, EVENTS, b"forged", routing_key="submission.accepted")
        queue = await gateway.get_queue(events_queue("submission"))
        assert await queue.get(fail=False) is None


async def test_a_service_may_not_read_anothers_queue(rabbitmq: RabbitMQ, vhost: str) -> None:
    async with channel_of(rabbitmq, "gateway", vhost) as gateway, channel_of(rabbitmq, "payment", vhost) as payment:
        await declare_bus(gateway)
        others = await payment.get_queue(events_queue("submission"), ensure=False)
        with pytest.raises(ChannelAccessRefused, match=r"submission\.events"):
            await others.get(fail=False)


async def test_a_service_may_not_declare_a_queue(rabbitmq: RabbitMQ, vhost: str) -> None:
    async with channel_of(rabbitmq, "payment", vhost) as payment:
        with pytest.raises(ChannelAccessRefused):
            await payment.declare_queue("payment.copy", durable=True)


async def test_no_one_can_send_under_anothers_name(rabbitmq: RabbitMQ, vhost: str) -> None:
    async with channel_of(rabbitmq, "gateway", vhost) as gateway, channel_of(rabbitmq, "payment", vhost) as payment:
        ingress = await declare_bus(gateway)
        exchange = await payment.get_exchange(INGRESS, ensure=False)
        with pytest.raises(AMQPError, match="user_id"):
            await exchange.publish(aio_pika.Message(b"forged", user_id="civil-registry"), INGRESS, timeout=10)
        assert await ingress.get(fail=False) is None


async def test_killed_rabbitmq_comes_back_with_what_was_confirmed(
    killable_rabbitmq: PrivateRabbitMQ, vhost: str
) -> None:
    async with channel_of(killable_rabbitmq, "gateway", vhost) as gateway:
        await declare_bus(gateway)
    async with channel_of(killable_rabbitmq, "payment", vhost) as payment:
        await publish(payment, INGRESS, b"confirmed")
        killable_rabbitmq.kill()
    killable_rabbitmq.start()

    async with channel_of(killable_rabbitmq, "gateway", vhost) as gateway:
        queue = await gateway.get_queue(INGRESS)
        message = await queue.get(timeout=10)
        assert message.body == b"confirmed"
        await message.ack()


OWNER = """
import sys, time
from tests.servers.postgres import PrivatePostgres
from tests.servers.rabbitmq import PrivateRabbitMQ

servers = [PrivatePostgres(), PrivateRabbitMQ()] if sys.argv[1] == "kill -9" else [PrivatePostgres()]
for server in servers:
    server.start()
for server in servers:
    for process in server._enclosure._processes:
        print(process.pid, server._enclosure.folder, end=" ")
print(flush=True)
if sys.argv[1] == "error":
    raise SystemExit("a test run that ends badly")
time.sleep(60)
"""


@pytest.mark.parametrize("ending", ["error", "kill -9"])
async def test_no_server_outlives_whoever_started_it(
    ending: str, killable_postgres: PrivatePostgres, killable_rabbitmq: PrivateRabbitMQ
) -> None:
    """The fixtures only for their reason to skip: where servers are given, none may be installed here."""
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, ending],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert owner.stdout
    words = owner.stdout.readline().split()
    pids, folders = [int(word) for word in words[::2]], {Path(word) for word in words[1::2]}
    if ending == "kill -9":
        assert len(pids) == 3, "PostgreSQL, RabbitMQ and its port mapper"
        assert all(map(is_alive, pids))
        owner.kill()
    owner.wait(30)
    owner.stdout.close()

    deadline = time.monotonic() + 15
    while (left := [pid for pid in pids if is_alive(pid)]) or any(folder.exists() for folder in folders):
        assert time.monotonic() < deadline, f"still there: {left} {folders}"
        await asyncio.sleep(0.1)


def test_nothing_of_a_private_broker_listens_beyond_loopback(killable_rabbitmq: PrivateRabbitMQ) -> None:
    ports = {killable_rabbitmq._port, killable_rabbitmq._epmd_port, killable_rabbitmq._dist_port}
    outside = socket.gethostbyname(socket.gethostname())
    for port in ports:
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            pass
        if not outside.startswith("127."):
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((outside, port), timeout=5)
