"""Pick-up and handover: originals compared, results over the counter, online, and by post."""

from datetime import timedelta
from typing import Any

import pytest

from services.submission.tests.conftest import Desk
from services.submission.tests.counter import (
    COLLEAGUE,
    ELSEWHERE,
    ONE_STOP,
    OWNER,
    PATH,
    accepted,
    at_the_counter,
    done,
    finished,
    with_paper,
)  # fmt: skip
from tests.support.counting import counted
from tests.support.identities import agency, citizen, officer

APPLICANT: dict[str, Any] = {"fullName": "TRẦN THỊ VÍ DỤ", "personalId": "001190000001"}
HUSBAND: dict[str, Any] = {
    "fullName": "NGUYỄN VĂN VÍ DỤ", "personalId": "001088000002", "relationship": "chồng",
    "authorisation": "Giấy ủy quyền ngày 12/10/2026",
}  # fmt: skip
BY_POST: dict[str, Any] = {"delivery": {"by": "post", "address": "Số 1 phố Mẫu, Hà Nội"}}
SENT = {"carrier": "Bưu điện Hà Nội", "trackingNumber": "EB123456789VN"}


def shown(*, matches: bool, component: str = "giay-to-tuy-than", by: dict[str, Any] = APPLICANT) -> dict[str, Any]:
    paper = {"component": component, "kind": "original", "matches": matches, "note": "" if matches else "Khác năm sinh"}
    return {"shown": [paper], "shownBy": by}


async def status(desk: Desk, code: str) -> int:
    number: int = (await desk.get(f"{PATH}/{code}", OWNER)).json()["status"]["number"]
    return number


def kind(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition("/")[2]


async def test_what_was_shown_and_by_whom_is_kept(desk: Desk) -> None:
    await desk.hear(with_paper())
    code = await finished(desk)
    body = await done(
        desk, await desk.post(f"{PATH}/{code}/originals-shown", ONE_STOP, shown(matches=True, by=HUSBAND)), 201
    )
    assert body == (await desk.get(f"{PATH}/{code}/originals-shown", COLLEAGUE)).json()
    (showing,) = body["showings"]
    assert (showing["officer"], showing["shownBy"], body["unresolved"]) == ("officer-1", HUSBAND, [])
    assert showing["shown"] == shown(matches=True)["shown"]
    assert (await desk.get(f"{PATH}/{code}/originals-shown", OWNER)).json() == body


async def test_a_look_at_what_was_shown_is_on_record(desk: Desk) -> None:
    code = await accepted(desk)
    await desk.get(f"{PATH}/{code}/originals-shown", COLLEAGUE)
    await desk.get(f"{PATH}/{code}/handovers", COLLEAGUE)
    accesses = (await desk.get("/v1/me/data-accesses", OWNER)).json()["items"]
    assert [access["what"] for access in accesses] == ["handovers", "originals-shown"]


async def test_a_paper_that_does_not_match_holds_the_result_back_until_one_does(desk: Desk) -> None:
    """R-171."""
    await desk.hear(with_paper())
    code = await finished(desk, **BY_POST)
    await done(desk, await desk.post(f"{PATH}/{code}/originals-shown", ONE_STOP, shown(matches=False)), 201)
    for path, body in (("handover", {}), ("dispatch", SENT), ("return", None)):
        refused = await desk.post(f"{PATH}/{code}/{path}", ONE_STOP, body)
        assert kind(refused) == (409, "originals-do-not-match")
        assert refused.json()["components"] == ["giay-to-tuy-than"]
    assert await status(desk, code) == 9
    await done(desk, await desk.post(f"{PATH}/{code}/originals-shown", ONE_STOP, shown(matches=True)), 201)
    await done(desk, await desk.post(f"{PATH}/{code}/handover", ONE_STOP, {}))
    assert await status(desk, code) == 10


async def test_only_papers_of_the_dossier_are_compared_and_only_while_it_is_in_hand(desk: Desk) -> None:
    await desk.hear(with_paper())
    code = await accepted(desk)
    strange = await desk.post(f"{PATH}/{code}/originals-shown", ONE_STOP, shown(matches=True, component="khac"))
    assert kind(strange) == (422, "component-not-of-dossier")
    assert strange.json()["errors"][0]["pointer"] == "/shown/0/component"
    new = await at_the_counter(desk)
    assert kind(await desk.post(f"{PATH}/{new}/originals-shown", ONE_STOP, shown(matches=True))) == (409, "wrong-state")


@pytest.mark.parametrize(
    "wrong", [{"shown": []}, {"shownBy": {"fullName": ""}}, {"shownBy": {"fullName": "A", "personalId": "1"}}]
)
async def test_a_showing_without_papers_or_person_is_refused(desk: Desk, wrong: dict[str, Any]) -> None:
    code = await accepted(desk)
    assert (await desk.post(f"{PATH}/{code}/originals-shown", ONE_STOP, shown(matches=True) | wrong)).status_code == 422


async def test_the_result_is_handed_to_the_applicant_or_to_who_may_act_for_her(desk: Desk) -> None:
    for body in ({}, {"receivedBy": HUSBAND}):
        code = await finished(desk)
        await done(desk, await desk.post(f"{PATH}/{code}/handover", ONE_STOP, body))
        (handover,) = (await desk.get(f"{PATH}/{code}/handovers", ONE_STOP)).json()["handovers"]
        assert (handover["byPost"], handover["outcome"], handover.get("receivedBy")) == (
            False, "delivered", body.get("receivedBy"),
        )  # fmt: skip
    returned = await desk.told("dossier-returned")
    assert [(event["online"], event["byPost"], event["returnedBy"]) for event in returned] == [
        (False, False, "officer-1")
    ] * 2


async def test_the_owner_may_still_fetch_it_online(desk: Desk) -> None:
    code = await finished(desk)
    await done(desk, await desk.post(f"{PATH}/{code}/return", OWNER))
    assert [event["online"] for event in await desk.told("dossier-returned")] == [True]


async def test_a_result_with_the_post_is_returned_only_once_it_was_delivered(desk: Desk) -> None:
    """R-172."""
    code = await finished(desk, **BY_POST)
    sent = await done(desk, await desk.post(f"{PATH}/{code}/dispatch", ONE_STOP, SENT), 201)
    assert (sent["trackingNumber"], "outcome" in sent) == ("EB123456789VN", False)
    assert await status(desk, code) == 9
    assert kind(await desk.post(f"{PATH}/{code}/dispatch", ONE_STOP, SENT)) == (409, "result-on-the-way")
    for path, body in (("handover", {}), ("return", None)):
        assert kind(await desk.post(f"{PATH}/{code}/{path}", ONE_STOP, body)) == (409, "result-on-the-way")
    desk.clock.advance(timedelta(days=2))
    at = "2026-10-13T04:00:00Z"
    ended = await done(desk, await desk.post(f"{PATH}/{code}/delivery", ONE_STOP, {"outcome": "delivered", "at": at}))
    assert (ended["outcome"], ended["outcomeAt"]) == ("delivered", at)
    assert await status(desk, code) == 10
    (event,) = await desk.told("dossier-returned")
    assert (event["byPost"], event["online"], event["returnedAt"]) == (True, False, at)
    assert (await desk.get(f"{PATH}/{code}/handovers", OWNER)).json()["handovers"] == [ended]


async def test_what_comes_back_may_be_sent_again_or_fetched(desk: Desk) -> None:
    code = await finished(desk, **BY_POST)
    await done(desk, await desk.post(f"{PATH}/{code}/dispatch", ONE_STOP, SENT), 201)
    await done(desk, await desk.post(f"{PATH}/{code}/delivery", ONE_STOP, {"outcome": "returned-to-sender"}))
    assert await status(desk, code) == 9
    assert await desk.told("dossier-returned") == []
    await done(desk, await desk.post(f"{PATH}/{code}/dispatch", ONE_STOP, SENT | {"trackingNumber": "EB2"}), 201)
    await done(desk, await desk.post(f"{PATH}/{code}/delivery", ONE_STOP, {"outcome": "delivered"}))
    assert await status(desk, code) == 10


async def test_a_parcel_ends_also_where_the_owner_fetched_the_result_online_meanwhile(desk: Desk) -> None:
    code = await finished(desk, **BY_POST)
    await done(desk, await desk.post(f"{PATH}/{code}/dispatch", ONE_STOP, SENT), 201)
    await done(desk, await desk.post(f"{PATH}/{code}/return", OWNER))
    await done(desk, await desk.post(f"{PATH}/{code}/delivery", ONE_STOP, {"outcome": "delivered"}))
    assert len(await desk.told("dossier-returned")) == 1


async def test_a_delivery_lies_between_the_dispatch_and_now(desk: Desk) -> None:
    code = await finished(desk, **BY_POST)
    nothing = await desk.post(f"{PATH}/{code}/delivery", ONE_STOP, {"outcome": "delivered"})
    assert kind(nothing) == (409, "nothing-on-the-way")
    await done(desk, await desk.post(f"{PATH}/{code}/dispatch", ONE_STOP, SENT), 201)
    for at in ("2026-10-12T02:59:59Z", "2026-10-12T03:00:01Z"):
        wrong = await desk.post(f"{PATH}/{code}/delivery", ONE_STOP, {"outcome": "delivered", "at": at})
        assert kind(wrong) == (422, "delivered-too-early"), at
    assert await status(desk, code) == 9


async def test_the_post_needs_an_address(desk: Desk) -> None:
    code = await finished(desk)
    assert kind(await desk.post(f"{PATH}/{code}/dispatch", ONE_STOP, SENT)) == (409, "no-postal-address")


@pytest.mark.parametrize(("path", "body"), [("handover", {}), ("dispatch", SENT)])
async def test_only_a_result_that_exists_is_handed_over(desk: Desk, path: str, body: dict[str, Any]) -> None:
    code = await accepted(desk, **BY_POST)
    assert kind(await desk.post(f"{PATH}/{code}/{path}", ONE_STOP, body)) == (409, "wrong-state")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("originals-shown", shown(matches=True)),
        ("handover", {}),
        ("dispatch", SENT),
        ("delivery", {"outcome": "delivered"}),
    ],
)
async def test_the_counter_of_another_unit_has_no_part_in_it(desk: Desk, path: str, body: dict[str, Any]) -> None:
    code = await finished(desk)
    assert (await desk.post(f"{PATH}/{code}/{path}", ELSEWHERE, body)).status_code == 404
    for stranger in (OWNER, agency("submission:write"), officer("civil-status-officer")):
        assert (await desk.post(f"{PATH}/{code}/{path}", stranger, body)).status_code == 403


async def test_a_return_at_the_desk_is_recorded_as_a_handover_to_the_applicant(desk: Desk) -> None:
    code = await finished(desk)
    await done(desk, await desk.post(f"{PATH}/{code}/return", ONE_STOP))
    (handover,) = (await desk.get(f"{PATH}/{code}/handovers", ONE_STOP)).json()["handovers"]
    assert (handover["byPost"], handover["officer"], handover["outcome"]) == (False, "officer-1", "delivered")
    assert handover.get("receiver") is None


@pytest.mark.parametrize("path", ["originals-shown", "handovers"])
async def test_only_the_owner_and_the_desk_see_how_it_was_handed_over(desk: Desk, path: str) -> None:
    code = await finished(desk)
    assert (await desk.get(f"{PATH}/{code}/{path}", citizen("001190000002"))).status_code == 404
    assert (await desk.get(f"{PATH}/{code}/{path}", ELSEWHERE)).status_code == 404
    assert (await desk.get(f"{PATH}/{code}/{path}", agency("submission:read"))).status_code == 403


async def test_a_handover_told_twice_happens_once(desk: Desk) -> None:
    code = await finished(desk)
    key = desk.key()["Idempotency-Key"]
    for _ in range(2):
        await done(desk, await desk.post(f"{PATH}/{code}/handover", ONE_STOP, {}, Idempotency_Key=key))
    assert len(await desk.told("dossier-returned")) == 1
    assert len((await desk.get(f"{PATH}/{code}/handovers", ONE_STOP)).json()["handovers"]) == 1


async def test_handing_over_takes_six_statements_and_looking_three(desk: Desk) -> None:
    """The key, the dossier, what stands in the way, the handover, the step, the event with the kept answer."""
    code = await finished(desk)
    with counted(desk.runtime.database) as statements:
        await done(desk, await desk.post(f"{PATH}/{code}/handover", ONE_STOP, {}))
    assert len(statements) == 6, statements
    for path in ("originals-shown", "handovers"):
        with counted(desk.runtime.database) as statements:
            await done(desk, await desk.get(f"{PATH}/{code}/{path}", ONE_STOP))
        assert len(statements) == 3, statements
