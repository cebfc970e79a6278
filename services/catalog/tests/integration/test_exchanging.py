"""Export and import over HTTP and by command: twice is once, a dry run leaves nothing, a bad line stops no other."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from catalog.app import SERVICE
from chassis.service import Runtime, create_app
from chassis.settings import Settings
from services.catalog.tests.conftest import Catalogue
from tests.support import identities
from tests.support.counting import counted
from tests.support.events import recorded

EDITOR = identities.officer("catalog-editor", subject="editor-1")
IMPORT = "/v1/import/procedures"


async def send(
    catalogue: Catalogue, body: Any, key: str, kind: str = "national", **query: str
) -> tuple[httpx.Response, dict[str, Any]]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = await catalogue.client.post(
        IMPORT, params={"format": kind, **query}, content=content, headers={**EDITOR, "Idempotency-Key": key}
    )
    return answer, answer.json()


async def exported(catalogue: Catalogue, **query: str | int) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = {"limit": 50, **query} | ({"cursor": cursor} if cursor else {})
        answer = (await catalogue.client.get("/v1/export/procedures", params=page)).json()
        records += answer["items"]
        cursor = answer.get("nextCursor")
        if cursor is None:
            return records


async def sheet(catalogue: Catalogue) -> bytes:
    answer = await catalogue.client.get("/v1/export/procedures.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return answer.content


async def record_of(catalogue: Catalogue, code: str, **query: str) -> dict[str, Any]:
    answer = await catalogue.client.get(f"/v1/export/procedures/{code}", params=query)
    assert answer.status_code == 200, answer.text
    record: dict[str, Any] = answer.json()
    return record


async def test_the_whole_catalogue_goes_out_page_by_page_and_comes_back_unchanged(seeded: Catalogue) -> None:
    records = await exported(seeded)
    codes = [record["MATTHC"] for record in records]
    assert codes == sorted(set(codes))
    assert len(codes) >= 120
    before = len(await recorded(seeded.runtime))
    answer, report = await send(seeded, {"items": records}, "whole", publish="true")
    assert answer.status_code == 200
    assert (report["newVersions"], report["unchanged"], report["refused"]) == (0, len(codes), 0)
    assert len(await recorded(seeded.runtime)) == before


async def test_the_whole_sheet_comes_back_unchanged(seeded: Catalogue) -> None:
    body = await sheet(seeded)
    assert body.startswith(b"\xef\xbb\xbfcode,version,")
    _, report = await send(seeded, body, "sheet", "csv", publish="true")
    assert (report["newVersions"], report["refused"]) == (0, 0)
    assert report["unchanged"] == body.count(b"\r\nhn2016-") + len(await exported(seeded)) + 2  # two that have ended


async def test_a_changed_record_becomes_a_version_and_sent_again_nothing(seeded: Catalogue) -> None:
    """R-109."""
    record = await record_of(seeded, "1.004873")
    record["TENTTHC"] = "Cấp giấy xác nhận tình trạng hôn nhân"
    decision = {"publish": "true", "source": "Quyết định 1/QĐ-UBND"}
    _, report = await send(seeded, [record], "first", **decision)
    assert report["lines"] == [
        {"line": 1, "code": "1.004873", "outcome": "new-version", "version": 2, "published": True, "faults": []}
    ]
    now = (await seeded.client.get("/v1/procedures/1.004873")).json()
    assert (now["version"], now["validFrom"], now["source"]) == (2, "2026-11-20", "Quyết định 1/QĐ-UBND")
    assert [rule["amount"] for rule in now["fees"]] == [0, 3000], "the exemption outlives the name"
    then = (await seeded.client.get("/v1/procedures/1.004873", params={"on": "2026-11-19"})).json()
    assert (then["version"], then["validTo"]) == (1, "2026-11-19")
    event = (await recorded(seeded.runtime))[-1]
    assert (event["subject"], event["data"]["version"]) == ("1.004873", 2)
    _, again = await send(seeded, [record], "second", **decision)
    assert (again["unchanged"], again["lines"][0]["version"]) == (1, 2)


async def test_without_publish_it_is_a_draft_and_sent_again_with_it_that_draft_is_published(seeded: Catalogue) -> None:
    record = await record_of(seeded, "1.004873") | {"YEUCAU": "Có mặt khi nộp"}
    for key, outcome in (("one", "new-version"), ("two", "unchanged")):
        _, report = await send(seeded, record, key)
        assert (report["lines"][0]["outcome"], report["lines"][0]["version"]) == (outcome, 2)
        assert report["lines"][0]["published"] is False
    assert (await seeded.client.get("/v1/procedures/1.004873")).json()["version"] == 1
    _, report = await send(seeded, record, "three", publish="true")
    assert (report["lines"][0]["outcome"], report["lines"][0]["version"]) == ("new-version", 2)
    assert (await seeded.client.get("/v1/procedures/1.004873")).json()["conditions"] == "Có mặt khi nộp"


async def test_a_dry_run_says_what_would_be_and_leaves_nothing(seeded: Catalogue) -> None:
    """R-109."""
    record = await record_of(seeded, "1.004873") | {"YEUCAU": "Có mặt khi nộp"}
    before = len(await recorded(seeded.runtime))
    _, tried = await send(seeded, record, "dry", publish="true", dryRun="true")
    assert (tried["dryRun"], tried["lines"][0]["outcome"], tried["lines"][0]["version"]) == (True, "new-version", 2)
    assert (await seeded.client.get("/v1/procedures/1.004873")).json()["version"] == 1
    assert len(await recorded(seeded.runtime)) == before
    _, done = await send(seeded, record, "real", publish="true")
    assert done["lines"] == tried["lines"]


async def test_a_refused_line_stops_no_other_and_says_what_is_wrong_in_two_languages(seeded: Catalogue) -> None:
    """R-109."""
    good = await record_of(seeded, "1.004873") | {"YEUCAU": "Có mặt khi nộp"}
    lines = [
        {"MATTHC": "1.000894"},
        good,
        good,
        {"MATTHC": "9.000001", "TENTTHC": "Mới", "COQUANTHUCHIEN": [{"MADONVI": "không phải mã"}]},
    ]
    _, report = await send(seeded, lines, "mixed", publish="true")
    assert [line["outcome"] for line in report["lines"]] == ["refused", "new-version", "refused", "refused"]
    missing, duplicate, agency = (report["lines"][at]["faults"][0] for at in (0, 2, 3))
    assert missing == {
        "pointer": "/TENTTHC",
        "rule": "missing",
        "vi": "Thiếu trường bắt buộc",
        "en": "Required",
    }
    assert (duplicate["rule"], duplicate["en"]) == ("duplicate", "Line 2 has it already")
    assert agency["rule"] == "agency-code"
    assert (await seeded.client.get("/v1/procedures/1.004873")).json()["version"] == 2
    assert (await seeded.client.get("/v1/procedures/9.000001")).status_code == 404


async def test_what_would_overlap_is_refused_by_its_line(seeded: Catalogue) -> None:
    """hn2016-birth-ordinary has a last day: no version may begin in its midst."""
    record = await record_of(seeded, "hn2016-birth-ordinary", on="2016-08-15") | {"YEUCAU": "x"}
    _, report = await send(seeded, record, "overlap", publish="true", validFrom="2020-01-01")
    assert report["lines"][0]["faults"][0]["rule"] == "validity-overlaps"
    assert "/versions" not in (await seeded.client.get("/v1/procedures", params={"q": "x"})).text
    _, again = await send(seeded, record, "overlap-draft", validFrom="2020-01-01")
    assert again["lines"][0]["outcome"] == "new-version", "the refused attempt left no draft behind"
    assert again["lines"][0]["version"] == 2


async def test_a_procedure_nobody_knows_is_offered_by_nobody(seeded: Catalogue) -> None:
    _, report = await send(seeded, {"MATTHC": "9.000001", "TENTTHC": "Thủ tục mới"}, "new", publish="true")
    assert report["newVersions"] == 1
    now = (await seeded.client.get("/v1/procedures/9.000001")).json()
    assert now["offerings"] == []
    assert {"fees", "time-limits", "components"} <= set(now["notPublished"])


async def test_bulk_edits_by_sheet_correct_a_version_and_sent_again_change_nothing(seeded: Catalogue) -> None:
    body = "code,version,keywords\r\n1.004873,1,giấy độc thân\r\n1.000894,1,cưới\r\n1.000894,7,x\r\n".encode()
    _, report = await send(seeded, body, "edit", "csv", publish="true")
    assert [(line["line"], line["outcome"]) for line in report["lines"]] == [
        (2, "new-version"),
        (3, "new-version"),
        (4, "refused"),
    ]
    assert report["lines"][2]["faults"][0]["pointer"] == "version"
    now = (await seeded.client.get("/v1/procedures/1.000894")).json()
    assert (now["version"], now["validFrom"], now["keywords"]) == (2, "2025-07-01", ["cưới"])
    _, again = await send(seeded, body, "edit-again", "csv", publish="true")
    assert [line["outcome"] for line in again["lines"]] == ["unchanged", "unchanged", "refused"]
    stale = b"code,version,keywords\r\n1.000894,1,other\r\n"
    _, refused = await send(seeded, stale, "stale", "csv", publish="true")
    assert refused["lines"][0]["faults"][0]["rule"] == "stale"


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("national", b"{", 400),
        ("national", b"[" * 10_000, 400),
        ("national", "{}".encode("utf-16"), 400),
        ("csv", b"code,price\r\n", 400),
        ("csv", b"\xff\xfe", 400),
        ("sheet", b"", 422),
        ("national", b" " * (1024 * 1024 + 1), 413),
    ],
)
async def test_a_file_that_is_none_is_refused_whole(seeded: Catalogue, kind: str, body: bytes, status: int) -> None:
    answer, problem = await send(seeded, body, "bad", kind)
    assert answer.status_code == status
    assert problem["messages"]["vi"]
    assert problem["messages"]["en"]


async def test_what_no_database_takes_is_refused_by_its_line(seeded: Catalogue) -> None:
    lines = [
        {"MATTHC": "1.000001", "TENTTHC": "x\0"},
        {"MATTHC": "1.000001\0", "TENTTHC": "x"},
        {"MATTHC": "1.000001", "TENTTHC": "x", "\ud800\0": 1},
        {"MATTHC": "1.000001", "TENTTHC": "\ud800"},
    ]
    for number, record in enumerate(lines):
        answer, report = await send(seeded, record, f"hostile-{number}", publish="true")
        assert (answer.status_code, report["refused"]) == (200, 1)
    answer, report = await send(seeded, b"code,version,name\r\n1.000894,1,x\0\r\nx\0,1,x\r\n", "nul", "csv")
    assert (answer.status_code, report["refused"]) == (200, 2)


async def test_only_an_editor_imports_and_only_with_a_key(seeded: Catalogue) -> None:
    for headers, status in (
        ({}, 401),
        (identities.officer("reporter"), 403),
        (identities.citizen(), 403),
        (EDITOR, 400),
    ):
        answer = await seeded.client.post(IMPORT, params={"format": "national"}, json=[], headers=headers)
        assert answer.status_code == status


async def test_the_same_key_answers_the_same_and_acts_once(seeded: Catalogue) -> None:
    record = await record_of(seeded, "1.004873") | {"YEUCAU": "Có mặt khi nộp"}
    first, report = await send(seeded, record, "once", publish="true")
    second, replayed = await send(seeded, record, "once", publish="true")
    assert report == replayed
    assert report["newVersions"] == 1
    other, problem = await send(seeded, record, "once", publish="true", dryRun="true")
    assert (first.status_code, second.status_code, other.status_code) == (200, 200, 422)
    assert problem["type"] == "/problems/idempotency-key-reused"


async def test_a_record_unchanged_since_it_was_read_is_not_sent_again(shelf: Catalogue) -> None:
    first = await shelf.client.get("/v1/export/procedures/1.001193")
    again = await shelf.client.get("/v1/export/procedures/1.001193", headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    unknown = await shelf.client.get("/v1/export/procedures/9.999999")
    ended = await shelf.client.get("/v1/export/procedures/2.002621")
    assert (unknown.json()["type"], ended.json()["type"]) == (
        "/problems/unknown-procedure",
        "/problems/procedure-not-in-force",
    )
    for cursor in ("nonsense", "WzFd"):
        assert (await shelf.client.get("/v1/export/procedures", params={"cursor": cursor})).status_code == 400


@pytest.mark.parametrize(
    ("address", "most"),
    [("/v1/export/procedures", 2), ("/v1/export/procedures/1.001193", 2), ("/v1/export/procedures.csv", 1)],
)
async def test_an_export_costs_so_many_statements(shelf: Catalogue, address: str, most: int) -> None:
    with counted(shelf.runtime.database) as statements:
        assert (await shelf.client.get(address)).status_code == 200
    assert len(statements) == most


async def test_an_import_costs_the_same_however_much_of_it_is_unchanged(seeded: Catalogue) -> None:
    records = await exported(seeded)
    with counted(seeded.runtime.database) as statements:
        await send(seeded, records, "all")
    assert len(statements) == 4, "the key, the lock, the versions, the answer"


async def test_one_bad_line_costs_no_other_its_place_in_a_large_file(seeded: Catalogue) -> None:
    lines = [{"MATTHC": f"9.{number:06}", "TENTTHC": f"Thủ tục {number}"} for number in range(200)]
    lines[77] = {"MATTHC": "9.000077"}
    _, report = await send(seeded, lines, "many", publish="true")
    assert (report["newVersions"], report["refused"]) == (199, 1)
    assert report["lines"][77]["line"] == 78


async def test_the_commands_export_and_import(seeded: Catalogue, tmp_path: Path) -> None:
    async def run(*arguments: str) -> tuple[int, str]:
        database = seeded.runtime.settings.database_url.get_secret_value()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-W", "error", "-c", "from catalog.app import commands; commands()"),
            *arguments,
            env={**os.environ, "LIENTHONG_DATABASE_URL": database},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        return process.returncode or 0, output.decode()

    records, rows = tmp_path / "procedures.json", tmp_path / "procedures.csv"
    for file in (records, rows):
        assert await run("export", str(file)) == (0, (await run("export", str(file)))[1])
        code, said = await run("import", str(file), "--dry-run", "--publish")
        assert code == 0, said
        assert "0 new versions" in said
        assert "0 refused; dry run, nothing kept." in said
    records.write_text('[{"MATTHC": "9.000001"}]', encoding="utf-8")
    code, said = await run("import", str(records))
    assert code == 1
    assert "line 1 9.000001 /TENTTHC: Required / Thiếu trường bắt buộc" in said
    records.write_text("{", encoding="utf-8")
    assert await run("import", str(records)) == (2, "procedures.json: Not valid JSON / Không phải JSON hợp lệ\n")


async def test_a_larger_bound_is_a_setting(seeded: Catalogue) -> None:
    roomy = Settings(database_url=seeded.runtime.settings.database_url, request_bytes=4 * 1024 * 1024)
    runtime = Runtime.of(SERVICE, roomy, clock=seeded.clock, issuers=identities.ISSUERS)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=create_app(runtime)), base_url="http://c") as client:
        answer = await client.post(
            IMPORT,
            params={"format": "national"},
            content=b"[]" + b" " * (1024 * 1024),
            headers={**EDITOR, "Idempotency-Key": "roomy"},
        )
    await runtime.close()
    assert (answer.status_code, answer.json()["lines"]) == (200, [])
