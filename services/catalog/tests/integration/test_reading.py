"""What anyone reads in the catalogue, as the data files fill it."""

from datetime import date
from typing import Any

import pytest

from catalog.sources.procedures import procedures
from chassis.paging import encode_cursor
from services.catalog.tests.conftest import Catalogue
from tests.support.counting import counted

SEEDED = procedures()
TODAY = date(2026, 11, 20)


def standing(on: date, field: str | None = None) -> int:
    """How many procedures of the data files are in force on a day."""
    return sum(
        item.valid_from <= on
        and (item.valid_to is None or on <= item.valid_to)
        and (field is None or item.content.field.code == field)
        for item in SEEDED
    )


async def codes(catalogue: Catalogue, **query: str | int) -> list[str]:
    answer = await catalogue.client.get("/v1/procedures", params={"limit": 200, **query})
    assert answer.status_code == 200, answer.text
    return [item["code"] for item in answer.json()["items"]]


async def test_words_are_found_without_accents_and_the_plain_procedure_comes_first(shelf: Catalogue) -> None:
    """R-008"""
    for typed in ("khai sinh", "dang ky khai sinh", "ĐĂNG KÝ KHAI SINH", "đăng ký khai si"):
        found = await codes(shelf, q=typed)
        assert found[0] == "1.001193", typed
        assert {"1.003583", "1.004884", "3.000722"} <= set(found)
        assert "1.000656" not in found


async def test_what_people_call_it_is_found_too(shelf: Catalogue) -> None:
    assert (await codes(shelf, q="giay chung tu"))[0] == "1.000656"
    assert {"1.000656", "2.000635"} <= set(await codes(shelf, q="giay chung tu"))
    assert await codes(shelf, q="giay doc than") == ["1.004873"]
    assert await codes(shelf, q="sổ hộ khẩu") == []
    assert "1.004222" in await codes(shelf, q="hộ khẩu")


async def test_a_code_or_its_beginning_finds_its_procedure(shelf: Catalogue) -> None:
    assert await codes(shelf, q="1.001193") == ["1.001193"]
    assert await codes(shelf, q="1.0132") == ["1.013225", "1.013226", "1.013227", "1.013228"]


async def test_the_catalogue_is_as_of_the_day_asked_for(shelf: Catalogue) -> None:
    """R-001"""
    of_2016 = await codes(shelf, on="2016-08-15")
    assert len(of_2016) == 7
    assert all(code.startswith("hn2016-") for code in of_2016)
    assert await codes(shelf, on="2016-08-09") == []
    assert "3.000722" not in await codes(shelf, on="2026-08-31")
    assert len(await codes(shelf, on="2026-08-31")) == standing(date(2026, 8, 31))
    assert len(await codes(shelf)) == standing(TODAY), "today, by the service's clock"


async def test_a_list_says_by_which_channels_a_procedure_is_offered(shelf: Catalogue) -> None:
    items = (await shelf.client.get("/v1/procedures", params={"q": "khai sinh", "unit": "00004"})).json()["items"]
    channels = {item["code"]: item["channels"] for item in items}
    assert channels["1.001193"] == [1, 2]
    assert channels["1.003583"] == [1], "the mobile desk comes to the citizen"


async def test_a_field_narrows_the_list(shelf: Catalogue) -> None:
    assert len(await codes(shelf, field="ho-tich")) == standing(TODAY, "ho-tich") > 20
    assert len(await codes(shelf, field="ho-tich", on="2016-08-15")) == 7
    assert await codes(shelf, field="nothing") == []


async def test_a_life_event_narrows_the_list(shelf: Catalogue) -> None:
    assert "1.001193" in await codes(shelf, lifeEvent="sinh-con")
    assert "1.000656" not in await codes(shelf, lifeEvent="sinh-con")


async def test_a_unit_narrows_the_list_to_what_it_offers_that_day(shelf: Catalogue) -> None:
    assert len(await codes(shelf, unit="00124", on="2016-08-15")) == 7
    offered = [item for item in SEEDED if item.content.offerings and item.valid_to is None]
    assert len(await codes(shelf, unit="00004")) == len(offered)


@pytest.mark.parametrize(("unit", "on"), [("00004", "2016-08-15"), ("99999", "2026-11-20"), ("004", "2016-08-15")])
async def test_a_list_for_a_commune_that_is_not_there_says_which(shelf: Catalogue, unit: str, on: str) -> None:
    answer = await shelf.client.get("/v1/procedures", params={"unit": unit, "on": on})
    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/unknown-unit"
    assert (answer.json()["unit"], answer.json()["on"]) == (unit, on)


@pytest.mark.parametrize("query", [{}, {"q": "dang ky"}, {"unit": "00004", "q": "khai"}])
async def test_pages_follow_each_other_without_gap_or_repeat(shelf: Catalogue, query: dict[str, str]) -> None:
    whole = await codes(shelf, **query)
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page: dict[str, str | int] = {"limit": 4, **query}
        if cursor:
            page["cursor"] = cursor
        answer = (await shelf.client.get("/v1/procedures", params=page)).json()
        seen += [item["code"] for item in answer["items"]]
        cursor = answer["nextCursor"]
        if cursor is None:
            break
    assert seen == whole
    assert len(seen) > 4


async def test_a_cursor_of_another_list_is_refused(shelf: Catalogue) -> None:
    units = (await shelf.client.get("/v1/units", params={"limit": 1})).json()["nextCursor"]
    for cursor in (
        "nonsense",
        units,
        encode_cursor(["a", "b"]),
        encode_cursor([10**30, "b"]),
        encode_cursor([1, "\0"]),
    ):
        answer = await shelf.client.get("/v1/procedures", params={"cursor": cursor})
        assert answer.status_code == 400


async def test_a_procedure_is_read_whole_but_for_its_form(shelf: Catalogue) -> None:
    answer = await shelf.client.get("/v1/procedures/1.001193")
    body = answer.json()
    assert body["name"] == "Thủ tục đăng ký khai sinh"
    assert body["status"] == "published"
    assert [rule["amount"] for rule in body["fees"]] == [0, 0, 5000]
    assert body["occurrencePointer"] == "/child/dateOfBirth"
    assert body["notPublished"] == []
    assert "formSchema" not in body
    assert "validTo" not in body


async def test_a_procedure_unchanged_since_it_was_read_is_not_sent_again(shelf: Catalogue) -> None:
    for address in (
        "/v1/procedures/1.001193",
        "/v1/procedures/1.001193/form",
        "/v1/procedures/1.001193/guide?channel=2",
        "/v1/procedures/1.001193/service-classes",
        "/v1/procedures/1.001193/versions/1",
        "/v1/procedures/1.001193/versions/1/diff/1",
        "/v1/units/00004",
        "/v1/rollouts/wave-1",
        "/v1/agencies/H26",
        "/v1/calendar/2026",
    ):
        first = await shelf.client.get(address)
        again = await shelf.client.get(address, headers={"If-None-Match": first.headers["etag"]})
        assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
        assert again.headers["etag"] == first.headers["etag"]
        other = await shelf.client.get(address, headers={"If-None-Match": '"another"'})
        assert other.status_code == 200


async def test_the_version_of_the_day_is_read(shelf: Catalogue) -> None:
    answer = await shelf.client.get("/v1/procedures/hn2016-birth-ordinary", params={"on": "2016-08-15"})
    assert answer.json()["validTo"] == "2025-06-30"
    assert answer.json()["offerings"][0]["serviceLevel"] == "3"
    today = await shelf.client.get("/v1/procedures/hn2016-birth-ordinary")
    assert today.status_code == 404
    assert today.json()["type"] == "/problems/procedure-not-in-force"
    assert today.json()["inForce"] == [{"validFrom": "2016-08-10", "validTo": "2025-06-30"}]


async def test_an_unknown_procedure_is_said_to_be_unknown(shelf: Catalogue) -> None:
    for path in ("", "/form", "/guide?channel=2", "/service-classes", "/versions", "/fee-quote?channel=1"):
        address = f"/v1/procedures/9.999999{path}"
        answer = await shelf.client.get(address)
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-procedure")
        assert answer.json()["code"] == "9.999999"


async def test_the_form_is_a_json_schema(shelf: Catalogue) -> None:
    answer = await shelf.client.get("/v1/procedures/1.001193/form")
    assert answer.headers["content-type"] == "application/schema+json"
    assert answer.json()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert answer.json()["title"] == "Tờ khai đăng ký khai sinh"


async def test_a_form_says_in_which_order_and_with_which_words_it_is_drawn(shelf: Catalogue) -> None:
    hints = (await shelf.client.get("/v1/procedures/1.001193/form")).json()["x-ui"]
    fields = sorted((pointer for pointer in hints if pointer), key=lambda pointer: hints[pointer]["order"])
    assert fields[:4] == ["/birthType", "/child", "/child/fullName", "/child/sex"]
    assert hints["/child/sex"]["widget"] == "select"
    assert hints["/child/sex"]["options"][1] == {"value": 2, "label": {"vi": "Nữ", "en": "Female"}}
    assert hints[""]["sections"][0]["code"] == hints["/child"]["section"]


@pytest.mark.parametrize("day", ["2016-13-01", "15/08/2016", "0", "yesterday", "2016-8-1", "2016-08-15T00:00:00"])
@pytest.mark.parametrize("address", ["/v1/procedures", "/v1/procedures/1.001193", "/v1/units", "/v1/units/00004"])
async def test_a_day_that_is_none_is_refused(shelf: Catalogue, address: str, day: str) -> None:
    answer = await shelf.client.get(address, params={"on": day})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "query:on"


@pytest.mark.parametrize(
    "address", ["/v1/procedures?q=%00", "/v1/procedures?field=%00", "/v1/procedures/%00", "/v1/units/%01"]
)
async def test_control_characters_are_refused(shelf: Catalogue, address: str) -> None:
    assert (await shelf.client.get(address)).status_code == 422


async def test_one_code_is_another_unit_on_another_day(shelf: Catalogue) -> None:
    then = (await shelf.client.get("/v1/units/00634", params={"on": "2016-08-15"})).json()
    today = (await shelf.client.get("/v1/units/00634")).json()
    assert (then["name"], then["parent"], then["validTo"]) == ("Phường Đại Mỗ", "019", "2025-06-30")
    assert (today["name"], today["parent"], today["validFrom"]) == ("Phường Tây Mỗ", "01", "2025-07-01")
    assert "00634" in then["successors"]
    assert today["predecessors"] == ["00628", "00634"], "Tây Mỗ and Đại Mỗ gave of themselves to it"
    assert (then["predecessors"], today["successors"]) == ([], [])
    assert (await shelf.client.get("/v1/units/00142")).json()["type"] == "/problems/unknown-unit"


async def test_units_are_listed_by_parent_and_day(shelf: Catalogue) -> None:
    async def names(**query: str) -> list[str]:
        items: list[dict[str, Any]] = (await shelf.client.get("/v1/units", params=query)).json()["items"]
        return [item["name"] for item in items]

    assert len(await names(parent="01")) == 126
    assert await names(parent="01", on="2016-08-15") == ["Quận Long Biên", "Quận Nam Từ Liêm"]
    assert len(await names(parent="004", on="2016-08-15")) == 14
    assert len(await names(parent="004", on="2025-01-02")) == 13
    assert len(await names()) == 127


async def test_units_are_paged(shelf: Catalogue) -> None:
    first = (await shelf.client.get("/v1/units", params={"limit": 100})).json()
    second = (await shelf.client.get("/v1/units", params={"limit": 100, "cursor": first["nextCursor"]})).json()
    seen = [item["code"] for item in first["items"] + second["items"]]
    assert len(seen) == len(set(seen)) == 127
    assert second["nextCursor"] is None


async def test_rollouts_are_listed_in_order(shelf: Catalogue) -> None:
    """R-105."""
    first = (await shelf.client.get("/v1/rollouts", params={"limit": 3})).json()
    rest = (await shelf.client.get("/v1/rollouts", params={"cursor": first["nextCursor"]})).json()
    waves = first["items"] + rest["items"]
    assert [(wave["id"], wave["unitCount"], wave["cumulativeCount"], len(wave["units"])) for wave in waves] == [
        ("wave-1-pilot", 24, 24, 24),
        ("wave-1", 144, 168, 0),
        ("wave-2", 139, 307, 0),
        ("wave-3", 277, 584, 0),
    ]


async def test_a_wave_is_read_by_its_name_and_waves_by_their_day(shelf: Catalogue) -> None:
    wave = (await shelf.client.get("/v1/rollouts/wave-2")).json()
    assert (wave["startsOn"], wave["unitCount"], wave["cumulativeCount"]) == ("2016-11-10", 139, 307)
    begun = (await shelf.client.get("/v1/rollouts", params={"on": "2016-12-14"})).json()["items"]
    assert [item["id"] for item in begun] == ["wave-1-pilot", "wave-1", "wave-2"]
    unknown = await shelf.client.get("/v1/rollouts/wave-9")
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/unknown-rollout")


async def test_a_calendar_is_read_by_year(shelf: Catalogue) -> None:
    days = (await shelf.client.get("/v1/calendar/2026")).json()["days"]
    assert {"day": "2026-11-24", "working": False} in [{"day": day["day"], "working": day["working"]} for day in days]
    assert (await shelf.client.get("/v1/calendar/2031")).json()["type"] == "/problems/unknown-calendar"
    assert (await shelf.client.get("/v1/calendar/soon")).status_code == 422


@pytest.mark.parametrize(
    ("address", "most"),
    [
        ("/v1/procedures?q=khai+sinh&field=ho-tich", 1),
        ("/v1/procedures?unit=00004", 2),
        ("/v1/procedures/1.001193", 1),
        ("/v1/procedures/1.001193/form", 1),
        ("/v1/procedures/1.001193/form?on=2026-11-20", 1),
        ("/v1/procedures/1.001193/guide?channel=2", 1),
        ("/v1/procedures/1.001193/guide?channel=2&unit=00004", 2),
        ("/v1/procedures/1.001193/service-classes?unit=00004", 2),
        ("/v1/procedures/1.001193/fee-quote?channel=2&daysSinceOccurrence=3", 1),
        ("/v1/procedures/1.001193/versions", 1),
        ("/v1/procedures/1.001193/versions/1", 1),
        ("/v1/procedures/1.001193/versions/1/diff/1", 1),
        ("/v1/service-classes?unit=00004", 2),
        ("/v1/service-classes?unit=00004&agency=H26", 2),
        ("/v1/fields", 1),
        ("/v1/legal-sources", 1),
        ("/v1/life-events", 1),
        ("/v1/agencies", 1),
        ("/v1/agencies/000.00.00.H26", 1),
        ("/v1/rollouts/wave-1", 1),
        ("/v1/units?parent=01", 1),
        ("/v1/units/00004", 1),
        ("/v1/rollouts", 1),
        ("/v1/calendar/2026", 1),
    ],
)
async def test_a_reading_costs_so_many_statements(shelf: Catalogue, address: str, most: int) -> None:
    with counted(shelf.runtime.database) as statements:
        assert (await shelf.client.get(address)).status_code == 200
    assert len(statements) == most
