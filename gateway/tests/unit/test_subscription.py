"""The lifecycle of a subscription, what it filters, and what gives a right to it."""

from datetime import date
from uuid import UUID

import pytest

from gateway.domain.partners import Grant, Member, Registry, Service, Subsystem, SubsystemId, Upstream
from gateway.domain.partners import State as Registered
from gateway.domain.subscription import (
    DELIVERING,
    EVENTS_SERVICE,
    TRANSITIONS,
    Approval,
    Filter,
    State,
    Step,
    all_granted,
    rights,
)

FINISHED = "vn.gov.hanoi.submission.dossier-finished.v1"
TODAY = date(2026, 10, 12)
CLIENT = Subsystem(SubsystemId("VN", "GOV", "H99", "hoso"), "", "so-y-te", groups=frozenset({"so-nganh"}))
OWNER = Member("VN", "GOV", "H99", "", frozenset({"H99"}))


def grant(path: str | None, **changes: object) -> Grant:
    basis: dict[str, object] = {
        "id": UUID(int=1), "service": EVENTS_SERVICE, "subsystem": CLIENT.id, "group": None,
        "valid_from": TODAY, "valid_to": TODAY, "legal_basis": "test", "path": path,
    }  # fmt: skip
    return Grant(**basis | changes)  # type: ignore[arg-type]  # the fields are right, the dict is untyped


def registry(*grants: Grant, events: Registered = Registered.APPROVED, client: Subsystem = CLIENT) -> Registry:
    service = Service(EVENTS_SERVICE, "", Upstream.CITY, "", state=events)
    return Registry(
        members={("VN", "GOV", "H99"): OWNER},
        subsystems={client.id: client},
        clients={client.client_id: client},
        services={EVENTS_SERVICE: service},
        grants={EVENTS_SERVICE: grants},
    )


def test_every_state_is_reached_and_only_closed_is_the_end() -> None:
    assert set(TRANSITIONS.values()) | {State.REQUESTED} == set(State)
    assert set(State) - {state for state, _ in TRANSITIONS} == {State.CLOSED}


def test_every_step_is_possible_somewhere() -> None:
    assert {step for _, step in TRANSITIONS} == set(Step)


def test_nothing_is_delivered_before_approval_nor_after_the_end() -> None:
    assert frozenset({State.ACTIVE, State.FAILING}) == DELIVERING


@pytest.mark.parametrize(
    ("path", "covered"),
    [
        (None, True),
        (FINISHED, True),
        ("vn/gov/hanoi/submission/dossier-finished/v1", True),
        ("vn.gov.hanoi.submission.*.v1", True),
        ("vn/gov/hanoi/**", True),
        ("vn.gov.hanoi.submission.dossier-*.v1", False),
        ("vn.gov.hanoi.*.v1", False),
        ("vn.gov.hanoi.submission.dossier-finished", False),
        ("vn.gov.hanoi.submission.dossier-finished.v10", False),
        ("vnXgov.hanoi.submission.dossier-finished.v1", False),
    ],
)
def test_a_grant_covers_the_types_its_glob_names(path: str | None, covered: bool) -> None:
    assert all_granted(registry(grant(path)), CLIENT, [FINISHED], TODAY) is covered


def test_one_type_without_a_grant_is_enough_to_wait_for_an_operator() -> None:
    assert not all_granted(registry(grant(FINISHED)), CLIENT, [FINISHED, "vn.gov.hanoi.x.y.v1"], TODAY)


@pytest.mark.parametrize("day", [date(2026, 10, 11), date(2026, 10, 13)])
def test_a_grant_gives_nothing_outside_its_days(day: date) -> None:
    assert rights(registry(grant(None)), CLIENT, FINISHED, day) is None


def test_a_grant_to_publish_is_none_to_hear() -> None:
    assert rights(registry(grant(None, method="POST")), CLIENT, FINISHED, TODAY) is None
    assert rights(registry(grant(None, method="GET")), CLIENT, FINISHED, TODAY) == [None]


def test_a_grant_counts_for_its_group_and_for_nobody_else() -> None:
    assert rights(registry(grant(None, subsystem=None, group="so-nganh")), CLIENT, FINISHED, TODAY)
    assert rights(registry(grant(None, subsystem=None, group="bo")), CLIENT, FINISHED, TODAY) is None


def test_an_approval_adds_to_the_grants_until_its_last_day() -> None:
    approval = Approval(TODAY, TODAY, frozenset({"reason"}))
    held = registry(grant(FINISHED))
    assert rights(held, CLIENT, FINISHED, TODAY, approval) == [None, frozenset({"reason"})]
    assert rights(held, CLIENT, "vn.gov.hanoi.x.y.v1", TODAY, Approval(date(2026, 1, 1), date(2026, 10, 11))) is None


def test_nobody_has_a_right_while_the_events_service_is_suspended() -> None:
    closed = registry(grant(None), events=Registered.SUSPENDED)
    assert rights(closed, CLIENT, FINISHED, TODAY, Approval(TODAY, None)) is None


def test_a_suspended_subsystem_is_no_active_client() -> None:
    asleep = Subsystem(CLIENT.id, "", CLIENT.client_id, state=Registered.SUSPENDED)
    assert registry(client=asleep).active_client(CLIENT.client_id) is None
    assert registry().active_client(CLIENT.client_id) == CLIENT
    assert registry().active_client("nobody") is None


def test_a_filter_wants_the_type_and_every_other_thing_it_names() -> None:
    narrow = Filter(frozenset({FINISHED}), frozenset({"00004"}), frozenset({"1.001193"}))
    assert narrow.wants(FINISHED, "00004", "1.001193")
    assert not narrow.wants(FINISHED, "00005", "1.001193")
    assert not narrow.wants(FINISHED, "00004", None)
    assert not narrow.wants("vn.gov.hanoi.x.y.v1", "00004", "1.001193")
    assert Filter(frozenset({FINISHED})).wants(FINISHED, None, None)
