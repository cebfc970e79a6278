"""Drafts: kept as typed for their owner, checked on asking, filed once, forgotten in time."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.submission.tests.conftest import BA_DINH, BIRTH, CAU_GIAY, Desk
from services.submission.tests.integration.test_intake import APPLICANT, FILING, ONE_STOP, PATH, rows
from submission.handlers.drafts import forget_drafts
from tests.support.counting import counted
from tests.support.identities import agency, citizen, officer

DRAFTS = "/v1/drafts"
BEGUN: dict[str, Any] = {"procedure": BIRTH, "form": {"child": {"fullName": "NGUYỄN TH"}}, "unit": 7}


async def begun(desk: Desk, filing: dict[str, Any] | None = None, caller: dict[str, str] | None = None) -> str:
    answer = await desk.post(DRAFTS, caller or citizen(), {"filing": filing if filing is not None else BEGUN})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def put(desk: Desk, draft: str, filing: dict[str, Any], **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await desk.client.put(f"{DRAFTS}/{draft}", headers=citizen() | named, json={"filing": filing})


async def test_a_filing_half_typed_is_kept_as_it_is_and_gone_on_with(desk: Desk) -> None:
    answer = await desk.post(DRAFTS, citizen(), {"filing": BEGUN})
    body = answer.json()
    assert (answer.status_code, answer.headers["ETag"], body["filing"]) == (201, '"1"', BEGUN)
    assert body["expiresAt"] == "2026-12-11T03:00:00Z"
    draft = body["id"]
    assert answer.headers["Location"] == f"/api/submission/v1/drafts/{draft}"
    desk.clock.advance(timedelta(days=1))
    changed = await put(desk, draft, BEGUN | {"unit": BA_DINH}, If_Match='"1"')
    assert (changed.status_code, changed.headers["ETag"], changed.json()["expiresAt"]) == (
        200,
        '"2"',
        "2026-12-12T03:00:00Z",
    )
    seen = await desk.get(f"{DRAFTS}/{draft}", citizen())
    assert seen.json()["filing"]["unit"] == BA_DINH
    assert (await desk.get(f"{DRAFTS}/{draft}", citizen(), If_None_Match='"2"')).status_code == 304
    assert not await desk.told()


async def test_text_is_kept_in_nfc_and_what_nobody_sees_is_refused(desk: Desk) -> None:
    draft = await begun(desk, {"form": {"a": "Tra\u0302\u0300n"}})
    assert (await desk.get(f"{DRAFTS}/{draft}", citizen())).json()["filing"] == {"form": {"a": "Trần"}}
    answer = await desk.post(DRAFTS, citizen(), {"filing": {"form": {"a": ["\u0000"]}}})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/filing/form/a/0"


async def test_a_draft_has_bounds(desk: Desk) -> None:
    answer = await desk.post(DRAFTS, citizen(), {"filing": {"form": {"a": "x" * 131_072}}})
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/draft-too-large")
    deep: dict[str, Any] = {}
    for _ in range(40):
        deep = {"a": deep}
    assert (await desk.post(DRAFTS, citizen(), {"filing": deep})).status_code == 422


async def test_a_draft_is_its_owners_alone(desk: Desk) -> None:
    draft = await begun(desk)
    namesake = officer("one-stop-officer", subject="001190000001")  # an account spelled like her personal ID
    for caller in (citizen("001090000002"), ONE_STOP, namesake, agency("submission:write")):
        headers = caller | {"If-Match": "*"}
        for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/validation"), ("POST", "/submission")):
            answer = await desk.client.request(method, f"{DRAFTS}/{draft}{path}", headers=headers | desk.key())
            assert (answer.status_code, answer.json()["type"]) == (404, "/problems/draft-not-found"), (method, path)
        assert (await desk.client.put(f"{DRAFTS}/{draft}", headers=headers, json={"filing": {}})).status_code == 404
        assert (await desk.get(DRAFTS, caller)).json()["items"] == []
    assert (await desk.get(f"{DRAFTS}/{draft}", citizen())).status_code == 200


async def test_nor_is_the_answer_to_a_key_given_to_a_namesake_of_another_kind(desk: Desk) -> None:
    namesake = officer("one-stop-officer", subject="001190000001")
    key = desk.key()
    answers = [
        await desk.client.post(DRAFTS, headers=caller | key, json={"filing": BEGUN}) for caller in (citizen(), namesake)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert "Idempotency-Replayed" not in answers[1].headers
    assert answers[0].json()["id"] != answers[1].json()["id"]


async def test_an_older_window_does_not_overwrite_a_newer_one(desk: Desk) -> None:
    draft = await begun(desk)
    assert (await put(desk, draft, {}, If_Match='"1"')).status_code == 200
    late = await put(desk, draft, BEGUN, If_Match='"1"')
    assert (late.status_code, late.json()["type"]) == (412, "/problems/precondition-failed")
    assert (await put(desk, draft, BEGUN)).status_code == 428
    late = await desk.client.request("DELETE", f"{DRAFTS}/{draft}", headers=citizen() | {"If-Match": '"1"'})
    assert late.status_code == 412


async def test_the_list_pages_through_all_drafts_the_last_changed_first(desk: Desk) -> None:
    made = []
    for _ in range(5):
        made.append(await begun(desk))
        desk.clock.advance(timedelta(minutes=1))
    seen: list[str] = []
    path = f"{DRAFTS}?limit=2"
    while path:
        page = (await desk.get(path, citizen())).json()
        seen += [item["id"] for item in page["items"]]
        path = f"{DRAFTS}?limit=2&cursor={page['nextCursor']}" if page.get("nextCursor") else ""
    assert seen == made[::-1]
    assert (await desk.get(f"{DRAFTS}?cursor=bm8", citizen())).status_code == 400


async def test_one_may_keep_fifty_and_not_one_more_at_once(desk: Desk) -> None:
    """R-127."""
    for _ in range(48):
        await begun(desk, {})
    answers = await asyncio.gather(*(desk.post(DRAFTS, citizen(), {"filing": {}}) for _ in range(5)))
    refused = [answer.json() for answer in answers if answer.status_code == 409]
    assert (len(refused), {body["type"] for body in refused}, refused[0]["most"]) == (
        3,
        {"/problems/too-many-drafts"},
        50,
    )
    await begun(desk, {}, citizen("001090000002"))


async def test_validation_tells_all_faults_and_files_nothing(desk: Desk) -> None:
    draft = await begun(desk, BEGUN | {"quantity": 0, "unit": BA_DINH})
    answer = await desk.post(f"{DRAFTS}/{draft}/validation", citizen())
    assert answer.json()["valid"] is False
    assert {(error["pointer"], error["rule"]) for error in answer.json()["errors"]} == {
        ("/quantity", "greater_than_equal"),
        ("/form/child/dateOfBirth", "required"),
        ("/form/requester", "required"),
    }
    nowhere = await begun(desk, {"procedure": BIRTH, "unit": "99999", "form": {"copies": -1}})
    errors = (await desk.post(f"{DRAFTS}/{nowhere}/validation", citizen())).json()["errors"]
    assert {error["pointer"] for error in errors} == {"/unit", "/form/child", "/form/requester", "/form/copies"}
    without = await begun(desk, {"procedure": BIRTH, "form": {"copies": -1}})
    errors = (await desk.post(f"{DRAFTS}/{without}/validation", citizen())).json()["errors"]
    assert {error["pointer"] for error in errors} == {"/unit", "/form/child", "/form/requester", "/form/copies"}
    empty = await begun(desk, {})
    errors = (await desk.post(f"{DRAFTS}/{empty}/validation", citizen())).json()["errors"]
    assert [error["pointer"] for error in errors] == ["/procedure", "/unit", "/form"]
    right = await begun(desk, FILING)
    assert (await desk.post(f"{DRAFTS}/{right}/validation", citizen())).json() == {"valid": True, "errors": []}
    assert not await desk.told()
    assert (await rows(desk, "SELECT count(*) FROM dossiers"))[0][0] == 0


async def test_validation_tells_what_the_caller_may_not_do(desk: Desk) -> None:
    elsewhere = officer("one-stop-officer", units=[CAU_GIAY])
    draft = await begun(desk, FILING | {"applicant": APPLICANT}, elsewhere)
    (error,) = (await desk.post(f"{DRAFTS}/{draft}/validation", elsewhere)).json()["errors"]
    assert (error["pointer"], error["rule"]) == ("", "unit-not-served")


async def test_a_draft_is_filed_once_and_gone(desk: Desk) -> None:
    draft = await begun(desk, FILING)
    path, headers = f"{DRAFTS}/{draft}/submission", citizen() | desk.key()
    answer = await desk.client.post(path, headers=headers)
    assert answer.status_code == 201
    assert answer.json()["trackingSecret"]
    again = await desk.client.post(path, headers=headers)
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (answer.json(), "true")
    assert (await desk.post(path, citizen())).status_code == 404
    assert (await desk.get(f"{DRAFTS}/{draft}", citizen())).status_code == 404
    assert (await desk.get(f"{PATH}/{answer.json()['code']}", citizen())).json()["person"]["form"] == FILING["form"]
    assert len(await desk.told()) == 1


async def test_a_draft_filed_by_ten_windows_at_once_is_one_dossier(desk: Desk) -> None:
    draft = await begun(desk, FILING)
    answers = await asyncio.gather(*(desk.post(f"{DRAFTS}/{draft}/submission", citizen()) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [201] + [404] * 9
    assert len(await desk.told()) == 1


@pytest.mark.parametrize(
    ("filing", "slug"),
    [(BEGUN, "draft-invalid"), (FILING | {"form": {}}, "form-invalid"), (FILING | {"channel": 1}, "channel-not-yours")],
)
async def test_a_draft_that_is_refused_stays(desk: Desk, filing: dict[str, Any], slug: str) -> None:
    draft = await begun(desk, filing)
    answer = await desk.post(f"{DRAFTS}/{draft}/submission", citizen())
    assert (answer.status_code, answer.json()["type"]) == (422, f"/problems/{slug}")
    assert (await desk.get(f"{DRAFTS}/{draft}", citizen())).json()["version"] == 1


async def test_a_draft_past_its_time_is_not_there_and_then_gone(desk: Desk) -> None:
    old = await begun(desk)
    desk.clock.advance(timedelta(days=30))
    young = await begun(desk)
    desk.clock.advance(timedelta(days=30))
    assert (await desk.get(f"{DRAFTS}/{old}", citizen())).status_code == 404
    assert [item["id"] for item in (await desk.get(DRAFTS, citizen())).json()["items"]] == [young]
    async with desk.runtime.database.begin() as uow:
        assert await forget_drafts(uow) == 1
    assert [str(row.id) for row in await rows(desk, "SELECT id FROM drafts")] == [young]


async def test_a_draft_is_forgotten_on_asking(desk: Desk) -> None:
    draft = await begun(desk)
    assert (await desk.client.delete(f"{DRAFTS}/{draft}", headers=citizen())).status_code == 204
    assert (await desk.get(f"{DRAFTS}/{draft}", citizen())).status_code == 404


async def test_drafts_cost_one_statement_to_read_and_seven_to_file(desk: Desk) -> None:
    await desk.post(PATH, citizen(), FILING)
    draft = await begun(desk, FILING)
    for path in ("", f"/{draft}"):
        with counted(desk.runtime.database) as statements:
            await desk.get(DRAFTS + path, citizen())
        assert len(statements) == 1
    with counted(desk.runtime.database) as statements:
        assert (await desk.post(f"{DRAFTS}/{draft}/submission", citizen())).status_code == 201
    assert len(statements) == 7, statements
