"""The lifecycle of a ministry case, and the breaker in front of a ministry."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.case_declarations import IdentityPaper, MarriageDeclaration, Paper, Spouse, too_young, with_supplement
from gateway.domain.breaker import Breaker, Position, delay_after
from gateway.domain.ministry_case import TRANSITIONS, News, State, may_be


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


def test_nothing_that_was_sent_is_withdrawn_and_a_supplement_is_given_only_when_it_is_awaited() -> None:
    assert [state for state in State if may_be(News.WITHDRAWN, state)] == [State.TO_PUSH]
    assert [state for state in State if may_be(News.SUPPLEMENTED, state)] == [State.SUPPLEMENT_AWAITED]


def test_a_supplement_that_is_not_taken_ends_nothing() -> None:
    assert not TRANSITIONS[State.TO_SUPPLEMENT, News.NOT_TAKEN].ends
    assert TRANSITIONS[State.TO_PUSH, News.NOT_TAKEN].ends


def test_a_probe_that_never_reports_is_given_up_after_another_pause() -> None:
    breaker = Breaker((10,), threshold=1)
    breaker.failed(now=0)
    assert [breaker.admits(now=second) for second in (9, 10, 11, 20)] == [False, True, False, True]
    seen = [breaker.position]
    breaker.failed(now=21)
    seen.append(breaker.position)
    breaker.succeeded()
    assert [*seen, breaker.position] == [Position.PROBING, Position.OPEN, Position.CLOSED]


def paper(name: str, *, withdrawn: bool = False) -> Paper:
    return Paper(id=name, kind="8", title=name, file_name=name, withdrawn=withdrawn)


def test_a_paper_of_the_same_id_takes_the_earlier_ones_place() -> None:
    papers = (paper("a"), paper("b"))
    assert with_supplement(papers, [paper("b", withdrawn=True), paper("c")]) == (
        paper("a"),
        paper("b", withdrawn=True),
        paper("c"),
    )


@pytest.mark.parametrize(
    ("husband", "wife", "young"),
    [
        (date(2006, 10, 12), date(2008, 10, 12), ()),
        (date(2006, 10, 13), date(2008, 10, 12), ("husband",)),
        (date(2006, 10, 12), date(2008, 10, 13), ("wife",)),
        (date(2008, 10, 12), date(2009, 1, 1), ("husband", "wife")),
    ],
)
def test_a_man_marries_at_twenty_and_a_woman_at_eighteen(husband: date, wife: date, young: tuple[str, ...]) -> None:
    """R-250."""

    def spouse(born: date) -> Spouse:
        return Spouse(
            full_name="A",
            date_of_birth=born,
            ethnicity="Kinh",
            nationality="Việt Nam",
            residence="Hà Nội",
            paper_kind=IdentityPaper.CCCD,
            paper_number="1",
            marriage_number=1,
        )

    declaration = MarriageDeclaration(husband=spouse(husband), wife=spouse(wife))
    assert too_young(declaration, date(2026, 10, 12)) == young
