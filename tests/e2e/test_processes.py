"""Processes that come and go in order, as an operator who upgrades makes them do."""

import signal

import httpx
import pytest

from tests.e2e.callers import DOSSIERS, Caller, accept, birth
from tests.e2e.city import City, Name


@pytest.mark.parametrize("name", [("submission", "api"), ("payment", "worker"), ("gateway", "worker")], ids="-".join)
async def test_a_process_told_to_stop_ends_by_itself_and_the_next_one_takes_over(
    city: City, mother: Caller, officer: Caller, name: Name
) -> None:
    assert await city.stop(*name) in {0, -signal.SIGTERM}
    assert '"event": "Finished server process' in city.log_of(name).read_text()
    city.start(*name)
    await city.ready(name)
    code = (await mother.done(DOSSIERS, birth(late=False)))["code"]
    await accept(officer, code)
    await mother.reaches(code, 9)


async def test_every_process_says_that_it_is_alive_and_ready_and_counts(city: City) -> None:
    async with httpx.AsyncClient(timeout=10) as http:
        for service, role in city.names:
            for address in ("/healthz", "/readyz"):
                answer = await http.get(city.address(service, role) + address)
                assert (answer.status_code, answer.json()["status"]) == (200, "ok"), (service, role, address)
            metrics = (await http.get(city.address(service, role) + "/metrics")).text
            counted = "http_request_duration_seconds_count" if role == "api" else "outbox_waiting"
            assert f"{counted}{{" in metrics, (service, role)


async def test_no_name_and_no_personal_id_stands_in_any_log(city: City, mother: Caller, officer: Caller) -> None:
    body = birth(late=False)
    code = (await mother.done(DOSSIERS, body))["code"]
    await accept(officer, code)
    await mother.reaches(code, 9)
    await mother.post(DOSSIERS, body | {"form": body["form"] | {"birthType": "x"}})
    personal = {
        value
        for who in ("child", "mother", "father", "requester")
        for name, value in body["form"][who].items()
        if name in {"fullName", "personalId"}
    }
    assert len(personal) == 5
    for name in city.names:
        said = city.log_of(name).read_text()
        assert not [value for value in personal if value in said], name
