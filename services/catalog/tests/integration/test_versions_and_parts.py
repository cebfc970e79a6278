"""What is read of one procedure: its versions and what changed, one applicant's way through it, its form, fee and class."""

from typing import Any

import httpx
import jsonschema_rs
import pytest

from services.catalog.tests.conftest import Catalogue
from services.catalog.tests.integration.test_editing import EDITOR, draft, example, publish
from tests.support import identities
from tests.support.counting import counted

FORM: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["subject", "purpose"],
    "properties": {
        "subject": {"type": "string"},
        "purpose": {"type": "string"},
        "spouse": {"type": "object", "properties": {"fullName": {"type": "string"}}},
        "journey": {"type": "string"},
        "dateOfBirth": {"type": "string", "format": "date"},
    },
}
PARTS: dict[str, Any] = {
    "cases": [
        {"code": "marry", "name": "Để kết hôn", "formParts": ["spouse"]},
        {"code": "abroad", "name": "Để đi nước ngoài", "formParts": ["journey"]},
    ],
    "steps": [{"steps": ["Nộp", "Nhận"]}, {"case": "abroad", "steps": ["Nộp", "Xác minh", "Nhận"]}],
    "components": [
        {"code": "id", "name": "Giấy tờ tùy thân", "originals": 1},
        {"code": "visa", "name": "Thị thực", "copies": 1, "cases": ["abroad"]},
    ],
    "timeLimits": [
        {"channel": 1, "unit": "working-days", "amount": 3},
        {
            "channel": 2,
            "unit": "working-days",
            "amount": 3,
            "verification": {"unit": "working-days", "amount": 23, "text": "khi phải xác minh"},
        },
        {"channel": 2, "case": "abroad", "unit": "working-days", "amount": 5},
    ],
    "fees": [
        {"id": "free", "amount": 0, "exemption": True, "applicantClasses": ["poor-household"]},
        {"id": "child", "amount": 5000, "maxAge": 13},
        {"id": "grown", "amount": 25000, "minAge": 14},
        {"id": "abroad-extra", "item": "extra", "amount": 1000, "cases": ["abroad"], "perItem": True},
    ],
    "agePointer": "/dateOfBirth",
    "formSchema": FORM,
    "formUi": {"/subject": {"order": 1}, "/spouse/fullName": {"help": "Họ tên"}, "/journey": {"order": 3}},
    "offerings": [
        {
            "units": ["00004"],
            "channels": [1, 2],
            "serviceLevel": "full",
            "formerLevel": "4",
            "validFrom": "2026-11-01",
            "legalSource": "Quyết định A",
        },
        {"channels": [1], "serviceLevel": "partial", "validFrom": "2026-11-01", "legalSource": "Quyết định B"},
    ],
}
CODE = "9.000001"


def whole(**changes: Any) -> dict[str, Any]:
    fees = [
        {"validFrom": "2026-11-01", "legalSource": "Nghị quyết", "text": rule["id"], **rule} for rule in PARTS["fees"]
    ]
    return example(**{"code": CODE, "validFrom": "2026-11-01", **PARTS, "fees": fees, **changes})


@pytest.fixture
async def filled(seeded: Catalogue) -> Catalogue:
    """The catalogue of the data files with one procedure more, that has every part."""
    assert (await draft(seeded, whole(), key="whole")).status_code == 201
    assert (await publish(seeded, CODE, 1, key="whole-p")).status_code == 200
    return seeded


async def read(catalogue: Catalogue, path: str, **query: Any) -> httpx.Response:
    return await catalogue.client.get(f"/v1/procedures/{CODE}{path}", params=query)


async def test_every_legal_part_is_shown(filled: Catalogue) -> None:
    body = (await read(filled, "")).json()
    for part in (
        "name",
        "steps",
        "components",
        "timeLimits",
        "applicants",
        "agencies",
        "results",
        "fees",
        "legalSources",
    ):
        assert part in body
    assert body["cases"][1]["formParts"] == ["journey"]
    assert body["timeLimits"][1]["verification"]["amount"] == 23
    assert body["lifeEvents"] == []


async def test_a_guide_holds_what_is_for_the_case_and_channel_and_nothing_else(filled: Catalogue) -> None:
    married = (await read(filled, "/guide", case="marry", channel=2, unit="00004")).json()
    abroad = (await read(filled, "/guide", case="abroad", channel=2, unit="00004")).json()
    assert (married["steps"], abroad["steps"]) == (["Nộp", "Nhận"], ["Nộp", "Xác minh", "Nhận"])
    assert [paper["code"] for paper in married["components"]] == ["id"]
    assert [paper["code"] for paper in abroad["components"]] == ["id", "visa"]
    assert (married["timeLimit"]["amount"], married["timeLimit"]["verification"]["amount"]) == (3, 23)
    assert (abroad["timeLimit"]["amount"], "verification" in abroad["timeLimit"]) == (5, False)
    assert [rule["id"] for rule in married["fees"]] == ["free", "child", "grown"]
    assert [rule["id"] for rule in abroad["fees"]] == ["free", "child", "grown", "abroad-extra"]
    assert set(married["formParts"]) == {"subject", "purpose", "spouse", "dateOfBirth"}
    assert abroad["requiredParts"] == ["subject", "purpose", "journey"]
    assert married["offering"]["legalSource"] == "Quyết định A"
    assert married["results"][0]["code"] == "giay-xac-nhan"


async def test_a_guide_of_no_case_holds_what_is_for_all(filled: Catalogue) -> None:
    body = (await read(filled, "/guide", channel=1)).json()
    assert [paper["code"] for paper in body["components"]] == ["id"]
    assert [case["code"] for case in body["cases"]] == ["marry", "abroad"]


async def test_a_guide_where_nobody_takes_it_in_says_by_which_channels_it_is_offered(filled: Catalogue) -> None:
    answer = await read(filled, "/guide", channel=2, unit="00008")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-offered-there")
    assert answer.json()["channels"] == [1]
    assert (await read(filled, "/guide", channel=1, unit="00008")).status_code == 200
    assert (await read(filled, "/guide", channel=1, unit="99999")).json()["type"] == "/problems/unknown-unit"
    assert (await read(filled, "/guide", channel=7)).json()["errors"][0]["pointer"] == "query:channel"


async def test_a_case_that_is_none_is_refused_with_those_there_are(filled: Catalogue) -> None:
    for path, query in (("/guide", {"channel": 1}), ("/form", {}), ("/fee-quote", {"channel": 1})):
        answer = await read(filled, path, case="nothing", **query)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/unknown-procedure-case")
        assert answer.json()["errors"][0]["pointer"] == "query:case"
        assert answer.json()["cases"] == ["marry", "abroad"]


async def test_the_form_of_a_case_wants_its_parts_and_refuses_those_of_others(filled: Catalogue) -> None:
    """R-104."""
    whole_form = (await read(filled, "/form")).json()
    assert set(whole_form["properties"]) == set(FORM["properties"])
    form = (await read(filled, "/form", case="marry")).json()
    assert set(form["properties"]) == {"subject", "purpose", "spouse", "dateOfBirth"}
    assert form["required"] == ["subject", "purpose", "spouse"]
    assert form["x-ui"] == {"/subject": {"order": 1}, "/spouse/fullName": {"help": "Họ tên"}}
    validator = jsonschema_rs.Draft202012Validator(form)
    good = {"subject": "a", "purpose": "b", "spouse": {}}
    assert validator.is_valid(good)
    assert not validator.is_valid({**good, "journey": "c"})
    assert not validator.is_valid({"subject": "a", "purpose": "b"})


@pytest.mark.parametrize(
    ("facts", "total", "lines"),
    [
        ({"age": 13}, 5000, [("child", 5000)]),
        ({"age": 14}, 25000, [("grown", 25000)]),
        ({"age": 14, "case": "marry"}, 25000, [("grown", 25000)]),
        ({"age": 20, "case": "abroad", "copies": 3}, 28000, [("grown", 25000), ("abroad-extra", 3000)]),
        ({"case": "marry", "applicantClass": "poor-household"}, 0, [("free", 0)]),
        ({"case": "marry"}, None, [("no-rule", 0)]),
    ],
)
async def test_a_fee_is_quoted_line_by_line_the_same_by_get_and_post(
    filled: Catalogue, facts: dict[str, Any], total: int | None, lines: list[tuple[str, int]]
) -> None:
    facts = {"case": "marry", "channel": 2, "on": "2026-11-20", **facts}
    posted = await filled.client.post(f"/v1/procedures/{CODE}/fee-quote", json=facts)
    assert posted.status_code == 200, posted.text
    assert [(line["rule"], line["amount"]) for line in posted.json()["lines"]] == lines
    assert posted.json().get("total") == total
    assert posted.json()["unknown"] == ([] if total is not None else ["age"])
    assert (await read(filled, "/fee-quote", **facts)).json() == posted.json()


async def test_a_quote_says_which_facts_are_wanting(shelf: Catalogue) -> None:
    body = (await shelf.client.get("/v1/procedures/1.001193/fee-quote", params={"channel": 2})).json()
    assert ("total" in body, body["unknown"]) == (False, ["daysSinceOccurrence"])


@pytest.mark.parametrize(("born", "total"), [("2026-09-21", 0), ("2026-09-20", 5000), ("2026-11-20", 0)])
async def test_a_quote_counts_the_days_from_the_event(shelf: Catalogue, born: str, total: int) -> None:
    facts = {"channel": 1, "dateOfOccurrence": born, "on": "2026-11-20"}
    body = (await shelf.client.post("/v1/procedures/1.001193/fee-quote", json=facts)).json()
    assert body["total"] == total
    assert body["lines"][0]["legalSource"]


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        ({}, "/channel"),
        ({"channel": 4}, "/channel"),
        ({"channel": 1, "age": -1}, "/age"),
        ({"channel": 1, "copies": 0}, "/copies"),
        ({"channel": 1, "pages": 10**30}, "/pages"),
        ({"channel": 1, "applicantClass": "rich"}, "/applicantClass"),
        ({"channel": 1, "dateOfOccurrence": "2026-11-21", "on": "2026-11-20"}, "/dateOfOccurrence"),
        ({"channel": 1, "surprise": 1}, "/surprise"),
        ({"channel": 1, "on": "today"}, "/on"),
        ({"channel": 1, "dateOfOccurrence": "2026-11-01", "daysSinceOccurrence": 3}, "/daysSinceOccurrence"),
    ],
)
async def test_what_is_wrong_in_the_facts_is_pointed_at(shelf: Catalogue, facts: dict[str, Any], pointer: str) -> None:
    posted = await shelf.client.post("/v1/procedures/1.001193/fee-quote", json=facts)
    assert (posted.status_code, [error["pointer"] for error in posted.json()["errors"]]) == (422, [pointer])
    got = await shelf.client.get("/v1/procedures/1.001193/fee-quote", params=facts)
    assert got.status_code == 422


async def test_classes_stand_side_by_side_by_commune_and_day(filled: Catalogue) -> None:
    here = (await read(filled, "/service-classes", unit="00004")).json()["classes"]
    there = (await read(filled, "/service-classes", unit="00008")).json()["classes"]
    assert [(row.get("level"), row.get("serviceClass")) for row in here] == [("4", "full"), (None, "partial")]
    assert [(row.get("level"), row.get("serviceClass")) for row in there] == [(None, "partial")]
    of_2016 = await filled.client.get(
        "/v1/procedures/hn2016-birth-ordinary/service-classes", params={"on": "2016-08-15", "unit": "00124"}
    )
    assert [(row.get("level"), row.get("serviceClass")) for row in of_2016.json()["classes"]] == [("3", None)]


async def test_procedures_of_a_day_are_counted_by_class_in_both_schemes(filled: Catalogue) -> None:
    body = (await filled.client.get("/v1/service-classes", params={"on": "2016-08-15"})).json()
    assert (body["procedures"], body["notOffered"]) == (7, 0)
    former, present = body["schemes"]
    assert {row["code"]: row["procedures"] for row in former["classes"]} == {"1": 0, "2": 0, "3": 7, "4": 0}
    assert (former["unstated"], present["unstated"]) == (0, 7)
    today = (await filled.client.get("/v1/service-classes")).json()
    rows = {row["code"]: row["procedures"] for row in today["schemes"][1]["classes"]}
    assert today["procedures"] == sum(rows.values()) + today["notOffered"] + today["schemes"][1]["unstated"]
    elsewhere = (await filled.client.get("/v1/service-classes", params={"unit": "00008"})).json()
    assert elsewhere["schemes"][1]["classes"][2]["procedures"] == rows["full"] - 1, "at 00008 ours is in part only"
    assert [row["number"] for row in today["schemes"][1]["classes"]] == [2, 3, 4]


async def test_classes_are_those_of_the_agency_asked_for_in_either_notation(filled: Catalogue) -> None:
    everywhere = (await filled.client.get("/v1/service-classes")).json()
    for code in ("H26", "000.00.00.H26"):
        body = (await filled.client.get("/v1/service-classes", params={"agency": code})).json()
        assert (body["agency"], body["procedures"]) == ("H26", everywhere["procedures"])
        assert len((await read(filled, "/service-classes", agency=code)).json()["classes"]) == 2
    none = (await filled.client.get("/v1/service-classes", params={"agency": "G15"})).json()
    assert (none["procedures"], none["notOffered"]) == (0, 0)
    assert (await read(filled, "/service-classes", agency="G15")).json()["classes"] == []

    assert (await draft(filled, whole(code="9.000002", agencies=["G15", "H26"]), key="g15")).status_code == 201
    assert (await publish(filled, "9.000002", 1, key="g15-p")).status_code == 200
    one = (await filled.client.get("/v1/service-classes", params={"agency": "G15", "unit": "00004"})).json()
    assert one["procedures"] == 1
    assert {row["code"]: row["procedures"] for row in one["schemes"][1]["classes"]}["full"] == 1


async def test_an_agency_that_is_written_in_neither_notation_is_pointed_at(shelf: Catalogue) -> None:
    for path in ("/v1/service-classes", "/v1/procedures/1.001193/service-classes"):
        answer = await shelf.client.get(path, params={"agency": "nobody"})
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/unsound-agency")
        assert answer.json()["errors"][0]["pointer"] == "query:agency"


async def test_versions_are_listed_for_everyone_and_drafts_for_editors(filled: Catalogue) -> None:
    await draft(filled, whole(validFrom="2027-01-01"), key="two")
    address = f"/v1/procedures/{CODE}/versions"
    for headers, numbers in (({}, [1]), (identities.citizen(), [1]), (EDITOR, [1, 2])):
        listed = (await filled.client.get(address, headers=headers)).json()["items"]
        assert [item["version"] for item in listed] == numbers
    assert (await filled.client.get(f"{address}/2")).json()["type"] == "/problems/unknown-version"
    assert (await filled.client.get(f"{address}/2", headers=EDITOR)).json()["formSchema"] == FORM
    assert (await filled.client.get(f"{address}/1/diff/2")).status_code == 404
    assert (await filled.client.get(f"{address}/1/diff/2", headers=EDITOR)).status_code == 200
    bad = await filled.client.get(address, headers={"Authorization": "Bearer x.y.z"})
    assert bad.status_code == 401
    only_draft = await draft(filled, whole(code="9.000002"), key="three")
    unseen = await filled.client.get("/v1/procedures/9.000002/versions")
    assert (only_draft.status_code, unseen.status_code) == (201, 404)


async def test_versions_are_paged(filled: Catalogue) -> None:
    for number in range(3):
        await draft(filled, whole(validFrom="2027-01-01"), key=f"d{number}")
    address = f"/v1/procedures/{CODE}/versions"
    first = (await filled.client.get(address, headers=EDITOR, params={"limit": 3})).json()
    rest = (await filled.client.get(address, headers=EDITOR, params={"cursor": first["nextCursor"]})).json()
    assert [item["version"] for item in first["items"] + rest["items"]] == [1, 2, 3, 4]


async def test_what_changed_between_two_versions_is_told_in_both_languages(filled: Catalogue) -> None:
    body = whole(validFrom="2027-01-01")
    body["fees"][1]["amount"] = 6000
    body["fees"].insert(0, body["fees"].pop(2))
    body["components"] = [{**body["components"][0], "copies": 1}, {"code": "photo", "name": "Ảnh"}]
    await draft(filled, body, key="two")
    assert (await publish(filled, CODE, 2, key="two-p")).status_code == 200
    with counted(filled.runtime.database) as statements:
        answer = await filled.client.get(f"/v1/procedures/{CODE}/versions/1/diff/2")
    assert len(statements) == 1
    found = {(change["op"], change["pointer"]): change for change in answer.json()["changes"]}
    assert found.keys() == {
        ("replace", "/validFrom"),
        ("remove", "/validTo"),
        ("replace", "/fees/1/amount"),
        ("move", "/fees"),
        ("replace", "/components/0/copies"),
        ("remove", "/components/1"),
        ("add", "/components/1"),
    }
    fee = found["replace", "/fees/1/amount"]
    assert (fee["before"], fee["after"], fee["names"]) == (5000, 6000, ["child"])
    assert fee["vi"] == "Phí, lệ phí “child”, mức: đổi từ 5000 thành 6000."
    assert fee["en"] == "Fee “child”, amount: changed from 5000 to 6000."
    assert found["remove", "/components/1"]["before"]["code"] == "visa"
    assert found["move", "/fees"]["before"] == ["free", "child", "grown", "abroad-extra"]
    assert all(change["vi"] and change["en"] for change in answer.json()["changes"])


async def test_lists_of_fields_legal_sources_and_life_events_say_how_many(shelf: Catalogue) -> None:
    async def items(address: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await shelf.client.get(address)).json()["items"]
        return found

    fields = await items("/v1/fields")
    total = sum(field["procedures"] for field in fields)
    assert total == (await shelf.client.get("/v1/service-classes")).json()["procedures"]
    assert [field["code"] for field in fields] == sorted(field["code"] for field in fields)
    sources = {source["number"]: source for source in await items("/v1/legal-sources")}
    assert sources["60/2014/QH13"]["title"] == "Luật Hộ tịch"
    events = {event["code"]: event for event in await items("/v1/life-events")}
    of_birth = await items("/v1/procedures?lifeEvent=sinh-con&limit=200")
    assert events["sinh-con"]["procedures"] == len(of_birth) > 0
    assert all(event["name"] and event["nameEn"] for event in events.values())


async def test_fields_are_paged(shelf: Catalogue) -> None:
    whole_list = [item["code"] for item in (await shelf.client.get("/v1/fields")).json()["items"]]
    first = (await shelf.client.get("/v1/fields", params={"limit": 2})).json()
    rest = (await shelf.client.get("/v1/fields", params={"cursor": first["nextCursor"]})).json()
    assert [item["code"] for item in first["items"] + rest["items"]] == whole_list
