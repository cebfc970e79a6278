"""What an editor does: draft, publish; and what is refused."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from catalog.api.models import NewVersion
from catalog.handlers import seed
from services.catalog.tests.conftest import Catalogue
from tests.support import identities
from tests.support.counting import counted
from tests.support.events import recorded

EDITOR = identities.officer("catalog-editor", subject="editor-1")


def example(**changes: Any) -> dict[str, Any]:
    examples = NewVersion.model_json_schema()["examples"]
    return {**examples[0], **changes}


async def draft(catalogue: Catalogue, body: dict[str, Any], key: str = "draft", **headers: str) -> httpx.Response:
    return await catalogue.client.post(
        "/v1/procedures", json=body, headers={**EDITOR, "Idempotency-Key": key, **headers}
    )


async def publish(catalogue: Catalogue, code: str, number: int, key: str = "publish") -> httpx.Response:
    return await catalogue.client.post(
        f"/v1/procedures/{code}/versions/{number}/publication", headers={**EDITOR, "Idempotency-Key": key}
    )


async def test_a_draft_is_seen_by_no_one_until_it_is_published(seeded: Catalogue) -> None:
    before = len(await recorded(seeded.runtime))
    drafted = await draft(seeded, example())
    assert drafted.status_code == 201, drafted.text
    assert (drafted.json()["version"], drafted.json()["status"]) == (2, "draft")
    there = await seeded.client.get("/v1/procedures/1.004873", params={"on": "2027-03-01"})
    assert there.json()["version"] == 1
    assert len(await recorded(seeded.runtime)) == before


async def test_a_published_version_is_in_force_from_its_day_and_ends_the_one_before(seeded: Catalogue) -> None:
    await draft(seeded, example())
    first = await seeded.client.get("/v1/procedures/1.004873")
    answer = await publish(seeded, "1.004873", 2)
    assert (answer.status_code, answer.json()["status"]) == (200, "published")
    for day, version, last in (("2027-02-28", 1, "2027-02-28"), ("2027-03-01", 2, None)):
        there = (await seeded.client.get("/v1/procedures/1.004873", params={"on": day})).json()
        assert (there["version"], there.get("validTo")) == (version, last)
    stale = await seeded.client.get("/v1/procedures/1.004873", headers={"If-None-Match": first.headers["etag"]})
    assert stale.status_code == 200, "its last day is news to whoever held it"
    event = (await recorded(seeded.runtime))[-1]
    assert event["type"] == "vn.gov.hanoi.catalog.procedure-published.v1"
    assert (event["subject"], event["data"]["version"], event["data"]["validFrom"]) == ("1.004873", 2, "2027-03-01")
    assert not (await seed(seeded.runtime)).changed, "a version ended by a later one is no difference from the files"


async def test_a_new_procedure_is_found_once_published(empty: Catalogue) -> None:
    await draft(empty, example(code="3.000181.000.00.00.H22", validFrom="2026-11-01"))
    assert (await publish(empty, "3.000181.000.00.00.H22", 1)).status_code == 200
    for typed in ("doc than", "3.000181", "ho tich"):
        found = (await empty.client.get("/v1/procedures", params={"q": typed})).json()["items"]
        assert [item["code"] for item in found] == ["3.000181.000.00.00.H22"], typed


async def test_a_version_that_overlaps_another_is_refused_and_says_which(seeded: Catalogue) -> None:
    await draft(seeded, example(validFrom="2020-01-01"))
    answer = await publish(seeded, "1.004873", 2)
    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/validity-overlaps"
    assert (answer.json()["version"], answer.json()["validFrom"]) == (1, "2025-07-01")


async def test_a_version_is_published_once(seeded: Catalogue) -> None:
    await draft(seeded, example())
    events = len(await recorded(seeded.runtime)) + 1
    first = await publish(seeded, "1.004873", 2, key="a")
    replayed = await publish(seeded, "1.004873", 2, key="a")
    again = await publish(seeded, "1.004873", 2, key="b")
    assert (first.status_code, replayed.status_code, replayed.headers["idempotency-replayed"]) == (200, 200, "true")
    assert (again.status_code, again.json()["state"], again.json()["allowed"]) == (409, "published", ["draft"])
    assert len(await recorded(seeded.runtime)) == events


async def test_an_older_draft_is_not_published_after_a_newer_one(seeded: Catalogue) -> None:
    await draft(seeded, example(validTo="2027-03-31"), key="draft-older")
    await draft(seeded, example(validFrom="2027-04-01"), key="draft-newer")
    assert (await publish(seeded, "1.004873", 3, key="newer")).status_code == 200
    answer = await publish(seeded, "1.004873", 2, key="older")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/newer-version-published")


async def test_a_version_that_is_not_there_cannot_be_published(seeded: Catalogue) -> None:
    for code, number in (("1.004873", 7), ("9.999999", 1)):
        answer = await publish(seeded, code, number, key=code)
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-version")


async def test_two_editors_at_once_get_two_drafts_and_one_publication(seeded: Catalogue) -> None:
    drafts = await asyncio.gather(*(draft(seeded, example(), key=f"draft-{n}") for n in range(6)))
    assert sorted(answer.json()["version"] for answer in drafts) == [2, 3, 4, 5, 6, 7]
    answers = await asyncio.gather(*(publish(seeded, "1.004873", 7, key=f"publish-{n}") for n in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409, 409]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"code": "1.4873"}, "/code"),
        ({"code": "HN2016"}, "/code"),
        ({"validFrom": "1/3/2027"}, "/validFrom"),
        ({"name": ""}, "/name"),
        ({"offerings": []}, "/offerings"),
        ({"surprise": 1}, "/surprise"),
        ({"handledBy": "someone"}, "/handledBy"),
        ({"formSchema": {"type": "strin"}}, "/formSchema"),
        ({"occurrencePointer": "/child/dateOfBirth"}, "/occurrencePointer"),
        ({"fees": [{"id": "a", "amount": -1, "validFrom": "2027-03-01", "legalSource": "x"}]}, "/fees/0/amount"),
        (
            {"fees": [{"id": "a", "amount": 1, "validFrom": "2027-03-01", "legalSource": "x", "minYears": 14}]},
            "/fees/0/minYears",
        ),
    ],
)
async def test_what_is_wrong_in_a_draft_is_pointed_at(seeded: Catalogue, changes: dict[str, Any], pointer: str) -> None:
    answer = await draft(seeded, example(**changes))
    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_a_draft_that_would_end_before_it_begins_is_refused(seeded: Catalogue) -> None:
    answer = await draft(seeded, example(validTo="2027-02-28"))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/validTo")


async def test_text_that_is_none_is_refused_wherever_it_stands(seeded: Catalogue) -> None:
    for changes, pointer in (
        ({"name": "a\u0000b"}, "/name"),
        ({"name": "\ud800"}, "/name"),
        ({"formSchema": {"a/b": [1, {"title": "\ud800"}]}}, "/formSchema/a~1b/1/title"),
        ({"formSchema": {"x\u0000": 1}}, "/formSchema/x\u0000"),
        ({"formSchema": {"maximum": float("inf")}}, "/formSchema/maximum"),
    ):
        body = json.dumps(example(**changes))
        headers = {**EDITOR, "Idempotency-Key": "k", "Content-Type": "application/json"}
        answer = await seeded.client.post("/v1/procedures", content=body, headers=headers)
        assert answer.status_code == 422
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
        assert answer.json()["errors"][0]["vi"]


async def test_a_name_is_kept_in_nfc_and_trimmed(seeded: Catalogue) -> None:
    drafted = await draft(seeded, example(name="  khai tu\u031b\u0309 "))
    assert drafted.json()["name"] == "khai tử"


CASES = [{"code": "a", "name": "Một", "formParts": ["one"]}]
ONE = {"type": "object", "properties": {"one": {"type": "string"}}}
FEE = {"id": "f", "amount": 1, "validFrom": "2027-03-01", "legalSource": "x"}


@pytest.mark.parametrize(
    ("changes", "pointer", "rule"),
    [
        ({"cases": CASES}, "/cases/0/formParts/0", "form-part"),
        ({"cases": [*CASES, *CASES], "formSchema": ONE}, "/cases/1/code", "unique"),
        ({"components": [{"code": "p", "name": "P", "cases": ["b"]}]}, "/components/0/cases/0", "case"),
        ({"fees": [{**FEE, "cases": ["b"]}]}, "/fees/0/cases/0", "case"),
        ({"fees": [FEE, FEE]}, "/fees/1/id", "unique"),
        ({"fees": [{**FEE, "minAge": 14, "maxAge": 13}]}, "/fees/0/maxAge", "order"),
        ({"fees": [{**FEE, "validTo": "2027-02-01"}]}, "/fees/0/validTo", "order"),
        ({"fees": [{**FEE, "exemption": True}]}, "/fees/0/amount", "exemption"),
        ({"fees": [{**FEE, "tiers": [{"amount": 2}, {"amount": 1}]}]}, "/fees/0/tiers/1/upTo", "order"),
        (
            {"fees": [{**FEE, "tiers": [{"upTo": 2, "amount": 2}, {"upTo": 2, "amount": 1}]}]},
            "/fees/0/tiers/1/upTo",
            "order",
        ),
        (
            {"timeLimits": [{"channel": 2, "case": "b", "unit": "same-day", "amount": 0}]},
            "/timeLimits/0/case",
            "case",
        ),
        ({"steps": [{"case": "b", "steps": ["x"]}]}, "/steps/0/case", "case"),
        ({"agencies": ["000.00.00.H26"]}, "/agencies/0", "agency-code"),
        ({"agencies": ["nobody"]}, "/agencies/0", "agency-code"),
        ({"lifeEvents": ["nothing"]}, "/lifeEvents/0", "life-event"),
        ({"formUi": {"/nothing": {}}}, "/formUi/~1nothing", "form-part"),
        ({"agePointer": "/child/dateOfBirth"}, "/agePointer", "date-in-form"),
    ],
)
async def test_parts_that_do_not_fit_each_other_are_refused(
    seeded: Catalogue, changes: dict[str, Any], pointer: str, rule: str
) -> None:
    answer = await draft(seeded, example(cases=[], **changes) if "cases" not in changes else example(**changes))
    assert answer.status_code == 422, answer.text
    assert (pointer, rule) in [(error["pointer"], error["rule"]) for error in answer.json()["errors"]]
    assert all(error["vi"] and error["en"] for error in answer.json()["errors"])


@pytest.mark.parametrize(
    ("units", "first", "last", "faults"),
    [
        (["00004"], "2027-03-01", None, []),
        (["00124"], "2016-08-10", "2025-06-30", []),
        (["99999"], "2027-03-01", None, ["2027-03-01"]),
        (["00004", "01"], "2027-03-01", None, ["2027-03-01"]),
        (["00154"], "2016-08-10", None, ["2025-07-01"]),
    ],
)
async def test_an_offering_names_communes_of_its_days(
    seeded: Catalogue, units: list[str], first: str, last: str | None, faults: list[str]
) -> None:
    """R-112."""
    offering = {**example()["offerings"][0], "units": units, "validFrom": first, "validTo": last}
    answer = await draft(seeded, example(offerings=[example()["offerings"][0], offering]))
    found = answer.json().get("errors", [])
    assert answer.status_code == (422 if faults else 201), answer.text
    place = len(units) - 1
    assert [(error["pointer"], error["rule"]) for error in found] == [(f"/offerings/1/units/{place}", "unit")] * len(
        faults
    )
    assert [error["en"] for error in found] == [f"No commune has this code on {day}" for day in faults]
    assert all("Không có đơn vị cấp xã" in error["vi"] for error in found)


async def test_a_draft_is_not_changed_to_name_a_unit_that_is_none(seeded: Catalogue) -> None:
    tag = (await draft(seeded, example())).headers["ETag"]
    body = example(offerings=[{**example()["offerings"][0], "units": ["99999"]}])
    del body["code"]
    answer = await seeded.client.put(
        "/v1/procedures/1.004873/versions/2", json=body, headers={**EDITOR, "If-Match": tag}
    )
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/offerings/0/units/0")


async def test_json_nested_beyond_any_form_is_refused(seeded: Catalogue) -> None:
    headers = {**EDITOR, "Idempotency-Key": "deep", "Content-Type": "application/json"}
    for depth in (100, 900, 10_000):
        deep = '{"formSchema":' + '{"a":' * depth + "1" + "}" * depth + "}"
        answer = await seeded.client.post("/v1/procedures", content=deep, headers=headers)
        assert answer.status_code in (400, 422), depth
        quote = await seeded.client.post(
            "/v1/procedures/1.001193/fee-quote", content="[" * depth, headers={"Content-Type": "application/json"}
        )
        assert quote.status_code in (400, 422)


async def change(
    catalogue: Catalogue, body: dict[str, Any], tag: str | None, number: int = 2, **identity: str
) -> httpx.Response:
    headers = {**EDITOR, **identity} | ({"If-Match": tag} if tag else {})
    content = {name: value for name, value in body.items() if name != "code"}
    return await catalogue.client.put(f"/v1/procedures/1.004873/versions/{number}", json=content, headers=headers)


async def discard(catalogue: Catalogue, tag: str | None, number: int = 2) -> httpx.Response:
    headers = {**EDITOR} | ({"If-Match": tag} if tag else {})
    return await catalogue.client.delete(f"/v1/procedures/1.004873/versions/{number}", headers=headers)


async def test_a_draft_is_changed_upon_what_was_read_of_it(seeded: Catalogue) -> None:
    drafted = await draft(seeded, example())
    read = await seeded.client.get(drafted.headers["location"].removeprefix("/api/catalog"), headers=EDITOR)
    assert read.headers["etag"] == drafted.headers["etag"]
    assert (await change(seeded, example(name="Tên mới"), None)).status_code == 428
    changed = await change(seeded, example(name="Tên mới"), read.headers["etag"])
    assert (changed.status_code, changed.json()["name"]) == (200, "Tên mới")
    late = await change(seeded, example(name="Tên khác"), read.headers["etag"])
    assert (late.status_code, late.json()["currentETag"]) == (412, changed.headers["etag"])
    assert (await publish(seeded, "1.004873", 2)).json()["name"] == "Tên mới"


async def test_a_draft_is_published_as_it_was_read_or_not_at_all(seeded: Catalogue) -> None:
    stale = (await draft(seeded, example())).headers["etag"]
    await change(seeded, example(name="Tên mới"), stale)
    answer = await seeded.client.post(
        "/v1/procedures/1.004873/versions/2/publication",
        headers={**EDITOR, "Idempotency-Key": "p", "If-Match": stale},
    )
    assert answer.status_code == 412


async def test_a_draft_is_discarded_and_its_etag_is_not_that_of_the_next(seeded: Catalogue) -> None:
    first = await draft(seeded, example())
    assert (await discard(seeded, None)).status_code == 428
    assert (await discard(seeded, first.headers["etag"])).status_code == 204
    assert (await discard(seeded, first.headers["etag"])).status_code == 404
    seeded.clock.advance(timedelta(seconds=1))
    second = await draft(seeded, example(), key="again")
    assert (first.json()["version"], second.json()["version"]) == (2, 2)
    assert (await change(seeded, example(), first.headers["etag"])).status_code == 412


async def test_what_is_published_is_neither_changed_nor_discarded(seeded: Catalogue) -> None:
    tag = (await seeded.client.get("/v1/procedures/1.004873/versions/1")).headers["etag"]
    for answer in (await change(seeded, example(), tag, number=1), await discard(seeded, tag, number=1)):
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/wrong-state")
        assert (answer.json()["state"], answer.json()["allowed"]) == ("published", ["draft"])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE procedures SET content = content || '{\"name\": \"x\"}' WHERE code = '1.004873'",
        "UPDATE procedures SET valid_from = valid_from - 1 WHERE code = '1.004873'",
        "UPDATE procedures SET valid_to = NULL WHERE code = 'hn2016-birth-ordinary'",
        "UPDATE procedures SET status = 'draft', published_at = NULL WHERE code = '1.004873'",
        "DELETE FROM procedures WHERE code = '1.004873'",
        (
            "INSERT INTO procedures SELECT code, 2, status, valid_from + 1, valid_to, content, search, created_by,"
            " created_at, published_at FROM procedures WHERE code = '1.004873'"
        ),
    ],
)
async def test_the_database_itself_keeps_what_was_published(seeded: Catalogue, statement: str) -> None:
    """R-100."""
    async with seeded.runtime.database.begin() as uow:
        with pytest.raises(IntegrityError):
            await uow.execute(text(statement))


async def withdraw(catalogue: Catalogue, number: int = 1, key: str = "withdraw", **changes: Any) -> httpx.Response:
    body = {"lastDay": "2026-12-31", "legalSource": "Quyết định bãi bỏ", "reason": "Không còn cần", **changes}
    return await catalogue.client.post(
        f"/v1/procedures/1.004873/versions/{number}/withdrawal",
        json=body,
        headers={**EDITOR, "Idempotency-Key": key},
    )


async def test_a_withdrawn_version_is_in_force_up_to_its_last_day_and_everyone_is_told(seeded: Catalogue) -> None:
    answer = await withdraw(seeded)
    assert (answer.status_code, answer.json()["status"], answer.json()["validTo"]) == (200, "withdrawn", "2026-12-31")
    event = (await recorded(seeded.runtime))[-1]
    assert (event["type"], event["subject"]) == ("vn.gov.hanoi.catalog.procedure-withdrawn.v1", "1.004873")
    assert event["data"] == {
        "version": 2,
        "code": "1.004873",
        "number": 1,
        "validTo": "2026-12-31",
        "legalSource": "Quyết định bãi bỏ",
        "reason": "Không còn cần",
    }
    there = await seeded.client.get("/v1/procedures/1.004873", params={"on": "2026-12-31"})
    assert (there.status_code, there.json()["status"]) == (200, "withdrawn")
    found = await seeded.client.get("/v1/procedures", params={"q": "1.004873", "on": "2026-12-31"})
    assert [item["code"] for item in found.json()["items"]] == ["1.004873"]
    gone = await seeded.client.get("/v1/procedures/1.004873", params={"on": "2027-01-01"})
    assert (gone.status_code, gone.json()["type"]) == (404, "/problems/procedure-not-in-force")
    listed = (await seeded.client.get("/v1/procedures/1.004873/versions")).json()["items"]
    assert (listed[0]["withdrawalSource"], listed[0]["withdrawalReason"]) == ("Quyết định bãi bỏ", "Không còn cần")


async def test_the_version_after_a_withdrawal_takes_a_number_after_its_news(seeded: Catalogue) -> None:
    await draft(seeded, example(), key="before")
    await withdraw(seeded)
    outdated = await publish(seeded, "1.004873", 2, key="outdated")
    assert (outdated.status_code, outdated.json()["type"]) == (409, "/problems/newer-version-published")
    after = await draft(seeded, example(), key="after")
    assert after.json()["version"] == 4, "2 is the draft of before, 3 the news of the withdrawal"
    assert (await publish(seeded, "1.004873", 4, key="p")).status_code == 200
    versions = [event["data"]["version"] for event in await recorded(seeded.runtime) if event["subject"] == "1.004873"]
    assert versions == [1, 3, 4]


@pytest.mark.parametrize("day", ["2026-11-19", "2025-07-01"])
async def test_a_last_day_gone_by_is_refused(seeded: Catalogue, day: str) -> None:
    answer = await withdraw(seeded, lastDay=day)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/last-day-outside")
    assert (answer.json()["errors"][0]["pointer"], answer.json()["earliest"]) == ("/lastDay", "2026-11-20")


async def test_today_can_be_the_last_day(seeded: Catalogue) -> None:
    assert (await withdraw(seeded, lastDay="2026-11-20")).status_code == 200


async def test_only_what_is_published_is_withdrawn_and_once(seeded: Catalogue) -> None:
    await draft(seeded, example())
    of_draft = await withdraw(seeded, number=2, key="a")
    assert (of_draft.status_code, of_draft.json()["allowed"]) == (409, ["published"])
    first, again, other = [await withdraw(seeded, key=key) for key in ("b", "b", "c")]
    assert (first.status_code, again.status_code, other.status_code) == (200, 200, 409)
    assert again.headers["idempotency-replayed"] == "true"
    assert (await withdraw(seeded, number=7, key="d")).status_code == 404


async def test_a_withdrawal_by_mistake_is_corrected_by_a_new_version(seeded: Catalogue) -> None:
    await withdraw(seeded)
    await draft(seeded, example(validFrom="2025-07-01"))
    assert (await publish(seeded, "1.004873", 3)).status_code == 200
    there = (await seeded.client.get("/v1/procedures/1.004873", params={"on": "2027-01-01"})).json()
    assert (there["version"], there["status"]) == (3, "published")
    listed = (await seeded.client.get("/v1/procedures/1.004873/versions")).json()["items"]
    assert [(item["version"], item["status"]) for item in listed] == [(1, "corrected"), (3, "published")]


async def test_the_event_of_a_version_carries_all_its_parts(seeded: Catalogue) -> None:
    form = {"type": "object", "properties": {"one": {"type": "string"}, "born": {"type": "string", "format": "date"}}}
    parts = {
        "cases": CASES,
        "formSchema": form,
        "agePointer": "/born",
        "supplementWorkingDays": 7,
        "components": [{"code": "p", "name": "P", "cases": ["a"], "mediaTypes": ["application/pdf"], "maxFiles": 2}],
    }
    await draft(seeded, example(**parts))
    await publish(seeded, "1.004873", 2)
    data = (await recorded(seeded.runtime))[-1]["data"]
    assert (data["agePointer"], data["supplementWorkingDays"], data["agencies"]) == ("/born", 7, ["H26"])
    assert data["cases"][0]["formParts"] == ["one"]
    assert data["components"][0]["cases"] == ["a"]
    assert data["components"][0]["mediaTypes"] == ["application/pdf"]
    assert data["results"][0]["code"] == "giay-xac-nhan"


async def test_only_an_editor_edits(seeded: Catalogue) -> None:
    answers = [
        await seeded.client.post("/v1/procedures", json=example(), headers={"Idempotency-Key": "k", **identity})
        for identity in (
            {},
            identities.citizen(),
            identities.officer("one-stop-officer"),
            identities.agency("catalog:read"),
        )
    ]
    assert [answer.status_code for answer in answers] == [401, 403, 403, 403]
    for method, path in (
        ("POST", "procedures/1.004873/versions/1/publication"),
        ("POST", "procedures/1.004873/versions/1/withdrawal"),
        ("PUT", "procedures/1.004873/versions/1"),
        ("DELETE", "procedures/1.004873/versions/1"),
        ("PUT", "agencies/H26.01"),
    ):
        answer = await seeded.client.request(method, f"/v1/{path}", headers=identities.citizen())
        assert answer.status_code == 403, path
        assert (await seeded.client.request(method, f"/v1/{path}")).status_code == 401


async def test_a_draft_without_a_key_is_refused(seeded: Catalogue) -> None:
    answer = await seeded.client.post("/v1/procedures", json=example(), headers=EDITOR)
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/idempotency-key-missing")


async def test_editing_costs_at_most_eight_statements(seeded: Catalogue) -> None:
    with counted(seeded.runtime.database) as drafting:
        await draft(seeded, example())
    with counted(seeded.runtime.database) as naming_units:
        await draft(seeded, example(offerings=[{**example()["offerings"][0], "units": ["00004"]}]), key="units")
    with counted(seeded.runtime.database) as publishing:
        await publish(seeded, "1.004873", 2)
    with counted(seeded.runtime.database) as withdrawing:
        await withdraw(seeded, number=2, lastDay="2027-12-31")
    assert len(drafting) == 5
    assert len(naming_units) == 6
    assert len(publishing) == 6
    assert len(withdrawing) == 5
