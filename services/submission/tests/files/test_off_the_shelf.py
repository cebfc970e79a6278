"""A tus client that others wrote (tuspy) against the service over a real socket: nothing of ours reads its own writing."""

import asyncio
from pathlib import Path

import httpx
import pytest

from services.submission.tests.files.conftest import CITIZEN
from services.submission.tests.files.test_cut_off import PDF, Server, client, enclosure, server, whole_and_once

__all__ = ["client", "enclosure", "server"]

tusclient = pytest.importorskip("tusclient.client")


async def test_a_client_that_others_wrote_uploads_breaks_off_and_goes_on(
    server: Server, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    await server.start()
    file = tmp_path / "a.pdf"
    file.write_bytes(PDF)
    theirs = tusclient.TusClient(f"{server.url}/v1/uploads", headers=CITIZEN)

    def first_part() -> str:
        name = {"filename": "Giấy chứng sinh.pdf"}
        with file.open("rb") as content:
            uploader = theirs.uploader(file_stream=content, chunk_size=300_000, metadata=name, upload_checksum=True)
            uploader.upload(stop_at=900_000)
            return str(uploader.url)

    where = await asyncio.to_thread(first_part)

    def the_rest() -> int:
        with file.open("rb") as content:
            uploader = theirs.uploader(file_stream=content, chunk_size=500_000, url=where, upload_checksum=True)
            uploader.offset = begins_at = uploader.get_offset()
            uploader.upload()
            return int(begins_at)

    assert await asyncio.to_thread(the_rest) == 900_000
    state = (await client.get(where, headers=CITIZEN)).json()
    assert (state["state"], state["name"]) == ("ready", "Giấy chứng sinh.pdf")
    await whole_and_once(server)
