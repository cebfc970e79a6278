"""Who may ask for which step: the table of duties, whole, and that the routes' guards are made from it."""

from typing import Any

import pytest

from chassis.auth import Allow
from services.submission.tests.unit.test_lifecycle import submitted
from submission.api import routers
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
from submission.domain.duties import DUTIES, left_to_another
from submission.domain.lifecycle import TRANSITIONS

DESK, CIVIL, ME, SYSTEM = "one-stop-officer", "civil-status-officer", "citizen", "agency"

WHO: dict[type[Command], set[str]] = {
    Submit: {ME, SYSTEM, DESK},
    Accept: {DESK},
    Refuse: {DESK},
    RequestSupplement: {DESK, CIVIL},
    Supplement: {ME, SYSTEM, DESK},
    Withdraw: {ME, SYSTEM},
    StartProcessing: {DESK, CIVIL, "civil-registry"},
    Extend: {DESK, CIVIL},
    Verify: {DESK, CIVIL},
    Finish: {DESK, CIVIL, "civil-registry"},
    Stop: {DESK, CIVIL, "civil-registry"},
    Return: {ME, DESK},
    AwaitPayment: {"payment"},
    SettleFee: {"payment"},
    Lapse: {"time"},
}
ROUTES: dict[str, type[Command]] = {
    "acceptance": Accept,
    "refusal": Refuse,
    "supplement-request": RequestSupplement,
    "supplement": Supplement,
    "withdrawal": Withdraw,
    "processing": StartProcessing,
    "extension": Extend,
    "verification": Verify,
    "finish": Finish,
    "stop": Stop,
    "return": Return,
}


def test_every_step_of_the_lifecycle_has_someone_who_may_ask_for_it_and_no_one_else() -> None:
    """R-140."""
    assert set(WHO) == {command for _, command in TRANSITIONS}
    for command, duty in DUTIES.items():
        people = {name for name, may in ((ME, duty.applicant), (SYSTEM, duty.agencies), ("time", duty.clock)) if may}
        assert people | duty.roles | duty.services == WHO[command], command


@pytest.mark.parametrize("command", WHO)
def test_what_the_registry_says_by_its_news_no_officer_says_for_it(command: type[Command]) -> None:
    for_service = bool(DUTIES[command].services) and bool(DUTIES[command].roles)
    assert left_to_another(submitted("civil-registry"), command) is for_service
    assert not left_to_another(submitted("desk"), command)


@pytest.mark.parametrize(("path", "command"), ROUTES.items())
def test_the_route_of_a_step_lets_in_whom_the_table_names(path: str, command: type[Command]) -> None:
    duty = DUTIES[command]
    guard = _guard_of(f"/v1/dossiers/{{code}}/{path}")
    assert (guard.citizens, guard.roles) == (duty.applicant, duty.roles)
    assert (guard.scope == "submission:write") is duty.agencies


def _guard_of(path: str) -> Allow:
    routes: list[Any] = [route for router in routers for route in router.routes]
    route = next(route for route in routes if route.path == path and "POST" in route.methods)
    return next(part.call for part in route.dependant.dependencies if isinstance(part.call, Allow))
