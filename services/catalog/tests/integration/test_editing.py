"""What an editor does: draft, publish; and what is refused."""

import asyncio
import json
from typing import Any

import httpx
import pytest

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
            {"fees": [{"id": "a", "amount": 1, "validFrom": "2027-03-01", "legalSource": "x", "minAge": 14}]},
            "/fees/0/minAge",
        ),
    ],
)
async def test_what_is_wrong_in_a_draft_is_pointed_at(seeded: Catalogue, changes: dict[str, Any], pointer: str) -> None:
    answer = await draft(seeded, example(**changes))
    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_a_draft_that_would_end_before_it_begins_is_refused(seeded: Catalogue) -> None:
    assert (await draft(seeded, example(validTo="2027-02-28"))).status_code == 422


async def test_text_that_is_none_is_refused_wherever_it_stands(seeded: Catalogue) -> None:
    for changes in ({"name": "a\u0000b"}, {"name": "\ud800"}, {"formSchema": {"title": "\ud800"}}):
        body = json.dumps(example(**changes))
        headers = {**EDITOR, "Idempotency-Key": "k", "Content-Type": "application/json"}
        answer = await seeded.client.post("/v1/procedures", content=body, headers=headers)
        assert answer.status_code == 422


async def test_a_name_is_kept_in_nfc_and_trimmed(seeded: Catalogue) -> None:
    drafted = await draft(seeded, example(name="  khai tu\u031b\u0309 "))
    assert drafted.json()["name"] == "khai tử"


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
    publication = await seeded.client.post(
        "/v1/procedures/1.004873/versions/1/publication", headers=identities.citizen()
    )
    assert publication.status_code == 403


async def test_a_draft_without_a_key_is_refused(seeded: Catalogue) -> None:
    answer = await seeded.client.post("/v1/procedures", json=example(), headers=EDITOR)
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/idempotency-key-missing")


async def test_editing_costs_at_most_eight_statements(seeded: Catalogue) -> None:
    with counted(seeded.runtime.database) as drafting:
        await draft(seeded, example())
    with counted(seeded.runtime.database) as publishing:
        await publish(seeded, "1.004873", 2)
    assert len(drafting) == 5
    assert len(publishing) == 6
