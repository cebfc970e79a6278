"""The lifecycle table: complete, reachable, and each edge leading where the national statuses say."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import submission as told
from contracts.codes import ApplicantClass, ApplicantKind, Channel, DossierStatus
from contracts.registry import EVENTS
from contracts.submission import FeeFacts
from submission.domain.commands import (
    Accept,
    AwaitPayment,
    Command,
    Extend,
    Finish,
    Lapse,
    Refuse,
    RequestSupplement,
    Return,
    SettleFee,
    StartProcessing,
    Stop,
    Submit,
    Supplement,
    Verify,
    Withdraw,
)
from submission.domain.dossier import (
    STATUS_NAMES,
    Actor,
    ActorKind,
    Applicant,
    Dossier,
    FeeState,
    Filing,
    Outcome,
    Paper,
    refusals,
    with_outcome,
    without_fee,
)
from submission.domain.lifecycle import (
    ENDS,
    TRANSITIONS,
    NotAllowed,
    WhereItStood,
    allowed,
    diagram,
    step,
    still_to_come,
    submit,
)

S = DossierStatus
AT = datetime(2026, 10, 12, 3, 0, tzinfo=UTC)
LATER = datetime(2026, 10, 14, 10, 0, tzinfo=UTC)
BY = Actor(ActorKind.OFFICER, "officer-1")

COMMANDS: dict[type[Command], Command] = {
    AwaitPayment: AwaitPayment(by=BY, amount=5000),
    SettleFee: SettleFee(by=BY, due_at=AT),
    Accept: Accept(by=BY),
    Refuse: Refuse(by=BY, reason="không thuộc thẩm quyền"),
    RequestSupplement: RequestSupplement(by=BY, reason="ảnh mờ", by_when=LATER, components=("giay-chung-sinh",)),
    Supplement: Supplement(by=BY, due_at=LATER),
    Lapse: Lapse(by=BY, reason="hết hạn"),
    Withdraw: Withdraw(by=BY),
    StartProcessing: StartProcessing(by=BY),
    Extend: Extend(by=BY, reason="chờ xác minh", previous_due_at=AT, due_at=LATER),
    Verify: Verify(by=BY, reason="xác minh nơi cư trú", previous_due_at=AT, due_at=LATER),
    Finish: Finish(by=BY, result_reference="record-1"),
    Stop: Stop(by=BY, reason="trùng"),
    Return: Return(by=BY, online=False),
}
WAITS = (S.SUPPLEMENT_AWAITED, S.PAYMENT_AWAITED)


def submission(handled_by: str = "desk") -> Submit:
    filing = Filing(
        code="H26-20261012-0000001",
        procedure="2.000635",
        procedure_version=1,
        handled_by=handled_by,
        unit="00004",
        channel=Channel.ONLINE,
        owner="001190000001",
        applicant=Applicant(ApplicantKind.CITIZEN, "TRẦN THỊ VÍ DỤ", "001190000001"),
        applicant_class=ApplicantClass.GENERAL,
        quantity=1,
        form={},
        typed_by=Actor(ActorKind.CITIZEN, "001190000001"),
        received_at=AT,
        tracking_secret="secret",
    )
    return Submit(by=BY, filing=filing, due_at=AT, fee_facts=FeeFacts())


def submitted(handled_by: str = "desk") -> Dossier:
    return submit(submission(handled_by)).dossier


def walked(dossier: Dossier, *commands: type[Command]) -> Dossier:
    for command in commands:
        dossier = step(dossier, COMMANDS[command], AT).dossier
    return dossier


def test_every_one_of_the_ten_statuses_is_reached() -> None:
    reached, ahead = set[DossierStatus](), {S.NEW}
    while ahead:
        reached |= ahead
        ahead = {end for (origin, _), edge in TRANSITIONS.items() if origin in ahead for end in edge.ends} - reached
    assert reached == set(DossierStatus)


def test_a_dossier_ends_refused_withdrawn_stopped_or_returned_and_nowhere_else() -> None:
    assert {S.REFUSED, S.WITHDRAWN, S.STOPPED, S.RETURNED} == ENDS


def test_every_command_is_on_an_edge() -> None:
    assert {command for _, command in TRANSITIONS} == {Submit, *COMMANDS}


def test_every_dossier_event_is_on_an_edge_and_every_edge_tells_one() -> None:
    told_by_edges = {get_type_hints(edge.event)["return"] for edge in TRANSITIONS.values()}
    assert told_by_edges == {model for model in EVENTS.values() if model.producer == "submission"}


def test_a_dossier_of_the_desk_goes_from_submitted_to_returned() -> None:
    dossier = walked(without_fee(submitted()), Accept, Finish, Return)
    assert dossier.status is S.RETURNED
    assert dossier.version == 5  # the fee being none is a change too
    assert (dossier.finished_at, dossier.returned_at, dossier.result_reference) == (AT, AT, "record-1")


def test_a_dossier_with_a_fee_waits_and_goes_on() -> None:
    waiting = walked(submitted(), AwaitPayment)
    assert (waiting.status, waiting.fee_state, waiting.clock_stopped_at) == (S.PAYMENT_AWAITED, FeeState.DUE, AT)
    with pytest.raises(NotAllowed):
        step(waiting, COMMANDS[Accept], AT)
    paid = walked(waiting, SettleFee)
    assert (paid.status, paid.fee_state, paid.clock_stopped_at) == (S.NEW, FeeState.PAID, None)
    assert walked(paid, Accept).status is S.ACCEPTED


def test_a_fee_is_asked_for_once() -> None:
    with pytest.raises(NotAllowed):
        walked(submitted(), AwaitPayment, SettleFee, AwaitPayment)


def test_nothing_is_accepted_before_its_fee_is_known() -> None:
    with pytest.raises(NotAllowed):
        walked(submitted(), Accept)


def test_what_another_service_handles_the_desk_cannot_finish_at_once() -> None:
    accepted = walked(without_fee(submitted("civil-registry")), Accept)
    assert allowed(accepted) == ["start-processing", "extend", "verify", "stop"]
    with pytest.raises(NotAllowed):
        walked(accepted, Finish)
    assert walked(accepted, StartProcessing, Finish, Return).status is S.RETURNED
    assert walked(accepted, StartProcessing, Stop).status is S.STOPPED
    assert walked(accepted, Stop).status is S.STOPPED


def standing(status: DossierStatus, handled_by: str, fee_state: FeeState, *, once: bool) -> Dossier:
    """A dossier as it may stand there; `once`: extended and verified already."""
    return replace(
        submitted(handled_by),
        status=status,
        fee_state=fee_state,
        resumes_to=S.NEW if status in WAITS else None,
        extended_at=AT if once else None,
        verified_at=AT if once else None,
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_not_in_the_table_is_refused_and_what_is_allowed_is_named(command: type[Command]) -> None:
    """R-025"""
    tried = 0
    for status, handled_by, fee_state, once in product(
        DossierStatus, ("desk", "civil-registry"), FeeState, (False, True)
    ):
        dossier = standing(status, handled_by, fee_state, once=once)
        edge = TRANSITIONS.get((status, command))
        if edge is not None and edge.open_to(dossier):
            tried += 1
            assert command.slug() in allowed(dossier)
            after = step(dossier, COMMANDS[command], AT)
            assert after.dossier.status in edge.ends
            assert (after.dossier.version, after.paper) == (dossier.version + 1, edge.paper)
            assert after.event.version == after.dossier.version
            assert (after.dossier.resumes_to is not None) == (after.dossier.status in WAITS)
        else:
            assert command.slug() not in allowed(dossier)
            with pytest.raises(NotAllowed):
                step(dossier, COMMANDS[command], AT)
    assert tried


@pytest.mark.parametrize("before", [(), (Accept,), (Accept, StartProcessing)])
def test_a_supplement_leads_back_to_where_it_was_asked_for(before: tuple[type[Command], ...]) -> None:
    stood = walked(without_fee(submitted()), *before)
    waiting = walked(stood, RequestSupplement)
    assert (waiting.status, waiting.resumes_to, waiting.clock_stopped_at) == (S.SUPPLEMENT_AWAITED, stood.status, AT)
    assert (waiting.supplement_by, waiting.supplement_requests) == (LATER, 1)
    again = walked(waiting, Supplement)
    assert (again.status, again.resumes_to, again.supplement_by, again.clock_stopped_at) == (
        stood.status, None, None, None,
    )  # fmt: skip
    assert again.due_at == LATER
    assert walked(again, RequestSupplement).supplement_requests == 2


@pytest.mark.parametrize("before", [(Accept,), (Accept, StartProcessing)])
def test_what_another_service_has_taken_over_is_not_asked_to_be_supplemented_nor_withdrawn(
    before: tuple[type[Command], ...],
) -> None:
    dossier = walked(without_fee(submitted("civil-registry")), *before)
    for command in (RequestSupplement, Withdraw):
        with pytest.raises(NotAllowed):
            walked(dossier, command)
    assert walked(without_fee(submitted("civil-registry")), RequestSupplement, Withdraw).status is S.WITHDRAWN


def test_a_supplement_may_put_another_form_in_the_place_of_the_one_filed() -> None:
    waiting = walked(without_fee(submitted()), RequestSupplement)
    mended = step(waiting, Supplement(by=BY, due_at=AT, form={"copies": 2}, occurrence_is_late=True), AT).dossier
    assert (mended.filed.form, mended.filed.occurrence_is_late) == ({"copies": 2}, True)
    assert walked(waiting, Supplement).filed == waiting.filed


def test_what_is_not_supplemented_lapses_into_a_refusal() -> None:
    lapsed = step(walked(without_fee(submitted()), RequestSupplement), COMMANDS[Lapse], AT)
    assert (lapsed.dossier.status, lapsed.paper, lapsed.dossier.supplement_by) == (S.REFUSED, Paper.REFUSAL, None)
    assert isinstance(lapsed.event, told.DossierRefused)
    assert lapsed.event.lapsed
    refused = step(submitted(), COMMANDS[Refuse], AT).event
    assert isinstance(refused, told.DossierRefused)
    assert not refused.lapsed


def test_a_dossier_is_extended_once_and_verified_once_and_stays_where_it_stands() -> None:
    accepted = walked(without_fee(submitted()), Accept)
    for command, cause in ((Extend, "extension"), (Verify, "verification")):
        moved = step(accepted, COMMANDS[command], AT)
        assert (moved.dossier.status, moved.dossier.due_at) == (S.ACCEPTED, LATER)
        assert isinstance(moved.event, told.DossierExtended)
        assert (moved.event.cause, moved.event.previous_due_at, moved.event.due_at) == (cause, AT, LATER)
        with pytest.raises(NotAllowed):
            walked(moved.dossier, StartProcessing, command)


def test_each_step_gives_the_paper_that_annex_1_names_for_it() -> None:
    """R-142."""
    papers = {(origin, command): edge.paper for (origin, command), edge in TRANSITIONS.items() if edge.paper}
    assert {command: paper for (_, command), paper in papers.items()} == {
        Submit: "01", RequestSupplement: "02", Refuse: "03", Lapse: "03", Extend: "04", Stop: "05",
    }  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(("desk", "civil-registry")), st.booleans(), st.lists(st.integers(0, 100), max_size=25))
def test_on_whatever_way_a_dossier_stays_whole(handled_by: str, fee: bool, turns: list[int]) -> None:
    """Any walk along open edges: versions without gaps, a clock that stands in a wait and nowhere else, an end that is one."""
    dossier = submitted(handled_by)
    dossier = dossier if fee else without_fee(dossier)
    at, version = AT, dossier.version
    for turn in turns:
        choices = [command for command in COMMANDS if command.slug() in allowed(dossier)]
        if not choices:
            break
        at += timedelta(hours=1)
        before, taken = dossier, step(dossier, COMMANDS[choices[turn % len(choices)]], at)
        dossier, version = taken.dossier, version + 1
        assert dossier.version == taken.event.version == version
        waiting = dossier.status in WAITS
        assert (dossier.clock_stopped_at is not None) is waiting
        assert (dossier.resumes_to is not None) is waiting
        assert (dossier.supplement_by is not None) is (dossier.status is S.SUPPLEMENT_AWAITED)
        assert (dossier.finished_at is not None) is (dossier.status in {*ENDS, S.FINISHED})
        if before.status in WAITS and not waiting and dossier.status not in ENDS:
            assert dossier.status is before.resumes_to
    assert not allowed(dossier) or dossier.status not in ENDS


def test_a_withdrawn_dossier_has_ended() -> None:
    for before in ((), (AwaitPayment,)):
        withdrawn = walked(submitted(), *before, Withdraw)
        assert (withdrawn.status, withdrawn.finished_at, withdrawn.clock_stopped_at) == (S.WITHDRAWN, AT, None)
        assert allowed(withdrawn) == []


def test_the_results_of_twins_are_in_the_order_of_the_children_whoever_was_decided_first() -> None:
    dossier = replace(submitted("civil-registry"), children=2)
    one = with_outcome(with_outcome(dossier, 2, Outcome(record="b")), 1, Outcome(record="a"))
    assert (one.results, one.result_reference, refusals(one)) == (("a", "b"), "a", None)
    half = with_outcome(with_outcome(dossier, 1, Outcome(refusal="Trùng")), 2, Outcome(record="b"))
    assert (half.results, refusals(half)) == (("b",), "Trẻ thứ 1: Trùng")


def test_events_say_what_the_contract_wants() -> None:
    came_in = submit(submission()).event
    assert isinstance(came_in, told.DossierSubmitted)
    assert (came_in.version, came_in.owner, str(came_in.received_on)) == (1, "001190000001", "2026-10-12")
    assert (came_in.assisted, came_in.identity_verified, came_in.applicant_kind) == (False, False, 1)
    assert came_in.applicant == told.Applicant(personal_id="001190000001", full_name="TRẦN THỊ VÍ DỤ")
    accepted = step(without_fee(submitted()), COMMANDS[Accept], AT).event
    assert isinstance(accepted, told.DossierAccepted)
    assert (accepted.accepted_by, accepted.handled_by, accepted.version) == ("officer-1", "desk", 3)


@pytest.mark.parametrize(
    ("status", "resumes_to", "command", "early"),
    [
        (S.NEW, None, StartProcessing, True),
        (S.ACCEPTED, None, Finish, True),
        (S.SUPPLEMENT_AWAITED, S.NEW, StartProcessing, True),
        (S.PAYMENT_AWAITED, S.NEW, Finish, True),
        (S.PROCESSING, None, StartProcessing, False),  # though a supplement may lead back from there
        (S.SUPPLEMENT_AWAITED, S.PROCESSING, StartProcessing, False),
        (S.FINISHED, None, StartProcessing, False),
        (S.STOPPED, None, Finish, False),
        (S.REFUSED, None, Finish, False),
        (S.RETURNED, None, Return, False),
    ],
)
def test_news_is_early_before_its_edge_and_in_vain_after_it(
    status: DossierStatus, resumes_to: DossierStatus | None, command: type[Command], early: bool
) -> None:
    dossier = replace(submitted(), status=status, resumes_to=resumes_to)
    assert still_to_come(dossier, command) is early


def test_the_diagram_is_the_table() -> None:
    lines = diagram().splitlines()
    assert lines[0] == "stateDiagram-v2"
    assert "    ACCEPTED --> FINISHED : Finish [handled by the desk]" in lines
    assert "    [*] --> NEW : Submit" in lines
    assert "    STOPPED --> [*]" in lines
    assert "    SUPPLEMENT_AWAITED --> PROCESSING : Supplement [it stood there]" in lines
    drawn = sum(len(edge.ends) for edge in TRANSITIONS.values())
    assert sum("-->" in line for line in lines) == drawn + len(ENDS)
    assert any(isinstance(edge.to, WhereItStood) for edge in TRANSITIONS.values())
    assert all(f"    {status.name} : {status.value} {STATUS_NAMES[status]}" in lines for status in (S.NEW, S.RETURNED))


def test_the_readme_shows_the_diagram_of_this_table() -> None:
    readme = Path(__file__).parents[2] / "README.md"
    assert f"```mermaid\n{diagram()}```" in readme.read_text(encoding="utf-8")


def test_a_command_is_named_on_the_wire_as_in_the_table() -> None:
    assert StartProcessing.slug() == "start-processing"
