"""Twins: one dossier, several children, each decided by itself; in every order, twice, and half of them refused."""

from itertools import permutations
from uuid import UUID

import pytest

from contracts.civil_registry import BirthRegistered, BirthRegistrationRefused, BirthRegistrationRequested
from contracts.event import Event
from services.submission.tests.conftest import Desk
from services.submission.tests.integration.test_way import accepted, deferred, names, refused, registered, requested
from services.submission.tests.steps import read

RECORDS = {child: UUID(f"01927f5e-0000-7000-8000-00000000000{child}") for child in (1, 2, 3)}


def opened(code: str, child: int, of: int) -> BirthRegistrationRequested:
    return requested(code).model_copy(update={"child_number": child, "children": of, "version": child})


def born(code: str, child: int, remaining: int) -> BirthRegistered:
    changes = {"child_number": child, "remaining": remaining, "record_id": RECORDS[child], "version": 10 - remaining}
    return registered(code).model_copy(update=changes)


def turned_down(code: str, child: int, remaining: int, already: int = 0) -> BirthRegistrationRefused:
    changes = {"child_number": child, "remaining": remaining, "registered": already, "reason": f"Trùng {child}"}
    return refused(code).model_copy(update=changes)


async def twins(desk: Desk, children: int = 2) -> str:
    code = await accepted(desk)
    await desk.hear(*(opened(code, child, children) for child in range(1, children + 1)))
    return code


async def test_the_first_of_twins_is_kept_and_the_second_finishes(desk: Desk) -> None:
    code = await twins(desk)
    before = (await read(desk, code))["version"]
    await desk.hear(born(code, 1, 1))
    body = await read(desk, code)
    assert (body["status"]["number"], body["version"], body["results"]) == (4, before + 1, [str(RECORDS[1])])
    await desk.hear(born(code, 2, 0))
    body = await read(desk, code)
    assert (body["status"]["number"], body["results"]) == (9, [str(RECORDS[1]), str(RECORDS[2])])
    (told,) = await desk.told("finished")
    assert (told["resultReference"], told["resultReferences"]) == (str(RECORDS[1]), [str(RECORDS[1]), str(RECORDS[2])])
    assert told["electronicResult"] is True
    assert await names(desk) == ["submitted", "accepted", "processing-started", "finished"]


@pytest.mark.parametrize("order", list(permutations((0, 1, 2))))
async def test_children_are_decided_in_any_order_and_their_results_stand_in_their_own(
    desk: Desk, order: tuple[int, int, int]
) -> None:
    """R-151."""
    code = await twins(desk, 3)
    # As they were stated: the last one stated has nothing remaining. As they come in: any other order, each twice.
    stated: list[Event] = [born(code, 2, 2), turned_down(code, 1, 1, 1), born(code, 3, 0)]
    for place in order:
        await desk.hear(stated[place], stated[place])
    body = await read(desk, code)
    assert (body["status"]["number"], body["results"]) == (9, [str(RECORDS[2]), str(RECORDS[3])])
    history = (await read(desk, code, "/history"))["steps"]
    assert history[-1]["reason"] == "Trẻ thứ 1: Trùng 1"
    assert (len(await desk.told("finished")), await deferred(desk)) == (1, 0)


@pytest.mark.parametrize("turned", [False, True])
async def test_where_no_child_is_registered_it_stops_and_says_why_of_each(desk: Desk, turned: bool) -> None:
    """R-151."""
    code = await twins(desk)
    news = [turned_down(code, 1, 1), turned_down(code, 2, 0)]
    for one in reversed(news) if turned else news:
        await desk.hear(one)
    (told,) = await desk.told("stopped")
    assert told["reason"] == "Trẻ thứ 1: Trùng 1; Trẻ thứ 2: Trùng 2"
    assert (await read(desk, code))["status"]["number"] == 8


async def test_a_child_decided_before_the_case_is_opened_here_is_tried_again(desk: Desk) -> None:
    code = await accepted(desk)
    await desk.hear(born(code, 1, 1))
    assert ((await read(desk, code))["status"]["number"], await deferred(desk)) == (2, 1)
