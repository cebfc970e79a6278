"""The catalogue's procedures and submission's dossiers come in; fees are assessed from them."""

from datetime import UTC, date, datetime
from typing import Any

from chassis.deferred import Retrier, parked, replay
from contracts.catalog import FeeRule, ProcedureWithdrawn
from contracts.codes import ApplicantClass, Channel
from contracts.submission import FeeFacts
from services.payment.tests.world import DOSSIER, OWNER, World, birth, submitted
from tests.support.counting import counted
from tests.support.events import inbox_of, wire

SINCE = {"validFrom": "2025-07-01", "legalSource": "Nghị quyết mẫu"}


async def test_a_late_birth_raises_an_obligation_and_says_so(world: World) -> None:
    obligation = await world.owed()
    assert await world.events("fee-assessed") == [
        {
            "version": 1,
            "dossierCode": DOSSIER,
            "total": 5000,
            "lines": [
                {
                    "rule": "birth-late",
                    "item": "fee",
                    "amount": 5000,
                    "exemption": False,
                    "text": "",
                    "legalSource": "published 08/10/2026",
                }
            ],
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
    await world.deliver(submitted("A-1", on=date(2026, 12, 31)))
    world.clock.set(datetime(2027, 1, 1, 3, tzinfo=UTC))
    await world.deliver(submitted("A-2", on=date(2027, 1, 1)))
    assert [event["dossierCode"] for event in await world.events("fee-assessed")] == ["A-1"]


def withdrawal(**changes: Any) -> ProcedureWithdrawn:
    example = {"code": "1.001193", "number": 1, "version": 2, "valid_to": date(2026, 10, 11)}
    return ProcedureWithdrawn.from_example().model_copy(update=example | changes)


async def test_a_dossier_filed_by_a_version_that_is_withdrawn_since_costs_what_that_version_says(world: World) -> None:
    """R-192."""
    await world.deliver(birth(), withdrawal(), withdrawal())
    await world.deliver(submitted("A-1", on=date(2026, 10, 11)), submitted("A-2", on=date(2026, 10, 12)))
    assert [(event["dossierCode"], event["total"]) for event in await world.events("fee-assessed")] == [("A-1", 5000)]
    rows = await world.rows("SELECT procedure_version FROM assessments")
    assert [row.procedure_version for row in rows] == [1]


async def test_a_dossier_handed_in_late_on_the_last_day_of_a_version_costs_what_that_version_says(world: World) -> None:
    await world.deliver(birth(), withdrawal(valid_to=date(2026, 10, 12)))
    await world.deliver(submitted("A-1", on=date(2026, 10, 13)))
    assert [event["total"] for event in await world.events("fee-assessed")] == [5000]
    dearer = birth().fees[1].model_copy(update={"amount": 9000})
    await world.deliver(birth(version=3, valid_from=date(2026, 10, 13), fees=(dearer,)))
    await world.deliver(submitted("A-2", on=date(2026, 10, 13)))
    assert [event["total"] for event in await world.events("fee-assessed")] == [5000, 9000]


async def test_a_withdrawal_does_not_prolong_a_version_nor_end_its_correction(world: World) -> None:
    async def last_days() -> list[date | None]:
        return [row.valid_to for row in await world.rows("SELECT valid_to FROM procedures")]

    await world.deliver(birth(valid_to=date(2026, 12, 31)), withdrawal(valid_to=date(2027, 1, 31)))
    assert await last_days() == [date(2026, 12, 31)]
    await world.deliver(birth(version=3), withdrawal(), birth())
    assert await last_days() == [None]


async def test_a_withdrawal_of_what_is_not_known_yet_waits(world: World) -> None:
    await world.deliver(withdrawal())
    (waiting,) = await parked(world.runtime.database, waiting=True)
    assert "procedure-not-known-yet" in waiting.reason


async def test_case_age_and_pages_reach_the_rules_and_each_item_has_its_line(world: World) -> None:
    """Two items, of which one is by pages and only in one case, and the other freed below an age."""
    free = FeeRule.model_validate(
        {"id": "child", "item": "judge", "amount": 0, "maxAge": 13, "exemption": True, "text": "Miễn"} | SINCE
    )
    judge = FeeRule.model_validate({"id": "judge", "item": "judge", "amount": 25_000} | SINCE)
    paper = FeeRule.model_validate(
        {"id": "paper", "item": "paper", "amount": 0, "tiers": [{"upTo": 2, "amount": 2000}, {"amount": 1000}]}
        | {"cap": 200_000, "perItem": True, "cases": ["with-copy"]}
        | SINCE
    )
    await world.deliver(birth(fees=(free, judge, paper)))
    await world.deliver(
        submitted("A-1", fee_facts=FeeFacts(age=13, pages=5, quantity=2), case="with-copy"),
        submitted("A-2", fee_facts=FeeFacts(age=14, pages=5, quantity=2), case="plain"),
        submitted("A-3", fee_facts=FeeFacts(age=14)),
    )
    assert {
        event["dossierCode"]: [
            (line["item"], line["rule"], line["amount"], line["exemption"]) for line in event["lines"]
        ]
        for event in await world.events("fee-assessed")
    } == {
        "A-1": [("judge", "child", 0, True), ("paper", "paper", 14_000, False)],
        "A-2": [("judge", "judge", 25_000, False)],
        "A-3": [("judge", "judge", 25_000, False)],
    }


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
