"""Several children of one dossier: each with a case, a record, a number and a certificate of its own."""

import asyncio
from typing import Any

import pytest

from contracts.catalog import AdministrativeUnitsPublished
from tests.support.counting import counted
from tests.support.events import inbox_of, wire
from tests.support.identities import agency, citizen, officer

DOSSIER, SECOND = "H26-20261012-0000042", "H26-20261012-0000043"
ANH, ANH_SAC, AN = "Nguyễn Minh Anh", "Nguyễn Minh Ánh", "Nguyễn Minh An"
IDS = ("001326000123", "001326000124", "001326000125")
CLERK = officer("civil-status-officer", units=["00004"])
REQUESTED, REGISTERED, REFUSED = "birth-registration-requested", "birth-registered", "birth-registration-refused"


def declared(registry: Any, first: str, *others: str) -> dict[str, Any]:
    """The form of children of one mother and day."""
    form: dict[str, Any] = registry.form(first, siblings=[registry.sibling(name) for name in others])
    return form


async def take_in(registry: Any, *names: str, dossier: str = DOSSIER) -> None:
    await registry.take(
        AdministrativeUnitsPublished.from_example(), registry.accepted(dossier, declared(registry, *names))
    )


async def told(registry: Any) -> list[tuple[str, int, int]]:
    """Name, version and child of every event, oldest first."""
    return [(name, data["version"], data["childNumber"]) for name, data in await registry.said()]


async def parked(registry: Any) -> list[str]:
    return [row.reason for row in await registry.rows("SELECT reason FROM deferred")]


async def test_twins_of_one_dossier_are_each_asked_for(registry: Any) -> None:
    await take_in(registry, ANH, ANH_SAC)
    (_, first), (_, second) = await registry.said()
    assert await told(registry) == [(REQUESTED, 1, 1), (REQUESTED, 2, 2)]
    assert first["caseId"] != second["caseId"]
    assert (first["children"], second["children"]) == (2, 2)
    children = [data["declaration"]["child"] for data in (first, second)]
    assert [child["fullName"] for child in children] == ["NGUYỄN MINH ANH", "NGUYỄN MINH ÁNH"]
    assert children[1]["nativePlace"] == "Hà Nội"
    assert first["declaration"]["mother"] == second["declaration"]["mother"]


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 1, 2), (2, 3, 1)])
async def test_answers_of_the_ministry_in_any_order_give_each_child_its_record(
    registry: Any, order: tuple[int, ...]
) -> None:
    """R-199."""
    await take_in(registry, ANH, ANH_SAC, AN)
    for child in order:
        await registry.take(await registry.issued(DOSSIER, IDS[child - 1], child=child))
    events = await registry.said()
    assert [(name, data["version"], data["childNumber"]) for name, data in events[3:]] == [
        (REGISTERED, 4 + place, child) for place, child in enumerate(order)
    ]
    assert [data["remaining"] for _, data in events[3:]] == [2, 1, 0]
    rows = await registry.rows("SELECT child_number, child_name, personal_id, number FROM records ORDER BY number")
    names = ("NGUYỄN MINH ANH", "NGUYỄN MINH ÁNH", "NGUYỄN MINH AN")
    assert [tuple(row) for row in rows] == [
        (child, names[child - 1], IDS[child - 1], number) for number, child in enumerate(order, 1)
    ]
    assert {row.state for row in await registry.rows("SELECT state FROM cases")} == {"registered"}
    assert await parked(registry) == []


async def test_whatever_is_delivered_again_twins_are_registered_once(registry: Any) -> None:
    accepted = wire(registry.accepted(DOSSIER, declared(registry, ANH, ANH_SAC)))
    inbox = inbox_of(registry.runtime)
    await registry.take(AdministrativeUnitsPublished.from_example())
    await inbox.deliver([accepted, accepted])
    await take_in(registry, ANH, ANH_SAC)
    answers = [await registry.issued(DOSSIER, IDS[child - 1], child=child) for child in (2, 1)]
    await registry.take(*answers, *answers)
    await registry.take(answers[1], answers[0])
    await take_in(registry, ANH, ANH_SAC)
    assert await told(registry) == [(REQUESTED, 1, 1), (REQUESTED, 2, 2), (REGISTERED, 3, 2), (REGISTERED, 4, 1)]
    assert len(await registry.rows("SELECT 1 FROM records")) == 2
    assert await parked(registry) == []


async def test_the_dossier_delivered_at_once_many_times_opens_its_cases_once(registry: Any) -> None:
    await asyncio.gather(*(take_in(registry, ANH, ANH_SAC) for _ in range(6)))
    assert await told(registry) == [(REQUESTED, 1, 1), (REQUESTED, 2, 2)]


@pytest.mark.parametrize("names", [(ANH, ANH), (ANH, ANH_SAC, "NGUYEN MINH ANH"), ("Lê Hòa", "Lê Hoà")])
async def test_one_name_twice_in_a_dossier_refuses_it_as_a_whole(registry: Any, names: tuple[str, ...]) -> None:
    """R-198."""
    await take_in(registry, *names)
    [(name, data)] = await registry.said()
    assert (name, data["cause"], data["version"]) == (REFUSED, "duplicate", 1)
    assert (data["childNumber"], data["remaining"], data["registered"]) == (len(names), 0, 0)
    assert data["reason"] == "Hai trẻ trong một tờ khai có cùng họ, chữ đệm, tên"


@pytest.mark.parametrize("registered", [True, False])
@pytest.mark.parametrize(
    ("again", "child"), [((ANH, ANH_SAC), 1), ((ANH_SAC, ANH), 1), ((AN, ANH_SAC), 2), ((ANH_SAC,), 1)]
)
async def test_twins_declared_again_by_another_dossier_are_duplicates_whichever_comes_first(
    registry: Any, again: tuple[str, ...], child: int, *, registered: bool
) -> None:
    """R-198."""
    await take_in(registry, ANH, ANH_SAC)
    for number in (1, 2) if registered else ():
        await registry.take(await registry.issued(DOSSIER, IDS[number - 1], child=number))
    before = len(await registry.said())
    await take_in(registry, *again, dossier=SECOND)
    [(name, data)] = (await registry.said())[before:]
    assert (name, data["dossierCode"], data["cause"]) == (REFUSED, SECOND, "duplicate")
    assert (data["childNumber"], data["remaining"], data["registered"]) == (child, 0, 0)
    if len(again) > 1:
        assert data["reason"].startswith(f"Trẻ thứ {child} trong tờ khai đã được đăng ký khai sinh")
    await take_in(registry, *again, dossier=SECOND)
    assert len(await registry.said()) == before + 1


async def test_a_refused_dossier_stays_refused_when_what_stood_in_its_way_is_gone(registry: Any) -> None:
    await take_in(registry, ANH_SAC)
    await take_in(registry, ANH, ANH_SAC, dossier=SECOND)
    await registry.take(await registry.declined("Sai", dossier=DOSSIER))
    await take_in(registry, ANH, ANH_SAC, dossier=SECOND)
    assert [row.child_number for row in await registry.rows("SELECT child_number FROM cases ORDER BY 1")] == [1, 2]
    assert (await registry.said())[-1][1]["dossierCode"] == DOSSIER


async def test_dossiers_that_declare_the_same_twins_crosswise_at_once_open_the_cases_of_one(registry: Any) -> None:
    pairs = [(ANH, ANH_SAC), (ANH_SAC, ANH)] * 4
    await asyncio.gather(*(take_in(registry, *pair, dossier=f"H26-{n}") for n, pair in enumerate(pairs)))
    events = await registry.said()
    assert sorted(name for name, _ in events) == [REFUSED] * 7 + [REQUESTED] * 2
    assert len({data["dossierCode"] for name, data in events if name == REQUESTED}) == 1
    assert await parked(registry) == []


@pytest.mark.parametrize("declined_first", [True, False])
async def test_a_child_the_ministry_declines_does_not_hold_up_the_other(registry: Any, *, declined_first: bool) -> None:
    """R-199."""
    await take_in(registry, ANH, ANH_SAC)
    answers = [await registry.declined("Sai tên mẹ", child=1), await registry.issued(DOSSIER, IDS[1], child=2)]
    for answer in answers if declined_first else reversed(answers):
        await registry.take(answer, answer)
    ends = dict((await registry.said())[2:])
    refused, registered = ends[REFUSED], ends[REGISTERED]
    assert (refused["childNumber"], registered["childNumber"]) == (1, 2)
    assert (refused["version"], registered["version"]) == ((3, 4) if declined_first else (4, 3))
    assert (refused["remaining"], refused["registered"]) == ((1, 0) if declined_first else (0, 1))
    assert registered["remaining"] == (0 if declined_first else 1)
    assert len(await registry.said()) == 4
    states = await registry.rows("SELECT state FROM cases ORDER BY child_number")
    assert [row.state for row in states] == ["refused", "registered"]


async def test_two_answers_at_once_give_versions_that_rise_and_numbers_without_a_gap(registry: Any) -> None:
    await take_in(registry, ANH, ANH_SAC, AN)
    answers = [await registry.issued(DOSSIER, IDS[child - 1], child=child) for child in (1, 2, 3)]
    await asyncio.gather(*(registry.take(answer) for answer in answers))
    ends = [data for name, data in await registry.said() if name == REGISTERED]
    assert [data["version"] for data in ends] == [4, 5, 6]
    assert [data["remaining"] for data in ends] == [2, 1, 0]
    assert sorted(data["number"] for data in ends) == [1, 2, 3]


async def test_an_id_given_to_both_twins_is_put_aside_for_the_second(registry: Any) -> None:
    await take_in(registry, ANH, ANH_SAC)
    await registry.take(await registry.issued(DOSSIER, IDS[0], child=1))
    await registry.take(await registry.issued(DOSSIER, IDS[0], child=2))
    assert (await parked(registry))[0].startswith("PersonalIdTaken personal-id-taken")


async def test_an_answer_for_a_child_that_the_dossier_does_not_have_is_put_aside(registry: Any) -> None:
    await take_in(registry, ANH, ANH_SAC)
    await registry.take(await registry.issued(DOSSIER, IDS[2], child=3))
    assert (await parked(registry))[0].startswith("UnknownCase unknown-case")


async def test_a_dossier_leads_to_all_its_records_and_certificates_for_those_who_may_see_one(registry: Any) -> None:
    await take_in(registry, ANH, ANH_SAC)
    for child in (2, 1):
        await registry.take(await registry.issued(DOSSIER, IDS[child - 1], child=child))
    for caller in (CLERK, citizen(registry.mother), citizen(registry.father)):
        listed = await registry.client.get("/v1/records", params={"dossier": DOSSIER}, headers=caller)
        items = listed.json()["items"]
        assert [item["number"] for item in items] == ["02/2026", "01/2026"]  # child 2 was answered first
        names = []
        for item in items:
            record = await registry.client.get(f"/v1/records/{item['id']}", headers=caller)
            names.append(record.json()["child"]["fullName"])
            paper = await registry.client.get(f"/v1/records/{item['id']}/certificate", headers=caller)
            assert paper.headers["content-type"] == "application/pdf"
        assert names == ["NGUYỄN MINH ANH", "NGUYỄN MINH ÁNH"]
    stranger = await registry.client.get("/v1/records", params={"dossier": DOSSIER}, headers=citizen("001190000009"))
    assert stranger.json()["items"] == []


async def test_a_child_sees_its_own_record_and_not_its_twins(registry: Any) -> None:
    await take_in(registry, ANH, ANH_SAC)
    for child in (1, 2):
        await registry.take(await registry.issued(DOSSIER, IDS[child - 1], child=child))
    listed = await registry.client.get("/v1/records", params={"dossier": DOSSIER}, headers=citizen(IDS[1]))
    assert [item["number"] for item in listed.json()["items"]] == ["02/2026"]


async def test_the_cases_of_a_dossier_tell_how_far_each_child_has_come(registry: Any) -> None:
    await take_in(registry, ANH, ANH_SAC)
    await registry.take(await registry.declined("Sai tên mẹ", child=2))

    async def seen(caller: dict[str, str]) -> list[tuple[Any, ...]]:
        answer = await registry.client.get("/v1/cases", params={"dossier": DOSSIER}, headers=caller)
        assert answer.status_code == 200
        return [(item["childNumber"], item["state"], item.get("reason")) for item in answer.json()["items"]]

    states = [(1, "awaiting-personal-id", None), (2, "refused", "Sai tên mẹ")]
    assert await seen(CLERK) == await seen(citizen(registry.mother)) == states
    assert await seen(agency("civil-registry:read")) == [*states[:1], (2, "refused", None)]
    assert await seen(citizen("001190000009")) == []
    first = await registry.client.get(f"/v1/cases/{DOSSIER}", headers=CLERK)
    assert (first.json()["childNumber"], first.json()["state"]) == (1, "awaiting-personal-id")


async def test_twins_cost_as_many_statements_as_one_child(registry: Any) -> None:
    with counted(registry.runtime.database) as opening:
        await registry.take(registry.accepted(DOSSIER, declared(registry, ANH, ANH_SAC, AN)))
    with counted(registry.runtime.database) as listing:
        await registry.client.get("/v1/cases", params={"dossier": DOSSIER}, headers=CLERK)
    assert (len(opening), len(listing)) == (6, 1)
