"""The population database: IDs of the lawful structure, one per case."""

import re
from datetime import UTC, date, datetime
from random import Random

import pytest

from deploy.sandbox.tests.simulator_kit import in_process
from sandbox.simulators import Simulators
from sandbox.simulators.faults import Fault
from sandbox.simulators.population import (
    Birth,
    PopulationDatabase,
    Refused,
    create_app,
    id_prefix,
)

GIRL = Birth(full_name="NGUYỄN THỊ MẪU NHI", date_of_birth=date(2026, 9, 1), sex=2, province_of_registration="01")


@pytest.mark.parametrize(
    ("sex", "year", "prefix"),
    [
        (1, 1995, "001095"),
        (2, 1995, "001195"),
        (1, 2026, "001226"),
        (2, 2005, "001305"),
        (1, 2100, "001400"),
        (2, 2399, "001999"),
    ],
)
def test_an_id_tells_province_century_sex_and_year(sex: int, year: int, prefix: str) -> None:
    assert id_prefix("01", sex, year) == prefix


@pytest.mark.parametrize(("sex", "year"), [(3, 2026), (1, 1899), (1, 2400)])
def test_no_id_exists_for_an_unknown_sex_or_a_year_outside_the_structure(sex: int, year: int) -> None:
    with pytest.raises(ValueError, match="no personal ID"):
        id_prefix("01", sex, year)


def test_a_case_asked_again_gets_the_same_person(world: Simulators) -> None:
    first = world.population.give_id("H26-1", GIRL)
    assert re.fullmatch(r"001326\d{6}", first.personal_id)
    assert world.population.give_id("H26-1", GIRL) == first


def test_twins_are_two_cases_and_get_two_ids(world: Simulators) -> None:
    ids = {world.population.give_id(case, GIRL).personal_id for case in ("H26-1", "H26-2")}
    assert len(ids) == 2


def test_one_case_cannot_register_two_different_children(world: Simulators) -> None:
    world.population.give_id("H26-1", GIRL)
    with pytest.raises(Refused) as refused:
        world.population.give_id("H26-1", GIRL.model_copy(update={"full_name": "TÊN KHÁC"}))
    assert refused.value.code == "CASE_DIFFERS"


class LowRandom(Random):
    """Draws serials from ten values only, so that collisions are certain."""

    def randrange(self, *_: int) -> int:  # type: ignore[override]  # fewer ways to call it than Random has
        return int(self.random() * 10)


def test_a_serial_already_used_is_drawn_again() -> None:
    population = PopulationDatabase(now=lambda: datetime(2026, 9, 7, tzinfo=UTC), random=LowRandom(1))
    ids = {population.give_id(f"H26-{number}", GIRL).personal_id for number in range(10)}
    assert len(ids) == 10


def test_a_birth_tomorrow_in_hanoi_is_refused(world: Simulators) -> None:
    tomorrow = GIRL.model_copy(update={"date_of_birth": date(2026, 9, 8)})
    with pytest.raises(Refused) as refused:
        world.population.give_id("H26-1", tomorrow)
    assert refused.value.code == "BORN_IN_FUTURE"


async def test_over_http_the_id_is_created_once_and_can_be_looked_up(world: Simulators) -> None:
    asked = {"caseId": "H26-1", "birth": GIRL.model_dump(mode="json", by_alias=True)}
    async with in_process(create_app(world.population)) as client:
        first = await client.post("/personal-ids", json=asked)
        again = await client.post("/personal-ids", json=asked)
        found = await client.get(f"/people/{first.json()['personalId']}")
        missing = await client.get("/people/001326999999")
        counts = (await client.get("/requests")).json()["counts"]
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json() == found.json()
    assert missing.status_code == 404
    assert counts["give-id"] == {"H26-1": {"received": 2, "acted": 1}}


async def test_a_scripted_refusal_is_a_business_answer_and_the_next_request_succeeds(world: Simulators) -> None:
    world.population.desk.script(Fault(mode="refuse", times=1))
    asked = {"caseId": "H26-1", "birth": GIRL.model_dump(mode="json", by_alias=True)}
    async with in_process(create_app(world.population)) as client:
        refused = await client.post("/personal-ids", json=asked)
        accepted = await client.post("/personal-ids", json=asked)
    assert (refused.status_code, refused.json()["detail"]["code"]) == (422, "REFUSED")
    assert accepted.status_code == 201
