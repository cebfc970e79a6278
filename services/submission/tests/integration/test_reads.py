"""Who read my data: recorded at every read by another, shown to the person alone, taken back by nobody."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from services.submission.tests.conftest import BA_DINH, Desk
from services.submission.tests.counter import COLLEAGUE, ELSEWHERE, ONE_STOP, OPERATOR, OWNER, PATH, at_the_counter
from services.submission.tests.integration.test_intake import APPLICANT, FILING
from tests.support.counting import counted
from tests.support.identities import agency, citizen, officer

ACCESSES = "/v1/me/data-accesses"


async def accesses(desk: Desk, caller: dict[str, str] = OWNER) -> list[dict[str, str]]:
    items: list[dict[str, str]] = (await desk.get(ACCESSES, caller)).json()["items"]
    return items


async def test_every_look_at_a_dossier_by_another_is_on_record_and_ones_own_is_not(desk: Desk) -> None:
    """R-173."""
    code = await at_the_counter(desk)
    await desk.get(f"{PATH}/{code}", OWNER)
    assert await accesses(desk) == []
    await desk.get(f"{PATH}/{code}", ONE_STOP)
    desk.clock.advance(timedelta(minutes=1))
    await desk.get(f"{PATH}/{code}", officer("civil-status-officer", units=[BA_DINH], subject="officer-7"))
    assert [(access["by"], access["role"], access["what"]) for access in await accesses(desk)] == [
        ("officer-7", "civil-status-officer", "dossier"),
        ("officer-1", "one-stop-officer", "dossier"),
    ]
    assert (await accesses(desk))[0]["purpose"] == f"Giải quyết hồ sơ {code}"


async def test_who_is_shown_no_person_leaves_no_trace(desk: Desk) -> None:
    code = await at_the_counter(desk)
    tag = (await desk.get(f"{PATH}/{code}", ONE_STOP)).headers["ETag"]
    assert len(await accesses(desk)) == 1
    assert (await desk.get(f"{PATH}/{code}", ONE_STOP, If_None_Match=tag)).status_code == 304
    assert (await desk.get(f"{PATH}/{code}", agency("submission:read"))).status_code == 200
    assert (await desk.get(f"{PATH}/{code}", ELSEWHERE)).status_code == 404
    assert (await desk.get("/v1/desk/queue", ONE_STOP)).status_code == 200
    assert len(await accesses(desk)) == 1


async def test_an_agency_that_reads_what_it_entered_is_named_too(desk: Desk) -> None:
    client = agency("submission:read", "submission:write", client="portal")
    code = (await desk.post(PATH, client, FILING | {"applicant": APPLICANT})).json()["code"]
    assert "person" in (await desk.get(f"{PATH}/{code}", client)).json()
    (access,) = await accesses(desk)
    assert (access["byKind"], access["by"], access["agency"], "role" in access) == ("agency", "portal", "G15", False)


async def test_a_look_costs_one_statement_more(desk: Desk) -> None:
    code = await at_the_counter(desk)
    for caller, number in ((OWNER, 1), (ONE_STOP, 2)):
        with counted(desk.runtime.database) as statements:
            await desk.get(f"{PATH}/{code}", caller)
        assert len(statements) == number, statements
    with counted(desk.runtime.database) as statements:
        await desk.get(ACCESSES, OWNER)
    assert len(statements) == 1


async def test_nobody_sees_anothers_accesses(desk: Desk) -> None:
    code = await at_the_counter(desk)
    await desk.get(f"{PATH}/{code}", ONE_STOP)
    assert await accesses(desk, citizen("001190000002")) == []
    for stranger in (ONE_STOP, COLLEAGUE, OPERATOR, agency("submission:read")):
        assert (await desk.get(ACCESSES, stranger)).status_code == 403


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM person_reads", "UPDATE person_reads SET reader = 'nobody'", "TRUNCATE person_reads"],
)
async def test_nothing_takes_a_record_back(desk: Desk, statement: str) -> None:
    """R-173."""
    code = await at_the_counter(desk)
    await desk.get(f"{PATH}/{code}", ONE_STOP)
    async with desk.runtime.database.begin() as uow:
        with pytest.raises(IntegrityError, match="only ever added"):
            await uow.execute(text(statement))
    assert len(await accesses(desk)) == 1


async def test_the_list_goes_on_where_the_page_ended(desk: Desk) -> None:
    code = await at_the_counter(desk)
    for _ in range(3):
        await desk.get(f"{PATH}/{code}", ONE_STOP)
    first = (await desk.get(f"{ACCESSES}?limit=2", OWNER)).json()
    last = (await desk.get(f"{ACCESSES}?limit=2&cursor={first['nextCursor']}", OWNER)).json()
    assert (len(first["items"]), len(last["items"]), "nextCursor" in last) == (2, 1, False)
    assert (await desk.get(f"{ACCESSES}?cursor=x", OWNER)).status_code == 400
