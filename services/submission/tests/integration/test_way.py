"""The way of a dossier after intake: fee, desk, civil registry, return; in order, out of order, twice, and two at once."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from contracts.civil_registry import BirthRegistered, BirthRegistrationRefused, BirthRegistrationRequested
from contracts.codes import BirthRegistrationKind, PaymentMethod
from contracts.event import Event
from contracts.payment import FeeAssessed, PaymentSucceeded
from contracts.registry import SUBSCRIPTIONS
from services.submission.tests.conftest import BA_DINH, CATALOGUE, CAU_GIAY, EXTRACT, MORNING, Desk, birth
from services.submission.tests.integration.test_dossiers import filed
from services.submission.tests.integration.test_intake import APPLICANT, FILING, ONE_STOP, PATH
from submission.consumers import handlers
from submission.settings import SubmissionSettings
from tests.support.counting import counted
from tests.support.identities import agency, citizen, officer

ID = UUID("01927f5e-0000-7000-8000-000000000001")


def fee(code: str, total: int) -> FeeAssessed:
    return FeeAssessed(version=1, dossier_code=code, total=total, obligation_id=ID if total else None)


def paid(code: str) -> PaymentSucceeded:
    return PaymentSucceeded(
        version=2,
        dossier_code=code,
        obligation_id=ID,
        amount=5000,
        method=PaymentMethod.LOCAL_GATEWAY,
        provider="vnpay",
        paid_at=MORNING,
        receipt_number="2026-0000001",
    )


def requested(code: str) -> BirthRegistrationRequested:
    return BirthRegistrationRequested.model_validate(BirthRegistrationRequested.example | {"dossierCode": code})


def registered(code: str) -> BirthRegistered:
    return BirthRegistered(
        version=2,
        dossier_code=code,
        record_id=ID,
        unit=BA_DINH,
        number=45,
        year=2026,
        volume="01/2026",
        registered_on=date(2026, 10, 12),
        kind=BirthRegistrationKind.LATE,
    )


def refused(code: str) -> BirthRegistrationRefused:
    return BirthRegistrationRefused(version=2, dossier_code=code, case_id=ID, cause="duplicate", reason="Trùng")


async def status(desk: Desk, code: str) -> int:
    number: int = (await desk.get(f"{PATH}/{code}", ONE_STOP)).json()["status"]["number"]
    return number


async def deferred(desk: Desk) -> int:
    async with desk.runtime.database.begin() as uow:
        return int((await uow.execute(text("SELECT count(*) FROM deferred"))).scalar_one())


async def names(desk: Desk) -> list[str]:
    async with desk.runtime.database.begin() as uow:
        types = (await uow.execute(text("SELECT type FROM outbox ORDER BY position"))).scalars()
        return [name.split(".")[-2].removeprefix("dossier-") for name in types]


async def accepted(desk: Desk) -> str:
    code = await filed(desk)
    await desk.hear(fee(code, 0))
    assert (await desk.post(f"{PATH}/{code}/acceptance", ONE_STOP)).status_code == 200
    return code


def test_every_subscription_has_its_handler(desk: Desk) -> None:
    assert set(handlers(desk.runtime)) == set(SUBSCRIPTIONS["submission"])


async def test_a_late_birth_goes_the_whole_way(desk: Desk) -> None:
    code = await filed(desk)
    await desk.hear(fee(code, 5000))
    assert await status(desk, code) == 6
    await desk.hear(paid(code))
    assert (await desk.post(f"{PATH}/{code}/acceptance", ONE_STOP)).json()["status"]["number"] == 2
    await desk.hear(requested(code), registered(code))
    body = (await desk.get(f"{PATH}/{code}", citizen())).json()
    assert (body["status"]["number"], body["resultReference"], body["finishedAt"]) == (
        9,
        str(ID),
        "2026-10-12T03:00:00Z",
    )
    answer = await desk.post(f"{PATH}/{code}/return", citizen())
    assert (answer.json()["status"]["number"], answer.headers["ETag"]) == (10, '"7"')
    assert await names(desk) == [
        "submitted", "payment-awaited", "fee-settled", "accepted", "processing-started", "finished", "returned",
    ]  # fmt: skip
    told = await desk.told()
    assert [event["version"] for event in told] == [1, 2, 3, 4, 5, 6, 7]
    taken_in = told[3]
    assert (taken_in["handledBy"], taken_in["acceptedBy"], taken_in["occurrenceIsLate"], taken_in["form"]) == (
        "civil-registry", "officer-1", True, FILING["form"],
    )  # fmt: skip
    assert told[5]["resultReference"] == str(ID)
    assert (told[6]["online"], told[6]["returnedBy"]) == (True, "001190000001")


async def test_the_desk_handles_its_own_procedures_from_end_to_end(desk: Desk) -> None:
    code = await filed(desk, ONE_STOP, procedure=EXTRACT, applicant=APPLICANT)
    await desk.hear(fee(code, 0))
    for step, number in (("acceptance", 2), ("finish", 9), ("return", 10)):
        answer = await desk.post(f"{PATH}/{code}/{step}", ONE_STOP)
        assert (answer.status_code, answer.json()["status"]["number"]) == (200, number)
    assert (await desk.told("returned"))[0]["online"] is False


async def test_what_the_civil_registry_handles_the_desk_does_not_finish(desk: Desk) -> None:
    """R-027"""
    code = await accepted(desk)
    for _ in range(2):
        answer = await desk.post(f"{PATH}/{code}/finish", ONE_STOP)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/not-handled-by-desk")
        assert answer.json()["handledBy"] == "civil-registry"
        await desk.hear(requested(code))


async def test_a_refused_birth_stops_with_its_reason(desk: Desk) -> None:
    """R-028"""
    code = await accepted(desk)
    await desk.hear(refused(code))
    assert await status(desk, code) == 8
    assert (await desk.told("stopped"))[0]["reason"] == "Trùng"
    history = (await desk.get(f"{PATH}/{code}/history", citizen())).json()["steps"]
    assert (history[-1]["reason"], history[-1]["actorKind"]) == ("Trùng", "service")
    answer = await desk.post(f"{PATH}/{code}/return", ONE_STOP)
    assert answer.json()["allowed"] == []


# The fee


async def test_nothing_is_accepted_before_the_fee_is_known(desk: Desk) -> None:
    code = await filed(desk)
    answer = await desk.post(f"{PATH}/{code}/acceptance", ONE_STOP)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/fee-not-assessed-yet")
    assert answer.headers["Retry-After"] == "1"


async def test_nothing_is_accepted_before_it_is_paid(desk: Desk) -> None:
    """R-026"""
    code = await filed(desk)
    await desk.hear(fee(code, 5000))
    answer = await desk.post(f"{PATH}/{code}/acceptance", ONE_STOP)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/wrong-state")
    assert answer.json()["state"] == {"number": 6, "name": "yêu cầu nghĩa vụ tài chính"}
    assert answer.json()["allowed"] == ["settle-fee", "withdraw"]
    assert answer.json()["happened"] == {
        "status": {"number": 6, "name": "yêu cầu nghĩa vụ tài chính"},
        "at": "2026-10-12T03:00:00Z",
        "actorKind": "service",
    }


async def test_no_fee_no_wait(desk: Desk) -> None:
    """R-026"""
    code = await filed(desk)
    await desk.hear(fee(code, 0))
    assert await status(desk, code) == 1
    assert await names(desk) == ["submitted"]
    assert (await desk.post(f"{PATH}/{code}/acceptance", ONE_STOP)).status_code == 200


@pytest.mark.parametrize(("stops", "due"), [(True, "2026-10-14T10:00:00Z"), (False, "2026-10-12T10:00:00Z")])
async def test_the_clock_stands_while_a_fee_is_awaited_if_the_setting_says_so(
    desk: Desk, stops: bool, due: str
) -> None:
    """R-032"""
    url = desk.runtime.settings.database_url
    desk.runtime.settings = SubmissionSettings(database_url=url, fee_wait_stops_clock=stops)
    code = await filed(desk)
    await desk.hear(fee(code, 5000))
    desk.clock.advance(timedelta(days=2))
    await desk.hear(paid(code))
    assert (await desk.get(f"{PATH}/{code}", citizen())).json()["dueAt"] == due
    assert (await desk.told("fee-settled"))[0]["dueAt"] == due


# Twice, too early, too late


async def test_every_event_twice_leaves_the_same_state_and_tells_nothing_twice(desk: Desk) -> None:
    code = await filed(desk)
    await desk.hear(fee(code, 5000), fee(code, 5000), paid(code), paid(code), fee(code, 5000))
    await desk.post(f"{PATH}/{code}/acceptance", ONE_STOP)
    await desk.hear(requested(code), requested(code), registered(code), registered(code), requested(code), paid(code))
    assert await status(desk, code) == 9
    assert await names(desk) == [
        "submitted",
        "payment-awaited",
        "fee-settled",
        "accepted",
        "processing-started",
        "finished",
    ]
    assert await deferred(desk) == 0


@pytest.mark.parametrize("news", [requested, registered, refused, paid])
async def test_news_that_comes_too_early_is_tried_again(desk: Desk, news: Any) -> None:
    code = await filed(desk)
    await desk.hear(news(code))
    assert (await status(desk, code), await deferred(desk)) == (1, 1)


async def test_a_result_before_its_beginning_is_tried_again(desk: Desk) -> None:
    code = await accepted(desk)
    await desk.hear(registered(code))
    assert (await status(desk, code), await deferred(desk)) == (2, 1)


@pytest.mark.parametrize(
    "news", [fee("H26-20261012-9999999", 0), paid("H26-20261012-9999999"), requested("H26-20261012-9999999")]
)
async def test_news_of_no_dossier_of_ours_is_kept_for_an_operator(desk: Desk, news: Event) -> None:
    await desk.hear(news)
    assert await deferred(desk) == 1


async def test_a_refusal_after_the_result_changes_nothing(desk: Desk) -> None:
    code = await accepted(desk)
    await desk.hear(requested(code), registered(code), refused(code))
    assert (await status(desk, code), await deferred(desk)) == (9, 0)


# Rights and rivals


@pytest.mark.parametrize("step", ["acceptance", "finish", "return"])
async def test_who_may_act_at_the_desk(desk: Desk, step: str) -> None:
    code = await filed(desk)
    path = f"{PATH}/{code}/{step}"
    assert (await desk.post(path, {})).status_code == 401
    assert (await desk.post(path, officer("cashier"))).status_code == 403
    assert (await desk.post(path, agency("submission:write"))).status_code == 403
    assert (await desk.post(path, officer("one-stop-officer", units=[CAU_GIAY]))).status_code == 404
    assert (await desk.post(path, citizen("001190000002"))).status_code == (404 if step == "return" else 403)
    missing = await desk.client.post(path, headers=ONE_STOP)
    assert missing.json()["type"] == "/problems/idempotency-key-missing"


async def test_of_two_officers_at_once_one_wins_and_the_other_learns_the_state(desk: Desk) -> None:
    code = await filed(desk)
    await desk.hear(fee(code, 0))
    path = f"{PATH}/{code}/acceptance"
    # Eight open connections first, or the first request would be done before the second had one.
    await asyncio.gather(*(desk.get(f"{PATH}/{code}", ONE_STOP) for _ in range(8)))
    answers = await asyncio.gather(
        *(desk.post(path, officer("one-stop-officer", subject=f"officer-{n}")) for n in range(8))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    assert all(answer.json()["state"]["number"] == 2 for answer in answers if answer.status_code == 409)
    assert await names(desk) == ["submitted", "accepted"]


async def test_a_change_based_on_an_older_version_is_refused(desk: Desk) -> None:
    code = await filed(desk)
    await desk.hear(fee(code, 0))
    path = f"{PATH}/{code}/acceptance"
    stale = await desk.post(path, ONE_STOP, If_Match='"1"')
    assert (stale.status_code, stale.json()["currentETag"]) == (412, '"2"')
    assert (await desk.post(path, ONE_STOP, If_Match='"2"')).status_code == 200


async def test_a_repeated_acceptance_gets_its_first_answer(desk: Desk) -> None:
    code = await filed(desk)
    await desk.hear(fee(code, 0))
    headers = ONE_STOP | desk.key()
    first, again = [await desk.client.post(f"{PATH}/{code}/acceptance", headers=headers) for _ in range(2)]
    assert (first.status_code, again.status_code, first.json()) == (200, 200, again.json())


async def test_a_step_at_the_desk_takes_four_statements(desk: Desk) -> None:
    code = await filed(desk)
    await desk.hear(fee(code, 0))
    with counted(desk.runtime.database) as statements:
        assert (await desk.post(f"{PATH}/{code}/acceptance", ONE_STOP)).status_code == 200
    assert len(statements) == 4, statements


async def test_units_are_replaced_whole_and_only_by_newer_lists(desk: Desk) -> None:
    units = CATALOGUE[0]
    await desk.hear(units.model_copy(update={"version": 3, "units": ()}))
    await desk.hear(units.model_copy(update={"version": 2}))
    answer = await desk.post(PATH, citizen(), FILING)
    assert answer.json()["type"] == "/problems/unknown-unit"


async def test_an_unusable_procedure_is_parked_where_an_operator_sees_it(empty_desk: Desk) -> None:
    await empty_desk.hear(birth().model_copy(update={"form_schema": {"type": 5}}))
    assert await deferred(empty_desk) == 1
