import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from itertools import permutations
from random import Random
from typing import Any

from chassis.clock import hanoi_day
from chassis.service import Runtime
from contracts.codes import Channel, PaymentMethod
from contracts.payment import PaymentSucceeded
from contracts.submission import ComponentCounts
from reporting.domain.indicators import progress
from reporting.domain.report import Period, report
from reporting.statistics import repeat_tally, tally
from services.reporting.tests.conftest import Feed
from services.reporting.tests.histories import (
    PROCEDURES,
    START,
    UNITS,
    Ending,
    History,
    numbered,
    recount,
    recount_on_time,
)
from tests.support.counting import counted
from tests.support.events import inbox_of, wire

PAPERS = (
    None,
    ComponentCounts(total=0),
    ComponentCounts(total=2, digitised=2, reused=1),
    ComponentCounts(total=3, digitised=2, reused=2, from_national_store=1),
)
Table = Callable[[str], Awaitable[list[tuple[Any, ...]]]]


def some_histories(random: Random, count: int) -> list[History]:
    return numbered(
        History(
            code="",
            procedure=random.choice(PROCEDURES),
            unit=random.choice(UNITS),
            channel=random.choice(list(Channel)),
            submitted_at=START + timedelta(hours=random.randrange(240)),
            due_in=random.choice((9, random.randrange(120))),
            fee=random.choice((None, None, -1, random.randrange(48))),
            end=random.choice((None, random.randrange(200))),
            ending=random.choice((*[Ending.FINISHED] * 5, *Ending)),
            returned=random.random() < 0.7,
            asks=tuple(
                (random.randrange(150), random.choice((-1, random.randrange(72))))
                for _ in range(random.choice((0, 0, 1, 2, 3)))
            ),
            extended_by=random.choice((None, None, random.randrange(1, 72))),
            assisted=random.random() < 0.3,
            verified=random.random() < 0.6,
            electronic=random.random() < 0.7,
            components=random.choice(PAPERS),
        )
        for _ in range(count)
    )


async def test_every_order_of_a_dossiers_events_leaves_the_same_rows(feed: Feed, table: Table) -> None:
    birth = History("H26-1", PROCEDURES[0], UNITS[0], Channel.ONLINE, START, due_in=9, end=30, returned=True)
    events = birth.events()
    assert len(events) == 5
    await feed(events)
    facts, counts = await table("dossiers"), await table("daily_counts")
    assert [row[4:10] for row in counts] == [(1, 0, 0, 0, 0, 1), (0, 0, 0, 0, 1, 0)]
    for number, order in enumerate(permutations(events), 2):
        code = f"H26-{number}"
        await feed([event.model_copy(update={"dossier_code": code}) for event in order])
    others = await table("dossiers")
    assert all(row[1:] == facts[0][1:] for row in others)
    times = len(others)
    assert times == 121
    assert [row[4:] for row in await table("daily_counts")] == [
        tuple(times * amount for amount in row[4:]) for row in counts
    ]


async def test_replayed_and_shuffled_events_leave_the_same_rows(feed: Feed, table: Table, runtime: Runtime) -> None:
    random = Random(2016)
    events = [told for history in some_histories(random, 60) for told in history.told()]
    await feed(events)
    facts, counts = await table("dossiers"), await table("daily_counts")
    # The same facts stated again under new event ids, as a replay from the ledger after the inbox has forgotten.
    again = random.sample(events, len(events))
    await feed(again)
    assert (await table("dossiers"), await table("daily_counts")) == (facts, counts)


async def test_first_events_of_a_dossier_taken_at_once_are_counted_once(runtime: Runtime, table: Table) -> None:
    events = History("H26-1", PROCEDURES[0], UNITS[0], Channel.COUNTER, START, due_in=9, end=3, returned=True).events()
    inbox = inbox_of(runtime)
    await asyncio.gather(*(inbox.deliver([wire(event)]) for event in [*events, events[0], events[0]]))
    assert [row[4:] for row in await table("daily_counts")] == [(1, 0, 1, 0, 0, 1, *[0] * 14)]


async def test_a_payment_may_be_heard_before_its_dossier_and_twice(feed: Feed, table: Table) -> None:
    submitted = History("H26-20261012-0000042", PROCEDURES[0], UNITS[0], Channel.ONLINE, START, due_in=9).events()
    paid = PaymentSucceeded.from_example()
    await feed([paid, *submitted, paid])
    ((_, version, *_), *_) = await table("dossiers")
    ((*_, method, paid_at),) = [row[:15] for row in await table("dossiers")]
    assert (version, method, paid_at) == (3, PaymentMethod.LOCAL_GATEWAY, paid.paid_at)
    assert sum(row[4] for row in await table("daily_counts")) == 1


async def test_the_report_of_any_period_is_what_a_slow_recount_finds(feed: Feed, runtime: Runtime) -> None:
    histories = some_histories(Random(766), 300)
    await feed([told for history in histories for told in history.told()])
    today = hanoi_day(START + timedelta(days=40))
    for unit in (None, UNITS[0]):
        known = [history for history in histories if unit in {None, history.unit}]
        for first in range(-1, 20, 3):
            for length in (0, 4, 30):
                day = date(2016, 8, 10) + timedelta(days=first)
                period = Period(day, day + timedelta(days=length), today)
                async with runtime.database.begin() as uow:
                    units = [unit] if unit else None
                    sums = await tally(uow, period, units=units)
                    on_time = progress(sums, await repeat_tally(uow, period, units=units)).share
                found = report(sums)
                assert found == recount(known, period)
                assert (on_time.numerator, on_time.denominator) == recount_on_time(known, period)
                assert found.received == found.resolved + found.in_progress


async def test_an_event_costs_two_statements_in_its_batch(runtime: Runtime) -> None:
    histories = some_histories(Random(1), 50)
    events = [wire(event) for history in histories for event in history.events()][:150]
    inbox = inbox_of(runtime)
    with counted(runtime.database) as statements:
        await inbox.deliver(events)
    assert len(statements) <= 2 + 2 * len(events)
    with counted(runtime.database) as statements:
        await inbox.deliver(events)
    assert len(statements) == 2
