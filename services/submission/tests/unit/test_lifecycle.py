"""The lifecycle table: complete, reachable, and each edge leading where the national statuses say."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import get_type_hints

import pytest

from contracts import submission as told
from contracts.codes import ApplicantClass, ApplicantKind, Channel, DossierStatus
from contracts.registry import EVENTS
from contracts.submission import FeeFacts
from submission.domain.commands import (
    Accept,
    AwaitPayment,
    Command,
    Finish,
    Return,
    SettleFee,
    StartProcessing,
    Stop,
    Submit,
)
from submission.domain.dossier import STATUS_NAMES, Actor, ActorKind, Applicant, Dossier, FeeState, Filing, without_fee
from submission.domain.lifecycle import TRANSITIONS, NotAllowed, allowed, diagram, step, still_to_come, submit

S = DossierStatus
AT = datetime(2026, 10, 12, 3, 0, tzinfo=UTC)
BY = Actor(ActorKind.OFFICER, "officer-1")

COMMANDS: dict[type[Command], Command] = {
    AwaitPayment: AwaitPayment(by=BY, amount=5000),
    SettleFee: SettleFee(by=BY, due_at=AT),
    Accept: Accept(by=BY),
    StartProcessing: StartProcessing(by=BY),
    Finish: Finish(by=BY, result_reference="record-1"),
    Stop: Stop(by=BY, reason="trùng"),
    Return: Return(by=BY, online=False),
}


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
    )
    return Submit(by=BY, filing=filing, due_at=AT, fee_facts=FeeFacts())


def submitted(handled_by: str = "desk") -> Dossier:
    return submit(submission(handled_by)).dossier


def walked(dossier: Dossier, *commands: type[Command]) -> Dossier:
    for command in commands:
        dossier = step(dossier, COMMANDS[command], AT).dossier
    return dossier


def test_every_status_of_the_table_is_reached_and_only_three_are_for_later() -> None:
    reached, ahead = set[DossierStatus](), {TRANSITIONS[None, Submit].to}
    while ahead:
        reached |= ahead
        ahead = {edge.to for (origin, _), edge in TRANSITIONS.items() if origin in ahead} - reached
    assert reached == {edge.to for edge in TRANSITIONS.values()}
    assert set(DossierStatus) - reached == {S.REFUSED, S.SUPPLEMENT_AWAITED, S.WITHDRAWN}


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
    assert allowed(accepted) == ["start-processing", "stop"]
    with pytest.raises(NotAllowed):
        walked(accepted, Finish)
    assert walked(accepted, StartProcessing, Finish, Return).status is S.RETURNED
    assert walked(accepted, StartProcessing, Stop).status is S.STOPPED
    assert walked(accepted, Stop).status is S.STOPPED


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_not_in_the_table_is_refused_and_what_is_allowed_is_named(command: type[Command]) -> None:
    """R-025"""
    for status, handled_by, fee_state in product(DossierStatus, ("desk", "civil-registry"), FeeState):
        dossier = replace(submitted(handled_by), status=status, fee_state=fee_state)
        edge = TRANSITIONS.get((status, command))
        if edge is not None and edge.open_to(dossier):
            assert command.slug() in allowed(dossier)
            after = step(dossier, COMMANDS[command], AT)
            assert (after.dossier.status, after.dossier.version) == (edge.to, dossier.version + 1)
            assert after.event.version == after.dossier.version
        else:
            assert command.slug() not in allowed(dossier)
            with pytest.raises(NotAllowed):
                step(dossier, COMMANDS[command], AT)


def test_events_say_what_the_contract_wants() -> None:
    came_in = submit(submission()).event
    assert isinstance(came_in, told.DossierSubmitted)
    assert (came_in.version, came_in.owner, str(came_in.received_on)) == (1, "001190000001", "2026-10-12")
    accepted = step(without_fee(submitted()), COMMANDS[Accept], AT).event
    assert isinstance(accepted, told.DossierAccepted)
    assert (accepted.accepted_by, accepted.handled_by, accepted.version) == ("officer-1", "desk", 3)


def test_news_is_early_before_its_edge_and_in_vain_after_it() -> None:
    assert still_to_come(S.NEW, StartProcessing)
    assert still_to_come(S.ACCEPTED, Finish)
    assert not still_to_come(S.FINISHED, StartProcessing)
    assert not still_to_come(S.STOPPED, Finish)
    assert not still_to_come(S.RETURNED, Return)


def test_the_diagram_is_the_table() -> None:
    lines = diagram().splitlines()
    assert lines[0] == "stateDiagram-v2"
    assert "    ACCEPTED --> FINISHED : Finish [handled by the desk]" in lines
    assert "    [*] --> NEW : Submit" in lines
    assert "    STOPPED --> [*]" in lines
    assert sum("-->" in line for line in lines) == len(TRANSITIONS) + 2
    assert all(f"    {status.name} : {status.value} {STATUS_NAMES[status]}" in lines for status in (S.NEW, S.RETURNED))


def test_the_readme_shows_the_diagram_of_this_table() -> None:
    readme = Path(__file__).parents[2] / "README.md"
    assert f"```mermaid\n{diagram()}```" in readme.read_text(encoding="utf-8")


def test_a_command_is_named_on_the_wire_as_in_the_table() -> None:
    assert StartProcessing.slug() == "start-processing"
