"""Pre-filling from the population database: whose data, for whom, with what record; and when the database is away."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import pytest

from contracts.codes import Sex
from services.submission.tests.conftest import BA_DINH, BIRTH, CAU_GIAY, Desk
from services.submission.tests.integration.test_intake import APPLICANT, FILING, ONE_STOP, PATH, rows
from submission.domain.prefill import Person
from submission.population import PopulationUnavailable
from submission.population.http import HttpPopulationDatabase
from tests.support.counting import counted
from tests.support.identities import agency, citizen, officer

PREFILL = f"/v1/prefill?procedure={BIRTH}"
HER_ID = "001190000001"
HER = Person(HER_ID, "TRẦN THỊ VÍ DỤ", date(1990, 5, 1), Sex.FEMALE, "Kinh", "Việt Nam")
FILLED = {"requester": {"fullName": "TRẦN THỊ VÍ DỤ", "personalId": HER_ID}}


class Register:
    """A population database in memory, which says who was asked for."""

    def __init__(self, *people: Person) -> None:
        self.people = {person.personal_id: person for person in people}
        self.asked: list[str] = []
        self.away = False

    async def look_up(self, personal_id: str) -> Person | None:
        if self.away:
            raise PopulationUnavailable
        self.asked.append(personal_id)
        return self.people.get(personal_id)


@pytest.fixture
def register(desk: Desk) -> Register:
    found = desk.runtime.extras["population"] = Register(HER)
    return found


async def reads(desk: Desk) -> list[Any]:
    return await rows(desk, "SELECT subject, dossier_code, what, purpose, reader FROM person_reads")


async def test_a_citizen_gets_her_own_data_where_the_form_has_a_place(desk: Desk, register: Register) -> None:
    answer = await desk.get(PREFILL, citizen())
    assert answer.status_code == 200
    assert answer.json() == {
        "procedure": BIRTH,
        "form": FILLED,
        "filled": ["/form/requester/fullName", "/form/requester/personalId"],
    }
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert register.asked == [HER_ID]


async def test_a_citizen_sees_her_own_look_up_among_the_accesses_to_her_data(desk: Desk, register: Register) -> None:
    await desk.get(PREFILL, citizen())
    assert await reads(desk) == [(HER_ID, None, "population-database", f"prefill {BIRTH}", HER_ID)]
    (access,) = (await desk.get("/v1/me/data-accesses", citizen())).json()["items"]
    assert (access["what"], access["byKind"]) == ("population-database", "citizen")
    assert "by" not in access
    assert (await desk.get("/v1/me/data-accesses", citizen("001190000009"))).json()["items"] == []


async def test_what_is_filled_in_can_be_filed(desk: Desk, register: Register) -> None:
    form = (await desk.get(PREFILL, citizen())).json()["form"] | {"child": FILING["form"]["child"]}
    assert (await desk.post(PATH, citizen(), FILING | {"form": form})).status_code == 201


async def test_an_account_nobody_saw_in_person_is_shown_nothing(desk: Desk, register: Register) -> None:
    answer = await desk.get(PREFILL, citizen(level=1))
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/identity-level-too-low")
    assert not register.asked


async def test_an_officer_gets_the_applicant_of_a_dossier_under_way_and_leaves_a_record(
    desk: Desk, register: Register
) -> None:
    code = (await desk.post(PATH, citizen(), FILING)).json()["code"]
    answer = await desk.get(f"{PREFILL}&dossier={code}", ONE_STOP)
    assert answer.json()["form"] == FILLED
    assert await reads(desk) == [(HER_ID, code, "population-database", f"prefill {BIRTH}", "officer-1")]


async def test_an_officer_gets_the_applicant_of_a_draft_for_a_reason(desk: Desk, register: Register) -> None:
    filing = {"procedure": BIRTH, "unit": BA_DINH, "applicant": APPLICANT}
    draft = (await desk.post("/v1/drafts", ONE_STOP, {"filing": filing})).json()["id"]
    assert (await desk.get(f"{PREFILL}&draft={draft}", ONE_STOP)).json()["type"] == "/problems/purpose-missing"
    answer = await desk.get(f"{PREFILL}&draft={draft}&reason=Người+dân+nhờ+điền+tại+quầy", ONE_STOP)
    assert answer.json()["form"] == FILLED
    assert await reads(desk) == [
        (HER_ID, None, "population-database", "Người dân nhờ điền tại quầy", "officer-1"),
    ]


async def test_without_a_live_purpose_an_officer_gets_nothing(desk: Desk, register: Register) -> None:
    """R-128."""
    code = (await desk.post(PATH, citizen(), FILING)).json()["code"]
    draft = (await desk.post("/v1/drafts", citizen(), {"filing": {"applicant": APPLICANT}})).json()["id"]
    unnamed = (await desk.post("/v1/drafts", ONE_STOP, {"filing": {"applicant": {"personalId": "12"}}})).json()["id"]
    elsewhere = officer("one-stop-officer", units=[CAU_GIAY])
    reason = "reason=theo+yêu+cầu"
    for query, caller, status, slug in (
        ("", ONE_STOP, 400, "purpose-missing"),
        (f"&dossier={code}", elsewhere, 404, "dossier-not-found"),
        ("&dossier=H26-20261012-9999999", ONE_STOP, 404, "dossier-not-found"),
        (f"&draft={draft}&{reason}", ONE_STOP, 404, "draft-not-found"),  # not hers
        (f"&draft={unnamed}&{reason}", ONE_STOP, 422, "no-person-to-look-up"),
        ("", officer("cashier"), 403, "forbidden"),
        ("", agency("submission:write"), 403, "forbidden"),
        ("", {}, 401, "unauthorized"),
    ):
        answer = await desk.get(PREFILL + query, caller)
        assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}")
    async with desk.runtime.database.begin() as uow:
        await uow.connection.exec_driver_sql("UPDATE dossiers SET status = 10")
        await uow.commit(None)
    over = await desk.get(f"{PREFILL}&dossier={code}", ONE_STOP)
    assert (over.status_code, over.json()["type"]) == (409, "/problems/wrong-state")
    assert not register.asked
    assert not await reads(desk)


async def test_while_the_database_is_away_forms_are_filled_in_by_hand(desk: Desk, register: Register) -> None:
    register.away = True
    answer = await desk.get(PREFILL, citizen())
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/population-database-unavailable")
    assert answer.headers["Retry-After"] == "30"
    assert (await desk.post(PATH, citizen(), FILING)).status_code == 201


async def test_where_no_database_is_set_up_the_answer_is_the_same(desk: Desk) -> None:
    assert (await desk.get(PREFILL, citizen())).json()["type"] == "/problems/population-database-unavailable"


async def test_nobody_of_that_number_is_told_as_such(desk: Desk, register: Register) -> None:
    answer = await desk.get(PREFILL, citizen("001190000009"))
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/person-not-found")


async def test_a_look_up_that_fails_has_left_its_record_before(desk: Desk, register: Register) -> None:
    code = (await desk.post(PATH, citizen(), FILING)).json()["code"]
    register.away = True
    assert (await desk.get(f"{PREFILL}&dossier={code}", ONE_STOP)).status_code == 503
    assert len(await reads(desk)) == 1


async def test_a_procedure_or_case_that_is_none_is_refused(desk: Desk, register: Register) -> None:
    unknown = await desk.get("/v1/prefill?procedure=9.999999", citizen())
    assert unknown.json()["type"] == "/problems/unknown-procedure"
    assert (await desk.get(f"{PREFILL}&case=x", citizen())).json()["type"] == "/problems/unknown-case"


async def test_pre_filling_takes_three_statements(desk: Desk, register: Register) -> None:
    code = (await desk.post(PATH, citizen(), FILING)).json()["code"]
    with counted(desk.runtime.database) as statements:
        assert (await desk.get(f"{PREFILL}&dossier={code}", ONE_STOP)).status_code == 200
    assert len(statements) == 3, statements


# The adapter


Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def served(answer: Answering) -> AsyncIterator[str]:
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def saying(status: str, body: str, heard: list[str] | None = None) -> Answering:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        if heard is not None:
            heard.append(head)
        content = body.encode()
        writer.write(
            f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n".encode() + content
        )
        await writer.drain()
        writer.close()

    return answer


TOLD = {
    "personalId": HER_ID,
    "birth": {
        "fullName": "TRẦN THỊ VÍ DỤ",
        "dateOfBirth": "1990-05-01",
        "sex": 2,
        "ethnicity": "Kinh",
        "nationality": "Việt Nam",
        "parents": [],
    },
}


async def test_the_adapter_reads_a_person_and_brings_its_token() -> None:
    heard: list[str] = []
    async with served(saying("200 OK", json.dumps(TOLD), heard)) as url:
        assert await HttpPopulationDatabase(url + "/", seconds=5, token="secret").look_up(HER_ID) == HER
    assert heard[0].startswith(f"GET /people/{HER_ID} HTTP/1.1\r\n")
    assert "Authorization: Bearer secret\r\n" in heard[0]


async def test_the_adapter_tells_nobody_from_nothing() -> None:
    async with served(saying("404 Not Found", "{}")) as url:
        assert await HttpPopulationDatabase(url, seconds=5).look_up(HER_ID) is None


@pytest.mark.parametrize(
    ("status", "body"),
    [
        ("500 Internal Server Error", "{}"),
        ("302 Found", "{}"),
        ("200 OK", "<html>"),
        ("200 OK", '{"personalId": "001190000001"}'),
        ("200 OK", json.dumps(TOLD | {"personalId": "001190000002"})),  # somebody else
    ],
)
async def test_what_makes_no_sense_is_no_answer(status: str, body: str) -> None:
    async with served(saying(status, body)) as url:
        with pytest.raises(PopulationUnavailable):
            await HttpPopulationDatabase(url, seconds=5).look_up(HER_ID)


async def test_the_adapter_waits_no_longer_than_it_may() -> None:
    done = asyncio.Event()

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A byte now and then keeps a socket's own time limit from ever running out.
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not done.is_set() and not writer.is_closing():
            writer.write(b"x")
            await asyncio.sleep(0.05)
        writer.close()

    async with served(drip) as url:
        with pytest.raises(PopulationUnavailable):
            await HttpPopulationDatabase(url, seconds=0.3).look_up(HER_ID)
        done.set()


async def test_an_address_nobody_listens_at_is_away() -> None:
    async with served(saying("200 OK", "{}")) as url:
        pass
    with pytest.raises(PopulationUnavailable):
        await HttpPopulationDatabase(url, seconds=1).look_up(HER_ID)
