"""The catalogue's procedures and submission's dossiers come in; fees are assessed from them."""

from datetime import date

from chassis.deferred import Retrier, parked, replay
from contracts.codes import ApplicantClass, Channel
from contracts.submission import FeeFacts
from services.payment.tests.world import DOSSIER, OWNER, World, birth, submitted
from tests.support.counting import counted
from tests.support.events import inbox_of, wire


async def test_a_late_birth_raises_an_obligation_and_says_so(world: World) -> None:
    obligation = await world.owed()
    assert await world.events("fee-assessed") == [
        {
            "version": 1,
            "dossierCode": DOSSIER,
            "total": 5000,
            "lines": [{"rule": "birth-late", "amount": 5000, "text": ""}],
            "obligationId": obligation,
        }
    ]
    (row,) = await world.rows("SELECT owner, unit, channel, amount, state, version FROM obligations")
    assert tuple(row) == (OWNER, "00004", 2, 5000, "due", 1)


async def test_a_birth_in_time_owes_nothing_and_says_so(world: World) -> None:
    await world.deliver(birth(), submitted(days=60))
    (event,) = await world.events("fee-assessed")
    assert (event["total"], event["obligationId"], event["lines"][0]["rule"]) == (0, None, "birth-on-time")
    assert await world.rows("SELECT 1 FROM obligations") == []
    assert [row.total for row in await world.rows("SELECT total FROM assessments")] == [0]


async def test_a_dossier_is_assessed_once_however_often_it_is_delivered(world: World) -> None:
    """R-046"""
    once = wire(submitted())
    await world.deliver(birth())
    inbox = inbox_of(world.runtime)
    await inbox.deliver([once, once])
    await inbox.deliver([once])
    await world.deliver(submitted(), submitted())
    assert len(await world.events("fee-assessed")) == 1
    assert len(await world.rows("SELECT 1 FROM obligations")) == 1


async def test_a_dossier_free_of_charge_is_assessed_once_too(world: World) -> None:
    await world.deliver(birth(), submitted(days=1), submitted(days=1))
    assert len(await world.events("fee-assessed")) == 1


async def test_a_dossier_that_comes_before_its_procedure_waits_for_it(world: World) -> None:
    await world.deliver(submitted())
    (waiting,) = await parked(world.runtime.database, waiting=True)
    assert (waiting.state, waiting.subject) == ("waiting", DOSSIER)
    assert "procedure-not-known-yet" in waiting.reason
    assert await world.events("fee-assessed") == []

    await world.deliver(birth())
    await replay(world.runtime.database, waiting.event_id)
    await Retrier(inbox_of(world.runtime), poll_seconds=1).try_due()
    assert [event["dossierCode"] for event in await world.events("fee-assessed")] == [DOSSIER]
    assert await parked(world.runtime.database, waiting=True) == []


async def test_a_waiting_dossier_does_not_hold_back_its_neighbours(world: World) -> None:
    await world.deliver(birth(), submitted("A-1", procedure="9.999999"), submitted("A-2"))
    assert [event["dossierCode"] for event in await world.events("fee-assessed")] == ["A-2"]


async def test_the_version_in_force_on_the_received_day_decides(world: World) -> None:
    """R-046"""
    free = birth().fees[0].model_copy(update={"id": "all-free", "max_days_since_occurrence": None})
    later = birth(version=2, valid_from=date(2027, 3, 1), fees=(free,))
    await world.deliver(birth(), later)
    await world.deliver(submitted("A-1", on=date(2027, 2, 28)), submitted("A-2", on=date(2027, 3, 1)))
    assert {event["dossierCode"]: event["total"] for event in await world.events("fee-assessed")} == {
        "A-1": 5000,
        "A-2": 0,
    }


async def test_older_news_of_a_procedure_does_not_overwrite_newer(world: World) -> None:
    dearer = birth().fees[1].model_copy(update={"amount": 9000})
    await world.deliver(birth(version=2, fees=(dearer,)))
    await world.deliver(birth(version=1))
    await world.deliver(submitted())
    assert [event["total"] for event in await world.events("fee-assessed")] == [9000]


async def test_a_procedure_that_was_closed_is_not_in_force_afterwards(world: World) -> None:
    await world.deliver(birth(), birth(version=2, valid_to=date(2026, 12, 31)))
    await world.deliver(submitted("A-1", on=date(2026, 12, 31)), submitted("A-2", on=date(2027, 1, 1)))
    assert [event["dossierCode"] for event in await world.events("fee-assessed")] == ["A-1"]


async def test_class_channel_and_quantity_reach_the_rules(world: World) -> None:
    rule = birth().fees[1]
    exempt = rule.model_copy(
        update={"id": "exempt", "amount": 0, "applicant_classes": (ApplicantClass.POOR_HOUSEHOLD,)}
    )
    copies = rule.model_copy(update={"id": "copies", "amount": 8000, "per_item": True, "channels": (Channel.COUNTER,)})
    await world.deliver(birth(fees=(exempt, copies)))
    poor = FeeFacts(applicant_class=ApplicantClass.POOR_HOUSEHOLD, days_since_occurrence=75)
    three = FeeFacts(days_since_occurrence=75, quantity=3)
    await world.deliver(
        submitted("A-1", fee_facts=poor),
        submitted("A-2", fee_facts=three, channel=Channel.COUNTER),
        submitted("A-3", fee_facts=three),
    )
    assert {event["dossierCode"]: event["total"] for event in await world.events("fee-assessed")} == {
        "A-1": 0,
        "A-2": 24_000,
        "A-3": 0,
    }


async def test_assessing_a_dossier_takes_two_statements_beside_the_inboxs_three(world: World) -> None:
    await world.deliver(birth())
    with counted(world.runtime.database) as statements:
        await world.deliver(submitted())
    assert len(statements) == 5
