"""Who may read what, what is shown, what it costs, and the trace it leaves."""

import io
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pypdf
import pypdfium2  # type: ignore[import-untyped]  # ships no py.typed marker
import pytest
import zxingcpp

from tests.support.counting import counted
from tests.support.identities import agency, citizen, officer

CLERK = officer("civil-status-officer", units=["00004"])
ELSEWHERE = officer("civil-status-officer", units=["00008"])
DOSSIER = "H26-20261012-0000042"


async def accesses(registry: Any) -> list[tuple[str, str, str]]:
    rows = await registry.rows("SELECT caller_kind, caller, item FROM data_accesses ORDER BY position")
    return [tuple(row) for row in rows]


@pytest.mark.parametrize(
    "caller",
    [citizen("001190000001"), citizen("001088000002"), CLERK, officer("one-stop-officer", units=["00004", "00008"])],
)
async def test_people_concerned_and_officers_of_the_unit_read_the_whole_record(
    registry: Any, caller: dict[str, str]
) -> None:
    record_id = await registry.register()
    answer = await registry.client.get(f"/v1/records/{record_id}", headers=caller)
    assert answer.status_code == 200
    body = answer.json()
    assert body["personalId"] == "001326000123"
    assert body["child"]["fullName"] == "NGUYỄN THỊ MẪU"
    assert body["dateOfBirthInWords"] == "Ngày hai mươi chín tháng bảy năm hai nghìn không trăm hai mươi sáu"
    assert (body["number"], body["volume"], body["office"]) == ("01/2026", "01/2026", "Ủy ban nhân dân phường Ba Đình")
    assert len(await accesses(registry)) == 1


async def test_an_agency_reads_number_book_and_date_only(registry: Any) -> None:
    """R-071"""
    record_id = await registry.register()
    answer = await registry.client.get(f"/v1/records/{record_id}", headers=agency("civil-registry:read"))
    assert answer.json() == {
        "id": record_id,
        "unit": "00004",
        "number": "01/2026",
        "volume": "01/2026",
        "registeredOn": "2026-10-12",
    }
    assert await accesses(registry) == [("agency", "agency-1", "record-status")]


@pytest.mark.parametrize("caller", [citizen("001190000009"), ELSEWHERE])
async def test_others_find_nothing_and_leave_no_trace(registry: Any, caller: dict[str, str]) -> None:
    record_id = await registry.register()
    for path in (f"/v1/records/{record_id}", f"/v1/records/{record_id}/certificate", f"/v1/cases/{DOSSIER}"):
        answer = await registry.client.get(path, headers=caller)
        assert answer.status_code == 404, path
        assert "MẪU" not in answer.text
    listed = await registry.client.get("/v1/records", params={"dossier": DOSSIER}, headers=caller)
    assert listed.json()["items"] == []
    assert await accesses(registry) == []


async def test_a_caller_without_role_scope_or_token_does_not_pass(registry: Any) -> None:
    record_id = await registry.register()
    cashier = officer("cashier")
    for path in (f"/v1/records/{record_id}", f"/v1/records/{record_id}/certificate", f"/v1/cases/{DOSSIER}"):
        assert (await registry.client.get(path)).status_code == 401
        assert (await registry.client.get(path, headers=cashier)).status_code == 403
        assert (await registry.client.get(path, headers=agency("payment:read"))).status_code == 403
    certificate = f"/v1/records/{record_id}/certificate"
    assert (await registry.client.get(certificate, headers=agency("civil-registry:read"))).status_code == 403
    assert (await registry.client.get("/v1/me/data-accesses", headers=CLERK)).status_code == 403


async def test_a_record_that_is_not_there_is_a_404_and_a_bad_id_a_422(registry: Any) -> None:
    answer = await registry.client.get(f"/v1/records/{uuid4()}", headers=CLERK)
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/record-not-found")
    assert (await registry.client.get("/v1/records/45", headers=CLERK)).status_code == 422


async def test_a_record_changed_behind_the_seal_is_not_shown(registry: Any) -> None:
    """R-070"""
    record_id = await registry.register()
    async with registry.runtime.database.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE records SET signed = replace(signed, '.', '.AA')")
    answer = await registry.client.get(f"/v1/records/{record_id}", headers=CLERK)
    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/record-seal-broken")
    assert await accesses(registry) == []


async def test_a_record_already_held_is_not_sent_again(registry: Any) -> None:
    record_id = await registry.register()
    held = (await registry.client.get(f"/v1/records/{record_id}", headers=CLERK)).headers["ETag"]
    again = await registry.client.get(f"/v1/records/{record_id}", headers=CLERK | {"If-None-Match": held})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", held)
    as_agency = agency("civil-registry:read") | {"If-None-Match": held}
    assert (await registry.client.get(f"/v1/records/{record_id}", headers=as_agency)).status_code == 200


async def test_a_dossier_leads_to_its_record(registry: Any) -> None:
    record_id = await registry.register()
    for caller in (CLERK, citizen()):
        listed = await registry.client.get("/v1/records", params={"dossier": DOSSIER}, headers=caller)
        assert [item["id"] for item in listed.json()["items"]] == [record_id]
    unknown = await registry.client.get("/v1/records", params={"dossier": "H26-x"}, headers=CLERK)
    assert unknown.json()["items"] == []
    assert (await registry.client.get("/v1/records", headers=CLERK)).status_code == 422


async def test_a_case_tells_how_far_it_has_come(registry: Any) -> None:
    await registry.take(registry.accepted(declared={}))
    seen = (await registry.client.get(f"/v1/cases/{DOSSIER}", headers=citizen())).json()
    assert (seen["state"], seen["cause"]) == ("refused", "incomplete")
    assert seen["reason"].startswith("Tờ khai thiếu hoặc sai")
    by_agency = await registry.client.get(f"/v1/cases/{DOSSIER}", headers=agency("civil-registry:read"))
    assert by_agency.json()["state"] == "refused"
    assert "reason" not in by_agency.json()
    held = CLERK | {"If-None-Match": f'{by_agency.headers["ETag"]}, "1-full"'}
    assert (await registry.client.get(f"/v1/cases/{DOSSIER}", headers=held)).status_code == 304


async def test_the_certificate_says_what_was_registered_and_its_code_verifies(registry: Any) -> None:
    record_id = await registry.register()
    answer = await registry.client.get(f"/v1/records/{record_id}/certificate", headers=citizen())
    assert answer.headers["content-type"] == "application/pdf"
    pages = pypdf.PdfReader(io.BytesIO(answer.content)).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    for words in (
        "GIẤY KHAI SINH",
        "ỦY BAN NHÂN DÂN PHƯỜNG BA ĐÌNH",
        "Số: 01/2026",
        "NGUYỄN THỊ MẪU",
        "29/07/2026",
        "Ngày hai mươi chín tháng bảy năm hai nghìn không trăm hai mươi sáu",
        "Giới tính, dân tộc, quốc tịch: Nữ, Kinh, Việt Nam",
        "Ba Đình, ngày 12 tháng 10 năm 2026",
        "001326000123",
        "TRẦN THỊ VÍ DỤ",
        "NGUYỄN VĂN VÍ DỤ",
        "Quyển số: 01/2026",
        "Đăng ký quá hạn",
    ):
        assert words in text, words
    assert len(pages) == 1
    page = pypdfium2.PdfDocument(answer.content)[0]
    [code] = zxingcpp.read_barcodes(page.render(scale=3).to_pil())
    public = registry.runtime.settings.public_url + "/api/civil-registry"
    assert code.text.startswith(f"{public}/v1/verifications/")
    verified = (await registry.client.get(code.text.removeprefix(public))).json()
    assert verified["genuine"] is True
    assert verified["sha256"] in text.replace(" ", "")


async def test_the_certificate_is_the_same_bytes_each_time(registry: Any) -> None:
    path = f"/v1/records/{await registry.register()}/certificate"
    first = await registry.client.get(path, headers=citizen())
    again = await registry.client.get(path, headers=CLERK)
    assert first.content == again.content
    held = CLERK | {"If-None-Match": first.headers["ETag"]}
    assert (await registry.client.get(path, headers=held)).status_code == 304


async def test_a_citizen_sees_every_read_of_what_concerns_them_and_why(registry: Any) -> None:
    """R-072"""
    record_id = await registry.register()
    await registry.register("H26-2", declared=registry.form("Trẻ Khác", mother=None, birthType=2,
        father={"fullName": "Người Lạ", "personalId": "001088000009"},
        requester={"fullName": "Người Lạ", "relationship": "cha"}), owner="001088000009",
        personal_id="001326000777")  # fmt: skip
    [other] = [row.id for row in await registry.rows("SELECT id FROM records WHERE dossier_code = 'H26-2'")]
    get = registry.client.get
    await get(f"/v1/records/{other}", headers=CLERK)
    await get(f"/v1/records/{record_id}", headers=CLERK, params={"purpose": "Đối chiếu"})
    await get(f"/v1/records/{record_id}/certificate", headers=citizen(registry.father))
    await get(f"/v1/records/{record_id}", headers=citizen(registry.mother))
    first = (await get("/v1/me/data-accesses", headers=citizen(registry.mother), params={"limit": 2})).json()
    assert [(item["byKind"], item["by"], item["item"]) for item in first["items"]] == [
        ("citizen", registry.mother, "record"),
        ("citizen", None, "certificate"),
    ]
    rest = {"limit": 2, "cursor": first["nextCursor"]}
    last = (await get("/v1/me/data-accesses", headers=citizen(registry.mother), params=rest)).json()
    assert last["nextCursor"] is None
    [item] = last["items"]
    assert (item["by"], item["agency"], item["purpose"], item["recordId"]) == (
        "officer-1",
        "H26",
        "Đối chiếu",
        record_id,
    )
    assert (await get("/v1/me/data-accesses", headers=citizen("001190000009"))).json()["items"] == []


@pytest.mark.parametrize("cursor", ["x", "WyJ4Il0", "W3RydWVd", "Wy0xXQ", "WzkyMjMzNzIwMzY4NTQ3NzU4MDhd"])
async def test_a_cursor_that_is_not_ours_is_a_400(registry: Any, cursor: str) -> None:
    answer = await registry.client.get("/v1/me/data-accesses", headers=citizen(), params={"cursor": cursor})
    assert answer.status_code == 400


async def test_reads_cost_few_statements(registry: Any) -> None:
    record_id = await registry.register()
    costs = {
        f"/v1/records/{record_id}": 2,
        f"/v1/records/{record_id}/certificate": 2,
        f"/v1/records?dossier={DOSSIER}": 1,
        f"/v1/cases/{DOSSIER}": 1,
        f"/v1/cases?dossier={DOSSIER}": 1,
        "/v1/me/data-accesses": 1,
        "/v1/verifications/AAAAAAAAAAAAAAAAAAAAAA": 1,
        "/v1/verifications/short": 0,
        "/v1/keys": 0,
    }
    for path, most in costs.items():
        with counted(registry.runtime.database) as statements:
            assert (await registry.client.get(path, headers=citizen())).status_code == 200
        assert len(statements) == most, path


async def test_a_registration_costs_few_statements(a_registry: Callable[..., Awaitable[Any]]) -> None:
    registry = await a_registry(issuing_offices={"00004": "Ủy ban nhân dân Mẫu"})
    with counted(registry.runtime.database) as opening:
        await registry.take(registry.accepted())
    answer = await registry.issued()
    with counted(registry.runtime.database) as registering:
        await registry.take(answer)
    # Two of the inbox, one of the outbox, and ours: lock, look, open; case, number, record.
    assert (len(opening), len(registering)) == (6, 6)


EXTRACT = "/v1/people/001326000123/birth-record"
OVER_THE_EXCHANGE = agency("civil-registry:extract", client="G01.cutru") | {"X-Road-Issue": "H26-20261101-0000007"}


async def test_an_agency_reads_an_extract_over_the_exchange_and_the_person_sees_it(registry: Any) -> None:
    """R-213"""
    await registry.register()
    with counted(registry.runtime.database) as statements:
        answer = await registry.client.get(EXTRACT, headers=OVER_THE_EXCHANGE)
    assert len(statements) == 2
    body = answer.json()
    assert (body["personalId"], body["number"]) == ("001326000123", "01/2026")
    assert body["child"]["fullName"] == "NGUYỄN THỊ MẪU"
    assert "requester" not in body
    seen = await registry.client.get("/v1/me/data-accesses", headers=citizen("001326000123"))
    (access,) = seen.json()["items"]
    assert (access["by"], access["item"], access["purpose"]) == (
        "G01.cutru", "extract", "Giải quyết hồ sơ H26-20261101-0000007",
    )  # fmt: skip


async def test_an_extract_shows_the_fields_of_the_grant_only(registry: Any) -> None:
    await registry.register()
    answer = await registry.client.get(EXTRACT, headers=OVER_THE_EXCHANGE | {"X-LGSP-Fields": "number, registeredOn"})
    assert answer.json() == {"number": "01/2026", "registeredOn": "2026-10-12"}
    nothing = await registry.client.get(EXTRACT, headers=OVER_THE_EXCHANGE | {"X-LGSP-Fields": ""})
    assert nothing.json() == {}


async def test_who_does_not_come_over_the_exchange_gets_no_extract(registry: Any) -> None:
    await registry.register()
    for caller in (CLERK, citizen(), agency("civil-registry:read")):
        assert (await registry.client.get(EXTRACT, headers=caller | {"X-Road-Issue": "x"})).status_code == 403
    assert (await registry.client.get(EXTRACT)).status_code == 401
    assert (await registry.client.get(EXTRACT, headers=agency("civil-registry:extract"))).status_code == 422
    unknown = await registry.client.get(EXTRACT.replace("123/", "124/"), headers=OVER_THE_EXCHANGE)
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/record-not-found")
    assert await accesses(registry) == []
