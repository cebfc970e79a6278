"""Submission's adapter to the population database understands the simulator, also when the simulator misbehaves."""

from datetime import date

import pytest

from contracts.codes import Sex
from deploy.sandbox.tests.simulator_kit import Serve
from sandbox.simulators import Simulators, create_app
from sandbox.simulators.faults import Fault
from sandbox.simulators.people import MOTHER
from submission.domain.prefill import Person
from submission.population import PopulationUnavailable
from submission.population.http import HttpPopulationDatabase


async def test_a_citizen_of_the_sandbox_is_found_with_what_a_form_needs(world: Simulators, serve: Serve) -> None:
    database = HttpPopulationDatabase(f"{serve(create_app(world))}/sandbox/population", seconds=5)
    assert await database.look_up(MOTHER.personal_id) == Person(
        MOTHER.personal_id, MOTHER.full_name, date(1995, 1, 1), Sex.FEMALE, "", "Việt Nam"
    )
    assert await database.look_up("001195999999") is None


@pytest.mark.parametrize(
    "fault", [Fault(mode="down"), Fault(mode="error"), Fault(mode="lose-answer"), Fault(mode="slow", delay_seconds=5)]
)
async def test_a_database_that_fails_is_out_of_reach(world: Simulators, serve: Serve, fault: Fault) -> None:
    world.population.desk.script(fault)
    database = HttpPopulationDatabase(f"{serve(create_app(world))}/sandbox/population", seconds=1)
    with pytest.raises(PopulationUnavailable):
        await database.look_up(MOTHER.personal_id)
