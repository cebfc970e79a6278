"""Short-lived links: one file, until they expire, for whoever holds them; and that the giving of one is on record."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from pydantic import SecretStr

from chassis.ids import new_id
from services.submission.tests.files import samples
from services.submission.tests.files.conftest import CITIZEN, ELSEWHERE, OFFICER, OTHER, FilesDesk, Opening
from services.submission.tests.files.test_attachments import components, filed
from tests.support.identities import agency

PDF = samples.pdf(bytes_more=5000)
NAME = 'Giấy "chứng sinh".pdf'


async def a_file(desk: FilesDesk, name: str = NAME) -> str:
    upload = await desk.uploaded(PDF, name)
    code = await filed(desk, [{"component": "to-khai", "upload": upload}])
    return str((await components(desk, code))["components"][0]["files"][0]["id"])


async def link(desk: FilesDesk, file: str, caller: dict[str, str] = CITIZEN) -> str:
    answer = await desk.get(f"/v1/files/{file}/link", caller)
    assert answer.status_code == 200, answer.text
    url = str(answer.json()["url"])
    assert url.startswith(f"http://127.0.0.1:8080/api/submission/v1/files/{file}/content?")
    parts = urlsplit(url)
    return parts.path.removeprefix("/api/submission") + "?" + parts.query


def refused(answer: httpx.Response, status: int, slug: str) -> None:
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}"), answer.text


async def test_a_link_gives_the_file_without_a_token_as_a_download_that_runs_nothing(desk: FilesDesk) -> None:
    answer = await desk.get(await link(desk, await a_file(desk)))
    assert (answer.status_code, answer.content) == (200, PDF)
    kept = {name: answer.headers[name] for name in ("Content-Type", "Content-Disposition", "X-Content-Type-Options")}
    assert kept == {
        "Content-Type": "application/pdf",
        "Content-Disposition": 'attachment; filename="Gi_y _ch_ng sinh_.pdf"; '
        "filename*=UTF-8''Gi%E1%BA%A5y%20%22ch%E1%BB%A9ng%20sinh%22.pdf",
        "X-Content-Type-Options": "nosniff",
    }
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Content-Length"] == str(len(PDF))


async def test_a_link_holds_five_minutes_and_no_second_longer(desk: FilesDesk) -> None:
    """R-165."""
    address = await link(desk, await a_file(desk))
    desk.clock.advance(timedelta(seconds=299))
    assert (await desk.get(address)).status_code == 200
    desk.clock.advance(timedelta(seconds=1))
    refused(await desk.get(address), 403, "link-expired")


async def test_a_changed_link_is_refused(desk: FilesDesk) -> None:
    first, second = await a_file(desk), await a_file(desk)
    address = await link(desk, first)
    later = re.sub(r"expires=\d+", lambda found: f"expires={int(found.group()[8:]) + 60}", address)
    for changed in (address.replace(first, second), later, address[:-1] + ("A" if address[-1] != "A" else "B")):
        refused(await desk.get(changed), 403, "link-invalid")
    refused(await desk.get(address.partition("&signature")[0] + "&signature=ệ"), 403, "link-invalid")
    refused(await desk.get(f"/v1/files/{first}/content"), 422, "invalid-payload")
    refused(await desk.get(address.replace(first, "none")), 404, "file-not-found")


async def test_a_link_of_another_key_is_refused(desk: FilesDesk, opening: Opening) -> None:
    address = await link(desk, await a_file(desk))
    async with opening(link_key=SecretStr("another")) as other:
        refused(await other.get(address), 403, "link-invalid")


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-9", 0, 10), ("bytes=100-", 100, None), ("bytes=-7", -7, None), ("bytes=10-999999999", 10, None)],
)
async def test_a_range_is_given_alone(desk: FilesDesk, asked: str, start: int, end: int | None) -> None:
    address = await link(desk, await a_file(desk))
    answer = await desk.get(address, Range=asked)
    part = PDF[start:end]
    first = start if start >= 0 else len(PDF) + start
    assert (answer.status_code, answer.content) == (206, part)
    assert answer.headers["Content-Range"] == f"bytes {first}-{first + len(part) - 1}/{len(PDF)}"
    assert answer.headers["Content-Length"] == str(len(part))


async def test_a_range_beyond_the_file_is_refused_and_one_not_understood_gives_all(desk: FilesDesk) -> None:
    address = await link(desk, await a_file(desk))
    answer = await desk.get(address, Range=f"bytes={len(PDF)}-")
    refused(answer, 416, "range-not-satisfiable")
    assert answer.headers["Content-Range"] == f"bytes */{len(PDF)}"
    for asked in ("bytes=9-3", "bytes=-", "lines=1-2", "bytes=0-1,5-6"):
        assert (await desk.get(address, Range=asked)).status_code == 200
    changed = await desk.get(address, Range="bytes=0-9", If_Range='"other"')
    assert (changed.status_code, len(changed.content)) == (200, len(PDF))
    same = await desk.get(address, Range="bytes=0-9", If_Range=changed.headers["ETag"])
    assert same.status_code == 206


async def test_who_may_not_see_the_dossier_gets_no_link_to_its_files(desk: FilesDesk) -> None:
    file = await a_file(desk)
    for caller in (OTHER, ELSEWHERE, agency("submission:read")):
        for path in (f"/v1/files/{file}", f"/v1/files/{file}/link"):
            refused(await desk.get(path, caller), 404, "file-not-found")
    refused(await desk.get(f"/v1/files/{new_id()}", CITIZEN), 404, "file-not-found")
    refused(await desk.get("/v1/files/none/link", CITIZEN), 404, "file-not-found")
    assert (await desk.get(f"/v1/files/{file}/link")).status_code == 401


async def test_an_officer_who_opens_a_file_is_on_record_and_its_owner_is_not(desk: FilesDesk) -> None:
    """R-165."""
    file = await a_file(desk)
    await link(desk, file)
    await link(desk, file, OFFICER)
    reads: list[dict[str, Any]] = (await desk.get("/v1/me/data-accesses", CITIZEN)).json()["items"]
    assert [(read["what"], read["by"]) for read in reads] == [("file", "officer-1")]


async def test_a_file_taken_out_of_its_dossier_is_no_longer_to_be_had(desk: FilesDesk) -> None:
    file = await a_file(desk)
    address = await link(desk, file)
    await desk.client.delete(f"/v1/files/{file}", headers=OFFICER)
    refused(await desk.get(address), 404, "file-not-found")
    refused(await desk.get(f"/v1/files/{file}/link", CITIZEN), 404, "file-not-found")


@pytest.mark.parametrize("name", ["../../etc/passwd.pdf", "a\r\nSet-Cookie: x=1.pdf", "\u202efdp.pdf", "a;b=c.pdf"])
async def test_a_hostile_name_reaches_no_header(desk: FilesDesk, name: str) -> None:
    answer = await desk.get(await link(desk, await a_file(desk, name)))
    disposition = answer.headers["Content-Disposition"]
    assert "set-cookie" not in answer.headers
    assert re.fullmatch(r"attachment; filename=\"[^\"/\\]*\"; filename\*=UTF-8''[A-Za-z0-9_.~%-]*", disposition)
