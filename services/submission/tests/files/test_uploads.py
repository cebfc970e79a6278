"""Uploads by tus 1.0 over the API: the protocol, its bounds, what a finished one becomes, and what is refused."""

import asyncio
import base64
import hashlib
import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest

from contracts.catalog import ProcedureWithdrawn
from services.submission.tests.conftest import MORNING
from services.submission.tests.files import samples
from services.submission.tests.files.conftest import (
    BYTES,
    CITIZEN,
    OFFICER,
    OTHER,
    PROCEDURE,
    TUS,
    FilesDesk,
    Opening,
    metadata,
)
from submission.files.disk import DiskStorage
from submission.files.wiring import Files
from submission.handlers import file_upkeep
from tests.support.counting import counted
from tests.support.identities import agency

PDF = samples.pdf(bytes_more=50_000)


def problem(answer: httpx.Response, status: int, slug: str) -> dict[str, object]:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    body: dict[str, object] = answer.json()
    assert body["type"] == f"/problems/{slug}"
    assert answer.headers["Tus-Resumable"] == "1.0.0"
    return body


async def begun(desk: FilesDesk, content: bytes = PDF, name: str = "Giấy chứng sinh.pdf") -> str:
    answer = await desk.begin(CITIZEN, len(content), filename=name)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["Location"])


async def test_options_tell_what_is_spoken_without_a_token(desk: FilesDesk) -> None:
    answer = await desk.client.options("/v1/uploads")
    assert answer.status_code == 204
    told = {name: answer.headers[name] for name in ("Tus-Version", "Tus-Extension", "Tus-Max-Size")}
    assert told == {
        "Tus-Version": "1.0.0",
        "Tus-Extension": "creation,creation-with-upload,checksum,expiration,termination",
        "Tus-Max-Size": str(50 * 1024 * 1024),
    }
    assert answer.headers["Tus-Checksum-Algorithm"] == "sha1,sha256,md5"


async def test_a_file_sent_in_pieces_becomes_whole_and_is_told_of_all_the_way(desk: FilesDesk) -> None:
    where = await begun(desk)
    for start in range(0, len(PDF), 20_000):
        asked = await desk.client.head(where, headers=CITIZEN | TUS)
        assert (asked.status_code, asked.content) == (200, b"")
        assert asked.headers["Upload-Offset"] == str(start)
        assert asked.headers["Upload-Length"] == str(len(PDF))
        assert asked.headers["Cache-Control"] == "no-store"
        sent = await desk.send(CITIZEN, where, start, PDF[start : start + 20_000])
        assert (sent.status_code, sent.headers["Upload-Offset"]) == (204, str(min(start + 20_000, len(PDF))))
        assert sent.headers["Tus-Resumable"] == "1.0.0"
    state = await desk.upload(where.rpartition("/")[2])
    assert (state["state"], state["name"], state["offset"]) == ("ready", "Giấy chứng sinh.pdf", len(PDF))
    [key] = await desk.kept()
    kept = b"".join([piece async for piece in desk.files.storage.read(key)])
    assert kept == PDF
    assert hashlib.sha256(PDF).hexdigest() in key


async def test_the_first_bytes_may_come_with_the_creation(desk: FilesDesk) -> None:
    headers = CITIZEN | BYTES | {"Upload-Length": str(len(PDF))} | metadata(filename="a.pdf")
    answer = await desk.client.post("/v1/uploads", headers=headers, content=PDF[:30_000])
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, "30000")
    sent = await desk.send(CITIZEN, answer.headers["Location"], 30_000, PDF[30_000:])
    assert sent.status_code == 204


@pytest.mark.parametrize("version", [None, "0.2.2", "2.0.0"])
async def test_another_version_of_the_protocol_is_refused(desk: FilesDesk, version: str | None) -> None:
    where = await begun(desk)
    headers = CITIZEN | BYTES | {"Upload-Offset": "0"}
    headers.pop("Tus-Resumable")
    answer = await desk.client.patch(
        where, headers=headers | ({"Tus-Resumable": version} if version else {}), content=b"x"
    )
    problem(answer, 412, "tus-version-unsupported")
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert (await desk.client.head(where, headers=CITIZEN | TUS)).headers["Upload-Offset"] == "0"


@pytest.mark.parametrize("offset", [1, 10, len(PDF)])
async def test_bytes_for_another_offset_are_refused_and_the_right_one_is_told(desk: FilesDesk, offset: int) -> None:
    where = await begun(desk)
    answer = await desk.send(CITIZEN, where, offset, b"x")
    assert problem(answer, 409, "upload-offset-mismatch")["offset"] == 0
    assert answer.headers["Upload-Offset"] == "0"


@pytest.mark.parametrize("offset", [None, "-1", "x", "1.5", "٣", "9" * 30])
async def test_an_offset_that_is_no_number_is_refused(desk: FilesDesk, offset: str | None) -> None:
    where = await begun(desk)
    headers = {"Upload-Offset": offset.encode()} if offset is not None else {}
    answer = await desk.client.patch(where, headers=[*(CITIZEN | BYTES).items(), *headers.items()], content=b"x")  # type: ignore[arg-type]  # bytes are what goes on the wire
    problem(answer, 400, "upload-header-invalid")


async def test_another_content_type_is_refused(desk: FilesDesk) -> None:
    where = await begun(desk)
    answer = await desk.send(CITIZEN, where, 0, b"x", Content_Type="application/pdf")
    problem(answer, 415, "upload-content-type")


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "md5"])
async def test_a_right_checksum_is_taken_and_a_wrong_one_keeps_nothing(desk: FilesDesk, algorithm: str) -> None:
    where = await begun(desk)
    digest = base64.b64encode(hashlib.new(algorithm, PDF[:40_000]).digest()).decode()
    damaged = await desk.send(CITIZEN, where, 0, PDF[:39_999] + b"?", Upload_Checksum=f"{algorithm} {digest}")
    problem(damaged, 460, "checksum-mismatch")
    assert (await desk.client.head(where, headers=CITIZEN | TUS)).headers["Upload-Offset"] == "0"
    assert await desk.kept() == []
    sent = await desk.send(CITIZEN, where, 0, PDF[:40_000], Upload_Checksum=f"{algorithm} {digest}")
    assert (sent.status_code, sent.headers["Upload-Offset"]) == (204, "40000")


@pytest.mark.parametrize(
    ("checksum", "slug"),
    [
        ("crc32 AAAA", "checksum-algorithm-unsupported"),
        ("sha1 AAAA", "upload-header-invalid"),
        ("sha1 %%%", "upload-header-invalid"),
        ("sha1", "upload-header-invalid"),
    ],
)
async def test_a_checksum_that_is_none_is_refused(desk: FilesDesk, checksum: str, slug: str) -> None:
    where = await begun(desk)
    problem(await desk.send(CITIZEN, where, 0, b"x", Upload_Checksum=checksum), 400, slug)


async def test_more_bytes_than_announced_are_refused_and_the_announced_ones_kept(desk: FilesDesk) -> None:
    where = await begun(desk)

    async def too_many() -> AsyncIterator[bytes]:
        for start in range(0, len(PDF), 10_000):
            yield PDF[start : start + 10_000]
        yield b"one more"

    problem(await desk.send(CITIZEN, where, 0, too_many()), 413, "upload-overrun")
    finished = await desk.send(CITIZEN, where, len(PDF), b"")
    assert finished.status_code == 204
    assert (await desk.upload(where.rpartition("/")[2]))["state"] == "ready"


async def test_of_two_senders_at_once_one_wins_and_the_other_is_told_where_it_stands(desk: FilesDesk) -> None:
    where = await begun(desk)
    both_begun = asyncio.Barrier(2)

    async def slowly(content: bytes) -> AsyncIterator[bytes]:
        await both_begun.wait()
        for start in range(0, len(content), 8_000):
            yield content[start : start + 8_000]
            await asyncio.sleep(0)

    answers = await asyncio.gather(
        desk.send(CITIZEN, where, 0, slowly(PDF)), desk.send(CITIZEN, where, 0, slowly(bytes(len(PDF))))
    )
    lost = [answer for answer in answers if answer.status_code in (409, 410)]
    assert len(lost) == 1
    # Gone: the zeros had won, and were whole and refused before the other came to its turn.
    gone = lost[0].status_code == 410
    problem(lost[0], 410 if gone else 409, "upload-gone" if gone else "upload-offset-mismatch")
    parts = await desk.scalar("SELECT count(*) FROM upload_parts")
    size = await desk.scalar("SELECT coalesce(sum(size), 0) FROM upload_parts")
    received = await desk.scalar("SELECT received FROM uploads")
    # The zeros may have won: then they were refused as no PDF, and nothing is left of them.
    assert (parts == 0 and received == len(PDF)) or size == received
    assert len(await desk.kept()) <= 1


async def test_an_upload_finished_twice_is_finished_once(desk: FilesDesk) -> None:
    where = await begun(desk)
    assert (await desk.send(CITIZEN, where, 0, PDF)).status_code == 204
    again = await desk.send(CITIZEN, where, len(PDF), b"")
    assert (again.status_code, again.headers["Upload-Offset"]) == (204, str(len(PDF)))
    lost_answer = await desk.send(CITIZEN, where, 0, PDF)
    problem(lost_answer, 409, "upload-offset-mismatch")
    assert lost_answer.headers["Upload-Offset"] == str(len(PDF))
    assert (len(await desk.kept()), await desk.count("files")) == (1, 1)


async def test_another_neither_sees_nor_sends_nor_deletes_an_upload(desk: FilesDesk) -> None:
    where = await begun(desk)
    same_word = {"caller": OTHER, "officer": OFFICER}
    for caller in same_word.values():
        assert (await desk.client.head(where, headers=caller | TUS)).status_code == 404
        problem(await desk.send(caller, where, 0, b"x"), 404, "upload-not-found")
        problem(await desk.client.delete(where, headers=caller | TUS), 404, "upload-not-found")
        assert (await desk.get(where, caller)).status_code == 404
    assert (await desk.client.head("/v1/uploads/none", headers=CITIZEN | TUS)).status_code == 404
    assert (await desk.client.head(where, headers=TUS)).status_code == 401


async def test_a_deleted_upload_is_gone_with_its_bytes(desk: FilesDesk) -> None:
    where = await begun(desk)
    await desk.send(CITIZEN, where, 0, PDF[:30_000])
    assert (await desk.client.delete(where, headers=CITIZEN | TUS)).status_code == 204
    assert (await desk.client.head(where, headers=CITIZEN | TUS)).status_code == 404
    assert await desk.kept() == []


async def test_an_upload_that_nobody_goes_on_with_expires(desk: FilesDesk) -> None:
    where = await begun(desk)
    desk.clock.advance(timedelta(hours=47))
    sent = await desk.send(CITIZEN, where, 0, PDF[:30_000])
    assert parsedate_to_datetime(sent.headers["Upload-Expires"]) == MORNING + timedelta(hours=95)
    desk.clock.advance(timedelta(hours=48))
    assert (await desk.client.head(where, headers=CITIZEN | TUS)).status_code == 404
    problem(await desk.send(CITIZEN, where, 30_000, b"x"), 404, "upload-not-found")
    assert await file_upkeep.drop_expired(desk.files.intake, desk.runtime.database) == 1
    assert (await desk.kept(), await desk.count("uploads")) == ([], 0)


async def test_what_expires_unused_is_forgotten_with_its_file(desk: FilesDesk) -> None:
    await desk.uploaded(PDF, "a.pdf")
    assert await file_upkeep.drop_unused_files(desk.files.intake, desk.runtime.database) == 0
    desk.clock.advance(timedelta(hours=49))
    await file_upkeep.drop_expired(desk.files.intake, desk.runtime.database)
    assert await file_upkeep.drop_unused_files(desk.files.intake, desk.runtime.database) == 1
    assert (await desk.kept(), await desk.count("files")) == ([], 0)


async def test_the_same_content_of_one_holder_is_stored_once_and_of_another_apart(desk: FilesDesk) -> None:
    """R-166."""
    await desk.uploaded(PDF, "a.pdf")
    await desk.uploaded(PDF, "b.pdf")
    assert (len(await desk.kept()), await desk.count("files")) == (1, 1)
    await desk.uploaded(PDF, "a.pdf", OTHER)
    assert (len(await desk.kept()), await desk.count("files")) == (2, 2)


async def test_a_file_is_held_to_the_largest_size(opening: Opening) -> None:
    async with opening(upload_bytes=1000) as desk:
        answer = await desk.begin(CITIZEN, 1001)
        assert problem(answer, 413, "upload-too-large")["most"] == 1000
        assert (await desk.begin(CITIZEN, 1000)).status_code == 201


@pytest.mark.parametrize(
    ("length", "status"), [(None, 400), ("0", 400), ("-1", 400), ("x", 400), ("9" * 40, 400), ("9" * 15, 413)]
)
async def test_a_length_that_cannot_be_is_refused(desk: FilesDesk, length: str | None, status: int) -> None:
    headers = CITIZEN | TUS | ({"Upload-Length": length} if length is not None else {"Upload-Defer-Length": "1"})
    assert (await desk.client.post("/v1/uploads", headers=headers)).status_code == status


async def test_a_component_that_is_named_bounds_its_upload_from_the_beginning(desk: FilesDesk) -> None:
    said = {"procedure": PROCEDURE, "component": "anh"}
    assert (await desk.begin(CITIZEN, 300_000, filetype="image/png", **said)).status_code == 201
    assert problem(await desk.begin(CITIZEN, 300_001, **said), 413, "upload-too-large")["most"] == 300_000
    wrong = await desk.begin(CITIZEN, 10, filetype="application/pdf", **said)
    body = problem(wrong, 422, "upload-refused")
    assert body["errors"][0]["pointer"] == "header:Upload-Metadata.filetype"  # type: ignore[index]  # a problem's errors
    problem(await desk.begin(CITIZEN, 10, procedure=PROCEDURE, component="none"), 422, "upload-refused")
    problem(await desk.begin(CITIZEN, 10, procedure="9.999999", component="anh"), 422, "upload-refused")


async def test_an_upload_for_a_withdrawn_procedure_is_refused_before_a_byte_is_sent(desk: FilesDesk) -> None:
    ended = ProcedureWithdrawn(version=2, code=PROCEDURE, number=1, valid_to=date(2026, 10, 11), legal_source="Bãi bỏ")
    await desk.hear(ended)
    problem(await desk.begin(CITIZEN, 10, procedure=PROCEDURE, component="anh"), 422, "upload-refused")


async def test_an_account_has_so_many_open_uploads(opening: Opening) -> None:
    async with opening(uploads_open=2) as desk:
        for _ in range(2):
            assert (await desk.begin(CITIZEN, 10)).status_code == 201
        answer = await desk.begin(CITIZEN, 10)
        problem(answer, 429, "too-many-uploads")
        assert (await desk.begin(OTHER, 10)).status_code == 201
        desk.clock.advance(timedelta(hours=49))
        assert (await desk.begin(CITIZEN, 10)).status_code == 201


async def test_only_an_agency_says_that_a_file_is_from_the_national_store(desk: FilesDesk) -> None:
    portal = agency("submission:write")
    assert (await desk.begin(portal, 10, source="national-store")).status_code == 201
    problem(await desk.begin(CITIZEN, 10, source="national-store"), 422, "upload-refused")
    problem(await desk.begin(portal, 10, source="elsewhere"), 422, "upload-refused")


@pytest.mark.parametrize(
    ("content", "name", "slug"),
    [
        (samples.docx(), "don.pdf", "file-type-not-allowed"),
        (samples.program(), "don.pdf", "file-type-not-allowed"),
        (samples.png(), "don.pdf", "file-type-lies"),
        (PDF[: len(PDF) - 100], "don.pdf", "file-cut-off"),
        (samples.jpeg()[:3000], "anh.jpg", "file-cut-off"),
        (samples.png()[:3000], "anh.png", "file-cut-off"),
        (PDF + samples.docx(), "don.pdf", "file-of-two-types"),
        (samples.infected_png(), "anh.png", "file-infected"),
    ],
)
async def test_a_file_that_cannot_be_taken_is_refused_and_its_bytes_are_gone(
    desk: FilesDesk, content: bytes, name: str, slug: str
) -> None:
    where = await begun(desk, content, name)
    problem(await desk.send(CITIZEN, where, 0, content), 422, slug)
    state = await desk.upload(where.rpartition("/")[2])
    assert (state["state"], state["refusal"]) == ("refused", slug)
    assert (await desk.kept(), await desk.count("files"), await desk.count("upload_parts")) == ([], 0, 0)
    gone = await desk.send(CITIZEN, where, len(content), b"")
    assert problem(gone, 410, "upload-gone")["refusal"] == slug
    assert (await desk.client.head(where, headers=CITIZEN | TUS)).status_code == 410


class Forgetful(DiskStorage):
    """A store whose answer is lost, once, after it has kept a whole file."""

    lost = False

    async def put(self, key: str, content: AsyncIterator[bytes]) -> None:
        await super().put(key, content)
        if key.startswith("contents") and not self.lost:
            self.lost = True
            raise ConnectionError


async def test_a_store_whose_answer_is_lost_keeps_nothing_twice(desk: FilesDesk, tmp_path: Path) -> None:
    files = desk.files
    storage = Forgetful(tmp_path / "files")
    desk.runtime.extras["files"] = Files(replace(files.intake, storage=storage), b"key", 300, files.national_store)
    where = await begun(desk)
    lost = await desk.send(CITIZEN, where, 0, PDF)
    assert (lost.status_code, lost.json()["type"]) == (503, "/problems/unavailable")
    assert (await desk.client.head(where, headers=CITIZEN | TUS)).headers["Upload-Offset"] == str(len(PDF))
    assert (await desk.send(CITIZEN, where, len(PDF), b"")).status_code == 204
    assert (await desk.upload(where.rpartition("/")[2]))["state"] == "ready"
    assert len(await desk.kept()) == 2
    assert await file_upkeep.sweep(storage, desk.runtime.database) == 0  # it might still be on its way
    assert await file_upkeep.sweep(storage, desk.runtime.database, older_than_seconds=-60) == 1
    assert (len(await desk.kept()), await desk.count("files")) == (1, 1)


async def test_memory_does_not_grow_with_the_file(opening: Opening) -> None:
    size = 24 * 1024 * 1024
    content = samples.pdf(bytes_more=size)
    async with opening(upload_part_bytes=256 * 1024) as desk:
        where = await begun(desk, content)

        async def pieces() -> AsyncIterator[bytes]:
            for start in range(0, len(content), 64 * 1024):
                yield content[start : start + 64 * 1024]

        tracemalloc.start()
        sent = await desk.send(CITIZEN, where, 0, pieces())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert sent.status_code == 204, sent.text
    assert peak < 6 * 1024 * 1024


async def test_an_upload_in_one_piece_costs_as_many_statements_as_it_should(desk: FilesDesk) -> None:
    small = samples.pdf()
    with counted(desk.runtime.database) as begin:
        where = await begun(desk, small)
    with counted(desk.runtime.database) as send:
        await desk.send(CITIZEN, where, 0, small)
    with counted(desk.runtime.database) as ask:
        await desk.client.head(where, headers=CITIZEN | TUS)
    assert (len(begin), len(ask)) == (1, 1)
    assert len(send) <= 10, send
