import itertools

import pytest

from civil_registry.domain.lifecycle import TRANSITIONS, CaseState, Step, StepNotAllowed, after


def test_every_state_is_reachable_from_open() -> None:
    reached, new = {CaseState.OPEN}, {CaseState.OPEN}
    while new:
        new = {to for (state, _), (to, _) in TRANSITIONS.items() if state in reached} - reached
        reached |= new
    assert reached == set(CaseState)


@pytest.mark.parametrize("final", [CaseState.REGISTERED, CaseState.REFUSED])
def test_nothing_leaves_a_final_state(final: CaseState) -> None:
    for step in Step:
        with pytest.raises(StepNotAllowed):
            after(final, step)


def test_a_step_that_is_not_in_the_table_is_not_allowed() -> None:
    for edge in itertools.product(CaseState, Step):
        if edge in TRANSITIONS:
            assert after(*edge) is TRANSITIONS[edge][0]
        else:
            with pytest.raises(StepNotAllowed):
                after(*edge)
