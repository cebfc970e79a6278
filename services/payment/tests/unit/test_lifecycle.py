"""The two lifecycle tables, and what a provider's word means in each state."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.codes import Channel
from contracts.payment import FeeAssessed, FeeLine, PaymentSucceeded
from payment.domain.ledger import CASH_DESK, FEES_PAYABLE, REFUNDS_PAYABLE, Entry, entries
from payment.domain.lifecycle import (
    ATTEMPT,
    OBLIGATION,
    Action,
    AttemptState,
    NotAllowed,
    ObligationState,
    Outcome,
    after_attempt,
    after_obligation,
)
from payment.domain.obligation import Attempt, Decision, Notice, Obligation, Verdict, judge, receipt_number

OWED = Obligation(
    id=UUID(int=1),
    dossier_code="H26-20261012-0000042",
    procedure="1.001193",
    procedure_name="Đăng ký khai sinh",
    unit="00004",
    owner="001190000001",
    channel=Channel.ONLINE,
    amount=5000,
    lines=(FeeLine(rule="birth-late", amount=5000),),
    state=ObligationState.DUE,
    version=1,
    raised_at=datetime(2026, 10, 12, 3, 0, tzinfo=UTC),
)
PAID = replace(OWED, state=ObligationState.PAID, version=2)
CANCELLED = replace(OWED, state=ObligationState.CANCELLED, version=2, cancelled_at=OWED.raised_at)
TRY = Attempt(UUID(int=2), "vnpay", "ref", 5000, AttemptState.CREATED)
SAYS_PAID = Notice("ref", 5000, Outcome.SUCCESS, "00/00", "14422574")


def reached(edges: Iterable[tuple[object, object]], start: object) -> set[object]:
    found, waiting = set(), [start]
    while waiting:
        state = waiting.pop()
        if state not in found:
            found.add(state)
            waiting += [to for at, to in edges if at is state]
    return found


def test_every_obligation_state_is_reached_from_nothing() -> None:
    edges = [(at, to) for (at, _), (to, _) in OBLIGATION.items()]
    assert reached(edges, None) == {None, *ObligationState}


def test_every_attempt_state_is_reached_from_created() -> None:
    assert reached([(at, to) for (at, _), to in ATTEMPT.items()], AttemptState.CREATED) == set(AttemptState)


def test_the_edges_of_an_obligation_state_their_events() -> None:
    assert {edge: event for edge, (_, event) in OBLIGATION.items()} == {
        (None, Action.ASSESS): FeeAssessed,
        (ObligationState.DUE, Action.SETTLE): PaymentSucceeded,
        (ObligationState.DUE, Action.CANCEL): None,
    }


@pytest.mark.parametrize("state", [ObligationState.PAID, ObligationState.CANCELLED])
@pytest.mark.parametrize("action", Action)
def test_nothing_more_happens_to_what_is_paid_or_cancelled(state: ObligationState, action: Action) -> None:
    with pytest.raises(NotAllowed) as refused:
        after_obligation(state, action)
    assert (refused.value.state, refused.value.allowed) == (state, ())


def test_what_is_due_may_only_be_settled_or_cancelled() -> None:
    with pytest.raises(NotAllowed) as refused:
        after_obligation(ObligationState.DUE, Action.ASSESS)
    assert refused.value.allowed == (Action.SETTLE, Action.CANCEL)


@pytest.mark.parametrize("outcome", Outcome)
def test_nothing_follows_a_success(outcome: Outcome) -> None:
    assert after_attempt(AttemptState.SUCCEEDED, outcome) is None


@pytest.mark.parametrize("state", [AttemptState.CREATED, AttemptState.FAILED, AttemptState.SUSPECTED])
def test_a_success_counts_whenever_it_comes(state: AttemptState) -> None:
    assert judge(SAYS_PAID, replace(TRY, state=state), OWED) == Decision(Verdict.SETTLES, AttemptState.SUCCEEDED)


@pytest.mark.parametrize("owed", [PAID, CANCELLED], ids=["paid", "cancelled"])
def test_a_success_for_what_is_paid_already_or_not_owed_any_more_overpays(owed: Obligation) -> None:
    assert judge(SAYS_PAID, TRY, owed) == Decision(Verdict.OVERPAYS, AttemptState.SUCCEEDED)


def test_the_order_is_looked_at_before_the_amount_and_the_amount_before_the_state() -> None:
    """R-051"""
    done = replace(TRY, state=AttemptState.SUCCEEDED)
    wrong = replace(SAYS_PAID, amount=4999)
    assert judge(wrong, None, None).verdict is Verdict.UNKNOWN_REFERENCE
    assert judge(wrong, done, PAID).verdict is Verdict.WRONG_AMOUNT
    assert judge(SAYS_PAID, done, PAID).verdict is Verdict.NOTHING_NEW


def test_an_amount_that_is_no_amount_is_wrong() -> None:
    assert judge(replace(SAYS_PAID, amount=None), TRY, OWED).verdict is Verdict.WRONG_AMOUNT


@pytest.mark.parametrize(
    ("outcome", "state"), [(Outcome.FAILURE, AttemptState.FAILED), (Outcome.SUSPICION, AttemptState.SUSPECTED)]
)
def test_failure_and_suspicion_are_noted_and_settle_nothing(outcome: Outcome, state: AttemptState) -> None:
    assert judge(replace(SAYS_PAID, outcome=outcome), TRY, OWED) == Decision(Verdict.NOTED, state)


@given(st.lists(st.sampled_from(Outcome)))
def test_however_often_a_provider_speaks_at_most_one_word_of_it_settles(said: list[Outcome]) -> None:
    attempt, owed, settled = TRY, OWED, 0
    for outcome in said:
        decision = judge(replace(SAYS_PAID, outcome=outcome), attempt, owed)
        if decision.attempt_state is not None:
            attempt = replace(attempt, state=decision.attempt_state)
        if decision.verdict is Verdict.SETTLES:
            owed, settled = PAID, settled + 1
        assert decision.verdict is not Verdict.OVERPAYS
    assert settled == (Outcome.SUCCESS in said)


@given(provider=st.sampled_from(["cash", "vnpay", "another"]), amount=st.integers(1, 10**12), overpaid=st.booleans())
def test_the_entries_of_a_payment_sum_to_zero(provider: str, amount: int, overpaid: bool) -> None:
    assert sum(entry.amount for entry in entries(provider, amount, overpaid=overpaid)) == 0


def test_money_is_debited_where_it_lies_and_credited_to_what_it_is_owed() -> None:
    assert entries("cash", 5000, overpaid=False) == (Entry(CASH_DESK, 5000), Entry(FEES_PAYABLE, -5000))
    assert entries("vnpay", 5000, overpaid=True) == (Entry("vnpay-clearing", 5000), Entry(REFUNDS_PAYABLE, -5000))


def test_receipts_are_numbered_within_their_year() -> None:
    assert receipt_number(2026, 1) == "2026-0000001"
    assert receipt_number(2026, 12_345_678) == "2026-12345678"
