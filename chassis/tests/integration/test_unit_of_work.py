"""One transaction: state, events and kept answer together or not at all."""

import pytest
from sqlalchemy import text

from chassis.database import Database
from chassis.idempotency import Slot, Stored
from chassis.tests.conftest import MORNING, Toy
from contracts.payment import FeeAssessed
from tests.support.counting import counted
from tests.support.events import recorded

NOTE = text("INSERT INTO note (owner, text) VALUES ('o', 't')")


def event(number: int = 1) -> FeeAssessed:
    return FeeAssessed(version=number, dossier_code="A", total=0)


async def test_what_is_not_committed_is_gone_events_too(toy: Toy) -> None:
    async with toy.runtime.database.begin() as uow:
        await uow.execute(NOTE)
        uow.record(event())
        await uow.flush()

    async def fail() -> None:
        async with toy.runtime.database.begin() as uow:
            await uow.execute(NOTE)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await toy.rows("SELECT 1 FROM note UNION ALL SELECT 1 FROM outbox") == []


async def test_any_number_of_events_and_the_kept_answer_cost_one_statement(toy: Toy) -> None:
    with counted(toy.runtime.database) as statements:
        async with toy.runtime.database.begin() as uow:
            for number in range(1, 21):
                uow.record(event(number))
            uow.idempotency = Slot("me", "k", "f", lambda _: Stored(200, (), "{}"))
            await uow.commit(None)
    assert len(statements) == 1
    assert [envelope["data"]["version"] for envelope in await recorded(toy.runtime)] == list(range(1, 21))
    assert len(await toy.rows("SELECT 1 FROM idempotency")) == 1


async def test_committing_twice_states_nothing_twice(toy: Toy) -> None:
    async with toy.runtime.database.begin() as uow:
        uow.record(event(1))
        await uow.commit(None)
        await uow.execute(NOTE)
        uow.record(event(2))
        await uow.commit(None)
        part = uow.part()
        part.record(event(3))
        await part.commit(None)
        await part.commit(None)
        await uow.commit(None)
    assert [envelope["data"]["version"] for envelope in await recorded(toy.runtime)] == [1, 2, 3]


async def test_an_event_bears_the_one_instant_of_its_unit_of_work(toy: Toy) -> None:
    async with toy.runtime.database.begin() as uow:
        uow.record(event())
        await uow.commit(None)
    (envelope,) = await recorded(toy.runtime)
    assert envelope["time"] == MORNING.isoformat().replace("+00:00", "Z")


async def test_only_a_commit_that_recorded_something_wakes_the_relay(toy: Toy) -> None:
    rung: list[None] = []
    toy.runtime.database.on_commit.append(lambda: rung.append(None))
    async with toy.runtime.database.begin() as uow:
        await uow.execute(NOTE)
        await uow.commit(None)
    async with toy.runtime.database.begin() as uow:
        uow.record(event())
    assert rung == []
    async with toy.runtime.database.begin() as uow:
        uow.record(event())
        await uow.commit(None)
    assert rung == [None]


async def test_the_pool_has_the_size_it_was_given_and_no_more(toy: Toy) -> None:
    database = Database.connect(toy.runtime.settings.database_url.get_secret_value(), toy.clock, pool_size=2)
    async with database.begin(), database.begin():
        assert "Overflow: 0" in database.engine.pool.status()
    await database.close()
