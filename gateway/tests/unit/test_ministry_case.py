"""The lifecycle of a ministry case, and the breaker in front of the Ministry."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.breaker import Breaker, delay_after
from gateway.domain.ministry_case import TRANSITIONS, News, State


def test_every_state_is_reached_and_only_ended_ones_are_left_by_nothing() -> None:
    reached = {State.TO_PUSH}
    for _ in State:
        reached |= {target for (origin, _), target in TRANSITIONS.items() if origin in reached}
    assert reached == set(State)
    left = {origin for origin, _ in TRANSITIONS}
    assert {state for state in State if state.ends} == set(State) - left
    assert {news for _, news in TRANSITIONS} == set(News)


def test_the_last_delay_is_repeated_for_as_long_as_it_takes() -> None:
    assert [delay_after(failures, (1, 5, 30)) for failures in (1, 2, 3, 4, 100)] == [1, 5, 30, 30, 30]


def test_after_failures_in_a_row_one_probe_is_let_through_when_the_pause_is_over() -> None:
    breaker = Breaker((10, 20), threshold=3)
    for _ in range(2):
        breaker.failed(now=0)
    assert breaker.calls_allowed(now=0, most=8) == 8
    breaker.failed(now=0)
    assert [breaker.calls_allowed(now=second, most=8) for second in (0, 9, 10)] == [0, 0, 1]
    breaker.failed(now=10)
    assert [breaker.calls_allowed(now=second, most=8) for second in (10, 29, 30)] == [0, 0, 1]
    breaker.succeeded()
    assert breaker.calls_allowed(now=30, most=8) == 8


@given(st.lists(st.booleans()))
def test_an_answer_always_closes_the_breaker_and_failures_never_shorten_its_pause(calls: list[bool]) -> None:
    breaker = Breaker((1, 5, 30), threshold=3)
    for answered in calls:
        before = breaker.probe_at if breaker.open else 0
        if answered:
            breaker.succeeded()
            assert not breaker.open
        else:
            breaker.failed(now=100)
            assert not breaker.open or breaker.probe_at >= before
