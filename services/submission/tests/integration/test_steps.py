"""Every step beside the straight way: refusal, supplement, withdrawal, stop, extension, verification; who, when, what is told."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from contracts.payment import FeeAssessed
from services.submission.tests.conftest import BA_DINH, CAU_GIAY, Desk
from services.submission.tests.integration.test_dossiers import filed as filed_birth
from services.submission.tests.integration.test_way import accepted as accepted_birth
from services.submission.tests.integration.test_way import deferred, fee, paid
from services.submission.tests.steps import (
    CIVIL_STATUS,
    ONE_STOP,
    OWNER,
    PATH,
    filed,
    marital,
    read,
    rows,
    step,
    went,
)
from tests.support.counting import counted
from tests.support.identities import agency, citizen, officer

REASON = {"reason": "Không thuộc thẩm quyền giải quyết"}


async def status(desk: Desk, code: str) -> int:
    number: int = (await read(desk, code))["status"]["number"]
    return number


# Refusal, stop, the desk's own processing


async def test_a_refused_dossier_tells_why_and_gives_paper_03(desk: Desk) -> None:
    """R-141."""
    code = await filed(desk)
    answer = await step(desk, code, "refusal", ONE_STOP, REASON)
    assert (answer.status_code, answer.json()["status"]["number"]) == (200, 3)
    (told,) = await desk.told("refused")
    assert (told["reason"], told["lapsed"]) == (REASON["reason"], False)
    assert await rows(desk, "SELECT status, paper, reason FROM history ORDER BY version") == [
        (1, "01", None),
        (3, "03", REASON["reason"]),
    ]
    assert (await step(desk, code, "acceptance")).json()["allowed"] == []


async def test_what_was_taken_in_is_not_refused_any_more_but_stopped(desk: Desk) -> None:
    """R-141."""
    code = await went(desk, await filed(desk), "acceptance")
    assert (await step(desk, code, "refusal", ONE_STOP, REASON)).json()["type"] == "/problems/wrong-state"
    answer = await step(desk, code, "stop", CIVIL_STATUS, REASON)
    assert answer.json()["status"]["number"] == 8
    (told,) = await desk.told("stopped")
    assert told["reason"] == REASON["reason"]
    assert (await rows(desk, "SELECT paper FROM history WHERE status = 8")) == [("05",)]


async def test_the_desk_processes_finishes_and_returns_what_it_handles_itself(desk: Desk) -> None:
    code = await went(desk, await filed(desk), "acceptance", "processing", "finish")
    answer = await step(desk, code, "return", ONE_STOP)
    assert answer.json()["status"]["number"] == 10
    (finished,), (returned,) = await desk.told("finished"), await desk.told("returned")
    assert (finished["electronicResult"], finished["supplementRequests"]) == (False, 0)
    assert finished["components"] == {"total": 2, "digitised": 0, "reused": 0, "fromNationalStore": 0}
    assert (returned["byPost"], returned["online"]) == (False, False)


async def test_the_owner_fetches_the_result_online(desk: Desk) -> None:
    code = await went(desk, await filed(desk), "acceptance", "finish")
    await step(desk, code, "return", OWNER)
    (returned,) = await desk.told("returned")
    assert (returned["byPost"], returned["online"]) == (False, True)


@pytest.mark.parametrize("name", ["processing", "finish", "stop"])
async def test_what_the_registry_handles_no_officer_begins_finishes_or_stops(desk: Desk, name: str) -> None:
    code = await accepted_birth(desk)
    answer = await step(desk, code, name, ONE_STOP, REASON if name == "stop" else None)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/not-handled-by-desk")


# Supplement


async def test_a_supplement_stops_the_clock_and_moves_the_due_time_by_the_wait(desk: Desk) -> None:
    """R-143."""
    code = await filed(desk)  # Monday 10:00, due Thursday
    answer = await step(
        desk, code, "supplement-request", ONE_STOP, {"reason": "Ảnh bị mờ", "components": ["giay-to-chung-minh"]}
    )
    assert answer.json()["status"]["number"] == 5
    (asked,) = await desk.told("supplement-requested")
    assert (asked["request"], asked["components"], asked["reason"]) == (1, ["giay-to-chung-minh"], "Ảnh bị mờ")
    assert asked["supplementBy"] == "2026-10-21T10:00:00Z"  # seven working days
    desk.clock.advance(timedelta(days=2))
    answer = await step(desk, code, "supplement", OWNER, {"form": {"purpose": "Mua nhà"}})
    assert (answer.status_code, answer.json()["status"]["number"]) == (200, 1)
    assert answer.json()["dueAt"] == "2026-10-19T10:00:00Z"  # Thursday and two days is Saturday is Monday
    (brought,) = await desk.told("supplemented")
    assert (brought["status"], brought["dueAt"]) == (1, "2026-10-19T10:00:00Z")
    assert (await read(desk, code))["person"]["form"] == {"purpose": "Mua nhà"}
    assert await rows(desk, "SELECT paper, components FROM history WHERE status = 5") == [
        ("02", ["giay-to-chung-minh"])
    ]


async def test_what_the_catalogue_publishes_is_the_window(desk: Desk) -> None:
    """R-145."""
    await desk.hear(marital(version=2, supplement_working_days=2))
    code = await went(desk, await filed(desk), "supplement-request")
    assert (await read(desk, code))["supplementBy"] == "2026-10-14T10:00:00Z"


async def test_a_mended_form_is_held_against_the_version_it_was_filed_by(desk: Desk) -> None:
    code = await went(desk, await filed(desk), "supplement-request")
    stricter = {"type": "object", "required": ["witness"]}
    await desk.hear(marital(version=2, form_schema=stricter))
    wrong = await step(desk, code, "supplement", OWNER, {"form": {"purpose": "?", "more": 1}})
    assert (wrong.status_code, wrong.json()["type"]) == (422, "/problems/form-invalid")
    assert {fault["pointer"] for fault in wrong.json()["errors"]} == {"/form/purpose", "/form/more"}
    assert (await step(desk, code, "supplement", OWNER, {"form": {"purpose": "Mua nhà"}})).status_code == 200


@pytest.mark.parametrize("before", [(), ("acceptance",), ("acceptance", "processing")])
async def test_after_a_supplement_it_goes_on_where_it_stood(desk: Desk, before: tuple[str, ...]) -> None:
    """R-143."""
    code = await went(desk, await filed(desk), *before)
    stood = await status(desk, code)
    await went(desk, code, "supplement-request", "supplement")
    assert await status(desk, code) == stood
    await went(desk, code, "supplement-request")
    assert (await desk.told("supplement-requested"))[-1]["request"] == 2


async def test_what_another_service_has_is_supplemented_before_it_is_accepted_only(desk: Desk) -> None:
    """R-144."""
    code = await filed_birth(desk)
    await desk.hear(fee(code, 0))
    await went(desk, code, "supplement-request", "supplement", "acceptance")
    answer = await step(desk, code, "supplement-request", ONE_STOP, REASON)
    assert (answer.status_code, answer.json()["allowed"]) == (409, ["start-processing", "extend", "verify", "stop"])


async def test_who_supplements_brings_something(desk: Desk) -> None:
    code = await went(desk, await filed(desk), "supplement-request")
    for caller, body in ((OWNER, {}), (OWNER, {"note": "xong rồi"}), (ONE_STOP, {})):
        answer = await step(desk, code, "supplement", caller, body)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/supplement-empty")


async def test_papers_that_cannot_be_added_leave_the_dossier_waiting(desk: Desk) -> None:
    code = await went(desk, await filed(desk), "supplement-request")
    wanted = [{"component": "giay-to-chung-minh", "upload": "01927f5e-0000-7000-8000-000000000009"}]
    answer = await step(desk, code, "supplement", OWNER, {"attachments": wanted})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/attachments-unusable")
    assert await status(desk, code) == 5


async def test_what_comes_after_the_window_is_too_late(desk: Desk) -> None:
    code = await went(desk, await filed(desk), "supplement-request")
    desk.clock.advance(timedelta(days=20))
    answer = await step(desk, code, "supplement", OWNER, {"form": {"purpose": "Mua nhà"}})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/supplement-too-late")
    assert answer.json()["supplementBy"] == "2026-10-21T10:00:00Z"


async def test_only_papers_of_the_procedure_are_asked_for(desk: Desk) -> None:
    code = await filed(desk)
    body = {"reason": "Thiếu giấy tờ", "components": ["to-khai", "so-ho-khau"]}
    answer = await step(desk, code, "supplement-request", ONE_STOP, body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/components/1")


async def test_nothing_is_asked_for_before_the_fee_is_known(desk: Desk) -> None:
    code = await filed(desk, fee=3000)
    answer = await step(desk, code, "supplement-request", ONE_STOP, REASON)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/fee-not-assessed-yet")


# Withdrawal


@pytest.mark.parametrize("before", [(), ("supplement-request",), ("acceptance",), ("acceptance", "processing")])
async def test_its_owner_withdraws_what_the_desk_handles_until_it_is_finished(
    desk: Desk, before: tuple[str, ...]
) -> None:
    """R-146."""
    code = await went(desk, await filed(desk), *before)
    answer = await step(desk, code, "withdrawal", OWNER, {"reason": "Nộp lại nơi khác"})
    assert (answer.status_code, answer.json()["status"]["number"]) == (200, 7)
    (told,) = await desk.told("withdrawn")
    assert told["reason"] == "Nộp lại nơi khác"


async def test_what_another_service_has_is_withdrawn_before_it_is_accepted_only(desk: Desk) -> None:
    """R-144."""
    code = await accepted_birth(desk)
    assert (await step(desk, code, "withdrawal", OWNER)).status_code == 409
    assert (await step(desk, await filed_birth(desk), "withdrawal", OWNER)).status_code == 200


async def test_a_fee_paid_while_the_dossier_is_withdrawn_changes_no_status(desk: Desk) -> None:
    code = await filed(desk, fee=3000)
    await desk.hear(fee(code, 3000))
    await went(desk, code, "withdrawal")
    await desk.hear(paid(code), paid(code))
    body = await read(desk, code)
    assert (body["status"]["number"], body["feeState"], await deferred(desk)) == (7, "paid", 0)


async def test_a_fee_assessed_after_the_end_is_nobodys_business(desk: Desk) -> None:
    code = await filed(desk, fee=3000)
    await went(desk, code, "withdrawal")
    await desk.hear(FeeAssessed(version=1, dossier_code=code, total=0, obligation_id=None))
    assert (await status(desk, code), await deferred(desk)) == (7, 0)


# Extension and verification


async def test_an_extension_is_granted_once_with_an_apology(desk: Desk) -> None:
    """R-147."""
    code = await went(desk, await filed(desk), "acceptance")  # due Thursday 15
    body = {"workingDays": 2, "reason": "Chờ xác minh nơi cư trú"}
    answer = await step(desk, code, "extension", ONE_STOP, body)
    assert (answer.json()["status"]["number"], answer.json()["dueAt"]) == (2, "2026-10-19T10:00:00Z")
    (told,) = await desk.told("extended")
    assert (told["cause"], told["previousDueAt"], told["dueAt"]) == (
        "extension", "2026-10-15T10:00:00Z", "2026-10-19T10:00:00Z",
    )  # fmt: skip
    assert await rows(desk, "SELECT paper FROM history WHERE reason LIKE 'Chờ%'") == [("04",)]
    again = await step(desk, code, "extension", ONE_STOP, body)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/already-extended")


async def test_an_extension_has_its_measure(desk: Desk) -> None:
    """R-147."""
    code = await went(desk, await filed(desk), "acceptance")
    answer = await step(desk, code, "extension", ONE_STOP, {"workingDays": 6, "reason": "Chờ xác minh"})
    assert (answer.status_code, answer.json()["type"], answer.json()["most"]) == (
        422, "/problems/extension-too-long", 5,
    )  # fmt: skip


async def test_what_must_be_verified_has_the_longer_limit_from_the_same_start(desk: Desk) -> None:
    """R-148."""
    code = await went(desk, await filed(desk), "supplement-request")
    desk.clock.advance(timedelta(days=1))
    await went(desk, code, "supplement", "acceptance")
    assert (await read(desk, code))["dueAt"] == "2026-10-16T10:00:00Z"
    answer = await step(desk, code, "verification", CIVIL_STATUS, {"reason": "Xác minh nơi cư trú cũ"})
    # Six working days from Monday are Tuesday the 20th, and the day it waited makes it the 21st.
    assert (answer.json()["status"]["number"], answer.json()["dueAt"]) == (2, "2026-10-21T10:00:00Z")
    (told,) = await desk.told("extended")
    assert (told["cause"], told["reason"]) == ("verification", "Xác minh nơi cư trú cũ")
    again = await step(desk, code, "verification", CIVIL_STATUS, {"reason": "Xác minh nơi cư trú cũ"})
    assert again.json()["type"] == "/problems/already-verified"


async def test_where_no_limit_for_verification_is_published_there_is_none(desk: Desk) -> None:
    code = await accepted_birth(desk)
    answer = await step(desk, code, "verification", ONE_STOP, {"reason": "Xác minh giấy chứng sinh"})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/no-verification-limit")


# Rights and rivals

ROUTES: dict[str, tuple[Any, str]] = {
    "acceptance": (None, "desk"),
    "refusal": (REASON, "desk"),
    "supplement-request": (REASON, "handlers"),
    "supplement": ({"note": "ok"}, "owner"),
    "withdrawal": (None, "owner only"),
    "processing": (None, "handlers"),
    "extension": ({"workingDays": 1, "reason": "Chờ xác minh"}, "handlers"),
    "verification": (REASON, "handlers"),
    "finish": (None, "handlers"),
    "stop": (REASON, "handlers"),
    "return": (None, "return"),
}


@pytest.mark.parametrize("name", ROUTES)
async def test_who_may_take_which_step(desk: Desk, name: str) -> None:
    """R-140."""
    code = await filed(desk)
    body, kind = ROUTES[name]
    owners, desks = kind in {"owner", "owner only", "return"}, kind != "owner only"

    async def answer(caller: dict[str, str]) -> int:
        return (await step(desk, code, name, caller, body)).status_code

    assert await answer({}) == 401
    assert await answer(officer("cashier")) == 403
    assert await answer(agency("submission:read")) == 403
    assert await answer(agency("submission:write")) == (404 if kind in {"owner", "owner only"} else 403)
    assert await answer(officer("one-stop-officer", units=[CAU_GIAY])) == (404 if desks else 403)
    assert await answer(citizen("001190000002")) == (404 if owners else 403)
    civil = officer("civil-status-officer", units=[CAU_GIAY])
    assert await answer(civil) == (404 if kind == "handlers" else 403)
    missing = await desk.client.post(f"{PATH}/{code}/{name}", headers=ONE_STOP if desks else OWNER, json=body)
    assert missing.json()["type"] == "/problems/idempotency-key-missing"
    assert await status(desk, code) == 1


async def test_an_agency_supplements_and_withdraws_what_it_entered(desk: Desk) -> None:
    system = agency("submission:write", "submission:read")
    code = await filed(desk, system, applicant={"personalId": "001190000001", "fullName": "TRẦN THỊ VÍ DỤ"})
    await went(desk, code, "supplement-request")
    answer = await step(desk, code, "supplement", system, {"form": {"purpose": "Mua nhà"}})
    assert (answer.status_code, answer.json()["status"]["number"]) == (200, 1)
    assert (await step(desk, code, "withdrawal", system)).json()["status"]["number"] == 7


@pytest.mark.parametrize("name", ["refusal", "supplement-request", "acceptance"])
async def test_of_two_officers_with_different_minds_one_wins_and_the_other_is_told_what_happened(
    desk: Desk, name: str
) -> None:
    code = await filed(desk)
    await asyncio.gather(*(desk.get(f"{PATH}/{code}", ONE_STOP) for _ in range(4)))
    other = officer("one-stop-officer", subject="officer-9")
    answers = await asyncio.gather(
        step(desk, code, name, ONE_STOP, REASON if name != "acceptance" else None),
        step(desk, code, "refusal", other, REASON, If_Match='"2"'),
    )
    won, lost = sorted(answers, key=lambda answer: answer.status_code)
    assert (won.status_code, lost.status_code in (409, 412)) == (200, True)
    happened = lost.json()["happened"]
    assert happened["status"]["number"] == won.json()["status"]["number"]
    assert (happened["actorKind"], happened["at"]) == ("officer", "2026-10-12T03:00:00Z")
    assert "officer-" not in lost.text


async def test_a_step_based_on_an_older_version_is_refused_and_told_what_happened(desk: Desk) -> None:
    code = await went(desk, await filed(desk), "acceptance")
    stale = await step(desk, code, "stop", ONE_STOP, REASON, If_Match='"2"')
    assert (stale.status_code, stale.json()["currentETag"]) == (412, '"3"')
    assert stale.json()["happened"]["status"]["number"] == 2


@pytest.mark.parametrize(
    ("before", "name", "body", "statements"),
    [
        ((), "refusal", REASON, 4),
        ((), "withdrawal", None, 4),
        (("acceptance",), "processing", None, 4),
        (("acceptance",), "stop", REASON, 4),
        (("acceptance",), "finish", None, 5),
        ((), "supplement-request", REASON, 5),
        (("supplement-request",), "supplement", {"form": {"purpose": "Mua nhà"}}, 7),
        (("acceptance",), "extension", {"workingDays": 1, "reason": "Chờ xác minh"}, 5),
        (("acceptance",), "verification", REASON, 6),
    ],
)
async def test_what_a_step_costs(desk: Desk, before: tuple[str, ...], name: str, body: Any, statements: int) -> None:
    # Once for the process to know the procedure and the calendar, once to count.
    for code in (await filed(desk), await filed(desk)):
        await went(desk, code, *before)
        with counted(desk.runtime.database) as run:
            answer = await step(desk, code, name, OWNER if name == "withdrawal" else ONE_STOP, body)
        assert answer.status_code == 200, answer.text
    assert len(run) == statements, run


async def test_a_repeated_step_gets_its_first_answer(desk: Desk) -> None:
    code = await filed(desk)
    headers = ONE_STOP | desk.key()
    first, again = [await desk.client.post(f"{PATH}/{code}/refusal", headers=headers, json=REASON) for _ in range(2)]
    assert (first.status_code, again.status_code, first.json()) == (200, 200, again.json())
    assert len(await desk.told("refused")) == 1


async def test_reasons_are_text_that_can_be_read(desk: Desk) -> None:
    code = await filed(desk)
    for reason in ("", "  ", "\u202eabcdef", "x" * 1001):
        answer = await step(desk, code, "refusal", ONE_STOP, {"reason": reason})
        assert answer.status_code == 422
    assert (await read(desk, code))["unit"] == BA_DINH
