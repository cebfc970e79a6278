"""Papers of a dossier: attached when filing, digitised at the counter, reused from the owner's store; their flags and counts."""

import asyncio
from typing import Any

import httpx
import pytest

from contracts.codes import DossierStatus
from contracts.payment import FeeAssessed
from services.submission.tests.conftest import BA_DINH
from services.submission.tests.files import samples
from services.submission.tests.files.conftest import CITIZEN, ELSEWHERE, OFFICER, OTHER, PROCEDURE, TUS, FilesDesk
from submission.handlers import file_upkeep
from submission.queries import attachments
from tests.support.counting import counted
from tests.support.identities import agency, officer

PDF, PNG = samples.pdf(), samples.png()
APPLICANT = {"fullName": "TRẦN THỊ VÍ DỤ", "personalId": "001190000001"}


async def file(
    desk: FilesDesk, papers: list[dict[str, Any]], caller: dict[str, str] = CITIZEN, **more: Any
) -> httpx.Response:
    body = {"procedure": PROCEDURE, "unit": BA_DINH, "case": "thuong", "form": {}, "attachments": papers}
    return await desk.post("/v1/dossiers", caller, body | {"applicant": APPLICANT} | more)


async def filed(desk: FilesDesk, papers: list[dict[str, Any]], caller: dict[str, str] = CITIZEN, **more: Any) -> str:
    answer = await file(desk, papers, caller, **more)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["code"])


async def finished(desk: FilesDesk, code: str) -> None:
    await desk.hear(FeeAssessed(version=1, dossier_code=code, total=0, obligation_id=None))
    for act in ("acceptance", "finish"):
        answer = await desk.post(f"/v1/dossiers/{code}/{act}", OFFICER)
        assert answer.status_code == 200, answer.text


async def components(desk: FilesDesk, code: str, caller: dict[str, str] = CITIZEN) -> dict[str, Any]:
    answer = await desk.get(f"/v1/dossiers/{code}/components", caller)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def faults(answer: httpx.Response) -> list[tuple[str, str]]:
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/attachments-unusable"), answer.text
    return [(error["pointer"], error["rule"]) for error in answer.json()["errors"]]


async def test_an_upload_becomes_a_component_of_the_dossier_it_is_filed_with(desk: FilesDesk) -> None:
    upload = await desk.uploaded(PDF, "Tờ khai.pdf")
    code = await filed(desk, [{"component": "to-khai", "upload": upload}])
    shown = await components(desk, code)
    assert [(part["code"], part["missing"]) for part in shown["components"]] == [
        ("to-khai", False),
        ("anh", False),
        ("ban-chinh", False),
    ]
    [paper] = shown["components"][0]["files"]
    told = ("name", "mediaType", "size", "scan", "digitised", "reused", "fromNationalStore", "addedByKind")
    assert tuple(paper[name] for name in told) == (
        "Tờ khai.pdf", "application/pdf", len(PDF), "not-scanned", True, False, False, "citizen"
    )  # fmt: skip
    assert shown["counts"] == {"total": 3, "digitised": 1, "reused": 0, "fromNationalStore": 0}
    [event] = await desk.told("dossier-submitted")
    assert event["components"] == shown["counts"]
    async with desk.runtime.database.begin() as uow:
        assert (await attachments.counts(uow, code)).digitised == 1


async def test_only_the_components_of_the_case_count(desk: FilesDesk) -> None:
    """R-163."""
    code = await filed(desk, [], case="da-ly-hon")
    shown = await components(desk, code)
    assert [part["code"] for part in shown["components"]] == ["to-khai", "anh", "ban-chinh", "quyet-dinh"]
    assert [part["code"] for part in shown["components"] if part["missing"]] == ["to-khai", "quyet-dinh"]
    async with desk.runtime.database.begin() as uow:
        assert (await attachments.counts(uow, code)).total == 4


async def test_every_paper_that_cannot_be_attached_is_told_with_its_reason(desk: FilesDesk) -> None:
    """R-162."""
    ready = await desk.uploaded(PDF, "a.pdf")
    another = await desk.uploaded(PDF, "b.pdf")
    others = await desk.uploaded(PDF, "a.pdf", OTHER)
    begun = (await desk.begin(CITIZEN, 10)).headers["Location"].rpartition("/")[2]
    large = await desk.uploaded(samples.png("x" * 1_000_000), "a.png")
    answer = await file(
        desk,
        [
            {"component": "none", "upload": ready},
            {"component": "quyet-dinh", "upload": ready},
            {"component": "to-khai", "upload": others},
            {"component": "to-khai", "upload": begun},
            {"component": "anh", "upload": another},
            {"component": "anh", "upload": large},
            {"component": "to-khai", "document": ready},
            {"component": "to-khai", "upload": ready},
            {"component": "to-khai", "upload": ready},
        ],
    )
    big = len(samples.png("x" * 1_000_000)) > 300_000
    assert faults(answer) == [
        ("/attachments/0/component", "unknown-component"),
        ("/attachments/1/component", "unknown-component"),
        ("/attachments/2/upload", "unknown"),
        ("/attachments/3/upload", "upload-receiving"),
        ("/attachments/4/upload", "media-type"),
        *([("/attachments/5/upload", "too-large")] if big else []),
        ("/attachments/6/document", "unknown"),
        ("/attachments/7/upload", "twice"),
        ("/attachments/8/upload", "twice"),
    ]
    assert await desk.count("dossiers") == 0


async def test_a_component_takes_so_many_files(desk: FilesDesk) -> None:
    """R-162."""
    uploads = [await desk.uploaded(PDF, f"{number}.pdf") for number in range(3)]
    answer = await file(desk, [{"component": "to-khai", "upload": upload} for upload in uploads])
    assert faults(answer) == [("/attachments/2/component", "too-many-files")]
    code = await filed(
        desk, [{"component": "to-khai", "upload": uploads[0]}, {"component": "to-khai", "upload": uploads[1]}]
    )
    scan = await desk.uploaded(PDF, "scan.pdf", OFFICER)
    answer = await desk.post(f"/v1/dossiers/{code}/components/to-khai/files", OFFICER, {"upload": scan})
    assert faults(answer) == [("/attachments/0/component", "too-many-files")]


async def test_an_upload_goes_into_one_dossier_also_of_two_at_once(desk: FilesDesk) -> None:
    upload = await desk.uploaded(PDF, "a.pdf")
    wanted = [{"component": "to-khai", "upload": upload}]
    answers = await asyncio.gather(file(desk, wanted), file(desk, wanted))
    assert sorted(answer.status_code for answer in answers) == [201, 422]
    assert faults(max(answers, key=lambda answer: answer.status_code)) == [("/attachments/0/upload", "upload-used")]
    where = f"/v1/uploads/{upload}"
    assert (await desk.client.delete(where, headers=CITIZEN | TUS)).json()["type"] == "/problems/upload-in-use"


async def test_a_filing_that_is_refused_leaves_the_upload_to_be_used(desk: FilesDesk) -> None:
    upload = await desk.uploaded(PDF, "a.pdf")
    wanted = [{"component": "to-khai", "upload": upload}]
    assert (await file(desk, [*wanted, {"component": "none", "upload": upload}])).status_code == 422
    assert (await file(desk, wanted)).status_code == 201


async def test_an_officer_digitises_a_paper_original(desk: FilesDesk) -> None:
    code = await filed(desk, [], OFFICER, channel=1)
    assert (await components(desk, code, OFFICER))["components"][0]["missing"] is True
    scan = await desk.uploaded(PDF, "scan.pdf", OFFICER)
    where = f"/v1/dossiers/{code}/components/to-khai/files"
    key = desk.key()
    first = await desk.client.post(where, headers=OFFICER | key, json={"upload": scan})
    again = await desk.client.post(where, headers=OFFICER | key, json={"upload": scan})
    assert (first.status_code, again.status_code) == (201, 201), first.text
    assert first.json() == again.json()
    assert first.json()["counts"] == {"total": 3, "digitised": 1, "reused": 0, "fromNationalStore": 0}
    [seen] = (await components(desk, code, OFFICER))["components"][0]["files"]
    assert (seen["digitisedBy"], seen["addedByKind"]) == ("officer-1", "officer")
    [hers] = (await components(desk, code))["components"][0]["files"]
    assert "digitisedBy" not in hers


async def test_of_a_dossier_in_a_colleagues_hands_no_paper_is_added_or_taken_out(desk: FilesDesk) -> None:
    code = await filed(desk, [{"component": "to-khai", "upload": await desk.uploaded(PDF, "a.pdf")}])
    [paper] = (await components(desk, code))["components"][0]["files"]
    colleague = officer("one-stop-officer", units=[BA_DINH], subject="officer-3")
    scan = await desk.uploaded(PDF, "scan.pdf", colleague)
    where = f"/v1/dossiers/{code}/components/to-khai/files"
    assert (await desk.post(f"/v1/dossiers/{code}/claim", OFFICER)).status_code == 200
    added = await desk.post(where, colleague, {"upload": scan})
    taken = await desk.client.delete(f"/v1/files/{paper['id']}", headers=colleague)
    for answer in (added, taken):
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/claimed-by-another")
    assert (await desk.client.delete(f"/v1/files/{paper['id']}", headers=OFFICER)).status_code == 204


async def test_who_does_not_serve_the_unit_digitises_nothing(desk: FilesDesk) -> None:
    code = await filed(desk, [])
    scan = await desk.uploaded(PDF, "scan.pdf", ELSEWHERE)
    where = f"/v1/dossiers/{code}/components/to-khai/files"
    assert (await desk.post(where, ELSEWHERE, {"upload": scan})).status_code == 404
    assert (await desk.post(where, CITIZEN, {"upload": scan})).status_code == 403
    assert faults(await desk.post(where, OFFICER, {"upload": scan})) == [("/attachments/0/upload", "unknown")]


async def test_an_officer_takes_a_wrong_scan_out_and_the_dossier_keeps_that_it_was_there(desk: FilesDesk) -> None:
    upload = await desk.uploaded(PDF, "a.pdf")
    code = await filed(desk, [{"component": "to-khai", "upload": upload}])
    [paper] = (await components(desk, code))["components"][0]["files"]
    where = f"/v1/files/{paper['id']}"
    assert (await desk.client.delete(where, headers=ELSEWHERE)).status_code == 404
    assert (await desk.client.delete(where, headers=CITIZEN)).status_code == 403
    assert (await desk.client.delete(where, headers=OFFICER)).status_code == 204
    assert (await desk.client.delete(where, headers=OFFICER)).status_code == 404
    assert (await components(desk, code))["components"][0]["files"] == []
    assert await desk.scalar("SELECT count(*) FROM attachments WHERE removed_at IS NOT NULL") == 1


async def test_a_dossier_that_has_ended_takes_no_file_and_gives_none_up(desk: FilesDesk) -> None:
    upload = await desk.uploaded(PDF, "a.pdf")
    code = await filed(desk, [{"component": "to-khai", "upload": upload}])
    await finished(desk, code)
    [paper] = (await components(desk, code))["components"][0]["files"]
    scan = await desk.uploaded(PDF, "scan.pdf", OFFICER)
    await desk.run(f"UPDATE dossiers SET status = {DossierStatus.RETURNED:d}")  # noqa: S608 - a constant
    refused = await desk.post(f"/v1/dossiers/{code}/components/to-khai/files", OFFICER, {"upload": scan})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/wrong-state")
    assert (await desk.client.delete(f"/v1/files/{paper['id']}", headers=OFFICER)).status_code == 409


async def test_papers_of_a_finished_dossier_are_the_owners_to_use_again(desk: FilesDesk) -> None:
    """R-163."""
    papers = [
        {"component": "to-khai", "upload": await desk.uploaded(PDF, "Tờ khai.pdf")},
        {"component": "anh", "upload": await desk.uploaded(PNG, "Ảnh.png")},
    ]
    code = await filed(desk, papers)
    assert (await desk.get("/v1/me/documents", CITIZEN)).json()["items"] == []
    scan = await desk.uploaded(samples.pdf("Ket qua"), "Giấy xác nhận.pdf", OFFICER)
    result = await desk.post(f"/v1/dossiers/{code}/components/giay-xac-nhan/files", OFFICER, {"upload": scan})
    assert result.status_code == 201, result.text
    await finished(desk, code)

    pages, cursor = [], None
    while True:
        query = "?limit=1" + (f"&cursor={cursor}" if cursor else "")
        page = (await desk.get(f"/v1/me/documents{query}", CITIZEN)).json()
        pages.append(page["items"])
        if (cursor := page.get("nextCursor")) is None:
            break
    items = [item for page in pages for item in page]
    assert sorted((item["name"], item["isResult"]) for item in items) == [
        ("Giấy xác nhận.pdf", True),
        ("Tờ khai.pdf", False),
        ("Ảnh.png", False),
    ]
    assert (await desk.get("/v1/me/documents", OTHER)).json()["items"] == []
    [event] = await desk.told("dossier-finished")
    assert event["components"] == {"total": 3, "digitised": 2, "reused": 0, "fromNationalStore": 0}

    picture = next(item["id"] for item in items if item["name"] == "Ảnh.png")
    again = await filed(desk, [{"component": "anh", "document": picture}])
    shown = await components(desk, again)
    assert shown["counts"] == {"total": 3, "digitised": 1, "reused": 1, "fromNationalStore": 0}
    assert shown["components"][1]["files"][0]["reused"] is True
    assert await desk.count("files") == 3


async def test_a_document_is_its_owners_alone_and_stands_only_where_it_may(desk: FilesDesk) -> None:
    """R-164."""
    code = await filed(desk, [{"component": "to-khai", "upload": await desk.uploaded(PDF, "a.pdf")}])
    [paper] = (await components(desk, code))["components"][0]["files"]
    unfinished = await file(desk, [{"component": "to-khai", "document": paper["id"]}])
    assert faults(unfinished) == [("/attachments/0/document", "unknown")]
    await finished(desk, code)
    stolen = await file(
        desk,
        [{"component": "to-khai", "document": paper["id"]}],
        OTHER,
        applicant={"fullName": "NGUYỄN VĂN VÍ DỤ", "personalId": "001088000002"},
    )
    assert faults(stolen) == [("/attachments/0/document", "unknown")]
    original = await file(desk, [{"component": "ban-chinh", "document": paper["id"]}])
    assert faults(original) == [("/attachments/0/document", "not-reusable")]
    # The desk files for her, from her store.
    by_officer = await filed(desk, [{"component": "to-khai", "document": paper["id"]}], OFFICER, channel=1)
    assert (await components(desk, by_officer, OFFICER))["counts"]["reused"] == 1


async def test_a_document_taken_out_of_the_store_stays_in_its_dossier(desk: FilesDesk) -> None:
    upload = await desk.uploaded(PDF, "a.pdf")
    code = await filed(desk, [{"component": "to-khai", "upload": upload}])
    await finished(desk, code)
    [document] = (await desk.get("/v1/me/documents", CITIZEN)).json()["items"]
    where = f"/v1/me/documents/{document['id']}"
    assert (await desk.client.delete(where, headers=OTHER)).status_code == 404
    assert (await desk.client.delete(where, headers=CITIZEN)).status_code == 204
    assert (await desk.client.delete(where, headers=CITIZEN)).status_code == 404
    assert (await desk.get("/v1/me/documents", CITIZEN)).json()["items"] == []
    assert faults(await file(desk, [{"component": "to-khai", "document": document["id"]}])) != []
    assert len((await components(desk, code))["components"][0]["files"]) == 1
    await desk.run("UPDATE uploads SET expires_at = '2020-01-01'")
    await file_upkeep.drop_expired(desk.files.intake, desk.runtime.database)
    assert await file_upkeep.drop_unused_files(desk.files.intake, desk.runtime.database) == 0


async def test_an_agency_says_what_came_from_the_national_store(desk: FilesDesk) -> None:
    """R-163."""
    portal = agency("submission:write", "submission:read")
    upload = await desk.uploaded(PDF, "a.pdf", portal, source="national-store")
    code = await filed(desk, [{"component": "to-khai", "upload": upload}], portal)
    shown = await components(desk, code, portal)
    assert shown["counts"] == {"total": 3, "digitised": 1, "reused": 0, "fromNationalStore": 1}
    assert shown["components"][0]["files"][0]["fromNationalStore"] is True
    stranger = agency("submission:read", client="agency-2")
    assert (await desk.get(f"/v1/dossiers/{code}/components", stranger)).status_code == 404


async def test_the_national_store_says_that_it_is_not_connected(desk: FilesDesk) -> None:
    answer = await desk.get("/v1/me/national-documents", CITIZEN)
    assert (answer.status_code, answer.json()["type"]) == (501, "/problems/national-store-not-configured")


@pytest.mark.parametrize("cursor", ["x", "WzEsMl0", "WyIyMDI2LTEwLTEyIiwieCJd"])
async def test_a_cursor_of_another_list_is_refused(desk: FilesDesk, cursor: str) -> None:
    assert (await desk.get(f"/v1/me/documents?cursor={cursor}", CITIZEN)).status_code == 400


async def test_looking_costs_as_many_statements_as_it_should(desk: FilesDesk) -> None:
    code = await filed(desk, [{"component": "to-khai", "upload": await desk.uploaded(PDF, "a.pdf")}])
    with counted(desk.runtime.database) as listing:
        shown = await components(desk, code)
    with counted(desk.runtime.database) as one:
        await desk.get(f"/v1/files/{shown['components'][0]['files'][0]['id']}", CITIZEN)
    with counted(desk.runtime.database) as store:
        await desk.get("/v1/me/documents", CITIZEN)
    assert (len(listing), len(one), len(store)) == (2, 2, 1)
